//! One event as a log record.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};

use super::attributes::Attributes;
use super::resource::Emitter;
use super::value::{Said, for_each_field};
use crate::collect::spans::hex;
use crate::event::{Data, Event, Id, Level, Millis};

/// Fields that say where an event comes from, as emp's own writers name them; they go into the
/// resource.
const ENVIRONMENT: &str = "environment";
const REGION: &str = "region";
const VERSION: &str = "version";
const INSTANCE: &str = "instanceId";

/// Number of the attributes in a record.
const ATTRIBUTES: u32 = 6;

/// A record that is written over for each event: its texts keep their room.
#[derive(Default)]
pub(super) struct Slate {
    record: LogRecord,
    attributes: Attributes,
}

impl Slate {
    /// Writes the record of an event; who said it, all but its attributes, and they, encoded.
    pub(super) fn write<'a>(&mut self, event: &'a Event) -> (Emitter<'a>, &LogRecord, &[u8]) {
        let mut emitter = Emitter {
            service: &event.service,
            ..Emitter::default()
        };
        self.attributes.start(ATTRIBUTES);
        write(&mut self.record.event_name, &event.event_type);
        self.times(event);
        self.severity(event);
        self.ids(event);
        let message = self.data(event, &mut emitter);
        self.extra(event, &mut emitter);
        self.origin(event);
        if emitter.instance.is_none() {
            emitter.instance = instance(event, emitter.host.as_deref());
        }
        let text = message.as_deref().unwrap_or(&event.event_type);
        match &mut self.record.body.get_or_insert_default().value {
            Some(Value::StringValue(room)) => write(room, text),
            value => *value = Some(Value::StringValue(text.to_owned())),
        }
        (emitter, &self.record, self.attributes.bytes())
    }

    fn push(&mut self, key: &str, value: &str) {
        self.attributes.text(&[key], value);
    }

    /// The emitter's clock and the server's. Backends drop a record without a time.
    fn times(&mut self, event: &Event) {
        let own = nanos(event.timestamp);
        let server = event.entry().and_then(|entry| nanos(entry.time()));
        self.record.time_unix_nano = own.or(server).unwrap_or(1);
        self.record.observed_time_unix_nano = server.or(own).unwrap_or(1);
        if own.is_none() {
            self.push("emp.timestamp", &event.timestamp.to_string());
        }
    }

    fn severity(&mut self, event: &Event) {
        let level = match event.level {
            None if event.is_error_event() => Level::Error,
            level => level.unwrap_or_default(),
        };
        let (number, name) = match level {
            Level::Debug => (SeverityNumber::Debug, "DEBUG"),
            Level::Info => (SeverityNumber::Info, "INFO"),
            Level::Warn => (SeverityNumber::Warn, "WARN"),
            Level::Error => (SeverityNumber::Error, "ERROR"),
        };
        self.record.severity_number = number.into();
        write(&mut self.record.severity_text, name);
    }

    /// Ids that OTLP does not take for a trace's or a span's are kept as they were written.
    fn ids(&mut self, event: &Event) {
        self.record.trace_id.clear();
        self.record.span_id.clear();
        for (which, value) in event.ids.iter() {
            let name = match which {
                Id::Trace => match hex::<16>(value) {
                    Some(trace) => {
                        self.record.trace_id.extend_from_slice(&trace);
                        continue;
                    }
                    None => "trace.id",
                },
                Id::Span => match hex::<8>(value) {
                    Some(span) => {
                        self.record.span_id.extend_from_slice(&span);
                        continue;
                    }
                    None => "span.id",
                },
                Id::ParentSpan => "parent_span.id",
                Id::Job => "job.id",
                Id::Worker => "worker.id",
                Id::Machine => "machine.id",
                Id::User => "user.id",
                Id::Request => "request.id",
            };
            self.push(name, value);
        }
    }

    /// The fields of `data`, and what they say of an error and of the emitter. Returns the sentence
    /// that says what happened, if there is one.
    fn data(&mut self, event: &Event, emitter: &mut Emitter<'_>) -> Option<String> {
        let fields = match &event.data {
            Data::Empty => None,
            Data::Object(fields) => Some(fields),
            Data::Text(broken) => {
                self.push("data", broken);
                None
            }
        };
        let attributes = &mut self.attributes;
        let start = attributes.len();
        let is_error = event.is_error_event();
        let says_failure = event.says_failure();
        let mut message = None;
        let mut exception: Vec<(&str, String)> = Vec::new();
        if let Some(fields) = fields {
            for_each_field(fields, |key, field| {
                let said = field.text();
                match (key, said) {
                    ("message", Some(said)) => message = Some(said.to_owned()),
                    ("environment", Some(said)) => {
                        emitter.environment = Some(said.to_owned().into());
                    }
                    ("hostname", Some(said)) => emitter.host = Some(said.to_owned().into()),
                    ("error", Some(said)) if says_failure => {
                        exception.push((MESSAGE, said.to_owned()));
                    }
                    ("error", None) if says_failure => exception.extend(parts(&field)),
                    _ => {}
                }
                let key = match part(key).filter(|_| is_error && said.is_some()) {
                    Some(name) => [name, ""],
                    None => ["data.", key],
                };
                match &field {
                    Said::Text(text) => attributes.text(&key, text),
                    Said::Other(value) => attributes.value(&key, value),
                }
            });
            attributes.keep_last(start);
        }
        if is_error && !attributes.has(start, TYPE) {
            let name = event.event_type.trim_start_matches("error.");
            exception.push((TYPE, name.to_owned()));
        }
        for (name, text) in exception {
            if !attributes.has(start, name) {
                attributes.text(&[name], &text);
                if name == MESSAGE {
                    message.get_or_insert(text);
                }
            }
        }
        message
    }

    /// Fields that the wire table does not know.
    fn extra<'a>(&mut self, event: &'a Event, emitter: &mut Emitter<'a>) {
        for (name, value) in &event.extra {
            let value = value.as_str();
            match name.as_str() {
                ENVIRONMENT => emitter.environment = Some(Cow::Borrowed(value)),
                REGION => emitter.region = Some(value),
                VERSION => emitter.version = Some(value),
                INSTANCE => emitter.instance = Some(Cow::Borrowed(value)),
                name => self.attributes.text(&["extra.", name], value),
            }
        }
    }

    /// What names the event, and where it was read.
    fn origin(&mut self, event: &Event) {
        if let Some(event_id) = &event.event_id {
            self.push("emp.event_id", event_id);
        }
        if let Some(version) = event.version {
            let version = Some(Value::IntValue(version.into()));
            self.attributes.value(&["emp.v"], &version);
        }
        if let Some(stream) = event.stream() {
            self.push("emp.stream", stream);
        }
        if let Some(entry) = event.entry() {
            self.push("emp.entry_id", &entry.to_string());
        }
    }
}

