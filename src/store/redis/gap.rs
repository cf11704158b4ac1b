//! Entries that were trimmed before their group read them, from the server's own counters.
//!
//! `entries-added` of a stream less its length is the number of entries that are gone from its
//! front. `entries-read` of a group is meant to be the place of its last entry among all ever
//! added; but up to Redis 7.2 it only counts what was delivered, and stays behind by what was
//! lost before. Which of the two a server does shows at the gap itself.

use super::resp::Reply;
use crate::event::EntryId;

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) delivered: EntryId,
    read: Option<u64>,
    lag: Option<u64>,
    /// Consumers of the group, also those that are gone.
    pub(super) consumers: Option<u64>,
}

impl Position {
    /// From what `XINFO GROUPS` answers.
    pub(super) fn of_group(groups: &Reply, name: &str) -> Option<Self> {
        let mut groups = groups.values().iter();
        let group = groups.find(|group| group.field("name").and_then(Reply::text) == Some(name))?;
        Self::of(group)
    }

    /// From what it answers of one group.
    pub(super) fn of(group: &Reply) -> Option<Self> {
        Some(Self {
            delivered: group.field("last-delivered-id")?.text()?.parse().ok()?,
            read: group.field("entries-read").and_then(Reply::count),
            lag: group.field("lag").and_then(Reply::count),
            consumers: group.field("consumers").and_then(Reply::count),
        })
    }

    /// How many entries of the stream the group has not read. Where nobody can tell, all of them
    /// may be unread.
    pub(super) fn lag(&self, info: &Reply) -> Lag {
        let length = info.field("length").and_then(Reply::count).unwrap_or(0);
        Lag {
            length,
            unread: self.known_lag(info).unwrap_or(length),
        }
    }

    /// The same, and `None` where nobody can tell. A server that counts entries that are gone as
    /// well is corrected where the stream itself shows better.
    pub(super) fn known_lag(&self, info: &Reply) -> Option<u64> {
        let last = info.field("last-generated-id").and_then(Reply::text);
        let last: Option<EntryId> = last.and_then(|id| id.parse().ok());
        if last.is_some_and(|last| last <= self.delivered) {
            return Some(0);
        }
        let length = info.field("length").and_then(Reply::count);
        Some(self.lag?.min(length.unwrap_or(u64::MAX)))
    }
}

/// How far a group is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lag {
    /// Entries in the stream.
    pub(crate) length: u64,
    /// Of those, entries that nobody in the group has read.
    pub(crate) unread: u64,
}

/// What a group has not read and never will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing.
    #[default]
    None,
    /// So many entries.
    Entries(u64),
    /// So many since the group was made, those included that were counted before: what older
    /// servers can tell.
    InAll(u64),
    /// Perhaps some: the server has lost count.
    Unknown,
}

impl Gap {
    /// Compares what was known before a page of `taken` entries was read with what is known after.
    pub(super) fn between(
        info: &Reply,
        before: Option<Position>,
        after: Option<Position>,
        taken: usize,
    ) -> Self {
        let first = info
            .field("first-entry")
            .and_then(|entry| entry.values().first())
            .and_then(Reply::text)
            .and_then(|id| id.parse::<EntryId>().ok());
        let (Some(first), Some(before)) = (first, before) else {
            return Self::None;
        };
        if taken == 0 || first <= before.delivered {
            return Self::None;
        }
        let length = info.field("length").and_then(Reply::count);
        let added = info.field("entries-added").and_then(Reply::count);
        let (Some(length), Some(added)) = (length, added) else {
            // A server before 7.0. That the last entry read is gone means no loss by itself.
            return Self::None;
        };
        let (Some(read), Some(read_after)) = (before.read, after.and_then(|after| after.read))
        else {
            // A group without a count that has not begun lost nothing that was there for it.
            return match before.delivered {
                EntryId::MIN => Self::None,
                _ => Self::Unknown,
            };
        };
        let gone = added.saturating_sub(length).saturating_sub(read);
        match gone {
            0 => Self::None,
            _ if read_after == read + taken as u64 => Self::InAll(gone),
            _ => Self::Entries(gone),
        }
    }
}
