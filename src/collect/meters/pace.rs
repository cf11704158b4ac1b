//! How many things a second, over the last minute.

/// The seconds that count.
const WINDOW: u64 = 60;
/// Those, and the one that has begun.
const SLOTS: usize = 61;

/// Counts by the second. The second that has begun does not count yet.
#[derive(Clone, Debug)]
pub(in crate::collect) struct Pace {
    seconds: [u64; SLOTS],
    latest: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            seconds: [0; SLOTS],
            latest: 0,
        }
    }
}

impl Pace {
    /// Counts things in a second since the start. Seconds never go back.
    pub(in crate::collect) fn add(&mut self, second: u64, count: u64) {
        self.advance(second);
        *self.slot(second) += count;
    }

    /// Things a second up to now, to one decimal.
    pub(in crate::collect) fn per_second(&mut self, second: u64) -> f64 {
        self.advance(second);
        let counted: u64 = self.seconds.iter().sum::<u64>() - *self.slot(second);
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let rate = counted as f64 / second.clamp(1, WINDOW) as f64;
        (rate * 10.0).round() / 10.0
    }

    fn advance(&mut self, second: u64) {
        let gone = second.saturating_sub(self.latest).min(WINDOW + 1);
        self.latest = self.latest.max(second);
        for back in 0..gone {
            *self.slot(self.latest - back) = 0;
        }
    }

    fn slot(&mut self, second: u64) -> &mut u64 {
        let index = usize::try_from(second % (WINDOW + 1)).unwrap_or(0);
        &mut self.seconds[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute_counts() {
        let mut pace = Pace::default();
        pace.add(0, 30);
        assert_eq!(
            pace.per_second(0).to_bits(),
            0.0_f64.to_bits(),
            "not over yet"
        );
        for (second, rate) in [(1, 30.0), (10, 3.0), (60, 0.5), (61, 0.0)] {
            assert!(
                (pace.clone().per_second(second) - rate).abs() < 0.01,
                "{second}"
            );
        }
        (0..200).for_each(|second| pace.add(second, 7));
        assert!((pace.per_second(200) - 7.0).abs() < 0.01);
        assert!((pace.per_second(230) - 3.5).abs() < 0.01);
        assert!(pace.per_second(100_000) < 0.01);
    }
}
