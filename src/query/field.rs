//! The names of fields: every way to spell one, in one table.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::text;
use crate::event::{Event, Id, Level, Millis};

/// What a term of a query asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The emitter's clock.
    Timestamp,
    /// Who says it.
    Service,
    /// `entity.action`.
    EventType,
    /// One of the ids that link events.
    Id(Id),
    /// Any of the six ids that name something: job, trace, worker, machine, user, request.
    AnyId,
    /// How serious it is; `info` where the event does not say.
    Level,
    /// The id of the event itself.
    EventId,
    /// Version of the wire table.
    Version,
    /// Key of the stream it was read from.
    Stream,
    /// Id of the stream entry.
    Entry,
    /// All of `data`, as text.
    Data,
    /// One value in `data`, by its dotted path.
    Path(String),
    /// A name that the table does not know: a field that the emitter added, or else a value in
    /// `data`.
    Named(String),
}

/// Every known field with its spellings; the first is the name on the wire or in JSON.
static TABLE: [(Field, &[&str]); 17] = [
    (Field::Timestamp, &["timestamp", "time"]),
    (Field::Service, &["service"]),
    (
        Field::EventType,
        &["eventType", "event-type", "event_type", "type", "event"],
    ),
    (
        Field::Id(Id::Trace),
        &["traceId", "trace-id", "trace_id", "trace"],
    ),
    (
        Field::Id(Id::Span),
        &["spanId", "span-id", "span_id", "span"],
    ),
    (
        Field::Id(Id::ParentSpan),
        &["parentSpanId", "parent-span-id", "parent_span_id", "parent"],
    ),
    (Field::Id(Id::Job), &["jobId", "job-id", "job_id", "job"]),
    (
        Field::Id(Id::Worker),
        &["workerId", "worker-id", "worker_id", "worker"],
    ),
    (
        Field::Id(Id::Machine),
        &["machineId", "machine-id", "machine_id", "machine"],
    ),
    (
        Field::Id(Id::User),
        &["userId", "user-id", "user_id", "user"],
    ),
    (
        Field::Id(Id::Request),
        &["requestId", "request-id", "request_id", "request"],
    ),
    (Field::AnyId, &["id"]),
    (Field::Level, &["level"]),
    (Field::EventId, &["eventId", "event-id", "event_id"]),
    (Field::Version, &["v"]),
    (Field::Stream, &["_stream", "stream"]),
    (Field::Entry, &["_id", "entryId", "entry-id", "entry_id"]),
];

/// Prefix of the path to a value in `data`, and the name of `data` itself.
const DATA: &str = "data";

impl Field {
    /// Reads a name in any spelling and any case. Never fails: a name that nobody knows is
    /// [`Field::Named`].
    pub fn parse(name: &str) -> Self {
        if name.eq_ignore_ascii_case(DATA) {
            return Self::Data;
        }
        if let Some((prefix, path)) = name.split_once('.')
            && prefix == DATA
            && !path.is_empty()
        {
            return Self::Path(path.to_owned());
        }
        TABLE
            .iter()
            .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map_or_else(|| Self::Named(name.to_owned()), |(field, _)| field.clone())
    }

