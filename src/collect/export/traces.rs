//! The output of spans as traces.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span as Message, span, status::StatusCode};

use super::attributes::{Attributes, put_parts};
use super::client::{Client, Signal};
use super::record::{nanos, write};
use super::resource::{Emitter, Request};
use super::{Error, partial};
use crate::collect::output::{Output, Verdict};
use crate::collect::spans::{Attribute, Link, Span, SpanKind, Value as Known};
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
    let mut request = Request::for_items(batch.len());
    let mut slate = Slate::default();
    for span in batch {
        let emitter = Emitter {
            service: &span.service,
            instance: span.instance.as_deref().map(Into::into),
            ..Emitter::default()
        };
        slate.write(span);
        request.push(emitter, &slate.message, &slate.parts);
    }
    request.encoded(configured)
}

/// Numbers of fields of a span.
const ATTRIBUTES: u32 = 9;
const EVENTS: u32 = 11;
const LINKS: u32 = 13;
/// Numbers of the attributes in an event and in a link of a span.
const OF_EVENT: u32 = 3;
const OF_LINK: u32 = 4;

/// A message that is written over for each span: its texts keep their room.
#[derive(Default)]
struct Slate {
    /// All but its attributes, events and links.
    message: Message,
    /// They, encoded.
    parts: Vec<u8>,
    attributes: Attributes,
}

impl Slate {
    fn write(&mut self, span: &Span) {
        let Self {
            message,
            parts,
            attributes,
        } = self;
        set(&mut message.trace_id, &span.trace);
        set(&mut message.span_id, &span.id);
        set(
            &mut message.parent_span_id,
            span.parent.as_ref().map_or(&[], |id| id),
        );
        write(&mut message.name, &span.name);
        message.kind = kind(span.kind).into();
        message.start_time_unix_nano = time(span.start);
        // A clock that was set back must not make a length below zero.
        message.end_time_unix_nano = time(span.end).max(message.start_time_unix_nano);
        let status = message.status.get_or_insert_default();
        let code = match &span.failure {
            Some(_) => StatusCode::Error,
            None if span.ok => StatusCode::Ok,
            None => StatusCode::Unset,
        };
        status.code = code.into();
        write(
            &mut status.message,
            span.failure.as_deref().unwrap_or_default(),
        );
        parts.clear();
        parts.extend_from_slice(told(ATTRIBUTES, &span.attributes, attributes));
        for said in &span.events {
            let event = span::Event {
                time_unix_nano: time(said.at),
                name: said.name.to_string(),
                ..span::Event::default()
            };
            let told = told(OF_EVENT, &said.attributes, attributes);
            put_parts(EVENTS, &event, told, parts);
        }
        for link in &span.links {
            let told = told(OF_LINK, &link.attributes, attributes);
            put_parts(LINKS, &self::link(link), told, parts);
        }
    }
}

fn kind(kind: SpanKind) -> span::SpanKind {
    match kind {
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
    }
}

/// All but its attributes.
fn link(link: &Link) -> span::Link {
    span::Link {
        trace_id: link.trace.to_vec(),
        span_id: link.span.to_vec(),
        ..span::Link::default()
    }
}

/// Writes over an id.
fn set(room: &mut Vec<u8>, id: &[u8]) {
    room.clear();
    room.extend_from_slice(id);
}

/// Backends take no time that is 0.
fn time(at: Millis) -> u64 {
    nanos(at).unwrap_or(1)
}

/// Attributes of the field with this number, encoded.
fn told<'a>(field: u32, pairs: &[Attribute], room: &'a mut Attributes) -> &'a [u8] {
    room.start(field);
    for (name, known) in pairs.iter().filter(|(name, _)| !name.is_empty()) {
        match known {
            Known::Text(text) => room.text(&[name], text),
            Known::Flag(flag) => room.value(&[name], &Some(Value::BoolValue(*flag))),
            Known::Number(number) => room.value(&[name], &Some(Value::IntValue(*number))),
        }
    }
    room.keep_last(0);
    room.bytes()
}
