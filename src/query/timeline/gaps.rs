//! Silences: where nobody said anything for too long.

use serde::Serialize;

use super::rfc3339;
use crate::event::{Event, Millis};

/// One event, as far as a reader needs it to find its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// Index of its row.
    pub row: usize,
    /// Its timestamp.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
    /// Who said it.
    pub service: String,
    /// What was said.
    pub event_type: String,
}

impl Moment {
    pub(super) fn new(row: usize, event: &Event) -> Self {
        Self {
            row,
            at: event.timestamp,
            service: event.service.clone(),
            event_type: event.event_type.clone(),
        }
    }
}

/// A silence between two events, or from the last event to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// How long it lasts, or has lasted so far.
    pub duration_ms: i64,
    /// The event before it.
    pub before: Moment,
    /// The event after it; `None` while it goes on.
    pub after: Option<Moment>,
}

/// The silences of at least `gap_ms` between events in order, and the one until `now` where the
/// job has not ended.
pub(super) fn gaps(events: &[Event], gap_ms: i64, now: Option<Millis>) -> Vec<Gap> {
    let between = events.windows(2).enumerate().filter_map(|(row, pair)| {
        let [before, after] = pair else { return None };
        let duration_ms = after.timestamp.since(before.timestamp);
        (duration_ms >= gap_ms).then(|| Gap {
            duration_ms,
            before: Moment::new(row, before),
            after: Some(Moment::new(row + 1, after)),
        })
    });
    let open = events.last().zip(now).and_then(|(last, now)| {
        let duration_ms = now.since(last.timestamp);
        (duration_ms >= gap_ms).then(|| Gap {
            duration_ms,
            before: Moment::new(events.len() - 1, last),
            after: None,
        })
    });
    between.chain(open).collect()
}
