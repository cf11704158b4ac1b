//! What an event says about an operation: that it begins or ends, and how long it took.

use super::timeline::parts;
use crate::event::Event;
use crate::time::parse_duration;

/// What an event type says about an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It begins.
    Start,
    /// It ends well.
    End,
    /// It ends badly.
    Failure,
}

/// An event type taken apart: `connector.processing_started` is the start of the stem
/// `connector.processing`, `redis_function.executing` that of `redis_function`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading<'a> {
    /// What begins or ends.
    pub(crate) stem: &'a str,
    /// What it is a part of: the type up to its first dot.
    pub(crate) entity: &'a str,
    /// Whether it begins or ends.
    pub(crate) role: Role,
}

/// What stands between the words of an action.
const BETWEEN: [char; 3] = ['_', '.', '-'];

impl Role {
    /// What the last word of an action says.
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "started" | "starting" | "start" | "began" | "begin" | "executing" | "running"
            | "sending" | "requested" | "downloading" | "uploading" | "loading" => Self::Start,
            "completed" | "complete" | "finished" | "succeeded" | "success" | "done" | "ended"
            | "delivered" | "sent" | "downloaded" | "uploaded" | "loaded" => Self::End,
            "failed" | "errored" | "error" | "cancelled" | "canceled" | "aborted" | "timeout"
            | "timed_out" | "expired" | "rejected" => Self::Failure,
            _ => return None,
        })
    }
}

/// Reads an event type; `None` where it says neither.
pub(crate) fn read(event_type: &str) -> Option<Reading<'_>> {
    let (entity, action) = parts(event_type)?;
    if entity == "error" {
        return None;
    }
    let words = |action: &str| action.rfind(BETWEEN).map_or(0, |at| at + 1);
    let last = match words(action) {
        // The one that is two.
        at if &action[at..] == "out" => words(action[..at].trim_end_matches('_')),
        at => at,
    };
    let role = Role::of(&action[last..])?;
    let stem = &event_type[..entity.len() + 1 + last];
    let stem = stem.trim_end_matches(BETWEEN);
    Some(Reading { stem, entity, role })
}

/// Whether an event type says that a worker lets go of a job that has not ended.
pub(crate) fn lets_go(event_type: &str) -> bool {
    let Some(("job" | "worker", action)) = event_type.split_once('.') else {
        return false;
    };
    action.starts_with("retr")
        || [
            "released",
            "released_job",
            "requeued",
            "stalled",
            "abandoned",
        ]
        .contains(&action)
}

/// Where `data` says how long an operation took, in milliseconds.
pub(crate) const TOOK_MS: [&str; 7] = [
    "durationMs",
    "duration_ms",
    "processingTimeMs",
    "completionTimeMs",
    "executionTimeMs",
    "elapsedMs",
    "elapsed_ms",
];

/// How long an event says that an operation took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Took {
    /// It does not say.
    Unsaid,
    /// Milliseconds, not negative.
    Ms(f64),
    /// What it says is no length of time.
    Odd,
}

/// How long an event says that an operation took: a number of milliseconds, as JSON or as text, or
/// a text with a unit.
pub(crate) fn took(event: &Event) -> Took {
    let Some(value) = event.data.length(TOOK_MS) else {
        return Took::Unsaid;
    };
    let ms = match value {
        serde_json::Value::Null => return Took::Unsaid,
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => {
            let text = text.trim();
            let length = || Some(parse_duration(text).ok()?.as_secs_f64() * 1000.0);
            text.parse().ok().or_else(length)
        }
        _ => None,
    };
    match ms {
        Some(ms) if ms.is_finite() && ms >= 0.0 => Took::Ms(ms),
        _ => Took::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (data, expected) in [
            (r#"{"durationMs":12.5}"#, Took::Ms(12.5)),
            (r#"{"a":1,"processingTimeMs":"1200"}"#, Took::Ms(1200.0)),
            (r#"{"elapsed_ms":"1.5s"}"#, Took::Ms(1500.0)),
            (r#"{"durationMs":0}"#, Took::Ms(0.0)),
            (r#"{"durationMs":null}"#, Took::Unsaid),
            (r#"{"durationMs":-3}"#, Took::Odd),
            (r#"{"durationMs":"soon"}"#, Took::Odd),
            (r#"{"durationMs":[1]}"#, Took::Odd),
            (r#"{"timeoutMs":3}"#, Took::Unsaid),
            ("durationMs", Took::Unsaid),
        ] {
            let event = Event {
                data: crate::event::Data::from_wire(data),
                ..Event::default()
            };
            assert_eq!(took(&event), expected, "{data}");
        }
    }

    #[test]
    fn types_are_taken_apart() {
        use Role::{End, Failure, Start};
        for (event_type, stem, role) in [
            (
                "connector.processing_started",
                "connector.processing",
                Start,
            ),
            (
                "connector.processing_completed",
                "connector.processing",
                End,
            ),
            (
                "connector.processing_failed",
                "connector.processing",
                Failure,
            ),
            ("redis_function.executing", "redis_function", Start),
            ("redis_function.failed", "redis_function", Failure),
            ("webhook.sending", "webhook", Start),
            ("webhook.delivered", "webhook", End),
            ("webhook.delivery_failed", "webhook.delivery", Failure),
            ("asset.upload.started", "asset.upload", Start),
            ("job.timed_out", "job", Failure),
        ] {
            let read = read(event_type).expect(event_type);
            assert_eq!((read.stem, read.role), (stem, role), "{event_type}");
        }
        for neither in [
            "error.timeout",
            "job",
            "job.queued",
            "x.restarted",
            "x.absent",
            "",
        ] {
            assert_eq!(read(neither), None, "{neither}");
        }
    }
}
