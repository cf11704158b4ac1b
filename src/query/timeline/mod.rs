//! The story of one subject: its events in one order, and what they say about where it stands.
//!
//! Pure: events and a now come in, plain data goes out. `output` draws it, `-o json` prints it as
//! it is. Clocks of services can differ; nothing here corrects them, it shows what they say.

mod clocks;
mod gaps;
mod lanes;
mod marks;
mod outcome;
mod state;
mod walk;

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::course::Judgement;
use super::jobs::Jobs;
use super::subject::{Found, Subject};
use crate::event::{Event, Id, Millis, Status, json};

pub use clocks::Clock;
pub use gaps::{Gap, Moment};
pub use lanes::{Handoff, Lane, Segment};
pub use marks::{Mark, Marks};
pub use outcome::Outcome;
pub(crate) use outcome::parts;
pub(crate) use state::MESSAGE_PATHS;
pub use state::{Failure, HeldFrom, State, message, names_job_type};
pub(crate) use walk::{CLAIMED, Note, PROCESSING, Step, Types, starts, walk, word};

/// How a timeline is judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// Silence of this length is a gap.
    pub gap: Duration,
    /// Types that end a job.
    pub end_events: Vec<String>,
    /// The instant that an unfinished job is measured against.
    pub now: Millis,
}

impl Options {
    /// The default of `gap`.
    pub const GAP: Duration = Duration::from_secs(1);
    /// The default of `end_events`.
    pub const END_EVENTS: [&str; 5] = [
        "job.completed",
        "job.failed",
        "job.cancelled",
        "job.timeout",
        "job.creation_failed",
    ];

    /// The defaults.
    pub fn new(now: Millis) -> Self {
        Self {
            gap: Self::GAP,
            end_events: Self::END_EVENTS.map(str::to_owned).to_vec(),
            now,
        }
    }

    /// The gap in milliseconds; nothing shorter than one is a gap.
    fn gap_ms(&self) -> i64 {
        i64::try_from(self.gap.as_millis())
            .unwrap_or(i64::MAX)
            .max(1)
    }
}

/// Everything that is known about one subject.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// What it is about.
    pub subject: Subject,
    /// The type of a job, where an event tells.
    pub job_type: Option<String>,
    /// How the job ended; `None` for anything but a job.
    pub outcome: Option<Outcome>,
    /// What state it is in, and since when.
    pub state: State,
    /// Timestamp of the first event.
    #[serde(serialize_with = "rfc3339")]
    pub started_at: Millis,
    /// Timestamp of the event that ended the job.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub ended_at: Option<Millis>,
    /// From the first event to the one that ended the job, or to the last.
    pub duration_ms: i64,
    /// The instant that the timeline was drawn for.
    #[serde(serialize_with = "rfc3339")]
    pub now: Millis,
    /// Number of events.
    pub event_count: usize,
    /// Number of events that say that something failed.
    pub failure_count: usize,
    /// Number of older events that were left out to bound memory.
    pub left_out: u64,
    /// How often the job was tried; 1 for anything but a job.
    pub attempts: u32,
    /// Traces, in order of appearance; so are the ids that follow.
    pub traces: Vec<String>,
    /// Jobs.
    pub jobs: Vec<String>,
    /// Workers.
    pub workers: Vec<String>,
    /// Machines.
    pub machines: Vec<String>,
    /// Users.
    pub users: Vec<String>,
    /// Requests.
    pub requests: Vec<String>,
    /// Services in order of appearance, each with the stretches in which it had the last word.
    pub services: Vec<Lane>,
    /// Clocks that are known to be off; times are told as they were said all the same.
    pub clocks: Vec<Clock>,
    /// The events.
    pub rows: Vec<Row>,
    /// The length that makes a silence a gap.
    pub gap_ms: i64,
    /// Silences, in order; the last may still be open.
    pub gaps: Vec<Gap>,
    /// Changes from one service to another, in order.
    pub handoffs: Vec<Handoff>,
    /// The job beside the usual course of its type, where somebody looked at others.
    pub usual: Option<Judgement>,
    /// The live status of a job that has not ended, where somebody looked it up.
    #[serde(serialize_with = "figures")]
    pub status: Option<Status>,
}

/// One event in its place.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Milliseconds since the first event.
    pub offset_ms: i64,
    /// Milliseconds since the event before; `None` for the first.
    pub delta_ms: Option<i64>,
    /// Whether that silence is a gap.
    pub gap_before: bool,
    /// Which try of the job it belongs to, from 1.
    pub attempt: u32,
    /// What is special about it.
    pub marks: Marks,
    /// The event, in its JSON form.
    #[serde(serialize_with = "event_json")]
    pub event: Event,
}

impl Row {
    /// Whether the row carries a mark.
    pub fn has(&self, mark: Mark) -> bool {
        self.marks.has(mark)
    }
}

