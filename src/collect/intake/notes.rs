//! What is noted in Redis of every page before an output has it, in one round trip: the index, the
//! logs of jobs, and what alerts count.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collect::alerts::Watch;
use crate::collect::jobs::{Counts, Ended, JobLog, Next, Settled};
use crate::collect::receipt::{Hold, Receipt};
use crate::event::{EntryId, Event};
use crate::output::Log;
use crate::store::Error;
use crate::store::redis::{Index, Pipe, Replies, Standing, Target, Timeouts};
use crate::time::Clock;

/// How often readers are told that the index is kept.
const BEAT: Duration = Duration::from_secs(5);
/// How long the server may take for a round trip.
const PATIENCE: Duration = Duration::from_secs(10);

/// A page that Redis has noted, and that no lane has yet.
pub(super) struct Noted {
    pub(super) events: Vec<Arc<Event>>,
    pub(super) receipts: Vec<Receipt>,
    /// Jobs that have ended.
    pub(super) ended: Vec<Ended<Hold>>,
}

/// A page whose notes were sent.
struct Sent {
    page: Noted,
    /// Whether readers were told with it that the index is kept.
    beats: bool,
    /// Whether the server has answered.
    is_settled: bool,
}

/// Takes notes of one stream.
pub(in crate::collect) struct Notes {
    target: Target,
    pipe: Option<Pipe>,
    /// Pages that were sent, in this order.
    on_way: VecDeque<Sent>,
    jobs: JobLog<Hold>,
    watch: Watch,
    index: Index,
    /// Whether the index is kept; where it is not, readers are told so with every page.
    indexes: bool,
    /// When readers were told last that the index is kept.
    beat: Option<Instant>,
    standing: Option<Standing>,
    /// Jobs that ended while something else failed.
    unsaid: Vec<Ended<Hold>>,
    stream: Arc<str>,
    /// Why alerts did not count the last page.
    refusal: Option<String>,
    log: Log,
}

impl Notes {
    pub(in crate::collect) fn new(
        target: Target,
        stream: Arc<str>,
        jobs: JobLog<Hold>,
        watch: Watch,
        (index, indexes): (Index, bool),
        log: Log,
    ) -> Self {
        Self {
            target,
            pipe: None,
            on_way: VecDeque::new(),
            jobs,
            watch,
            index,
            indexes,
            beat: None,
            standing: None,
            unsaid: Vec::new(),
            stream,
            refusal: None,
            log,
        }
    }

