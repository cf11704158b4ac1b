//! Events being written down one after the other, with the ids and spans they share.

use serde_json::Value;

use super::random::Random;
use crate::event::{Data, Event, Id, Ids, Level, Millis};

/// A sequence of events of one cause: each `say` adds one at the time that `wait` has reached.
pub(super) struct Script<'a> {
    pub(super) random: &'a mut Random,
    pub(super) at: Millis,
    ids: Ids,
    events: Vec<Event>,
}

impl<'a> Script<'a> {
    /// A script with a trace and a root span of its own.
    pub(super) fn new(random: &'a mut Random, at: Millis) -> Self {
        let mut ids = Ids::default();
        ids.set(Id::Trace, random.hex(16) + &random.hex(16));
        ids.set(Id::Span, random.hex(16));
        Self {
            random,
            at,
            ids,
            events: Vec::new(),
        }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, ms: i64) {
        self.at = self.at.plus(ms);
    }

    /// Lets about that much time pass, at least a millisecond, and says how much it was.
    pub(super) fn wait_around(&mut self, median_ms: i64) -> i64 {
        let ms = self.random.around(median_ms);
        self.wait(ms);
        ms
    }

    /// Sets an id of everything that is said from here on.
    pub(super) fn set(&mut self, id: Id, value: impl AsRef<str>) {
        self.ids.set(id, value);
    }

    /// Runs `part` in a span below the current one; ids that it sets end with it.
    pub(super) fn span<R>(&mut self, part: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.ids.clone();
        if let Some(parent) = outer.get(Id::Span) {
            self.ids.set(Id::ParentSpan, parent);
        }
        let span = self.random.hex(16);
        self.ids.set(Id::Span, span);
        let result = part(self);
        self.ids = outer;
        result
    }

    /// Writes down an event.
    pub(super) fn say(&mut self, service: &str, event_type: &str, data: Value) {
        self.push(service, event_type, None, data);
    }

    /// Writes down an event that carries a level.
    pub(super) fn say_at(&mut self, level: Level, service: &str, event_type: &str, data: Value) {
        self.push(service, event_type, Some(level), data);
    }

    fn push(&mut self, service: &str, event_type: &str, level: Option<Level>, data: Value) {
        let data = match data {
            Value::Object(map) => Data::from(map),
            _ => Data::Empty,
        };
        self.events.push(Event {
            timestamp: self.at,
            service: service.to_owned(),
            event_type: event_type.to_owned(),
            ids: self.ids.clone(),
            level,
            data,
            ..Event::default()
        });
    }

    /// What was written down, in order.
    pub(super) fn finish(self) -> Vec<Event> {
        self.events
    }
}
