//! Payment cards: length, issuer prefix and check digit.

use super::chain::Chain;

/// Shortest and longest number here (ISO/IEC 7812-1 allows up to 19; the 12 digits of some Maestro cards are too weak a sign).
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// How many groups from the start of the chain make up a card number, if any: one run, or groups as cards print them.
pub(super) fn groups(chain: &Chain<'_>) -> Option<usize> {
    let first = chain.group(0)?;
    if DIGITS.contains(&first.len()) {
        return is_card(first.len(), chain.bytes_of(1)).then_some(1);
    }
    let separator = chain
        .separator(0)
        .filter(|s| matches!(*s, b" " | b"  " | b"\t" | b"-" | b" - " | b"."))?;
    let mut total = first.len();
    let mut accepted = None;
    for n in 2..=chain.len().min(5) {
        if chain.separator(n - 2) != Some(separator) {
            break;
        }
        total += chain.group(n - 1)?.len();
        if DIGITS.contains(&total) && printed(chain, n) && is_card(total, chain.bytes_of(n)) {
            accepted = Some(n);
        }
    }
    accepted
}

/// Whether the first `n` groups have lengths that cards are printed or typed in: fours with a shorter or equal rest,
/// 4-6-5 (American Express), 4-6-4 (Diners Club), or two halves of eight.
fn printed(chain: &Chain<'_>, n: usize) -> bool {
    let length = |i| chain.group(i).map_or(0, <[u8]>::len);
    let fours = (0..n - 1).all(|i| length(i) == 4) && (1..=4).contains(&length(n - 1)) && n >= 4;
    let three = n == 3 && length(0) == 4 && length(1) == 6 && matches!(length(2), 4 | 5);
    let halves = n == 2 && length(0) == 8 && length(1) == 8;
    fours || three || halves
}

fn is_card(total: usize, bytes: &[u8]) -> bool {
    // Not the digits after a decimal point, and not the same digit over and over.
    let mut digits = bytes.iter().filter(|b| b.is_ascii_digit());
    let same = digits.next().is_none_or(|head| digits.all(|d| d == head));
    !same && issued(total, bytes) && luhn(bytes)
}

/// Prefixes of four digits, first and last, and the lengths issued under them, shortest and longest.
///
/// Source: Wikipedia, "Payment card number", issuer identification numbers; where networks overlap, the wider lengths.
const ISSUERS: [(u32, u32, usize, usize); 18] = [
    (1000, 1999, 15, 15), // UATP
    (2131, 2131, 15, 15), // JCB, early cards
    (2200, 2204, 16, 19), // Mir
    (2221, 2720, 16, 16), // Mastercard
    (3000, 3059, 14, 19), // Diners Club International
    (3090, 3099, 14, 19), // Diners Club International
    (3400, 3499, 15, 15), // American Express
    (3528, 3589, 16, 19), // JCB
    (3600, 3699, 14, 19), // Diners Club International
    (3700, 3799, 15, 15), // American Express
    (3800, 3999, 14, 19), // Diners Club International
    (4000, 4999, 13, 19), // Visa: 13, 16 or 19
    (5000, 5099, 13, 19), // Maestro
    (5100, 5599, 16, 16), // Mastercard
    (5600, 5899, 13, 19), // Maestro
    (6000, 6399, 13, 19), // Maestro, RuPay, Discover, UnionPay
    (6400, 6599, 16, 19), // Discover, RuPay
    (6600, 6999, 13, 19), // Maestro
];

/// Whether a known issuer uses this prefix with this length.
fn issued(total: usize, bytes: &[u8]) -> bool {
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).take(4);
    let prefix = digits.fold(0_u32, |prefix, d| prefix * 10 + u32::from(d - b'0'));
    let visa = !(4000..=4999).contains(&prefix) || matches!(total, 13 | 16 | 19);
    visa && ISSUERS.iter().any(|&(low, high, min, max)| {
        (low..=high).contains(&prefix) && (min..=max).contains(&total)
    })
}

/// The check of ISO/IEC 7812-1, annex B.
fn luhn(bytes: &[u8]) -> bool {
    let sum = bytes
        .iter()
        .rev()
        .filter(|b| b.is_ascii_digit())
        .enumerate()
        .fold(0_u32, |sum, (i, d)| {
            let value = u32::from(d - b'0');
            sum + match (i % 2, value) {
                (0, v) => v,
                (_, v) if v > 4 => v * 2 - 9,
                (_, v) => v * 2,
            }
        });
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, find};

    fn found(text: &str) -> Vec<&str> {
        find(text)
            .into_iter()
            .filter(|s| s.kind == Kind::CreditCard)
            .map(|s| s.of(text))
            .collect()
    }

    // Numbers: the test numbers payment providers publish.
    #[test]
    fn cards() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "378282246310005",
            "4111.1111.1111.1111",
            "4111  1111  1111  1111",
            "4111 - 1111 - 1111 - 1111",
            "4111\t1111\t1111\t1111",
            "3782 822463 10005",
            "5555555555554444",
            "30569309025904",
            "3530111333300000",
            "6011111111111117",
            "2223003122003222",
        ] {
            assert_eq!(found(card), [card]);
            assert_eq!(found(&format!("card {card}, thanks")), [card]);
        }
        assert_eq!(found("id 9-4111111111111111"), ["4111111111111111"]);
    }

    #[test]
    fn not_cards() {
        for text in [
            "4111111111111112",
            "0.4111111111111111",
            "x4111111111111111",
            "4111 1111-1111 1111",
            "9111111111111111",
            "5555 5555",
            "4444444444444444444444",
            "order 41 11 11 11 11 11 11 11",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}
