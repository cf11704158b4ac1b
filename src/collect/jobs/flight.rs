//! One round trip: what it carries for which job, and its replies in the same order.

use smol_str::SmolStr;

use super::drafts::Draft;
use super::known::JobDigest;
use crate::event::Millis;
use crate::store::Error;
use crate::store::redis::joblog::{self, JobKeys};
use crate::store::redis::{Pipe, Replies};

/// What one round trip carries.
#[derive(Debug)]
pub(super) struct Flight<T> {
    /// Replies that say only that something was done; they come first.
    pub(super) done: usize,
    /// What those are for, but for clearing away.
    pub(super) owed: Vec<Owed>,
    /// What is written, job by job.
    pub(super) parts: Vec<Part<T>>,
    /// Whether jobs were noted as open, and as ended.
    marks: (bool, bool),
    /// Jobs whose logs were asked for, with their tokens.
    pub(super) fetched: Vec<(SmolStr, Vec<T>)>,
    /// About how many bytes those logs are.
    pub(super) fetch_bytes: u64,
}

/// What is written about one job.
#[derive(Debug)]
pub(super) struct Part<T> {
    pub(super) name: JobDigest,
    /// What that is.
    pub(super) draft: Draft<T>,
    pub(super) way: Way,
    /// The least that its log must be long now.
    pub(super) least: u64,
    pub(super) expires: bool,
    /// Whether it had ended, as the server says.
    pub(super) had_ended: bool,
    /// What the server says of the log's length.
    pub(super) length: Option<u64>,
    /// Whether it was written whole, as the server says.
    pub(super) is_created: bool,
}

/// How something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Behind what others have written.
    Appended,
    /// All that there is, and that it was told; not where others have written something.
    Whole,
}

/// What is to be written about a job in the next round trip.
#[derive(Debug)]
pub(super) enum Owed {
    /// Its log expires in so many seconds.
    Expire(SmolStr, u64),
    /// It has ended: with a record that it was told, and so many seconds to keep its log.
    Closed(SmolStr, Option<Vec<u8>>, u64),
}

impl Owed {
    fn job(&self) -> &str {
        let (Self::Expire(job, _) | Self::Closed(job, ..)) = self;
        job
    }
}

impl<T> Part<T> {
    pub(super) fn new(name: JobDigest, draft: Draft<T>, way: Way) -> Self {
        Self {
            name,
            draft,
            way,
            least: 0,
            expires: false,
            had_ended: false,
            length: None,
            is_created: false,
        }
    }

    /// Whether something is added to its log.
    pub(super) fn appends(&self) -> bool {
        self.way == Way::Appended && !self.draft.words.is_empty()
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self {
            done: 0,
            owed: Vec::new(),
            parts: Vec::new(),
            marks: (false, false),
            fetched: Vec::new(),
            fetch_bytes: 0,
        }
    }
}

impl<T> Flight<T> {
    /// Queues what is owed.
    pub(super) fn pay(&mut self, owed: Vec<Owed>, pipe: &mut Pipe, keys: &JobKeys) {
        let is_closed = |owed: &&Owed| matches!(owed, Owed::Closed(..));
        if owed.iter().any(|owed| is_closed(&owed)) {
            keys.close(pipe, owed.iter().filter(is_closed).map(Owed::job));
            self.done += 1;
        }
        for owed in &owed {
            let (Owed::Expire(job, seconds) | Owed::Closed(job, _, seconds)) = owed;
            // The expiry comes last: a log that is gone would else be begun without one.
            if let Owed::Closed(_, Some(told), _) = owed {
                keys.append(pipe, job, told);
                self.done += 1;
            }
            keys.expire(pipe, job, *seconds);
            self.done += 1;
        }
        self.owed = owed;
    }

    /// Queues which jobs of the page are open, which have ended, and asks after the others.
    pub(super) fn queue_marks(&mut self, pipe: &mut Pipe, keys: &JobKeys, now: Millis) {
        let parts = || self.parts.iter();
        let open = || parts().filter(|part| !part.draft.ends_here());
        let ended = || parts().filter(|part| part.draft.ends_here());
        self.marks = (open().next().is_some(), ended().next().is_some());
        if self.marks.0 {
            keys.touch(pipe, open().map(|part| (&*part.draft.job, part.draft.last)));
            keys.ended(pipe, open().map(|part| &*part.draft.job));
        }
        if self.marks.1 {
            keys.end(pipe, ended().map(|part| (&*part.draft.job, now)));
        }
    }

    /// Takes all replies, and returns the logs that were asked for.
    ///
    /// # Errors
    /// The first error among them.
    pub(super) fn read(
        &mut self,
        replies: &mut Replies,
        pipe: &Pipe,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut first = Ok(());
        let mut keep = |error: Error| {
            if first.is_ok() {
                first = Err(error);
            }
        };
        for _ in 0..self.done {
            joblog::done(replies, pipe).unwrap_or_else(&mut keep);
        }
        for part in &mut self.parts {
            if part.way == Way::Whole {
                part.is_created = joblog::created(replies, pipe).unwrap_or_else(|error| {
                    keep(error);
                    false
                });
            }
            if part.appends() {
                part.length = joblog::length(replies, pipe).unwrap_or_else(|error| {
                    keep(error);
                    None
                });
            }
            if part.expires {
                joblog::done(replies, pipe).unwrap_or_else(&mut keep);
            }
        }
        if self.marks.0 {
            joblog::done(replies, pipe).unwrap_or_else(&mut keep);
            let flags = joblog::flags(replies, pipe).unwrap_or_else(|error| {
                keep(error);
                Vec::new()
            });
            let open = self.parts.iter_mut().filter(|part| !part.draft.ends_here());
            for (part, has_ended) in open.zip(flags) {
                part.had_ended = has_ended;
            }
        }
        if self.marks.1 {
            joblog::done(replies, pipe).unwrap_or_else(&mut keep);
        }
        let mut logs = Vec::with_capacity(self.fetched.len());
        for _ in &self.fetched {
            logs.push(joblog::bytes(replies, pipe).unwrap_or_else(|error| {
                keep(error);
                Vec::new()
            }));
        }
        first.map(|()| logs)
    }
}
