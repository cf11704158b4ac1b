//! The output of spans as traces.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{Span as Message, Status, span, status::StatusCode};

use super::client::{Client, Signal};
use super::record::nanos;
use super::resource::{Emitter, request};
use super::value::{attribute, keep_last, of_json};
use super::{Error, partial};
use crate::collect::output::{Output, Verdict};
use crate::collect::spans::{Attribute, Link, Span, SpanEvent, SpanKind};
use crate::config::OtlpSettings;
use crate::event::Millis;

/// Sends spans.
#[derive(Debug)]
pub(crate) struct Traces {
    client: Client,
    resource: Vec<(String, String)>,
}

impl Traces {
    /// The output, unconnected; `None` where traces are not sent.
    ///
    /// # Errors
    /// When certificates cannot be used.
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Option<Self>, Error> {
        let client = settings
            .traces
            .as_ref()
            .map(|target| Client::new(Signal::Traces, target));
        Ok(client.transpose()?.map(|client| Self {
            client,
            resource: settings.resource.clone(),
        }))
    }
}

impl Output for Traces {
    type Item = Span;

    async fn deliver(&mut self, batch: &[&Span]) -> Verdict {
        let message = message(batch, &self.resource);
        partial::verdict(self.client.call(message).await, &self.client)
    }
}

/// An encoded `ExportTraceServiceRequest` of all spans.
pub(super) fn message(batch: &[&Span], configured: &[(String, String)]) -> Vec<u8> {
    let spans = batch.iter().map(|span| {
        let emitter = Emitter {
            service: &span.service,
            instance: span.instance.as_deref().map(Into::into),
            ..Emitter::default()
        };
        (emitter, encoded(span))
    });
    request(spans, configured)
}

fn encoded(span: &Span) -> Message {
    let kind = match span.kind {
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
    };
    let (code, said) = match &span.failure {
        Some(failure) => (StatusCode::Error, failure.clone()),
        None if span.ok => (StatusCode::Ok, String::new()),
        None => (StatusCode::Unset, String::new()),
    };
    let start = time(span.start);
    Message {
        trace_id: span.trace.to_vec(),
        span_id: span.id.to_vec(),
        parent_span_id: span.parent.map(Vec::from).unwrap_or_default(),
        name: span.name.clone(),
        kind: kind.into(),
        start_time_unix_nano: start,
        // A clock that was set back must not make a length below zero.
        end_time_unix_nano: time(span.end).max(start),
        attributes: attributes(&span.attributes),
        events: span.events.iter().map(event).collect(),
        links: span.links.iter().map(link).collect(),
        status: Some(Status {
            code: code.into(),
            message: said,
        }),
        ..Message::default()
    }
}

fn event(event: &SpanEvent) -> span::Event {
    span::Event {
        time_unix_nano: time(event.at),
        name: event.name.clone(),
        attributes: attributes(&event.attributes),
        ..span::Event::default()
    }
}

fn link(link: &Link) -> span::Link {
    span::Link {
        trace_id: link.trace.to_vec(),
        span_id: link.span.to_vec(),
        attributes: attributes(&link.attributes),
        ..span::Link::default()
    }
}

/// Backends take no time that is 0.
fn time(at: Millis) -> u64 {
    nanos(at).unwrap_or(1)
}

fn attributes(pairs: &[Attribute]) -> Vec<KeyValue> {
    let pairs = pairs.iter().filter(|(name, _)| !name.is_empty());
    let mut attributes = pairs
        .map(|(name, value)| attribute(&**name, of_json(value)))
        .collect();
    keep_last(&mut attributes, 0);
    attributes
}
