//! What a consumer was given: some entries, and which were left out.

use std::sync::Arc;

use super::gap::Gap;
use crate::event::{EntryId, Event};
use crate::maps::Set;

/// Some entries that were taken.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What they hold, in the order of their ids.
    pub(crate) events: Vec<Arc<Event>>,
    /// Which of them, pending before, every output has.
    pub(crate) handed_on: Set<EntryId>,
    /// Pending entries that are no longer in the stream.
    pub(crate) gone: Vec<EntryId>,
    /// How many the server gave, kept or not.
    pub(crate) taken: usize,
    /// Those that were left out for their size: they are among the pending ones now.
    pub(crate) left_out: Option<Pending>,
    /// How many entries were trimmed before anybody read them.
    pub(crate) missed: Gap,
    /// Whether the group is known to have no other consumer.
    pub(crate) is_alone: bool,
}

/// Entries that the consumer was given: all after one, up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) after: EntryId,
    pub(crate) until: EntryId,
}

impl Pending {
    /// Whatever it was given.
    pub(crate) const ALL: Self = Self {
        after: EntryId::MIN,
        until: EntryId::MAX,
    };
}

impl Page {
    /// Leaves out what comes after an entry.
    pub(crate) fn end_at(&mut self, until: EntryId) {
        self.events.retain(|event| event.entry() <= Some(until));
        self.gone.retain(|id| *id <= until);
    }

    /// The last entry that was kept or found gone.
    pub(crate) fn last(&self) -> Option<EntryId> {
        let last = self.events.last().and_then(|event| event.entry());
        last.max(self.gone.last().copied())
    }
}
