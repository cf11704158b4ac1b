//! The queue between callers and the worker: bounded, and full in a stated order.
//!
//! When it is full, the newest `debug` and `info` events go first, then `warn`, errors last; a new
//! event is left out itself where nothing less serious is there to make room.

use std::collections::VecDeque;

use serde_json::Value;

use crate::event::{Ids, Level, Millis};

/// An event as the caller gave it; the worker does the rest.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) at: Millis,
    pub(super) event_type: Box<str>,
    pub(super) level: Option<Level>,
    pub(super) ids: Ids,
    pub(super) data: Value,
    /// The share of such events that is kept.
    pub(super) rate: f64,
}

/// Seriousness as far as dropping goes.
const CLASSES: usize = 3;

fn class(pending: &Pending) -> usize {
    match pending.level.unwrap_or_default() {
        _ if pending.event_type.starts_with("error.") => 2,
        Level::Debug | Level::Info => 0,
        Level::Warn => 1,
        Level::Error => 2,
    }
}

/// Events in the order they came, one line for each class.
#[derive(Debug)]
pub(super) struct Queue {
    lines: [VecDeque<(u64, Pending)>; CLASSES],
    next: u64,
    capacity: usize,
    /// What was dropped since it was last asked, by class.
    dropped: [u64; CLASSES],
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            lines: Default::default(),
            next: 0,
            capacity: capacity.max(1),
            dropped: [0; CLASSES],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.iter().map(VecDeque::len).sum()
    }

    /// Takes an event, at the cost of a less serious one if need be. Counts what is dropped.
    pub(super) fn push(&mut self, pending: Pending) {
        let own = class(&pending);
        if self.len() >= self.capacity {
            let lower = (0..own).find(|class| !self.lines[*class].is_empty());
            let Some(lower) = lower else {
                self.dropped[own] += 1;
                return;
            };
            self.lines[lower].pop_back();
            self.dropped[lower] += 1;
        }
        self.lines[own].push_back((self.next, pending));
        self.next += 1;
    }

    /// Everything, in the order it came.
    pub(super) fn take(&mut self) -> Vec<Pending> {
        let mut all: Vec<(u64, Pending)> = Vec::with_capacity(self.len());
        for line in &mut self.lines {
            all.extend(line.drain(..));
        }
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, pending)| pending).collect()
    }

    /// What was dropped since the last call: `debug` and `info`, `warn`, errors.
    pub(super) fn take_dropped(&mut self) -> [u64; CLASSES] {
        std::mem::take(&mut self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(event_type: &str, level: Level) -> Pending {
        Pending {
            at: Millis::default(),
            event_type: event_type.into(),
            level: Some(level),
            ids: Ids::default(),
            data: Value::Null,
            rate: 1.0,
        }
    }

    fn types(queue: &mut Queue) -> Vec<String> {
        let all = queue.take();
        all.into_iter()
            .map(|pending| pending.event_type.into())
            .collect()
    }

    #[test]
    fn the_newest_and_least_serious_goes_first() {
        let mut queue = Queue::new(4);
        queue.push(pending("info.1", Level::Info));
        queue.push(pending("warn.1", Level::Warn));
        queue.push(pending("info.2", Level::Debug));
        queue.push(pending("error.1", Level::Error));
        queue.push(pending("info.3", Level::Info));
        assert_eq!(queue.take_dropped(), [1, 0, 0]);
        queue.push(pending("error.2", Level::Error));
        queue.push(pending("warn.2", Level::Warn));
        assert_eq!(queue.take_dropped(), [2, 0, 0]);
        queue.push(pending("warn.3", Level::Warn));
        queue.push(pending("error.3", Level::Info));
        assert_eq!(queue.take_dropped(), [0, 2, 0]);
        assert_eq!(
            types(&mut queue),
            ["warn.1", "error.1", "error.2", "error.3"]
        );
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn errors_are_only_dropped_among_themselves() {
        let mut queue = Queue::new(2);
        for number in 0..5 {
            queue.push(pending(&format!("error.{number}"), Level::Error));
        }
        queue.push(pending("info.1", Level::Info));
        assert_eq!(queue.take_dropped(), [1, 0, 3]);
        assert_eq!(types(&mut queue), ["error.0", "error.1"]);
    }
}
