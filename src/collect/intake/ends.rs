//! What becomes of jobs that have ended: figures, and spans for the lane that takes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::room::ASK_SOON;
use crate::collect::jobs::{Ended, Policy};
use crate::collect::lane::{Lane, Parcel, Room, Ticket};
use crate::collect::meters::Meters;
use crate::collect::priority;
use crate::collect::receipt::Hold;
use crate::collect::spans::Span;
use crate::collect::stop::Stop;
use crate::query::timeline::Options;
use crate::time::Clock;

/// Pages of ended jobs that wait to be told; a reader that is further ahead waits.
const WAITING: usize = 2;

/// About how many spans are handed on at once: so many stand in memory before their lane can make
/// room for them.
const AT_ONCE: usize = 512;

/// Tells of jobs that have ended.
#[derive(Clone)]
pub(in crate::collect) struct Ends {
    /// The types that end a job.
    pub(in crate::collect) end_events: Vec<String>,
    /// Where jobs are counted.
    pub(in crate::collect) meters: Arc<Meters>,
    /// Where spans go, if anywhere.
    pub(in crate::collect) spans: Option<Arc<Lane<Span>>>,
    /// When nothing is waited for any more.
    pub(in crate::collect) stop: Stop,
}

impl Ends {
    /// How jobs are looked at.
    pub(in crate::collect) fn options(&self) -> Options {
        Options {
            gap: Duration::MAX,
            end_events: self.end_events.clone(),
            now: Clock::system_now(),
        }
    }

    /// How jobs are followed.
    pub(in crate::collect) fn policy(&self) -> Policy {
        Policy {
            may_put_off: self.spans.is_some(),
            ..Policy::default()
        }
    }

    /// Starts a thread that tells of what it is given: a third of what a reader has to do. It ends
    /// when the teller is dropped.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(in crate::collect) fn start(self) -> std::io::Result<(Teller, JoinHandle<()>)> {
        let (pages, ended) = sync_channel::<Vec<Ended<Hold>>>(WAITING);
        let waiting = Arc::new(AtomicUsize::new(0));
        let teller = Teller {
            pages,
            waiting: Arc::clone(&waiting),
        };
        let thread = thread::Builder::new()
            .name("jobs".to_owned())
            .spawn(move || {
                priority::give_way();
                for ended in ended {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                    self.tell(ended, || waiting.load(Ordering::Relaxed) <= WAITING);
                }
            })?;
        Ok((teller, thread))
    }

    /// Tells of jobs. The last span of a job holds what its entries wait for: a lane delivers in
    /// order. A lane that is behind is waited for as long as `may_wait` says so: what a spool takes
    /// costs several times as much.
    pub(in crate::collect) fn tell(
        &self,
        ended: impl IntoIterator<Item = Ended<Hold>>,
        may_wait: impl Fn() -> bool,
    ) {
        let mut ended = ended.into_iter().peekable();
        if ended.peek().is_none() {
            return;
        }
        let options = self.options();
        let Some(lane) = &self.spans else {
            for job in ended.filter(|job| !job.again) {
                if let Some(run) = job.run(&options) {
                    self.meters.job(&run);
                }
            }
            return;
        };
        let mut parcels = Vec::new();
        for job in ended {
            let Some(trace) = job.tell(&options) else {
                continue;
            };
            if !job.again {
                self.meters.job(&trace.run);
            }
            let now = Instant::now();
            let mut spans = trace.spans.into_iter().peekable();
            let mut tokens = job.tokens;
            while let Some(span) = spans.next() {
                let ticket = match spans.peek() {
                    Some(_) => Ticket::None,
                    None => Ticket::Holds(std::mem::take(&mut tokens)),
                };
                parcels.push(Parcel::new(Arc::new(span), ticket, now));
            }
            if parcels.len() >= AT_ONCE {
                self.hand_on(&mut parcels, lane, &may_wait);
            }
        }
        if !parcels.is_empty() {
            self.hand_on(&mut parcels, lane, &may_wait);
        }
    }

    fn hand_on(
        &self,
        parcels: &mut Vec<Parcel<Span>>,
        lane: &Lane<Span>,
        may_wait: impl Fn() -> bool,
    ) {
        while lane.room() == Room::Busy && may_wait() {
            if self.stop.wait_hard(ASK_SOON) {
                break;
            }
        }
        lane.push(parcels.drain(..));
    }
}

/// Hands ended jobs to the thread that tells of them.
pub(in crate::collect) struct Teller {
    pages: SyncSender<Vec<Ended<Hold>>>,
    /// Pages that wait, with the one whose reader waits for room: there is one reader.
    waiting: Arc<AtomicUsize>,
}

impl Teller {
    /// Hands them over.
    pub(super) fn tell(&self, ended: Vec<Ended<Hold>>) {
        if ended.is_empty() {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(untold) = self.pages.send(ended) {
            // Only a bug ends that thread. What nobody was told of must not be acknowledged, and
            // dropping it would do that.
            std::mem::forget(untold);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::collect::lane::Limits;
    use crate::collect::spans::Log;
    use crate::collect::spans::samples::{events, log_of, milestones};
    use crate::collect::spool::Spool;
    use crate::collect::stop::Phase;
    use crate::output::{self, ColorChoice, LogFormat, Verbosity};

    fn ended(jobs: usize) -> impl Iterator<Item = Ended<Hold>> {
        let events = events(&[
            "0 api job.queued",
            "10 worker job.claimed",
            "50 worker job.completed",
        ]);
        let log: Log = log_of(&milestones(&events));
        (0..jobs).map(move |number| Ended {
            job: format!("job_{number}").into(),
            log: log.clone(),
            tokens: Vec::new(),
            again: false,
        })
    }

    #[test]
    fn a_lane_that_is_behind_is_waited_for_as_long_as_nobody_waits_here() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(&folder.path().join("spool.db"), u64::MAX).expect("a spool");
        let limits = Limits {
            items: 8,
            bytes: 1_000_000,
            delay: Duration::ZERO,
        };
        let log = output::Log::new(LogFormat::Text, ColorChoice::Never, Verbosity::Quiet);
        let lane = Lane::new("spans", limits, spool, log);
        let ends = Ends {
            end_events: vec!["job.completed".to_owned()],
            meters: Arc::default(),
            spans: Some(Arc::clone(&lane)),
            stop: Stop::new(),
        };
        // Nobody delivers.
        ends.tell(ended(100), || panic!("there is room"));
        let queued = lane.report().queued;
        assert!((100..AT_ONCE as u64).contains(&queued));
        assert_eq!(lane.room(), Room::Busy);
        let asked = Cell::new(0);
        ends.tell(ended(1), || {
            asked.set(asked.get() + 1);
            assert_eq!(lane.report().spooled, 0);
            asked.get() < 3
        });
        assert_eq!(asked.get(), 3);
        assert!(lane.report().spooled > queued);
        // Time is up.
        ends.stop.advance(Phase::Over);
        ends.tell(ended(1), || true);
    }
}
