//! International bank account numbers: country table, structure and check digits (ISO 13616).

use super::bytes::{at, before, is_word};

/// Country and structure of the part after the four leading characters: runs of `n` digits, `a` upper-case letters, `c` either.
///
/// Source: SWIFT IBAN registry, release 101, adjacent runs of one kind joined. Sorted by country for the search.
const TABLE: [(&[u8; 2], &[u8]); 89] = [
    (b"AD", b"8n12c"),
    (b"AE", b"19n"),
    (b"AL", b"8n16c"),
    (b"AT", b"16n"),
    (b"AZ", b"4a20c"),
    (b"BA", b"16n"),
    (b"BE", b"12n"),
    (b"BG", b"4a6n8c"),
    (b"BH", b"4a14c"),
    (b"BI", b"23n"),
    (b"BR", b"23n1a1c"),
    (b"BY", b"4c4n16c"),
    (b"CH", b"5n12c"),
    (b"CR", b"18n"),
    (b"CY", b"8n16c"),
    (b"CZ", b"20n"),
    (b"DE", b"18n"),
    (b"DJ", b"23n"),
    (b"DK", b"14n"),
    (b"DO", b"4c20n"),
    (b"EE", b"16n"),
    (b"EG", b"25n"),
    (b"ES", b"20n"),
    (b"FI", b"14n"),
    (b"FK", b"2a12n"),
    (b"FO", b"14n"),
    (b"FR", b"10n11c2n"),
    (b"GB", b"4a14n"),
    (b"GE", b"2a16n"),
    (b"GI", b"4a15c"),
    (b"GL", b"14n"),
    (b"GR", b"7n16c"),
    (b"GT", b"24c"),
    (b"HN", b"4a20n"),
    (b"HR", b"17n"),
    (b"HU", b"24n"),
    (b"IE", b"4a14n"),
    (b"IL", b"19n"),
    (b"IQ", b"4a15n"),
    (b"IS", b"22n"),
    (b"IT", b"1a10n12c"),
    (b"JO", b"4a4n18c"),
    (b"KW", b"4a22c"),
    (b"KZ", b"3n13c"),
    (b"LB", b"4n20c"),
    (b"LC", b"4a24c"),
    (b"LI", b"5n12c"),
    (b"LT", b"16n"),
    (b"LU", b"3n13c"),
    (b"LV", b"4a13c"),
    (b"LY", b"21n"),
    (b"MC", b"10n11c2n"),
    (b"MD", b"20c"),
    (b"ME", b"18n"),
    (b"MK", b"3n10c2n"),
    (b"MN", b"16n"),
    (b"MR", b"23n"),
    (b"MT", b"4a5n18c"),
    (b"MU", b"4a19n3a"),
    (b"NI", b"4a20n"),
    (b"NL", b"4a10n"),
    (b"NO", b"11n"),
    (b"OM", b"3n16c"),
    (b"PK", b"4a16c"),
    (b"PL", b"24n"),
    (b"PS", b"4a21c"),
    (b"PT", b"21n"),
    (b"QA", b"4a21c"),
    (b"RO", b"4a16c"),
    (b"RS", b"18n"),
    (b"RU", b"14n15c"),
    (b"SA", b"2n18c"),
    (b"SC", b"4a20n3a"),
    (b"SD", b"14n"),
    (b"SE", b"20n"),
    (b"SI", b"15n"),
    (b"SK", b"20n"),
    (b"SM", b"1a10n12c"),
    (b"SO", b"19n"),
    (b"ST", b"21n"),
    (b"SV", b"4a20n"),
    (b"TL", b"19n"),
    (b"TN", b"20n"),
    (b"TR", b"6n16c"),
    (b"UA", b"6n19c"),
    (b"VA", b"18n"),
    (b"VG", b"4a16n"),
    (b"XK", b"16n"),
    (b"YE", b"4a4n18c"),
];

/// Longest number in the table, and in the standard (ISO 13616-1: 34).
const MAX: usize = 34;

