//! Which attempt of a job each of its events belongs to, and which of them ended it.
//!
//! The last word counts. After an event that ended the job only one that starts it anew opens it
//! again; anything else came after the end. Clocks of services differ by some milliseconds, so a
//! late `job.queued` of one service could seem to restart what another has already completed:
//! where both events have entry ids, the server must have received them in that order too.

use std::borrow::Cow;

use super::outcome::{action, parts};
use super::{Mark, Marks, Options, Outcome};
use crate::event::{EntryId, Event, Millis};
use crate::maps::{Map, Seeds, Set};

/// What must be known of an event to tell where the job stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'e> {
    /// Who says it.
    pub(crate) service: &'e str,
    /// What is said.
    pub(crate) event_type: &'e str,
    /// The emitter's clock.
    pub(crate) at: Millis,
    /// The server's clock.
    pub(crate) entry: Option<EntryId>,
    /// Whether it says by itself that something failed.
    pub(crate) failure: bool,
}

impl<'e> From<&'e Event> for Step<'e> {
    fn from(event: &'e Event) -> Self {
        Self {
            service: &event.service,
            event_type: &event.event_type,
            at: event.timestamp,
            entry: event.entry(),
            failure: event.says_failure(),
        }
    }
}

/// What is noted about one event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Note {
    /// Which try of the job it belongs to, from 1.
    pub(crate) attempt: u32,
    /// What is special about it.
    pub(crate) marks: Marks,
}

/// What an event type says of a job.
#[derive(Debug)]
struct Says<'e> {
    /// How the job ends with it.
    ends: Option<Outcome>,
    /// The state that it puts the job into.
    word: Option<Cow<'e, str>>,
}

/// What event types say of jobs. Few types make up all events, so that each is read once.
#[derive(Debug)]
pub(crate) struct Types<'e> {
    options: &'e Options,
    known: Map<&'e str, Says<'e>>,
    /// Room of the last walk.
    said: Set<(&'e str, &'e str)>,
}

/// Types of events that a job has, usually: maps with room for so many need not grow.
const USUAL: usize = 14;

impl<'e> Types<'e> {
    pub(crate) fn new(options: &'e Options) -> Self {
        Self {
            options,
            known: Map::with_capacity_and_hasher(USUAL, Seeds::default()),
            said: Set::with_capacity_and_hasher(USUAL, Seeds::default()),
        }
    }

    fn says(&mut self, event_type: &'e str) -> &Says<'e> {
        let Self { options, known, .. } = self;
        known.entry(event_type).or_insert_with(|| Says {
            ends: options.outcome(event_type),
            word: word(event_type),
        })
    }
}

/// Reads events in order. Of anything but a job only failures are told.
pub(crate) fn walk<'e>(
    steps: impl ExactSizeIterator<Item = Step<'e>>,
    is_job: bool,
    types: &mut Types<'e>,
) -> Walk<'e> {
    let mut walk = Walk {
        attempt: 1,
        said: std::mem::take(&mut types.said),
        notes: Vec::with_capacity(steps.len()),
        ..Walk::default()
    };
    walk.said.clear();
    for step in steps {
        let says = types.says(step.event_type);
        let mut note = Note::default();
        if step.failure || says.ends.is_some_and(Outcome::is_failure) {
            note.marks.add(Mark::Failure);
        }
        if is_job {
            walk.step(step, says, &mut note);
        }
        note.attempt = walk.attempt;
        walk.notes.push(note);
    }
    types.said = std::mem::take(&mut walk.said);
    walk
}

/// Where a job stands while its events are read.
#[derive(Default)]
pub(crate) struct Walk<'e> {
    /// The last attempt, from 1.
    pub(crate) attempt: u32,
    /// The state at the end, and since when.
    pub(super) state: Option<(Cow<'e, str>, Millis)>,
    /// Index of the event that ended the job.
    pub(crate) end: Option<usize>,
    /// The entry of that event.
    end_entry: Option<EntryId>,
    /// How that event ended it.
    pub(crate) outcome: Option<Outcome>,
    /// Index of the event with which a worker took the job for the first time.
    pub(crate) claim: Option<usize>,
    /// Who said what in this try.
    said: Set<(&'e str, &'e str)>,
    /// One for each event.
    pub(crate) notes: Vec<Note>,
}

