//! The output of spans as traces.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span as Message, span, status::StatusCode};

use super::client::{Client, Signal};
use super::record::nanos;
use super::resource::{Emitter, Request};
use super::value::{Spare, keep_last, write, write_text};
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
    let mut request = Request::default();
    let mut slate = Slate::default();
    for span in batch {
        let emitter = Emitter {
            service: &span.service,
            instance: span.instance.as_deref().map(Into::into),
            ..Emitter::default()
        };
        request.push(emitter, slate.write(span));
    }
    request.encoded(configured)
}

/// A message that is written over for each span: its texts keep their room.
#[derive(Default)]
struct Slate {
    message: Message,
    spare: Spare,
    events: Vec<span::Event>,
}

impl Slate {
    fn write(&mut self, span: &Span) -> &Message {
        let Self {
            message,
            spare,
            events,
        } = self;
        for mut event in message.events.drain(..).rev() {
            spare.take_back(&mut event.attributes);
            events.push(event);
        }
        spare.take_back(&mut message.attributes);
        set(&mut message.trace_id, &span.trace);
        set(&mut message.span_id, &span.id);
        set(
            &mut message.parent_span_id,
            span.parent.as_ref().map_or(&[], |id| id),
        );
        write(&mut message.name, &[&span.name]);
        message.kind = kind(span.kind).into();
        message.start_time_unix_nano = time(span.start);
        // A clock that was set back must not make a length below zero.
        message.end_time_unix_nano = time(span.end).max(message.start_time_unix_nano);
        attributes(&span.attributes, spare, &mut message.attributes);
        for said in &span.events {
            let mut event = events.pop().unwrap_or_default();
            event.time_unix_nano = time(said.at);
            write(&mut event.name, &[&said.name]);
            attributes(&said.attributes, spare, &mut event.attributes);
            message.events.push(event);
        }
        message.links.clear();
        message
            .links
            .extend(span.links.iter().map(|link| self::link(link, spare)));
        let status = message.status.get_or_insert_default();
        let code = match &span.failure {
            Some(_) => StatusCode::Error,
            None if span.ok => StatusCode::Ok,
            None => StatusCode::Unset,
        };
        status.code = code.into();
        write(
            &mut status.message,
            &[span.failure.as_deref().unwrap_or_default()],
        );
        message
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

fn link(link: &Link, spare: &mut Spare) -> span::Link {
    let mut message = span::Link {
        trace_id: link.trace.to_vec(),
        span_id: link.span.to_vec(),
        ..span::Link::default()
    };
    attributes(&link.attributes, spare, &mut message.attributes);
    message
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

fn attributes(pairs: &[Attribute], spare: &mut Spare, attributes: &mut Vec<KeyValue>) {
    for (name, known) in pairs.iter().filter(|(name, _)| !name.is_empty()) {
        let mut attribute = spare.any();
        write(&mut attribute.key, &[name]);
        let room = attribute.value.get_or_insert_default();
        match known {
            Known::Text(text) => write_text(room, text),
            Known::Flag(flag) => room.value = Some(Value::BoolValue(*flag)),
            Known::Number(number) => room.value = Some(Value::IntValue(*number)),
        }
        attributes.push(attribute);
    }
    keep_last(attributes, 0);
}
