//! Undoes the disguises text is written in, keeping the way back to the original.
//!
//! A zero-width space inside a card number, fullwidth or Arabic digits, a non-breaking hyphen, Cyrillic letters in an
//! address or `name [at] host` are what every compared detector was blind to. Folding turns each character into the one
//! ASCII byte it stands for (or into a boundary byte), drops what is invisible, and remembers where each byte came from.

/// Stands for a letter of a script that writes words with spaces between them: it continues a word.
pub(crate) const LETTER: u8 = 0x80;
/// Stands for any other character outside ASCII (ideographs, symbols, emoji): it ends a word.
pub(crate) const OTHER: u8 = 0x81;

/// Whether `b` belongs to a word: an ASCII letter or digit, or a folded letter.
#[cfg(any(feature = "pii", feature = "risk"))]
pub(crate) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == LETTER
}

/// What is undone besides disguised characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Also {
    /// `[at]` and `(dot)` become the signs they stand for.
    #[cfg_attr(
        not(any(feature = "pii", test)),
        expect(dead_code, reason = "only personal data is spelled out like this")
    )]
    Signs,
    /// As `Signs`; and a line end inside a number (`41111111\n11111111`, `10.0\n.0.1`) disappears.
    #[cfg_attr(
        not(any(feature = "pii", test)),
        expect(dead_code, reason = "only personal data is looked for over line ends")
    )]
    Joined,
    /// As `Joined`, but the line end is the space between two groups (`4111 1111\n1111 1111`).
    Wrapped,
    /// Runs of spaces, tabs and line ends become one space.
    Spaces,
}

/// Folded text: one byte a visible character, with the byte offsets in the original.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) bytes: Vec<u8>,
    /// For every byte of `bytes`, where its character begins and ends in the original.
    places: Vec<(usize, usize)>,
}

impl Folded {
    /// The range in the original that `start..end` of the folded bytes came from, with the invisible characters that
    /// touch it: what is left of a disguise is no use to anyone.
    #[cfg(any(feature = "pii", feature = "risk"))]
    pub(crate) fn original(&self, text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
        let (mut from, _) = *self.places.get(start)?;
        let (_, mut to) = *self.places.get(end.checked_sub(1)?)?;
        for c in text
            .get(..from)?
            .chars()
            .rev()
            .take_while(|&c| is_invisible(c))
        {
            from -= c.len_utf8();
        }
        for c in text.get(to..)?.chars().take_while(|&c| is_invisible(c)) {
            to += c.len_utf8();
        }
        Some((from, to))
    }

    fn push(&mut self, byte: u8, place: (usize, usize), also: Also) {
        if also == Also::Spaces && byte == b' ' && self.bytes.last() == Some(&b' ') {
            if let Some(last) = self.places.last_mut() {
                last.1 = place.1;
            }
            return;
        }
        self.bytes.push(byte);
        self.places.push(place);
    }

    fn drop_spaces(&mut self) {
        for _ in 0..SIGN_SPACES {
            if self.bytes.last() == Some(&b' ') {
                self.bytes.pop();
                self.places.pop();
            }
        }
    }
}

/// Folds `text`, or says with `None` that it can be used as it is.
pub(crate) fn fold(text: &str, also: Also) -> Option<Folded> {
    let plain = match also {
        Also::Signs => !has_spelled_sign(text),
        Also::Joined | Also::Wrapped => false,
        Also::Spaces => !text.contains("  ") && !text.contains(is_break),
    };
    if text.is_ascii() && plain {
        return None;
    }
    let mut folded = Folded {
        bytes: Vec::with_capacity(text.len()),
        places: Vec::with_capacity(text.len()),
    };
    let mut chars = text.char_indices();
    while let Some((offset, c)) = chars.next() {
        let bracket = also != Also::Spaces && matches!(c, '[' | '(' | '{');
        if let Some((sign, length)) = bracket.then(|| spelled_sign(text.get(offset..)?)).flatten() {
            folded.drop_spaces();
            folded.push(sign, (offset, offset + length), also);
            // A sign is ASCII throughout: as many characters as bytes, the first of which is consumed.
            if length > 1 {
                chars.nth(length - 2);
            }
            continue;
        }
        let joins = matches!(also, Also::Joined | Also::Wrapped)
            && match c {
                '\n' => parts_number(text.as_bytes(), offset),
                '\r' => parts_number(text.as_bytes(), offset + 1),
                _ => false,
            };
        if joins {
            if also == Also::Wrapped && c == '\n' {
                folded.push(b' ', (offset, offset + 1), also);
            }
            continue;
        }
        let byte = if also == Also::Spaces && is_break(c) {
            Some(b' ')
        } else {
            fold_char(c)
        };
        if let Some(byte) = byte {
            folded.push(byte, (offset, offset + c.len_utf8()), also);
        }
    }
    Some(folded)
}

