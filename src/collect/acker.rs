//! Acknowledges what everybody is done with, many entries at a time, and notes what every output has
//! while something else keeps it.
//!
//! What cannot be acknowledged is kept and tried again: it is bounded by what may be on its way.

use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::pause::Backoff;
use super::receipt::{Ack, Desk, Receipt};
use super::stop::Stop;
use crate::event::{EntryId, Millis};
use crate::store;
use crate::store::redis::{Membership, Pipe, Target, Timeouts, Trail};
use crate::time::Clock;

/// With so many entries a command is sent; what it is told of them comes by the batch.
const MOST: usize = 2000;
/// How long an acknowledgement waits for others.
const LINGER: Duration = Duration::from_millis(2);
/// For how long an entry that every output has is not noted as that, at most twice as long: in a
/// backlog the spans of most jobs follow sooner, and then there is nothing to note.
const UNNOTED: Duration = Duration::from_millis(100);
/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The thread's side.
pub(super) struct Acker {
    pub(super) target: Target,
    pub(super) members: Vec<Membership>,
    pub(super) desks: Vec<Arc<Desk>>,
    pub(super) done: mpsc::Receiver<Ack>,
    /// Names of the outputs that get every event.
    pub(super) outputs: String,
    pub(super) stop: Stop,
}

/// What waits to be sent.
struct Waiting {
    /// By stream.
    entries: Vec<Entries>,
    /// Where canaries were seen, and when.
    canaries: Vec<(String, Option<&'static str>, Millis)>,
    /// When what was handed on grew older last.
    turned: Instant,
}

/// Entries of one stream.
#[derive(Default)]
struct Entries {
    /// Handed on since the last turn.
    young: Vec<Receipt>,
    /// Handed on before that: at the next turn it is noted, unless all is done by then.
    old: Vec<Receipt>,
    /// To be noted as handed on.
    handed_on: Vec<EntryId>,
    /// To be acknowledged.
    done: Vec<EntryId>,
    /// To be noted so no longer.
    told: Vec<EntryId>,
}

impl Entries {
    /// What was handed on grows older.
    fn turn(&mut self) {
        let old = self.old.drain(..).filter(Receipt::mark_handed_on);
        self.handed_on.extend(old.map(|receipt| receipt.id()));
        std::mem::swap(&mut self.young, &mut self.old);
    }

    /// Whether something may have to be noted later.
    fn has_unnoted(&self) -> bool {
        !(self.young.is_empty() && self.old.is_empty())
    }
}

impl Waiting {
    /// Takes in what comes first. `None` where nothing came in time, `false` for the end.
    fn take(&mut self, acks: &mpsc::Receiver<Ack>) -> Option<bool> {
        let first = match self.entries.iter().any(Entries::has_unnoted) {
            true => acks.recv_timeout(UNNOTED),
            false => acks.recv().map_err(Into::into),
        };
        match first {
            Ok(ack) => Some(self.add(ack)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(false),
        }
    }

    /// Takes in what else is there, as much as one command should carry; `false` for the end.
    fn take_more(&mut self, acks: &mpsc::Receiver<Ack>) -> bool {
        while self.done() < MOST
            && let Ok(ack) = acks.try_recv()
        {
            if !self.add(ack) {
                return false;
            }
        }
        true
    }

    /// How many entries are to be acknowledged.
    fn done(&self) -> usize {
        self.entries.iter().map(|entries| entries.done.len()).sum()
    }

    /// Notes what was handed on some time ago; at the end, all of it.
    fn turn(&mut self, is_end: bool) {
        if is_end {
            self.entries.iter_mut().for_each(Entries::turn);
        } else if self.turned.elapsed() < UNNOTED {
            return;
        }
        self.turned = Instant::now();
        self.entries.iter_mut().for_each(Entries::turn);
    }

    /// Takes one more in; `false` for the end.
    fn add(&mut self, ack: Ack) -> bool {
        match ack {
            Ack::HandedOn(receipts) => {
                for receipt in receipts {
                    self.entries[receipt.stream()].young.push(receipt);
                }
            }
            Ack::Done(receipts) => {
                for receipt in receipts {
                    let entries = &mut self.entries[receipt.stream()];
                    entries.done.push(receipt.id());
                    if receipt.was_handed_on() {
                        entries.told.push(receipt.id());
                    }
                }
            }
            Ack::Canary(id, hop, at) => self.canaries.push((id, hop, at)),
            Ack::End => return false,
        }
        true
    }
}

impl Acker {
    /// Starts the thread. It ends when it is told that nothing more will come, or when Redis does
    /// not answer and time is up.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(super) fn start(self) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("acks".to_owned())
            .spawn(move || self.run())
    }

