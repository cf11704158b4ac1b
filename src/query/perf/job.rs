//! One job: its steps, each beside what is usual for its type.

use serde::Serialize;

use super::usual::{Book, slow};
use crate::event::Millis;
use crate::query::course::{Missing, Model};
use crate::query::jobs::{Course, Jobs, Moved};
use crate::query::numbers::Figures;
use crate::query::timeline::{Mark, Options, Outcome};

/// One job beside the usual.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobReport {
    /// Its id.
    pub job_id: String,
    /// Its type; empty where no event tells.
    pub job_type: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often it was tried.
    pub attempts: u32,
    /// Its first step.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub started_at: Millis,
    /// From its first step to its end, or to its last step.
    pub took_ms: i64,
    /// How many times as long as the median that is, where it is slow.
    pub slow: Option<f64>,
    /// How long jobs of its type take; null where none completed.
    pub usual: Option<Figures>,
    /// Completed jobs of its type, itself excepted.
    pub usual_jobs: u64,
    /// Its steps, in order.
    pub steps: Vec<JobStep>,
    /// Steps that others have and it has not.
    pub missing: Vec<Missing>,
    /// Steps there was no room for.
    pub left_out: u64,
}

/// A step, with what repeats it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobStep {
    /// The emitter's clock.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub at: Millis,
    /// Since the first step, in milliseconds; clocks that are off are put right.
    pub offset_ms: i64,
    /// Who says it.
    pub service: String,
    /// What is said.
    pub event_type: String,
    /// Which try it belongs to, from 1.
    pub attempt: u32,
    /// Whether it ended the job: what it says took all of it.
    pub ends: bool,
    /// How often it was said in a row.
    pub times: u64,
    /// Since the step before; null for the first.
    pub after_ms: Option<f64>,
    /// How long that usually is.
    pub usual_after: Option<Figures>,
    /// How long it says that something took.
    pub took_ms: Option<f64>,
    /// How long it usually says.
    pub usual_took: Option<Figures>,
    /// How many times as long as the median the silence before it was, where that is slow.
    pub slow_after: Option<f64>,
    /// The same for what it says that it took.
    pub slow_took: Option<f64>,
}

impl JobReport {
    /// A job among others; `None` where it is not there.
    pub fn of(id: &str, jobs: &Jobs, options: &Options) -> Option<Self> {
        let course = jobs.course(id, options)?;
        let model = Model::of_others(&course, jobs, options);
        Some(Self::beside(&course, &model))
    }

    /// A job beside what others taught.
    pub fn beside(course: &Course<'_>, model: &Model) -> Self {
        let book = Book::of(model);
        let page = book.page(course.job_type);
        let mut ordered: Vec<_> = course.steps.iter().collect();
        ordered.sort_by_key(|step| step.moment);
        let mut steps: Vec<JobStep> = Vec::new();
        let runs = ordered.chunk_by(|a, b| {
            a.event_type == b.event_type && a.service == b.service && a.attempt == b.attempt
        });
        #[expect(clippy::cast_precision_loss, reason = "a length of time")]
        let whole_ms = course.took_ms() as f64;
        let start = ordered.first().map(|step| step.moment);
        let mut before: Option<&Moved<'_>> = None;
        for run in runs {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            let after_ms = before.map(|before| before.until(first));
            let usual_after = page
                .zip(before)
                .and_then(|(page, before)| page.between(before, first));
            let usual_took = page.and_then(|page| page.step(first));
            let lengths = run.iter().filter_map(|step| step.took_ms);
            let took_ms = lengths.max_by(f64::total_cmp);
            steps.push(JobStep {
                at: first.at,
                offset_ms: start.map_or(0, |start| first.moment.since(start)),
                service: first.service.to_owned(),
                event_type: first.event_type.to_owned(),
                attempt: first.attempt,
                ends: run.iter().any(|step| step.has(Mark::End)),
                times: u64::try_from(run.len()).unwrap_or(u64::MAX),
                after_ms,
                usual_after,
                took_ms,
                usual_took,
                slow_after: after_ms.and_then(|ms| slow(ms, usual_after, whole_ms)),
                slow_took: took_ms.and_then(|ms| slow(ms, usual_took, whole_ms)),
            });
            before = Some(*last);
        }
        let usual = page.and_then(|page| page.took);
        let slow = slow(whole_ms, usual, 0.0);
        let missing = model.usual(course.job_type);
        Self {
            job_id: course.id.to_owned(),
            job_type: course.job_type.to_owned(),
            outcome: course.outcome,
            attempts: course.attempts,
            started_at: course.first().map(|step| step.at).unwrap_or_default(),
            took_ms: course.took_ms(),
            slow,
            usual,
            usual_jobs: page.map_or(0, |page| page.jobs),
            steps,
            missing: missing
                .map(|usual| usual.missing(course))
                .unwrap_or_default(),
            left_out: course.left_out,
        }
    }

    /// The step that was slow by most time, and by what factor; a length that it says itself comes
    /// before the silence, which holds it.
    pub fn slowest(&self) -> Option<(&JobStep, f64)> {
        let excess = |step: &JobStep| {
            let after = step.slow_after.and(step.after_ms.zip(step.usual_after));
            let took = step.slow_took.filter(|_| !step.ends);
            let took = took.and(step.took_ms.zip(step.usual_took));
            let over = |(ms, usual): (f64, Figures)| ms - usual.p50;
            took.or(after).map_or(0.0, over)
        };
        let slow =
            |step: &&JobStep| step.slow_after.is_some() || (step.slow_took.is_some() && !step.ends);
        let steps = self.steps.iter().filter(slow);
        let worst = steps.max_by(|a, b| excess(a).total_cmp(&excess(b)))?;
        let took = worst.slow_took.filter(|_| !worst.ends);
        Some((worst, took.or(worst.slow_after)?))
    }
}
