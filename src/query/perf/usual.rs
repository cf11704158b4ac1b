//! The usual course of a type of jobs, to look single steps up in.

use crate::maps::Map;
use crate::query::course::{Key, Model};
use crate::query::jobs::Moved;
use crate::query::numbers::Figures;

/// Lengths that a step must have been seen to take before one is called slow.
pub(super) const ENOUGH: u64 = 20;

/// A slow step takes so many times as long as the median, and longer than 95 of 100.
const FACTOR: f64 = 2.0;

/// And by this longer, in milliseconds.
const LEAST_MS: f64 = 10.0;

/// And by this share of the whole job: what takes a blink of it explains nothing.
const LEAST_SHARE: f64 = 0.02;

/// What is usual, by type of job.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    types: Map<String, Page>,
}

/// What is usual for one type.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) jobs: u64,
    pub(super) took: Option<Figures>,
    links: Map<(Key, Key), Figures>,
    steps: Map<Key, Figures>,
}

impl Book {
    pub(super) fn of(model: &Model) -> Self {
        let mut book = Self::default();
        for usual in model.report() {
            let mut page = Page {
                jobs: usual.jobs,
                took: usual.took,
                ..Page::default()
            };
            for step in usual.steps {
                if let Some(took) = step.took {
                    page.steps.insert(step.key.clone(), took);
                }
                for link in step.next {
                    if let Some(delay) = link.delay {
                        page.links.insert((step.key.clone(), link.key), delay);
                    }
                }
            }
            book.types.insert(usual.job_type, page);
        }
        book
    }

    pub(super) fn page(&self, job_type: &str) -> Option<&Page> {
        self.types.get(job_type)
    }
}

impl Page {
    /// How long it usually takes from one step to another.
    pub(super) fn between(&self, from: &Moved<'_>, to: &Moved<'_>) -> Option<Figures> {
        self.links.get(&(key(from), key(to))).copied()
    }

    /// How long a step usually says that it took.
    pub(super) fn step(&self, step: &Moved<'_>) -> Option<Figures> {
        self.steps.get(&key(step)).copied()
    }
}

fn key(step: &Moved<'_>) -> Key {
    Key {
        service: step.service.to_owned(),
        event_type: step.event_type.to_owned(),
    }
}

/// How many times as long as the median a length is, where it is slow. `whole_ms` is how long the job
/// took in which it was met.
pub(super) fn slow(ms: f64, usual: Option<Figures>, whole_ms: f64) -> Option<f64> {
    let usual = usual.filter(|usual| usual.count >= ENOUGH)?;
    let is_slow = ms > usual.p95
        && ms >= usual.p50 * FACTOR
        && ms >= usual.p50 + LEAST_MS.max(whole_ms * LEAST_SHARE);
    is_slow.then(|| ms / usual.p50.max(1.0))
}
