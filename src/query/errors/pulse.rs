//! When a kind of error came: since when, and after which silence.
//!
//! Whether that says anything is a question of chance. A kind that comes now and then is silent for
//! long, and met late, without a reason. So a kind is called new only if errors that are spread evenly
//! would hardly all lie so late, and back only if they would hardly leave such a silence. Several
//! errors of one job in a row count as one case.

use serde::Serialize;

use crate::digest::digest;
use crate::event::Millis;

/// Cases that a claim needs.
const CASES: u64 = 3;

/// Cases before a silence that tell how often a kind comes.
const CASES_BEFORE: u64 = 5;

/// The shortest silence.
const SILENCE_MS: i64 = 30 * 60 * 1000;

/// How improbable chance must be, over all kinds together.
const CHANCE: f64 = 0.001;

/// Where a kind of error stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It did not happen before, and that is no chance.
    New,
    /// It had stopped, and has come again.
    Back,
    /// It did not happen before, but that may be chance.
    FirstSeen,
    /// It happened before.
    Ongoing,
    /// What happened before is not known.
    #[default]
    Unknown,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Back => "back",
            Self::FirstSeen => "first seen",
            Self::Ongoing => "ongoing",
            Self::Unknown => "-",
        }
    }
}

/// When a kind came. Instants come in order; what is out of order counts, and breaks no silence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pulse {
    pub(super) first: Millis,
    pub(super) last: Millis,
    pub(super) count: u64,
    cases: u64,
    /// The job of the last one, as a number; 0 for none.
    job: u64,
    /// The last silence that was no chance by itself.
    silence: Option<Silence>,
}

/// A stretch without any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) from: Millis,
    pub(super) until: Millis,
    cases_before: u64,
    /// The logarithm of how improbable it is.
    score: f64,
}

/// What is known of the time around.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Since when a kind would have been seen.
    pub(super) known_from: Millis,
    /// What is older than this is before.
    pub(super) before: Millis,
    /// The end of the window.
    pub(super) end: Millis,
    /// Kinds that are looked at.
    pub(super) kinds: usize,
}

