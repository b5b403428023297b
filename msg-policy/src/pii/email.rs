//! E-mail addresses: found from the `@` outwards.

use super::bytes::{LETTER, at, before};

/// Longest local part, in octets (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Longest domain, in octets (RFC 5321, 4.5.3.1.2 allows 255; RFC 1035 leaves 253 of them to the text form).
const DOMAIN_MAX: usize = 253;
/// Longest label of a domain (RFC 1035, 2.3.4).
const LABEL_MAX: usize = 63;

/// The address around the `@` at `sign`. Quoted local parts and address literals (`user@[10.0.0.1]`) are not addresses people
/// write in messages and are left alone, and so is the user of a URL (`https://user@host`).
pub(super) fn parse(bytes: &[u8], sign: usize, floor: usize) -> Option<(usize, usize)> {
    let start = local_start(bytes, sign, floor)?;
    let end = domain_end(bytes, sign + 1)?;
    let in_url = before(bytes, start, 1) == b'/'
        && before(bytes, start, 2) == b'/'
        && before(bytes, start, 3) == b':';
    (!in_url).then_some((start, end))
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || b == LETTER
        || matches!(
            b,
            b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'!' | b'&' | b'#' | b'~'
        )
}

fn local_start(bytes: &[u8], sign: usize, floor: usize) -> Option<usize> {
    let mut start = sign;
    while start > floor && sign - start <= LOCAL_MAX {
        let b = before(bytes, start, 1);
        let double_dot = b == b'.' && at(bytes, start) == b'.';
        if !is_local(b) || double_dot {
            break;
        }
        start -= 1;
    }
    if sign - start > LOCAL_MAX || before(bytes, sign, 1) == b'.' {
        return None;
    }
    // A quotation mark, a bullet or the punctuation of the sentence before is not part of the address.
    while start < sign
        && !(at(bytes, start).is_ascii_alphanumeric()
            || matches!(at(bytes, start), LETTER | b'_' | b'+'))
    {
        start += 1;
    }
    (start < sign).then_some(start)
}

fn domain_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut label = from;
    let mut accepted = None;
    let mut labels = 0;
    loop {
        let mut end = label;
        while is_domain(at(bytes, end)) && end - label <= LABEL_MAX && end - from <= DOMAIN_MAX {
            end += 1;
        }
        // A label never ends in a hyphen: `a@b.com-` is an address followed by a dash.
        let ended_by_hyphen = at(bytes, end.wrapping_sub(1)) == b'-';
        while end > label && before(bytes, end, 1) == b'-' {
            end -= 1;
        }
        let empty = end == label || at(bytes, label) == b'-';
        if empty || end - label > LABEL_MAX || end - from > DOMAIN_MAX {
            break;
        }
        labels += 1;
        if labels >= 2 && is_top_level(bytes, label, end) {
            accepted = Some(end);
        } else if labels >= 2 {
            // The text goes on with something that is no top-level domain: only what was accepted before counts.
            if at(bytes, end) != b'.' || !is_domain(at(bytes, end + 1)) {
                break;
            }
        }
        if ended_by_hyphen || at(bytes, end) != b'.' {
            break;
        }
        // "a@b.com.Then": a sentence that lost its space, not a longer domain.
        if accepted.is_some()
            && at(bytes, end + 1).is_ascii_uppercase()
            && before(bytes, end, 1).is_ascii_lowercase()
        {
            break;
        }
        label = end + 1;
    }
    accepted
}

fn is_domain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == LETTER
}

/// Top-level domains are alphabetic, or the ASCII form of one that is not ASCII (RFC 3696, 2; RFC 5890).
fn is_top_level(bytes: &[u8], start: usize, end: usize) -> bool {
    let Some(label) = bytes.get(start..end) else {
        return false;
    };
    let encoded = label
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"));
    label.len() >= 2
        && (encoded
            || label
                .iter()
                .all(|&b| b.is_ascii_alphabetic() || b == LETTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        memchr::memchr_iter(b'@', text.as_bytes())
            .filter_map(|sign| parse(text.as_bytes(), sign, 0))
            .map(|(start, end)| text.get(start..end).unwrap())
            .collect()
    }

    #[test]
    fn addresses_are_found_without_their_surroundings() {
        for (text, expected) in [
            (
                "mail jo.doe+tag@mail.example.co.uk.",
                "jo.doe+tag@mail.example.co.uk",
            ),
            ("<a@b.co>", "a@b.co"),
            ("'alice@example.com'", "alice@example.com"),
            ("SECRET=bob@example.com", "bob@example.com"),
            (
                "mailto:o'brien@example.com?subject=x",
                "o'brien@example.com",
            ),
            ("..x@example.com", "x@example.com"),
            ("a@xn--d1acufc.xn--p1ai", "a@xn--d1acufc.xn--p1ai"),
            ("a@b.com- thanks", "a@b.com"),
            ("a@b.com.Next sentence", "a@b.com"),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
        assert_eq!(
            found("a@b.co,b@c.io,c@d.net"),
            ["a@b.co", "b@c.io", "c@d.net"]
        );
    }

    #[test]
    fn what_only_looks_like_an_address_is_not_one() {
        for text in [
            "john@gmail..com",
            "@user",
            "user@",
            "user@host",
            "a@b.c",
            "https://user@example.com",
            "x.@example.com",
            "1@2.3",
            "a@-b.com",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn limits_hold() {
        let local = "a".repeat(65);
        assert!(found(&format!("{local}@example.com")).is_empty());
        assert_eq!(
            found(&format!("{}@example.com", local.get(1..).unwrap())).len(),
            1
        );
        assert!(found(&format!("a@{}.com", "b".repeat(64))).is_empty());
    }
}
