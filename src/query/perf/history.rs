//! How often and how long, by time, in bounded memory: what tells whether something changed.
//!
//! Events may come in any order, and the same events in another order make the same history. Time
//! is cut into stretches of a power of two seconds. Only stretches with events take room, so that one
//! wrong clock does not blur all others. Of the lengths in a stretch a sample is kept.

use std::hash::Hash;

use crate::event::Millis;
use crate::maps::Map;

/// Stretches that are kept; of more, neighbours become one.
const KEPT: usize = 256;

/// Lengths that are kept of a stretch.
const SAMPLE: usize = 24;

/// Counts instants and keeps samples of lengths.
#[derive(Clone, Debug)]
pub(super) struct History {
    width_ms: i64,
    /// In order of time.
    stretches: Vec<(i64, Stretch)>,
    /// The stretch that was asked for last.
    last: usize,
}

/// What happened in one stretch of time.
#[derive(Clone, Debug, Default)]
struct Stretch {
    count: u32,
    /// The lengths with the least hashes, in the order of these: a sample that no order of arrival
    /// changes.
    sample: Vec<(u32, f32)>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            width_ms: 1_000,
            stretches: Vec::new(),
            last: 0,
        }
    }
}

impl History {
    /// Counts an instant.
    pub(super) fn count(&mut self, at: Millis) {
        let stretch = self.at(at);
        stretch.count = stretch.count.saturating_add(1);
    }

    /// Takes a length, in milliseconds.
    pub(super) fn length(&mut self, at: Millis, ms: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "seven digits are enough")]
        let value = ms as f32;
        let hash = mix(at.get(), ms);
        self.at(at).keep(hash, value);
    }

    /// How long a stretch is, in milliseconds: a power of two seconds.
    pub(super) fn width_ms(&self) -> i64 {
        self.width_ms
    }

    fn at(&mut self, at: Millis) -> &mut Stretch {
        // Most events come in the order of time, but for those of a clock that is ahead; and a division
        // costs more than all else here.
        let is_in = |place: i64| {
            let begin = place.checked_mul(self.width_ms);
            begin.is_some_and(|begin| {
                (begin..begin.saturating_add(self.width_ms)).contains(&at.get())
            })
        };
        if self
            .stretches
            .get(self.last)
            .is_some_and(|(place, _)| is_in(*place))
        {
            return &mut self.stretches[self.last].1;
        }
        let place = at.get().div_euclid(self.width_ms);
        let found = self.stretches.binary_search_by_key(&place, |(at, _)| *at);
        let index = match found {
            Ok(index) => index,
            Err(_) if self.stretches.len() >= KEPT => {
                self.halve();
                return self.at(at);
            }
            Err(index) => {
                self.stretches.insert(index, (place, Stretch::default()));
                index
            }
        };
        self.last = index;
        &mut self.stretches[index].1
    }

    fn halve(&mut self) {
        self.width_ms = self.width_ms.saturating_mul(2);
        for (place, _) in &mut self.stretches {
            *place = place.div_euclid(2);
        }
        self.join();
    }

    /// Makes one stretch of those at the same place.
    fn join(&mut self) {
        self.stretches.dedup_by(|(later, from), (place, into)| {
            let is_same = later == place;
            if is_same {
                into.absorb(std::mem::take(from));
            }
            is_same
        });
    }

    /// Counts and keeps all that another one did.
    pub(super) fn absorb(&mut self, mut other: Self) {
        while self.width_ms < other.width_ms {
            self.halve();
        }
        while other.width_ms < self.width_ms {
            other.halve();
        }
        self.stretches.append(&mut other.stretches);
        self.stretches.sort_by_key(|(place, _)| *place);
        self.join();
        while self.stretches.len() > KEPT {
            self.halve();
        }
    }

    /// The lengths that were kept, by time; each with the beginning of its stretch.
    pub(super) fn lengths(&self) -> Vec<(Millis, f64)> {
        let begin = |place: i64| Millis::clamped(place.saturating_mul(self.width_ms));
        let stretches = self.stretches.iter();
        stretches
            .flat_map(|(place, stretch)| {
                let values = stretch.sample.iter();
                values.map(move |(_, value)| (begin(*place), f64::from(*value)))
            })
            .collect()
    }

    /// The counts of stretches of another width: a power of two seconds that is no finer than its
    /// own, or its own. From the one that holds `from` up to, without it, the one that holds `until`.
    pub(super) fn counts(&self, from: Millis, until: Millis, width_ms: i64) -> Vec<u32> {
        let place = |at: Millis| at.get().div_euclid(width_ms);
        let (first, end) = (place(from), place(until));
        let mut counts = vec![0_u32; usize::try_from(end - first).unwrap_or(0)];
        for (number, stretch) in &self.stretches {
            let begin = Millis::clamped(number.saturating_mul(self.width_ms));
            let index = usize::try_from(place(begin) - first).ok();
            if let Some(count) = index.and_then(|index| counts.get_mut(index)) {
                *count = count.saturating_add(stretch.count);
            }
        }
        counts
    }

    /// The stretch of time in which all but one in a thousand events lie at either end: what a wrong
    /// clock says does not count.
    pub(super) fn span(&self) -> Option<(Millis, Millis)> {
        let total: u64 = self.stretches.iter().map(|(_, s)| u64::from(s.count)).sum();
        let edge = |places: &mut dyn Iterator<Item = &(i64, Stretch)>| {
            let mut seen = 0;
            for (place, stretch) in places {
                seen += u64::from(stretch.count);
                if seen * 1_000 > total {
                    return Some(*place);
                }
            }
            None
        };
        let first = edge(&mut self.stretches.iter())?;
        let last = edge(&mut self.stretches.iter().rev())?;
        let at = |place: i64| Millis::clamped(place.saturating_mul(self.width_ms));
        Some((at(first), at(last.saturating_add(1))))
    }

    /// The median of what was kept in each of so many stretches between two instants; 0 where there
    /// is nothing.
    pub(super) fn medians(&self, from: Millis, until: Millis, stretches: usize) -> Vec<f64> {
        let length = until.since(from).max(1);
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); stretches];
        let middle = self.width_ms / 2;
        for (at, ms) in self.lengths() {
            let offset = at.plus(middle).since(from).clamp(0, length - 1);
            if at.plus(self.width_ms) < from || at > until {
                continue;
            }
            let parts = i64::try_from(stretches).unwrap_or(1);
            let index = usize::try_from(offset.saturating_mul(parts) / length).unwrap_or(0);
            if let Some(values) = values.get_mut(index) {
                values.push(ms);
            }
        }
        values.iter_mut().map(|values| median(values)).collect()
    }
}