    /// Every known field with all its spellings, for documentation and completion. `data` and
    /// its paths are not among them.
    pub fn known() -> impl Iterator<Item = (&'static Self, &'static [&'static str])> {
        TABLE.iter().map(|(field, names)| (field, *names))
    }

    /// The name on the wire or in JSON.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Data => DATA.into(),
            Self::Path(path) => format!("{DATA}.{path}").into(),
            Self::Named(name) => name.into(),
            known => TABLE
                .iter()
                .find(|(field, _)| field == known)
                .map_or("", |(_, names)| names[0])
                .into(),
        }
    }

    /// Whether any value of this field in the event passes. A missing field has no values.
    pub(super) fn any(&self, event: &Event, mut passes: impl FnMut(Seen<'_>) -> bool) -> bool {
        let mut test = |value: &str| !value.is_empty() && passes(Seen::Text(value));
        match self {
            Self::Service => test(&event.service),
            Self::EventType => test(&event.event_type),
            Self::Id(id) => event.id(*id).is_some_and(test),
            Self::AnyId => Id::SUBJECTS
                .into_iter()
                .filter_map(|id| event.id(id))
                .any(test),
            Self::EventId => event.event_id.as_deref().is_some_and(test),
            Self::Stream => event.stream().is_some_and(test),
            Self::Entry => event.entry().is_some_and(|entry| test(&entry.to_string())),
            Self::Data => test(&text::of(&event.data)),
            Self::Timestamp => passes(Seen::Time(event.timestamp)),
            Self::Level => passes(Seen::Level(event.level())),
            Self::Version => passes(Seen::Version(event.version.unwrap_or(1))),
            Self::Path(path) => event
                .data
                .get(path)
                .is_some_and(|value| passes(Seen::Json(value))),
            Self::Named(name) => match event.extra.iter().find(|(extra, _)| extra == name) {
                Some((_, value)) => passes(Seen::Text(value)),
                None => event
                    .data
                    .get(name)
                    .is_some_and(|value| passes(Seen::Json(value))),
            },
        }
    }

    /// The first value of this field in the event, as text; of objects their JSON.
    pub(crate) fn first(&self, event: &Event) -> Option<String> {
        let mut first = None;
        self.any(event, |seen| {
            first = Some(match seen {
                Seen::Text(text) => text.to_owned(),
                Seen::Json(Value::String(text)) => text.clone(),
                Seen::Json(value) => value.to_string(),
                Seen::Level(level) => level.to_string(),
                Seen::Time(time) => time.to_string(),
                Seen::Version(version) => version.to_string(),
            });
            true
        });
        first.filter(|text| !text.is_empty())
    }

    /// The known name that was probably meant by a name that nobody knows.
    pub(super) fn meant(&self) -> Option<&'static str> {
        let Self::Named(name) = self else {
            return None;
        };
        let name = name.to_ascii_lowercase();
        TABLE
            .iter()
            .flat_map(|(_, names)| names.iter())
            .map(|known| {
                (
                    strsim::osa_distance(&name, &known.to_ascii_lowercase()),
                    *known,
                )
            })
            .filter(|(distance, known)| *distance <= known.len() / 4)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// One value of a field, as a test sees it.
#[derive(Clone, Copy)]
pub(super) enum Seen<'a> {
    Text(&'a str),
    Json(&'a Value),
    Level(Level),
    Time(Millis),
    Version(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_field_and_only_one() {
        let mut seen = Vec::new();
        for (field, names) in Field::known() {
            for name in names {
                assert_eq!(&Field::parse(name), field, "{name}");
                assert_eq!(&Field::parse(&name.to_uppercase()), field, "{name}");
                assert!(!seen.contains(name), "{name} stands twice");
                seen.push(name);
            }
            assert_eq!(field.name(), names[0]);
        }
        for id in Id::ALL {
            assert_eq!(Field::parse(id.wire_name()), Field::Id(id));
            assert_eq!(Field::parse(id.snake_name()), Field::Id(id));
        }
    }

    #[test]
    fn other_names_are_paths_or_left_open() {
        assert_eq!(Field::parse("data"), Field::Data);
        assert_eq!(Field::parse("data.a.0.b"), Field::Path("a.0.b".into()));
        for open in ["data.", "Data.x", "tenant", ""] {
            assert_eq!(Field::parse(open), Field::Named(open.into()));
        }
    }

    #[test]
    fn slips_are_recognised() {
        let meant = |name: &str| Field::parse(name).meant();
        assert_eq!(meant("servce"), Some("service"));
        assert_eq!(meant("event-tpye"), Some("event-type"));
        assert_eq!(meant("levle"), Some("level"));
        assert_eq!(meant("tenant"), None);
        assert_eq!(meant("durationMs"), None);
        assert_eq!(meant("service"), None);
    }
}
