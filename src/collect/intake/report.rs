//! What an intake counts, for `/status`, metrics and heartbeats.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::collect::jobs::Counts;
use crate::collect::lane::Mark;
use crate::collect::meters::Pace;
use crate::store::redis::{Gap, Lag};
use crate::time::Clock;

/// How reading a stream stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StreamReport {
    /// Its key.
    pub(crate) stream: String,
    /// The consumer group.
    pub(crate) group: String,
    /// Whether it is being read.
    pub(crate) connected: bool,
    /// Entries read a second, over the last minute.
    pub(crate) events_per_second: f64,
    /// Entries read since the start, those taken over included.
    pub(crate) read: u64,
    /// Of those, entries that this collector had taken before and not acknowledged.
    pub(crate) resumed: u64,
    /// Of those, entries taken over from other collectors.
    pub(crate) claimed: u64,
    /// Entries on their way: read and not acknowledged.
    pub(crate) unacknowledged: u64,
    /// Entries in the stream.
    pub(crate) length: u64,
    /// Entries that nobody in the group has read.
    pub(crate) lag: u64,
    /// Entries that were trimmed before anybody read them.
    pub(crate) missed: u64,
    /// Entries that were trimmed after they were taken and before they were delivered.
    pub(crate) trimmed: u64,
    /// Events that the log of their job had no room for: spans know of them only that they were.
    #[serde(default)]
    pub(crate) left_out: u64,
    /// Events of jobs whose id is too long to be followed.
    #[serde(default)]
    pub(crate) unfollowed: u64,
    /// Jobs that ended after Redis had lost what was known of them: they have no spans.
    #[serde(default)]
    pub(crate) jobs_lost: u64,
    /// Entries that no reader can take; their ids are among the dead letters.
    pub(crate) unreadable: u64,
    /// The last thing that went wrong.
    pub(crate) last_error: Option<Mark>,
}

/// The counters behind a report.
pub(in crate::collect) struct StreamTally(Mutex<Inner>);

struct Inner {
    report: StreamReport,
    ever_joined: bool,
    started: Instant,
    pace: Pace,
}

impl StreamTally {
    pub(in crate::collect) fn new(stream: &str, group: &str) -> Self {
        Self(Mutex::new(Inner {
            report: StreamReport {
                stream: stream.to_owned(),
                group: group.to_owned(),
                ..StreamReport::default()
            },
            ever_joined: false,
            started: Instant::now(),
            pace: Pace::default(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::collect) fn report(&self) -> StreamReport {
        let mut inner = self.lock();
        let second = inner.started.elapsed().as_secs();
        StreamReport {
            events_per_second: inner.pace.per_second(second),
            ..inner.report.clone()
        }
    }

    /// Reading begins; says whether it had begun before.
    pub(super) fn joined(&self) -> bool {
        let mut inner = self.lock();
        inner.report.connected = true;
        std::mem::replace(&mut inner.ever_joined, true)
    }

    pub(super) fn lost(&self, reason: &str) {
        let report = &mut self.lock().report;
        report.connected = false;
        report.last_error = Some(Mark {
            at: Clock::system_now().get(),
            reason: reason.to_owned(),
        });
    }

    pub(super) fn reached(&self, lag: Lag) {
        let report = &mut self.lock().report;
        report.length = lag.length;
        report.lag = lag.unread;
    }

    pub(super) fn read(&self, count: u64) {
        let mut inner = self.lock();
        let second = inner.started.elapsed().as_secs();
        inner.pace.add(second, count);
        inner.report.read += count;
    }

    pub(super) fn resumed(&self, count: u64) {
        self.lock().report.resumed += count;
    }

    pub(super) fn claimed(&self, count: u64) {
        self.lock().report.claimed += count;
    }

    /// Takes what went past the logs of jobs.
    pub(super) fn jobs(&self, counts: Counts) {
        let report = &mut self.lock().report;
        report.left_out = counts.left_out;
        report.unfollowed = counts.unfollowed;
        report.jobs_lost = counts.lost;
    }

    pub(super) fn unreadable(&self) {
        self.lock().report.unreadable += 1;
    }

    pub(super) fn trimmed(&self, count: u64) {
        self.lock().report.trimmed += count;
    }

    /// Counts what was lost; gives back how much of it is news, 0 for some.
    pub(super) fn missed(&self, gap: Gap) -> Option<u64> {
        let report = &mut self.lock().report;
        match gap {
            Gap::None => None,
            Gap::Unknown => Some(0),
            Gap::Entries(count) => {
                report.missed += count;
                Some(count)
            }
            Gap::InAll(all) => {
                let news = all.saturating_sub(report.missed);
                report.missed = report.missed.max(all);
                (news > 0).then_some(news)
            }
        }
    }
}
