//! What a message says of a span.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{Span as Message, span, status::StatusCode};
use prost::Message as _;

use super::super::traces;
use super::pairs_of;
use crate::collect::spans::samples::{demo, milestones, tell};
use crate::collect::spans::{Link, Span, SpanEvent, SpanKind};
use crate::event::Millis;

pub(super) fn span() -> Span {
    Span {
        trace: [1; 16],
        id: [2; 8],
        parent: Some([3; 8]),
        name: "job txt2img".into(),
        kind: SpanKind::Consumer,
        start: Millis::clamped(1_700_000_000_000),
        end: Millis::clamped(1_700_000_001_500),
        service: "worker".into(),
        instance: Some("w1".into()),
        failure: None,
        ok: true,
        attributes: vec![
            ("job.id".into(), "job_123".into()),
            ("tries".into(), 2_i64.into()),
        ],
        events: vec![SpanEvent {
            name: "exception".into(),
            at: Millis::clamped(1_700_000_001_000),
            attributes: vec![("exception.message".into(), "no memory".into())],
        }],
        links: vec![Link {
            trace: [4; 16],
            span: [5; 8],
            attributes: Vec::new(),
        }],
    }
}

/// What a receiver reads.
fn request(batch: &[&Span], configured: &[(String, String)]) -> ExportTraceServiceRequest {
    let bytes = traces::message(batch, configured);
    ExportTraceServiceRequest::decode(&bytes[..]).expect("a request")
}

fn message(one: &Span) -> Message {
    let mut request = request(&[one], &[]);
    request.resource_spans[0].scope_spans[0].spans.remove(0)
}

#[test]
fn a_span_is_sent_as_it_is() {
    let one = span();
    let sent = message(&one);
    assert_eq!(sent.trace_id, [1; 16]);
    assert_eq!(sent.span_id, [2; 8]);
    assert_eq!(sent.parent_span_id, [3; 8]);
    assert_eq!(sent.name, "job txt2img");
    assert_eq!(sent.kind(), span::SpanKind::Consumer);
    assert_eq!(sent.start_time_unix_nano, 1_700_000_000_000_000_000);
    assert_eq!(sent.end_time_unix_nano, 1_700_000_001_500_000_000);
    assert_eq!(
        sent.status.as_ref().map(|status| status.code()),
        Some(StatusCode::Ok)
    );
    assert_eq!(sent.attributes.len(), 2);
    assert_eq!(sent.events[0].time_unix_nano, 1_700_000_001_000_000_000);
    assert_eq!(sent.events[0].attributes[0].key, "exception.message");
    assert_eq!(
        (&sent.links[0].trace_id[..], &sent.links[0].span_id[..]),
        (&[4; 16][..], &[5; 8][..])
    );

    let failed = Span {
        failure: Some("no memory".into()),
        ok: false,
        parent: None,
        end: Millis::clamped(5),
        ..one
    };
    let sent = message(&failed);
    let status = sent.status.expect("a status");
    assert_eq!(
        (status.code(), status.message.as_str()),
        (StatusCode::Error, "no memory")
    );
    assert!(sent.parent_span_id.is_empty());
    assert_eq!(sent.end_time_unix_nano, sent.start_time_unix_nano);
}

#[test]
fn spans_are_grouped_by_who_did_it() {
    let (one, mut other) = (span(), span());
    other.instance = Some("w2".into());
    let request = request(&[&one, &other, &one], &[("team".into(), "a".into())]);
    let groups: Vec<_> = request.resource_spans.iter().collect();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].scope_spans[0].spans.len(), 2);
    let resource = groups[1].resource.as_ref().expect("a resource");
    let keys: Vec<_> = resource
        .attributes
        .iter()
        .map(|one| one.key.as_str())
        .collect();
    assert_eq!(keys, ["service.name", "service.instance.id", "team"]);
}

#[test]
fn no_span_holds_what_one_before_it_said() {
    let demo = demo(12, 3);
    let jobs = demo.jobs.iter();
    let spans: Vec<_> = jobs
        .flat_map(|(job, events)| tell(job, milestones(events)).spans)
        .chain([span()])
        .collect();
    assert!(spans.iter().any(|span| !span.links.is_empty()));
    for pair in pairs_of(&spans) {
        let together = request(&pair, &[]).resource_spans.into_iter();
        let together: Vec<_> = together
            .flat_map(|mut group| group.scope_spans.remove(0).spans)
            .collect();
        assert_eq!(together, pair.map(message));
    }
}
