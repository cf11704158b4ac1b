//! Entries that somebody took and did not acknowledge.

use std::time::Duration;

use super::GroupReader;
use crate::event::EntryId;
use crate::store::Error;
use crate::store::redis::member::Membership;
use crate::store::redis::resp::Reply;
use crate::store::redis::taken::Page;

impl GroupReader {
    /// The consumer's own pending entries after one, at most `count`, with which of them were handed on
    /// before.
    ///
    /// # Errors
    /// When the server does not answer, or the group is gone.
    pub(crate) fn pending(&mut self, after: EntryId, count: usize) -> Result<Page, Error> {
        self.ask(count, &after.to_string());
        self.connection.send()?;
        let mut page = self.streams_page()?;
        self.look_for_handed_on(&mut page)?;
        Ok(page)
    }

    /// The id of the consumer's first pending entry after one, without the entry itself.
    ///
    /// # Errors
    /// When the server does not answer, or the group is gone.
    pub(crate) fn next_pending(&mut self, after: EntryId) -> Result<Option<EntryId>, Error> {
        let Membership {
            stream,
            group,
            consumer,
        } = &self.membership;
        let start = after.next().to_string();
        self.connection
            .command(&["XPENDING", stream, group, &start, "+", "1", consumer]);
        self.connection.send()?;
        match self.connection.reply()? {
            Reply::Error(text) => Err(self.connection.answer(&text, Some(stream))),
            reply => {
                let first = reply.values().first().and_then(|one| one.values().first());
                Ok(first.and_then(Reply::text).and_then(|id| id.parse().ok()))
            }
        }
    }

    /// Takes over entries that their consumer has left alone for `idle`, from `cursor` on. The
    /// second value is where to go on; the least id means that all were looked at.
    ///
    /// # Errors
    /// When the server does not answer, or the group is gone.
    pub(crate) fn claim(
        &mut self,
        cursor: EntryId,
        idle: Duration,
        count: usize,
    ) -> Result<(Page, EntryId), Error> {
        let (cursor, count) = (cursor.to_string(), count.to_string());
        let idle = idle.as_millis().to_string();
        let Membership {
            stream,
            group,
            consumer,
        } = &self.membership;
        self.connection.command(&[
            "XAUTOCLAIM",
            stream,
            group,
            consumer,
            &idle,
            &cursor,
            "COUNT",
            &count,
        ]);
        self.connection.send()?;
        let Some(parts @ 2..) = self.connection.array(stream)? else {
            return Err(self.connection.malformed());
        };
        let next = match self.connection.reply()?.text().map(str::parse) {
            Some(Ok(next)) => next,
            _ => return Err(self.connection.malformed()),
        };
        let mut page = Page::default();
        self.entries(&mut page)?;
        // Before Redis 7 entries that are gone stand among the others, without fields.
        for _ in 2..parts {
            let gone = self.connection.reply()?;
            let ids = gone.values().iter().filter_map(Reply::text);
            page.gone
                .extend(ids.filter_map(|id| id.parse::<EntryId>().ok()));
        }
        self.look_for_handed_on(&mut page)?;
        Ok((page, next))
    }
}
