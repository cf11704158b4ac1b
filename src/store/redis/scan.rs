//! Reading streams from one end to the other, a page at a time.
//!
//! What is read is what the streams hold when the scan starts. Streams take turns by time, so
//! that everything still to come lies beyond one point in time. Another thread asks for the pages and
//! takes them in ([`Pages`]), while this one looks at what has come.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::entry::Outline;
use super::index::{self, Found};
use super::kept::{self, Keep, Kept};
use super::pages::Pages;
use super::resp::Malformed;
use super::target::Target;
use super::walk::{Bounds, Cursor, Walk};
use super::wire::{Connection, Timeouts, malformed};
use crate::event::{EntryId, Event, Id, Millis};
use crate::store::{CLOCK_MARGIN_MS, Coverage, Error, Latest, Only, Scan, Sink, Source};

/// The streams of a server as a source.
#[derive(Debug)]
pub struct RedisSource {
    target: Target,
    timeouts: Timeouts,
    /// What came of connecting, where that was done before there was anything to scan.
    begun: Option<Result<Connection, Error>>,
    keep: Option<Keep>,
}

impl RedisSource {
    /// A source that connects anew for each scan, but for what [`Source::count`] left to it.
    pub fn new(target: Target, timeouts: Timeouts) -> Self {
        Self {
            target,
            timeouts,
            begun: None,
            keep: None,
        }
    }

    /// The same, that keeps what it reads of long streams, and does not read it again.
    #[must_use]
    pub fn keeping(self, keep: Option<Keep>) -> Self {
        Self { keep, ..self }
    }
}

impl Source for RedisSource {
    fn name(&self) -> String {
        self.target.to_string()
    }

    fn count(&mut self, streams: &[String]) -> Option<u64> {
        let mut count = None;
        let connection = Connection::reading(&self.target, self.timeouts);
        // Kept also where it failed: nobody waits twice for a server that does not answer.
        self.begun = Some(connection.and_then(|mut connection| {
            count = lengths(&mut connection, streams)?;
            Ok(connection)
        }));
        count
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        let begun = self.begun.take();
        let connect = || Connection::reading(&self.target, self.timeouts);
        let mut connection = begun.unwrap_or_else(connect)?;
        let mut coverage = Coverage {
            source: self.name(),
            ..Coverage::default()
        };
        let mut bounds = bounds(&mut connection, scan, &mut coverage)?;
        if let Some(only) = scan.only
            && let Some(cursors) = shortcut(&mut connection, &bounds, only, &mut coverage)?
        {
            let id = match only {
                Only::Start(id) => Some(id),
                Only::Id(..) | Only::AnyId(_) => None,
            };
            let mut named = Named {
                id,
                sink,
                met: false,
            };
            let kept = Vec::new();
            let sink = &mut named;
            let all = walk(connection, cursors, kept, scan, None, &mut coverage, sink)?;
            connection = match all {
                Some(connection) if id.is_some() && !named.met => connection,
                _ => return Ok(coverage),
            };
            coverage.indexed = false;
            coverage.notes = vec!["no entry has the id in full: every entry was read".to_owned()];
        }
        let kept = match &self.keep {
            Some(keep) if !scan.anew => {
                let source = self.name();
                kept::look(&mut connection, &source, &mut bounds, keep)?
            }
            _ => bounds.iter().map(|_| None).collect(),
        };
        for (bounds, kept) in bounds.iter().zip(&kept) {
            let entries = kept.as_ref().map_or(0, Kept::entries);
            if entries > 0 {
                let note = format!("{}: {entries} entries are from the cache", bounds.stream);
                coverage.notes.push(note);
            }
        }
        let cursors = bounds.iter().zip(&kept);
        let cursors = cursors.map(|(bounds, kept)| bounds.beside(kept.as_ref()));
        let cursors = cursors.collect();
        let mut rear = Rear::of(&bounds, scan);
        walk(
            connection,
            cursors,
            kept,
            scan,
            rear.as_mut(),
            &mut coverage,
            sink,
        )?;
        coverage.latest = rear.is_some_and(|rear| rear.is_all_here());
        Ok(coverage)
    }
}

