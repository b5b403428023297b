//! Which characters a dialect would read as markup, and what stands for them.

use super::Dialect;

/// Parts a sign from its neighbours where a dialect has no escape: Slack (docs.slack.dev, "Formatting message text", names
/// escapes for `&`, `<` and `>` only), WhatsApp and Viber have none for their signs.
pub(super) const APART: char = '\u{200B}';

/// White space where a line may end. No-break spaces are not.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{A0}' | '\u{2007}' | '\u{202F}')
}

/// Characters that are never written: control characters but the line feed and the tab.
pub(super) fn is_silent(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t' | '\r')
}

/// The plain text as it is, when writing it would change nothing but the space at its ends.
pub(super) fn untouched(plain: &str, dialect: Dialect) -> Option<&str> {
    let special = |byte: u8| match byte {
        b'\n' => matches!(dialect, Dialect::Html | Dialect::Markdown),
        b'\t' => false,
        // 0xC2 is the first byte of U+0080 to U+00BF, where the C1 control characters are.
        0..=0x1F | 0x7F | 0xC2 => true,
        b'&' | b'<' => matches!(
            dialect,
            Dialect::Html | Dialect::Telegram | Dialect::Slack | Dialect::Markdown
        ),
        b'>' => !matches!(dialect, Dialect::Plain),
        b'*' | b'_' | b'~' | b'`' => {
            !matches!(dialect, Dialect::Plain | Dialect::Html | Dialect::Telegram)
        }
        b'"' | b'\'' => matches!(dialect, Dialect::Html),
        b'\\' | b'[' | b']' | b'|' | b'@' => matches!(dialect, Dialect::Markdown),
        _ => false,
    };
    let trimmed = plain.trim_matches(is_space);
    // In Markdown a digit or one of these signs at the start of a line may begin a block.
    let begins_block = dialect == Dialect::Markdown
        && trimmed.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '#' | '-' | '+' | '='));
    if begins_block || trimmed.bytes().any(special) {
        return None;
    }
    Some(trimmed)
}

/// Where a character stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// What was written before it; none at the start of a text.
    pub(super) before: Option<char>,
    /// What follows; none when that is not known.
    pub(super) after: Option<char>,
    /// Whether nothing but space or a number stands before it in its line.
    pub(super) at_line_start: bool,
    /// Whether it is inside a mark that the same sign would end.
    pub(super) inside_own_mark: bool,
}

impl Place {
    /// Where nothing needs to be known: for letters and digits.
    pub(super) const INSIDE: Self = Self {
        before: None,
        after: None,
        at_line_start: false,
        inside_own_mark: false,
    };
}

/// Appends a character of text to `out`, so that `dialect` reads it as itself.
pub(super) fn push(out: &mut String, character: char, place: Place, dialect: Dialect) {
    match dialect {
        Dialect::Plain => out.push(character),
        Dialect::Html => match character {
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            other => push_entity(out, other),
        },
        Dialect::Telegram => push_entity(out, character),
        Dialect::Markdown => push_markdown(out, character, place),
        Dialect::WhatsApp | Dialect::Slack | Dialect::Viber => {
            push_apart(out, character, place, dialect);
        }
    }
}

/// The three characters that have an entity everywhere.
pub(super) fn push_entity(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        other => out.push(other),
    }
}

/// A value between double quotes of HTML, on one line and without characters that show nothing.
pub(super) fn push_attribute(out: &mut String, value: &str) {
    for character in value.chars().filter(|c| !is_silent(*c)) {
        match character {
            '"' => out.push_str("&quot;"),
            '\r' | '\n' | '\t' => out.push(' '),
            other => push_entity(out, other),
        }
    }
}

/// Backslash escapes (`CommonMark` 2.4: before any ASCII punctuation), and no mention of `@everyone` and `@here` (Discord).
fn push_markdown(out: &mut String, character: char, place: Place) {
    let sign = matches!(
        character,
        '\\' | '`' | '*' | '_' | '~' | '|' | '[' | ']' | '<' | '>' | '&'
    );
    let block = place.at_line_start
        && match character {
            '#' | '-' | '+' | '=' => true,
            // `1.` and `1)` begin a list.
            '.' | ')' => place.before.is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
    if sign || block {
        out.push('\\');
    }
    out.push(character);
    let mention = character == '@'
        && !place.before.is_some_and(char::is_alphanumeric)
        && place.after.is_none_or(|next| matches!(next, 'e' | 'h'));
    if mention {
        out.push(APART);
    }
}

/// Signs that would begin or end a mark are parted from their neighbours.
fn push_apart(out: &mut String, character: char, place: Place, dialect: Dialect) {
    let sign = matches!(character, '*' | '_' | '~' | '`');
    if sign {
        // A mark begins after a character that is no letter and before one that is no space.
        let opens =
            !place.before.is_some_and(char::is_alphanumeric) && !place.after.is_some_and(is_space);
        if place.inside_own_mark {
            out.push(APART);
        }
        out.push(character);
        if opens || place.inside_own_mark || character == '`' {
            out.push(APART);
        }
        return;
    }
    if character == '>' && place.at_line_start {
        out.push(APART);
    }
    if dialect == Dialect::Slack {
        push_entity(out, character);
    } else {
        out.push(character);
    }
}

/// Whether a character of a bare URL would be read as markup, so that it is percent-encoded.
pub(super) fn breaks_url(character: char, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Plain | Dialect::Html | Dialect::Telegram => false,
        Dialect::Markdown => matches!(
            character,
            '*' | '_' | '~' | '`' | '|' | '[' | ']' | '\\' | '<' | '>'
        ),
        Dialect::WhatsApp | Dialect::Slack | Dialect::Viber => matches!(character, '*' | '~' | '`'),
    }
}
