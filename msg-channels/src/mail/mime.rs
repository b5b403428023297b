//! Writes mail: header lines (RFC 5322), encoded words (RFC 2047), parameters (RFC 2231), bodies (RFC 2045).
//!
//! lettre has a builder; it parses its own headers again and allocates a hundred times a mail. What is written here is
//! one buffer. No value can end its header line: every function says what it does with control characters.

use super::text::line_feeds;
use msg_core::Timestamp;
use std::io::Write as _;

/// A line of a body may have 998 bytes (RFC 5322, 2.1.1); encoded ones have 76 (RFC 2045, 6.7 and 6.8).
const MAX_LINE: usize = 998;
const ENCODED_LINE: usize = 76;
/// A header line should have 78 bytes (RFC 5322, 2.1.1), an encoded word may have 75 (RFC 2047, 2).
const HEADER_LINE: usize = 78;
const ENCODED_WORD: usize = 75;
/// A word that is longer is encoded, since only encoded words can be cut.
const LONG_WORD: usize = 60;

/// The last second that a mail's date can say: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// Writes into a buffer; that cannot fail.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {{ let _ = write!($out, $($text)*); }};
}
#[cfg(feature = "smtp")]
pub(crate) use put;

/// `name: value` for a value that is known to be printable ASCII without line ends, such as a checked id.
pub fn token(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    if value.as_bytes().iter().all(printable) {
        out.extend_from_slice(value.as_bytes());
    } else {
        // Not reached by checked values; a line end would be a header of somebody else's making.
        out.extend(value.bytes().filter(printable));
    }
    out.extend_from_slice(b"\r\n");
}

/// `name: text` for free text on one line: folded at spaces, encoded where readers would not see what was written.
/// Control characters and line ends must have been removed; they would be encoded.
pub fn text(out: &mut Vec<u8>, name: &str, text: &str) {
    put!(out, "{name}:");
    let column = name.len() + 1;
    if is_plain(text) {
        fold(out, text, column);
    } else {
        encoded_words(out, text, column);
    }
    out.extend_from_slice(b"\r\n");
}

/// `name: Phrase <address>`, or the address alone.
pub fn mailbox(out: &mut Vec<u8>, name: &str, phrase: Option<&str>, address: &str) {
    put!(out, "{name}:");
    if let Some(phrase) = phrase {
        let start = out.len();
        if is_plain(phrase) && phrase.len() <= LONG_WORD / 2 {
            out.extend_from_slice(b" ");
            quoted(out, phrase);
        } else {
            encoded_words(out, phrase, name.len() + 1);
        }
        let length = name.len() + out.len() - start + address.len();
        if length + 4 > HEADER_LINE {
            out.extend_from_slice(b"\r\n");
        }
        put!(out, " <{address}>\r\n");
    } else {
        put!(out, " {address}\r\n");
    }
}

/// The date in UTC, held within what a mail can say: a clock may jump.
pub fn date(out: &mut Vec<u8>, now: Timestamp) {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = now.as_second().clamp(0, LAST_SECOND);
    let now = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let at = jiff::tz::Offset::UTC.to_datetime(now);
    let nth = |names: &[&'static str], at: i8| {
        let at = usize::try_from(at).unwrap_or_default();
        names.get(at).copied().unwrap_or_default()
    };
    put!(
        out,
        "Date: {}, {} {} {} {:02}:{:02}:{:02} +0000\r\n",
        nth(&DAYS, at.weekday().to_monday_zero_offset()),
        at.day(),
        nth(&MONTHS, at.month() - 1),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    );
}

/// `name: value; key="text"`, in the form for other alphabets and long texts where it is needed.
pub fn parameter(out: &mut Vec<u8>, header: &str, key: &str, text: &str) {
    out.extend_from_slice(header.as_bytes());
    if is_plain(text) && text.len() <= LONG_WORD {
        put!(out, ";\r\n {key}=");
        quoted(out, text);
        out.extend_from_slice(b"\r\n");
        return;
    }
    let mut chars = text.chars().peekable();
    let mut piece = 0_usize;
    while chars.peek().is_some() {
        let start = out.len();
        put!(out, ";\r\n {key}*{piece}*=");
        if piece == 0 {
            out.extend_from_slice(b"utf-8''");
        }
        // Only whole characters, since readers decode piece by piece: the longest one takes twelve bytes.
        while out.len() - start < ENCODED_LINE - 12
            && let Some(c) = chars.next()
        {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
                    out.push(byte);
                } else {
                    put!(out, "%{byte:02X}");
                }
            }
        }
        piece += 1;
    }
    out.extend_from_slice(b"\r\n");
}

/// Printable ASCII that does not look encoded already.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("=?")
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Plain words, a new line before the one that would be too much.
fn fold(out: &mut Vec<u8>, text: &str, mut column: usize) {
    if text.split(' ').any(|word| word.len() > LONG_WORD) {
        return encoded_words(out, text, column);
    }
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if column + 1 + word.len() > HEADER_LINE {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.push(b' ');
        out.extend_from_slice(word.as_bytes());
        column += 1 + word.len();
    }
}

