//! Who had the last word when: one lane a service, and the handoffs between them.

use std::collections::HashMap;

use serde::Serialize;

use super::{Moment, Options, rfc3339};
use crate::event::{Event, Millis};

/// One service in a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lane {
    /// Its name; empty where events named nobody.
    pub service: String,
    /// Timestamp of its first event.
    #[serde(serialize_with = "rfc3339")]
    pub first_at: Millis,
    /// Timestamp of its last event.
    #[serde(serialize_with = "rfc3339")]
    pub last_at: Millis,
    /// Number of its events.
    pub event_count: usize,
    /// Number of those that say that something failed.
    pub failure_count: usize,
    /// All of its segments together.
    pub held_ms: i64,
    /// The stretches in which it had the last word.
    pub segments: Vec<Segment>,
}

/// From an event of a service until another service speaks, or until the last event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// Milliseconds from the timeline's first event.
    pub from_ms: i64,
    /// The same, of its end.
    pub until_ms: i64,
    /// Number of events in it.
    pub event_count: usize,
}

/// A change from one service to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handoff {
    /// Time between the two events.
    pub duration_ms: i64,
    /// The last event of the service that let go.
    pub from: Moment,
    /// The first event of the service that took over.
    pub to: Moment,
}

/// The services of events in order, as they appear.
pub(super) fn lanes(events: &[Event], options: &Options) -> Vec<Lane> {
    let Some(start) = events.first().map(|event| event.timestamp) else {
        return Vec::new();
    };
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut lanes: Vec<Lane> = Vec::new();
    let mut chunks = events.chunk_by(|a, b| a.service == b.service).peekable();
    while let Some(words) = chunks.next() {
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            continue;
        };
        let place = *places.entry(&first.service).or_insert_with(|| {
            lanes.push(Lane {
                service: first.service.clone(),
                first_at: first.timestamp,
                last_at: first.timestamp,
                event_count: 0,
                failure_count: 0,
                held_ms: 0,
                segments: Vec::new(),
            });
            lanes.len() - 1
        });
        let next = chunks.peek().and_then(|next| next.first()).unwrap_or(last);
        let segment = Segment {
            from_ms: first.timestamp.since(start),
            until_ms: next.timestamp.since(start),
            event_count: words.len(),
        };
        let lane = &mut lanes[place];
        lane.last_at = last.timestamp;
        lane.event_count += words.len();
        lane.failure_count += words.iter().filter(|event| options.failure(event)).count();
        lane.held_ms += segment.until_ms - segment.from_ms;
        lane.segments.push(segment);
    }
    lanes
}

/// The changes of service in events in order.
pub(super) fn handoffs(events: &[Event]) -> Vec<Handoff> {
    events
        .windows(2)
        .enumerate()
        .filter_map(|(row, pair)| {
            let [from, to] = pair else { return None };
            (from.service != to.service).then(|| Handoff {
                duration_ms: to.timestamp.since(from.timestamp),
                from: Moment::new(row, from),
                to: Moment::new(row + 1, to),
            })
        })
        .collect()
}
