//! Maps whose keys come with events: ids, names, texts.
//!
//! Every event is looked up several times, so that the hash of the standard library would take more
//! time than all that is done with what is found. This one has a seed too that nobody outside knows.
//! It knows nothing of what is kept.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

pub(crate) use foldhash::fast::RandomState as Seeds;

/// A map.
pub(crate) type Map<K, V> = HashMap<K, V, Seeds>;

/// A set.
pub(crate) type Set<T> = HashSet<T, Seeds>;

/// What was met lately, in bounded memory: in two halves, so that what is forgotten costs nothing.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    half: usize,
    young: Set<T>,
    old: Set<T>,
}

impl<T: Eq + Hash> Recent<T> {
    /// Remembers at least the last `half`, and at most twice as many.
    pub(crate) fn new(half: usize) -> Self {
        Self {
            half,
            young: Set::default(),
            old: Set::default(),
        }
    }

    /// Notes an item; whether it was not there.
    pub(crate) fn insert(&mut self, item: T) -> bool {
        if self.old.contains(&item) || !self.young.insert(item) {
            return false;
        }
        if self.young.len() >= self.half {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
            // It will be as full as the other, and growing to that takes as long as filling it.
            self.young.reserve(self.half);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_a_half_is_remembered_and_at_most_two() {
        let mut recent = Recent::new(3);
        for item in 0_i32..100 {
            assert!(recent.insert(item));
            for met in (item - 2).max(0)..=item {
                assert!(!recent.insert(met), "{met} of {item}");
            }
            assert!(recent.young.len() + recent.old.len() <= 6);
        }
        assert!(recent.insert(0), "forgotten long ago");
    }
}
