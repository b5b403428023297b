//! Ids that come out the same every time.

use crate::Timestamp;
use crate::id::{IdSource, time_ordered};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Ids for tests: the same seed gives the same ids in the same order, ordered by creation within a millisecond.
///
/// Two seeds give different ids. Not random: whoever knows one knows the next.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    given: AtomicU64,
}

impl SeededIds {
    /// Ids of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            given: AtomicU64::new(0),
        }
    }
}

impl Default for SeededIds {
    fn default() -> Self {
        Self::new(0)
    }
}

impl IdSource for SeededIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let given = self.given.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        // Ten bytes count. The version and the variant take the upper bits of the first and the third; five bytes of the
        // seed come first and five of the number after them: 2^40 ids without a repetition.
        let seed = mix(self.seed).to_be_bytes();
        let number = given.to_be_bytes();
        let fields = seed.iter().take(5).chain(number.iter().skip(3));
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = *from;
        }
        time_ordered(now, &bytes)
    }
}

/// One step of `SplitMix64` (Steele, Lea, Flood 2014): near seeds give far ids, and it is a bijection.
pub(crate) const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_repeats_itself_and_differs_from_others() {
        let take = |seed| {
            let ids = SeededIds::new(seed);
            (0..300)
                .map(|_| ids.next(Timestamp::UNIX_EPOCH))
                .collect::<Vec<_>>()
        };
        let one = take(1);
        assert_eq!(one, take(1));
        assert!(one.is_sorted());
        let all: BTreeSet<_> = one.iter().copied().chain(take(2)).collect();
        assert_eq!(all.len(), 600);
        assert_eq!(one[0].get_version_num(), 7);
    }
}
