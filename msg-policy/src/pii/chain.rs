//! Groups of digits as people write long numbers: `4111 1111 1111 1111`, `+1 (415) 555-0123`.

use super::bytes::{at, digits_end};

/// Most groups looked at together; a phone number spelled digit by digit has up to fifteen.
const GROUPS: usize = 16;
/// Most characters between two groups (libphonenumber allows four).
const SEPARATOR_MAX: usize = 4;

/// Consecutive digit groups with short separators between them.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    bytes: &'a [u8],
    groups: [(usize, usize); GROUPS],
    length: usize,
}

impl<'a> Chain<'a> {
    /// The groups from the digit at `start` on.
    pub(super) fn read(bytes: &'a [u8], start: usize) -> Self {
        let mut chain = Self {
            bytes,
            groups: [(start, start); GROUPS],
            length: 0,
        };
        let mut place = start;
        for slot in &mut chain.groups {
            let end = digits_end(bytes, place);
            *slot = (place, end);
            chain.length += 1;
            let separator = bytes
                .get(end..)
                .unwrap_or_default()
                .iter()
                .take(SEPARATOR_MAX + 1)
                .take_while(|&&b| is_separator(b))
                .count();
            place = end + separator;
            if separator == 0 || separator > SEPARATOR_MAX || !at(bytes, place).is_ascii_digit() {
                break;
            }
        }
        chain
    }

    /// Number of groups, at least one.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    fn place(&self, i: usize) -> Option<(usize, usize)> {
        self.groups.get(..self.length)?.get(i).copied()
    }

    /// Digits of group `i`.
    pub(super) fn group(&self, i: usize) -> Option<&'a [u8]> {
        let (start, end) = self.place(i)?;
        self.bytes.get(start..end)
    }

    /// Where the chain begins.
    pub(super) fn start(&self) -> usize {
        self.place(0).map_or(0, |p| p.0)
    }

    /// Where group `n - 1`, the last of the first `n`, ends.
    pub(super) fn end(&self, n: usize) -> usize {
        n.checked_sub(1)
            .and_then(|i| self.place(i))
            .map_or(self.start(), |p| p.1)
    }

    /// The bytes of the first `n` groups with what is between them.
    pub(super) fn bytes_of(&self, n: usize) -> &'a [u8] {
        self.bytes
            .get(self.start()..self.end(n))
            .unwrap_or_default()
    }

    /// What stands between group `i` and the next.
    pub(super) fn separator(&self, i: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.place(i)?.1..self.place(i + 1)?.0)
    }

    /// The separator after group `i` if it is one byte.
    pub(super) fn single_separator(&self, i: usize) -> Option<u8> {
        match self.separator(i)? {
            [b] => Some(*b),
            _ => None,
        }
    }

    /// Digits in the first `n` groups.
    pub(super) fn digits(&self, n: usize) -> usize {
        self.groups
            .iter()
            .take(n.min(self.length))
            .map(|(start, end)| end - start)
            .sum()
    }
}

fn is_separator(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'-' | b'.' | b'(' | b')' | b'/' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_separators() {
        let chain = Chain::read(b"1 (415) 555-0123 x", 0);
        assert_eq!(chain.len(), 4);
        assert_eq!(chain.digits(4), 11);
        assert_eq!(chain.group(1), Some(b"415".as_slice()));
        assert_eq!(chain.separator(0), Some(b" (".as_slice()));
        assert_eq!(chain.single_separator(2), Some(b'-'));
        assert_eq!(chain.bytes_of(2), b"1 (415");
        assert_eq!(chain.end(4), 16);
        assert_eq!(chain.group(4), None);
    }

    #[test]
    fn long_gaps_and_many_groups_end_a_chain() {
        assert_eq!(Chain::read(b"1      2", 0).len(), 1);
        assert_eq!(Chain::read(b"1, 2", 0).len(), 1);
        assert_eq!(Chain::read("1 ".repeat(40).as_bytes(), 0).len(), GROUPS);
    }
}
