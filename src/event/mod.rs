//! The event: what every emitter writes and every reader answers with.
//!
//! An [`Event`] is the decoded form of one stream entry. [`wire`] turns it into stream fields and
//! back, [`json`] into the one-line JSON form and back, [`naming`] judges names without refusing
//! them. This room knows nothing of Redis, files or terminals.

mod data;
mod digits;
mod fields;
mod id;
mod ids;
pub mod json;
mod level;
mod literal;
pub mod naming;
mod packed;
mod shape;
mod stamp;
mod status;
pub mod wire;

pub use data::Data;
pub use fields::Fields;
#[cfg(feature = "cli")]
pub(crate) use fields::Plain;
pub use id::{EntryId, Id, event_id_at, event_id_of, span_id, trace_id, trace_id_of};
pub use ids::Ids;
pub use level::Level;
pub use literal::{Literal, may_match};
pub use stamp::Millis;
pub use status::{STATUS_TTL_SECONDS, Status, StatusKind};

use std::sync::Arc;

use crate::digest::digest;

/// Type of the events that `emp health --probe` sends.
pub const PROBE: &str = "emp.probe";

/// Upper limit of one event's encoded size in bytes: larger ones are refused when emitted.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Bytes of the longest line that an event is written as, or read from: JSON escapes characters.
#[cfg(feature = "cli")]
pub(crate) const MAX_LINE_BYTES: usize = 4 * MAX_EVENT_BYTES;

/// One thing that happened, said by one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// The emitter's own clock.
    pub timestamp: Millis,
    /// Who says it; empty when the entry named nobody.
    pub service: String,
    /// `entity.action`; empty when the entry had none.
    pub event_type: String,
    /// Trace, span and correlation ids.
    pub ids: Ids,
    /// `None` where the writer gave none: it counts as [`Level::Info`].
    pub level: Option<Level>,
    /// Everything else the emitter said.
    pub data: Data,
    /// UUID v7 of emp's own emitters; readers drop repeats of it.
    pub event_id: Option<String>,
    /// Version of the wire table; `None` counts as 1.
    pub version: Option<u32>,
    /// Fields that the wire table does not know, in the order they were written.
    pub extra: Vec<(String, String)>,
    /// Where the event was read; `None` for one that was just made.
    pub origin: Option<Origin>,
}

/// The place of an event in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Key of the stream.
    pub stream: Arc<str>,
    /// Id of the entry, which carries the server's clock. Events that wait in the journal have
    /// none yet.
    pub entry: Option<EntryId>,
}

/// What [`Event::sort_key`] sorts by.
pub type SortKey = (Millis, EntryId, u64);

/// A number for the name of a stream, the same everywhere.
fn rank(stream: &str) -> u64 {
    u64::try_from(digest(stream.as_bytes()) >> 64).unwrap_or(0)
}

impl Event {
    /// The level, with the default for events that carry none.
    pub fn level(&self) -> Level {
        self.level.unwrap_or_default()
    }

    /// Roughly the bytes of memory that it takes: `data` is held as text and parsed.
    #[cfg(feature = "cli")]
    pub(crate) fn weight(&self) -> usize {
        let extra: usize = self
            .extra
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        512 + extra + self.data.to_wire().map_or(0, |data| 4 * data.len())
    }

    /// How many of the first `most` events fit into so many bytes, at least the first of them, and how
    /// many bytes those are.
    #[cfg(feature = "cli")]
    pub(crate) fn that_fit(events: &[Self], most: usize, most_bytes: usize) -> (usize, usize) {
        let (mut count, mut bytes) = (0, 0);
        for event in events.iter().take(most) {
            let more = bytes + event.weight();
            if more > most_bytes && count > 0 {
                break;
            }
            bytes = more;
            count += 1;
        }
        (count, bytes)
    }

    /// The value of a correlation id.
    pub fn id(&self, id: Id) -> Option<&str> {
        self.ids.get(id)
    }

    /// Whether this is an error event by its type (`error.<Name>`).
    pub fn is_error_event(&self) -> bool {
        is_error_type(&self.event_type)
    }

    /// Whether the event says that something failed: an error event, level `error`, or a type
    /// that ends in `failed` (`job.failed`, `connector.processing_failed`).
    pub fn says_failure(&self) -> bool {
        says_failure(&self.event_type, self.level())
    }

    /// Id of the entry it was read from.
    pub fn entry(&self) -> Option<EntryId> {
        self.origin.as_ref().and_then(|origin| origin.entry)
    }

    /// When its entry was added, by the server's clock; `None` without one, and where that is no time.
    #[cfg(feature = "cli")]
    pub(crate) fn heard(&self) -> Option<Millis> {
        let ms = i64::try_from(self.entry()?.ms).ok()?;
        Some(Millis::clamped(ms))
    }

    /// The machine or else the worker that it names: whose clock it goes by.
    #[cfg(feature = "cli")]
    pub(crate) fn host(&self) -> Option<&str> {
        self.id(Id::Machine).or_else(|| self.id(Id::Worker))
    }

    /// Key of the stream it was read from or waits for.
    pub fn stream(&self) -> Option<&str> {
        self.origin.as_ref().map(|origin| &*origin.stream)
    }

    /// The order in which events are shown: by timestamp, then by entry id. Events without an
    /// entry id come after those that have one. Two streams may use the same id: then the stream
    /// decides, so that the order does not depend on where they are read.
    pub fn sort_key(&self) -> SortKey {
        let origin = self.origin.as_ref();
        match origin.and_then(|origin| Some((origin.entry?, &origin.stream))) {
            Some((entry, stream)) => (self.timestamp, entry, rank(stream)),
            None => (self.timestamp, EntryId::MAX, 0),
        }
    }

    /// Keeps a field that the table does not know. A name that is taken gets a number, so that
    /// the JSON form never has the same key twice.
    pub fn push_extra(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        let taken = |candidate: &str| {
            wire::is_known(candidate) || self.extra.iter().any(|(seen, _)| seen == candidate)
        };
        let mut unique = name.clone();
        let mut count = 2;
        while taken(&unique) {
            unique = format!("{name}#{count}");
            count += 1;
        }
        self.extra.push((unique, value.into()));
    }
}

/// Whether an event of this type is an error event.
pub(crate) fn is_error_type(event_type: &str) -> bool {
    event_type.starts_with("error.")
}

/// Whether an event of this type and level says that something failed.
pub(crate) fn says_failure(event_type: &str, level: Level) -> bool {
    is_error_type(event_type)
        || level == Level::Error
        || event_type.ends_with("_failed")
        || event_type.ends_with(".failed")
}
