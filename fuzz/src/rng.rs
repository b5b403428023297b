//! A small seeded generator: the same seed gives the same inputs on every machine.

/// `SplitMix64` (Steele, Lea and Flood 2014): one word of state, passes `BigCrush`, two multiplications a number.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The bias of the remainder is below 2^-40 for every length that occurs here.
        u64::try_from(end)
            .ok()
            .and_then(|end| self.next().checked_rem(end))
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(0)
    }

    /// A small number more often than a large one, from 1 to `most`.
    pub(crate) fn small(&mut self, most: usize) -> usize {
        let bound = self.below(most.max(1)) + 1;
        self.below(bound) + 1
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes().first().copied().unwrap_or(0)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_algorithm() {
        // First outputs for seed 1234567 of the reference implementation (Vigna, splitmix64.c).
        let mut rng = Rng::new(1_234_567);
        assert_eq!(
            [rng.next(), rng.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut rng = Rng::new(1);
        let drawn: Vec<_> = (0..2000).map(|_| rng.below(7)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&0), Some(&6))
        );
        let drawn: Vec<_> = (0..2000).map(|_| rng.small(7)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&1), Some(&7))
        );
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.pick::<u8>(&[]), None);
    }
}
