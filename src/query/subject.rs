//! What a typed id means: a job, a trace, a worker, a machine, a user or a request, or the start
//! of one.
//!
//! One pass over a source is enough: a [`Resolver`] takes every event that [`mentions`] the text
//! and answers at the end. Events may come in any order; repeats must be dropped before.

mod newest;

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::event::{Event, Id, Millis};
use newest::{Limits, Newest};

/// Something a person asks about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Subject {
    /// What it is; one of [`Id::SUBJECTS`].
    #[serde(serialize_with = "noun")]
    pub kind: Id,
    /// Its id.
    pub id: String,
}

impl Subject {
    /// Whether an event carries this id.
    pub fn is_in(&self, event: &Event) -> bool {
        event.id(self.kind) == Some(self.id.as_str())
    }
}

fn noun<S: Serializer>(kind: &Id, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.noun())
}

/// Whether one of an event's subject ids is `text` or starts with it. Empty text is in no event.
pub fn mentions(event: &Event, text: &str) -> bool {
    !text.is_empty() && matches(event, text).next().is_some()
}

/// Whether one of an event's subject ids is `text`, to the letter.
pub fn names(event: &Event, text: &str) -> bool {
    matches(event, text).any(|(_, id)| id == text)
}

fn matches<'e>(event: &'e Event, text: &str) -> impl Iterator<Item = (Id, &'e str)> {
    Id::SUBJECTS
        .into_iter()
        .filter_map(|kind| event.id(kind).map(|id| (kind, id)))
        .filter(move |(_, id)| id.starts_with(text))
}

/// One meaning that a typed text can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it would be.
    pub subject: Subject,
    /// How many events mention it.
    pub events: u64,
    /// Timestamp of the newest of them.
    pub last_seen: Millis,
}

/// A subject and its events.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was meant.
    pub subject: Subject,
    /// Other kinds of things that have exactly the same id.
    pub also: Vec<Candidate>,
    events: Newest,
    left_out: u64,
}

impl Found {
    /// A subject whose events are known.
    pub fn new(subject: Subject, events: Vec<Event>) -> Self {
        Self::with_left_out(subject, events, 0)
    }

    pub(super) fn with_left_out(subject: Subject, events: Vec<Event>, left_out: u64) -> Self {
        let mut found = Self {
            subject,
            also: Vec::new(),
            events: Newest::new(Limits::default()),
            left_out,
        };
        for event in events {
            found.push(event);
        }
        found
    }

    pub(super) fn into_parts(self) -> (Subject, Vec<Event>) {
        (self.subject, self.events.kept)
    }

    /// Adds an event that came later, within the same limits.
    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The events, in no order.
    pub fn events(&self) -> &[Event] {
        &self.events.kept
    }

    /// How many older events were left out to stay within the limits.
    pub fn left_out(&self) -> u64 {
        self.left_out + self.events.dropped
    }
}

/// What a typed text turned out to mean.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// An id was typed in full. Where things of several kinds share it, the first of
    /// [`Id::SUBJECTS`] is meant: a job before a trace.
    Exact(Found),
    /// Only one id starts with the text.
    Prefix(Found),
    /// Several ids start with the text.
    Ambiguous {
        /// The newest of them, newest first; at most [`Resolver::LISTED`].
        candidates: Vec<Candidate>,
        /// How many more there are.
        more: u64,
    },
    /// No event mentions it.
    Nothing,
}

/// Finds out what a typed text means while the events that mention it pass by.
#[derive(Debug)]
pub struct Resolver {
    text: String,
    exact: bool,
    limits: Limits,
    events: Newest,
    candidates: HashMap<Subject, Seen>,
    forgotten: u64,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    events: u64,
    last: Millis,
}

impl Resolver {
    /// Most events kept; of more, the newest.
    pub const MAX_EVENTS: usize = 100_000;
    /// Most memory that kept events may take, by estimate.
    pub const MAX_BYTES: usize = 256 * 1024 * 1024;
    /// Most candidates listed.
    pub const LISTED: usize = 20;
    /// Most candidates counted one by one; of more, the newest half is kept.
    const TRACKED: usize = 10_000;

    /// A resolver for `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self::with_limits(text.into(), Limits::default())
    }

    fn with_limits(text: String, limits: Limits) -> Self {
        Self {
            text,
            exact: false,
            limits,
            events: Newest::new(limits),
            candidates: HashMap::new(),
            forgotten: 0,
        }
    }

    /// Takes one event; one that does not mention the text is ignored.
    pub fn push(&mut self, event: Event) {
        if self.text.is_empty() {
            return;
        }
        let is_exact = names(&event, &self.text);
        if is_exact && !self.exact {
            // From here on nothing but the id itself can be meant.
            self.exact = true;
            self.candidates.clear();
            self.events = Newest::new(self.limits);
        }
        let mut kept = false;
        for (kind, id) in matches(&event, &self.text) {
            if self.exact && id != self.text {
                continue;
            }
            kept = true;
            let subject = Subject {
                kind,
                id: id.to_owned(),
            };
            let seen = self.candidates.entry(subject).or_insert(Seen {
                events: 0,
                last: Millis::MIN,
            });
            seen.events += 1;
            seen.last = seen.last.max(event.timestamp);
        }
        if kept {
            self.events.push(event);
            self.forget_old_candidates();
        }
    }

    fn forget_old_candidates(&mut self) {
        if self.candidates.len() <= Self::TRACKED {
            return;
        }
        let mut times: Vec<Millis> = self.candidates.values().map(|seen| seen.last).collect();
        let (_, &mut middle, _) = times.select_nth_unstable(Self::TRACKED / 2);
        let before = self.candidates.len();
        self.candidates.retain(|_, seen| seen.last > middle);
        self.forgotten += (before - self.candidates.len()) as u64;
    }

    /// The answer.
    pub fn finish(mut self) -> Resolution {
        let mut candidates: Vec<Candidate> = self
            .candidates
            .drain()
            .map(|(subject, seen)| Candidate {
                subject,
                events: seen.events,
                last_seen: seen.last,
            })
            .collect();
        let preference = |candidate: &Candidate| {
            Id::SUBJECTS
                .iter()
                .position(|kind| *kind == candidate.subject.kind)
        };
        candidates.sort_by(|a, b| {
            b.last_seen
                .cmp(&a.last_seen)
                .then_with(|| a.subject.id.cmp(&b.subject.id))
                .then_with(|| preference(a).cmp(&preference(b)))
        });
        let Some(first) = candidates.first() else {
            // Every candidate was as old as the others: they were too many, not absent.
            return match self.forgotten {
                0 => Resolution::Nothing,
                more => Resolution::Ambiguous { candidates, more },
            };
        };
        let one_id = candidates
            .iter()
            .all(|candidate| candidate.subject.id == first.subject.id);
        if !self.exact && (!one_id || self.forgotten > 0) {
            let more = candidates.len().saturating_sub(Self::LISTED) as u64 + self.forgotten;
            candidates.truncate(Self::LISTED);
            return Resolution::Ambiguous { candidates, more };
        }
        candidates.sort_by_key(preference);
        let meant = candidates.remove(0);
        let mut events = self.events;
        events.dropped = 0;
        events.retain(|event| meant.subject.is_in(event));
        let found = Found {
            left_out: meant.events.saturating_sub(events.kept.len() as u64),
            subject: meant.subject,
            also: candidates,
            events,
        };
        if self.exact {
            Resolution::Exact(found)
        } else {
            Resolution::Prefix(found)
        }
    }
}

#[cfg(test)]
mod tests;
