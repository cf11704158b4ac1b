//! The queue between callers and the worker: bounded by count and by bytes, and full in a stated
//! order.
//!
//! When it is full, the newest `debug` and `info` events go first, then `warn`, errors last; a new
//! event is left out itself where nothing less serious can make room.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::event::{Id, Ids, Level, Millis};

/// What an event takes beside its text: the entry itself, and the allocations.
const OVERHEAD: usize = 256;

/// Levels of nesting that a payload may have. Readers give up at 128.
const DEEPEST: usize = 100;

/// An event as the caller gave it; the worker does the rest.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) at: Millis,
    pub(super) event_type: Box<str>,
    pub(super) level: Option<Level>,
    /// The ids of the client that it was given to.
    pub(super) scope: Arc<Ids>,
    /// An id of its own.
    pub(super) id: Option<(Id, Box<str>)>,
    pub(super) data: Result<Value, Unfit>,
    /// The share of such events that is kept.
    pub(super) rate: f64,
    /// Roughly what it takes in memory.
    pub(super) bytes: usize,
}

/// A payload that is let go at once, because no event may hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    TooLarge(usize),
    TooDeep,
}

impl Pending {
    /// Judges the payload: `limit` is the most that an event may hold.
    pub(super) fn new(event_type: &str, data: Value, limit: usize) -> Self {
        let weighed = weigh(&data, DEEPEST).ok_or(Unfit::TooDeep);
        let data = match weighed {
            Ok(bytes) if bytes > limit => Err(Unfit::TooLarge(bytes)),
            Ok(_) => Ok(data),
            Err(unfit) => Err(unfit),
        };
        let held = if data.is_ok() {
            weighed.unwrap_or(0)
        } else {
            0
        };
        Self {
            at: Millis::default(),
            event_type: event_type.into(),
            level: None,
            scope: Arc::default(),
            id: None,
            data,
            rate: 1.0,
            bytes: OVERHEAD + event_type.len() + held,
        }
    }
}

/// Bytes of a payload as JSON, at least; `None` where it is nested too deep.
fn weigh(value: &Value, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(2),
        Value::String(text) => Some(text.len() + 2),
        Value::Array(items) => items
            .iter()
            .try_fold(2, |sum, item| Some(sum + 1 + weigh(item, depth)?)),
        Value::Object(map) => map.iter().try_fold(2, |sum, (key, value)| {
            Some(sum + key.len() + 4 + weigh(value, depth)?)
        }),
    }
}

/// Seriousness as far as dropping goes: `debug` and `info`, `warn`, errors.
const CLASSES: usize = 3;

fn class(pending: &Pending) -> usize {
    match pending.level.unwrap_or_default() {
        _ if pending.event_type.starts_with("error.") => 2,
        Level::Debug | Level::Info => 0,
        Level::Warn => 1,
        Level::Error => 2,
    }
}

/// Events of one class in the order they came, each with its number.
#[derive(Debug, Default)]
struct Line {
    events: VecDeque<(u64, Pending)>,
    bytes: usize,
}

/// Events by class.
#[derive(Debug)]
pub(super) struct Queue {
    lines: [Line; CLASSES],
    /// How many were ever pushed: the number of the next one.
    next: u64,
    capacity: usize,
    max_bytes: usize,
    dropped: Dropped,
}

/// What a full queue dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// `debug` and `info`, `warn`, errors.
    pub(super) counts: [u64; CLASSES],
    /// The number after that of the newest of them.
    pub(super) upto: u64,
}

/// Events that left the queue together.
#[derive(Debug, Default)]
pub(super) struct Taken {
    lines: [VecDeque<(u64, Pending)>; CLASSES],
    pub(super) dropped: Dropped,
    /// Every event with a smaller number is in here, or left earlier.
    pub(super) upto: u64,
}