impl Timeline {
    /// Puts the events of a subject in order and reads them; `None` where there are none.
    pub fn build(found: Found, options: &Options) -> Option<Self> {
        let left_out = found.left_out();
        let (subject, mut events) = found.into_parts();
        events.sort_by_key(Event::sort_key);
        let started_at = events.first()?.timestamp;
        let gap_ms = options.gap_ms();
        let story = state::read(&subject, &events, options);
        let ended_at = story
            .end
            .and_then(|end| events.get(end))
            .map(|event| event.timestamp);
        let last = ended_at.or(events.last().map(|event| event.timestamp))?;

        let services = lanes::lanes(&events, options);
        let handoffs = lanes::handoffs(&events);
        let is_open = story.outcome == Some(Outcome::Unfinished);
        let gaps = gaps::gaps(&events, gap_ms, is_open.then_some(options.now));
        let ids = |kind| state::ids(&events, kind);
        let (traces, jobs, workers) = (ids(Id::Trace), ids(Id::Job), ids(Id::Worker));
        let (machines, users, requests) = (ids(Id::Machine), ids(Id::User), ids(Id::Request));
        let job_type = (subject.kind == Id::Job)
            .then(|| state::job_type(&events))
            .flatten();

        let mut previous = None;
        let rows: Vec<Row> = events
            .into_iter()
            .zip(story.notes)
            .map(|(event, note)| {
                let at = event.timestamp;
                let delta_ms = previous.replace(at).map(|previous| at.since(previous));
                Row {
                    offset_ms: at.since(started_at),
                    delta_ms,
                    gap_before: delta_ms.is_some_and(|delta| delta >= gap_ms),
                    attempt: note.attempt,
                    marks: note.marks,
                    event,
                }
            })
            .collect();
        Some(Self {
            subject,
            job_type,
            outcome: story.outcome,
            state: story.state,
            started_at,
            ended_at,
            duration_ms: last.since(started_at),
            now: options.now,
            event_count: rows.len(),
            failure_count: rows.iter().filter(|row| row.has(Mark::Failure)).count(),
            left_out,
            attempts: rows.last().map_or(1, |row| row.attempt),
            traces,
            jobs,
            workers,
            machines,
            users,
            requests,
            services,
            clocks: Vec::new(),
            rows,
            gap_ms,
            gaps,
            handoffs,
            usual: None,
            status: None,
        })
    }

    /// Takes in events that came later.
    pub fn grow(&mut self, fresh: &[Event], options: &Options) {
        let rows = std::mem::take(&mut self.rows);
        let events = rows.into_iter().map(|row| row.event).collect();
        let mut found = Found::with_left_out(self.subject.clone(), events, self.left_out);
        for event in fresh {
            found.push(event.clone());
        }
        if let Some(grown) = Self::build(found, options) {
            *self = grown;
        }
    }

    /// Takes in where the stream that carries the ends of jobs begins. Where all events of an unfinished
    /// job are older, its end may have been trimmed: then nothing says that it runs.
    pub fn held_from(&mut self, stream: &str, begins: Millis) {
        let heard = |row: &Row| row.event.heard().unwrap_or(row.event.timestamp);
        if self.outcome != Some(Outcome::Unfinished)
            || self.rows.iter().any(|row| heard(row) >= begins)
        {
            return;
        }
        self.state.is_silent = false;
        self.state.held_from = Some(HeldFrom {
            stream: stream.to_owned(),
            begins,
        });
        self.gaps.retain(|gap| gap.after.is_some());
    }

    /// Compares a job with what others of its type did.
    pub fn compare(&mut self, others: &Jobs, options: &Options) {
        if self.subject.kind == Id::Job && self.state.held_from.is_none() {
            let events: Vec<&Event> = self.rows.iter().map(|row| &row.event).collect();
            self.usual = Judgement::of(&self.subject.id, &events, others, options);
        }
    }

    /// Whether the job has ended, so that nothing more is to be waited for.
    pub fn is_over(&self) -> bool {
        self.ended_at.is_some()
    }

    /// Whether the job failed or ran out of time.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed | Outcome::TimedOut))
    }

    /// From the first event to the last, whatever ended the job.
    pub fn span_ms(&self) -> i64 {
        self.rows.last().map_or(0, |row| row.offset_ms)
    }
}

/// The figures of a status, or null.
fn figures<S: Serializer>(status: &Option<Status>, serializer: S) -> Result<S::Ok, S::Error> {
    status
        .as_ref()
        .map(|status| &status.data)
        .serialize(serializer)
}

pub(in crate::query) fn rfc3339<S: Serializer>(
    at: &Millis,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

pub(crate) fn rfc3339_or_null<S: Serializer>(
    at: &Option<Millis>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

fn event_json<S: Serializer>(event: &Event, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(json::write(event))
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod tests;
