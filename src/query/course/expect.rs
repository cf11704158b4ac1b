//! What should have happened to a job by now, and what took unusually long.

use serde::Serialize;

use super::fold::{Fold, fold};
use super::{ENOUGH, Key, Learned, Usual, followed};
use crate::event::Millis;
use crate::quantity;
use crate::query::jobs::{Course, Moved};
use crate::query::numbers::{Summary, share};
use crate::query::timeline::Outcome;

/// A silence is unusual when it is longer than 99 of 100 usual ones by this factor.
const FACTOR: f64 = 3.0;

/// And by this, in milliseconds.
const LEAST_MS: f64 = 1_000.0;

/// A step that fewer completed jobs have does not lack.
pub(in crate::query) const MUST: f64 = 0.95;

/// What usually follows the last step of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// Who usually says what next.
    #[serde(flatten)]
    pub key: Key,
    /// In what share of jobs that follows, 0 to 1.
    pub share: f64,
    /// Within what time in 98 of 100 of them.
    pub within_ms: f64,
    /// How many times it was seen to follow.
    pub seen: u64,
    /// Completed jobs of this type.
    pub jobs: u64,
    /// How far back the first of them began, in milliseconds.
    pub back_ms: i64,
    /// How far the silence goes beyond the time within which anything follows; negative while there
    /// is time left.
    pub overdue_ms: i64,
    /// Whether that is unusual, and not just late.
    pub is_overdue: bool,
}

/// A step that completed jobs have and this one has not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Who usually says what.
    #[serde(flatten)]
    pub key: Key,
    /// Jobs that have it, of
    pub jobs: u64,
    /// that many.
    pub of: u64,
}

/// A silence that was unusually long for where it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delay {
    /// Index of the step before it in [`Course::steps`].
    pub after: usize,
    /// Index of the step after it.
    pub before: usize,
    /// How long it was, in milliseconds.
    pub took_ms: f64,
    /// Half of the usual ones are no longer.
    pub p50: f64,
    /// 99 of 100 of the usual ones are no longer.
    pub p99: f64,
    /// Number of usual ones.
    pub count: u64,
}

impl Expected {
    /// What should follow, and what that is learned from: the same words wherever it is told.
    pub fn sentence(&self) -> String {
        // All but one are not all.
        let percent = (self.share * 1000.0).floor() / 10.0;
        let often = match self.share >= 1.0 {
            true => String::new(),
            false => format!(", what follows in {percent} %"),
        };
        format!(
            "expected {} {} within {} as in 98 % of {}{often} (learned from {} of the last {})",
            self.key.service,
            self.key.event_type,
            quantity::rounded(self.within_ms),
            quantity::number_of(self.seen, "time"),
            quantity::number_of(self.jobs, "completed job"),
            quantity::duration(self.back_ms)
        )
    }
}

impl Usual {
    /// What should follow the last step of a job that has not ended; `None` where that is not known.
    pub fn expected(&self, course: &Course<'_>, now: Millis) -> Option<Expected> {
        if course.outcome != Outcome::Unfinished {
            return None;
        }
        let last = course.last_try().max_by_key(|step| step.moment)?;
        let (at, learned) = self.step(last)?;
        if learned.quiet.count() < ENOUGH {
            return None;
        }
        let next = self.next(at);
        let all = followed(&next) + learned.ends;
        let (to, delay) = next.first()?;
        #[expect(clippy::cast_precision_loss, reason = "a length of time")]
        let silence = now.since(last.moment) as f64;
        let usual = learned.quiet.quantile(0.98);
        #[expect(clippy::cast_possible_truncation, reason = "a length of time")]
        let overdue_ms = (silence - usual) as i64;
        Some(Expected {
            key: to.key.clone(),
            share: share(delay.count(), all),
            within_ms: delay.quantile(0.98),
            seen: delay.count(),
            jobs: self.jobs,
            back_ms: self.begins.map_or(0, |begins| now.since(begins).max(0)),
            overdue_ms,
            is_overdue: is_unusual(silence, &learned.quiet),
        })
    }

    /// Steps that a completed job lacks although nearly all others have them.
    pub fn missing(&self, course: &Course<'_>) -> Vec<Missing> {
        if course.outcome != Outcome::Completed || course.left_out > 0 {
            return Vec::new();
        }
        let lacks = |learned: &&Learned| {
            share(learned.jobs, self.jobs) >= MUST
                && !course.steps.iter().any(|step| learned.key.is(step))
        };
        let mut missing: Vec<_> = self.steps.iter().filter(lacks).collect();
        missing.sort_by(|a, b| a.mean_place().total_cmp(&b.mean_place()));
        missing
            .into_iter()
            .map(|learned| Missing {
                key: learned.key.clone(),
                jobs: learned.jobs,
                of: self.jobs,
            })
            .collect()
    }

    /// Silences of the last try that were unusually long for where they came, longest first.
    pub fn delays(&self, course: &Course<'_>) -> Vec<Delay> {
        let place = |step: &Moved<'_>| {
            let mut steps = course.steps.iter();
            steps.position(|other| std::ptr::eq(other, step))
        };
        let steps: Vec<_> = course.last_try().collect();
        let folds: Vec<Fold<'_, '_>> = fold(&steps).collect();
        let mut delays: Vec<_> = folds
            .windows(2)
            .filter_map(|pair| {
                let [before, after] = pair else { return None };
                let (from, _) = self.step(before.first)?;
                let (to, _) = self.step(after.first)?;
                let usual = self.links.get(&(from, to))?;
                let took_ms = before.until(*after);
                if usual.count() < ENOUGH || !is_unusual(took_ms, usual) {
                    return None;
                }
                let [p50, p99] = usual.quantiles([0.5, 0.99]);
                Some(Delay {
                    after: place(before.last())?,
                    before: place(after.first)?,
                    took_ms,
                    p50,
                    p99,
                    count: usual.count(),
                })
            })
            .collect();
        delays.sort_by(|a, b| b.took_ms.total_cmp(&a.took_ms));
        delays
    }
}

/// Whether a length stands out among the usual ones.
pub(super) fn is_unusual(ms: f64, usual: &Summary) -> bool {
    let p99 = usual.quantile(0.99);
    ms > p99 * FACTOR && ms > p99 + LEAST_MS
}
