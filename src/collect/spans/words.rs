//! The words in event types that say that something begins or ends.

/// What an event type says about an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
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
pub(super) struct Reading<'a> {
    /// What begins or ends.
    pub(super) stem: &'a str,
    /// What it is a part of: the type up to its first dot.
    pub(super) entity: &'a str,
    /// Whether it begins or ends.
    pub(super) role: Role,
}

const STARTS: [&str; 12] = [
    "started",
    "starting",
    "start",
    "began",
    "begin",
    "executing",
    "running",
    "sending",
    "requested",
    "downloading",
    "uploading",
    "loading",
];
const ENDS: [&str; 12] = [
    "completed",
    "complete",
    "finished",
    "succeeded",
    "success",
    "done",
    "ended",
    "delivered",
    "sent",
    "downloaded",
    "uploaded",
    "loaded",
];
const FAILURES: [&str; 10] = [
    "failed",
    "errored",
    "error",
    "cancelled",
    "canceled",
    "aborted",
    "timeout",
    "timed_out",
    "expired",
    "rejected",
];

/// Reads an event type; `None` where it says neither.
pub(super) fn read(event_type: &str) -> Option<Reading<'_>> {
    let (entity, action) = event_type.split_once('.')?;
    if entity == "error" {
        return None;
    }
    let tables = [
        (Role::Start, &STARTS[..]),
        (Role::End, &ENDS[..]),
        (Role::Failure, &FAILURES[..]),
    ];
    for (role, words) in tables {
        for word in words {
            let Some(before) = action.strip_suffix(word) else {
                continue;
            };
            if before.is_empty() || before.ends_with(['_', '.', '-']) {
                let stem = &event_type[..entity.len() + 1 + before.len()];
                let stem = stem.trim_end_matches(['_', '.', '-']);
                return Some(Reading { stem, entity, role });
            }
        }
    }
    None
}

/// Whether an event type says that a worker lets go of a job that has not ended.
pub(super) fn lets_go(event_type: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
