//! Numbers that look random and follow from a seed alone, on every machine.
//!
//! Only whole numbers: floating-point functions differ in their last bit between platforms, and
//! the same seed must give the same events to the byte.

use crate::event::Millis;

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014);
/// constants as in Sebastiano Vigna's reference code, <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to `limit`, exclusive; 0 where the limit is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        // The bias of the remainder is far below anything a simulation could show.
        self.next().checked_rem(limit).unwrap_or(0)
    }

    /// A number of the range, both ends included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low + 1).unwrap_or(0);
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True `percent` times out of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, each as likely as the next; there must be one.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).unwrap_or(0)]
    }

    /// A duration around `median`: log-normal with a sigma of one half, which is the shape that
    /// service times have, cut to between a third and three and a half times the median.
    pub(super) fn around(&mut self, median: i64) -> i64 {
        /// Deciles of that distribution, in thousandths of the median.
        const DECILES: [i64; 11] = [330, 527, 656, 769, 881, 1000, 1135, 1300, 1524, 1898, 3500];
        let at = self.below(1000);
        let decile = usize::try_from(at / 100).unwrap_or(0);
        let within = i64::try_from(at % 100).unwrap_or(0);
        let (low, high) = (DECILES[decile], DECILES[decile + 1]);
        let thousandths = low + (high - low) * within / 100;
        (median * thousandths / 1000).max(1)
    }

    /// Lower-case hex digits, at most 16, of which not all are zero.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = format!("{:016x}", self.next() | 1);
        text.drain(..16 - digits.min(16));
        text
    }

    /// Several different indices below `limit`, or as many as there are.
    pub(super) fn different(&mut self, count: usize, limit: usize) -> Vec<usize> {
        let mut left: Vec<usize> = (0..limit).collect();
        let mut taken = Vec::new();
        while taken.len() < count && !left.is_empty() {
            let at = usize::try_from(self.below(left.len() as u64)).unwrap_or(0);
            taken.push(left.swap_remove(at));
        }
        taken
    }

    /// A UUID v7 whose clock part is `at`.
    pub(super) fn event_id(&mut self, at: Millis) -> String {
        let mut tail = [0; 10];
        tail[..8].copy_from_slice(&self.next().to_be_bytes());
        tail[8..].copy_from_slice(&self.next().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.get()).unwrap_or(0), &tail)
            .into_uuid()
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_reference() {
        // The first outputs of the reference code for the seed 1234567.
        let mut random = Random::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!(expected, [random.next(), random.next()]);
    }

    #[test]
    fn durations_keep_to_their_bounds_and_their_median() {
        let mut random = Random::new(1);
        let mut seen: Vec<i64> = (0..10_001).map(|_| random.around(1000)).collect();
        seen.sort_unstable();
        assert!(seen[0] >= 330 && seen[10_000] <= 3500);
        assert!((950..1050).contains(&seen[5000]), "{}", seen[5000]);
    }

    #[test]
    fn ids_have_their_length_and_are_never_zero() {
        let mut random = Random::new(7);
        for digits in [6, 12, 16] {
            let id = random.hex(digits);
            assert_eq!(id.len(), digits);
            assert!(id.bytes().any(|byte| byte != b'0'), "{id}");
        }
    }
}