impl Pulse {
    pub(super) fn push(&mut self, at: Millis, job: Option<&str>) {
        let job = job.map_or(0, |job| {
            u64::try_from(digest(job.as_bytes()) >> 64).unwrap_or(0)
        });
        if self.count == 0 {
            (self.first, self.last) = (at, at);
        }
        let gap = at.since(self.last);
        if gap >= SILENCE_MS && self.cases >= CASES_BEFORE {
            self.fall_silent(at);
        }
        if self.count == 0 || job == 0 || job != self.job {
            self.cases += 1;
        }
        self.job = job;
        self.count += 1;
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    /// Judges a silence by the pauses before it. Where these are by chance, a further one is longer than
    /// `g` with the probability (1 + g / t) ^ -n, `n` being their number and `t` their sum: few pauses
    /// say little of how long the next one can be.
    #[expect(clippy::cast_precision_loss, reason = "an estimate of chance")]
    fn fall_silent(&mut self, at: Millis) {
        let cases = self.cases as f64;
        let took = self.last.since(self.first).max(1) as f64;
        let longer = 1.0 + at.since(self.last) as f64 / took;
        // Any of the pauses could have been this one.
        let score = (cases - 1.0) * longer.ln() - cases.ln();
        // Of many silences the last counts, unless it is what can be expected.
        if score > -CHANCE.ln() {
            self.silence = Some(Silence {
                from: self.last,
                until: at,
                cases_before: self.cases,
                score,
            });
        }
    }

    /// Where the kind stands, and the silence after which it is back.
    pub(super) fn state(&self, setting: &Setting) -> (State, Option<Silence>) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate of chance")]
        let kinds = setting.kinds.max(1) as f64;
        if self.first < setting.before {
            let silence = self.silence.filter(|silence| {
                silence.until >= setting.before
                    && self.cases - silence.cases_before >= CASES
                    && silence.score - kinds.ln() > -CHANCE.ln()
            });
            return match silence {
                Some(silence) => (State::Back, Some(silence)),
                None => (State::Ongoing, None),
            };
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate of chance")]
        let share = {
            let (late, all) = (
                setting.end.since(self.first).max(0) as f64,
                setting.end.since(setting.known_from) as f64,
            );
            if all > 0.0 { late / all } else { 1.0 }
        };
        if share > 0.5 {
            return (State::Unknown, None);
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate of chance")]
        let log = self.cases as f64 * share.max(1e-9).ln() + kinds.ln();
        match self.cases >= CASES && log < CHANCE.ln() {
            true => (State::New, None),
            false => (State::FirstSeen, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn of(times: impl IntoIterator<Item = i64>) -> Pulse {
        let mut pulse = Pulse::default();
        for (number, at) in times.into_iter().enumerate() {
            pulse.push(Millis::clamped(at), Some(&format!("job_{number}")));
        }
        pulse
    }

    fn state(pulse: &Pulse, before: i64) -> State {
        let setting = Setting {
            known_from: Millis::clamped(0),
            before: Millis::clamped(before),
            end: Millis::clamped(24 * HOUR),
            kinds: 10,
        };
        pulse.state(&setting).0
    }

    #[test]
    fn what_began_late_is_new_if_that_is_no_chance() {
        let late = |count: i64| of((0..count).map(|n| 23 * HOUR + n * 60_000));
        for (count, expected) in [
            (1, State::FirstSeen),
            (2, State::FirstSeen),
            (4, State::New),
        ] {
            assert_eq!(state(&late(count), 12 * HOUR), expected, "{count}");
        }
        // One job that fails again and again is one case.
        let mut one = Pulse::default();
        (0..50).for_each(|n| one.push(Millis::clamped(23 * HOUR + n * 1_000), Some("job_1")));
        assert_eq!(state(&one, 12 * HOUR), State::FirstSeen);
        // Nothing is known of before.
        assert_eq!(state(&of([1, 2, 3, 4, 5]), 0), State::Unknown);
        assert_eq!(state(&of([HOUR, 23 * HOUR]), 12 * HOUR), State::Ongoing);
    }

    #[test]
    fn what_had_stopped_is_back_if_that_is_no_chance() {
        let burst = |from: i64, count: i64| (0..count).map(move |n| from + n * 60_000);
        let twice = of(burst(HOUR, 10).chain(burst(23 * HOUR, 5)));
        assert_eq!(state(&twice, 12 * HOUR), State::Back);
        // The silence was before.
        assert_eq!(state(&twice, 23 * HOUR + 30_000), State::Ongoing);
        let once_more = of(burst(HOUR, 10).chain([23 * HOUR]));
        assert_eq!(state(&once_more, 12 * HOUR), State::Ongoing);
        let few = of(burst(HOUR, 4).chain(burst(23 * HOUR, 5)));
        assert_eq!(state(&few, 12 * HOUR), State::Ongoing);
        // Every two hours, and once after five.
        let now_and_then = (0..9)
            .map(|n| n * 2 * HOUR)
            .chain([21, 22, 23].map(|h| h * HOUR));
        assert_eq!(state(&of(now_and_then), 12 * HOUR), State::Ongoing);
    }

    #[test]
    fn even_errors_are_seldom_called_anything() {
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(seed >> 33).unwrap_or(0)
        };
        for hours in [4, 24, 168] {
            let mut claims = 0;
            for round in 0..5_000 {
                let count = 3 + round % 40;
                let times = (0..count).map(|_| random() % (hours * HOUR));
                let mut times: Vec<i64> = times.collect();
                times.sort_unstable();
                let setting = Setting {
                    known_from: Millis::clamped(0),
                    before: Millis::clamped(hours * HOUR / 2),
                    end: Millis::clamped(hours * HOUR),
                    kinds: 7,
                };
                let state = of(times).state(&setting).0;
                claims += u32::from(matches!(state, State::New | State::Back));
            }
            // One in seven thousand is allowed, seven kinds being looked at.
            assert!(claims <= 2, "{claims} in {hours} h");
        }
    }

    #[test]
    fn disorder_breaks_nothing() {
        let pulse = of([5 * HOUR, 2 * HOUR, 9 * HOUR, HOUR]);
        assert_eq!((pulse.first.get(), pulse.last.get()), (HOUR, 9 * HOUR));
        assert_eq!(pulse.count, 4);
    }
}