/// The entries of all streams; `None` where this user may not ask for that.
fn lengths(connection: &mut Connection, streams: &[String]) -> Result<Option<u64>, Error> {
    for stream in streams {
        connection.command(&["XLEN", stream]);
    }
    connection.send()?;
    let mut count = Some(0);
    for _ in streams {
        let length = connection.reply()?.count();
        count = count.zip(length).map(|(count, length)| count + length);
    }
    Ok(count)
}

/// The way to the entries that the index of ids leads to; `None` where it is no help.
fn shortcut(
    connection: &mut Connection,
    bounds: &[Bounds],
    only: Only<'_>,
    coverage: &mut Coverage,
) -> Result<Option<Vec<Cursor>>, Error> {
    if bounds.is_empty() {
        return Ok(None);
    }
    let streams: Vec<&str> = bounds.iter().map(|bounds| &*bounds.stream).collect();
    let found = index::look_up(connection, &streams, only)?;
    coverage.notes = streams
        .iter()
        .zip(&found)
        .map(|(stream, found)| match found {
            Ok(_) => format!("{stream} was read by its index"),
            Err(reason) => format!("every entry of {stream} was read: {reason}"),
        })
        .collect();
    let helps = |found: &Result<Found, _>| found.as_ref().is_ok_and(|found| found.knows);
    // An id that no index knows may be the beginning of others.
    if matches!(only, Only::Start(_)) && !found.iter().any(helps) {
        if found.iter().all(Result::is_ok) {
            coverage.notes = vec!["no index knows the id: every entry was read".to_owned()];
        }
        return Ok(None);
    }
    if found.iter().all(Result::is_err) {
        return Ok(None);
    }
    coverage.indexed = found.iter().all(Result::is_ok);
    let cursors = bounds.iter().zip(found).map(|(bounds, found)| match found {
        Ok(found) => bounds.only(found),
        Err(_) => bounds.all(),
    });
    Ok(Some(cursors.collect()))
}

/// Lets events through that have an id in full, where one is wanted, and knows whether there was one.
struct Named<'a> {
    id: Option<&'a str>,
    sink: &'a mut dyn Sink,
    met: bool,
}

impl Sink for Named<'_> {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        let mut ids = Id::SUBJECTS.into_iter().filter_map(|id| event.id(id));
        if self.id.is_some() && !ids.any(|id| Some(id) == self.id) {
            return Ok(());
        }
        self.met = true;
        self.sink.event(event)
    }

    fn reached(&mut self, oldest: Millis) -> ControlFlow<()> {
        self.sink.reached(oldest)
    }
}

/// Knows which entries of whole streams, read from their beginning, come last.
struct Rear<'a> {
    latest: &'a RefCell<Latest>,
    /// Entries that are still to come.
    left: Vec<(Arc<str>, u64)>,
}

impl<'a> Rear<'a> {
    /// `None` where nobody wants what comes last, or it is not known how many entries there are.
    fn of(bounds: &[Bounds], scan: &'a Scan<'_>) -> Option<Self> {
        let latest = scan.takes_latest()?;
        let left = bounds.iter();
        let left = left.map(|bounds| Some((Arc::clone(&bounds.stream), bounds.count?)));
        let left = left.collect::<Option<_>>()?;
        Some(Self { latest, left })
    }

    /// How many of the next `count` entries of a stream come before its last ones.
    fn before(&mut self, stream: &str, count: u64) -> u64 {
        let mut streams = self.left.iter_mut();
        let Some((_, left)) = streams.find(|(name, _)| **name == *stream) else {
            return 0;
        };
        let limit = self.latest.borrow().limit() as u64;
        let before = left.saturating_sub(limit).min(count);
        *left = left.saturating_sub(count);
        before
    }

