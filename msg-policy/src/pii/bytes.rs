//! The alphabet every parser here works on: one byte for one character.
//!
//! ASCII text is used as it is. Text with other characters is folded first (see [`crate::fold`]), and what has no ASCII
//! meaning becomes `LETTER` or `OTHER`, so that a parser sees a boundary where a reader sees one.

pub(super) use crate::fold::{LETTER, is_word};

/// The byte at `i`, or 0 outside the text. No parser gives 0 a meaning, so it is a boundary.
#[inline]
pub(super) fn at(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

/// The byte `back` places before `i`, or 0 before the text begins.
#[inline]
pub(super) fn before(bytes: &[u8], i: usize, back: usize) -> u8 {
    i.checked_sub(back).map_or(0, |j| at(bytes, j))
}

/// The first place at or after `from` that does not hold a digit.
#[inline]
pub(super) fn digits_end(bytes: &[u8], from: usize) -> usize {
    run_end(bytes, from, |b| b.is_ascii_digit())
}

/// The first place at or after `from` that does not satisfy `keep`.
#[inline]
pub(super) fn run_end(bytes: &[u8], from: usize, keep: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&b| !keep(b)).unwrap_or(rest.len())
}

/// The first place at or after `from` that holds a digit.
///
/// Blocks without any digit, which is most of a message, are passed over by a loop the compiler turns into vector code.
#[inline]
pub(super) fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    const BLOCK: usize = 32;
    let rest = bytes.get(from..)?;
    let mut base = from;
    let mut blocks = rest.chunks_exact(BLOCK);
    for block in &mut blocks {
        let any = block.iter().fold(false, |any, b| any | b.is_ascii_digit());
        if any && let Some(i) = block.iter().position(u8::is_ascii_digit) {
            return Some(base + i);
        }
        base += BLOCK;
    }
    blocks
        .remainder()
        .iter()
        .position(u8::is_ascii_digit)
        .map(|i| base + i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digit_search_agrees_with_a_plain_loop() {
        let mut text = vec![b'a'; 200];
        for place in [0, 31, 32, 63, 64, 100, 199] {
            text[place] = b'7';
            for from in 0..=200 {
                let plain = (from..200).find(|&i| text[i].is_ascii_digit());
                assert_eq!(next_digit(&text, from), plain, "place {place} from {from}");
            }
            text[place] = b'a';
        }
        assert_eq!(next_digit(&text, 0), None);
        assert_eq!(next_digit(&text, 500), None);
    }

    #[test]
    fn outside_the_text_is_a_boundary() {
        assert_eq!(at(b"x", 5), 0);
        assert_eq!(before(b"x", 0, 1), 0);
        assert!(!is_word(0));
    }
}
