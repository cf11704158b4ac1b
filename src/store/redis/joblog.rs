//! What collectors keep about jobs: a log each, and which jobs are open or ended.
//!
//! ```text
//! <prefix>job:<id>      string: the log, only ever appended to; it expires
//! <prefix>jobs:open     sorted set: jobs that have not ended, by the time of their last event
//! <prefix>jobs:ended    sorted set: jobs that ended lately, by when that was noticed
//! ```
//!
//! Commands are queued on a [`Pipe`]; for each, its reply must be taken. What a log holds is not
//! known here.

use std::time::Instant;

use super::pipe::{Pipe, Replies};
use super::resp::{Reply, Words};
use super::system::prefix;
use crate::event::Millis;
use crate::store::Error;

/// The keys about jobs that collectors of one system share.
#[derive(Clone, Debug)]
pub(crate) struct JobKeys {
    log: String,
    open: String,
    ended: String,
}

impl Default for JobKeys {
    fn default() -> Self {
        Self::new("emp:collector:")
    }
}

impl JobKeys {
    /// Keys for the jobs of these streams: two systems on one server do not meet.
    pub(crate) fn of(events: &str, errors: &str) -> Self {
        Self::new(&prefix(events, errors))
    }

    /// Keys with this prefix. Systems that share a server but no streams need one each.
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            log: format!("{prefix}job:"),
            open: format!("{prefix}jobs:open"),
            ended: format!("{prefix}jobs:ended"),
        }
    }

    /// Queues a command of so many words about a job's log.
    fn about<'p>(&self, pipe: &'p mut Pipe, count: usize, command: &[u8], job: &str) -> Words<'p> {
        let mut words = pipe.queue_words(count);
        words.word(command);
        words.joined(&[self.log.as_bytes(), job.as_bytes()]);
        words
    }

    /// Adds to a job's log; the reply is [`length`].
    pub(crate) fn append(&self, pipe: &mut Pipe, job: &str, bytes: &[u8]) {
        self.about(pipe, 3, b"APPEND", job).word(bytes);
    }

    /// Begins a job's log that is in pieces, unless there is one, and lets it expire; the reply is
    /// [`created`].
    pub(crate) fn create(&self, pipe: &mut Pipe, job: &str, pieces: &[&[u8]], seconds: u64) {
        let mut words = self.about(pipe, 6, b"SET", job);
        words.joined(pieces).word(b"NX").word(b"EX").number(seconds);
    }

    /// Lets a job's log expire; the reply is [`done`].
    pub(crate) fn expire(&self, pipe: &mut Pipe, job: &str, seconds: u64) {
        self.about(pipe, 3, b"EXPIRE", job).number(seconds);
    }

    /// Asks for the first `limit` bytes of a job's log; the reply is [`bytes`].
    pub(crate) fn fetch(&self, pipe: &mut Pipe, job: &str, limit: u64) {
        let last = limit.saturating_sub(1);
        self.about(pipe, 4, b"GETRANGE", job).number(0).number(last);
    }

    /// Notes when open jobs were last heard of; the reply is [`done`].
    pub(crate) fn touch<'j>(
        &self,
        pipe: &mut Pipe,
        jobs: impl Iterator<Item = (&'j str, Millis)> + Clone,
    ) {
        add_scores(pipe, &self.open, jobs);
    }

    /// Notes that jobs have ended; the reply is [`done`].
    pub(crate) fn end<'j>(
        &self,
        pipe: &mut Pipe,
        jobs: impl Iterator<Item = (&'j str, Millis)> + Clone,
    ) {
        add_scores(pipe, &self.ended, jobs);
    }

    /// Asks which jobs have ended; the reply is [`flags`].
    pub(crate) fn ended<'j>(&self, pipe: &mut Pipe, jobs: impl Iterator<Item = &'j str> + Clone) {
        queue_of_jobs(pipe, b"ZMSCORE", &self.ended, jobs);
    }

    /// Takes jobs off the list of open ones; the reply is [`count`].
    pub(crate) fn close<'j>(&self, pipe: &mut Pipe, jobs: impl Iterator<Item = &'j str> + Clone) {
        queue_of_jobs(pipe, b"ZREM", &self.open, jobs);
    }

    /// Forgets what was noted before these times; the replies are two times [`done`].
    pub(crate) fn prune(&self, pipe: &mut Pipe, open: Millis, ended: Millis) {
        for (key, before) in [(&self.open, open), (&self.ended, ended)] {
            let before = format!("({}", before.get());
            let arguments: [&[u8]; 4] = [
                b"ZREMRANGEBYSCORE",
                key.as_bytes(),
                b"-inf",
                before.as_bytes(),
            ];
            pipe.queue(&arguments);
        }
    }

    /// Open jobs that were last heard of before that time, the quietest first.
    ///
    /// # Errors
    /// When the server does not answer until `deadline`, or with an error.
    pub(crate) fn abandoned(
        &self,
        pipe: &mut Pipe,
        before: Millis,
        limit: usize,
        deadline: Instant,
    ) -> Result<Vec<(String, Millis)>, Error> {
        let (before, limit) = (format!("({}", before.get()), limit.to_string());
        pipe.queue(&[
            b"ZRANGEBYSCORE",
            self.open.as_bytes(),
            b"-inf",
            before.as_bytes(),
            b"WITHSCORES",
            b"LIMIT",
            b"0",
            limit.as_bytes(),
        ]);
        let reply = taken(pipe.run(deadline)?.next(), pipe)?;
        let job = |pair: &[Reply]| {
            let at = pair.get(1)?.text()?.parse::<f64>().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "clamped to a time")]
            let at = Millis::clamped(at as i64);
            Some((pair.first()?.text()?.to_owned(), at))
        };
        Ok(reply.values().chunks(2).filter_map(job).collect())
    }
}

