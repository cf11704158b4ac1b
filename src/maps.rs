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
    young: Half<T>,
    old: Half<T>,
}

/// Items by where they belong: those that come together lie together, or each would wait for memory.
#[derive(Debug)]
struct Half<T> {
    parts: Vec<Set<T>>,
    len: usize,
}

impl<T> Default for Half<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Eq + Hash> Half<T> {
    fn contains(&self, part: u8, item: &T) -> bool {
        let part = self.parts.get(usize::from(part));
        part.is_some_and(|part| part.contains(item))
    }

    fn insert(&mut self, part: u8, item: T) -> bool {
        let part = usize::from(part);
        if part >= self.parts.len() {
            self.parts.resize_with(part + 1, Set::default);
        }
        let is_new = self.parts[part].insert(item);
        self.len += usize::from(is_new);
        is_new
    }
}

impl<T: Eq + Hash> Recent<T> {
    /// Remembers at least the last `half`, and at most twice as many.
    pub(crate) fn new(half: usize) -> Self {
        Self {
            half,
            young: Half::default(),
            old: Half::default(),
        }
    }

    /// Notes an item; whether it was not there. The same item is always of the same part, and what
    /// comes after one another is best of one.
    pub(crate) fn insert(&mut self, part: u8, item: T) -> bool {
        if self.old.contains(part, &item) || !self.young.insert(part, item) {
            return false;
        }
        if self.young.len >= self.half {
            self.old = std::mem::take(&mut self.young);
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
        let part = |item| if item % 5 == 0 { 255 } else { 0 };
        for item in 0_i32..100 {
            assert!(recent.insert(part(item), item));
            for met in (item - 2).max(0)..=item {
                assert!(!recent.insert(part(met), met), "{met} of {item}");
            }
            assert!(recent.young.len + recent.old.len <= 6);
        }
        assert!(recent.insert(part(0), 0), "forgotten long ago");
    }
}
