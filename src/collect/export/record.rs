//! One event as a log record.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};

use super::id;
use super::resource::Emitter;
use super::value::{any, attribute, for_each_field, keep_last, text, text_of};
use crate::event::{Data, Event, Id, Level, Millis};

/// Fields that say where an event comes from, as emp's own writers name them; they go into the
/// resource.
const ENVIRONMENT: &str = "environment";
const REGION: &str = "region";
const VERSION: &str = "version";
const INSTANCE: &str = "instanceId";

/// The record of an event, and who said it.
pub(super) fn record(event: &Event) -> (Emitter<'_>, LogRecord) {
    let mut emitter = Emitter {
        service: &event.service,
        ..Emitter::default()
    };
    let mut record = LogRecord {
        event_name: event.event_type.clone(),
        ..LogRecord::default()
    };
    times(event, &mut record);
    severity(event, &mut record);
    ids(event, &mut record);
    let message = data(event, &mut emitter, &mut record.attributes);
    extra(event, &mut emitter, &mut record.attributes);
    origin(event, &mut record.attributes);
    if emitter.instance.is_none() {
        emitter.instance = instance(event, emitter.host.as_deref());
    }
    let body = message.unwrap_or_else(|| event.event_type.clone());
    record.body = Some(any(Value::StringValue(body)));
    (emitter, record)
}

/// The emitter's clock and the server's. Backends drop a record without a time.
fn times(event: &Event, record: &mut LogRecord) {
    let own = nanos(event.timestamp);
    let server = event.entry().and_then(|entry| nanos(entry.time()));
    record.time_unix_nano = own.or(server).unwrap_or(1);
    record.observed_time_unix_nano = server.or(own).unwrap_or(1);
    if own.is_none() {
        let timestamp = text("emp.timestamp", event.timestamp.to_string());
        record.attributes.push(timestamp);
    }
}

/// Nanoseconds since 1970; `None` outside of what OTLP's backends can hold (1970 to 2262).
pub(super) fn nanos(time: Millis) -> Option<u64> {
    let nanos = time.get().checked_mul(1_000_000)?;
    u64::try_from(nanos).ok().filter(|nanos| *nanos > 0)
}

fn severity(event: &Event, record: &mut LogRecord) {
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
    record.severity_number = number.into();
    record.severity_text = name.to_owned();
}

/// Ids that OTLP does not take for a trace's or a span's are kept as they were written.
fn ids(event: &Event, record: &mut LogRecord) {
    record.attributes.reserve(16);
    for (which, value) in event.ids.iter() {
        let name = match which {
            Id::Trace => match id::bytes::<16>(value) {
                Some(trace) => {
                    record.trace_id = trace.to_vec();
                    continue;
                }
                None => "trace.id",
            },
            Id::Span => match id::bytes::<8>(value) {
                Some(span) => {
                    record.span_id = span.to_vec();
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
        record.attributes.push(text(name, value));
    }
}

/// The fields of `data`, and what they say of an error and of the emitter. Returns the sentence
/// that says what happened, if there is one.
fn data<'a>(
    event: &'a Event,
    emitter: &mut Emitter<'a>,
    attributes: &mut Vec<KeyValue>,
) -> Option<String> {
    let raw = match &event.data {
        Data::Empty => None,
        Data::Object(fields) => Some(fields.raw()),
        Data::Text(broken) => {
            attributes.push(text("data", broken));
            None
        }
    };
    let is_error = event.is_error_event();
    let says_failure = event.says_failure();
    let mut message = None;
    let mut exception = Vec::new();
    let start = attributes.len();
    if let Some(raw) = raw {
        let read = for_each_field(raw, |key, value| {
            let said = text_of(&value);
            match (key, said) {
                ("message", Some(said)) => message = Some(said.to_owned()),
                ("environment", Some(said)) => emitter.environment = Some(said.to_owned().into()),
                ("hostname", Some(said)) => emitter.host = Some(said.to_owned().into()),
                ("error", Some(said)) if says_failure => exception.push(text(MESSAGE, said)),
                ("error", None) if says_failure => exception.extend(parts(&value)),
                _ => {}
            }
            let name = match part(key).filter(|_| is_error && said.is_some()) {
                Some(name) => name.to_owned(),
                None => ["data.", key].concat(),
            };
            attributes.push(attribute(name, value));
        });
        // The text has been checked before: it is an object.
        debug_assert!(read.is_ok());
        keep_last(attributes, start);
    }
    if is_error && attributes[start..].iter().all(|known| known.key != TYPE) {
        let name = event.event_type.trim_start_matches("error.");
        exception.push(text(TYPE, name));
    }
    for one in exception {
        if attributes[start..].iter().all(|known| known.key != one.key) {
            attributes.push(one);
        }
    }
    message.or_else(|| {
        let said = attributes[start..]
            .iter()
            .find(|known| known.key == MESSAGE);
        said.and_then(|said| text_of(said.value.as_ref()?))
            .map(str::to_owned)
    })
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
fn parts(error: &AnyValue) -> Vec<KeyValue> {
    let Some(Value::KvlistValue(list)) = &error.value else {
        return Vec::new();
    };
    let parts = list.values.iter().filter_map(|field| {
        let said = field.value.as_ref().and_then(text_of)?;
        Some(text(part(&field.key)?, said))
    });
    parts.collect()
}

/// Fields that the wire table does not know.
fn extra<'a>(event: &'a Event, emitter: &mut Emitter<'a>, attributes: &mut Vec<KeyValue>) {
    for (name, value) in &event.extra {
        let value = value.as_str();
        match name.as_str() {
            ENVIRONMENT => emitter.environment = Some(Cow::Borrowed(value)),
            REGION => emitter.region = Some(value),
            VERSION => emitter.version = Some(value),
            INSTANCE => emitter.instance = Some(Cow::Borrowed(value)),
            name => attributes.push(text(["extra.", name].concat(), value)),
        }
    }
}

/// What names the event, and where it was read.
fn origin(event: &Event, attributes: &mut Vec<KeyValue>) {
    if let Some(event_id) = &event.event_id {
        attributes.push(text("emp.event_id", event_id));
    }
    if let Some(version) = event.version {
        attributes.push(attribute("emp.v", any(Value::IntValue(version.into()))));
    }
    if let Some(stream) = event.stream() {
        attributes.push(text("emp.stream", stream));
    }
    if let Some(entry) = event.entry() {
        attributes.push(text("emp.entry_id", entry.to_string()));
    }
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
