//! From what a caller gave to an event: ids, redaction, refusal.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::queue::{Dropped, Pending, Unfit};
use crate::emit::policy::{Policy, note_rate};
use crate::emit::{Context, Emitter, Error};
use crate::event::{Data, Event, Ids, Level, Millis};

/// Everything that an event needs beside what its caller said.
pub(super) struct Finish {
    pub(super) policy: Arc<Policy>,
    pub(super) context: Context,
}

impl Finish {
    /// The finished event. In place of one that cannot be emitted comes an error event that says
    /// so, and `refused` is counted up.
    pub(super) fn event(&self, pending: Pending, refused: &mut u64) -> Event {
        let mut ids = Ids::clone(&pending.scope);
        if let Some((id, value)) = pending.id {
            ids.set(id, value);
        }
        let mut event = Event {
            timestamp: pending.at,
            event_type: pending.event_type.into(),
            level: pending.level,
            ids,
            ..Event::default()
        };
        let fit = match pending.data {
            Ok(data) => {
                event.data = Data::from(object(data));
                note_rate(&mut event, pending.rate);
                self.context.complete(&mut event, pending.at);
                self.policy.redact(&mut event);
                Emitter::check(&event).map(drop)
            }
            Err(Unfit::TooLarge(bytes)) => Err(Error::TooLarge { bytes }),
            Err(Unfit::TooDeep) => Err(Error::TooDeep),
        };
        match fit {
            Ok(()) => event,
            Err(error) => {
                *refused += 1;
                self.refusal(event, &error)
            }
        }
    }

    /// Says in place of an event why it was refused.
    fn refusal(&self, refused: Event, error: &Error) -> Event {
        let shown: String = refused.event_type.chars().take(200).collect();
        let data = json!({
            "name": "EventRefused",
            "message": error.to_string(),
            "refusedType": shown,
        });
        let mut event = Event {
            timestamp: refused.timestamp,
            event_type: "error.EventRefused".to_owned(),
            level: Some(Level::Error),
            service: refused.service,
            ids: short(&refused.ids),
            data: Data::from(object(data)),
            ..Event::default()
        };
        self.context.complete(&mut event, refused.timestamp);
        event
    }

    /// An event that counts what a full queue dropped.
    pub(super) fn report(&self, dropped: Dropped, now: Millis) -> Option<Event> {
        let [info, warn, error] = dropped.counts;
        if info + warn + error == 0 {
            return None;
        }
        let data = json!({
            "reason": "the queue was full", "info": info, "warn": warn, "error": error,
        });
        let mut event = Event {
            event_type: "emp.events_dropped".to_owned(),
            level: Some(Level::Warn),
            timestamp: now,
            data: Data::from(object(data)),
            ..Event::default()
        };
        self.context.complete(&mut event, now);
        Some(event)
    }
}

/// The ids without those that are too long to be one: they may be what made the event too large.
fn short(ids: &Ids) -> Ids {
    let mut kept = Ids::default();
    for (id, value) in ids.iter().filter(|(_, value)| value.len() <= 1024) {
        kept.set(id, value);
    }
    kept
}

/// A payload as an object: what is none stands under `value`.
fn object(data: Value) -> Map<String, Value> {
    match data {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::event::{Id, MAX_EVENT_BYTES};

    fn finished(event_type: &str, data: Value) -> (Event, u64) {
        let (settings, _) = Settings::of_process();
        let finish = Finish {
            policy: Arc::new(Policy::new(&settings)),
            context: Context::from_env(&|_| None, Some("worker".to_owned())),
        };
        let pending = Pending {
            at: Millis::clamped(1_700_000_000_000),
            id: Some((Id::Job, "job_1".into())),
            ..Pending::new(event_type, data, 2 * MAX_EVENT_BYTES)
        };
        let mut refused = 0;
        (finish.event(pending, &mut refused), refused)
    }

    #[test]
    fn payloads_become_objects_and_secrets_are_masked() {
        let (event, _) = finished("job.x", json!({ "n": 1, "apiKey": "s" }));
        assert_eq!(event.data.to_wire(), Some(r#"{"n":1,"apiKey":"***"}"#));
        assert_eq!(event.id(Id::Job), Some("job_1"));
        let (event, _) = finished("job.x", json!([1]));
        assert_eq!(event.data.to_wire(), Some(r#"{"value":[1]}"#));
        assert_eq!(finished("job.x", Value::Null).0.data, Data::Empty);
    }

    #[test]
    fn what_cannot_be_emitted_leaves_an_error_event() {
        let deep = (0..200).fold(Value::Null, |inner, _| json!([inner]));
        for (event_type, data, says) in [
            ("job.x", json!("x".repeat(MAX_EVENT_BYTES)), "1048"),
            ("job.x", json!("x".repeat(3 * MAX_EVENT_BYTES)), "3145"),
            ("job.x", deep, "nested"),
            ("no type", Value::Null, "`no type` is no event type"),
            ("", Value::Null, "`` is no event type"),
        ] {
            let (event, refused) = finished(event_type, data);
            assert_eq!(refused, 1, "{says}");
            assert_eq!(event.event_type, "error.EventRefused");
            assert_eq!(event.service, "worker");
            assert_eq!(event.data.text("refusedType"), Some(event_type));
            let message = event.data.text("message").expect("a message");
            assert!(message.contains(says), "{message}");
            assert_eq!(event.id(Id::Job), Some("job_1"));
            Emitter::check(&event).expect("it can be emitted itself");
        }
    }
}
