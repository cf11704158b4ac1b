//! The jobs that took longest, and the steps that made them slow.

use serde::Serialize;

use super::links::handoffs;
use super::usual::{Book, ENOUGH, Page, slow};
use crate::event::{Id, Millis};
use crate::query::course::Model;
use crate::query::jobs::{Course, Jobs, Moved};
use crate::query::numbers::Figures;
use crate::query::timeline::{Mark, Options, Outcome};

/// Steps that are named for a job.
const CULPRITS: usize = 3;

/// What is less than this share of the first is not named beside it.
const MATTERS: f64 = 0.1;

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

/// What took long: an operation that says how long it took, or the silence before a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Culprit {
    /// Who said it, and what.
    pub step: String,
    /// The step before, of a silence; null for an operation.
    pub after_step: Option<String>,
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
        let page = book.page(course.job_type);
        let usual = page.and_then(|page| page.took);
        let culprits = culprits(course, page);
        let took_ms = course.took_ms();
        let holder = |kind| course.holder(kind).map(str::to_owned);
        #[expect(clippy::cast_precision_loss, reason = "a length of time")]
        let slow = slow(took_ms as f64, usual, 0.0);
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

/// What took most of the time beyond the usual. What lies within something that is named already is
/// no other cause.
fn culprits(course: &Course<'_>, page: Option<&Page>) -> Vec<Culprit> {
    let enough = |figures: &Figures| figures.count >= ENOUGH;
    let name = |step: &Moved<'_>| format!("{} {}", step.service, step.event_type);
    // The end of a job says how long all of it took.
    let timed = course.last_try().filter(|step| !step.has(Mark::End));
    let operations = timed.filter_map(|step| {
        let ms = step.took_ms?;
        let known = page.and_then(|page| page.step(step));
        Some((step.moment, ms, known, None, step))
    });
    let silences = handoffs(course).into_iter().map(|(from, to)| {
        let known = page.and_then(|page| page.between(from, to));
        (to.moment, from.until(to), known, Some(from), to)
    });
    let mut all: Vec<_> = operations.chain(silences).collect();
    let excess =
        |ms: f64, known: Option<Figures>| ms - known.filter(enough).map_or(0.0, |known| known.p50);
    all.retain(|(_, ms, known, ..)| excess(*ms, *known) > 0.0);
    all.sort_by(|a, b| excess(b.1, b.2).total_cmp(&excess(a.1, a.2)));
    let most = all.first().map_or(0.0, |first| excess(first.1, first.2));
    all.retain(|one| excess(one.1, one.2) >= most * MATTERS);
    let mut culprits: Vec<(Millis, Millis, Culprit)> = Vec::new();
    for (until, ms, known, from, step) in all {
        #[expect(clippy::cast_possible_truncation, reason = "a length of time")]
        let since = until.plus(-(ms as i64));
        let is_part = |(begin, end, _): &(Millis, Millis, Culprit)| {
            until.min(*end).since(since.max(*begin)) * 2 > until.since(since)
        };
        if culprits.len() >= CULPRITS || culprits.iter().any(is_part) {
            continue;
        }
        let culprit = Culprit {
            step: name(step),
            after_step: from.map(name),
            ms,
            usual_ms: known.filter(enough).map(|known| known.p50),
            slow: slow(ms, known, 0.0),
        };
        culprits.push((since, until, culprit));
    }
    culprits
        .into_iter()
        .map(|(_, _, culprit)| culprit)
        .collect()
}