impl Queue {
    pub(super) fn new(capacity: usize, max_bytes: usize) -> Self {
        Self {
            lines: Default::default(),
            next: 0,
            capacity: capacity.max(1),
            max_bytes,
            dropped: Dropped::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.iter().map(|line| line.events.len()).sum()
    }

    /// How many events were ever pushed.
    pub(super) fn pushed(&self) -> u64 {
        self.next
    }

    /// Whether it is just now half full, so that somebody should look.
    pub(super) fn presses(&self) -> bool {
        self.len() == self.capacity / 2
    }

    /// Takes an event, at the cost of less serious ones if need be. Counts what is dropped.
    pub(super) fn push(&mut self, pending: Pending) {
        let own = class(&pending);
        let number = self.next;
        self.next += 1;
        let bytes = self.lines.iter().map(|line| line.bytes).sum::<usize>() + pending.bytes;
        let crowd = (self.len() + 1).saturating_sub(self.capacity);
        let weight = bytes.saturating_sub(self.max_bytes);
        if crowd + weight > 0 && !self.make_room(own, crowd, weight) {
            self.drop_one(own, number);
            return;
        }
        let line = &mut self.lines[own];
        line.bytes += pending.bytes;
        line.events.push_back((number, pending));
    }

    /// Drops the newest of the least serious, below `own`; `false` where that would not be enough.
    fn make_room(&mut self, own: usize, mut crowd: usize, mut weight: usize) -> bool {
        let lower = &self.lines[..own];
        if lower.iter().map(|line| line.events.len()).sum::<usize>() < crowd
            || lower.iter().map(|line| line.bytes).sum::<usize>() < weight
        {
            return false;
        }
        for class in 0..own {
            while crowd + weight > 0
                && let Some((number, gone)) = self.lines[class].events.pop_back()
            {
                self.lines[class].bytes -= gone.bytes;
                crowd = crowd.saturating_sub(1);
                weight = weight.saturating_sub(gone.bytes);
                self.drop_one(class, number);
            }
        }
        true
    }

    fn drop_one(&mut self, class: usize, number: u64) {
        self.dropped.counts[class] += 1;
        self.dropped.upto = self.dropped.upto.max(number + 1);
    }

    /// Everything, in exchange for empty lines whose room can be used again.
    pub(super) fn swap(&mut self, taken: &mut Taken) {
        for (line, taken) in self.lines.iter_mut().zip(&mut taken.lines) {
            std::mem::swap(&mut line.events, taken);
            line.bytes = 0;
        }
        taken.dropped = std::mem::take(&mut self.dropped);
        taken.upto = self.next;
    }
}

impl Iterator for Taken {
    type Item = Pending;

    /// In the order they came.
    fn next(&mut self) -> Option<Pending> {
        let first = |line: &VecDeque<(u64, Pending)>| line.front().map(|(number, _)| *number);
        let oldest = self
            .lines
            .iter_mut()
            .min_by_key(|line| first(line).unwrap_or(u64::MAX))?;
        oldest.pop_front().map(|(_, pending)| pending)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pending(event_type: &str, level: Level) -> Pending {
        Pending {
            level: Some(level),
            ..Pending::new(event_type, Value::Null, 1000)
        }
    }

    fn take(queue: &mut Queue) -> (Vec<String>, [u64; CLASSES]) {
        let mut taken = Taken::default();
        queue.swap(&mut taken);
        let counts = taken.dropped.counts;
        (
            taken.map(|pending| pending.event_type.into()).collect(),
            counts,
        )
    }

    #[test]
    fn the_newest_and_least_serious_goes_first() {
        let mut queue = Queue::new(4, usize::MAX);
        queue.push(pending("info.1", Level::Info));
        queue.push(pending("warn.1", Level::Warn));
        queue.push(pending("info.2", Level::Debug));
        queue.push(pending("error.1", Level::Error));
        queue.push(pending("info.3", Level::Info));
        assert_eq!(queue.dropped.counts, [1, 0, 0]);
        queue.push(pending("error.2", Level::Error));
        queue.push(pending("warn.2", Level::Warn));
        assert_eq!(queue.dropped.counts, [3, 0, 0]);
        queue.push(pending("warn.3", Level::Warn));
        queue.push(pending("error.3", Level::Info));
        let (types, dropped) = take(&mut queue);
        assert_eq!(dropped, [3, 2, 0]);
        assert_eq!(types, ["warn.1", "error.1", "error.2", "error.3"]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn errors_are_only_dropped_among_themselves() {
        let mut queue = Queue::new(2, usize::MAX);
        for number in 0..5 {
            queue.push(pending(&format!("error.{number}"), Level::Error));
        }
        queue.push(pending("info.1", Level::Info));
        assert_eq!(queue.dropped.upto, 6);
        assert_eq!(
            take(&mut queue),
            (vec!["error.0".into(), "error.1".into()], [1, 0, 3])
        );
    }

    #[test]
    fn bytes_are_bounded_too_and_nothing_is_dropped_in_vain() {
        let text = |length: usize| Value::from("x".repeat(length));
        let mut queue = Queue::new(100, 10_000);
        for _ in 0..3 {
            queue.push(Pending::new("info", text(2000), 100_000));
        }
        let error = |length| Pending {
            level: Some(Level::Error),
            ..Pending::new("error.x", text(length), 100_000)
        };
        queue.push(error(20_000));
        assert_eq!(queue.dropped.counts, [0, 0, 1], "it would not fit at all");
        queue.push(error(5_000));
        assert_eq!(queue.dropped.counts, [1, 0, 1]);
        let (types, _) = take(&mut queue);
        assert_eq!(types, ["info", "info", "error.x"]);
        queue.push(error(9_000));
        assert_eq!(take(&mut queue).0.len(), 1, "what was taken counts no more");
    }

    #[test]
    fn payloads_that_no_event_may_hold_are_let_go() {
        let data = json!({ "a": ["x".repeat(2000), 1, null] });
        assert_eq!(weigh(&data, DEEPEST), Some(2018));
        let large = Pending::new("a.b", data, 1000);
        assert_eq!(large.data, Err(Unfit::TooLarge(2018)));
        assert!(large.bytes < 1000);
        let deep = (0..200).fold(Value::Null, |inner, _| json!([inner]));
        assert_eq!(Pending::new("a.b", deep, 1000).data, Err(Unfit::TooDeep));
    }
}
