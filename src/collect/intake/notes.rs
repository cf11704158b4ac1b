//! What is noted in Redis of every page before an output has it, in one round trip: the index, the
//! logs of jobs, and what alerts count.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collect::alerts::Watch;
use crate::collect::jobs::{Counts, Ended, JobLog};
use crate::collect::receipt::Hold;
use crate::event::Event;
use crate::output::Log;
use crate::store::Error;
use crate::store::redis::{Index, Pipe, Replies, Standing, Target, Timeouts};
use crate::time::Clock;

/// How often readers are told that the index is kept.
const BEAT: Duration = Duration::from_secs(5);
/// How long the server may take for a round trip.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes notes of one stream.
pub(in crate::collect) struct Notes {
    target: Target,
    pipe: Option<Pipe>,
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
        let ended = self.take(&[], &[])?;
        self.unsaid.extend(ended);
        Ok(())
    }

    /// Notes a page, which may be empty; gives back the jobs that have ended.
    ///
    /// # Errors
    /// When Redis does not take it: then the page has to be noted again.
    pub(super) fn take(
        &mut self,
        events: &[Arc<Event>],
        holds: &[Hold],
    ) -> Result<Vec<Ended<Hold>>, Error> {
        self.take_beside(events, holds, || {})
    }

    /// The same; does `work` while the server notes the page.
    ///
    /// # Errors
    /// Those of [`Self::take`].
    pub(super) fn take_beside(
        &mut self,
        events: &[Arc<Event>],
        holds: &[Hold],
        work: impl FnOnce(),
    ) -> Result<Vec<Ended<Hold>>, Error> {
        let now = Clock::system_now();
        let mut pipe = self.connected()?;
        let page = || events.iter().map(|event| &**event);
        self.jobs.queue(&mut pipe, page().zip(holds), now);
        self.watch.queue(&mut pipe, page(), now);
        let beats = self.indexes && self.beat.is_none_or(|beat| beat.elapsed() >= BEAT);
        if beats {
            self.index.heartbeat(&mut pipe);
        }
        match self.indexes {
            true => self.index.queue(&mut pipe, page()),
            false => self.index.disable(&mut pipe),
        }
        let mut replies = pipe.run_beside(Instant::now() + PATIENCE, work)?;
        let ended = self.jobs.settle(&pipe, &mut replies, now);
        self.count(&mut replies);
        let noted = self.note_index(&mut pipe, &mut replies, beats, events);
        // Jobs that ended are told once: what fails after that must not lose them.
        if let Err(error) = noted {
            self.unsaid.extend(ended?);
            return Err(error);
        }
        let mut ended = ended?;
        self.pipe = Some(pipe);
        ended.append(&mut self.unsaid);
        Ok(ended)
    }

    /// Takes the replies about the index. What it refuses twice switches it off: readers must not
    /// trust it.
    fn note_index(
        &mut self,
        pipe: &mut Pipe,
        replies: &mut Replies,
        beats: bool,
        events: &[Arc<Event>],
    ) -> Result<(), Error> {
        if beats {
            let standing = self.index.settle_heartbeat(pipe, replies)?;
            self.beat = Some(Instant::now());
            self.stands(standing);
        }
        if !self.indexes {
            return self.index.settle_disable(pipe, replies);
        }
        if self.index.settle(pipe, replies).is_ok() {
            return Ok(());
        }
        self.index.queue(pipe, events.iter().map(|event| &**event));
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
            return Ok(None);
        }
        let now = Clock::system_now();
        let mut pipe = self.connected()?;
        self.jobs.flush(&mut pipe, now);
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let ended = self.jobs.settle(&pipe, &mut replies, now)?;
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
