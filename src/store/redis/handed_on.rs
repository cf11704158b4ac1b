//! Entries that every output of a collector has, and that stay pending for the sake of their jobs.
//!
//! ```text
//! emp:collector:handed-on:<stream>:<group>   sorted set: ids of entries, by when that was noted
//! ```
//!
//! Whoever takes one over from a collector that died asks, and hands it to no output again. Of no
//! entries nothing is queued, and no reply is taken.

use super::group::GroupReader;
use super::member::{Membership, queue_about};
use super::pipe::{Pipe, Replies};
use super::resp::Reply;
use super::taken::Page;
use crate::event::{EntryId, Millis};
use crate::store::Error;
use crate::time::Clock;

/// For how long that is kept of an entry which nobody took over, in milliseconds.
const KEEP_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Membership {
    fn handed_on(&self) -> String {
        format!("emp:collector:handed-on:{}:{}", self.stream, self.group)
    }

    /// Queues the note that every output has these.
    pub(crate) fn note_handed_on(&self, pipe: &mut Pipe, ids: &[EntryId], now: Millis) {
        if ids.is_empty() {
            return;
        }
        let mut words = pipe.queue_words(2 + 2 * ids.len());
        words.word(b"ZADD").word(self.handed_on().as_bytes());
        for id in ids {
            words.number(now.get()).id(*id);
        }
    }

    /// Queues that nobody need know it of these any more.
    pub(crate) fn forget_handed_on(&self, pipe: &mut Pipe, ids: &[EntryId]) {
        queue_about(pipe, b"ZREM", &[self.handed_on().as_bytes()], ids);
    }

    /// Takes the reply to either. A server that takes no notes holds up nothing: what another
    /// collector takes over goes to its outputs once more.
    pub(crate) fn noted(&self, replies: &mut Replies, ids: &[EntryId]) {
        if !ids.is_empty() {
            let _ = replies.next();
        }
    }
}

impl GroupReader {
    /// Asks which entries of a page every output has.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) fn look_for_handed_on(&mut self, page: &mut Page) -> Result<(), Error> {
        let ids = page.events.iter().filter_map(|event| event.entry());
        let ids: Vec<EntryId> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let key = self.membership.handed_on();
        let texts: Vec<String> = ids.iter().map(EntryId::to_string).collect();
        let mut command = vec!["ZMSCORE", &key];
        command.extend(texts.iter().map(String::as_str));
        self.connection.command(&command);
        self.connection.send()?;
        let reply = self.connection.reply()?;
        // No answer leads to nothing worse than repeats.
        let noted = ids.into_iter().zip(reply.values());
        let noted = noted.filter(|(_, score)| **score != Reply::Nil);
        page.handed_on = noted.map(|(id, _)| id).collect();
        Ok(())
    }

    /// Clears away what nobody asks for any more.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) fn prune_handed_on(&mut self) -> Result<(), Error> {
        let before = Clock::system_now().plus(-KEEP_MS).get().to_string();
        let key = self.membership.handed_on();
        self.connection
            .command(&["ZREMRANGEBYSCORE", &key, "-inf", &before]);
        self.connection.send()?;
        self.connection.reply().map(drop)
    }
}