    /// To be called before anything is read: what is in the stream now will be in the index.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        self.beat = None;
        self.send(Vec::new(), Vec::new(), Next::Unknown)?;
        while let Some(noted) = self.settle()? {
            self.unsaid.extend(noted.ended);
        }
        Ok(())
    }

    /// Sends the notes of a page, which may be empty; more may be sent before it is settled.
    ///
    /// # Errors
    /// When nothing can be sent: all that is on its way is to be [lost](Self::lose).
    pub(super) fn send(
        &mut self,
        events: Vec<Arc<Event>>,
        receipts: Vec<Receipt>,
        next: Next,
    ) -> Result<(), Error> {
        let page = Noted {
            events,
            receipts,
            ended: Vec::new(),
        };
        let beats = self.indexes && self.beat.is_none_or(|beat| beat.elapsed() >= BEAT);
        let sent = self.send_notes(&page, beats, next);
        // Whatever came of it: it is on its way until it is lost.
        self.on_way.push_back(Sent {
            page,
            beats,
            is_settled: false,
        });
        sent
    }

    fn send_notes(&mut self, page: &Noted, beats: bool, next: Next) -> Result<(), Error> {
        let now = Clock::system_now();
        let mut pipe = self.connected()?;
        let events = || page.events.iter().map(|event| &**event);
        self.jobs
            .queue(&mut pipe, events().zip(&page.receipts), next, now);
        self.watch.queue(&mut pipe, events(), now);
        if beats {
            self.index.heartbeat(&mut pipe);
            self.beat = Some(Instant::now());
        }
        match self.indexes {
            true => self.index.queue(&mut pipe, events()),
            false => self.index.disable(&mut pipe),
        }
        pipe.send(Instant::now() + PATIENCE)?;
        self.pipe = Some(pipe);
        Ok(())
    }

    /// Sends what was put off, as no page follows soon after all.
    ///
    /// # Errors
    /// As of [`Self::send`].
    pub(super) fn catch_up(&mut self) -> Result<(), Error> {
        match self.jobs.puts_off() {
            true => self.send(Vec::new(), Vec::new(), Next::Unknown),
            false => Ok(()),
        }
    }

    /// How many pages [`Self::settle`] can give back.
    pub(super) fn on_way(&self) -> usize {
        self.pipe.as_ref().map_or(0, |_| self.on_way.len())
    }

    /// Waits until the page that was sent first is noted, and gives it back; `None` where there is none
    /// whose connection still stands.
    ///
    /// # Errors
    /// When Redis does not take it: all that is on its way is to be [lost](Self::lose).
    pub(super) fn settle(&mut self) -> Result<Option<Noted>, Error> {
        if self.on_way.front().is_some_and(|sent| !sent.is_settled) {
            let Some(mut pipe) = self.pipe.take() else {
                return Ok(None);
            };
            if !self.receive(&mut pipe)? {
                self.index_again(&mut pipe)?;
            }
            self.pipe = Some(pipe);
        }
        let Some(Sent { mut page, .. }) = self.on_way.pop_front() else {
            return Ok(None);
        };
        page.ended.append(&mut self.unsaid);
        Ok(Some(page))
    }

    /// Takes the next replies; whether their page is in the index.
    fn receive(&mut self, pipe: &mut Pipe) -> Result<bool, Error> {
        let mut replies = pipe.receive(Instant::now() + PATIENCE)?;
        let ended = self.settle_jobs(pipe, &mut replies);
        self.count(&mut replies);
        let Some(sent) = self.on_way.iter_mut().find(|sent| !sent.is_settled) else {
            return Ok(true);
        };
        let beats = sent.beats;
        // Jobs that ended are told once: what fails after this must not lose them.
        sent.page.ended = ended?;
        sent.is_settled = true;
        if beats {
            let standing = self.index.settle_heartbeat(pipe, &mut replies)?;
            self.stands(standing);
        }
        if !self.indexes {
            self.index.settle_disable(pipe, &mut replies)?;
            return Ok(true);
        }
        Ok(self.index.settle(pipe, &mut replies).is_ok())
    }

    /// Takes the next replies about jobs: those that have ended. Whatever waits for nothing more is given
    /// up.
    fn settle_jobs(
        &mut self,
        pipe: &Pipe,
        replies: &mut Replies,
    ) -> Result<Vec<Ended<Hold>>, Error> {
        let Settled { ended, free } = self.jobs.settle(pipe, replies, Clock::system_now())?;
        Hold::give_up(free);
        Ok(ended)
    }

    /// Puts into the index what is on its way once more. What it refuses twice switches it off:
    /// readers must not trust it.
    fn index_again(&mut self, pipe: &mut Pipe) -> Result<(), Error> {
        // Their replies come first.
        while self.on_way.iter().any(|sent| !sent.is_settled) {
            self.receive(pipe)?;
        }
        let pages = self.on_way.iter().map(|sent| &sent.page);
        let events = pages.flat_map(|page| &page.events);
        self.index.queue(pipe, events.map(|event| &**event));
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let Err(error) = self.index.settle(pipe, &mut replies) else {
            return Ok(());
        };
        self.log.warn(&format!(
            "{}: the index is off for a while, readers scan: {error}",
            self.stream
        ));
        self.index.disable(pipe);
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        self.index.settle_disable(pipe, &mut replies)
    }

    /// Gives up what is on its way, after an error: the entries of pages that are to be read again.
    pub(super) fn lose(&mut self) -> Vec<EntryId> {
        self.pipe = None;
        self.jobs.lose();
        self.watch.lose();
        self.index.lose();
        let mut lost = Vec::new();
        for Sent { page, .. } in self.on_way.drain(..) {
            self.unsaid.extend(page.ended);
            lost.extend(page.receipts.iter().map(Receipt::id));
        }
        lost
    }

    fn stands(&mut self, standing: Standing) {
        if self.standing.replace(standing) == Some(standing) {
            return;
        }
        let stream = &self.stream;
        match standing {
            Standing::Kept => self.log.detail(&format!("{stream}: the index is kept")),
            Standing::Anew => self.log.detail(&format!(
                "{stream}: the index begins anew with what comes now"
            )),
            Standing::AnotherGroup => self.log.warn(&format!(
                "{stream}: another consumer group keeps an index of this stream; readers use that"
            )),
            Standing::Off => self.log.detail(&format!(
                "{stream}: a collector without an index works for this group; readers scan"
            )),
            Standing::NoGroup => {}
            Standing::Ahead => self.log.warn(&format!(
                "{stream}: entry ids run ahead of the server's clock; readers scan"
            )),
        }
    }

    /// Tells of jobs that have ended, however short ago; `None` when there are no more.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub(super) fn flush(&mut self) -> Result<Option<Vec<Ended<Hold>>>, Error> {
        if !self.jobs.is_busy() {
            let unsaid = std::mem::take(&mut self.unsaid);
            return Ok(Some(unsaid).filter(|unsaid| !unsaid.is_empty()));
        }
        let mut pipe = self.connected()?;
        self.jobs.flush(&mut pipe, Clock::system_now());
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let ended = self.settle_jobs(&pipe, &mut replies)?;
        self.pipe = Some(pipe);
        Ok(Some(ended))
    }

    /// To be called where nothing is left to be read, and nobody else has read anything.
    pub(super) fn hurry(&mut self) {
        self.jobs.hurry(Clock::system_now());
    }

    /// What went past the logs of jobs so far.
    pub(super) fn counts(&self) -> Counts {
        self.jobs.counts()
    }

    /// How long an empty page can wait.
    pub(super) fn due_in(&self) -> Duration {
        let beat = self
            .beat
            .map_or(Duration::ZERO, |beat| BEAT.saturating_sub(beat.elapsed()));
        let beat = if self.indexes { beat } else { BEAT };
        let jobs = self.jobs.due_in(Clock::system_now());
        match jobs.and_then(|due| u64::try_from(due).ok()) {
            _ if !self.unsaid.is_empty() => Duration::ZERO,
            Some(due) => beat.min(Duration::from_millis(due)),
            None => beat,
        }
    }

    /// Whether empty pages should be noted before more is read.
    pub(super) fn is_full(&self) -> bool {
        self.jobs.is_full()
    }

    /// The connection, taken out: one that fails is not put back.
    fn connected(&mut self) -> Result<Pipe, Error> {
        match self.pipe.take() {
            Some(pipe) => Ok(pipe),
            None => Pipe::connect(&self.target, Timeouts::default()),
        }
    }

    /// What alerts cannot count stops nothing.
    fn count(&mut self, replies: &mut Replies) {
        let refusal = self.watch.settle(replies).err();
        if let Some(reason) = &refusal
            && self.refusal != refusal
        {
            self.log.warn(&format!("alerts cannot count: {reason}"));
        }
        self.refusal = refusal;
    }
}
