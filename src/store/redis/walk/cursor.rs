//! What is still to be read of one stream, and how much of it a page takes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::event::EntryId;
use crate::store::redis::index::Found;
use crate::store::redis::kept::{Block, Kept};
use crate::store::redis::wire::Connection;

/// Entries of the first page: a search for the newest few ends here.
const FIRST_PAGE: usize = 128;
/// Entries of a page at most.
const MAX_PAGE: usize = 1000;
/// How large a page should be, as far as the page before can tell: small enough for the processors'
/// caches on both sides, large enough to make what each page costs by itself cheap.
const PAGE_BYTES: usize = 192 * 1024;
/// How many times as fast as before a page, and the time that it covers, may grow.
const GROWTH: u64 = 4;

/// What a stream holds of what is asked for; both ends belong to it.
pub(in crate::store::redis) struct Bounds {
    pub(in crate::store::redis) stream: Arc<str>,
    pub(in crate::store::redis) from: EntryId,
    pub(in crate::store::redis) to: EntryId,
    /// Entries of the whole stream, where that was asked.
    pub(in crate::store::redis) count: Option<u64>,
}

impl Bounds {
    /// Every entry.
    pub(in crate::store::redis) fn all(&self) -> Cursor {
        self.beside(None)
    }

    /// The same, with what is kept of it.
    pub(in crate::store::redis) fn beside(&self, kept: Option<&Kept>) -> Cursor {
        let last = kept.and_then(Kept::last);
        let blocks = kept.into_iter().flat_map(Kept::blocks).collect();
        let after = last.map_or(self.from, |last| self.from.max(last.next()));
        let parts = [Part::Kept(blocks), Part::Range(after, self.to)];
        Cursor::new(&self.stream, parts)
    }

    /// The entries that were found to matter.
    pub(in crate::store::redis) fn only(&self, found: Found) -> Cursor {
        let Found {
            until, ids, after, ..
        } = found;
        let held = |id: &EntryId| (self.from..=self.to).contains(id);
        Cursor::new(
            &self.stream,
            [
                Part::Range(self.from, self.to.min(until)),
                Part::Ids(ids.into_iter().filter(held).collect()),
                Part::Range(self.from.max(until.next()).max(after.next()), self.to),
            ],
        )
    }
}

/// Entries that lie beside each other in what is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All between two ids that belong to it; none where the first is the greater.
    Range(EntryId, EntryId),
    /// These, in order.
    Ids(VecDeque<EntryId>),
    /// What is kept of them on this machine, in order.
    Kept(VecDeque<Block>),
}

impl Part {
    fn is_empty(&self) -> bool {
        match self {
            Self::Range(from, to) => from > to,
            Self::Ids(ids) => ids.is_empty(),
            Self::Kept(blocks) => blocks.is_empty(),
        }
    }

    /// The first id that may come next.
    pub(super) fn end(&self, newest_first: bool) -> Option<EntryId> {
        match (self, newest_first) {
            (Self::Range(from, _), false) => Some(*from),
            (Self::Range(_, to), true) => Some(*to),
            (Self::Ids(ids), false) => ids.front().copied(),
            (Self::Ids(ids), true) => ids.back().copied(),
            (Self::Kept(blocks), false) => Some(blocks.front()?.first),
            (Self::Kept(blocks), true) => Some(blocks.back()?.last),
        }
    }

    /// Leaves only so much of the clock at the end that comes next, and returns the rest.
    fn cut(&mut self, ms: u64, newest_first: bool) -> Option<Self> {
        let Self::Range(from, to) = self else {
            return None;
        };
        let (kept, rest) = if newest_first {
            let first = EntryId {
                ms: to.ms.saturating_sub(ms),
                seq: 0,
            };
            ((first, *to), (*from, first.previous()))
        } else {
            let last = EntryId {
                ms: from.ms.saturating_add(ms),
                seq: u64::MAX,
            };
            ((*from, last), (last.next(), *to))
        };
        if rest.0 > rest.1 || kept.0 < *from || kept.1 > *to {
            return None;
        }
        *self = Self::Range(kept.0, kept.1);
        Some(Self::Range(rest.0, rest.1))
    }

    /// Leaves so many ids at the end that comes next, or one block, and returns the rest.
    fn split(&mut self, count: usize, newest_first: bool) -> Option<Self> {
        match self {
            Self::Range(..) => None,
            Self::Ids(ids) => split(ids, count, newest_first).map(Self::Ids),
            Self::Kept(blocks) => split(blocks, 1, newest_first).map(Self::Kept),
        }
    }
}

/// Leaves so many at the end that comes next, and returns the rest.
fn split<T>(all: &mut VecDeque<T>, count: usize, newest_first: bool) -> Option<VecDeque<T>> {
    match newest_first {
        _ if all.len() <= count => None,
        true => {
            let kept = all.split_off(all.len() - count);
            Some(std::mem::replace(all, kept))
        }
        false => Some(all.split_off(count)),
    }
}

/// What is still to be asked for of one stream.
pub(in crate::store::redis) struct Cursor {
    pub(super) stream: Arc<str>,
    /// In order, none of them empty.
    parts: VecDeque<Part>,
    /// Entries that the next page should have.
    page: usize,
    /// Milliseconds of the server's clock in which about so many entries came; `None` where that is
    /// not known, or where they came at once.
    span_ms: Option<u64>,
}

