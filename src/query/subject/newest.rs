//! The newest events of a pass over any number of them, within limits.

use super::Resolver;
use crate::event::{Event, SortKey};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            events: Resolver::MAX_EVENTS,
            bytes: Resolver::MAX_BYTES,
        }
    }
}

/// The newest events that fit the limits: all that lie after the newest one dropped.
#[derive(Clone, Debug)]
pub(super) struct Newest {
    pub(super) kept: Vec<Event>,
    floor: Option<SortKey>,
    bytes: usize,
    pub(super) dropped: u64,
    limits: Limits,
}

impl Newest {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            kept: Vec::new(),
            floor: None,
            bytes: 0,
            dropped: 0,
            limits,
        }
    }

    pub(super) fn push(&mut self, event: Event) {
        if self.floor.is_some_and(|floor| event.sort_key() <= floor) {
            self.dropped += 1;
            return;
        }
        self.bytes += event.weight();
        self.kept.push(event);
        if self.kept.len() > self.limits.events || self.bytes > self.limits.bytes {
            self.shrink();
        }
    }

    /// Drops the oldest tenth or so, and more where single events are large. Dropping one at a time
    /// would sort for every event.
    fn shrink(&mut self) {
        self.kept
            .sort_by_key(|event| std::cmp::Reverse(event.sort_key()));
        let most = (self.limits.events - self.limits.events / 10).max(1);
        let room = self.limits.bytes - self.limits.bytes / 10;
        let (count, bytes) = Event::that_fit(&self.kept, most, room);
        self.dropped += (self.kept.len() - count) as u64;
        self.floor = self.kept.get(count).map(Event::sort_key).or(self.floor);
        self.kept.truncate(count);
        self.bytes = bytes;
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Event) -> bool) {
        self.kept.retain(keep);
        self.bytes = self.kept.iter().map(Event::weight).sum();
    }
}
