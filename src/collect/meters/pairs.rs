//! Values by two labels, in bounded memory whatever the labels are.

use std::collections::BTreeMap;

/// What the pairs beyond the limit are counted as.
const OTHER: &str = "other";
/// A label that nobody gave a value.
const UNKNOWN: &str = "unknown";
/// Bytes of a label; what is longer is cut.
const LONGEST: usize = 100;

/// Values by two labels, of which only so many pairs are told apart.
#[derive(Debug)]
pub(super) struct Pairs<V> {
    most: usize,
    count: usize,
    known: BTreeMap<Box<str>, BTreeMap<Box<str>, V>>,
}

impl<V: Default> Pairs<V> {
    /// Room for `most` pairs, and one for all others.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            count: 0,
            known: BTreeMap::new(),
        }
    }

    /// Changes the value of a pair. It allocates only for a pair that is new.
    pub(super) fn with(&mut self, a: &str, b: &str, change: impl FnOnce(&mut V)) {
        let known = self.known.get_mut(a).and_then(|inner| inner.get_mut(b));
        if let Some(value) = known {
            return change(value);
        }
        let (a, b) = self.labels(a, b);
        let inner = self.known.entry(a.into()).or_default();
        let before = inner.len();
        change(inner.entry(b.into()).or_default());
        self.count += inner.len() - before;
    }

    /// The labels under which a pair is counted.
    pub(super) fn labels<'a>(&self, a: &'a str, b: &'a str) -> (&'a str, &'a str) {
        let (a, b) = (label(a), label(b));
        let is_known = || self.known.get(a).is_some_and(|inner| inner.contains_key(b));
        match self.count < self.most || is_known() {
            true => (a, b),
            false => (OTHER, OTHER),
        }
    }

    /// All pairs, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &V)> {
        let outer = self.known.iter();
        outer.flat_map(|(a, inner)| inner.iter().map(move |(b, value)| (&**a, &**b, value)))
    }
}

fn label(text: &str) -> &str {
    if text.is_empty() {
        return UNKNOWN;
    }
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &Pairs<u64>) -> Vec<(String, String, u64)> {
        let all = pairs.iter();
        all.map(|(a, b, count)| (a.to_owned(), b.to_owned(), *count))
            .collect()
    }

    #[test]
    fn pairs_beyond_the_limit_count_together() {
        let mut pairs = Pairs::new(3);
        for b in ["x", "y", "x", "", "late", "later", "y"] {
            pairs.with("a", b, |count: &mut u64| *count += 1);
        }
        let expected = [
            ("a", "unknown", 1),
            ("a", "x", 2),
            ("a", "y", 2),
            ("other", "other", 2),
        ];
        let expected = expected.map(|(a, b, count)| (a.to_owned(), b.to_owned(), count));
        assert_eq!(counts(&pairs), expected);
        assert_eq!(pairs.labels("b", "x"), ("other", "other"));
    }

    #[test]
    fn no_label_is_long() {
        let mut pairs = Pairs::new(9);
        let long = "ü".repeat(5_000);
        for end in ["a", "b"] {
            pairs.with(&format!("{long}{end}"), "", |count: &mut u64| *count += 1);
        }
        let counted = counts(&pairs);
        assert_eq!(
            (counted.len(), counted[0].0.len(), counted[0].2),
            (1, 100, 2)
        );
    }
}
