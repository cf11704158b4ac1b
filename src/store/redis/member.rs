//! A member of a consumer group, and how it acknowledges.

use std::sync::Arc;

use super::pipe::{Pipe, Replies};
use super::resp::Reply;
use crate::event::EntryId;
use crate::store::Error;

/// A stream, a group, and who reads it.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    /// Key of the stream.
    pub(crate) stream: Arc<str>,
    /// Name of the group.
    pub(crate) group: String,
    /// Name of the consumer.
    pub(crate) consumer: String,
}

/// Of no entries nothing is queued, and no reply is taken.
impl Membership {
    /// Queues the acknowledgement of entries.
    pub(crate) fn acknowledge(&self, pipe: &mut Pipe, ids: &[EntryId]) {
        let about = [self.stream.as_bytes(), self.group.as_bytes()];
        queue_about(pipe, b"XACK", &about, ids);
    }

    /// How many were still pending. A group that is gone holds nothing to acknowledge.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn acknowledged(
        &self,
        pipe: &Pipe,
        replies: &mut Replies,
        ids: &[EntryId],
    ) -> Result<u64, Error> {
        if ids.is_empty() {
            return Ok(0);
        }
        match replies.next() {
            Reply::Int(count) => Ok(u64::try_from(count).unwrap_or(0)),
            Reply::Error(text) => Err(pipe.answer(&text, Some(&self.stream))),
            _ => Err(pipe.malformed()),
        }
    }
}

/// Queues a command about something that ends with ids, if there are any.
pub(super) fn queue_about(pipe: &mut Pipe, command: &[u8], about: &[&[u8]], ids: &[EntryId]) {
    if ids.is_empty() {
        return;
    }
    let mut words = pipe.queue_words(1 + about.len() + ids.len());
    words.word(command);
    for word in about {
        words.word(word);
    }
    for id in ids {
        words.id(*id);
    }
}
