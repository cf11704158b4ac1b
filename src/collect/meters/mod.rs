//! Figures of events and jobs, for Prometheus and for OpenTelemetry.
//!
//! Everything is counted in one place, [`Meters`]; `text` shows it to whoever scrapes it, and
//! `instruments` to a meter provider. Figures of the collector itself are not counted here: they
//! stand in its [`Report`](super::Report), which [`figures`] reads. Nothing here knows how figures
//! are sent.

mod figures;
mod instruments;
mod pace;
mod pairs;
#[cfg(test)]
mod tests;
mod text;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use prometheus_client::metrics::histogram::Histogram;

pub(in crate::collect) use pace::Pace;
pub(crate) use text::{Exposition, render};

use super::spans::JobRun;
use crate::digest::digest;
use crate::event::{Event, Id, Level, Millis};
use crate::maps::Recent;
use crate::query::timeline::Outcome;
use instruments::Durations;
use pairs::Pairs;

/// Pairs of service and event type that are told apart.
const MOST_EVENTS: usize = 200;
/// Pairs of a job's type and outcome, and of a step and its service.
const MOST_JOBS: usize = 100;
/// Jobs that are remembered as counted at least, and at most twice as many.
const COUNTED: usize = 1024;
/// Series of a figure whose labels come from emp itself: streams, outputs and levels.
const FEW_SERIES: usize = 16;
/// Upper bounds in seconds: from what a person does not notice to an hour.
const BUCKETS: [f64; 14] = [
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
];
/// The event types with which a job enters the system, of which a job has one.
const SUBMITTED: [&str; 2] = ["job.created", "job.submitted"];

/// Counts events and jobs. Labels come from outside: only so many are told apart, the others are
/// counted together as `other`.
#[derive(Debug)]
pub(crate) struct Meters {
    tables: Mutex<Tables>,
    durations: OnceLock<Durations>,
}

#[derive(Debug)]
struct Tables {
    /// By service and event type.
    events: Pairs<Events>,
    worker_errors: u64,
    /// By job type.
    submitted: Pairs<u64>,
    /// By job type and outcome.
    processed: Pairs<u64>,
    /// By job type.
    durations: Pairs<Spread>,
    /// By job type.
    waits: Pairs<Spread>,
    /// By step and service.
    steps: Pairs<Spread>,
    /// The jobs that were counted last, by name, and when they ended: the readers of two streams may
    /// both be the first to tell of one.
    counted: Recent<(u128, Millis)>,
}

#[derive(Debug, Default)]
struct Events {
    all: u64,
    errors: u64,
}

/// How long things took, in seconds.
#[derive(Debug)]
struct Spread(Histogram);

impl Default for Spread {
    fn default() -> Self {
        Self(Histogram::new(BUCKETS))
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            tables: Mutex::new(Tables {
                events: Pairs::new(MOST_EVENTS),
                worker_errors: 0,
                submitted: Pairs::new(MOST_JOBS),
                processed: Pairs::new(MOST_JOBS),
                durations: Pairs::new(MOST_JOBS),
                waits: Pairs::new(MOST_JOBS),
                steps: Pairs::new(MOST_JOBS),
                counted: Recent::new(COUNTED),
            }),
            durations: OnceLock::new(),
        }
    }
}

impl Meters {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the events of a page. One that is read twice counts twice.
    pub(crate) fn events<'a>(&self, events: impl Iterator<Item = &'a Event>) {
        let mut tables = self.lock();
        for event in events {
            let is_error = event.is_error_event() || event.level() == Level::Error;
            tables.events.with(&event.service, &event.event_type, |of| {
                of.all += 1;
                of.errors += u64::from(is_error);
            });
            if event.is_error_event()
                && (event.service == "worker" || event.id(Id::Worker).is_some())
            {
                tables.worker_errors += 1;
            }
            if SUBMITTED.contains(&&*event.event_type) {
                let kind = job_type(event);
                tables.submitted.with(&kind, "", |count| *count += 1);
            }
        }
    }

    /// Counts a job that has ended, and what was done for it.
    pub(crate) fn job(&self, job: &JobRun) {
        let mut tables = self.lock();
        let name = (digest(job.job.as_bytes()), job.ended);
        if !tables.counted.insert(0, name) {
            return;
        }
        let live = self.durations.get();
        let kind = job.job_type.as_deref().unwrap_or_default();
        let (kind, _) = tables.durations.labels(kind, "");
        let took = seconds(job.ended.since(job.started));
        let waited = job.queue_wait.map(seconds);
        tables
            .processed
            .with(kind, status(job.outcome), |count| *count += 1);
        tables
            .durations
            .with(kind, "", |spread| spread.0.observe(took));
        if let Some(waited) = waited {
            tables
                .waits
                .with(kind, "", |spread| spread.0.observe(waited));
        }
        if let Some(live) = live {
            live.job(kind, took, waited);
        }
        for step in &job.steps {
            let (name, service) = tables.steps.labels(&step.name, &step.service);
            let took = seconds(step.ms);
            let observe = |spread: &mut Spread| spread.0.observe(took);
            tables.steps.with(name, service, observe);
            if let Some(live) = live {
                live.step(name, service, took);
            }
        }
    }
}

/// How many series a figure can have.
pub(crate) fn most_series(figure: &str) -> usize {
    let lengths = [figures::JOBS, figures::WAITS, figures::STEPS];
    let mut outside = figures::EVENTS.iter().map(|figure| figure.name);
    let is_from_outside =
        outside.any(|name| name == figure) || lengths.iter().any(|lengths| lengths.name == figure);
    match is_from_outside {
        // The pairs that are told apart, and one for all others.
        true => MOST_EVENTS.max(MOST_JOBS) + 1,
        false => FEW_SERIES,
    }
}

/// The label of an outcome.
fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::TimedOut => "timed_out",
        other => other.word(),
    }
}

/// What kind of job an event speaks of; empty where it does not say.
fn job_type(event: &Event) -> String {
    let named = event.data.pick(["jobType", "job_type", "type"]);
    let text = named.iter().flatten().find_map(serde_json::Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn seconds(ms: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a length of time that is measured in ms"
    )]
    let ms = ms.max(0) as f64;
    ms / 1000.0
}
