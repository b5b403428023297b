//! Payment cards: length, issuer prefix and check digit.

use super::chain::Chain;

/// Shortest and longest number here (ISO/IEC 7812-1 allows up to 19; the 12 digits of some Maestro cards are too weak a sign).
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// How many groups from the start of the chain make up a card number, if any: one run, or groups as cards print them.
pub(super) fn groups(chain: &Chain<'_>) -> Option<usize> {
    let first = chain.group(0)?;
    if DIGITS.contains(&first.len()) {
        return is_card(first, first.len(), chain.bytes_of(1)).then_some(1);
    }
    let separator = chain
        .single_separator(0)
        .filter(|s| matches!(s, b' ' | b'-'))?;
    let mut total = first.len();
    let mut accepted = None;
    for n in 2..=chain.len().min(5) {
        if chain.single_separator(n - 2) != Some(separator) {
            break;
        }
        total += chain.group(n - 1)?.len();
        if DIGITS.contains(&total) && printed(chain, n) && is_card(first, total, chain.bytes_of(n))
        {
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

fn is_card(first: &[u8], total: usize, bytes: &[u8]) -> bool {
    // Not the digits after a decimal point, and not the same digit over and over.
    let mut digits = bytes.iter().filter(|b| b.is_ascii_digit());
    let same = digits.next().is_none_or(|head| digits.all(|d| d == head));
    !same && issued(first, total, bytes) && luhn(bytes)
}

/// Whether a known issuer uses this prefix with this length.
///
/// Source: the issuer identification ranges of the networks as collected in Wikipedia, "Payment card number".
fn issued(first: &[u8], total: usize, bytes: &[u8]) -> bool {
    let mut prefix = 0_u32;
    let head = if first.len() >= 4 { first } else { bytes };
    for d in head.iter().filter(|b| b.is_ascii_digit()).take(4) {
        prefix = prefix * 10 + u32::from(d - b'0');
    }
    match prefix {
        // Visa
        4000..=4999 => matches!(total, 13 | 16 | 19),
        // Mastercard, Mir
        5100..=5599 | 2221..=2720 => total == 16,
        2200..=2204 => (16..=19).contains(&total),
        // American Express; UATP
        3400..=3499 | 3700..=3799 | 1000..=1999 if total == 15 => true,
        // Diners Club International
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&total),
        // JCB
        3528..=3589 => (16..=19).contains(&total),
        2131 | 1800 => total == 15,
        // Discover, UnionPay, RuPay, Maestro
        6011 | 6440..=6599 | 6000..=6099 | 8100..=8199 | 8200..=8299 => (16..=19).contains(&total),
        5000..=5099 | 5600..=5899 | 6100..=6399 | 6600..=6799 => (13..=19).contains(&total),
        _ => false,
    }
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
            .map(|s| &text[s.start..s.end])
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