    /// Whether as many entries came as were counted: else some were trimmed meanwhile, and what was taken
    /// for the last ones are fewer.
    fn is_all_here(&self) -> bool {
        self.left.iter().all(|(_, left)| *left == 0)
    }
}

/// Reads all that cursors point at; nothing where the sink has enough before that, else the connection.
fn walk(
    connection: Connection,
    cursors: Vec<Cursor>,
    kept: Vec<Option<Kept>>,
    scan: &Scan<'_>,
    mut rear: Option<&mut Rear<'_>>,
    coverage: &mut Coverage,
    sink: &mut dyn Sink,
) -> Result<Option<Connection>, Error> {
    let target = connection.target().clone();
    let walk = Walk::new(cursors, scan.newest_first);
    let pages = Pages::read(connection, walk, kept)?;
    let mut event = Event::default();
    while let Some(piece) = pages.next() {
        let count = piece.outline.len() as u64;
        coverage.scanned += count;
        (scan.progress)(count);
        let rear = rear.as_deref_mut();
        let last = rear.map(|rear| (rear.before(&piece.stream, count), rear.latest));
        for (place, entry) in (0..).zip(piece.outline.entries(&piece.bytes)) {
            let latest = last.and_then(|(from, latest)| (place >= from).then_some(latest));
            if !scan.may_hand_on(latest, entry.bytes()) {
                continue;
            }
            let decoded = entry.decode_into(&mut event, &piece.stream);
            decoded.map_err(|Malformed| malformed(&target, entry.bytes()))?;
            scan.hand_on(&mut event, latest, sink)?;
        }
        if let Some(next) = piece.next
            && scan.newest_first
            && sink.reached(next) == ControlFlow::Break(())
        {
            return Ok(None);
        }
        pages.give_back(piece);
    }
    pages.end().map(Some)
}

/// Asks where the streams start and end now.
fn bounds(
    connection: &mut Connection,
    scan: &Scan<'_>,
    coverage: &mut Coverage,
) -> Result<Vec<Bounds>, Error> {
    let counts = scan.takes_latest().is_some();
    for stream in scan.streams {
        if counts {
            connection.command(&["XLEN", stream]);
        }
        connection.command(&["XRANGE", stream, "-", "+", "COUNT", "1"]);
        connection.command(&["XREVRANGE", stream, "+", "-", "COUNT", "1"]);
    }
    connection.send()?;
    let since = scan.since.map_or(EntryId::MIN, first_entry_since);
    let mut bounds = Vec::with_capacity(scan.streams.len());
    for stream in scan.streams {
        let count = counts.then(|| connection.reply()).transpose()?;
        let oldest = only_id(connection, stream)?;
        let newest = only_id(connection, stream)?;
        let (Some(oldest), Some(newest)) = (oldest, newest) else {
            continue;
        };
        let (start, end) = (oldest.time(), newest.time());
        coverage.oldest = Some(coverage.oldest.map_or(start, |known| known.min(start)));
        coverage.begins.push((stream.clone(), start));
        coverage.newest = Some(coverage.newest.map_or(end, |known| known.max(end)));
        bounds.push(Bounds {
            stream: Arc::from(stream.as_str()),
            from: oldest.max(since),
            to: newest,
            count: count.and_then(|count| count.count()),
        });
    }
    Ok(bounds)
}

/// The id of the one entry that a reply holds, or `None` for an empty one.
fn only_id(connection: &mut Connection, stream: &str) -> Result<Option<EntryId>, Error> {
    let (mut id, mut outline) = (None, Outline::default());
    for _ in 0..connection.array(stream)?.unwrap_or(0) {
        outline.clear();
        connection.entry(&mut outline)?;
        let entry = outline.last(connection.buffer());
        let read = entry.map(|entry| entry.id()).transpose();
        id = read.map_err(|Malformed| connection.malformed())?;
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