/// A part that is asked for with one page.
pub(super) struct Page {
    pub(super) part: Part,
    /// Entries of the page at most.
    pub(super) most: usize,
    /// Whether it takes as much of the part as there is room for: where the next page begins is known
    /// once it is here.
    pub(super) is_open: bool,
}

impl Page {
    /// Queues what asks for it.
    pub(super) fn command(&self, stream: &str, newest_first: bool, connection: &mut Connection) {
        match &self.part {
            Part::Range(from, to) => {
                let (from, to, most) = (from.to_string(), to.to_string(), self.most.to_string());
                connection.command(&match newest_first {
                    true => ["XREVRANGE", stream, &to, &from, "COUNT", &most],
                    false => ["XRANGE", stream, &from, &to, "COUNT", &most],
                });
            }
            Part::Ids(ids) => {
                for place in 0..ids.len() {
                    let place = match newest_first {
                        true => ids.len() - 1 - place,
                        false => place,
                    };
                    let id = ids[place].to_string();
                    connection.command(&["XRANGE", stream, &id, &id]);
                }
            }
            Part::Kept(_) => {}
        }
    }

    /// How many replies it comes in.
    pub(super) fn replies(&self) -> usize {
        match &self.part {
            Part::Range(..) => 1,
            Part::Ids(ids) => ids.len(),
            Part::Kept(_) => 0,
        }
    }
}

impl Cursor {
    pub(super) fn new(stream: &Arc<str>, parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            stream: Arc::clone(stream),
            parts: parts.into_iter().filter(|part| !part.is_empty()).collect(),
            page: FIRST_PAGE,
            span_ms: None,
        }
    }

    /// The first id that may come next; `None` where all was asked for.
    pub(super) fn end(&self, newest_first: bool) -> Option<EntryId> {
        let part = match newest_first {
            true => self.parts.back(),
            false => self.parts.front(),
        };
        part?.end(newest_first)
    }

    /// Takes out what the next page asks for.
    pub(super) fn take(&mut self, newest_first: bool) -> Option<Page> {
        let mut part = match newest_first {
            true => self.parts.pop_back(),
            false => self.parts.pop_front(),
        }?;
        let (rest, most, is_open) = match (&part, self.span_ms) {
            (Part::Ids(_) | Part::Kept(_), _) => {
                (part.split(self.page, newest_first), self.page, false)
            }
            (Part::Range(..), None) => (None, self.page, true),
            // Entries do not come evenly.
            (Part::Range(..), Some(ms)) => (part.cut(ms, newest_first), 2 * self.page, false),
        };
        if let Some(rest) = rest {
            self.put_back(rest, newest_first);
        }
        Some(Page {
            part,
            most,
            is_open,
        })
    }

    /// Puts back what is to come next.
    pub(super) fn put_back(&mut self, part: Part, newest_first: bool) {
        match newest_first {
            true => self.parts.push_back(part),
            false => self.parts.push_front(part),
        }
    }

    /// Chooses the next page by the last one: its entries, their bytes, and the time that they cover.
    pub(super) fn resize(&mut self, count: usize, bytes: usize, covered_ms: Option<u64>) {
        if let Some(entry) = bytes.checked_div(count) {
            let fitting = PAGE_BYTES / entry.max(1);
            let most = self.page * usize::try_from(GROWTH).unwrap_or(1);
            self.page = fitting.clamp(1, MAX_PAGE).min(most);
        }
        let Some(covered_ms) = covered_ms else {
            return;
        };
        let most = self.span_ms.map(|ms| ms.saturating_mul(GROWTH));
        let (page, count) = (self.page as u64, count as u64);
        let fitting = covered_ms.saturating_mul(page).checked_div(count);
        let span_ms = fitting.into_iter().chain(most).min();
        self.span_ms = span_ms.filter(|ms| *ms > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_grow_slowly_and_shrink_at_once() {
        let mut cursor = Cursor::new(&"s".into(), [Part::Range(EntryId::MIN, EntryId::MAX)]);
        cursor.resize(FIRST_PAGE, FIRST_PAGE * 100, None);
        assert_eq!(cursor.page, 4 * FIRST_PAGE);
        cursor.resize(512, 512 * 10, None);
        assert_eq!(cursor.page, MAX_PAGE);
        cursor.resize(MAX_PAGE, MAX_PAGE * PAGE_BYTES, None);
        assert_eq!(cursor.page, 1);
        cursor.resize(1, 100, None);
        assert_eq!(cursor.page, 4);
        cursor.resize(0, 0, None);
        assert_eq!(cursor.page, 4);
    }

    #[test]
    fn a_page_covers_the_time_in_which_it_fills() {
        let mut cursor = Cursor::new(&"s".into(), [Part::Range(EntryId::MIN, EntryId::MAX)]);
        assert!(cursor.take(false).expect("a page").is_open);
        cursor.resize(128, 128 * 384, Some(1280));
        // 512 entries fit, and 10 ms lie between two.
        assert_eq!((cursor.page, cursor.span_ms), (512, Some(5120)));
        // Nothing came in this time: there may be a gap.
        cursor.resize(0, 0, Some(5120));
        assert_eq!(cursor.span_ms, Some(4 * 5120));
        cursor.resize(512, 512 * 384, Some(256));
        assert_eq!(cursor.span_ms, Some(256));
        // All at once cannot be cut by time.
        cursor.resize(1024, 1024 * 384, Some(0));
        assert_eq!(cursor.span_ms, None);
    }
}
