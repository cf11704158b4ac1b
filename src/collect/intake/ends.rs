//! What becomes of jobs that have ended: figures, and spans for the lane that takes them.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::collect::jobs::Ended;
use crate::collect::lane::{Lane, Parcel, Ticket};
use crate::collect::meters::Meters;
use crate::collect::receipt::Hold;
use crate::collect::spans::Span;
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

    /// Starts a thread that tells of what it is given: a third of what a reader has to do. It ends
    /// when the teller is dropped.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(in crate::collect) fn start(self) -> std::io::Result<(Teller, JoinHandle<()>)> {
        let (teller, ended) = sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("jobs".to_owned())
            .spawn(move || ended.into_iter().for_each(|ended| self.tell(ended)))?;
        Ok((Teller(teller), thread))
    }

    /// Tells of jobs. The last span of a job holds what its entries wait for: a lane delivers in
    /// order.
    pub(in crate::collect) fn tell(&self, ended: impl IntoIterator<Item = Ended<Hold>>) {
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
            let mut spans = trace.spans.into_iter().peekable();
            let mut tokens = job.tokens;
            while let Some(span) = spans.next() {
                let ticket = match spans.peek() {
                    Some(_) => Ticket::None,
                    None => Ticket::Holds {
                        _holds: std::mem::take(&mut tokens),
                    },
                };
                parcels.push(Parcel::new(Arc::new(span), ticket));
            }
            if parcels.len() >= AT_ONCE {
                lane.push(parcels.drain(..));
            }
        }
        lane.push(parcels.into_iter());
    }
}

/// Hands ended jobs to the thread that tells of them.
pub(in crate::collect) struct Teller(SyncSender<Vec<Ended<Hold>>>);

impl Teller {
    /// Hands them over.
    pub(super) fn tell(&self, ended: Vec<Ended<Hold>>) {
        if !ended.is_empty()
            && let Err(untold) = self.0.send(ended)
        {
            // Only a bug ends that thread. What nobody was told of must not be acknowledged, and
            // dropping it would do that.
            std::mem::forget(untold);
        }
    }
}
