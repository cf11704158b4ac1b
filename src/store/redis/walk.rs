//! The way through streams: which pages come next, and what asks for them.
//!
//! A page begins where the one before ends, which is known once that is here; meanwhile the server
//! would have nothing to do. So a stream is cut by time, by how fast entries came so far, and several
//! pages are asked for at once. Where more entries lie in a cut than a page takes, the pages behind it
//! come in vain and are asked for again.

mod cursor;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

pub(super) use cursor::{Bounds, Cursor};
use cursor::{Page, Part};

use super::kept::Block;
use super::resp::Malformed;
use super::wire::Connection;
use crate::event::{EntryId, Millis};
use crate::store::Error;

/// Pages that are on their way at once.
const AHEAD: usize = 3;

/// The way through all streams.
pub(super) struct Walk {
    cursors: Vec<Cursor>,
    newest_first: bool,
    /// Pages that are on their way, the next one first.
    asked: VecDeque<(usize, Page)>,
    /// Replies that come before them, in vain.
    in_vain: usize,
}

/// The page that comes next.
pub(super) struct Coming {
    /// The number of its stream.
    pub(super) index: usize,
    /// The key of its stream.
    pub(super) stream: Arc<str>,
    /// How many replies of the server it comes in.
    pub(super) replies: usize,
    /// What it is, where it is kept on this machine.
    pub(super) kept: Option<Block>,
    /// Where it begins, where it goes from one id to a later one.
    pub(super) from: Option<EntryId>,
}

impl Walk {
    pub(super) fn new(cursors: Vec<Cursor>, newest_first: bool) -> Self {
        Self {
            cursors,
            newest_first,
            asked: VecDeque::new(),
            in_vain: 0,
        }
    }

    /// Sends what asks for the pages that come next in time, as far as it is known where they begin.
    pub(super) fn ask(&mut self, connection: &mut Connection) -> Result<(), Error> {
        let known = self.asked.len();
        while self.plan() {}
        for (index, page) in self.asked.range(known..) {
            let stream = &self.cursors[*index].stream;
            page.command(stream, self.newest_first, connection);
        }
        if known < self.asked.len() {
            connection.send()?;
        }
        Ok(())
    }

    /// Notes one more page to ask for; `false` where there is none, or where it has to wait.
    fn plan(&mut self) -> bool {
        let newest_first = self.newest_first;
        if self.asked.len() >= AHEAD || self.asked.back().is_some_and(|(_, page)| page.is_open) {
            return false;
        }
        let Some((index, _)) = self.foremost() else {
            return false;
        };
        let page = self.cursors[index].take(newest_first);
        self.asked.extend(page.map(|page| (index, page)));
        true
    }

    /// The stream whose turn it is, and the first id that it may have.
    fn foremost(&self) -> Option<(usize, EntryId)> {
        let ends = self.cursors.iter().enumerate();
        let ends = ends.filter_map(|(index, cursor)| Some((index, cursor.end(self.newest_first)?)));
        match self.newest_first {
            true => ends.max_by_key(|(_, end)| *end),
            false => ends.min_by_key(|(_, end)| *end),
        }
    }

    /// Whether the newest entries come first.
    pub(super) fn is_newest_first(&self) -> bool {
        self.newest_first
    }

    /// How many replies to throw away before the next page.
    pub(super) fn in_vain(&mut self) -> usize {
        std::mem::take(&mut self.in_vain)
    }

    /// The next page; `None` when all is read.
    pub(super) fn coming(&self) -> Option<Coming> {
        let (index, page) = self.asked.front()?;
        Some(Coming {
            index: *index,
            stream: Arc::clone(&self.cursors[*index].stream),
            replies: page.replies(),
            kept: match &page.part {
                Part::Kept(blocks) => blocks.front().copied(),
                _ => None,
            },
            from: match &page.part {
                Part::Range(from, _) if !self.newest_first => Some(*from),
                _ => None,
            },
        })
    }

    /// Notes that the next page, which was kept, cannot be read back: the server is asked for it.
    pub(super) fn is_lost(&mut self) {
        let lost = self.asked.pop_front();
        self.take_back();
        if let Some((index, page)) = lost
            && let Part::Kept(blocks) = page.part
        {
            for block in blocks {
                let part = Part::Range(block.first, block.last);
                self.cursors[index].put_back(part, self.newest_first);
            }
        }
    }

    /// The server's clock at the first entry that may still come; `None` when all is read.
    pub(super) fn next(&self) -> Option<Millis> {
        let asked = self.asked.front();
        let asked = asked.and_then(|(_, page)| page.part.end(self.newest_first));
        let end = asked.or_else(|| Some(self.foremost()?.1));
        end.map(EntryId::time)
    }

    /// Notes that the next page is here: `count` entries in so many bytes, up to `last`. Returns up to
    /// where nothing is missing, where it goes from one id to another.
    pub(super) fn arrived(
        &mut self,
        last: Option<EntryId>,
        count: usize,
        bytes: usize,
    ) -> Result<Option<EntryId>, Malformed> {
        let newest_first = self.newest_first;
        let (index, page) = self.asked.pop_front().ok_or(Malformed)?;
        let Part::Range(from, to) = page.part else {
            self.cursors[index].resize(count, bytes, None);
            return Ok(None);
        };
        // A server that answers something else could keep us in a circle.
        if count > page.most || last.is_some_and(|last| last < from || last > to) {
            return Err(Malformed);
        }
        let full = last.filter(|_| count == page.most);
        let (from, to, rest) = match (full, newest_first) {
            (None, _) => (from, to, None),
            (Some(last), true) => (last, to, (last > from).then(|| (from, last.previous()))),
            (Some(last), false) => (from, last, (last < to).then(|| (last.next(), to))),
        };
        self.cursors[index].resize(count, bytes, Some(to.ms - from.ms));
        if let Some((from, to)) = rest {
            self.take_back();
            self.cursors[index].put_back(Part::Range(from, to), newest_first);
        }
        Ok(Some(to))
    }

    /// Puts back what was asked for too early.
    fn take_back(&mut self) {
        while let Some((index, page)) = self.asked.pop_back() {
            self.in_vain += page.replies();
            self.cursors[index].put_back(page.part, self.newest_first);
        }
    }
}
