//! One job beside the usual course of its type.

use serde::Serialize;

use super::expect::{Delay, Expected, Missing};
use super::{ENOUGH, Model};
use crate::event::Event;
use crate::query::jobs::{Course, Jobs};
use crate::query::numbers::Figures;
use crate::query::timeline::Options;

/// What is unusual about a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// Completed jobs of its type that were looked at.
    pub jobs: u64,
    /// Whether they were enough to tell what is usual.
    pub enough: bool,
    /// How long they took.
    pub took: Option<Figures>,
    /// What should follow the last event of a job that runs.
    pub expected: Option<Expected>,
    /// Steps that they have and this one has not.
    pub missing: Vec<Missing>,
    /// Silences that were unusually long for where they came, by the rows of the job.
    pub delays: Vec<Delay>,
}

impl Judgement {
    /// Judges the job that `events` are all about, in the order of its timeline, by what else
    /// happened. The others may hold it too.
    pub fn of(id: &str, events: &[&Event], others: &Jobs, options: &Options) -> Option<Self> {
        let mut own = others.clocks_only();
        events.iter().for_each(|event| own.push(event));
        let course = own.course(id, options)?;
        let model = Model::of_type(others, course.job_type, options);
        let known = model.jobs_of(course.job_type);
        let usual = model.usual(course.job_type);
        Some(Self {
            jobs: known,
            enough: known >= ENOUGH,
            took: usual.and_then(|usual| usual.took().figures()),
            expected: usual.and_then(|usual| usual.expected(&course, options.now)),
            missing: usual.map_or_else(Vec::new, |usual| usual.missing(&course)),
            delays: usual.map_or_else(Vec::new, |usual| rows(usual.delays(&course), &course)),
        })
    }
}

/// Delays by the rows of the job, which come by the emitters' clocks.
fn rows(delays: Vec<Delay>, course: &Course<'_>) -> Vec<Delay> {
    let row = |at: usize| course.steps.get(at).map_or(at, |step| step.seq);
    let by_rows = delays.into_iter().map(|delay| Delay {
        after: row(delay.after),
        before: row(delay.before),
        ..delay
    });
    by_rows.collect()
}