impl Stretch {
    fn absorb(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        for (hash, value) in other.sample {
            self.keep(hash, value);
        }
    }

    fn keep(&mut self, hash: u32, value: f32) {
        let kept = (hash, value);
        if self.sample.len() == SAMPLE {
            let greatest = self.sample.last().map(key);
            if greatest.is_some_and(|greatest| greatest <= key(&kept)) {
                return;
            }
            self.sample.pop();
        }
        let place = self.sample.partition_point(|known| key(known) < key(&kept));
        self.sample.insert(place, kept);
    }
}

fn key((hash, value): &(u32, f32)) -> (u32, u32) {
    (*hash, value.to_bits())
}

/// Adds histories by what they are about to others, of which there may be so many.
pub(super) fn absorb<K: Copy + Eq + Hash + Ord, T>(
    all: &mut Map<K, (T, History)>,
    more: Map<K, (T, History)>,
    most: usize,
) {
    let mut more: Vec<_> = more.into_iter().collect();
    // Where there is no room for all, chance must not decide.
    more.sort_unstable_by_key(|(key, _)| *key);
    for (key, (texts, history)) in more {
        if let Some((_, known)) = all.get_mut(&key) {
            known.absorb(history);
        } else if all.len() < most {
            all.insert(key, (texts, history));
        }
    }
}

/// The middle value; 0 where there is none. Of two middle ones the lower.
pub(super) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// A number that looks random and is the same for the same event (SplitMix64's last steps).
fn mix(at: i64, ms: f64) -> u32 {
    let mut z = at.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ms.to_bits();
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Millis {
        Millis::clamped(ms)
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let events: Vec<(i64, f64)> = (0..20_000)
            .map(|n: i32| (i64::from(n) * 700, f64::from(n * 37 % 1009)))
            .collect();
        let of = |events: &mut dyn Iterator<Item = &(i64, f64)>| {
            let mut history = History::default();
            for (ms, length) in events {
                history.count(at(*ms));
                history.length(at(*ms), *length);
            }
            history
        };
        let (one, other) = (of(&mut events.iter()), of(&mut events.iter().rev()));
        // In two parts, of which either may be short and hold the other's stretches.
        for (places, cut) in [
            (0..2, 0),
            (0..7_000, 1),
            (3_000..3_100, 1),
            (19_000..20_000, 0),
        ] {
            let is_in = |(n, _): &(usize, &(i64, f64))| places.contains(n);
            let events = || events.iter().enumerate();
            let mut parts = [
                of(&mut events().filter(|one| is_in(one)).map(|(_, event)| event)),
                of(&mut events().filter(|one| !is_in(one)).map(|(_, event)| event)),
            ];
            parts.rotate_left(cut);
            let [mut all, more] = parts;
            all.absorb(more);
            assert_eq!(all.lengths(), one.lengths(), "{places:?}");
            assert_eq!((all.span(), all.width_ms), (one.span(), one.width_ms));
            assert_eq!(all.stretches.len(), one.stretches.len());
        }
        assert_eq!(one.lengths(), other.lengths());
        assert_eq!(one.span(), other.span());
        assert!(one.stretches.len() <= KEPT && one.lengths().len() <= KEPT * SAMPLE);
        let counts = one.counts(at(0), at(14_000_000), 1_024_000);
        assert_eq!(counts[..2], [1463, 1463]);
    }

    #[test]
    fn a_wrong_clock_blurs_nothing() {
        let mut history = History::default();
        history.count(at(4_000_000_000_000));
        history.count(at(0));
        for n in 0..5_000 {
            history.count(at(1_000_000_000 + n * 10));
        }
        assert_eq!(history.width_ms, 1_000);
        assert_eq!(history.span(), Some((at(1_000_000_000), at(1_000_050_000))));
    }

    #[test]
    fn medians_lie_where_they_belong() {
        let mut history = History::default();
        for n in 0..100 {
            history.length(at(n * 1_000), if n < 50 { 10.0 } else { 30.0 });
        }
        let medians = history.medians(at(0), at(100_000), 4);
        assert_eq!(medians, [10.0, 10.0, 30.0, 30.0]);
    }
}
