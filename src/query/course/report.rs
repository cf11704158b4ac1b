//! The usual course, for people and programs.

use serde::Serialize;

use super::{Key, Model, Usual, followed};
use crate::query::numbers::{Figures, share};

/// One step of the usual course, for people and programs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// Who says what.
    #[serde(flatten)]
    pub key: Key,
    /// Jobs in which it occurs.
    pub jobs: u64,
    /// Their share of all jobs of the type, 0 to 1.
    pub share: f64,
    /// How often it occurs in a job that has it.
    pub times: f64,
    /// From the first event of the job to the first of these.
    pub since_start: Option<Figures>,
    /// How long it says that something took.
    pub took: Option<Figures>,
    /// What follows, most frequent first.
    pub next: Vec<LinkReport>,
}

/// What follows a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkReport {
    /// Who says what next.
    #[serde(flatten)]
    pub key: Key,
    /// How often it follows.
    pub count: u64,
    /// Its share among all that follows, and where nothing does, 0 to 1.
    pub share: f64,
    /// After how long.
    pub delay: Option<Figures>,
}

/// The usual course of one type of jobs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsualReport {
    /// The type; empty where events tell none.
    pub job_type: String,
    /// Completed jobs that it was learned from.
    pub jobs: u64,
    /// How long they took from the first event to the last.
    pub took: Option<Figures>,
    /// The steps, in their usual order.
    pub steps: Vec<StepReport>,
    /// Different steps that there was no room for.
    pub left_out: u64,
}

impl Model {
    /// All that was learned, the type with most jobs first. Types with fewer than [`ENOUGH`] jobs are
    /// in it.
    pub fn report(&self) -> Vec<UsualReport> {
        let mut types: Vec<_> = self
            .types
            .iter()
            .map(|(job_type, usual)| usual.report(job_type))
            .collect();
        types.sort_by(|a, b| {
            b.jobs
                .cmp(&a.jobs)
                .then_with(|| a.job_type.cmp(&b.job_type))
        });
        types
    }
}

impl Usual {
    fn report(&self, job_type: &str) -> UsualReport {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.steps[*a], &self.steps[*b]);
            a.mean_place()
                .total_cmp(&b.mean_place())
                .then_with(|| a.key.cmp(&b.key))
        });
        let steps = order.into_iter().map(|at| {
            let learned = &self.steps[at];
            let next = self.next(at);
            let all = followed(&next) + learned.ends;
            StepReport {
                key: learned.key.clone(),
                jobs: learned.jobs,
                share: share(learned.jobs, self.jobs),
                times: share(learned.times, learned.jobs),
                since_start: learned.since_start.figures(),
                took: learned.took.figures(),
                next: next
                    .into_iter()
                    .map(|(to, delay)| LinkReport {
                        key: to.key.clone(),
                        count: delay.count(),
                        share: share(delay.count(), all),
                        delay: delay.figures(),
                    })
                    .collect(),
            }
        });
        UsualReport {
            job_type: job_type.to_owned(),
            jobs: self.jobs,
            took: self.took.figures(),
            steps: steps.collect(),
            left_out: self.left_out,
        }
    }
}
