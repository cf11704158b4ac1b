//! What many lengths of time come to: mean, percentiles, extremes.
//!
//! Up to [`EXACT`] values are kept and give exact figures. Beyond that they go into a histogram of
//! high dynamic range (<https://hdrhistogram.org>), whose percentiles hold three digits; mean, least
//! and most stay exact.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Values that are kept as they are.
const EXACT: usize = 4096;

/// Histogram units in a millisecond: microseconds.
const UNITS: f64 = 1000.0;

/// The longest length that a histogram tells from others, in its units: 35 years.
const LONGEST: u64 = 1 << 50;

/// Takes values, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    values: Values,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

#[derive(Clone, Debug)]
enum Values {
    Exact(Vec<f64>),
    Rounded(Box<Histogram<u32>>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Values {
    fn add(&mut self, more: &[f64]) {
        match self {
            Self::Exact(values) if values.len() + more.len() <= EXACT => values.extend(more),
            Self::Exact(values) => {
                if let Ok(mut histogram) = Histogram::new(3) {
                    for value in values.iter().chain(more) {
                        record(&mut histogram, *value);
                    }
                    *self = Self::Rounded(Box::new(histogram));
                }
            }
            Self::Rounded(histogram) => more.iter().for_each(|value| record(histogram, *value)),
        }
    }
}

/// What a [`Summary`] comes to, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Number of values.
    pub count: u64,
    /// Their arithmetic mean.
    pub mean: f64,
    /// The least of them.
    pub min: f64,
    /// Half of them are no greater: the nearest rank, as are the other percentiles.
    pub p50: f64,
    /// 95 of 100 are no greater.
    pub p95: f64,
    /// 99 of 100 are no greater.
    pub p99: f64,
    /// The greatest.
    pub max: f64,
    /// Whether percentiles are exact, or rounded to three digits.
    pub exact: bool,
}

impl Summary {
    /// Takes one more value. What is negative or no number does not count.
    pub fn push(&mut self, ms: f64) {
        if !ms.is_finite() || ms < 0.0 {
            return;
        }
        (self.min, self.max) = match self.count {
            0 => (ms, ms),
            _ => (self.min.min(ms), self.max.max(ms)),
        };
        self.count += 1;
        self.sum += ms;
        self.values.add(&[ms]);
    }

    /// Takes all values that another one took.
    pub fn absorb(&mut self, other: Self) {
        if self.count == 0 {
            *self = other;
            return;
        }
        if other.count == 0 {
            return;
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
        match (&mut self.values, other.values) {
            (values, Values::Exact(more)) => values.add(&more),
            (Values::Rounded(histogram), Values::Rounded(more)) => {
                // Both have the same bounds, or grow to them.
                let _ = histogram.add(*more);
            }
            (Values::Exact(few), Values::Rounded(more)) => {
                let few = std::mem::take(few);
                self.values = Values::Rounded(more);
                self.values.add(&few);
            }
        }
    }

    /// Number of values taken.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The greatest value; 0 where there is none.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The arithmetic mean; 0 where there is no value.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of events")]
        let count = self.count as f64;
        self.sum / count
    }

    /// The value that a share (0 to 1) of all do not exceed, by nearest rank; 0 where there is none.
    pub fn quantile(&self, share: f64) -> f64 {
        self.quantiles([share])[0]
    }

