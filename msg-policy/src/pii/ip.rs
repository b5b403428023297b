//! IP addresses, written the usual ways: dotted quads and RFC 4291 text.

use super::bytes::{at, before, digits_end, is_word, run_end};
use std::net::Ipv6Addr;

/// A dotted quad whose first number begins at `start`. A fifth number, a leading zero or a word that says "version" before it
/// makes it something else.
pub(super) fn v4(bytes: &[u8], start: usize) -> Option<usize> {
    let mut place = start;
    for octet in 0..4 {
        let end = digits_end(bytes, place);
        let digits = bytes
            .get(place..end)
            .filter(|d| (1..=3).contains(&d.len()))?;
        let value = digits
            .iter()
            .fold(0_u32, |value, &d| value * 10 + u32::from(d - b'0'));
        if value > 255 || (digits.len() > 1 && at(digits, 0) == b'0') {
            return None;
        }
        place = end;
        if octet < 3 {
            if at(bytes, place) != b'.' {
                return None;
            }
            place += 1;
        }
    }
    let left = before(bytes, start, 1);
    let joined = left == b'-' && is_word(before(bytes, start, 2));
    let left_open = !(joined || is_word(left) || matches!(left, b'.' | b'_'));
    let next = at(bytes, place);
    let right_open = !is_word(next)
        && next != b'_'
        && !(matches!(next, b'.' | b'-') && is_word(at(bytes, place + 1)));
    (left_open && right_open && !after_version_word(bytes, start))
        .then(|| with_prefix(bytes, place, 32))
}

/// Where a prefix length after `end` stops (`10.0.0.0/24`), if there is one of at most `most` bits.
fn with_prefix(bytes: &[u8], end: usize, most: u32) -> usize {
    let stop = digits_end(bytes, end + 1);
    let digits = bytes.get(end + 1..stop).unwrap_or_default();
    let bits = digits
        .iter()
        .take(4)
        .fold(0, |v, d| v * 10 + u32::from(d - b'0'));
    let prefix = at(bytes, end) == b'/'
        && (1..=3).contains(&digits.len())
        && bits <= most
        && !is_word(at(bytes, stop));
    if prefix { stop } else { end }
}

/// Whether the word before `start` says that dotted numbers are a version.
fn after_version_word(bytes: &[u8], start: usize) -> bool {
    let mut end = start;
    while matches!(before(bytes, end, 1), b' ' | b':' | b'=') && start - end < 3 {
        end -= 1;
    }
    let mut first = end;
    while before(bytes, first, 1).is_ascii_alphabetic() && end - first < 9 {
        first -= 1;
    }
    let word = bytes.get(first..end).unwrap_or_default();
    [
        b"version".as_slice(),
        b"ver",
        b"v",
        b"release",
        b"build",
        b"firmware",
        b"rev",
    ]
    .iter()
    .any(|w| w.eq_ignore_ascii_case(word))
}

/// Longest text form: eight groups of four, or six of them and a dotted quad (RFC 4291, 2.2).
const V6_MAX: usize = 45;

/// An IPv6 address around the digit at `inside`. Needs two colons and clean boundaries, so that times, ports and `std::fmt`
/// are not addresses; a zone (`%eth0`) is left outside.
pub(super) fn v6(bytes: &[u8], inside: usize, floor: usize) -> Option<(usize, usize)> {
    let part = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let mut start = inside;
    while start > floor && part(before(bytes, start, 1)) {
        start -= 1;
        if inside - start > V6_MAX {
            return None;
        }
    }
    let window = bytes.get(..bytes.len().min(inside + V6_MAX + 1))?;
    let mut end = run_end(window, inside, part);
    // Punctuation of the sentence, and a lone colon before (`ip:fe80::1` keeps its address).
    while matches!(before(bytes, end, 1), b'.')
        || (before(bytes, end, 1) == b':' && before(bytes, end, 2) != b':')
    {
        end = end.checked_sub(1).filter(|&e| e > inside)?;
    }
    if at(bytes, start) == b':' && at(bytes, start + 1) != b':' {
        start += 1;
    }
    let token = bytes.get(start..end).filter(|t| t.len() <= V6_MAX)?;
    if memchr::memchr_iter(b':', token).take(2).count() < 2
        || is_word(before(bytes, start, 1))
        || is_word(at(bytes, end))
    {
        return None;
    }
    let text = std::str::from_utf8(token).ok()?;
    text.parse::<Ipv6Addr>()
        .ok()
        .map(|_| (start, with_prefix(bytes, end, 128)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(text: &str) -> Option<&str> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        v4(text.as_bytes(), start).map(|end| text.get(start..end).unwrap())
    }

    fn six(text: &str) -> Option<&str> {
        text.char_indices()
            .filter(|(_, c)| c.is_ascii_digit())
            .find_map(|(i, _)| v6(text.as_bytes(), i, 0))
            .map(|(start, end)| text.get(start..end).unwrap())
    }

    #[test]
    fn quads() {
        assert_eq!(four("at 10.0.0.1."), Some("10.0.0.1"));
        assert_eq!(four("10.0.0.0/24."), Some("10.0.0.0/24"));
        assert_eq!(four("10.0.0.0/123"), Some("10.0.0.0"));
        assert_eq!(four("|19.253.176.22|"), Some("19.253.176.22"));
        assert_eq!(four("http://192.168.1.20:8080/"), Some("192.168.1.20"));
        for text in [
            "1.2.3.4.5",
            "256.1.1.1",
            "v1.2.3.4",
            "version 1.2.3.4",
            "1.2.3",
            "01.2.3.4",
            "1.2.3.4a",
            "x-1.2.3.4",
            "10.4.3 build",
        ] {
            assert_eq!(four(text), None, "{text}");
        }
    }

    #[test]
    fn groups() {
        assert_eq!(
            six("ip 2400:c401::5054:ff:fe1b:b031"),
            Some("2400:c401::5054:ff:fe1b:b031")
        );
        assert_eq!(six("::10.0.0.1"), Some("::10.0.0.1"));
        assert_eq!(six("to 2001:db8::10.0.0.1."), Some("2001:db8::10.0.0.1"));
        assert_eq!(six("[::1]:80"), Some("::1"));
        assert_eq!(six("addr:fe80::1%eth0"), Some("fe80::1"));
        for text in [
            "Time 12:34:56",
            "Port 80:443",
            "std::u8::MAX",
            "1:2:3:4:5:6:7:8:9",
            "a::b",
            "x::1y",
        ] {
            assert_eq!(six(text), None, "{text}");
        }
    }
}
