//! The way through streams: which page comes next, and what asks for it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::index::Found;
use super::resp::Malformed;
use super::scan::before;
use super::wire::Connection;
use crate::event::EntryId;
use crate::store::Error;

/// Entries of the first page: a search for the newest few ends here.
pub(super) const FIRST_PAGE: usize = 128;
/// Entries of a page at most.
const MAX_PAGE: usize = 2000;
/// How large a page should be, as far as the page before can tell: small enough for the
/// processor's cache, large enough to make the round trip cheap.
const PAGE_BYTES: usize = 1024 * 1024;

/// What a stream holds of what is asked for; both ends belong to it.
pub(super) struct Bounds {
    pub(super) stream: Arc<str>,
    pub(super) from: EntryId,
    pub(super) to: EntryId,
}

impl Bounds {
    /// Every entry.
    pub(super) fn all(&self) -> Cursor {
        Cursor::new(&self.stream, [Part::range(self.from, self.to)])
    }

    /// The entries that were found to matter.
    pub(super) fn only(&self, found: Found) -> Cursor {
        let Found {
            until, ids, after, ..
        } = found;
        let held = |id: &EntryId| (self.from..=self.to).contains(id);
        Cursor::new(
            &self.stream,
            [
                Part::range(self.from, self.to.min(until)),
                Part::Ids(ids.into_iter().filter(held).collect()),
                Part::range(self.from.max(until.next()).max(after.next()), self.to),
            ],
        )
    }
}

/// Entries that lie beside each other in what is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// All between two ids that belong to it.
    Range(EntryId, EntryId),
    /// These, in order.
    Ids(VecDeque<EntryId>),
}

impl Part {
    /// No ids where the range is empty.
    fn range(from: EntryId, to: EntryId) -> Self {
        if from <= to {
            Self::Range(from, to)
        } else {
            Self::Ids(VecDeque::new())
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Ids(ids) if ids.is_empty())
    }

    /// The first id that may come next.
    fn end(&self, newest_first: bool) -> Option<EntryId> {
        match (self, newest_first) {
            (Self::Range(from, _), false) => Some(*from),
            (Self::Range(_, to), true) => Some(*to),
            (Self::Ids(ids), false) => ids.front().copied(),
            (Self::Ids(ids), true) => ids.back().copied(),
        }
    }
}

/// What is still to be read of one stream.
pub(super) struct Cursor {
    pub(super) stream: Arc<str>,
    /// In order, none of them empty.
    parts: VecDeque<Part>,
    /// Entries of the next page.
    page: usize,
}

impl Cursor {
    fn new(stream: &Arc<str>, parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            stream: Arc::clone(stream),
            parts: parts.into_iter().filter(|part| !part.is_empty()).collect(),
            page: FIRST_PAGE,
        }
    }

    /// The part that is read now.
    fn part(&self, newest_first: bool) -> Option<&Part> {
        match newest_first {
            true => self.parts.back(),
            false => self.parts.front(),
        }
    }

    /// The first id that may come next; the least where nothing does.
    pub(super) fn end(&self, newest_first: bool) -> EntryId {
        let part = self.part(newest_first);
        part.and_then(|part| part.end(newest_first))
            .unwrap_or_default()
    }

    /// Chooses the size of the next page by the entries of the last one.
    pub(super) fn resize(&mut self, count: usize, bytes: usize) {
        if let Some(entry) = bytes.checked_div(count) {
            let fitting = PAGE_BYTES / entry.max(1);
            self.page = fitting.clamp(1, MAX_PAGE).min(self.page * 4);
        }
    }
}

/// The way through all streams.
pub(super) struct Walk {
    pub(super) cursors: Vec<Cursor>,
    pub(super) newest_first: bool,
}

impl Walk {
    /// Sends what asks for the page that comes next in time: the stream's place and the number of
    /// commands; `None` when all is read.
    pub(super) fn ask(&self, connection: &mut Connection) -> Result<Option<(usize, usize)>, Error> {
        let open = (0..self.cursors.len()).filter(|&index| !self.cursors[index].parts.is_empty());
        let end = |&index: &usize| self.cursors[index].end(self.newest_first);
        let next = match self.newest_first {
            true => open.max_by_key(end),
            false => open.min_by_key(end),
        };
        let Some(index) = next else {
            return Ok(None);
        };
        let cursor = &self.cursors[index];
        let (stream, page) = (&cursor.stream, cursor.page);
        let commands = match cursor.part(self.newest_first) {
            Some(Part::Range(from, to)) => {
                let (from, to, page) = (from.to_string(), to.to_string(), page.to_string());
                connection.command(&match self.newest_first {
                    true => ["XREVRANGE", stream, &to, &from, "COUNT", &page],
                    false => ["XRANGE", stream, &from, &to, "COUNT", &page],
                });
                1
            }
            Some(Part::Ids(ids)) => {
                let count = ids.len().min(page);
                for place in 0..count {
                    let place = match self.newest_first {
                        true => ids.len() - 1 - place,
                        false => place,
                    };
                    let id = ids[place].to_string();
                    connection.command(&["XRANGE", stream, &id, &id]);
                }
                count
            }
            None => 0,
        };
        connection.send()?;
        Ok(Some((index, commands)))
    }

    /// Notes that a page of `count` entries ended with `last`.
    pub(super) fn advance(
        &mut self,
        index: usize,
        last: Option<EntryId>,
        count: usize,
    ) -> Result<(), Malformed> {
        let newest_first = self.newest_first;
        let cursor = &mut self.cursors[index];
        let page = cursor.page;
        let taken = match newest_first {
            true => cursor.parts.pop_back(),
            false => cursor.parts.pop_front(),
        };
        let rest = match (taken, last) {
            (Some(Part::Range(from, to)), Some(last)) => {
                // A server that answers something else could keep us in a circle.
                if last < from || last > to {
                    return Err(Malformed);
                }
                let end = if newest_first { from } else { to };
                match newest_first {
                    _ if count < page || last == end => return Ok(()),
                    true => Part::range(from, before(last)),
                    false => Part::range(last.next(), to),
                }
            }
            (Some(Part::Ids(mut ids)), _) => {
                let asked = ids.len().min(page);
                match newest_first {
                    true => ids.truncate(ids.len() - asked),
                    false => _ = ids.drain(..asked),
                }
                Part::Ids(ids)
            }
            (_, None) | (None, _) => return Ok(()),
        };
        match newest_first {
            _ if rest.is_empty() => {}
            true => cursor.parts.push_back(rest),
            false => cursor.parts.push_front(rest),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_grow_slowly_and_shrink_at_once() {
        let mut cursor = Cursor::new(&"s".into(), [Part::range(EntryId::MIN, EntryId::MAX)]);
        cursor.resize(FIRST_PAGE, FIRST_PAGE * 300);
        assert_eq!(cursor.page, 4 * FIRST_PAGE);
        cursor.resize(512, 512 * 100);
        assert_eq!(cursor.page, MAX_PAGE);
        cursor.resize(MAX_PAGE, MAX_PAGE * PAGE_BYTES);
        assert_eq!(cursor.page, 1);
        cursor.resize(1, 100);
        assert_eq!(cursor.page, 4);
        cursor.resize(0, 0);
        assert_eq!(cursor.page, 4);
    }
}
