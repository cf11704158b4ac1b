//! What a lane counts, for `/status`, metrics and heartbeats.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::collect::spool::Spool;
use crate::event::Millis;
use crate::store::Dropped;
use crate::time::Clock;

/// Something that happened at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mark {
    /// When, by this machine's clock.
    pub(crate) at: i64,
    /// What it said.
    pub(crate) reason: String,
}

/// How an output's lane stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LaneReport {
    /// `file`, `otlp logs`, `otlp traces`.
    pub(crate) name: String,
    /// Items that wait in memory.
    pub(crate) queued: u64,
    /// Items that wait in the spool.
    pub(crate) spooled: u64,
    /// Bytes that those take.
    pub(crate) spool_bytes: u64,
    /// Bytes that the spool keeps to.
    pub(crate) spool_limit: u64,
    /// Items that the output has taken since the start.
    pub(crate) delivered: u64,
    /// Batches of those.
    pub(crate) batches: u64,
    /// Attempts that came to nothing.
    pub(crate) retries: u64,
    /// Items that the output refused as parts of a batch it took.
    pub(crate) rejected: u64,
    /// Items that went to the dead letters.
    pub(crate) dead: u64,
    /// Events that a full spool dropped, ever: those of level `error` by themselves.
    pub(crate) dropped: u64,
    /// Of those, errors.
    pub(crate) dropped_errors: u64,
    /// When the output last took something, in ms since 1970.
    pub(crate) last_success: Option<i64>,
    /// The last thing that went wrong.
    pub(crate) last_error: Option<Mark>,
    /// Since when nothing gets through, in ms since 1970.
    pub(crate) failing_since: Option<i64>,
}

/// The counters behind a report.
pub(super) struct Tally(Mutex<LaneReport>);

impl Tally {
    pub(super) fn new(dropped: Dropped, spool_limit: u64) -> Self {
        Self(Mutex::new(LaneReport {
            spool_limit,
            dropped: dropped.sum(),
            dropped_errors: dropped.error,
            ..LaneReport::default()
        }))
    }

    fn lock(&self) -> MutexGuard<'_, LaneReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn report(&self, name: &str) -> LaneReport {
        LaneReport {
            name: name.to_owned(),
            ..self.lock().clone()
        }
    }

    /// Whether the last attempt worked.
    pub(super) fn is_working(&self) -> bool {
        self.lock().failing_since.is_none()
    }

    pub(super) fn queued(&self, live: usize, spool: &Spool) {
        let spool_bytes = spool.waiting_bytes();
        let mut report = self.lock();
        report.queued = live as u64;
        report.spooled = spool.waiting();
        report.spool_bytes = spool_bytes;
    }

    /// Takes the spool's own count.
    pub(super) fn dropped(&self, dropped: Dropped) {
        let mut report = self.lock();
        report.dropped = dropped.sum();
        report.dropped_errors = dropped.error;
    }

    /// A batch or a part of one was taken; gives back since when nothing had been, if so.
    pub(super) fn delivered(&self, items: usize, rejected: u64) -> Option<Millis> {
        let mut report = self.lock();
        report.delivered += (items as u64).saturating_sub(rejected);
        report.rejected += rejected;
        report.batches += 1;
        report.last_success = Some(now());
        report.failing_since.take().map(Millis::clamped)
    }

    /// An attempt came to nothing; says whether it is the first.
    pub(super) fn failed(&self, reason: &str) -> bool {
        let mut report = self.lock();
        report.retries += 1;
        report.last_error = Some(Mark {
            at: now(),
            reason: reason.to_owned(),
        });
        let first = report.failing_since.is_none();
        report.failing_since.get_or_insert_with(now);
        first
    }

    /// Something is worth a look, though it stops nothing.
    pub(super) fn noted(&self, reason: &str) {
        self.lock().last_error = Some(Mark {
            at: now(),
            reason: reason.to_owned(),
        });
    }

    pub(super) fn buried(&self) {
        self.lock().dead += 1;
    }
}

fn now() -> i64 {
    Clock::system_now().get()
}
