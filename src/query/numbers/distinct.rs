//! How many different values there are.
//!
//! Up to [`EXACT`] are counted. Beyond that the smallest hashes are kept, and how close together they
//! lie tells how many there are (k minimum values, Bar-Yossef et al., 2002), to about 3 %.

use std::collections::BTreeSet;

use crate::digest::digest;

/// Values that are counted one by one; of more, as many hashes are kept.
const EXACT: usize = 1024;

/// Counts different values.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    smallest: BTreeSet<u64>,
    rounded: bool,
}

impl Distinct {
    /// Takes one more value.
    pub fn push(&mut self, value: &str) {
        let hash = u64::try_from(digest(value.as_bytes()) >> 64).unwrap_or(0);
        if self.rounded && self.smallest.last().is_some_and(|last| hash >= *last) {
            return;
        }
        if self.smallest.insert(hash) && self.smallest.len() > EXACT {
            self.smallest.pop_last();
            self.rounded = true;
        }
    }

    /// How many different values were taken.
    pub fn count(&self) -> u64 {
        let kept = self.smallest.len();
        match self.smallest.last() {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an estimate to a few per cent"
            )]
            Some(last) if self.rounded => {
                ((kept - 1) as f64 / (*last as f64 / u64::MAX as f64)).round() as u64
            }
            _ => u64::try_from(kept).unwrap_or(u64::MAX),
        }
    }

    /// Whether the count is an estimate, right to about 3 %.
    pub fn is_estimate(&self) -> bool {
        self.rounded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u32) -> Distinct {
        let mut distinct = Distinct::default();
        for number in 0..2 * count {
            distinct.push(&format!("user_{}", number % count));
        }
        distinct
    }

    #[test]
    fn few_are_counted() {
        for count in [1, 17, 1024] {
            let distinct = of(count);
            assert_eq!(
                (distinct.count(), distinct.is_estimate()),
                (u64::from(count), false)
            );
        }
        assert_eq!(Distinct::default().count(), 0);
    }

    #[test]
    fn many_are_estimated() {
        for count in [5_000_u32, 200_000] {
            let distinct = of(count);
            #[expect(clippy::cast_precision_loss, reason = "a test of some per cent")]
            let off = distinct.count() as f64 / f64::from(count) - 1.0;
            assert!(off.abs() < 0.1 && distinct.is_estimate(), "{off}");
        }
    }
}
