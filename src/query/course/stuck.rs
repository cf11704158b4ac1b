//! Running jobs that are overdue.

use serde::Serialize;

use super::Model;
use super::expect::Expected;
use crate::event::{Id, Millis};
use crate::query::jobs::{Course, Jobs, Sign};
use crate::query::timeline::{Options, Outcome};

/// Where the usual is not known, a job that is quiet for this long counts as stuck.
pub const THRESHOLD_MS: i64 = 5 * 60_000;

/// Who holds a job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its last event, of any job.
    pub last_sign: Option<Sign<'a>>,
}

/// What a judgement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Basis {
    /// On what completed jobs of the type did at this step.
    Usual,
    /// On a plain limit, for too few of them are known.
    Threshold,
}

/// A running job that is overdue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stuck<'a> {
    /// The job.
    pub job_id: &'a str,
    /// Its type; empty where no event tells.
    pub job_type: &'a str,
    /// Who spoke of it last.
    pub service: &'a str,
    /// What was said last.
    pub event_type: &'a str,
    /// When that was.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub since: Millis,
    /// How long it is quiet.
    pub quiet_ms: i64,
    /// How far that goes beyond the usual, or beyond the limit.
    pub overdue_ms: i64,
    /// What this rests on.
    pub basis: Basis,
    /// Completed jobs of its type that are known.
    pub usual_jobs: u64,
    /// What should have followed.
    pub expected: Option<Expected>,
    /// How often it was tried.
    pub attempts: u32,
    /// The worker that has it.
    pub worker: Option<Holder<'a>>,
    /// The machine that has it.
    pub machine: Option<Holder<'a>>,
}

/// Those of the running jobs that are overdue, for longest first. `running` and `model` are those of
/// [`Model::survey`].
pub fn stuck<'a>(
    jobs: &'a Jobs,
    running: &[&str],
    model: &Model,
    options: &Options,
) -> Vec<Stuck<'a>> {
    let courses = running.iter().filter_map(|id| jobs.course(id, options));
    let mut stuck: Vec<_> = courses
        .filter_map(|course| judge(&course, jobs, model, options.now))
        .collect();
    stuck.sort_by(|a, b| {
        b.overdue_ms
            .cmp(&a.overdue_ms)
            .then_with(|| a.job_id.cmp(b.job_id))
    });
    stuck
}

fn judge<'a>(course: &Course<'a>, jobs: &'a Jobs, model: &Model, now: Millis) -> Option<Stuck<'a>> {
    if course.outcome != Outcome::Unfinished {
        return None;
    }
    let last = course.last_try().max_by_key(|step| step.moment)?;
    let quiet_ms = now.since(last.moment);
    let expected = model
        .usual(course.job_type)
        .and_then(|usual| usual.expected(course, now));
    let (basis, overdue_ms, is_stuck) = match &expected {
        Some(expected) => (Basis::Usual, expected.overdue_ms, expected.is_overdue),
        None => {
            let overdue = quiet_ms - THRESHOLD_MS;
            (Basis::Threshold, overdue, overdue >= 0)
        }
    };
    let holder = |kind| {
        let id = course.holder(kind)?;
        Some(Holder {
            id,
            last_sign: jobs.last_sign(kind, id),
        })
    };
    is_stuck.then(|| Stuck {
        job_id: course.id,
        job_type: course.job_type,
        service: last.service,
        event_type: last.event_type,
        since: last.at,
        quiet_ms,
        overdue_ms,
        basis,
        usual_jobs: model.jobs_of(course.job_type),
        expected,
        attempts: course.attempts,
        worker: holder(Id::Worker),
        machine: holder(Id::Machine),
    })
}
