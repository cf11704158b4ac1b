//! The failures of one job, in the order in which they happened.

use serde::Serialize;

use super::failure::Failure;
use super::link::Linker;
use crate::event::Millis;
use crate::query::timeline::{Outcome, Timeline, rfc3339};

/// What failed while a job ran.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Story {
    /// What it is: `job`, or what else the id names.
    pub subject: String,
    /// Its id.
    pub id: String,
    /// The type of the job, where an event tells.
    pub job_type: Option<String>,
    /// How the job ended; `None` for anything but a job.
    pub outcome: Option<Outcome>,
    /// What state it is in.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Timestamp of its first event.
    #[serde(serialize_with = "rfc3339")]
    pub started_at: Millis,
    /// From its first event to its end, or to its last event.
    pub duration_ms: i64,
    /// All of its events.
    pub events: usize,
    /// Its failures, in order.
    pub failures: Vec<Told>,
}

/// One failure in its place.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Milliseconds since the first event.
    pub offset_ms: i64,
    /// Which try of the job it belongs to, from 1.
    pub attempt: u32,
    /// The type of the event before it that says no failure.
    pub after: Option<String>,
    /// The kind in words.
    pub fingerprint: String,
    /// The failure.
    #[serde(flatten)]
    pub failure: Failure,
}

/// Tells what failed.
pub fn tell(timeline: &Timeline) -> Story {
    let mut linker = Linker::default();
    let mut failures = Vec::new();
    for row in &timeline.rows {
        if Failure::is_told_by(&row.event) {
            linker.push(Failure::read(&row.event, true), &mut |failure| {
                failures.push(failure)
            });
        }
    }
    linker.finish(&mut |failure| failures.push(failure));
    let told = failures.into_iter().map(|failure| {
        // Where it began: the first event that tells of it.
        let also = failure.also.iter().map(|also| also.at);
        let began = also.chain([failure.at]).min().unwrap_or(failure.at);
        let row = timeline
            .rows
            .iter()
            .find(|row| row.event.timestamp == began && Failure::is_told_by(&row.event));
        let before = timeline.rows.iter().rev();
        let mut before =
            before.filter(|row| row.event.timestamp <= began && !Failure::is_told_by(&row.event));
        Told {
            offset_ms: began.since(timeline.started_at),
            attempt: row.map_or(1, |row| row.attempt),
            after: before.next().map(|row| row.event.event_type.clone()),
            fingerprint: failure.kind_text().to_owned(),
            failure,
        }
    });
    Story {
        failures: told.collect(),
        subject: timeline.subject.kind.noun().to_owned(),
        id: timeline.subject.id.clone(),
        job_type: timeline.job_type.clone(),
        outcome: timeline.outcome,
        state: timeline.state.word.clone(),
        attempts: timeline.attempts,
        started_at: timeline.started_at,
        duration_ms: timeline.duration_ms,
        events: timeline.event_count,
    }
}