/// Nanoseconds since 1970; `None` outside of what OTLP's backends can hold (1970 to 2262).
pub(super) fn nanos(time: Millis) -> Option<u64> {
    let nanos = time.get().checked_mul(1_000_000)?;
    u64::try_from(nanos).ok().filter(|nanos| *nanos > 0)
}

/// OpenTelemetry's semantic conventions for exceptions.
const MESSAGE: &str = "exception.message";
const TYPE: &str = "exception.type";
const STACK: &str = "exception.stacktrace";

fn part(key: &str) -> Option<&'static str> {
    match key {
        "message" => Some(MESSAGE),
        "name" => Some(TYPE),
        "stack" => Some(STACK),
        _ => None,
    }
}

/// What an object that describes an error says.
fn parts(error: &Said<'_>) -> Vec<(&'static str, String)> {
    let Said::Other(Some(Value::KvlistValue(list))) = error else {
        return Vec::new();
    };
    let parts = list.values.iter().filter_map(|field| {
        let Some(Value::StringValue(said)) = &field.value.as_ref()?.value else {
            return None;
        };
        Some((part(&field.key)?, said.clone()))
    });
    parts.collect()
}

/// Writes over a text.
pub(super) fn write(room: &mut String, text: &str) {
    room.clear();
    room.push_str(text);
}

/// One running instance of a service. A worker's or a machine's id names the emitter only where
/// that is a worker or a machine: of another service it is what the event is about.
fn instance<'a>(event: &'a Event, host: Option<&str>) -> Option<Cow<'a, str>> {
    let of = |word: &str, id| event.service.contains(word).then(|| event.id(id)).flatten();
    let id = of("worker", Id::Worker).or_else(|| of("machine", Id::Machine));
    match id {
        Some(id) => Some(Cow::Borrowed(id)),
        None => host.map(|host| Cow::Owned(host.to_owned())),
    }
}
