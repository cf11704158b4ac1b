//! What a source is asked for, and how it answers.

use std::cell::RefCell;
use std::ops::ControlFlow;

use super::{Error, Latest};
use crate::event::{Event, Id, Literal, Millis, may_match};

/// How far an emitter's clock may run ahead of the server's before time bounds miss its events:
/// one hour.
///
/// Entry ids carry the server's clock and events the emitter's. A lower time bound is pushed into
/// entry ids with this margin. An upper bound is not pushed: an event can reach the server any
/// time after it happened.
pub const CLOCK_MARGIN_MS: i64 = 60 * 60 * 1000;

/// One question to a source.
pub struct Scan<'a> {
    /// Keys of the streams to read; none stands for every stream that a file or journal holds.
    pub streams: &'a [String],
    /// Earliest timestamp, inclusive.
    pub since: Option<Millis>,
    /// Latest timestamp, inclusive.
    pub until: Option<Millis>,
    /// Whether the newest entries should come first where the source can do that.
    pub newest_first: bool,
    /// Pieces of which every one occurs in a matching entry.
    pub literals: &'a [Literal],
    /// What every accepted event names, where that is one exact id: a source with an index of ids
    /// need not look at anything else.
    pub only: Option<Only<'a>>,
    /// Whether nothing counts that was read before and kept.
    pub anew: bool,
    /// The whole test, time bounds excepted.
    pub accept: &'a dyn Fn(&Event) -> bool,
    /// Is given what came last in the streams, accepted or not, by a source that looks at every entry
    /// anyhow and knows which those are, or can be read only once: see [`Coverage::latest`].
    pub latest: Option<&'a RefCell<Latest>>,
    /// Told page by page how many more entries were looked at, matching or not.
    pub progress: &'a dyn Fn(u64),
}

/// Everything, from the beginning.
impl Default for Scan<'_> {
    fn default() -> Self {
        Self {
            streams: &[],
            since: None,
            until: None,
            newest_first: false,
            literals: &[],
            only: None,
            anew: false,
            accept: &|_| true,
            latest: None,
            progress: &|_| {},
        }
    }
}

impl Scan<'_> {
    /// Whether events of this stream are asked for.
    pub(super) fn wants_stream(&self, stream: &[u8]) -> bool {
        self.streams.is_empty()
            || self
                .streams
                .iter()
                .any(|wanted| wanted.as_bytes() == stream)
    }

    /// Who is given what came last: nobody where only a window is looked at, or the scan may end early.
    pub(super) fn takes_latest(&self) -> Option<&RefCell<Latest>> {
        let is_whole = self.since.is_none() && self.until.is_none() && !self.newest_first;
        self.latest.filter(|_| is_whole)
    }

    /// Whether an entry may have to be [handed on](Self::hand_on), as far as its bytes tell: what came
    /// last is, whatever it says.
    pub(super) fn may_hand_on(&self, latest: Option<&RefCell<Latest>>, bytes: &[u8]) -> bool {
        latest.is_some() || may_match(self.literals, bytes)
    }

    /// Hands an event to the sink, if it is accepted, and to `latest`, if it may be of what came last.
    pub(super) fn hand_on(
        &self,
        event: &mut Event,
        latest: Option<&RefCell<Latest>>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        match (latest, self.accepts(event)) {
            (None, true) => sink.event(event),
            (None, false) => Ok(()),
            (Some(latest), is_accepted) => {
                if is_accepted {
                    sink.event(&mut event.clone())?;
                }
                latest.borrow_mut().event(event)
            }
        }
    }

    /// Whether a decoded event answers the question, time bounds included.
    pub fn accepts(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| event.timestamp >= since)
            && self.until.is_none_or(|until| event.timestamp <= until)
            && (self.accept)(event)
    }
}

/// An id without which no event is accepted. Capitals matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only<'a> {
    /// It has this id of this kind.
    Id(Id, &'a str),
    /// One of its ids of [`Id::SUBJECTS`] is this.
    AnyId(&'a str),
    /// One of its ids of [`Id::SUBJECTS`] is this or begins so. Where an accepted event has it in
    /// full, those that only begin so do not matter, and a source may leave them out.
    Start(&'a str),
}

/// Takes the events that a scan finds.
pub trait Sink {
    /// An event that the scan accepts, in the source's own order. It is lent: who keeps it takes it
    /// out, and leaves anything in its place.
    fn event(&mut self, event: &mut Event) -> Result<(), Error>;

    /// Called after each page of a scan that runs newest first, with the server's clock at its
    /// oldest entry: everything still to come is older. `Break` ends the scan.
    fn reached(&mut self, _oldest: Millis) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Keeps all of them.
#[cfg(test)]
impl Sink for Vec<Event> {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        self.push(std::mem::take(event));
        Ok(())
    }
}

/// What a scan has looked at, for the message where nothing matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The source as a person would name it: `redis://127.0.0.1:6379`, a path.
    pub source: String,
    /// Entries looked at.
    pub scanned: u64,
    /// Timestamp (or entry time) of the oldest entry held, where the source can tell.
    pub oldest: Option<Millis>,
    /// The same of the newest.
    pub newest: Option<Millis>,
    /// Where each stream begins by the server's clock: older entries were trimmed, or never there.
    pub begins: Vec<(String, Millis)>,
    /// Lines that are no JSON object, in a file.
    pub unreadable: u64,
    /// Whether an index of ids led to the entries, so that only few had to be looked at.
    pub indexed: bool,
    /// Whether what came last was given to [`Scan::latest`].
    pub latest: bool,
    /// How it was read, in sentences, where a person may ask.
    pub notes: Vec<String>,
}

/// Something that holds events. Any thread may read it.
pub trait Source: Send {
    /// The source as a person would name it, without secrets.
    fn name(&self) -> String;

    /// How many entries of these streams it holds, where it can tell without looking at them.
    fn count(&mut self, _streams: &[String]) -> Option<u64> {
        None
    }

    /// Reads everything the scan asks for, one page at a time.
    ///
    /// # Errors
    /// When the source cannot be read to the end; what the sink got until then stands.
    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error>;
}
