//! How many in which stretch of time, where nobody says beforehand which time is meant.
//!
//! Counts are kept in stretches of equal length. Where more would be needed than are kept, two
//! neighbours become one, again and again.

use std::collections::VecDeque;

use crate::event::Millis;

/// Stretches that are kept.
const KEPT: i64 = 512;

/// The shortest stretch, in milliseconds.
const SHORTEST_MS: i64 = 1_000;

/// Counts instants.
#[derive(Clone, Debug)]
pub struct Trend {
    width_ms: i64,
    /// Number of the first stretch since 1970.
    first: i64,
    counts: VecDeque<u32>,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            width_ms: SHORTEST_MS,
            first: 0,
            counts: VecDeque::new(),
        }
    }
}

impl Trend {
    /// Takes one more instant.
    pub fn push(&mut self, at: Millis) {
        let mut place = at.get().div_euclid(self.width_ms);
        if self.counts.is_empty() {
            self.first = place;
            self.counts.push_back(1);
            return;
        }
        while place.min(self.first) + KEPT <= place.max(self.last()) {
            self.halve();
            place = at.get().div_euclid(self.width_ms);
        }
        while place < self.first {
            self.counts.push_front(0);
            self.first -= 1;
        }
        while place > self.last() {
            self.counts.push_back(0);
        }
        let index = usize::try_from(place - self.first).unwrap_or(0);
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(1);
        }
    }

    /// The counts between two instants in so many stretches of equal length. What was counted in one
    /// stretch that lies in two of these is shared out between them.
    pub fn between(&self, from: Millis, until: Millis, stretches: usize) -> Vec<f64> {
        let mut shares = vec![0.0; stretches];
        #[expect(clippy::cast_precision_loss, reason = "shares of a picture")]
        let (from, length) = (from.get() as f64, until.since(from).max(1) as f64);
        #[expect(clippy::cast_precision_loss, reason = "shares of a picture")]
        let (width, each) = (self.width_ms as f64, length / stretches.max(1) as f64);
        for (number, count) in (self.first..).zip(&self.counts) {
            #[expect(clippy::cast_precision_loss, reason = "shares of a picture")]
            let begin = number as f64 * width - from;
            for (place, share) in shares.iter_mut().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "shares of a picture")]
                let (low, high) = (place as f64 * each, (place + 1) as f64 * each);
                let common = (begin + width).min(high) - begin.max(low);
                if common > 0.0 {
                    *share += f64::from(*count) * common / width;
                }
            }
        }
        shares
    }

    fn last(&self) -> i64 {
        self.first + i64::try_from(self.counts.len()).unwrap_or(KEPT) - 1
    }

    /// Makes one stretch of two.
    fn halve(&mut self) {
        let mut counts = VecDeque::with_capacity(self.counts.len() / 2 + 1);
        for (number, count) in (self.first..).zip(&self.counts) {
            match counts.back_mut() {
                Some(last) if number.rem_euclid(2) == 1 => *last += *count,
                _ => counts.push_back(*count),
            }
        }
        self.counts = counts;
        self.first = self.first.div_euclid(2);
        self.width_ms = self.width_ms.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(instants: impl IntoIterator<Item = i64>) -> Trend {
        let mut trend = Trend::default();
        instants
            .into_iter()
            .for_each(|at| trend.push(Millis::clamped(at)));
        trend
    }

    fn total(trend: &Trend) -> u32 {
        trend.counts.iter().sum()
    }

    #[test]
    fn every_instant_is_counted_in_bounded_memory() {
        let trends = [
            of((0..100_000).map(|n| n * 777)),
            of((0..100_000).rev().map(|n| n * 777)),
            of([
                0,
                4_000_000_000_000,
                1_790_000_000_000,
                -5,
                -4_000_000_000_000,
            ]),
        ];
        for (trend, count) in trends.iter().zip([100_000, 100_000, 5]) {
            assert_eq!(total(trend), count);
            assert!(trend.counts.len() <= usize::try_from(KEPT).expect("a length"));
        }
    }

    #[test]
    fn counts_fall_where_they_belong() {
        let hour = 3_600_000;
        let trend = of((0..3600).filter(|n| *n >= 1800).map(|n| n * 1_000));
        let shares = trend.between(Millis::clamped(0), Millis::clamped(hour), 4);
        assert_eq!(shares.iter().sum::<f64>().round(), 1800.0);
        assert!(
            shares[0] == 0.0 && (shares[3] - 900.0).abs() < 20.0,
            "{shares:?}"
        );
    }
}