/// Encoded words, each of whole characters, in whichever of the two encodings is shorter.
fn encoded_words(out: &mut Vec<u8>, text: &str, mut column: usize) {
    const FRAME: usize = "=?utf-8?b??=".len();
    let as_is = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    let in_base64 = text.len().div_ceil(3) * 4 < as_is + 3 * (text.len() - as_is);
    let mut rest = text;
    while !rest.is_empty() {
        let room = ENCODED_WORD
            .min(HEADER_LINE.saturating_sub(column + 1))
            .saturating_sub(FRAME);
        let mut taken = 0;
        let mut length = 0;
        for c in rest.chars() {
            let bytes = c.len_utf8();
            length = if in_base64 {
                (taken + bytes).div_ceil(3) * 4
            } else {
                length
                    + if c.is_ascii_alphanumeric() {
                        1
                    } else {
                        3 * bytes
                    }
            };
            if length > room {
                break;
            }
            taken += bytes;
        }
        if taken > 0 {
            let (word, tail) = rest.split_at_checked(taken).unwrap_or((rest, ""));
            out.extend_from_slice(if in_base64 {
                b" =?utf-8?b?"
            } else {
                b" =?utf-8?q?"
            });
            if in_base64 {
                base64(out, word.as_bytes(), usize::MAX);
            } else {
                word.bytes().for_each(|byte| match byte {
                    byte if byte.is_ascii_alphanumeric() => out.push(byte),
                    byte => put!(out, "={byte:02X}"),
                });
            }
            out.extend_from_slice(b"?=");
            rest = tail;
        }
        if !rest.is_empty() {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
    }
}

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    SevenBit,
    QuotedPrintable,
    Base64,
}

fn encoding_of(text: &str) -> Encoding {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n');
    // Counted to the end instead of looked for, so that the compiler takes many bytes at once.
    let odd = text.bytes().filter(|byte| !plain(*byte)).count();
    if odd == 0 && (text.len() <= MAX_LINE || has_short_lines(text)) {
        return Encoding::SevenBit;
    }
    // Quoted-printable makes three bytes of one, base64 four of three: even at one in six.
    let coded = odd + memchr::memchr_iter(b'=', text.as_bytes()).count();
    if coded * 6 > text.len() {
        Encoding::Base64
    } else {
        Encoding::QuotedPrintable
    }
}

/// Whether no line is longer than mail allows.
fn has_short_lines(text: &str) -> bool {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.into_iter().all(|end| {
        let length = end - start;
        start = end + 1;
        length <= MAX_LINE
    })
}

/// The rest of a piece's header, the empty line and the text, with every line ended.
pub fn words(out: &mut Vec<u8>, kind: &str, text: &str) {
    let text = line_feeds(text);
    let encoding = encoding_of(&text);
    let name = match encoding {
        Encoding::SevenBit => "7bit",
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::Base64 => "base64",
    };
    put!(
        out,
        "Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    );
    match encoding {
        Encoding::SevenBit => {
            let text = text.as_bytes();
            out.reserve(text.len() + text.len() / 16);
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', text) {
                out.extend_from_slice(text.get(start..end).unwrap_or_default());
                out.extend_from_slice(b"\r\n");
                start = end + 1;
            }
            out.extend_from_slice(text.get(start..).unwrap_or_default());
        }
        Encoding::QuotedPrintable => quoted_printable(out, &text),
        Encoding::Base64 => base64(out, text.replace('\n', "\r\n").as_bytes(), ENCODED_LINE),
    }
    out.extend_from_slice(b"\r\n");
}

/// The rest of a file's header, the empty line and the bytes, with every line ended.
pub fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    base64(out, bytes, ENCODED_LINE);
    out.extend_from_slice(b"\r\n");
}

/// Line feeds become line ends; a space or tab before one is encoded, since servers may take it away.
fn quoted_printable(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + text.len() / 4);
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.extend_from_slice(b"\r\n");
        }
        let mut column = 0;
        let mut rest = line.bytes().peekable();
        while let Some(byte) = rest.next() {
            let last = rest.peek().is_none();
            let plain = match byte {
                b'=' => false,
                b' ' | b'\t' => !last,
                byte => byte.is_ascii_graphic(),
            };
            let width = if plain { 1 } else { 3 };
            // One column is kept for the `=` of a soft line end.
            if column + width > ENCODED_LINE - usize::from(!last) {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(byte);
            } else {
                put!(out, "={byte:02X}");
            }
            column += width;
        }
    }
}

