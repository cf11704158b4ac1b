//! The connection of a collector that leads or would like to.
//!
//! All that it writes goes through transactions that the server drops when the lease has changed
//! hands since the last look.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{AlertKeys, queue};
use crate::event::{Event, Millis, wire};
use crate::store::Error;
use crate::store::redis::facts::server_time;
use crate::store::redis::resp::Reply;
use crate::store::redis::wire::Timeouts;
use crate::store::redis::{Pipe, Replies, Target};

/// Kinds that are remembered for each rule. Of more, those that were told first are forgotten.
const MAX_KINDS: usize = 10_000;

/// New kinds that are taken at once.
const KINDS_AT_ONCE: usize = 500;

/// How long the holder of the lease waits for the server: less than the lease lives.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is asked about a rule.
#[derive(Debug)]
pub(crate) enum Ask<'a> {
    /// What was counted in these buckets.
    Counts(&'a str, Vec<Millis>),
    /// The kinds that are new.
    New(&'a str),
    /// When an event arrived last.
    Heard(&'a str),
}

/// What is answered, in the order of the questions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Counts and examples by value, for each bucket.
    Counts(Vec<(Millis, Counts)>),
    /// New kinds, with examples where there are any.
    New(Vec<(String, Option<String>)>),
    /// The time.
    Heard(Option<Millis>),
}

/// The count and the example of each value.
pub(crate) type Counts = BTreeMap<String, (u64, Option<String>)>;

/// Who leads, and what is known.
#[derive(Debug)]
pub(crate) struct Look {
    /// The server's clock.
    pub(crate) now: Millis,
    /// Who holds the lease.
    pub(crate) holder: Option<String>,
    /// The state as it was written.
    pub(crate) state: Option<String>,
}

/// What a leader writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// The new state.
    pub(crate) state: Option<String>,
    /// Events for the stream.
    pub(crate) events: Vec<Event>,
    /// Kinds that are told: the rule and the kind.
    pub(crate) told: Vec<(String, String)>,
}

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Saved {
    /// It is written, and the lease is renewed.
    Done,
    /// Another collector leads: nothing is written.
    Lost,
    /// The server takes no writes (out of memory, say), for the reason given; the lease is renewed.
    Refused(String),
}

/// The connection of a collector that leads or would like to.
#[derive(Debug)]
pub(crate) struct AlertBoard {
    keys: AlertKeys,
    target: Target,
    /// Key of the stream for events of alerts, and its cap.
    stream: (String, u64),
    me: String,
    lease: Duration,
    pipe: Option<Pipe>,
}

impl AlertBoard {
    /// For the collector `me`, a name that no other process has.
    pub(crate) fn new(
        target: Target,
        keys: AlertKeys,
        stream: (String, u64),
        me: String,
        lease: Duration,
    ) -> Self {
        Self {
            keys,
            target,
            stream,
            me,
            lease,
            pipe: None,
        }
    }

