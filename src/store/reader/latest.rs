//! The entries that came last, in memory bounded by how many are asked for.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::super::{Error, Sink};
use super::Once;
use crate::event::{EntryId, Event, Millis};

/// Room for events of a usual size many times over; of huge ones fewer are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A sink that keeps what came last by the server's clock, from whichever end it is read.
pub struct Latest {
    limit: usize,
    most_bytes: usize,
    /// Up to twice as many as are asked for, in no order.
    events: Vec<Event>,
    bytes: usize,
    has_dropped: bool,
}

impl Latest {
    /// Keeps the last `limit` entries or one, of huge ones as many as there is room for.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            most_bytes: MOST_BYTES,
            events: Vec::new(),
            bytes: 0,
            has_dropped: false,
        }
    }

    /// How many are asked for.
    pub(in crate::store) fn limit(&self) -> usize {
        self.limit
    }

    /// What came last, in this order and without repeats; and whether anything may have come before it.
    pub fn finish(mut self) -> (Vec<Event>, bool) {
        self.settle();
        let is_full = self.is_full();
        self.events.reverse();
        let mut once = Once::default();
        self.events.retain(|event| once.is_first(event));
        (self.events, is_full)
    }

    /// Drops what there is too much of; the newest come first.
    fn settle(&mut self) {
        self.events.sort_by(|one, other| by_arrival(other, one));
        let (fit, bytes) = Event::that_fit(&self.events, self.limit, self.most_bytes);
        self.has_dropped |= fit < self.events.len();
        self.events.truncate(fit);
        self.bytes = bytes;
    }

    /// Whether nothing older has room.
    fn is_full(&self) -> bool {
        self.has_dropped || self.events.len() >= self.limit
    }
}

/// When an event reached the server. One that is not there yet counts from when it happened.
fn arrival(event: &Event) -> EntryId {
    event.entry().unwrap_or_else(|| EntryId {
        ms: u64::try_from(event.timestamp.get()).unwrap_or(0),
        seq: 0,
    })
}

fn by_arrival(one: &Event, other: &Event) -> Ordering {
    let arrivals = arrival(one).cmp(&arrival(other));
    arrivals.then_with(|| one.stream().cmp(&other.stream()))
}

impl Sink for Latest {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        self.bytes += event.weight();
        self.events.push(std::mem::take(event));
        if self.events.len() / 2 >= self.limit || self.bytes / 2 >= self.most_bytes {
            self.settle();
        }
        Ok(())
    }

    fn reached(&mut self, oldest: Millis) -> ControlFlow<()> {
        self.settle();
        match self.events.last().filter(|_| self.is_full()) {
            Some(last) if oldest < arrival(last).time() => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Data;

    fn event(ms: i64, id: Option<&str>) -> Event {
        Event {
            timestamp: Millis::clamped(ms),
            event_id: id.map(str::to_owned),
            ..Event::default()
        }
    }

    fn add(latest: &mut Latest, mut event: Event) {
        latest.event(&mut event).expect("kept");
    }

    fn times(latest: Latest) -> (Vec<i64>, bool) {
        let (events, is_cut) = latest.finish();
        let times = events.iter().map(|event| event.timestamp.get());
        (times.collect(), is_cut)
    }

    #[test]
    fn repeats_take_room_and_are_told_once() {
        let mut latest = Latest::new(4);
        for (ms, id) in [(5, "b"), (1, "a"), (4, "b"), (3, "c"), (2, "c")] {
            add(&mut latest, event(ms, Some(id)));
        }
        assert_eq!(times(latest), (vec![2, 4], true));
    }

    #[test]
    fn more_than_asked_for_takes_no_more_room() {
        let mut latest = Latest::new(3);
        for ms in 0..1_000 {
            add(&mut latest, event(ms * 37 % 1_000, None));
            assert!(latest.events.len() < 6);
        }
        assert_eq!(times(latest), (vec![997, 998, 999], true));
        let few = Latest::new(3);
        assert_eq!(times(few), (vec![], false));
    }

    #[test]
    fn of_huge_events_fewer_are_kept() {
        let kept = |order: &[i64]| {
            let mut latest = Latest {
                most_bytes: 10_000,
                ..Latest::new(100)
            };
            for at in order {
                let data = Data::Text("x".repeat(if *at == 7 { 1_000_000 } else { 200 }));
                let event = Event {
                    data,
                    ..event(*at, None)
                };
                add(&mut latest, event);
                assert!(latest.bytes < 20_000 || *at == 7);
            }
            times(latest)
        };
        let ascending: Vec<i64> = (0..20).collect();
        let descending: Vec<i64> = (0..20).rev().collect();
        let expected = ((13..20).collect(), true);
        assert_eq!(kept(&ascending), expected);
        assert_eq!(kept(&descending), expected);
        assert_eq!(kept(&[3, 7]), (vec![7], true), "at least one");
    }

    #[test]
    fn it_ends_where_all_that_comes_is_older() {
        let mut latest = Latest::new(2);
        let mut reached = |ms: i64, event_at: i64| {
            add(&mut latest, event(event_at, None));
            latest.reached(Millis::clamped(ms)).is_break()
        };
        assert!(!reached(9, 9), "one is missing");
        assert!(!reached(7, 7), "another may have come at the same time");
        assert!(reached(6, 5));
        assert_eq!(times(latest).0, [7, 9]);
    }
}
