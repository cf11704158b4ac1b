//! How a job can end, and which events say so.

use serde::Serialize;

use super::Options;
use crate::event::Event;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It did what it was asked.
    Completed,
    /// It failed.
    Failed,
    /// Somebody called it off.
    Cancelled,
    /// It ran out of time.
    TimedOut,
    /// It has not ended.
    Unfinished,
}

impl Outcome {
    /// The outcome that an event type which ends a job stands for, by its action.
    fn of(event_type: &str) -> Self {
        let action = action(event_type);
        let says = |parts: &[&str]| parts.iter().any(|part| action.contains(part));
        if says(&["timeout", "timed_out", "expired"]) {
            Self::TimedOut
        } else if says(&["fail", "error", "dead"]) || event_type.starts_with("error.") {
            Self::Failed
        } else if says(&["cancel", "abort"]) {
            Self::Cancelled
        } else {
            Self::Completed
        }
    }

    /// Whether it is a bad one.
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// The state that a job with this outcome is in.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::Unfinished => "unfinished",
        }
    }
}

impl Options {
    /// The outcome that an event of this type decides; `None` where it ends nothing.
    pub(crate) fn outcome(&self, event_type: &str) -> Option<Outcome> {
        self.ends(event_type).then(|| Outcome::of(event_type))
    }

    /// Whether an event of this type ends a job.
    pub(crate) fn ends(&self, event_type: &str) -> bool {
        self.end_events.iter().any(|end| end == event_type)
    }

    /// Whether an event says that something failed, by itself or as a job's end.
    pub(super) fn failure(&self, event: &Event) -> bool {
        event.says_failure() || (self.outcome(&event.event_type)).is_some_and(Outcome::is_failure)
    }
}

/// What is said about the entity: the part of a type after its first dot.
pub(super) fn action(event_type: &str) -> &str {
    parts(event_type).map_or(event_type, |(_, action)| action)
}

/// What stands before the first dot of a type, and what after it. Types are short: a search that is
/// fast in long texts would take longer.
pub(crate) fn parts(event_type: &str) -> Option<(&str, &str)> {
    let dot = event_type.bytes().position(|byte| byte == b'.')?;
    Some((&event_type[..dot], &event_type[dot + 1..]))
}