    /// Takes the lease if nobody has it, and looks.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub(crate) fn look(&mut self) -> Result<Look, Error> {
        let (lease, state) = (self.keys.key("lease"), self.keys.key("state"));
        let life = self.lease.as_millis().to_string();
        let me = self.me.clone();
        let mut replies = self.run(|pipe| {
            // The watch begins after the one change that may be our own.
            queue(pipe, &["UNWATCH"]);
            queue(pipe, &["SET", &lease, &me, "NX", "PX", &life]);
            queue(pipe, &["WATCH", &lease]);
            queue(pipe, &["GET", &lease]);
            queue(pipe, &["TIME"]);
            queue(pipe, &["GET", &state]);
        })?;
        replies.next();
        // Refused where memory is full, also for who has the lease: `GET` tells.
        replies.next();
        self.fine(&replies.next())?;
        let holder = replies.next();
        self.fine(&holder)?;
        let time = replies.next();
        self.fine(&time)?;
        let now = server_time(&time).ok_or_else(|| self.malformed())?;
        let state = replies.next();
        self.fine(&state)?;
        Ok(Look {
            now,
            holder: holder.text().map(str::to_owned),
            state: state.text().map(str::to_owned),
        })
    }

    /// Asks about rules.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub(crate) fn read(&mut self, asks: &[Ask<'_>]) -> Result<Vec<Answer>, Error> {
        let keys = self.keys.clone();
        let limit = KINDS_AT_ONCE.to_string();
        let mut replies = self.run(|pipe| {
            for ask in asks {
                match ask {
                    Ask::Counts(rule, buckets) => {
                        for bucket in buckets {
                            queue(pipe, &["HGETALL", &keys.bucket(rule, *bucket)]);
                        }
                    }
                    Ask::New(rule) => {
                        let key = keys.kinds(rule);
                        let range = ["ZRANGEBYSCORE", &key, "+inf", "+inf", "LIMIT", "0", &limit];
                        queue(pipe, &range);
                    }
                    Ask::Heard(rule) => queue(pipe, &["ZSCORE", &keys.key("heard"), rule]),
                }
            }
        })?;
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            answers.push(match ask {
                Ask::Counts(_, buckets) => {
                    let counts = buckets.iter().map(|at| (*at, counts(&replies.next())));
                    Answer::Counts(counts.collect())
                }
                Ask::New(rule) => {
                    let kinds = replies.next();
                    let kinds = kinds.values().iter().filter_map(Reply::text);
                    Answer::New(self.examples(rule, kinds.map(str::to_owned).collect())?)
                }
                Ask::Heard(_) => Answer::Heard(score(&replies.next())),
            });
        }
        Ok(answers)
    }

    /// New kinds are rare: their examples take a round trip of their own.
    fn examples(
        &mut self,
        rule: &str,
        kinds: Vec<String>,
    ) -> Result<Vec<(String, Option<String>)>, Error> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.keys.clone();
        let mut replies = self.run(|pipe| {
            for kind in &kinds {
                queue(pipe, &["GET", &keys.example(rule, kind)]);
            }
        })?;
        let examples = kinds.into_iter().map(|kind| {
            let example = replies.next().text().map(str::to_owned);
            (kind, example)
        });
        Ok(examples.collect())
    }

    /// Writes, if the lease is still ours, and renews it.
    ///
    /// # Errors
    /// When the server does not answer: then it is unknown whether anything was written.
    pub(crate) fn save(&mut self, changes: &Changes, now: Millis) -> Result<Saved, Error> {
        let keys = self.keys.clone();
        let stream = self.stream.clone();
        let replies = self.transaction(|pipe| {
            if let Some(state) = &changes.state {
                queue(pipe, &["SET", &keys.key("state"), state]);
            }
            for (rule, kind) in &changes.told {
                let (key, at) = (keys.kinds(rule), now.get().to_string());
                queue(pipe, &["ZADD", &key, "XX", &at, kind]);
            }
            let mut rules: Vec<_> = changes.told.iter().map(|(rule, _)| rule).collect();
            rules.dedup();
            for rule in rules {
                let last = format!("-{}", MAX_KINDS + 1);
                queue(pipe, &["ZREMRANGEBYRANK", &keys.kinds(rule), "0", &last]);
            }
            for event in &changes.events {
                add(pipe, &stream, event);
            }
        })?;
        let Some(refused) = replies else {
            return Ok(Saved::Lost);
        };
        let Some(refused) = refused.first() else {
            return Ok(Saved::Done);
        };
        // Nothing was carried out, the renewal neither. Without memory a server takes nothing at
        // all in a transaction, so it is renewed outside of one: at worst the lease of another
        // collector, which does no harm.
        let lease = self.keys.key("lease");
        let life = self.lease.as_millis().to_string();
        let mut replies = self.run(|pipe| {
            queue(pipe, &["PEXPIRE", &lease, &life]);
            queue(pipe, &["GET", &lease]);
        })?;
        let renewed = replies.next() == Reply::Int(1);
        let ours = replies.next().text() == Some(&self.me);
        Ok(match renewed && ours {
            true => Saved::Refused(refused.clone()),
            false => Saved::Lost,
        })
    }

    /// Gives the lease back, if it is ours, so that another collector need not wait for its end.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn release(&mut self) -> Result<(), Error> {
        if self.look()?.holder.as_deref() != Some(&self.me) {
            return Ok(());
        }
        let lease = self.keys.key("lease");
        self.run(|pipe| {
            queue(pipe, &["MULTI"]);
            queue(pipe, &["DEL", &lease]);
            queue(pipe, &["EXEC"]);
        })?;
        Ok(())
    }

    /// The name by which this collector holds the lease.
    pub(crate) fn me(&self) -> &str {
        &self.me
    }

    /// How long the lease lives without a renewal.
    pub(crate) fn lease(&self) -> Duration {
        self.lease
    }

    /// One transaction with a renewal of the lease. `None` where the lease has changed; else what
    /// the server refused, in which case nothing was carried out.
    fn transaction(
        &mut self,
        commands: impl FnOnce(&mut Pipe),
    ) -> Result<Option<Vec<String>>, Error> {
        let lease = self.keys.key("lease");
        let life = self.lease.as_millis().to_string();
        let mut replies = self.run(|pipe| {
            queue(pipe, &["MULTI"]);
            queue(pipe, &["PEXPIRE", &lease, &life]);
            commands(pipe);
            queue(pipe, &["EXEC"]);
        })?;
        let mut refused = Vec::new();
        loop {
            match replies.next() {
                Reply::Array(_) => return Ok(Some(Vec::new())),
                Reply::Nil => return Ok(None),
                Reply::Error(text) if text.starts_with("EXECABORT") => return Ok(Some(refused)),
                Reply::Error(text) => refused.push(text),
                Reply::Text(_) | Reply::Int(_) => {}
            }
        }
    }

    fn run(&mut self, commands: impl FnOnce(&mut Pipe)) -> Result<Replies, Error> {
        let timeouts = Timeouts {
            connect: PATIENCE,
            reply: PATIENCE,
        };
        // A connection with an error is of no use any more, so it comes back only without one.
        let mut pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => Pipe::connect(&self.target, timeouts)?,
        };
        commands(&mut pipe);
        let replies = pipe.run(Instant::now() + PATIENCE)?;
        self.pipe = Some(pipe);
        Ok(replies)
    }

    fn fine(&self, reply: &Reply) -> Result<(), Error> {
        match (reply, &self.pipe) {
            (Reply::Error(text), Some(pipe)) => Err(pipe.answer(text, None)),
            _ => Ok(()),
        }
    }

    fn malformed(&self) -> Error {
        match &self.pipe {
            Some(pipe) => pipe.malformed(),
            None => Error::Stopped,
        }
    }
}

