//! What the receiver of the tests has: every field of every message.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1 as trace;
use prost::Message;
use serde_json::{Map, Value, json};

use super::arrived::{Arrived, Log, Span};
use super::wanted::Wanted;
use crate::support::otlp::Taken;

/// Whether a request came compressed.
pub fn is_compressed(taken: &Taken) -> bool {
    let names = ["grpc-encoding", "content-encoding"];
    let said = names.iter().find_map(|name| taken.headers.get(*name));
    said.is_some_and(|said| said == "gzip")
}

/// Everything that both receivers can tell.
pub fn read(taken: &[Taken]) -> Arrived {
    let logs = records(taken).map(|(service, record)| {
        let attributes = json_of(&record.attributes);
        Log {
            entry: (
                text_of(&attributes, "emp.stream"),
                text_of(&attributes, "emp.entry_id"),
            ),
            service,
            name: record.event_name,
            at: record.time_unix_nano,
            observed: record.observed_time_unix_nano,
            severity: record.severity_text,
            trace: hex(&record.trace_id),
            span: hex(&record.span_id),
        }
    });
    Arrived {
        logs: logs.collect(),
        spans: spans(taken).map(span).collect(),
    }
}

fn span(span: trace::Span) -> Span {
    let attributes = json_of(&span.attributes);
    let status = span.status.map(|status| status.code());
    Span {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        status: match status {
            Some(trace::status::StatusCode::Ok) => "OK",
            Some(trace::status::StatusCode::Error) => "ERROR",
            _ => "UNSET",
        }
        .to_owned(),
        job: text_of(&attributes, "job.id"),
        is_outside: attributes.contains_key("emp.outside_parent"),
        links: span.links.len(),
    }
}

/// Each field of each event is an attribute with the same value, and there are no others.
pub fn check_fields(taken: &[Taken], wanted: &Wanted) {
    for (_, record) in records(taken) {
        let mut had = json_of(&record.attributes);
        assert_eq!(
            had.len(),
            record.attributes.len(),
            "each name once: {had:?}"
        );
        let name = format!(
            "{} {}",
            text_of(&had, "emp.stream"),
            text_of(&had, "emp.entry_id")
        );
        let event = &wanted.events[&name];
        let is_error = record.event_name.starts_with("error.");
        for (field, value) in fields(event, is_error) {
            assert_eq!(
                had.remove(&field).as_ref(),
                Some(&value),
                "{field} of {event}"
            );
        }
        // What says why, under the names that backends know.
        had.retain(|name, _| !name.starts_with("exception."));
        assert!(had.is_empty(), "nobody said {had:?}: {event}");
        let says_why = record.severity_text == "ERROR" && !event["data"]["error"].is_null();
        if says_why {
            let body = record.body.and_then(|body| body.value);
            assert!(
                matches!(&body, Some(Any::StringValue(body)) if !body.is_empty()),
                "{body:?}"
            );
        }
    }
}

/// The attributes that an event should have.
fn fields(event: &Value, is_error: bool) -> Vec<(String, Value)> {
    let mut fields = Vec::new();
    for (name, attribute) in [
        ("jobId", "job.id"),
        ("workerId", "worker.id"),
        ("machineId", "machine.id"),
        ("userId", "user.id"),
        ("requestId", "request.id"),
        ("parentSpanId", "parent_span.id"),
        ("eventId", "emp.event_id"),
        ("_stream", "emp.stream"),
        ("_id", "emp.entry_id"),
    ] {
        if let Some(value) = event.get(name) {
            fields.push((attribute.to_owned(), value.clone()));
        }
    }
    for (name, value) in event["data"].as_object().into_iter().flatten() {
        let attribute = match (is_error, &**name) {
            (true, "message") => "exception.message".to_owned(),
            (true, "name") => "exception.type".to_owned(),
            (true, "stack") => "exception.stacktrace".to_owned(),
            (_, name) => format!("data.{name}"),
        };
        fields.push((attribute, value.clone()));
    }
    fields
}

fn records(taken: &[Taken]) -> impl Iterator<Item = (String, LogRecord)> {
    let logs = taken
        .iter()
        .filter(|one| is_of(one, "/logs", ".LogsService/"));
    logs.flat_map(|one| {
        let request = ExportLogsServiceRequest::decode(&*one.message).expect("a message");
        request.resource_logs.into_iter().flat_map(|group| {
            let resource = group.resource.unwrap_or_default();
            let service = text_of(&json_of(&resource.attributes), "service.name");
            let records = group
                .scope_logs
                .into_iter()
                .flat_map(|scope| scope.log_records);
            records.map(move |record| (service.clone(), record))
        })
    })
}

fn spans(taken: &[Taken]) -> impl Iterator<Item = trace::Span> {
    let traces = taken
        .iter()
        .filter(|one| is_of(one, "/traces", ".TraceService/"));
    traces.flat_map(|one| {
        let request = ExportTraceServiceRequest::decode(&*one.message).expect("a message");
        let groups = request.resource_spans.into_iter();
        let scopes = groups.flat_map(|group| group.scope_spans);
        scopes.flat_map(|scope| scope.spans)
    })
}

fn is_of(taken: &Taken, path: &str, service: &str) -> bool {
    taken.path.ends_with(path) || taken.path.contains(service)
}

fn json_of(attributes: &[KeyValue]) -> Map<String, Value> {
    let pairs = attributes.iter();
    pairs
        .map(|pair| {
            (
                pair.key.clone(),
                pair.value.as_ref().map_or(Value::Null, value),
            )
        })
        .collect()
}

fn value(any: &AnyValue) -> Value {
    match &any.value {
        None => Value::Null,
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::BoolValue(value)) => json!(value),
        Some(Any::IntValue(value)) => json!(value),
        Some(Any::DoubleValue(value)) => json!(value),
        Some(Any::ArrayValue(list)) => list.values.iter().map(value).collect(),
        Some(Any::KvlistValue(list)) => Value::Object(json_of(&list.values)),
        other => panic!("nothing that JSON has: {other:?}"),
    }
}

fn text_of(attributes: &Map<String, Value>, name: &str) -> String {
    let value = attributes.get(name).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