impl<'e> Walk<'e> {
    fn step(&mut self, event: Step<'e>, says: &Says<'e>, note: &mut Note) {
        let index = self.notes.len();
        let Says { ends, word } = says;
        let is_claim = word.as_deref() == Some(CLAIMED);
        if is_claim && self.claim.is_none() {
            self.claim = Some(index);
        }
        if self.end.is_some() {
            if ends.is_none() && starts(event.event_type) && self.is_beyond_end(event) {
                self.retry(note);
            } else if ends.is_none() {
                note.marks.add(Mark::AfterEnd);
                return;
            } else if *ends == self.outcome {
                // Another service passes on what is known already.
                note.marks.add(Mark::Repeat);
                return;
            }
        }
        let step = (event.service, event.event_type);
        let is_step = ends.is_some() || word.as_ref().is_some_and(|word| word != PROCESSING);
        if is_step && !self.said.insert(step) {
            if is_claim {
                // Claimed again although nothing ended: the worker before has died.
                self.new_attempt(note);
                self.said.insert(step);
            } else {
                note.marks.add(Mark::Repeat);
            }
        }
        if let Some(outcome) = ends {
            (self.end, self.end_entry, self.outcome) = (Some(index), event.entry, *ends);
            self.enter(outcome.word().into(), event.at);
            note.marks.add(Mark::End);
        } else if let Some(word) = word {
            self.enter(word.clone(), event.at);
        }
    }

    /// Whether an event arrived after the one that ended the job, as far as entries tell.
    fn is_beyond_end(&self, event: Step<'_>) -> bool {
        match (event.entry, self.end_entry) {
            (Some(event), Some(end)) => event > end,
            _ => true,
        }
    }

    fn retry(&mut self, note: &mut Note) {
        if let Some(end) = self.end.take().and_then(|end| self.notes.get_mut(end)) {
            end.marks.remove(Mark::End);
            end.marks.add(Mark::Retried);
        }
        self.outcome = None;
        self.new_attempt(note);
    }

    fn new_attempt(&mut self, note: &mut Note) {
        self.attempt += 1;
        self.said.clear();
        self.state = None;
        note.marks.add(Mark::NewAttempt);
    }

    /// A state lasts from the first event that says so.
    fn enter(&mut self, word: Cow<'e, str>, at: Millis) {
        if self.state.as_ref().is_none_or(|(known, _)| *known != word) {
            self.state = Some((word, at));
        }
    }
}

pub(crate) const CLAIMED: &str = "claimed";
pub(crate) const PROCESSING: &str = "processing";

/// The state that an event type puts a job into; `None` where it tells nothing about it.
pub(crate) fn word(event_type: &str) -> Option<Cow<'_, str>> {
    let (entity, action) = parts(event_type)?;
    match (entity, action) {
        ("job" | "worker", "claimed" | "claimed_job" | "job_claimed") => Some(CLAIMED.into()),
        ("job", "started" | "executing" | "running")
        | ("job" | "task" | "connector", "processing" | "processing_started")
        | ("processing", "started") => Some(PROCESSING.into()),
        ("job" | "task" | "connector", progress) if progress.starts_with("progress") => {
            Some(PROCESSING.into())
        }
        ("job", action) if action.contains('_') => Some(action.replace('_', " ").into()),
        ("job", action) => Some(action.into()),
        _ => None,
    }
}

/// Whether an event type says that work on a job begins or is asked for.
pub(crate) fn starts(event_type: &str) -> bool {
    const ACTIONS: [&str; 9] = [
        "created",
        "submitted",
        "received",
        "queued",
        "assigned",
        "requeued",
        "restarted",
        "resumed",
        "pending",
    ];
    let action = action(event_type);
    let says_start = match word(event_type).as_deref() {
        Some(PROCESSING) => !action.starts_with("progress"),
        Some(word) => word == CLAIMED,
        None => false,
    };
    says_start
        || (event_type.starts_with("job.")
            && (ACTIONS.contains(&action) || action.starts_with("retr")))
}
