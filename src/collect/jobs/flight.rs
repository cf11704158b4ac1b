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
    /// What the page says, job by job.
    pub(super) parts: Vec<Part<T>>,
    /// Whether jobs were noted as open, and as ended.
    marks: (bool, bool),
    /// Jobs whose logs were asked for, with their tokens.
    pub(super) fetched: Vec<(SmolStr, Vec<T>)>,
    /// About how many bytes those logs are.
    pub(super) fetch_bytes: u64,
}

/// What a page says of one job.
#[derive(Debug)]
pub(super) struct Part<T> {
    pub(super) job: SmolStr,
    pub(super) name: JobDigest,
    /// What was put off before, and is written with it.
    pub(super) draft: Option<Draft<T>>,
    /// The least that its log must be long now.
    pub(super) least: u64,
    pub(super) appends: bool,
    pub(super) expires: bool,
    /// Whether it ends on this page.
    pub(super) ends_here: bool,
    /// Whether it had ended, as the server says.
    pub(super) had_ended: bool,
    /// When it was last heard of, by the server's clock.
    pub(super) last: Millis,
    /// What the server says of the log's length.
    pub(super) length: Option<u64>,
    /// Of the entries of this page that wait if it has ended.
    pub(super) tokens: Vec<T>,
}

/// What is to be written about a job in the next round trip.
#[derive(Debug)]
pub(super) enum Owed {
    /// Its log expires in so many seconds.
    Expire(SmolStr, u64),
    /// It has ended.
    Closed(Closed),
}

/// What is to be written about a job that has ended.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) job: SmolStr,
    /// Whether it may be among the open ones.
    pub(super) was_open: bool,
    /// A record that it was told.
    pub(super) told: Option<Vec<u8>>,
    /// For how many seconds its log is kept.
    pub(super) keep: u64,
}

impl<T> Part<T> {
    /// Nothing yet.
    pub(super) fn new(name: JobDigest, job: &str) -> Self {
        Self {
            job: job.into(),
            name,
            draft: None,
            least: 0,
            appends: false,
            expires: false,
            ends_here: false,
            had_ended: false,
            last: Millis::MIN,
            length: None,
            tokens: Vec::new(),
        }
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
        let closed = owed.iter().filter_map(|owed| match owed {
            Owed::Closed(closed) if closed.was_open => Some(&*closed.job),
            _ => None,
        });
        if closed.clone().next().is_some() {
            keys.close(pipe, closed);
            self.done += 1;
        }
        for owed in &owed {
            // The expiry comes last: a log that is gone would else be begun without one.
            let (job, seconds) = match owed {
                Owed::Expire(job, seconds) => (job, *seconds),
                Owed::Closed(closed) => {
                    if let Some(told) = &closed.told {
                        keys.append(pipe, &closed.job, &[told]);
                        self.done += 1;
                    }
                    (&closed.job, closed.keep)
                }
            };
            keys.expire(pipe, job, seconds);
            self.done += 1;
        }
        self.owed = owed;
    }

    /// Queues which jobs of the page are open, which have ended, and asks after the others.
    pub(super) fn queue_marks(&mut self, pipe: &mut Pipe, keys: &JobKeys, now: Millis) {
        let parts = || self.parts.iter();
        let open = || parts().filter(|part| !part.ends_here);
        let ended = || parts().filter(|part| part.ends_here);
        self.marks = (open().next().is_some(), ended().next().is_some());
        if self.marks.0 {
            keys.touch(pipe, open().map(|part| (&*part.job, part.last)));
            keys.ended(pipe, open().map(|part| &*part.job));
        }
        if self.marks.1 {
            keys.end(pipe, ended().map(|part| (&*part.job, now)));
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
            if part.appends {
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
            let open = self.parts.iter_mut().filter(|part| !part.ends_here);
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
