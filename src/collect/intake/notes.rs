//! What is noted in Redis of every page before an output has it, in one round trip: the index, the
//! logs of jobs, and what alerts count.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collect::alerts::Watch;
use crate::collect::jobs::{Ended, JobLog};
use crate::collect::receipt::Hold;
use crate::event::Event;
use crate::output::Log;
use crate::store::Error;
use crate::store::redis::{Pipe, Replies, Target, Timeouts};
use crate::time::Clock;

/// How long the server may take for a round trip.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes notes of one stream.
pub(in crate::collect) struct Notes {
    target: Target,
    pipe: Option<Pipe>,
    jobs: JobLog<Arc<Hold>>,
    watch: Watch,
    /// Why alerts did not count the last page.
    refusal: Option<String>,
    log: Log,
}

impl Notes {
    pub(in crate::collect) fn new(
        target: Target,
        jobs: JobLog<Arc<Hold>>,
        watch: Watch,
        log: Log,
    ) -> Self {
        Self {
            target,
            pipe: None,
            jobs,
            watch,
            refusal: None,
            log,
        }
    }

    /// Notes a page, which may be empty; gives back the jobs that have ended.
    ///
    /// # Errors
    /// When Redis does not take it: then the page has to be noted again.
    pub(super) fn take(
        &mut self,
        events: &[Event],
        holds: &[Arc<Hold>],
    ) -> Result<Vec<Ended<Arc<Hold>>>, Error> {
        let now = Clock::system_now();
        let mut pipe = self.connected()?;
        self.jobs.queue(&mut pipe, events.iter().zip(holds), now);
        self.watch.queue(&mut pipe, events, now);
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let ended = self.jobs.settle(&pipe, &mut replies, now)?;
        self.count(&mut replies);
        self.pipe = Some(pipe);
        Ok(ended)
    }

    /// Tells of jobs that have ended, however short ago; `None` when there are no more.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub(super) fn flush(&mut self) -> Result<Option<Vec<Ended<Arc<Hold>>>>, Error> {
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

    /// How long an empty page can wait.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let due = self.jobs.due_in(Clock::system_now())?;
        Some(Duration::from_millis(u64::try_from(due).unwrap_or(0)))
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
