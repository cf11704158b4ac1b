//! Spans in the making: a bounded number of them, which refer to each other by index.

use std::fmt;

use smol_str::SmolStr;

use super::ids;
use super::milestone::{Milestone, Text};
use super::span::{Attribute, Link, SpanEvent, SpanKind, Value};
use crate::event::Millis;
use crate::maps::{Seeds, Set};

/// The most spans that one job becomes.
pub(super) const MAX_SPANS: usize = 1000;
/// The most events that one span holds.
pub(super) const MAX_EVENTS: usize = 128;
/// How many attributes a span usually has.
const USUAL: usize = 4;
/// Index of the root, which is always there.
pub(super) const ROOT: usize = 0;

/// A span in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: [u8; 8],
    pub(super) role: DraftRole,
    pub(super) name: SmolStr,
    pub(super) kind: SpanKind,
    pub(super) start: Millis,
    pub(super) end: Millis,
    pub(super) service: SmolStr,
    pub(super) instance: Option<SmolStr>,
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
    pub(super) error: Option<SmolStr>,
    pub(super) message: Option<SmolStr>,
    /// What there is to say where nobody said anything.
    pub(super) fallback: SmolStr,
}

impl Failure {
    pub(super) fn of(milestone: &Milestone<'_>) -> Self {
        let text = |text| milestone.text(text).map(SmolStr::from);
        Self {
            error: text(Text::Error),
            message: text(Text::Message),
            fallback: (&*milestone.event_type).into(),
        }
    }

    pub(super) fn text(&self) -> &SmolStr {
        let said = self.message.as_ref().or(self.error.as_ref());
        said.unwrap_or(&self.fallback)
    }
}

impl Draft {
    /// A span of a job that is `what`, begun or told by a milestone.
    pub(super) fn new(
        job: &str,
        what: fmt::Arguments<'_>,
        role: DraftRole,
        by: &Milestone<'_>,
    ) -> Self {
        let text = |text| by.text(text).map(SmolStr::from);
        let (worker, machine) = (text(Text::Worker), text(Text::Machine));
        let mut attributes = Vec::with_capacity(USUAL);
        attributes.push(("job.id".into(), job.into()));
        for (name, value) in [("worker.id", &worker), ("machine.id", &machine)] {
            attributes.extend(value.clone().map(|value| (name.into(), value.into())));
        }
        Self {
            id: ids::span_of(job, what),
            role,
            name: SmolStr::default(),
            kind: SpanKind::Internal,
            start: by.at,
            end: by.at,
            service: (&*by.service).into(),
            instance: worker.or(machine),
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
    /// Begins with the root of a job of so many milestones.
    pub(super) fn new(root: Draft, milestones: usize) -> Self {
        // Most spans take two.
        let usual = (milestones / 2 + 2).min(MAX_SPANS);
        let mut all = Vec::with_capacity(usual);
        let mut ids = Set::with_capacity_and_hasher(usual, Seeds::default());
        ids.insert(root.id);
        all.push(root);
        Self {
            all,
            dropped: 0,
            ids,
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