/// Base64 (RFC 4648, 4) in lines of `width`, a multiple of four; no line end after the last one.
fn base64(out: &mut Vec<u8>, bytes: &[u8], width: usize) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| LETTERS.get((bits & 63) as usize).copied().unwrap_or(b'=');
    out.reserve(bytes.len().div_ceil(3) * 4 + bytes.len() / 28);
    let mut column = 0;
    for three in bytes.chunks(3) {
        if column >= width {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        let mut word = three
            .iter()
            .fold(0, |word, byte| word << 8 | u32::from(*byte));
        word <<= 8 * (3 - three.len());
        let mut four = [
            letter(word >> 18),
            letter(word >> 12),
            letter(word >> 6),
            letter(word),
        ];
        four.iter_mut()
            .skip(three.len() + 1)
            .for_each(|pad| *pad = b'=');
        out.extend_from_slice(&four);
        column += 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders as _};
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates_are_written_in_utc_and_never_out_of_range() {
        for (at, line) in [
            (
                "2026-02-03T04:05:06.7Z",
                "Date: Tue, 3 Feb 2026 04:05:06 +0000\r\n",
            ),
            (
                "-000009-01-01T00:00:00Z",
                "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n",
            ),
            (
                "9999-12-30T22:00:00Z",
                "Date: Thu, 30 Dec 9999 22:00:00 +0000\r\n",
            ),
        ] {
            assert_eq!(written(|out| date(out, at.parse().unwrap())), line);
        }
    }

    #[test]
    fn base64_and_quoted_printable_as_the_documents_show_them() {
        // RFC 4648, 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(written(|out| base64(out, plain.as_bytes(), 76)), coded);
        }
        assert_eq!(
            written(|out| base64(out, &[0; 60], 76))
                .lines()
                .next()
                .unwrap()
                .len(),
            76
        );
        assert_eq!(
            written(|out| quoted_printable(out, "a=b \n\tä\n")),
            "a=3Db=20\r\n\t=C3=A4\r\n"
        );
        let long = written(|out| quoted_printable(out, &"a".repeat(200)));
        assert!(
            long.lines().all(|line| line.len() <= 76)
                && long.replace("=\r\n", "") == "a".repeat(200)
        );
    }

    #[test]
    fn the_shortest_encoding_is_chosen() {
        assert_eq!(encoding_of("Hello\n\tJo"), Encoding::SevenBit);
        assert_eq!(encoding_of(&"x".repeat(998)), Encoding::SevenBit);
        assert_eq!(encoding_of(&"x".repeat(999)), Encoding::QuotedPrintable);
        assert_eq!(
            encoding_of("Viele Grüße aus dem Laden"),
            Encoding::QuotedPrintable
        );
        assert_eq!(
            encoding_of("a\0 and much more text"),
            Encoding::QuotedPrintable
        );
        assert_eq!(encoding_of("Привет"), Encoding::Base64);
    }

    /// What people and attackers put into headers.
    const ODD: &str = "(a|b|Z|0| |  |=\\?|\\?=|=|\"|\\\\|<|>|,|;|@|ä|€|😀|ا|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){1,40}";

    fn line(text: &str) -> String {
        super::super::text::one_line(text)
    }

    proptest! {
        #[test]
        fn headers_read_back_in_short_lines(subject in ODD, phrase in ODD, name in ODD) {
            let (subject, phrase, name) = (line(&subject), line(&phrase), line(&name));
            prop_assume!(!subject.is_empty() && !phrase.is_empty() && !name.is_empty());
            let mail = written(|out| {
                mailbox(out, "From", Some(&phrase), "shop@example.org");
                text(out, "Subject", &subject);
                parameter(out, "Content-Disposition: attachment", "filename", &name);
                words(out, "text/plain", "body");
            });
            prop_assert!(mail.lines().all(|line| line.len() <= 78), "{}", mail);
            let mail = MessageParser::default().parse(&mail).unwrap();
            prop_assert_eq!(mail.subject(), Some(&*subject));
            let from = mail.from().unwrap().first().unwrap();
            prop_assert_eq!(from.name(), Some(&*phrase));
            prop_assert_eq!(from.address(), Some("shop@example.org"));
            prop_assert_eq!(mail.part(0).unwrap().attachment_name(), Some(&*name));
        }

        #[test]
        fn bodies_read_back_in_lines_of_a_legal_length(
            text in "(a|b|=|\\.| |\t|\n|\r|\r\n|\0|ä|😀|From |aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){0,60}",
            copies in 1_usize..30,
        ) {
            let text = text.repeat(copies);
            let mail = written(|out| words(out, "text/plain", &text));
            prop_assert!(mail.is_ascii() && !mail.contains('\0'));
            prop_assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
            let mail = format!("{mail}\r\n");
            let read = MessageParser::default().parse(&mail).unwrap();
            let read = read.body_text(0).unwrap().replace("\r\n", "\n");
            let wrote = line_feeds(&text);
            prop_assert_eq!(read.trim_end_matches('\n'), wrote.trim_end_matches('\n'));
        }

        #[test]
        fn files_read_back(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mail = written(|out| {
                out.extend_from_slice(b"Content-Type: application/octet-stream\r\n");
                bytes(out, &file);
            });
            let read = MessageParser::default().parse(&mail).unwrap();
            prop_assert_eq!(read.part(0).unwrap().contents(), file);
        }
    }
}
