//! The thread behind a client: takes what callers queued and makes it safe.
//!
//! It never waits for Redis longer than half a flush interval: what Redis does not have by then
//! lies in the journal. While anything waits there, new events line up behind it.

use std::sync::Arc;
use std::time::Duration;

use super::Stats;
use super::finish::Finish;
use super::inbox::Inbox;
use super::queue::Taken;
use super::sender::{Desk, Outcome, taken_of};
use crate::emit::ledger::Ledger;
use crate::event::Event;
use crate::time::Clock;

/// Events of one batch.
const BATCH: usize = 512;
/// Bytes after which a batch is full.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long Redis may take for a batch that the journal does not take.
const LAST_RESORT: Duration = Duration::from_secs(10);

/// The worker's own things.
pub(super) struct Worker {
    pub(super) inbox: Arc<Inbox>,
    pub(super) desk: Arc<Desk>,
    pub(super) ledger: Ledger,
    pub(super) finish: Finish,
    /// How long events may gather, and how long Redis may take for them.
    pub(super) half: Duration,
}

/// Ends the wait of everybody else, however the worker ends.
struct Ending {
    inbox: Arc<Inbox>,
    desk: Arc<Desk>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.desk.stop();
        self.inbox.ended();
    }
}

impl Worker {
    pub(super) fn run(mut self) {
        let _ending = Ending {
            inbox: Arc::clone(&self.inbox),
            desk: Arc::clone(&self.desk),
        };
        let mut taken = Taken::default();
        loop {
            self.inbox.take(&mut taken, self.half);
            let upto = taken.upto;
            let mut lost_upto = taken.dropped.upto;
            let round = self.round(&mut taken);
            if round.lost > 0 {
                lost_upto = upto;
            }
            if self.inbox.settle(upto, round, lost_upto) {
                return;
            }
        }
    }

    /// Makes everything safe that was taken.
    fn round(&mut self, taken: &mut Taken) -> Stats {
        let mut round = Stats {
            dropped: taken.dropped.counts.iter().sum(),
            ..Stats::default()
        };
        let report = self.finish.report(taken.dropped, Clock::system_now());
        let mut batch = Vec::new();
        let mut bytes = 0;
        for pending in taken {
            bytes += pending.bytes;
            batch.push(self.finish.event(pending, &mut round.refused));
            if batch.len() == BATCH || bytes > BATCH_BYTES {
                bytes = 0;
                self.pass(std::mem::take(&mut batch), &mut round);
            }
        }
        batch.extend(report);
        self.pass(batch, &mut round);
        round
    }

    /// Makes one batch safe: in Redis, or in the journal.
    fn pass(&mut self, batch: Vec<Event>, round: &mut Stats) {
        if batch.is_empty() {
            return;
        }
        if self.ledger.has_backlog() || !self.desk.is_free() {
            self.keep(&batch, round);
            return;
        }
        let batch = Arc::new(batch);
        match self.desk.offer(&batch, self.half) {
            Some(outcome) => self.conclude(&batch, &outcome, round),
            None => self.insure(&batch, round),
        }
    }

    /// Puts a batch into the journal for which Redis takes long.
    fn insure(&mut self, batch: &[Event], round: &mut Stats) {
        let Ok(places) = self.ledger.keep(batch) else {
            // Redis may still have it.
            let outcome = self.desk.wait(LAST_RESORT);
            match outcome.or_else(|| self.desk.insure(&[])) {
                Some(outcome) => self.conclude(batch, &outcome, round),
                None => round.lost += batch.len() as u64,
            }
            return;
        };
        let outcome = self.desk.insure(&places);
        let taken = outcome.map(|outcome| taken_of(&places, &outcome));
        let taken = taken.unwrap_or_default();
        // Where this fails they go to Redis again, and readers drop the repeat.
        let _ = self.ledger.forget(&taken);
        round.sent += taken.len() as u64;
        round.kept += (places.len() - taken.len()) as u64;
        self.desk.nudge();
    }

    /// Counts what Redis took, and keeps the rest.
    fn conclude(&mut self, batch: &[Event], outcome: &Outcome, round: &mut Stats) {
        match outcome {
            Err(_) => self.keep(batch, round),
            Ok(taken) => {
                let pairs = batch.iter().zip(taken);
                let refused: Vec<Event> = pairs
                    .filter(|(_, taken)| !**taken)
                    .map(|(event, _)| event.clone())
                    .collect();
                round.sent += (batch.len() - refused.len()) as u64;
                if !refused.is_empty() {
                    self.keep(&refused, round);
                }
            }
        }
    }

    fn keep(&mut self, batch: &[Event], round: &mut Stats) {
        match self.ledger.keep(batch) {
            Ok(_) => round.kept += batch.len() as u64,
            Err(_) => round.lost += batch.len() as u64,
        }
        self.desk.nudge();
    }
}
