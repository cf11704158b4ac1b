//! A dead letter: the event as it was written, and beside it why it is here.

use super::pipe::{Pipe, Replies};
use super::resp::Reply;
use crate::event::{Event, wire};
use crate::store::Error;

/// An event that an output refuses for good.
pub(crate) struct DeadLetter<'a> {
    pub(crate) event: &'a Event,
    /// Which output.
    pub(crate) output: &'a str,
    /// Its words.
    pub(crate) reason: &'a str,
    /// The collector that tried.
    pub(crate) consumer: &'a str,
}

impl DeadLetter<'_> {
    /// Queues it for a stream that is cut to about `max_len`.
    pub(crate) fn queue(&self, pipe: &mut Pipe, stream: &str, max_len: u64) {
        let max_len = max_len.to_string();
        let mut command: Vec<&[u8]> = vec![
            b"XADD",
            stream.as_bytes(),
            b"MAXLEN",
            b"~",
            max_len.as_bytes(),
            b"*",
        ];
        let fields = wire::encode(self.event);
        for (name, value) in &fields {
            command.extend([name.as_bytes(), value]);
        }
        let from = self.event.stream().unwrap_or_default();
        let entry = self.event.entry().map(|entry| entry.to_string());
        for (name, value) in [
            ("dead.output", self.output),
            ("dead.reason", self.reason),
            ("dead.collector", self.consumer),
            ("dead.stream", from),
            ("dead.entry", entry.as_deref().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                command.extend([name.as_bytes(), value.as_bytes()]);
            }
        }
        pipe.queue(&command);
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn settle(
        &self,
        pipe: &Pipe,
        replies: &mut Replies,
        stream: &str,
    ) -> Result<(), Error> {
        match replies.next() {
            Reply::Text(_) => Ok(()),
            Reply::Error(text) => Err(pipe.answer(&text, Some(stream))),
            _ => Err(pipe.malformed()),
        }
    }
}
