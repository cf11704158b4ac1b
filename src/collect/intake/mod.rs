//! Reads one stream for its consumer group, and hands every entry to every lane.
//!
//! A thread of its own, so that a burst in one stream does not slow the other. Its own pending
//! entries come first, then those that other consumers left alone, then new ones. A page is noted
//! in Redis (one round trip for index, jobs and alerts) before any lane has it.

mod ends;
mod notes;
mod page;
mod report;
mod room;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(super) use ends::{Ends, Teller};
pub(super) use notes::Notes;
pub(crate) use report::StreamReport;
pub(super) use report::StreamTally;

use super::dead::Graveyard;
use super::jobs::Next;
use super::lane::{AnyLane, Lane};
use super::meters::Meters;
use super::outage::Outage;
use super::pause::Backoff;
use super::receipt::{Desk, Receipt};
use super::stop::{Phase, Stop};
use crate::event::{EntryId, Event, Origin};
use crate::output::Log;
use crate::quantity;
use crate::store::Error;
use crate::store::redis::{GroupReader, Membership, Pending, Target, Timeouts};

/// Entries of a page.
const PAGE: usize = 1024;
/// Full pages whose notes are on their way at once. The server comes to notes when it is done with
/// the pages that were asked for before, and this thread looks at others until then.
const ON_WAY: usize = 3;
/// How long the server waits for something new before it says that there is nothing: so long may an
/// end take that comes while there is nothing to do.
const BLOCK: Duration = Duration::from_millis(500);
/// After a page that was not full, so that the next one is worth its round trips.
const LINGER: Duration = Duration::from_millis(50);
/// Pauses between attempts to connect.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Reads one stream.
pub(super) struct Intake {
    pub(super) target: Target,
    pub(super) membership: Membership,
    /// Entries in the stream beyond which emitters cut it.
    pub(super) cap: u64,
    /// After how long the entries of another consumer are taken over.
    pub(super) claim_idle: Duration,
    pub(super) desk: Arc<Desk>,
    pub(super) lanes: Vec<Arc<Lane<Event>>>,
    /// Those, and the one of spans: whoever is behind is waited for.
    pub(super) waited_for: Vec<Arc<dyn AnyLane>>,
    pub(super) notes: Notes,
    pub(super) teller: Teller,
    pub(super) graveyard: Arc<Graveyard>,
    pub(super) tally: Arc<StreamTally>,
    pub(super) meters: Arc<Meters>,
    pub(super) stop: Stop,
    pub(super) log: Log,
    pub(super) outage: Outage,
    pub(super) giant: Giant,
}

/// How far the search for an entry has come that is too large to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Giant {
    /// There is none.
    #[default]
    None,
    /// There is one: pending entries are read one at a time.
    Sought,
    /// It is the first pending one after this.
    After(EntryId),
}