/// One `ZADD` that only ever raises scores, so that a redelivery changes nothing.
fn add_scores<'j>(
    pipe: &mut Pipe,
    key: &str,
    jobs: impl Iterator<Item = (&'j str, Millis)> + Clone,
) {
    let mut words = pipe.queue_words(3 + 2 * jobs.clone().count());
    words.word(b"ZADD").word(key.as_bytes()).word(b"GT");
    for (job, at) in jobs {
        words.number(at.get()).word(job.as_bytes());
    }
}

/// A command about jobs that a key holds.
fn queue_of_jobs<'j>(
    pipe: &mut Pipe,
    command: &[u8],
    key: &str,
    jobs: impl Iterator<Item = &'j str> + Clone,
) {
    let mut words = pipe.queue_words(2 + jobs.clone().count());
    words.word(command).word(key.as_bytes());
    for job in jobs {
        words.word(job.as_bytes());
    }
}

/// The length of a log that was appended to; `None` where the key holds something else.
pub(crate) fn length(replies: &mut Replies, pipe: &Pipe) -> Result<Option<u64>, Error> {
    count_of(replies.next(), pipe)
}

/// Whether a log was begun.
pub(crate) fn created(replies: &mut Replies, pipe: &Pipe) -> Result<bool, Error> {
    Ok(taken(replies.next(), pipe)? != Reply::Nil)
}

/// A number of things that were changed; `None` where the key holds something else.
pub(crate) fn count(replies: &mut Replies, pipe: &Pipe) -> Result<Option<u64>, Error> {
    count_of(replies.next(), pipe)
}

fn count_of(reply: Reply, pipe: &Pipe) -> Result<Option<u64>, Error> {
    match taken(reply, pipe)? {
        Reply::Nil => Ok(None),
        reply => reply.count().map(Some).ok_or_else(|| pipe.malformed()),
    }
}

/// The bytes of a log; none where there is none.
pub(crate) fn bytes(replies: &mut Replies, pipe: &Pipe) -> Result<Vec<u8>, Error> {
    match taken(replies.next(), pipe)? {
        Reply::Text(bytes) => Ok(bytes),
        Reply::Nil => Ok(Vec::new()),
        _ => Err(pipe.malformed()),
    }
}

/// Whether each of the jobs asked for has ended.
pub(crate) fn flags(replies: &mut Replies, pipe: &Pipe) -> Result<Vec<bool>, Error> {
    let reply = taken(replies.next(), pipe)?;
    let scores = reply.values().iter();
    Ok(scores.map(|score| *score != Reply::Nil).collect())
}

/// That a command was carried out.
pub(crate) fn done(replies: &mut Replies, pipe: &Pipe) -> Result<(), Error> {
    taken(replies.next(), pipe).map(drop)
}

/// A reply that is no error. A key of another kind is nothing: one such key must not hold up the
/// rest, and nobody but its owner can mend it.
fn taken(reply: Reply, pipe: &Pipe) -> Result<Reply, Error> {
    match reply {
        Reply::Error(text) if text.starts_with("WRONGTYPE") => Ok(Reply::Nil),
        Reply::Error(text) => Err(pipe.answer(&text, None)),
        reply => Ok(reply),
    }
}
