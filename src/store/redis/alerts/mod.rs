//! What collectors share about alerts: counters, kinds that were seen, one state, one lease.
//!
//! [`AlertKeys`] is what every reader of a stream queues into its own round trips. [`AlertBoard`]
//! is for the one collector at a time that holds the lease. All that it writes goes through a
//! transaction that the server drops when the lease has changed hands meanwhile, so a collector
//! that was stopped for a while cannot write over its successor. What the state says is not known
//! here. Values are untrusted: other clients may write to the same keys.

mod board;

use std::time::Duration;

use super::resp::Reply;
use super::system::prefix;
use super::{Pipe, Replies};
use crate::digest::digest;
use crate::event::Millis;

pub(crate) use board::{AlertBoard, Answer, Ask, Changes, Counts, Saved};

/// How long an example of a new kind waits to be told.
const EXAMPLE_LIFE: Duration = Duration::from_secs(600);

/// The names of everything that concerns alerts. Streams of another name have other alerts.
#[derive(Clone, Debug)]
pub(crate) struct AlertKeys {
    prefix: String,
}

impl AlertKeys {
    /// For the alerts about these streams.
    pub(crate) fn new(events: &str, errors: &str) -> Self {
        Self {
            prefix: format!("{}alerts", prefix(events, errors)),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    fn bucket(&self, rule: &str, bucket: Millis) -> String {
        format!("{}:count:{rule}:{}", self.prefix, bucket.get())
    }

    fn kinds(&self, rule: &str) -> String {
        format!("{}:kinds:{rule}", self.prefix)
    }

    fn example(&self, rule: &str, kind: &str) -> String {
        format!(
            "{}:new:{rule}:{:032x}",
            self.prefix,
            digest(kind.as_bytes())
        )
    }

    /// Queues the count of events of a rule that arrived within a bucket of time, with one of them
    /// as an example.
    pub(crate) fn count(&self, pipe: &mut Pipe, count: &Counted<'_>) {
        let key = self.bucket(count.rule, count.bucket);
        let value = count.value;
        let by = count.by.to_string();
        let life = count.life.as_millis().to_string();
        queue(pipe, &["HINCRBY", &key, &format!("n{value}"), &by]);
        queue(pipe, &["HSET", &key, &format!("e{value}"), count.example]);
        queue(pipe, &["PEXPIRE", &key, &life]);
    }

    /// Queues the claim that a kind is new, with an example of it. Of several collectors' claims
    /// the first counts.
    pub(crate) fn claim(&self, pipe: &mut Pipe, rule: &str, kind: &str, example: &str) {
        let life = EXAMPLE_LIFE.as_secs().to_string();
        let key = self.example(rule, kind);
        queue(pipe, &["SET", &key, example, "NX", "EX", &life]);
        // Infinite until it is told: what is told is in the order of its time below.
        queue(pipe, &["ZADD", &self.kinds(rule), "NX", "+inf", kind]);
    }

    /// Queues when an event of a rule arrived last.
    pub(crate) fn heard(&self, pipe: &mut Pipe, rule: &str, at: Millis) {
        let at = at.get().to_string();
        queue(pipe, &["ZADD", &self.key("heard"), "GT", &at, rule]);
    }
}

/// Replies to one [`AlertKeys::count`].
pub(crate) const COUNT_REPLIES: usize = 3;
/// Replies to one [`AlertKeys::claim`].
pub(crate) const CLAIM_REPLIES: usize = 2;
/// Replies to one [`AlertKeys::heard`].
pub(crate) const HEARD_REPLIES: usize = 1;

/// Takes the replies to some of what was queued; the server's words where it refused any.
pub(crate) fn settled(replies: &mut Replies, count: usize) -> Result<(), String> {
    let mut refused = None;
    for _ in 0..count {
        if let Reply::Error(text) = replies.next() {
            refused.get_or_insert(text);
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Events of one rule that arrived within one bucket of time.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    /// The rule's name.
    pub(crate) rule: &'a str,
    /// When the bucket begins.
    pub(crate) bucket: Millis,
    /// What they are counted by; empty where nothing tells them apart.
    pub(crate) value: &'a str,
    /// How many.
    pub(crate) by: u64,
    /// One of them.
    pub(crate) example: &'a str,
    /// How long the count is kept.
    pub(crate) life: Duration,
}

fn queue(pipe: &mut Pipe, words: &[&str]) {
    let arguments: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    pipe.queue(&arguments);
}
