//! Values that this process has seen to, in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Instant;

use super::KEY_CARE;

/// Values of the younger half; then it becomes the older one.
const HALF: usize = 8192;

/// For values of late, the score that `known` holds for them. A forgotten one costs a command or
/// two, and so does one that shares its hash with another.
#[derive(Debug)]
pub(super) struct Recent {
    young: HashMap<u64, u64>,
    old: HashMap<u64, u64>,
    hasher: RandomState,
    since: Instant,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            hasher: RandomState::new(),
            since: Instant::now(),
        }
    }

    pub(super) fn mark(&self, value: impl Hash) -> u64 {
        self.hasher.hash_one(value)
    }

    pub(super) fn score(&self, mark: u64) -> Option<u64> {
        self.young
            .get(&mark)
            .or_else(|| self.old.get(&mark))
            .copied()
    }

    pub(super) fn note(&mut self, mark: u64, score: u64) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(mark, score);
    }

    pub(super) fn forget(&mut self) {
        self.young.clear();
        self.old.clear();
        self.since = Instant::now();
    }

    /// Forgets everything once the keys' expiry wants to be put off.
    pub(super) fn age(&mut self) {
        if self.since.elapsed() >= KEY_CARE {
            self.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_known_and_memory_is_bounded() {
        let mut recent = Recent::new();
        for round in 0..10 {
            for value in 0..HALF as u64 {
                recent.note(round * HALF as u64 + value, value);
            }
        }
        assert!(recent.young.len() + recent.old.len() <= 2 * HALF);
        assert_eq!(recent.score(10 * HALF as u64 - 1), Some(HALF as u64 - 1));
        assert_eq!(recent.score(1), None);
        recent.forget();
        assert_eq!(recent.score(10 * HALF as u64 - 1), None);
    }
}
