//! Spans out of events: what a job did, when, and what caused what.

mod ids;
mod span;

pub(crate) use span::{Link, Span, SpanEvent, SpanKind};
