//! The jobs that took longest, and the steps that made them slow.

use serde::Serialize;

use super::links::{between, handoffs};
use super::usual::{Book, ENOUGH, slow};
use crate::event::Millis;
use crate::query::course::Model;
use crate::query::jobs::{Course, Jobs};
use crate::query::numbers::Figures;
use crate::query::timeline::{Options, Outcome};

/// Steps that are named for a job.
const CULPRITS: usize = 3;

/// The jobs that took longest.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Slowest {
    /// Jobs in the window.
    pub jobs: u64,
    /// The slowest, slowest first.
    pub slowest: Vec<SlowJob>,
    /// Jobs there was no room for.
    pub left_out: u64,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowJob {
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
    /// How long jobs of its type take.
    pub usual: Option<Figures>,
    /// How many times as long as the median it took, where it is slow.
    pub slow: Option<f64>,
    /// The worker that had it last.
    pub worker: Option<String>,
    /// The machine that had it last.
    pub machine: Option<String>,
    /// What took most of the time beyond the usual; of a type with too few jobs, what took most.
    pub culprits: Vec<Culprit>,
}

/// From one step to the next.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Culprit {
    /// Who said the step before, and what.
    pub from: String,
    /// Who said the step after, and what.
    pub to: String,
    /// How long it took.
    pub ms: f64,
    /// Half of the usual ones take no longer; null where too few are known.
    pub usual_ms: Option<f64>,
    /// How many times as long as that, where it is slow.
    pub slow: Option<f64>,
}

impl Slowest {
    /// The `count` slowest jobs with a step in the window.
    pub fn of(jobs: &Jobs, count: usize, since: Option<Millis>, options: &Options) -> Self {
        let model = Model::of(jobs, options);
        let book = Book::of(&model);
        let mut all: Vec<(i64, &str)> = jobs
            .courses(options)
            .filter(|course| {
                let last = course.steps.iter().map(|step| step.at).max();
                since.is_none_or(|since| last.is_some_and(|last| last >= since))
            })
            .map(|course| (course.took_ms(), course.id))
            .collect();
        all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let slowest = all.iter().take(count).filter_map(|(_, id)| {
            let course = jobs.course(id, options)?;
            Some(SlowJob::of(&course, &book))
        });
        Self {
            jobs: u64::try_from(all.len()).unwrap_or(u64::MAX),
            slowest: slowest.collect(),
            left_out: jobs.left_out().jobs,
        }
    }
}

impl SlowJob {
    fn of(course: &Course<'_>, book: &Book) -> Self {
        use crate::event::Id;
        let page = book.page(course.job_type);
        let usual = page.and_then(|page| page.took);
        let mut culprits: Vec<Culprit> = handoffs(course)
            .into_iter()
            .map(|(from, to)| {
                let ms = between(from, to);
                let known = page.and_then(|page| page.between(from, to));
                Culprit {
                    from: format!("{} {}", from.service, from.event_type),
                    to: format!("{} {}", to.service, to.event_type),
                    ms,
                    usual_ms: known
                        .filter(|known| known.count >= ENOUGH)
                        .map(|known| known.p50),
                    slow: slow(ms, known),
                }
            })
            .collect();
        let excess = |culprit: &Culprit| culprit.ms - culprit.usual_ms.unwrap_or(0.0);
        culprits.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
        culprits.retain(|culprit| excess(culprit) > 0.0);
        culprits.truncate(CULPRITS);
        let took_ms = course.took_ms();
        let holder = |kind| course.holder(kind).map(str::to_owned);
        #[expect(clippy::cast_precision_loss, reason = "a length of time")]
        let slow = slow(took_ms as f64, usual);
        Self {
            job_id: course.id.to_owned(),
            job_type: course.job_type.to_owned(),
            outcome: course.outcome,
            attempts: course.attempts,
            started_at: course.first().map(|step| step.at).unwrap_or_default(),
            took_ms,
            usual,
            slow,
            worker: holder(Id::Worker),
            machine: holder(Id::Machine),
            culprits,
        }
    }
}
