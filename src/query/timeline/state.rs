//! What the events say about a job: which state it is in, since when, in which try.

use std::collections::HashSet;

use serde::Serialize;

use super::walk::{Note, Step, Types, Walk, starts, walk};
use super::{Mark, Moment, Options, Outcome};
use crate::event::{Event, Id, Millis};
use crate::query::subject::Subject;

/// The state at the end of what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// One or two words: `queued`, `processing`, `failed`; `seen` for anything but a job.
    pub word: String,
    /// Since when.
    #[serde(serialize_with = "super::rfc3339")]
    pub since: Millis,
    /// Why it failed, in the words of the events.
    pub reason: Option<String>,
    /// Where it began to go wrong: the first failure of the last try, unless that is the end.
    pub first_failure: Option<Failure>,
    /// The last event of all.
    pub last_event: Moment,
    /// Milliseconds from the last event to now.
    pub quiet_ms: i64,
    /// The stream of events that begins only after the last event of an unfinished job: whether the job
    /// ended is not held.
    pub held_from: Option<HeldFrom>,
    /// Whether an unfinished job has been quiet for longer than a gap.
    pub is_silent: bool,
}

/// An event that says that something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The event.
    #[serde(flatten)]
    pub moment: Moment,
    /// What it says in words.
    pub message: Option<String>,
}

/// Where a stream begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldFrom {
    /// The stream.
    pub stream: String,
    /// Its oldest entry, by the server's clock.
    #[serde(serialize_with = "super::rfc3339")]
    pub begins: Millis,
}

/// What all events together say.
pub(super) struct Story {
    pub(super) outcome: Option<Outcome>,
    pub(super) state: State,
    /// Index of the event that ended the job.
    pub(super) end: Option<usize>,
    /// One for each event.
    pub(super) notes: Vec<Note>,
}

/// Reads events in order. There must be at least one; without any the state is empty.
pub(super) fn read(subject: &Subject, events: &[Event], options: &Options) -> Story {
    let is_job = subject.kind == Id::Job;
    let steps = events.iter().map(Step::from);
    let walk = walk(steps, is_job, &mut Types::new(options));
    let last = events.len().saturating_sub(1);
    let last_event = events.get(last).map_or_else(
        || Moment::new(0, &Event::default()),
        |event| Moment::new(last, event),
    );
    let outcome = is_job.then(|| walk.outcome.unwrap_or(Outcome::Unfinished));
    let quiet_ms = options.now.since(last_event.at).max(0);
    let first_failure = is_job.then(|| first_failure(&walk, events)).flatten();
    let (word, since) = match walk.state {
        Some((word, since)) => (word.into_owned(), since),
        None if is_job => (
            "active".to_owned(),
            events.first().map_or(last_event.at, |e| e.timestamp),
        ),
        None => ("seen".to_owned(), last_event.at),
    };
    let state = State {
        word,
        since,
        first_failure,
        reason: reason(outcome, walk.end, events, options),
        quiet_ms,
        held_from: None,
        is_silent: outcome == Some(Outcome::Unfinished) && quiet_ms >= options.gap_ms(),
        last_event,
    };
    Story {
        outcome,
        state,
        end: walk.end,
        notes: walk.notes,
    }
}

/// Where `data` can hold what an event says in words, the first that is there counts.
pub(crate) const MESSAGE_PATHS: [&str; 8] = [
    "message",
    "error.message",
    "error",
    "errorMessage",
    "error_message",
    "reason",
    "err.message",
    "msg",
];

/// What an event says in words: `data.message`, `data.error`, or the like.
pub fn message(event: &Event) -> Option<(&'static str, &str)> {
    MESSAGE_PATHS.into_iter().find_map(|path| {
        let text = event.data.text(path)?;
        (!text.trim().is_empty()).then_some((path, text))
    })
}

/// Why a job ended badly: what the end says, else the last failure before it that says anything.
fn reason(
    outcome: Option<Outcome>,
    end: Option<usize>,
    events: &[Event],
    options: &Options,
) -> Option<String> {
    let last = events.get(end?)?;
    let said = message(last);
    let failed = matches!(outcome, Some(Outcome::Failed | Outcome::TimedOut));
    let found = match outcome {
        Some(Outcome::Completed | Outcome::Unfinished) | None => None,
        Some(_) if failed && said.is_none() => events
            .get(..end?)?
            .iter()
            .rev()
            .filter(|event| options.failure(event))
            .find_map(message),
        Some(_) => said,
    };
    found.map(|(_, text)| text.to_owned())
}

fn first_failure(walk: &Walk<'_>, events: &[Event]) -> Option<Failure> {
    let until = walk.end.unwrap_or(events.len());
    let (row, _) = walk
        .notes
        .iter()
        .enumerate()
        .take(until)
        .find(|(_, note)| {
            note.attempt == walk.attempt
                && note.marks.has(Mark::Failure)
                && !note.marks.has(Mark::AfterEnd)
        })?;
    let event = events.get(row)?;
    Some(Failure {
        moment: Moment::new(row, event),
        message: message(event).map(|(_, text)| text.to_owned()),
    })
}

/// The type of a job: `jobType` of any event, else `type` of one that starts it.
pub(super) fn job_type(events: &[Event]) -> Option<String> {
    let find = |keys: &[&str]| {
        events.iter().find_map(|event| {
            let mut texts = keys
                .iter()
                .filter(|key| names_job_type(event, key))
                .filter_map(|key| event.data.text(key));
            texts.find(|text| !text.is_empty()).map(str::to_owned)
        })
    };
    find(&["jobType", "job_type"]).or_else(|| find(&["type"]))
}

/// Whether a field of an event's data is where the type of a job stands.
pub fn names_job_type(event: &Event, key: &str) -> bool {
    match key {
        "jobType" | "job_type" => true,
        "type" => starts(&event.event_type),
        _ => false,
    }
}

/// The different ids of one kind, in order of appearance.
pub(super) fn ids(events: &[Event], kind: Id) -> Vec<String> {
    let mut seen = HashSet::new();
    events
        .iter()
        .filter_map(|event| event.id(kind))
        .filter(|id| seen.insert(*id))
        .map(str::to_owned)
        .collect()
}
