//! How far a service's clock is from the server's.
//!
//! An event's timestamp is the emitter's clock, its entry id the server's, and between the two
//! lies the way: `timestamp − entry time = skew − delay`. The delay is never negative, so the
//! largest differences come closest to the skew, and no number of late events (a journal that
//! drains, a time given by hand) can pull them down. That rules out the mean and the median.
//!
//! The five largest differences are kept. Their median says how far a clock is ahead, so that one
//! or two odd timestamps do not accuse it. A clock counts as behind only when even its best event
//! is, when the five agree, and when they go on to over some time: late events differ by how late
//! they are, and those that waited together arrive together; clocks do neither.
//!
//! Where several hosts share a service's name, the clock that is furthest ahead is the one seen; a
//! host that is behind hides among the others.

use crate::event::Millis;

/// Differences kept for each service.
const KEPT: usize = 5;

/// Fewer differences than this accuse no clock of being behind.
const ENOUGH: usize = 3;

/// Events of one clock arrive with delays that differ by less than this, in milliseconds.
const AGREEMENT_MS: i64 = 1_000;

/// Events that arrive closer together than this may have waited together, in milliseconds.
const SPREAD_MS: i64 = 2_000;

/// The largest differences seen, largest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skew {
    kept: Vec<i64>,
    /// When the first and the last event arrived that agreed with the best until then.
    agreed: Option<(Millis, Millis)>,
}

impl Skew {
    /// Takes one event's timestamp minus the time of its entry, which is the second.
    pub(crate) fn sample(&mut self, difference_ms: i64, arrived: Millis) {
        let best = self.kept.first().copied().unwrap_or(i64::MIN);
        if difference_ms > best.saturating_add(AGREEMENT_MS) {
            self.agreed = Some((arrived, arrived));
        } else if difference_ms >= best.saturating_sub(AGREEMENT_MS) {
            let (first, last) = self.agreed.unwrap_or((arrived, arrived));
            self.agreed = Some((first.min(arrived), last.max(arrived)));
        }
        let place = self.kept.partition_point(|kept| *kept >= difference_ms);
        if place < KEPT {
            self.kept.insert(place, difference_ms);
            self.kept.truncate(KEPT);
        }
    }

    /// Whether there are enough samples to accuse a clock by.
    pub(crate) fn is_told_often(&self) -> bool {
        self.kept.len() >= ENOUGH
    }

    /// Milliseconds that the clock is ahead of the server's; negative is behind. `None` where
    /// that cannot be told: no entries, too few, or all of them late.
    pub(crate) fn estimate(&self) -> Option<i64> {
        let (best, worst) = (*self.kept.first()?, *self.kept.last()?);
        let median = self.kept[self.kept.len() / 2];
        if median > 0 {
            return Some(median);
        }
        if best >= 0 {
            return Some(0);
        }
        let agree = best - worst <= AGREEMENT_MS;
        let lasts = self
            .agreed
            .is_some_and(|(first, last)| last.since(first) >= SPREAD_MS);
        // An event that arrived within the agreement shows that the clock is right.
        let certain = best > -AGREEMENT_MS || (agree && lasts && self.kept.len() >= ENOUGH);
        certain.then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(differences: impl IntoIterator<Item = i64>) -> Option<i64> {
        spread(1_000, differences)
    }

    /// The estimate where an event arrives every so many milliseconds.
    fn spread(every_ms: i64, differences: impl IntoIterator<Item = i64>) -> Option<i64> {
        let mut skew = Skew::default();
        for (number, difference) in (0..).zip(differences) {
            skew.sample(difference, Millis::clamped(number * every_ms));
        }
        assert!(skew.kept.len() <= KEPT);
        skew.estimate()
    }

    #[test]
    fn a_clock_in_step_is_off_by_its_shortest_delay() {
        assert_eq!(estimate([-4, -2, -9, -300, -3]), Some(-2));
        assert_eq!(estimate([-7]), Some(-7));
        assert_eq!(estimate([]), None);
    }

    #[test]
    fn clocks_that_are_off_are_found() {
        assert_eq!(estimate((0..50).map(|n| 90_000 - n % 7)), Some(90_000));
        assert_eq!(estimate((0..50).map(|n| -90_000 - n % 7)), Some(-90_000));
    }

    #[test]
    fn late_arrivals_are_no_skew() {
        // A thousand events out of a journal, one live one.
        let drained = (0..1_000).map(|n| -600_000 + n * 300);
        assert_eq!(estimate(drained.chain([-3])), Some(-3));
        // Nothing but drained events says nothing about the clock.
        assert_eq!(estimate((0..100).map(|n| -600_000 - n * 1_500)), None);
        assert_eq!(estimate([-600_000]), None);
        // What was emitted within a second arrives as late, but at once.
        let burst = || (0..10).map(|n| -60_000 + n * 50);
        assert_eq!(spread(1, burst()), None);
        assert_eq!(spread(500, burst()), Some(-59_550));
    }

    #[test]
    fn odd_timestamps_accuse_nobody() {
        assert_eq!(estimate([7_200_000, 3_600_000, -3, -4, -5, -6]), Some(0));
        // Nor do they hide a clock that is ahead.
        assert_eq!(
            estimate([7_200_000, 5_000, 4_999, 5_001, 4_998, 4_000]),
            Some(5_000)
        );
    }
}