    /// Several of them, for which values are sorted once.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        match &self.values {
            Values::Exact(values) => {
                let mut values = values.clone();
                values.sort_unstable_by(f64::total_cmp);
                shares.map(|share| {
                    let rank = rank(share, values.len());
                    values.get(rank).copied().unwrap_or(0.0)
                })
            }
            Values::Rounded(histogram) => shares.map(|share| {
                let value = histogram.value_at_quantile(share.clamp(0.0, 1.0));
                #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
                let value = histogram.median_equivalent(value) as f64;
                (value / UNITS).clamp(self.min, self.max)
            }),
        }
    }

    /// How many values lie in each of `bounds.len() + 1` stretches: up to the first bound, up to the
    /// second, ..., beyond the last. Bounds ascend.
    pub fn buckets(&self, bounds: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len() + 1];
        let mut add = |value: f64, count: u64| {
            counts[bounds.partition_point(|bound| *bound < value)] += count;
        };
        match &self.values {
            Values::Exact(values) => values.iter().for_each(|value| add(*value, 1)),
            Values::Rounded(histogram) => {
                for value in histogram.iter_recorded() {
                    #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
                    let ms = histogram.lowest_equivalent(value.value_iterated_to()) as f64 / UNITS;
                    add(ms.min(self.max), value.count_since_last_iteration());
                }
            }
        }
        counts
    }

    /// All figures; `None` where there is no value.
    pub fn figures(&self) -> Option<Figures> {
        if self.count == 0 {
            return None;
        }
        let [p50, p95, p99] = self.quantiles([0.5, 0.95, 0.99]);
        Some(Figures {
            count: self.count,
            mean: self.mean(),
            min: self.min,
            p50,
            p95,
            p99,
            max: self.max,
            exact: matches!(self.values, Values::Exact(_)),
        })
    }
}

/// Index of the nearest rank among `length` sorted values.
fn rank(share: f64, length: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 4,096 values are kept"
    )]
    let rank = (share.clamp(0.0, 1.0) * length as f64).ceil() as usize;
    rank.clamp(1, length.max(1)) - 1
}

/// Adds a value; what is longer than the longest counts as that.
fn record(histogram: &mut Histogram<u32>, ms: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a cast saturates"
    )]
    let units = (ms * UNITS).round() as u64;
    if histogram.record(units.min(LONGEST)).is_err() {
        histogram.saturating_record(units);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Summary {
        let mut summary = Summary::default();
        values.into_iter().for_each(|value| summary.push(value));
        summary
    }

    #[test]
    fn few_values_are_exact() {
        let figures = of((1..=100).map(f64::from)).figures().expect("figures");
        assert_eq!(
            (figures.p50, figures.p95, figures.p99, figures.max),
            (50.0, 95.0, 99.0, 100.0)
        );
        assert!((figures.mean - 50.5).abs() < 1e-9 && figures.exact);
        assert_eq!(of([7.0]).quantile(0.99), 7.0);
        assert_eq!(of([]).figures(), None);
    }

    #[test]
    fn many_values_keep_three_digits() {
        let figures = of((1..=100_000).map(f64::from)).figures().expect("figures");
        for (found, right) in [
            (figures.p50, 50_000.0),
            (figures.p95, 95_000.0),
            (figures.p99, 99_000.0),
        ] {
            let off: f64 = (found - right) / right;
            assert!(off.abs() < 0.001, "{found} beside {right}");
        }
        assert_eq!(
            (figures.max, figures.min, figures.exact),
            (100_000.0, 1.0, false)
        );
        assert!((figures.mean - 50_000.5).abs() < 1e-6);
    }

    #[test]
    fn two_halves_come_to_the_same() {
        for (first, second) in [
            (0, 9),
            (9, 0),
            (10, 50),
            (4_000, 4_000),
            (3, 9_000),
            (9_000, 3),
            (5_000, 7_000),
        ] {
            let values: Vec<f64> = (0..first + second)
                .map(|n: i32| f64::from(n * 37 % 1009))
                .collect();
            let (early, late) = values.split_at(usize::try_from(first).expect("a count"));
            let mut halves = of(early.iter().copied());
            halves.absorb(of(late.iter().copied()));
            assert_eq!(
                halves.figures(),
                of(values).figures(),
                "{first} and {second}"
            );
        }
    }

    #[test]
    fn what_is_no_length_does_not_count() {
        assert_eq!(of([-1.0, f64::NAN, f64::INFINITY]).count(), 0);
        assert_eq!(
            of((0..5_000).map(|_| 1e300)).figures().map(|all| all.max),
            Some(1e300)
        );
    }

    #[test]
    fn buckets_hold_every_value() {
        for count in [100, 10_000] {
            let summary = of((1..=count).map(f64::from));
            let buckets = summary.buckets(&[10.0, 50.0]);
            assert_eq!(
                buckets.iter().sum::<u64>(),
                u64::try_from(count).expect("a count")
            );
            assert_eq!(buckets[..2], [10, 40]);
        }
    }
}