impl Intake {
    /// Starts the thread; it ends when the collector begins to.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(super) fn start(self) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name(self.membership.stream.to_string())
            .spawn(move || self.run())
    }

    fn run(mut self) {
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        let mut told: Option<String> = None;
        while let Err(error) = self.session(&mut backoff, &mut told) {
            self.lose();
            if matches!(error, Error::TooLarge { .. }) && self.giant == Giant::None {
                self.giant = Giant::Sought;
            }
            let (pause, reason) = (backoff.next(), error.to_string());
            self.tally.lost(&reason);
            let is_outage = self.outage.met(&self.membership.stream, &error);
            if !is_outage && told.as_ref() != Some(&reason) {
                let hints = error.hints().into_iter().take(1);
                let hint: String = hints.map(|hint| format!(" (hint: {hint})")).collect();
                self.log
                    .warn(&format!("{}: {reason}{hint}", self.membership.stream));
            }
            told = Some(reason).filter(|_| !is_outage);
            if self.stop.wait(pause) {
                break;
            }
        }
        // What waits for its last events has had its time.
        loop {
            match self.notes.flush() {
                Ok(Some(ended)) => self.teller.tell(ended),
                Ok(None) => return,
                Err(_) => break,
            }
        }
        // Nobody was told of the jobs that still wait there. Dropped, their entries would count as
        // done; so they stay pending.
        std::mem::forget(self.notes);
    }

    /// Reads until the end begins or something fails.
    fn session(&mut self, backoff: &mut Backoff, told: &mut Option<String>) -> Result<(), Error> {
        let member = self.membership.clone();
        let (mut reader, made) = GroupReader::join(&self.target, Timeouts::default(), member)?;
        self.joined(made, told);
        self.notes.begin()?;
        if let Giant::After(after) = self.giant {
            self.bury_giant(&mut reader, after)?;
        }
        self.own_pending(&mut reader, Pending::ALL)?;
        let read = self.read(&mut reader, backoff);
        // What is still on its way, unless it is this that failed.
        let read = read.and(self.settle());
        // What a page says of losses is said once; its entries are pending now.
        while read.is_err()
            && reader.is_ahead()
            && let Ok(page) = reader.take(PAGE)
        {
            self.tell_missed(page.missed);
        }
        read
    }

    fn read(&mut self, reader: &mut GroupReader, backoff: &mut Backoff) -> Result<(), Error> {
        let mut next_claim = Instant::now();
        // What pages left out for their size.
        let mut left_out = Vec::new();
        while reader.is_ahead() || self.stop.phase() == Phase::Running {
            if !reader.is_ahead() {
                self.settle_in_turn(reader)?;
                for pending in left_out.drain(..) {
                    self.own_pending(reader, pending)?;
                }
                if Instant::now() >= next_claim {
                    self.claim(reader)?;
                    next_claim = Instant::now() + self.claim_idle / 2;
                }
            }
            if !self.await_room(reader)? && !reader.is_ahead() {
                break;
            }
            let page = reader.take(PAGE)?;
            self.tally.reached(reader.lag());
            backoff.reset();
            if page.taken == 0 && reader.is_ahead() {
                continue;
            }
            if page.taken == 0 {
                if page.is_alone {
                    self.notes.hurry();
                }
                let due = self.notes.due_in();
                if due.is_zero() {
                    self.process(page)?;
                    continue;
                }
                // Never 0, which the server takes for ever.
                let time = BLOCK.min(self.claim_idle / 2).min(due);
                reader.wait(time.max(Duration::from_millis(1)))?;
                continue;
            }
            let taken = page.taken;
            left_out.extend(page.left_out);
            // A full page has another one behind it.
            let goes_on = taken == PAGE && left_out.is_empty() && Instant::now() < next_claim;
            let next = match goes_on {
                true => Next::Page {
                    is_alone: page.is_alone,
                },
                false => Next::Unknown,
            };
            self.send(page, next)?;
            if goes_on {
                let noted = match self.notes.on_way() {
                    ..ON_WAY => None,
                    _ => self.notes.settle()?,
                };
                let asked = self.ask_ahead(reader);
                if let Some(noted) = noted {
                    self.hand_on(noted);
                }
                asked?;
            } else {
                self.settle_in_turn(reader)?;
            }
            if taken < PAGE && !reader.is_ahead() && self.stop.wait(LINGER) {
                break;
            }
        }
        Ok(())
    }

    fn joined(&self, made: bool, told: &mut Option<String>) {
        let Membership { stream, group, .. } = &self.membership;
        let known = self.tally.joined();
        match (made, known) {
            (true, true) => self.log.warn(&format!(
                "{stream}: the consumer group {group} was gone, its server lost data; made it \
                 again, reading from the beginning"
            )),
            (true, false) => self.log.info(&format!(
                "{stream}: made the consumer group {group}, reading from the beginning"
            )),
            _ => {}
        }
        self.outage.over(stream);
        if told.take().is_some() {
            self.log.info(&format!("{stream}: reading again"));
        }
    }

    /// What this consumer took before and did not acknowledge: it died, or lost its connection, or
    /// left it out of a page.
    fn own_pending(&mut self, reader: &mut GroupReader, pending: Pending) -> Result<(), Error> {
        let Pending { mut after, until } = pending;
        while after < until && self.stop.phase() == Phase::Running {
            let count = if self.giant == Giant::None { PAGE } else { 1 };
            let mut page = reader.pending(after, count).inspect_err(|error| {
                if count == 1 && matches!(error, Error::TooLarge { .. }) {
                    self.giant = Giant::After(after);
                }
            })?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last;
            // What comes behind is on its way, and may be acknowledged by now.
            page.end_at(until);
            if !self.await_room(reader)? {
                return Ok(());
            }
            let again = self.process(page)?;
            self.tally.resumed(again);
        }
        Ok(())
    }

    /// An entry that no reader can take would stop everything behind it. Only its id is known.
    fn bury_giant(&mut self, reader: &mut GroupReader, after: EntryId) -> Result<(), Error> {
        if let Some(id) = reader.next_pending(after)?
            && let Some(receipt) = self.desk.receipt(id, 1)
        {
            let stream = &self.membership.stream;
            let event = Event {
                timestamp: id.time(),
                origin: Some(Origin {
                    stream: Arc::clone(stream),
                    entry: Some(id),
                }),
                ..Event::default()
            };
            let reason = "the entry is too large to be read";
            if let Err(error) = self.graveyard.bury(&event, "reading", reason) {
                self.desk.forget(&[id]);
                return Err(error);
            }
            Receipt::done([receipt]);
            self.tally.unreadable();
            self.log.error(&format!(
                "{stream}: the entry {id} is too large to be read; its id is among the dead letters"
            ));
        }
        self.giant = Giant::None;
        Ok(())
    }

    /// What other consumers took and left alone.
    fn claim(&mut self, reader: &mut GroupReader) -> Result<(), Error> {
        let mut cursor = EntryId::MIN;
        let mut claimed = 0;
        while self.stop.phase() == Phase::Running {
            let (page, next) = reader.claim(cursor, self.claim_idle, PAGE)?;
            let left_out = page.left_out;
            if page.taken > 0 || !page.gone.is_empty() {
                claimed += self.process(page)?;
            }
            if let Some(pending) = left_out {
                self.own_pending(reader, pending)?;
            }
            if next == EntryId::MIN || !self.await_room(reader)? {
                break;
            }
            cursor = next;
        }
        if claimed > 0 {
            self.tally.claimed(claimed);
            self.log.info(&format!(
                "{}: took over {} that another collector left",
                self.membership.stream,
                quantity::number_of(claimed, "entry")
            ));
        }
        Ok(())
    }

    /// Hands on what was sent, one page after the other, as outputs have room.
    fn settle_in_turn(&mut self, reader: &mut GroupReader) -> Result<(), Error> {
        while self.notes.on_way() > 0 {
            self.await_room(reader)?;
            self.settle_next()?;
        }
        Ok(())
    }
}
