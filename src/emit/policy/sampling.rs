//! Which events of the many are kept: by the trace, so that a trace is kept whole or not at all.

use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

use crate::config::SampleRule;
use crate::digest::digest;
use crate::glob::Glob;

/// Decides what is kept.
#[derive(Debug)]
pub struct Sampling {
    rules: Vec<(Glob, f64)>,
    /// Events a second above which fewer are kept; `None` is no limit.
    limit: Option<u32>,
    window: Mutex<Window>,
    /// For events without a trace.
    chance: RandomState,
}

/// The second at hand and the share that the last one allows for it.
#[derive(Debug)]
struct Window {
    second: i64,
    seen: u32,
    share: f64,
}

impl Sampling {
    /// The first rule that matches a type counts. Above `limit` events a second (0 is no limit)
    /// the share is lowered so that about `limit` are kept.
    pub fn new(rules: Vec<SampleRule>, limit: u32) -> Self {
        let rules = rules
            .into_iter()
            .map(|rule| (Glob::plain(&rule.pattern), rule.rate));
        Self {
            rules: rules.collect(),
            limit: (limit > 0).then_some(limit),
            window: Mutex::new(Window {
                second: 0,
                seen: 0,
                share: 1.0,
            }),
            chance: RandomState::new(),
        }
    }

    /// The share that is kept of events like this one, if this one is kept.
    pub(super) fn admit(&self, event_type: &str, trace: Option<&str>, now_ms: i64) -> Option<f64> {
        let rule = self
            .rules
            .iter()
            .find(|(pattern, _)| pattern.matches(event_type));
        let mut share = rule.map_or(1.0, |(_, rate)| *rate);
        if let Some(limit) = self.limit {
            share *= self.pressure(limit, now_ms);
        }
        if share >= 1.0 {
            return Some(1.0);
        }
        let place = match trace {
            // The same in every process, so that all services of a request decide alike.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "half of the bits are enough"
            )]
            Some(trace) => digest(trace.as_bytes()) as u64,
            // No trace to keep together: a number that nobody can foresee.
            None => self.chance.hash_one((event_type, now_ms, self.tick())),
        };
        // The hash as a number from 0 to 1; 53 bits are what an `f64` holds.
        #[expect(clippy::cast_precision_loss, reason = "shifted to what fits")]
        let place = (place >> 11) as f64 / (1u64 << 53) as f64;
        (place < share).then_some(share)
    }

    /// The share that keeps this second's events near the limit, from how many the last second
    /// had. A burst is thinned from its second second on, and from its own excess at once.
    fn pressure(&self, limit: u32, now_ms: i64) -> f64 {
        let Ok(mut window) = self.window.lock() else {
            return 1.0;
        };
        let second = now_ms.div_euclid(1000);
        if second != window.second {
            let seen = if second == window.second + 1 {
                window.seen
            } else {
                0
            };
            window.share = (f64::from(limit) / f64::from(seen.max(1))).min(1.0);
            window.second = second;
            window.seen = 0;
        }
        window.seen = window.seen.saturating_add(1);
        let burst = f64::from(limit) / f64::from(window.seen);
        window.share.min(burst).min(1.0)
    }

    fn tick(&self) -> u32 {
        use std::sync::atomic::{AtomicU32, Ordering};
        static TICK: AtomicU32 = AtomicU32::new(0);
        TICK.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(rate: f64, limit: u32) -> Sampling {
        let pattern = "job.progress_*".to_owned();
        Sampling::new(vec![SampleRule { pattern, rate }], limit)
    }

    #[test]
    fn a_trace_is_kept_whole_or_not_at_all() {
        let sampling = sampling(0.1, 0);
        let mut kept = 0;
        for number in 0..10_000 {
            let trace = format!("{number:032x}");
            let first = sampling.admit("job.progress_updated", Some(&trace), 0);
            let second = sampling.admit("job.progress_made", Some(&trace), 5_000);
            assert_eq!(first, second);
            kept += u32::from(first.is_some());
            assert!(first.is_none_or(|rate| rate == 0.1));
        }
        assert!((900..1_100).contains(&kept), "{kept}");
    }

    #[test]
    fn other_types_and_the_ends_of_the_range() {
        assert_eq!(sampling(0.0, 0).admit("job.created", None, 0), Some(1.0));
        assert_eq!(
            sampling(0.0, 0).admit("job.progress_updated", None, 0),
            None
        );
        assert_eq!(
            sampling(1.0, 0).admit("job.progress_updated", None, 0),
            Some(1.0)
        );
    }

    #[test]
    fn above_the_limit_fewer_are_kept_and_the_share_is_told() {
        let sampling = sampling(1.0, 100);
        let mut kept = 0.0;
        let mut scaled = 0.0;
        for second in 0..10 {
            for number in 0..1_000 {
                if let Some(rate) = sampling.admit("a.b", None, second * 1000 + number) {
                    kept += 1.0;
                    scaled += 1.0 / rate;
                }
            }
        }
        assert!((800.0..2_000.0).contains(&kept), "{kept}");
        assert!((8_000.0..12_000.0).contains(&scaled), "{scaled}");
        // Quiet again: everything is kept.
        assert_eq!(sampling.admit("a.b", None, 60_000), Some(1.0));
    }
}