/// Whether at `i` there is a line feed between two characters of a number, at least one of them a digit. A carriage return
/// before it belongs to the line end, and so does the space that mail programs leave there (RFC 3676, 4.2).
pub(crate) fn parts_number(bytes: &[u8], i: usize) -> bool {
    let part =
        |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':'));
    if bytes.get(i) != Some(&b'\n') {
        return false;
    }
    let line = bytes.get(..i).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b" ").unwrap_or(line);
    let (left, right) = (line.last(), bytes.get(i + 1));
    part(left) && part(right) && [left, right].into_iter().flatten().any(u8::is_ascii_digit)
}

fn is_break(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// At most this many spaces are taken on either side of a spelled sign.
const SIGN_SPACES: usize = 2;

fn has_spelled_sign(text: &str) -> bool {
    memchr::memchr3_iter(b'[', b'(', b'{', text.as_bytes()).any(|i| {
        text.get(i..)
            .is_some_and(|rest| spelled_sign(rest).is_some())
    })
}

/// `[at]`, `(dot)`, `{ AT }` and the like at the start of `rest`: the sign, and the length with the spaces after it.
fn spelled_sign(rest: &str) -> Option<(u8, usize)> {
    let bytes = rest.as_bytes();
    let close = match bytes.first()? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        _ => return None,
    };
    // The longest form is a bracket, a space, `punkt`, a space, a bracket.
    let window = bytes.get(..bytes.len().min(9))?;
    let end = window.iter().position(|&b| b == close)?;
    let word = window.get(1..end)?.trim_ascii();
    let sign = if word.eq_ignore_ascii_case(b"at") || word == b"@" {
        b'@'
    } else if word.eq_ignore_ascii_case(b"dot")
        || word.eq_ignore_ascii_case(b"punkt")
        || word == b"."
    {
        b'.'
    } else {
        return None;
    };
    let spaces = bytes
        .get(end + 1..)?
        .iter()
        .take(SIGN_SPACES)
        .take_while(|&&b| b == b' ')
        .count();
    Some((sign, end + 1 + spaces))
}

/// Characters that take no room on screen: soft hyphen, zero-width and directional marks, variation selectors, tags.
/// Ranges: Unicode `Default_Ignorable_Code_Point`, without the Hangul fillers.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The byte a character stands for; `None` when it is invisible.
fn fold_char(c: char) -> Option<u8> {
    if c.is_ascii() {
        return u8::try_from(c).ok();
    }
    if is_invisible(c) {
        return None;
    }
    let folded = match c {
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(c) - 0xfee0).ok(),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Some(b' ')
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some(b'-'),
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => Some(b'\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' => Some(b'"'),
        '\u{2024}' | '\u{fe52}' => Some(b'.'),
        '\u{fe6b}' => Some(b'@'),
        _ => digit(c)
            .or_else(|| math_letter(c))
            .or_else(|| look_alike(c)),
    };
    Some(folded.unwrap_or(if continues_word(c) { LETTER } else { OTHER }))
}

/// Code points of the digit zero in other scripts; nine more digits follow each (Unicode `Nd`).
const ZEROS: [u32; 26] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1b50, 0xa620,
    0xa8d0,
];

fn digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    // Mathematical digits: five styles of ten.
    let value = if (0x1d7ce..=0x1d7ff).contains(&code) {
        (code - 0x1d7ce) % 10
    } else {
        let after = ZEROS.partition_point(|&zero| zero <= code);
        let zero = ZEROS.get(after.checked_sub(1)?)?;
        code.checked_sub(*zero).filter(|&value| value < 10)?
    };
    u8::try_from(value).ok().map(|value| b'0' + value)
}

