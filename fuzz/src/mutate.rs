//! Makes new inputs out of old ones.

use crate::rng::Rng;

/// What breaks parsers of any format: ends, signs, quotes, separators.
const BYTES: [u8; 16] = [
    0, 1, b'\t', b'\n', b'\r', b' ', b'"', b'\\', b'{', b'}', b':', b'0', 0x7f, 0x80, 0xc3, 0xff,
];

/// What breaks code that counts characters: joined emoji, a flag, a combining accent, a direction mark, a
/// byte-order mark, a character beyond 16 bits, the end of an overlong sequence, a lone surrogate in UTF-8 clothes.
const TEXTS: [&[u8]; 9] = [
    "👩‍👩‍👧".as_bytes(),
    "🇩🇪".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    "𝒳".as_bytes(),
    "€".as_bytes(),
    b"\xc0\xaf",
    b"\xed\xa0\x80",
];

/// Numbers at which types and limits end.
const NUMBERS: [&[u8]; 9] = [
    b"-1",
    b"0",
    b"255",
    b"65536",
    b"2147483648",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e309",
    b"0.1",
];

/// The ways of changing an input for one target.
#[derive(Debug)]
pub(crate) struct Mutator {
    rng: Rng,
    dictionary: &'static [&'static [u8]],
    /// No input is made longer than this.
    most: usize,
}

impl Mutator {
    pub(crate) fn new(rng: Rng, dictionary: &'static [&'static [u8]], most: usize) -> Self {
        Self {
            rng,
            dictionary,
            most,
        }
    }

    /// A changed copy of one of the pool's inputs; later ones, which were kept for a reason, come up more often.
    pub(crate) fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let from_end = self.rng.small(pool.len());
        let mut input = pool
            .get(pool.len().wrapping_sub(from_end))
            .cloned()
            .unwrap_or_default();
        for _ in 0..self.rng.small(6) {
            self.change(&mut input, pool);
        }
        input.truncate(self.most);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.rng.below(12) {
            0 => self.flip(input),
            1 => {
                let byte = if self.rng.below(2) == 0 {
                    self.rng.byte()
                } else {
                    self.known_byte()
                };
                self.overwrite(input, &[byte]);
            }
            2 => {
                let bytes: Vec<u8> = (0..self.rng.small(8)).map(|_| self.rng.byte()).collect();
                self.insert(input, &bytes);
            }
            3 => {
                let byte = self.known_byte();
                self.insert(input, &[byte]);
            }
            4 | 5 => {
                let token = self.token();
                if self.rng.below(3) == 0 {
                    self.overwrite(input, token);
                } else {
                    self.insert(input, token);
                }
            }
            6 => self.number(input),
            7 => {
                let (start, end) = self.range(input.len());
                input.drain(start..end);
            }
            8 => {
                let part = self.part(input);
                self.insert(input, &part);
            }
            9 => self.splice(input, pool),
            10 => {
                let part = self
                    .rng
                    .pick(pool)
                    .cloned()
                    .map(|other| self.part(&other))
                    .unwrap_or_default();
                self.insert(input, &part);
            }
            _ => self.extend(input),
        }
    }

    fn known_byte(&mut self) -> u8 {
        self.rng.pick(&BYTES).copied().unwrap_or(0)
    }

    /// One of the target's own words more often than one of everybody's.
    fn token(&mut self) -> &'static [u8] {
        let everybody = self.dictionary.is_empty() || self.rng.below(4) == 0;
        let from: &'static [&'static [u8]] = if everybody { &TEXTS } else { self.dictionary };
        self.rng.pick(from).copied().unwrap_or_default()
    }

    /// A stretch of up to the whole length, short ones more often.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let start = self.rng.below(length);
        let end = (start + self.rng.small(length)).min(length);
        (start, end)
    }

    fn part(&mut self, of: &[u8]) -> Vec<u8> {
        let (start, end) = self.range(of.len());
        of.get(start..end).unwrap_or_default().to_vec()
    }

    fn flip(&mut self, input: &mut [u8]) {
        let (at, bit) = (self.rng.below(input.len()), self.rng.below(8));
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn insert(&mut self, input: &mut Vec<u8>, bytes: &[u8]) {
        let at = self.rng.below(input.len() + 1);
        input.splice(at..at, bytes.iter().copied());
    }

    fn overwrite(&mut self, input: &mut Vec<u8>, bytes: &[u8]) {
        let at = self.rng.below(input.len());
        let end = (at + bytes.len()).min(input.len());
        input.splice(at..end, bytes.iter().copied());
    }

    /// Puts another number where one stands; without one, somewhere.
    fn number(&mut self, input: &mut Vec<u8>) {
        let number = self.rng.pick(&NUMBERS).copied().unwrap_or_default();
        let from = self.rng.below(input.len());
        let Some(start) = input
            .iter()
            .skip(from)
            .position(u8::is_ascii_digit)
            .map(|at| at + from)
        else {
            return self.insert(input, number);
        };
        let digits = input
            .iter()
            .skip(start)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        input.splice(start..start + digits, number.iter().copied());
    }

    /// The beginning of this one with the end of another.
    fn splice(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let Some(other) = self.rng.pick(pool) else {
            return;
        };
        let (keep, from) = (
            self.rng.below(input.len() + 1),
            self.rng.below(other.len() + 1),
        );
        input.truncate(keep);
        input.extend(other.iter().skip(from));
    }

    /// Repeats a part until the input is long: depth and size limits are met this way.
    fn extend(&mut self, input: &mut Vec<u8>) {
        let part = self.part(input);
        let wanted = self.rng.small(self.most);
        if part.is_empty() {
            return;
        }
        let at = self.rng.below(input.len() + 1);
        let tail = input.split_off(at);
        while input.len() + tail.len() < wanted {
            input.extend_from_slice(&part);
        }
        input.extend(tail);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn drawn(count: usize, pool: &[Vec<u8>], seed: u64) -> Vec<Vec<u8>> {
        let mut mutator = Mutator::new(Rng::new(seed), &[b"data: "], 300);
        (0..count).map(|_| mutator.next(pool)).collect()
    }

    #[test]
    fn inputs_are_different_bounded_and_the_same_for_the_same_seed() {
        let pool = [b"{\"id\": 12}".to_vec(), b"hello".to_vec()];
        let inputs = drawn(3000, &pool, 5);
        assert!(inputs.iter().all(|input| input.len() <= 300));
        assert!(inputs.iter().collect::<HashSet<_>>().len() > 2000);
        assert_eq!(inputs, drawn(3000, &pool, 5));
        assert_ne!(inputs, drawn(3000, &pool, 6));
    }

    #[test]
    fn words_splices_numbers_and_length_all_come_up() {
        let pool = [b"{\"id\": 12}".to_vec(), b"hello".to_vec()];
        let inputs = drawn(3000, &pool, 7);
        let some = |test: &dyn Fn(&[u8]) -> bool| inputs.iter().any(|input| test(input));
        let has = |word: &'static [u8]| {
            move |input: &[u8]| input.windows(word.len()).any(|window| window == word)
        };
        assert!(some(&has(b"data: ")));
        assert!(some(&has(b"18446744073709551616")));
        assert!(some(&|input| has(b"{\"i")(input) && has(b"llo")(input)));
        assert!(some(&|input| input.len() > 250));
        assert!(some(&<[u8]>::is_empty));
    }

    #[test]
    fn an_empty_pool_is_no_obstacle() {
        assert!(drawn(200, &[], 1).iter().any(|input| !input.is_empty()));
    }
}
