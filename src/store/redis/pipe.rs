//! Commands in one go: several rooms queue theirs, one round trip carries them, and each takes its
//! replies in the order in which it queued.

use std::collections::VecDeque;
use std::time::Instant;

use super::resp::{self, Reply, Words};
use super::target::Target;
use super::wire::{Connection, Limit, Timeouts};
use crate::store::Error;

/// A connection for commands in one go. After an error of its own it is of no use any more.
#[derive(Debug)]
pub(crate) struct Pipe {
    connection: Connection,
    queued: usize,
    /// How many commands went each time whose replies were not taken.
    sent: VecDeque<usize>,
}

impl Pipe {
    /// Connects and shakes hands.
    ///
    /// # Errors
    /// When nothing answers in time or access is refused.
    pub(crate) fn connect(target: &Target, timeouts: Timeouts) -> Result<Self, Error> {
        let mut connection = Connection::reading(target, timeouts)?;
        connection.send()?;
        connection.greet()?;
        Ok(Self {
            connection,
            queued: 0,
            sent: VecDeque::new(),
        })
    }

    /// Queues a command; its reply comes at the same place.
    pub(super) fn queue(&mut self, arguments: &[&[u8]]) {
        resp::command(&mut self.connection.output, arguments);
        self.queued += 1;
    }

    /// Queues a command of so many words, which the caller adds.
    pub(super) fn queue_words(&mut self, count: usize) -> Words<'_> {
        self.queued += 1;
        Words::begin(&mut self.connection.output, count)
    }

    /// Sends what is queued and waits for every reply.
    ///
    /// # Errors
    /// When the server does not answer until `deadline`; what it carried out is unknown then. What
    /// it answers to a single command is for whoever queued that.
    pub(crate) fn run(&mut self, deadline: Instant) -> Result<Replies, Error> {
        self.send(deadline)?;
        self.receive(deadline)
    }

    /// Sends what is queued. More may be sent before its replies are taken.
    ///
    /// # Errors
    /// When it cannot be sent until `deadline`.
    pub(crate) fn send(&mut self, deadline: Instant) -> Result<(), Error> {
        self.connection.set_limit(Limit::At(deadline));
        self.sent.push_back(std::mem::take(&mut self.queued));
        self.connection.send()
    }

    /// Waits for every reply to what was sent first.
    ///
    /// # Errors
    /// Those of [`Self::run`].
    pub(crate) fn receive(&mut self, deadline: Instant) -> Result<Replies, Error> {
        self.connection.set_limit(Limit::At(deadline));
        let count = self.sent.pop_front().unwrap_or(0);
        let replies = (0..count).map(|_| self.connection.reply());
        Ok(Replies(replies.collect::<Result<_, _>>()?))
    }

    /// The error for what the server answers about a key.
    pub(super) fn answer(&self, text: &str, key: Option<&str>) -> Error {
        self.connection.answer(text, key)
    }

    /// The error for an answer that makes no sense.
    pub(super) fn malformed(&self) -> Error {
        self.connection.malformed()
    }
}

/// The replies to what was queued, in order.
#[derive(Debug)]
pub(crate) struct Replies(VecDeque<Reply>);

impl Replies {
    /// The next one. An error of the server is a [`Reply::Error`]; where none is left, nothing was
    /// queued for it.
    pub(super) fn next(&mut self) -> Reply {
        self.0.pop_front().unwrap_or(Reply::Nil)
    }
}