/// Mathematical alphabets: thirteen styles of 52 letters.
fn math_letter(c: char) -> Option<u8> {
    let index = u32::from(c).checked_sub(0x1d400).filter(|&i| i < 13 * 52)? % 52;
    let index = u8::try_from(index).ok()?;
    Some(if index < 26 {
        b'A' + index
    } else {
        b'a' + index - 26
    })
}

/// Cyrillic and Greek letters drawn like a Latin one (from Unicode `confusables.txt`).
fn look_alike(c: char) -> Option<u8> {
    let latin = match c {
        'А' | 'Α' => b'A',
        'В' | 'Β' => b'B',
        'С' | 'Ϲ' => b'C',
        'Е' | 'Ε' => b'E',
        'Н' | 'Η' => b'H',
        'І' | 'Ι' => b'I',
        'Ј' => b'J',
        'К' | 'Κ' => b'K',
        'М' | 'Μ' => b'M',
        'Ν' => b'N',
        'О' | 'Ο' => b'O',
        'Р' | 'Ρ' => b'P',
        'Ѕ' => b'S',
        'Т' | 'Τ' => b'T',
        'Х' | 'Χ' => b'X',
        'Ү' | 'Υ' | 'У' => b'Y',
        'Ζ' => b'Z',
        'а' => b'a',
        'с' | 'ϲ' => b'c',
        'ԁ' => b'd',
        'е' => b'e',
        'һ' => b'h',
        'і' => b'i',
        'ј' | 'ϳ' => b'j',
        'ո' => b'n',
        'о' | 'ο' => b'o',
        'р' | 'ρ' => b'p',
        'ԛ' => b'q',
        'ѕ' => b's',
        'ѵ' | 'ν' => b'v',
        'ԝ' => b'w',
        'х' => b'x',
        'у' => b'y',
        _ => return None,
    };
    Some(latin)
}

/// Whether the character continues a word. Scripts written without spaces (Thai to Myanmar, kana, ideographs, hangul with
/// its particles) do not: there a number directly follows the word before it.
fn continues_word(c: char) -> bool {
    let unspaced = matches!(u32::from(c), 0xe00..=0xeff | 0x1000..=0x11ff | 0x1780..=0x17ff | 0x2e80..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x20000..=0x3ffff);
    !unspaced && (c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text, Also::Signs).map_or_else(
            || text.to_owned(),
            |f| {
                f.bytes
                    .iter()
                    .map(|&b| {
                        if b < 0x80 {
                            char::from(b)
                        } else if b == LETTER {
                            'λ'
                        } else {
                            '?'
                        }
                    })
                    .collect()
            },
        )
    }

    #[test]
    fn plain_ascii_is_left_alone() {
        assert!(fold("call me at [work] (or home)", Also::Signs).is_none());
    }

    #[test]
    fn disguises_are_undone() {
        assert_eq!(folded("４１５\u{200b}６"), "4156");
        assert_eq!(folded("٤١٥ 𝟗𝟔 ९"), "415 96 9");
        assert_eq!(folded("a [at] b (DOT) c"), "a@b.c");
        assert_eq!(folded("5\u{2011}6\u{a0}7"), "5-6 7");
        assert_eq!(folded("соm"), "com");
        assert_eq!(folded("жé电"), "λλ?");
    }

    #[test]
    fn spaces_become_one() {
        assert!(fold("one space, no break", Also::Spaces).is_none());
        let text = "a \t\n b\u{a0}\u{a0}c";
        let folded = fold(text, Also::Spaces).unwrap();
        assert_eq!(folded.bytes, b"a b c");
        #[cfg(any(feature = "pii", feature = "risk"))]
        assert_eq!(folded.original(text, 1, 2), Some((1, 5)));
        assert!(fold("a  b", Also::Spaces).is_some());
    }

    #[test]
    #[cfg(any(feature = "pii", feature = "risk"))]
    fn the_way_back_covers_what_is_invisible() {
        let text = "x \u{202a}4\u{200b}2\u{202c} y";
        let folded = fold(text, Also::Signs).unwrap();
        let (from, to) = folded.original(text, 2, 4).unwrap();
        assert_eq!(text.get(from..to).unwrap(), "\u{202a}4\u{200b}2\u{202c}");
    }

    #[test]
    fn zeros_are_sorted_for_the_search() {
        assert!(ZEROS.is_sorted());
    }
}
