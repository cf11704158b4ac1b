//! Spans in the making: a bounded number of them, which refer to each other by index.

use serde_json::Value;

use super::ids;
use super::milestone::{Milestone, Text};
use super::span::{Attribute, Link, SpanEvent, SpanKind};
use crate::event::Millis;
use crate::maps::Set;

/// The most spans that one job becomes.
pub(super) const MAX_SPANS: usize = 1000;
/// The most events that one span holds.
pub(super) const MAX_EVENTS: usize = 128;
/// Index of the root, which is always there.
pub(super) const ROOT: usize = 0;

/// A span in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: [u8; 8],
    pub(super) role: DraftRole,
    pub(super) name: String,
    pub(super) kind: SpanKind,
    pub(super) start: Millis,
    pub(super) end: Millis,
    pub(super) service: String,
    pub(super) instance: Option<String>,
    /// The span, as emitters named it, that it lies in.
    pub(super) scope: Option<[u8; 8]>,
    pub(super) parent: usize,
    pub(super) failure: Option<Failure>,
    pub(super) ok: bool,
    pub(super) attributes: Vec<Attribute>,
    pub(super) events: Vec<SpanEvent>,
    pub(super) dropped_events: u64,
    pub(super) links: Vec<Link>,
}

/// What a span of a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DraftRole {
    Root,
    /// A worker at work on the job.
    Attempt,
    /// Nobody is at work on it.
    Wait,
    /// Something that began and ended.
    Step,
    /// A service takes over.
    Handoff,
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: Option<String>,
    pub(super) message: Option<String>,
    /// What there is to say where nobody said anything.
    pub(super) fallback: String,
}

impl Failure {
    pub(super) fn of(milestone: &Milestone<'_>) -> Self {
        let text = |text| milestone.text(text).map(str::to_owned);
        Self {
            error: text(Text::Error),
            message: text(Text::Message),
            fallback: milestone.event_type.clone().into_owned(),
        }
    }

    pub(super) fn text(&self) -> &str {
        let said = self.message.as_ref().or(self.error.as_ref());
        said.unwrap_or(&self.fallback)
    }
}

impl Draft {
    /// A span of a job that is `what`, begun or told by a milestone.
    pub(super) fn new(job: &str, what: &str, role: DraftRole, by: &Milestone<'_>) -> Self {
        let text = |text| by.text(text).map(str::to_owned);
        let mut attributes = vec![("job.id".into(), Value::from(job))];
        for (name, value) in [
            ("worker.id", text(Text::Worker)),
            ("machine.id", text(Text::Machine)),
        ] {
            attributes.extend(value.map(|value| (name.into(), Value::from(value))));
        }
        Self {
            id: ids::span_of(job, what),
            role,
            name: String::new(),
            kind: SpanKind::Internal,
            start: by.at,
            end: by.at,
            service: by.service.clone().into_owned(),
            instance: text(Text::Worker).or_else(|| text(Text::Machine)),
            scope: None,
            parent: ROOT,
            failure: None,
            ok: false,
            attributes,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
        }
    }

    /// Says more about it.
    pub(super) fn note(&mut self, name: &'static str, value: impl Into<Value>) {
        self.attributes.push((name.into(), value.into()));
    }

    /// Sets when it began and ended. Clocks of two services can make an end come first.
    pub(super) fn lasts(&mut self, start: Millis, end: Millis) {
        self.start = start;
        self.end = end.max(start);
        if end < start {
            self.note("emp.clock_skew_ms", start.since(end));
        }
    }

    /// Its end was never told: it counts as over at `end`.
    pub(super) fn never_ended(&mut self, end: Millis) {
        self.end = end.max(self.start);
        self.note("emp.unended", true);
    }

    /// Adds an event, within the bound.
    pub(super) fn push_event(&mut self, event: SpanEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        } else {
            self.dropped_events += 1;
        }
    }

    /// Whether other spans and events can lie in it just because of their time.
    pub(super) fn holds_others(&self) -> bool {
        matches!(self.role, DraftRole::Attempt | DraftRole::Step)
    }
}

/// The spans of one job in the making; the root comes first.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) all: Vec<Draft>,
    pub(super) dropped: u64,
    ids: Set<[u8; 8]>,
}

impl Drafts {
    pub(super) fn new(root: Draft) -> Self {
        Self {
            ids: Set::from_iter([root.id]),
            all: vec![root],
            dropped: 0,
        }
    }

    /// Adds one; `None` where there are too many, or where an emitter names a span as we do.
    pub(super) fn push(&mut self, draft: Draft) -> Option<usize> {
        if self.all.len() == MAX_SPANS || !self.ids.insert(draft.id) {
            self.dropped += 1;
            return None;
        }
        self.all.push(draft);
        Some(self.all.len() - 1)
    }
}
