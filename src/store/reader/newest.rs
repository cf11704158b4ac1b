//! The newest events of a scan, in memory bounded by how many are asked for.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::super::{CLOCK_MARGIN_MS, Error, Sink};
use super::once::{Mark, Once};
use crate::event::SortKey as Key;
use crate::event::{Event, Millis};
use crate::maps::Map;

/// Events kept beyond the limit. Reading backwards meets the later entry of a repeat first; when
/// the earlier one takes its place, which may lie before the limit, one of these moves up.
const SPARE: usize = 64;

/// Where an event stands among the others: by its key, then by its arrival.
type Place = (Key, u64);

/// A sink that keeps the newest events.
pub(super) struct Newest {
    limit: usize,
    held: BTreeMap<Place, Event>,
    /// Places of the events held that have an id.
    places: Map<Mark, Place>,
    once: Once,
    arrived: u64,
}

impl Newest {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            held: BTreeMap::new(),
            places: Map::default(),
            once: Once::default(),
            arrived: 0,
        }
    }

    /// The newest events, oldest first.
    pub(super) fn finish(self) -> Vec<Event> {
        let surplus = self.held.len().saturating_sub(self.limit);
        self.held.into_values().skip(surplus).collect()
    }

    fn drop_at(&mut self, place: Place) {
        if let Some(event) = self.held.remove(&place)
            && let Some(mark) = self.once.mark(&event)
        {
            self.places.remove(&mark);
        }
    }
}

impl Sink for Newest {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        let place = (event.sort_key(), self.arrived);
        self.arrived += 1;
        if let Some(mark) = self.once.mark(event) {
            if !self.once.add(mark) {
                match self.places.get(&mark) {
                    Some(&held) if place.0 < held.0 => self.drop_at(held),
                    _ => return Ok(()),
                }
            }
            self.places.insert(mark, place);
        }
        self.held.insert(place, std::mem::take(event));
        if self.held.len() > self.limit.saturating_add(SPARE)
            && let Some((&oldest, _)) = self.held.first_key_value()
        {
            self.drop_at(oldest);
        }
        Ok(())
    }

    fn reached(&mut self, oldest: Millis) -> ControlFlow<()> {
        if self.limit == 0 {
            return ControlFlow::Break(());
        }
        match self.held.keys().rev().nth(self.limit - 1) {
            Some(((last, ..), _)) if oldest.plus(CLOCK_MARGIN_MS) < *last => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
