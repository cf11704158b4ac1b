//! A layer of `tracing-subscriber`: a service's macros become events.
//!
//! | in the macro | in the event |
//! |---|---|
//! | a field `event` or `event_type` | the type; without one `log.<level>` |
//! | `error!` without such a field | `error.<Name>`, in the stream of errors; the name is the field `error.name`, else the target |
//! | the message | `data.message` |
//! | `job_id` `worker_id` `machine_id` `user_id` `request_id` `trace_id`, also as `jobId`, also of the spans around | the ids of the event |
//! | every other field | the same field of `data` |
//! | target, file and line | `data.target`, `data.location` |
//!
//! It queues and returns, as every call of the client does. What the client's own threads say,
//! and what is said while an event is being taken down, is passed over: nothing feeds itself.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id as SpanId, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::EventClient;
use super::client::failure::causes;
use crate::event::{Id, Ids, Level};

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Passes over what this thread says, from now on.
pub(super) fn silence_thread() {
    SILENT.set(true);
}

/// Emits what the macros of `tracing` say.
///
/// ```
/// use emp_cli::EventClient;
/// use emp_cli::emit::TracingLayer;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let client = EventClient::disabled(); // in a service: EventClient::new("worker")
/// let subscriber = tracing_subscriber::registry().with(TracingLayer::new(client));
/// tracing::subscriber::with_default(subscriber, || {
///     let _job = tracing::info_span!("job", job_id = "job_123").entered();
///     tracing::info!(event = "job.claimed", claim_ms = 12);
///     tracing::error!(error.name = "TimeoutError", "no answer");
/// });
/// ```
#[derive(Clone, Debug)]
pub struct TracingLayer {
    client: EventClient,
}

impl TracingLayer {
    /// A layer that emits through `client`.
    pub fn new(client: EventClient) -> Self {
        Self { client }
    }
}

/// The ids of a span, those of the spans around it included.
struct SpanIds(Ids);

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for TracingLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &SpanId, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let outer = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<SpanIds>().map(|ids| ids.0.clone())
        });
        let mut fields = Fields::with(outer.unwrap_or_default());
        attributes.record(&mut fields);
        span.extensions_mut().insert(SpanIds(fields.ids));
    }

    fn on_record(&self, id: &SpanId, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        // The values are written down without the lock: their `Debug` may do anything.
        let mut fields = Fields::with(Ids::default());
        values.record(&mut fields);
        if let Some(SpanIds(ids)) = span.extensions_mut().get_mut() {
            for (id, value) in fields.ids.iter() {
                ids.set(id, value);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if SILENT.replace(true) {
            return;
        }
        let _speaking = Speaking;
        let outer = context.event_span(event).and_then(|span| {
            let extensions = span.extensions();
            extensions.get::<SpanIds>().map(|ids| ids.0.clone())
        });
        let mut fields = Fields::with(outer.unwrap_or_default());
        event.record(&mut fields);
        fields.emit(event, &self.client);
    }
}

/// Ends the silence of a thread that takes an event down.
struct Speaking;

impl Drop for Speaking {
    fn drop(&mut self) {
        SILENT.set(false);
    }
}

/// The fields of an event or of a span.
#[derive(Default)]
struct Fields {
    ids: Ids,
    event_type: Option<String>,
    error_name: Option<String>,
    data: Map<String, Value>,
}

impl Fields {
    fn with(ids: Ids) -> Self {
        Self {
            ids,
            ..Self::default()
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let name = field.name();
        let is_name = |id: &Id| id.snake_name() == name || id.wire_name() == name;
        match name {
            "event" | "event_type" => self.event_type = Some(text(value)),
            "error.name" => self.error_name = Some(text(value)),
            _ => match Id::ALL.into_iter().find(is_name) {
                Some(id) => self.ids.set(id, text(value)),
                None => {
                    self.data.insert(name.to_owned(), value);
                }
            },
        }
    }

    fn emit(mut self, event: &Event<'_>, client: &EventClient) {
        let about = event.metadata();
        let level = level(about.level());
        let event_type = match (self.event_type, self.error_name) {
            (Some(given), _) => given,
            (None, name) if level == Level::Error => {
                let name = name.unwrap_or_else(|| about.target().replace("::", "."));
                let name = name.replace(|char: char| char.is_whitespace(), "_");
                let event_type = format!("error.{name}");
                self.data.entry("name").or_insert(name.into());
                event_type
            }
            (None, _) => format!("log.{level}"),
        };
        self.data.insert("target".to_owned(), about.target().into());
        if let Some(file) = about.file() {
            let line = about.line().unwrap_or(0);
            self.data
                .insert("location".to_owned(), format!("{file}:{line}").into());
        }
        client.emit_with(self.ids, level, &event_type, self.data.into());
    }
}

fn level(level: &tracing_core::Level) -> Level {
    match *level {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // What JSON cannot write as a number is written as text.
        let number = serde_json::Number::from_f64(value);
        let value = number.map_or_else(|| value.to_string().into(), Value::Number);
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let causes = causes(value.source());
        if !causes.is_empty() {
            self.data.insert("causes".to_owned(), causes.into());
        }
        self.put(field, value.to_string().into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
