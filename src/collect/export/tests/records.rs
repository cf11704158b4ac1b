//! What a log record says of an event.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;

use super::super::logs;
use super::*;
use crate::collect::spans::samples::demo;

/// What a receiver reads.
fn request(batch: &[&Event], configured: &[(String, String)]) -> ExportLogsServiceRequest {
    let bytes = logs::message(batch, configured);
    ExportLogsServiceRequest::decode(&bytes[..]).expect("a request")
}

/// A value as text, to be compared at a glance.
fn shown(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn pairs(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let pairs = attributes
        .iter()
        .map(|one| (one.key.clone(), shown(one.value.as_ref())));
    pairs.collect()
}

fn expect(attributes: &[KeyValue], expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(pairs(attributes), expected);
}

/// The resource and the record of one event.
fn record(event: &Event, configured: &[(&str, &str)]) -> (Vec<KeyValue>, LogRecord) {
    let configured: Vec<_> = configured
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut request = request(&[event], &configured);
    let mut group = request.resource_logs.remove(0);
    let record = group.scope_logs[0].log_records.remove(0);
    (group.resource.expect("a resource").attributes, record)
}

#[test]
fn an_event_becomes_a_record() {
    let event = event(&[
        ("timestamp", "1700000000123"),
        ("service", "worker"),
        ("eventType", "job.claimed"),
        ("traceId", "8D12404289e478577467c87b7b93f785"),
        ("spanId", "00f067aa0ba902b7"),
        ("parentSpanId", "00f067aa0ba902b8"),
        ("jobId", "job_123"),
        ("workerId", "w1"),
        ("machineId", "m1"),
        ("userId", "u1"),
        ("requestId", "r1"),
        ("level", "warn"),
        (
            "data",
            r#"{"queueWaitMs":12,"hostname":"gpu-7","nested":{"a":[1,"x"]},"a":1,"a":2}"#,
        ),
        ("eventId", "0193f5a8-0000-7000-8000-000000000000"),
        ("v", "1"),
        ("environment", "production"),
        ("region", "eu-1"),
        ("version", "1.2.3"),
        ("tenant", "acme"),
        ("timestamp", "again"),
    ]);
    let (resource, record) = record(&event, &[("team", "a"), ("service.name", "configured")]);
    expect(
        &resource,
        &[
            ("service.name", "worker"),
            ("service.instance.id", "w1"),
            ("service.version", "1.2.3"),
            ("deployment.environment.name", "production"),
            ("cloud.region", "eu-1"),
            ("host.name", "gpu-7"),
            ("team", "a"),
        ],
    );
    assert_eq!(record.event_name, "job.claimed");
    assert_eq!(record.time_unix_nano, 1_700_000_000_123_000_000);
    assert_eq!(record.observed_time_unix_nano, 1_700_000_000_500_000_000);
    assert_eq!(
        (record.severity_number, record.severity_text.as_str()),
        (13, "WARN")
    );
    assert_eq!(shown(record.body.as_ref()), "job.claimed");
    assert_eq!(record.trace_id[..3], [0x8d, 0x12, 0x40]);
    assert_eq!(record.span_id, [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 2, 0xb7]);
    let nested = record
        .attributes
        .iter()
        .find(|one| one.key == "data.nested");
    assert!(shown(nested.and_then(|one| one.value.as_ref())).contains("KvlistValue"));
    let mut flat = record.attributes.clone();
    flat.retain(|one| one.key != "data.nested");
    expect(
        &flat,
        &[
            ("parent_span.id", "00f067aa0ba902b8"),
            ("job.id", "job_123"),
            ("worker.id", "w1"),
            ("machine.id", "m1"),
            ("user.id", "u1"),
            ("request.id", "r1"),
            ("data.queueWaitMs", "12"),
            ("data.hostname", "gpu-7"),
            ("data.a", "2"),
            ("extra.tenant", "acme"),
            ("extra.invalid.timestamp", "again"),
            ("emp.event_id", "0193f5a8-0000-7000-8000-000000000000"),
            ("emp.v", "1"),
            ("emp.stream", "emp:events"),
            ("emp.entry_id", "1700000000500-3"),
        ],
    );
}

#[test]
fn an_error_says_what_happened() {
    let own = event(&[
        ("service", "worker"),
        ("eventType", "error.TimeoutError"),
        (
            "data",
            r#"{"name":"Timeout","message":"no answer","stack":"at upload","try":2}"#,
        ),
    ]);
    let (_, own) = record(&own, &[]);
    assert_eq!(
        (own.severity_number, own.severity_text.as_str()),
        (17, "ERROR")
    );
    assert_eq!(shown(own.body.as_ref()), "no answer");
    expect(
        &own.attributes[..4],
        &[
            ("exception.type", "Timeout"),
            ("exception.message", "no answer"),
            ("exception.stacktrace", "at upload"),
            ("data.try", "2"),
        ],
    );

    let bare = event(&[
        ("eventType", "error.Odd"),
        ("data", r#"{"message":{"a":1}}"#),
    ]);
    let (resource, bare) = record(&bare, &[]);
    expect(&resource, &[("service.name", "unknown_service")]);
    assert_eq!(shown(bare.body.as_ref()), "error.Odd");
    assert_eq!(bare.attributes[0].key, "data.message");
    expect(&bare.attributes[1..2], &[("exception.type", "Odd")]);

    for data in [
        r#"{"error":"no memory"}"#,
        r#"{"error":{"message":"no memory","code":7}}"#,
    ] {
        let failed = event(&[("eventType", "job.failed"), ("data", data)]);
        let (_, failed) = record(&failed, &[]);
        assert_eq!(
            failed.severity_text, "INFO",
            "it has no level, and the default is info"
        );
        assert_eq!(shown(failed.body.as_ref()), "no memory");
        assert_eq!(failed.attributes[0].key, "data.error");
        expect(
            &failed.attributes[1..2],
            &[("exception.message", "no memory")],
        );
    }
}

#[test]
fn nothing_odd_is_dropped() {
    let odd = event(&[
        ("timestamp", "-62135596800000"),
        ("service", "webhook-service"),
        ("eventType", "webhook.sent"),
        ("traceId", "my-trace"),
        ("spanId", "0000000000000000"),
        ("workerId", "w1"),
        ("data", "{broken"),
    ]);
    let (resource, record) = record(&odd, &[("service.instance.id", "configured")]);
    // The worker is what the event is about, not who says it.
    expect(
        &resource,
        &[
            ("service.name", "webhook-service"),
            ("service.instance.id", "configured"),
        ],
    );
    assert_eq!(record.time_unix_nano, 1_700_000_000_500_000_000);
    assert!(record.trace_id.is_empty() && record.span_id.is_empty());
    expect(
        &record.attributes,
        &[
            ("emp.timestamp", "0001-01-01T00:00:00.000Z"),
            ("trace.id", "my-trace"),
            ("span.id", "0000000000000000"),
            ("worker.id", "w1"),
            ("data", "{broken"),
            ("emp.stream", "emp:events"),
            ("emp.entry_id", "1700000000500-3"),
        ],
    );
    let nowhere = Event::default();
    let (_, record) = self::record(&nowhere, &[]);
    assert!(record.time_unix_nano > 0 && record.observed_time_unix_nano > 0);
}

#[test]
fn records_are_grouped_by_who_says_them() {
    let by = |service: &str, worker: &str| event(&[("service", service), ("workerId", worker)]);
    let events = [
        by("worker", "w1"),
        by("worker", "w2"),
        by("api", "w1"),
        by("worker", "w1"),
    ];
    let events: Vec<_> = events.iter().collect();
    let request = request(&events, &[]);
    let sizes = request.resource_logs.iter();
    let sizes: Vec<_> = sizes
        .map(|group| group.scope_logs[0].log_records.len())
        .collect();
    assert_eq!(sizes, [2, 1, 1]);
    let scope = request.resource_logs[0].scope_logs[0]
        .scope
        .as_ref()
        .expect("a scope");
    assert_eq!(scope.name, "emp");
    assert!(!scope.version.is_empty());
}

#[test]
fn no_record_holds_what_one_before_it_said() {
    let demo = demo(12, 3);
    let mut events: Vec<_> = demo.jobs.values().flatten().cloned().collect();
    events.push(event(&[
        ("eventType", "a"),
        ("timestamp", "-1"),
        ("v", "1"),
    ]));
    events.push(event(&[("eventType", "b"), ("data", "[no object")]));
    events.push(event(&[(
        "data",
        r#"{"a":null,"b":[1,"x"],"c":{"d":2},"e":true}"#,
    )]));
    for pair in pairs_of(&events) {
        let together = request(&pair, &[]).resource_logs.into_iter();
        let together: Vec<_> = together
            .flat_map(|mut group| group.scope_logs.remove(0).log_records)
            .collect();
        assert_eq!(together, pair.map(|one| record(one, &[]).1));
    }
}
