//! Small conversions of text: HTML to plain text and back, line ends.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text of an HTML page or fragment, for readers without HTML.
///
/// Tags go, block tags become line feeds, a link keeps its address behind its text, a picture its `alt`. The five
/// entities of XML, `&nbsp;` and numbers are resolved; other entities stay as they are. What stands in `style`,
/// `script` and `head` is not text.
#[must_use]
pub fn from_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut link: Option<(String, usize)> = None;
    let mut rest = html;
    while let Some((text, tail)) = rest.split_once('<') {
        push_text(&mut out, text);
        if let Some(comment) = tail.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, tail)| tail);
            continue;
        }
        let Some((tag, tail)) = split_tag(tail) else {
            // A `<` that opens nothing is text.
            push_text(&mut out, "&lt;");
            rest = tail;
            continue;
        };
        rest = tail;
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let name = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match name.as_str() {
            "style" | "script" | "head" if !closing => rest = after_element(rest, &name),
            "a" if closing => close_link(&mut out, link.take()),
            "a" => {
                close_link(&mut out, link.take());
                link = attribute(tag, "href").map(|url| (url, out.len()));
            }
            "img" => push_text(&mut out, &attribute(tag, "alt").unwrap_or_default()),
            "br" | "tr" | "div" | "blockquote" | "table" | "ul" | "ol" => new_line(&mut out, 1),
            "li" if !closing => {
                new_line(&mut out, 1);
                out.push_str("- ");
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" => new_line(&mut out, 2),
            "td" | "th" if closing => out.push(' '),
            _ => {}
        }
    }
    push_text(&mut out, rest);
    close_link(&mut out, link);
    out.truncate(out.trim_end().len());
    out
}

/// The inside of a tag and what follows it. Quoted attribute values may hold `>`.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
        return None;
    }
    let mut quote = None;
    let end = text.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), c) if open == c => {
            quote = None;
            None
        }
        _ => None,
    })?;
    let (tag, tail) = text.split_at_checked(end)?;
    Some((tag, tail.get(1..).unwrap_or_default()))
}

/// What follows the closing tag of `name`; nothing when it is never closed.
fn after_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, tail)) = rest.split_once("</") {
        let named = tail
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name));
        if named {
            return tail.split_once('>').map_or("", |(_, tail)| tail);
        }
        rest = tail;
    }
    ""
}

/// The value of an attribute, its entities not resolved yet.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, tail) = match after.chars().next()? {
            quote @ ('"' | '\'') => after.get(1..)?.split_once(quote)?,
            _ => after
                .split_once(|c: char| c.is_ascii_whitespace())
                .unwrap_or((after, "")),
        };
        let key = before.split_ascii_whitespace().next_back()?;
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = tail;
    }
}

/// Adds text with its entities resolved and its white space folded.
fn push_text(out: &mut String, text: &str) {
    let text = resolve(text);
    let space = |c: char| c.is_ascii_whitespace();
    let starts_line = |out: &str| out.is_empty() || out.ends_with(['\n', ' ']);
    if text.starts_with(space) && !starts_line(out) {
        out.push(' ');
    }
    let mut first = true;
    for word in text.split(space).filter(|word| !word.is_empty()) {
        if !first {
            out.push(' ');
        }
        first = false;
        out.push_str(word);
    }
    if !first && text.ends_with(space) {
        out.push(' ');
    }
}

fn resolve(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = after;
        let known = after
            .split_once(';')
            .and_then(|(name, tail)| Some((entity(name)?, tail)));
        match known {
            Some((c, tail)) => {
                out.push(c);
                rest = tail;
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control())?
        }
    })
}

fn new_line(out: &mut String, lines: usize) {
    out.truncate(out.trim_end_matches(' ').len());
    let have = out.len() - out.trim_end_matches('\n').len();
    if !out.is_empty() {
        (have..lines).for_each(|_| out.push('\n'));
    }
}

/// Puts the address behind the text of a link, unless the text is the address.
fn close_link(out: &mut String, link: Option<(String, usize)>) {
    let Some((url, start)) = link else { return };
    let url = resolve(url.trim()).into_owned();
    let shown = out.get(start..).unwrap_or_default().trim();
    if url.is_empty() || url.starts_with('#') || shown == url {
        return;
    }
    let bare = shown.is_empty();
    let _ = if bare {
        write!(out, "{url}")
    } else {
        write!(out, " ({url})")
    };
}

/// The text on one line: every run of white space and control characters is one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Text as HTML: special characters escaped, line feeds kept.
#[must_use]
pub fn to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br>\n"),
            c => out.push(c),
        }
    }
    out
}

/// Line feeds only: a carriage return alone means different things to different servers, which is how mail is smuggled.
#[must_use]
pub fn line_feeds(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn html_reads_well_as_text() {
        for (html, text) in [
            (
                "<p>Hello <b>Jo</b> &amp; co</p><p>Bye</p>",
                "Hello Jo & co\n\nBye",
            ),
            ("a<br>b<br/>c", "a\nb\nc"),
            (
                "See <a href=\"https://example.org/?a=1&amp;b=2\">the offer</a>.",
                "See the offer (https://example.org/?a=1&b=2).",
            ),
            (
                "<a href='https://example.org'>https://example.org</a>",
                "https://example.org",
            ),
            ("<ul><li>one</li><li>two</li></ul>end", "- one\n- two\nend"),
            (
                "<head><title>x</title></head><style>p > a {}</style>text",
                "text",
            ),
            (
                "<img src=x alt=\"a cat > a dog\"> here",
                "a cat > a dog here",
            ),
            (
                "1 < 2 &#x1F600;&#0; &unknown; &",
                "1 < 2 😀&#0; &unknown; &",
            ),
            ("a <!-- b --> c", "a c"),
            ("<table><tr><td>k</td><td>v</td></tr></table>", "k v"),
            ("<a href=\"https://example.org\">", "https://example.org"),
            ("<script>never", ""),
        ] {
            assert_eq!(from_html(html), text, "{html}");
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line(" a\r\nBcc:\tb\u{85}c\u{2028}d\0 "), "a Bcc: b c d");
    }

    proptest! {
        #[test]
        fn escaped_text_reads_back(text in "[ -~äé€😀]{0,60}") {
            let words = |text: &str| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(words(&from_html(&to_html(&text))), words(&text));
        }

        #[test]
        fn any_html_ends(html in "(<|>|/|a|b|=|\"|'|&|;|#|x|-|!| |\\PC|<a href=|<img alt=|<script>|</|<!--){0,40}") {
            let text = from_html(&html);
            prop_assert!(!text.contains('\r'));
        }

        #[test]
        fn no_carriage_return_is_left(text in "[a\r\n]{0,20}") {
            prop_assert!(!line_feeds(&text).contains('\r'));
        }
    }
}