/// The number whose two check digits begin at `digit`, the country before them. Groups may be parted by one space or hyphen.
/// Lower case is accepted: the check digits decide.
pub(super) fn parse(bytes: &[u8], digit: usize) -> Option<(usize, usize)> {
    let start = digit.checked_sub(2)?;
    if is_word(before(bytes, start, 1)) || !at(bytes, digit + 1).is_ascii_digit() {
        return None;
    }
    let country = [
        at(bytes, start).to_ascii_uppercase(),
        at(bytes, start + 1).to_ascii_uppercase(),
    ];
    let row = TABLE.binary_search_by_key(&&country, |row| row.0).ok()?;
    let (_, structure) = TABLE.get(row)?;
    let mut compact = [0_u8; MAX];
    let mut length = 0;
    let mut place = start;
    let mut wanted = runs(structure)
        .fold(4, |sum, (count, _)| sum + count)
        .min(MAX);
    while wanted > 0 {
        let b = at(bytes, place);
        if b.is_ascii_alphanumeric() {
            *compact.get_mut(length)? = b.to_ascii_uppercase();
            length += 1;
            wanted -= 1;
        } else if !(matches!(b, b' ' | b'-')
            && length >= 2
            && at(bytes, place + 1).is_ascii_alphanumeric())
        {
            return None;
        }
        place += 1;
    }
    let number = compact.get(..length)?;
    (!is_word(at(bytes, place)) && has_structure(number.get(4..)?, structure) && checks(number))
        .then_some((start, place))
}

/// The runs of a structure: how many characters, of which kind.
fn runs(structure: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let mut rest = structure;
    std::iter::from_fn(move || {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (count, after) = rest.split_at_checked(digits)?;
        let (&kind, after) = after.split_first()?;
        rest = after;
        Some((
            count.iter().fold(0, |n, d| n * 10 + usize::from(d - b'0')),
            kind,
        ))
    })
}

fn has_structure(number: &[u8], structure: &[u8]) -> bool {
    let mut rest = number;
    runs(structure).all(|(count, kind)| {
        let Some((part, after)) = rest.split_at_checked(count) else {
            return false;
        };
        rest = after;
        match kind {
            b'n' => part.iter().all(u8::is_ascii_digit),
            b'a' => part.iter().all(u8::is_ascii_uppercase),
            _ => true,
        }
    })
}

/// ISO 7064 mod 97-10, the first four characters moved to the end.
fn checks(number: &[u8]) -> bool {
    let Some((head, tail)) = number.split_at_checked(4) else {
        return false;
    };
    let remainder = tail.iter().chain(head).fold(0_u32, |sum, &b| match b {
        b'0'..=b'9' => (sum * 10 + u32::from(b - b'0')) % 97,
        _ => (sum * 100 + u32::from(b.to_ascii_uppercase().saturating_sub(b'A')) + 10) % 97,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let digit = text.find(|c: char| c.is_ascii_digit())?;
        parse(text.as_bytes(), digit).map(|(start, end)| text.get(start..end).unwrap())
    }

    #[test]
    fn table_is_sorted_and_within_the_standard() {
        assert!(TABLE.is_sorted_by_key(|row| row.0));
        for (country, structure) in TABLE {
            let length = 4 + runs(structure).map(|(count, _)| count).sum::<usize>();
            assert!(
                (15..=MAX).contains(&length),
                "{}",
                String::from_utf8_lossy(country)
            );
        }
    }

    // Numbers: the examples of the SWIFT registry.
    #[test]
    fn valid_numbers() {
        for text in [
            "GB29 NWBK 6016 1331 9268 19",
            "DE89370400440532013000",
            "NO9386011117947",
            "FR1420041010050500013M02606",
            "MT84MALT011000012345MTLCAST001S",
            "de89 3704 0044 0532 0130 00",
        ] {
            assert_eq!(found(text), Some(text));
        }
        assert_eq!(
            found("to DE89370400440532013000."),
            Some("DE89370400440532013000")
        );
    }

    #[test]
    fn wrong_digits_lengths_and_surroundings() {
        for text in [
            "GB29 NWBK 6016 1331 9268 10",
            "DE8937040044053201300",
            "XX89370400440532013000",
            "XDE89370400440532013000",
            "DE893704004405320130001",
            "DE89  370400440532013000",
            "DE8",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