fn add(pipe: &mut Pipe, (stream, cap): &(String, u64), event: &Event) {
    let cap = cap.to_string();
    let fields = wire::encode(event);
    let mut arguments: Vec<&[u8]> = ["XADD", stream, "MAXLEN", "~", &cap, "*"]
        .map(str::as_bytes)
        .to_vec();
    for (name, value) in &fields {
        arguments.extend([name.as_bytes(), value]);
    }
    pipe.queue(&arguments);
}

/// Fields `n<value>` and `e<value>`.
fn counts(reply: &Reply) -> Counts {
    let mut counts = Counts::new();
    for pair in reply.values().chunks_exact(2) {
        let (Some(field), Some(text)) = (pair[0].text(), pair[1].text()) else {
            continue;
        };
        if let Some(value) = field.strip_prefix('n') {
            counts.entry(value.to_owned()).or_default().0 = text.parse().unwrap_or(0);
        } else if let Some(value) = field.strip_prefix('e') {
            counts.entry(value.to_owned()).or_default().1 = Some(text.to_owned());
        }
    }
    counts
}

/// Scores are numbers with a fraction, as a server writes them.
fn score(reply: &Reply) -> Option<Millis> {
    let score: f64 = reply.text()?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "`new` checks the range")]
    Millis::new(score as i64)
}
