//! Where a canary has been: a hash with the time at which it reached each hop.
//!
//! Whoever sends the canary reads it, collectors write it. Keys carry a digest of the streams' names,
//! so that two systems on one server do not mix, and expire after ten minutes.

use std::time::Instant;

use super::pipe::{Pipe, Replies};
use super::resp::Reply;
use super::system::prefix;
use super::target::Target;
use super::wire::Timeouts;
use crate::event::Millis;
use crate::store::Error;

/// How long it is remembered, in seconds.
const KEPT: &str = "600";
/// The field that names the outputs that the canary should reach.
const OUTPUTS: &str = "outputs";
/// The field that names who read it.
const READER: &str = "reader";

/// The trail of one canary.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    key: String,
}

/// What a trail says so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The collector that read it.
    pub(crate) reader: Option<String>,
    /// The outputs that it should reach.
    pub(crate) outputs: Vec<String>,
    /// When it was where, by the clocks of those who say so.
    pub(crate) hops: Vec<(String, Millis)>,
}

impl Trail {
    /// Of the canary with this id, on these streams.
    pub(crate) fn new(events: &str, errors: &str, id: &str) -> Self {
        Self {
            key: format!("{}probe:{id}", prefix(events, errors)),
        }
    }

    /// Queues that a collector has read it, and which outputs it goes to.
    pub(crate) fn read_by(&self, pipe: &mut Pipe, consumer: &str, outputs: &str, at: Millis) {
        let (key, at) = (self.key.as_bytes(), at.get().to_string());
        pipe.queue(&[
            b"HSET",
            key,
            b"read",
            at.as_bytes(),
            READER.as_bytes(),
            consumer.as_bytes(),
            OUTPUTS.as_bytes(),
            outputs.as_bytes(),
        ]);
        pipe.queue(&[b"EXPIRE", key, KEPT.as_bytes()]);
    }

    /// Queues that it has reached an output.
    pub(crate) fn reached(&self, pipe: &mut Pipe, output: &str, at: Millis) {
        let (key, at) = (self.key.as_bytes(), at.get().to_string());
        pipe.queue(&[b"HSET", key, output.as_bytes(), at.as_bytes()]);
        pipe.queue(&[b"EXPIRE", key, KEPT.as_bytes()]);
    }

    /// Passes the replies to one of these by: a trail that cannot be written is none.
    pub(crate) fn settle(replies: &mut Replies) {
        for _ in 0..2 {
            let _ = replies.next();
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub(crate) fn follow(&self, target: &Target, timeouts: Timeouts) -> Result<Reached, Error> {
        let mut pipe = Pipe::connect(target, timeouts)?;
        pipe.queue(&[b"HGETALL", self.key.as_bytes()]);
        let reply = pipe.run(Instant::now() + timeouts.reply)?.next();
        if let Reply::Error(text) = &reply {
            return Err(pipe.answer(text, Some(&self.key)));
        }
        let mut reached = Reached::default();
        for pair in reply.values().chunks_exact(2) {
            let (Some(name), Some(value)) = (pair[0].text(), pair[1].text()) else {
                continue;
            };
            match name {
                READER => reached.reader = Some(value.to_owned()),
                OUTPUTS => {
                    let outputs = value.split(',').filter(|name| !name.is_empty());
                    reached.outputs = outputs.map(str::to_owned).collect();
                }
                hop => {
                    let at = value.parse().ok().and_then(Millis::new);
                    reached.hops.extend(at.map(|at| (hop.to_owned(), at)));
                }
            }
        }
        Ok(reached)
    }
}
