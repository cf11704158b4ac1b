//! Reading streams from one end to the other, a page at a time.
//!
//! What is read is what the streams hold when the scan starts. Streams take turns by time, so
//! that everything still to come lies beyond one point in time. The command for the next page goes
//! out as soon as the last id of the page before is known: the server works on it while this side
//! filters. Pages are filtered in pieces of [`PIECE`] bytes, so that memory depends neither on the
//! number of entries nor on their size.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::entry::Entry;
use super::resp::Malformed;
use super::target::Target;
use super::wire::{Connection, Timeouts};
use crate::event::{EntryId, Millis, may_match};
use crate::store::{CLOCK_MARGIN_MS, Coverage, Error, Scan, Sink, Source};

/// Entries of the first page: a search for the newest few ends here.
const FIRST_PAGE: usize = 128;
/// Entries of a page at most.
const MAX_PAGE: usize = 2000;
/// How large a page should be, as far as the page before can tell: small enough for the
/// processor's cache, large enough to make the round trip cheap.
const PAGE_BYTES: usize = 1024 * 1024;
/// Bytes of a page that are held at once.
const PIECE: usize = 8 * 1024 * 1024;

/// The streams of a server as a source.
#[derive(Debug)]
pub struct RedisSource {
    target: Target,
    timeouts: Timeouts,
}

impl RedisSource {
    /// A source that connects anew for each scan.
    pub fn new(target: Target, timeouts: Timeouts) -> Self {
        Self { target, timeouts }
    }
}

impl Source for RedisSource {
    fn name(&self) -> String {
        self.target.to_string()
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        let mut connection = Connection::reading(&self.target, self.timeouts)?;
        let mut coverage = Coverage {
            source: self.name(),
            ..Coverage::default()
        };
        let mut walk = Walk {
            cursors: cursors(&mut connection, scan, &mut coverage)?,
            newest_first: scan.newest_first,
        };
        let mut asked = walk.ask(&mut connection)?;
        while let Some(index) = asked.take() {
            let stream = Arc::clone(&walk.cursors[index].stream);
            let count = connection.array(&stream)?.unwrap_or(0);
            let mut left = count;
            let mut bytes = 0;
            let mut piece = Vec::with_capacity(left.min(MAX_PAGE));
            loop {
                while left > 0 && connection.held() < PIECE {
                    piece.push(connection.value()?);
                    left -= 1;
                }
                bytes += piece.iter().map(Range::len).sum::<usize>();
                if left == 0 {
                    let last = piece
                        .last()
                        .map(|range| Entry::id(connection.bytes(range.clone())));
                    let last = last
                        .transpose()
                        .map_err(|Malformed| connection.malformed())?;
                    walk.advance(index, last, count)
                        .map_err(|Malformed| connection.malformed())?;
                    walk.cursors[index].resize(count, bytes);
                    asked = walk.ask(&mut connection)?;
                }
                coverage.scanned += piece.len() as u64;
                (scan.progress)(piece.len() as u64);
                filter(&connection, &stream, piece.drain(..), scan, sink)?;
                connection.done();
                if left == 0 {
                    break;
                }
            }
            if let Some(next) = asked
                && scan.newest_first
                && sink.reached(walk.cursors[next].to.time()) == ControlFlow::Break(())
            {
                break;
            }
        }
        Ok(coverage)
    }
}

/// Hands on what a scan accepts.
fn filter(
    connection: &Connection,
    stream: &Arc<str>,
    entries: impl Iterator<Item = Range<usize>>,
    scan: &Scan<'_>,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    for range in entries {
        let raw = connection.bytes(range);
        if !may_match(scan.literals, raw) {
            continue;
        }
        let entry = Entry::parse(raw).map_err(|Malformed| connection.malformed())?;
        let event = entry.decode(stream);
        if scan.accepts(&event) {
            sink.event(event)?;
        }
    }
    Ok(())
}

/// What is still to be read of one stream; both ends belong to it.
struct Cursor {
    stream: Arc<str>,
    from: EntryId,
    to: EntryId,
    ended: bool,
    /// Entries of the next page.
    page: usize,
}

impl Cursor {
    fn new(stream: &str, from: EntryId, to: EntryId) -> Self {
        Self {
            stream: Arc::from(stream),
            from,
            to,
            ended: from > to,
            page: FIRST_PAGE,
        }
    }

    /// Chooses the size of the next page by the entries of the last one.
    fn resize(&mut self, count: usize, bytes: usize) {
        if let Some(entry) = bytes.checked_div(count) {
            let fitting = PAGE_BYTES / entry.max(1);
            self.page = fitting.clamp(1, MAX_PAGE).min(self.page * 4);
        }
    }
}

