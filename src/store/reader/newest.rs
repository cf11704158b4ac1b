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
    /// Where in `events` each of them lies. Read backwards, each comes before all others: to move what
    /// is large would cost more than all else.
    held: BTreeMap<Place, usize>,
    events: Vec<Event>,
    /// Where in `events` there is room again.
    free: Vec<usize>,
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
            events: Vec::new(),
            free: Vec::new(),
            places: Map::default(),
            once: Once::default(),
            arrived: 0,
        }
    }

    /// The newest events, oldest first.
    pub(super) fn finish(mut self) -> Vec<Event> {
        let surplus = self.held.len().saturating_sub(self.limit);
        let newest: Vec<usize> = self.held.into_values().skip(surplus).collect();
        arrange(&mut self.events, newest);
        self.events
    }

    fn hold(&mut self, place: Place, event: Event) {
        let at = self.free.pop().unwrap_or(self.events.len());
        match self.events.get_mut(at) {
            Some(room) => *room = event,
            None => self.events.push(event),
        }
        self.held.insert(place, at);
    }

    fn drop_at(&mut self, place: Place) {
        let Some(at) = self.held.remove(&place) else {
            return;
        };
        self.free.push(at);
        if let Some(event) = self.events.get_mut(at)
            && let Some(mark) = self.once.mark(&std::mem::take(event))
        {
            self.places.remove(&mark);
        }
    }

    /// Whether it would be the first to go.
    fn is_too_old(&self, place: &Place) -> bool {
        self.held.len() >= self.limit.saturating_add(SPARE)
            && self
                .held
                .first_key_value()
                .is_some_and(|(oldest, _)| place < oldest)
    }
}

/// Leaves the events at these places, in this order. They are large, and stay in the room that they have.
fn arrange(events: &mut Vec<Event>, mut order: Vec<usize>) {
    let kept = order.len();
    let mut is_kept = vec![false; events.len()];
    order.iter().for_each(|at| is_kept[*at] = true);
    order.extend((0..events.len()).filter(|at| !is_kept[*at]));
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = std::mem::replace(&mut order[at], at);
            events.swap(at, from);
            at = from;
        }
        order[at] = at;
    }
    events.truncate(kept);
}

impl Sink for Newest {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        let place = (event.sort_key(), self.arrived);
        self.arrived += 1;
        let mark = self.once.mark(event);
        if let Some(mark) = mark
            && !self.once.add(mark)
        {
            match self.places.get(&mark) {
                Some(&held) if place.0 < held.0 => self.drop_at(held),
                _ => return Ok(()),
            }
        }
        if self.is_too_old(&place) {
            return Ok(());
        }
        if let Some(mark) = mark {
            self.places.insert(mark, place);
        }
        self.hold(place, std::mem::take(event));
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
        let Some(surplus) = self.held.len().checked_sub(self.limit) else {
            return ControlFlow::Continue(());
        };
        match self.held.keys().nth(surplus) {
            Some(((last, ..), _)) if oldest.plus(CLOCK_MARGIN_MS) < *last => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
