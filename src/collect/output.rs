//! What the engine knows of an output: it takes batches, and says what became of each.
//!
//! An output neither retries nor keeps anything: its lane does.

use std::borrow::Cow;
use std::time::Duration;

use crate::event::{Event, PROBE};

/// Something that takes what is collected.
pub(crate) trait Output: Send {
    /// What it takes: events, or spans that were made of them.
    type Item: Item;

    /// Hands over a batch, once. May be called again with the same items, fewer of them, or after
    /// a restart; it must be possible to drop it while it waits.
    fn deliver(&mut self, batch: &[&Self::Item]) -> impl Future<Output = Verdict>;
}

/// Something that an output takes and that a spool can hold.
pub(crate) trait Item: Sized + Send + Sync + 'static {
    /// What people call one.
    const NOUN: &'static str;

    /// The form in which a spool keeps it.
    fn to_event(&self) -> Cow<'_, Event>;

    /// What a spool kept; `None` where it is no such thing.
    fn from_event(event: Event) -> Option<Self>;

    /// Roughly its bytes on the wire, to bound a batch.
    fn size(&self) -> usize;

    /// Its id, if it is a canary whose way somebody follows.
    fn canary(&self) -> Option<&str> {
        None
    }
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The output has all of it.
    Delivered,
    /// The output has it, but for some that it refused for good without saying which.
    Partial {
        /// How many it refused; with 0 it has all of it, and the words are a warning.
        rejected: u64,
        /// Its words.
        reason: String,
    },
    /// Not now: the same batch may be taken later.
    Retry {
        /// What happened, without secrets.
        reason: String,
        /// The earliest time for another attempt, where the output names one.
        after: Option<Duration>,
    },
    /// Credentials or rights are missing: nothing is taken until somebody mends that.
    Denied {
        /// What happened, without secrets.
        reason: String,
    },
    /// It takes nothing of this kind, or there is nothing that takes it at its address, whatever a
    /// batch holds: no batch is poison, and somebody has to mend that.
    Unsupported {
        /// What happened, without secrets.
        reason: String,
    },
    /// This batch is refused for good; a part of it may be fine.
    Refused {
        /// What happened, without secrets.
        reason: String,
    },
}

impl Item for Event {
    const NOUN: &'static str = "event";

    fn to_event(&self) -> Cow<'_, Event> {
        Cow::Borrowed(self)
    }

    fn from_event(event: Event) -> Option<Self> {
        Some(event)
    }

    fn size(&self) -> usize {
        let extra = self.extra.iter();
        let extra: usize = extra.map(|(name, value)| name.len() + value.len()).sum();
        256 + extra + self.data.to_wire().map_or(0, |data| data.len())
    }

    fn canary(&self) -> Option<&str> {
        let id = self.event_id.as_deref();
        id.filter(|_| self.event_type == PROBE)
    }
}
