//! Adding events: one at once, or many with one batch in flight while the next is encoded.
//!
//! A server that cannot keep up answers late but keeps reading, so batches of a few megabytes
//! cannot lock both sides up. An `XADD` whose answer did not come may have been carried out:
//! events that are written again keep their `eventId`, by which readers drop the repeat.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::resp;
use super::resp::Reply;
use super::target::Target;
use super::wire::{Connection, Limit};
use crate::event::{EntryId, Event, Millis, STATUS_TTL_SECONDS, Status, wire};
use crate::store::Error;

/// A connection that adds events. After an error that is not an event's own it is of no use any
/// more.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    /// Streams of the events whose answers are still to come.
    awaited: VecDeque<String>,
}

impl Writer {
    /// Connects within `timeout`. Credentials go out with the first events.
    ///
    /// A database other than 0 costs a round trip: `XADD` must not run where `SELECT` failed, in
    /// the wrong database.
    ///
    /// # Errors
    /// When nothing answers in time or access is refused.
    pub fn connect(target: &Target, timeout: Duration) -> Result<Self, Error> {
        let mut connection = Connection::open(target, Instant::now() + timeout)?;
        if target.database() != 0 {
            connection.send()?;
            connection.greet()?;
        }
        Ok(Self {
            connection,
            awaited: VecDeque::new(),
        })
    }

    /// Adds events in one go and waits for all answers until `deadline`. Each event says its
    /// stream and to how many entries, roughly, that is cut.
    ///
    /// # Errors
    /// The outer error means that it is unknown what was added; an inner one, that this event was
    /// not.
    pub fn add(
        &mut self,
        events: &[(&str, Option<u64>, &Event)],
        deadline: Instant,
    ) -> Result<Vec<Result<EntryId, Error>>, Error> {
        for (stream, max_len, event) in events {
            self.queue(stream, *max_len, event);
        }
        self.send(deadline)?;
        self.receive(events.len(), deadline)
    }

    /// Encodes an event, to go out with [`Self::send`].
    pub fn queue(&mut self, stream: &str, max_len: Option<u64>, event: &Event) {
        let out = &mut self.connection.output;
        let fields = wire::encode(event);
        let trim = if max_len.is_some() { 3 } else { 0 };
        resp::header(out, b'*', 3 + trim + 2 * fields.len());
        resp::bulk(out, b"XADD");
        resp::bulk(out, stream.as_bytes());
        if let Some(max_len) = max_len {
            resp::bulk(out, b"MAXLEN");
            resp::bulk(out, b"~");
            resp::bulk(out, max_len.to_string().as_bytes());
        }
        resp::bulk(out, b"*");
        for (name, value) in &fields {
            resp::bulk(out, name.as_bytes());
            resp::bulk(out, value);
        }
        self.awaited.push_back(stream.to_owned());
    }

    /// Bytes that are queued: send before they are many.
    pub fn queued_bytes(&self) -> usize {
        self.connection.output.len()
    }

    /// Events that are queued or sent, and not answered yet.
    pub fn awaited(&self) -> usize {
        self.awaited.len()
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// When the server does not take it until `deadline`.
    pub fn send(&mut self, deadline: Instant) -> Result<(), Error> {
        self.connection.set_limit(Limit::At(deadline));
        self.connection.send()
    }

    /// The answers to the next `count` events, in order; fewer where fewer are awaited.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn receive(
        &mut self,
        count: usize,
        deadline: Instant,
    ) -> Result<Vec<Result<EntryId, Error>>, Error> {
        self.connection.set_limit(Limit::At(deadline));
        let mut answers = Vec::with_capacity(count.min(self.awaited.len()));
        while answers.len() < count {
            let Some(stream) = self.awaited.pop_front() else {
                break;
            };
            let reply = self.connection.reply()?;
            answers.push(match &reply {
                Reply::Error(text) => Err(self.connection.answer(text, Some(&stream))),
                reply => {
                    let id = reply.text().and_then(|text| text.parse().ok());
                    Ok(id.ok_or_else(|| self.connection.malformed())?)
                }
            });
        }
        Ok(answers)
    }

    /// Publishes a live status and keeps it as the last one; returns how many heard it.
    ///
    /// # Errors
    /// When the server does not take it until `deadline`.
    pub fn publish(
        &mut self,
        status: &Status,
        now: Millis,
        deadline: Instant,
    ) -> Result<u64, Error> {
        let payload = status.payload(now);
        let (kind, id) = (status.kind, status.id.as_str());
        let ttl = STATUS_TTL_SECONDS.to_string();
        self.connection
            .command(&["SET", &kind.latest_key(id), &payload, "EX", &ttl]);
        self.connection
            .command(&["PUBLISH", &kind.channel(id), &payload]);
        self.send(deadline)?;
        self.connection.reply_or_error()?;
        match self.connection.reply_or_error()? {
            Reply::Int(heard) => Ok(u64::try_from(heard).unwrap_or(0)),
            _ => Err(self.connection.malformed()),
        }
    }
}