    fn run(self) {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let mut pipe = None;
        let mut waiting = Waiting {
            entries: self.members.iter().map(|_| Entries::default()).collect(),
            canaries: Vec::new(),
            turned: Instant::now(),
        };
        let mut more = true;
        while more {
            more = self.gather(&mut waiting);
            while self.send(&mut pipe, &mut waiting).is_err() {
                // Intake meets the same outage and tells of it.
                pipe = None;
                if self.stop.wait_hard(backoff.next()) {
                    return;
                }
            }
            backoff.reset();
        }
    }

    /// Waits for something to acknowledge and takes what is there; `false` when nothing will come
    /// any more.
    fn gather(&self, waiting: &mut Waiting) -> bool {
        let more = match waiting.take(&self.done) {
            Some(true) => {
                // Asleep, and not at the channel: there each message would wake this thread for itself.
                thread::sleep(LINGER);
                waiting.take_more(&self.done)
            }
            Some(false) => false,
            None => true,
        };
        waiting.turn(!more);
        more
    }

    fn send(&self, pipe: &mut Option<Pipe>, waiting: &mut Waiting) -> Result<(), store::Error> {
        let pipe = match pipe {
            Some(pipe) => pipe,
            None => pipe.insert(Pipe::connect(&self.target, Timeouts::default())?),
        };
        let now = Clock::system_now();
        for (member, entries) in self.members.iter().zip(&waiting.entries) {
            member.note_handed_on(pipe, &entries.handed_on, now);
            member.acknowledge(pipe, &entries.done);
            member.forget_handed_on(pipe, &entries.told);
        }
        for (id, hop, at) in &waiting.canaries {
            let trail = Trail::new(&self.members[0].stream, &self.members[1].stream, id);
            match hop {
                None => trail.read_by(pipe, &self.members[0].consumer, &self.outputs, *at),
                Some(output) => trail.reached(pipe, output, *at),
            }
        }
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let streams = self.members.iter().zip(&mut waiting.entries);
        for ((member, entries), desk) in streams.zip(&self.desks) {
            member.noted(&mut replies, &entries.handed_on);
            entries.handed_on.clear();
            member.acknowledged(pipe, &mut replies, &entries.done)?;
            desk.acknowledged(&entries.done);
            entries.done.clear();
            member.noted(&mut replies, &entries.told);
            entries.told.clear();
        }
        for _ in waiting.canaries.drain(..) {
            Trail::settle(&mut replies);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::receipt::Hold;

    /// What an acker waits with, and its desk.
    fn stage() -> (Waiting, Arc<Desk>, mpsc::Receiver<Ack>) {
        let (done, acks) = mpsc::channel();
        let waiting = Waiting {
            entries: vec![Entries::default()],
            canaries: Vec::new(),
            turned: Instant::now() + Duration::from_secs(60),
        };
        (waiting, Desk::new(0, done), acks)
    }

    /// Lets the only output be done with an entry that waits for something else.
    fn handed_on(desk: &Arc<Desk>, id: EntryId) -> Hold {
        let receipt = desk.receipt(id, 1).expect("a new entry");
        let hold = Hold::from(&receipt);
        Receipt::done([receipt]);
        hold
    }

    #[test]
    fn what_was_handed_on_is_noted_unless_all_is_done_soon() {
        let (mut waiting, desk, acks) = stage();
        let ids = [1, 2, 3].map(|ms| EntryId { ms, seq: 0 });
        let [soon, sooner, late] = ids.map(|id| handed_on(&desk, id));
        drop(sooner);
        assert!(waiting.take_more(&acks));
        waiting.entries[0].turn();
        drop(soon);
        assert!(waiting.take_more(&acks));
        assert!(waiting.entries[0].handed_on.is_empty());
        waiting.entries[0].turn();
        assert_eq!(waiting.entries[0].handed_on, [ids[2]]);
        assert!(!waiting.entries[0].has_unnoted());
        drop(late);
        assert!(waiting.take_more(&acks));
        assert_eq!(waiting.entries[0].done, [ids[1], ids[0], ids[2]]);
        assert_eq!(waiting.entries[0].told, [ids[2]]);
    }

    #[test]
    fn at_the_end_all_that_was_handed_on_is_noted() {
        let (mut waiting, desk, acks) = stage();
        let id = EntryId { ms: 1, seq: 0 };
        let _hold = handed_on(&desk, id);
        assert!(waiting.take_more(&acks));
        waiting.turn(false);
        assert!(waiting.entries[0].handed_on.is_empty(), "it is not time");
        let is_end = !waiting.add(Ack::End);
        waiting.turn(is_end);
        assert_eq!(waiting.entries[0].handed_on, [id]);
    }

    #[test]
    fn a_command_carries_only_so_much() {
        let (mut waiting, desk, acks) = stage();
        for ms in 0..MOST as u64 + 1 {
            let receipt = desk.receipt(EntryId { ms, seq: 0 }, 1);
            Receipt::done(receipt);
        }
        assert!(waiting.take_more(&acks));
        assert_eq!(waiting.done(), MOST);
    }
}
