//! A bounded memory of the latest keys.

use std::collections::HashMap;
use std::hash::Hash;

/// Remembers at least the latest half of `most` keys, and never more than `most`: two generations, of which the older one is
/// dropped as a whole when the younger one is full. Every step is constant on average.
#[derive(Debug)]
pub(super) struct Memo<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// How many the young generation holds at most.
    half: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Memo<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            half: (most / 2).max(1),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_latest_half_is_known_and_the_memory_is_bounded(
            most in 2_usize..20,
            keys in prop::collection::vec(0_u8..40, 1..200),
        ) {
            let mut memo = Memo::new(most);
            let mut seen: Vec<(u8, usize)> = Vec::new();
            for (value, key) in keys.into_iter().enumerate() {
                memo.put(key, value);
                seen.retain(|(known, _)| *known != key);
                seen.push((key, value));
                prop_assert!(memo.young.len() + memo.old.len() <= most);
                for (key, value) in seen.iter().rev().take(most / 2) {
                    prop_assert_eq!(memo.get(key), Some(*value));
                }
            }
        }
    }
}