/// The way through all streams.
struct Walk {
    cursors: Vec<Cursor>,
    newest_first: bool,
}

impl Walk {
    /// Sends the command for the page that comes next in time; `None` when all is read.
    fn ask(&self, connection: &mut Connection) -> Result<Option<usize>, Error> {
        let open = (0..self.cursors.len()).filter(|&index| !self.cursors[index].ended);
        let next = match self.newest_first {
            true => open.max_by_key(|&index| self.cursors[index].to),
            false => open.min_by_key(|&index| self.cursors[index].from),
        };
        if let Some(index) = next {
            let Cursor {
                stream,
                from,
                to,
                page,
                ..
            } = &self.cursors[index];
            let (from, to, page) = (from.to_string(), to.to_string(), page.to_string());
            let command = match self.newest_first {
                true => ["XREVRANGE", stream, &to, &from, "COUNT", &page],
                false => ["XRANGE", stream, &from, &to, "COUNT", &page],
            };
            connection.command(&command);
            connection.send()?;
        }
        Ok(next)
    }

    /// Notes that a page of `count` entries ended with `last`.
    fn advance(
        &mut self,
        index: usize,
        last: Option<EntryId>,
        count: usize,
    ) -> Result<(), Malformed> {
        let cursor = &mut self.cursors[index];
        let Some(last) = last else {
            cursor.ended = true;
            return Ok(());
        };
        // A server that answers something else could keep us in a circle.
        if last < cursor.from || last > cursor.to {
            return Err(Malformed);
        }
        cursor.ended = count < cursor.page
            || last
                == if self.newest_first {
                    cursor.from
                } else {
                    cursor.to
                };
        match self.newest_first {
            true => cursor.to = before(last),
            false => cursor.from = last.next(),
        }
        Ok(())
    }
}

/// Asks where the streams start and end now.
fn cursors(
    connection: &mut Connection,
    scan: &Scan<'_>,
    coverage: &mut Coverage,
) -> Result<Vec<Cursor>, Error> {
    for stream in scan.streams {
        connection.command(&["XRANGE", stream, "-", "+", "COUNT", "1"]);
        connection.command(&["XREVRANGE", stream, "+", "-", "COUNT", "1"]);
    }
    connection.send()?;
    let since = scan.since.map_or(EntryId::MIN, first_entry_since);
    let mut cursors = Vec::with_capacity(scan.streams.len());
    for stream in scan.streams {
        let oldest = only_id(connection, stream)?;
        let newest = only_id(connection, stream)?;
        let (Some(oldest), Some(newest)) = (oldest, newest) else {
            continue;
        };
        let (start, end) = (oldest.time(), newest.time());
        coverage.oldest = Some(coverage.oldest.map_or(start, |known| known.min(start)));
        coverage.newest = Some(coverage.newest.map_or(end, |known| known.max(end)));
        cursors.push(Cursor::new(stream, oldest.max(since), newest));
    }
    Ok(cursors)
}

/// The id of the one entry that a reply holds, or `None` for an empty one.
fn only_id(connection: &mut Connection, stream: &str) -> Result<Option<EntryId>, Error> {
    let mut id = None;
    for _ in 0..connection.array(stream)?.unwrap_or(0) {
        let range = connection.value()?;
        id = Some(Entry::id(connection.bytes(range)).map_err(|Malformed| connection.malformed())?);
        connection.done();
    }
    Ok(id)
}

/// The smallest id that an event of this time can have, emitters' clocks considered.
pub(super) fn first_entry_since(since: Millis) -> EntryId {
    let ms = since.plus(-CLOCK_MARGIN_MS).get();
    EntryId {
        ms: u64::try_from(ms).unwrap_or(0),
        seq: 0,
    }
}

/// The greatest id that lies before this one.
pub(super) fn before(id: EntryId) -> EntryId {
    match (id.ms, id.seq) {
        (ms, 1..) => EntryId {
            ms,
            seq: id.seq - 1,
        },
        (1.., 0) => EntryId {
            ms: id.ms - 1,
            seq: u64::MAX,
        },
        (0, 0) => EntryId::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_step_back_as_they_step_on() {
        for id in [
            EntryId { ms: 1, seq: 0 },
            EntryId { ms: 1, seq: 1 },
            EntryId {
                ms: 2,
                seq: u64::MAX,
            },
        ] {
            assert!(before(id) < id);
            assert_eq!(before(id).next(), id);
        }
        assert_eq!(before(EntryId::MIN), EntryId::MIN);
    }

    #[test]
    fn pages_grow_slowly_and_shrink_at_once() {
        let mut cursor = Cursor::new("s", EntryId::MIN, EntryId::MAX);
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
