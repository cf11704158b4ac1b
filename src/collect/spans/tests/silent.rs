//! Jobs that were given up.

use super::assert_told;
use crate::collect::spans::samples::*;

#[test]
fn a_job_that_never_ended_does_not_seem_well() {
    let lines = [
        "0 api job.queued",
        "10 worker job.claimed",
        "20 worker job.processing_started",
    ];
    assert_told(
        &lines,
        &[
            "job [api] 0..20 failed: it never ended: job.processing unended=true",
            "  job.queue_wait [api] 0..10 attempt=1",
            "  job.attempt [worker] 10..20 attempt=1 unended=true +job.processing_started@20",
        ],
    );
    let trace = tell("job_1", milestones(&events(&lines)));
    assert_eq!(
        trace.spans[0].failure.as_deref(),
        Some("it never ended: job.processing_started of worker was the last word")
    );
}

/// What failed before says more.
#[test]
fn a_job_that_never_began_says_why() {
    assert_told(
        &[
            "0 api job.created",
            "7 api job.submission_failed {\"error\":\"READONLY\"}",
        ],
        &[
            "job [api] 0..7 failed: READONLY unended=true +job.submission_failed@7",
            "  job.queue_wait [api] 0..7 unended=true attempt=1",
        ],
    );
}

#[test]
fn a_job_that_could_not_be_created_has_ended() {
    assert_told(
        &[
            "0 api job.created",
            "7 api job.creation_failed {\"error\":\"READONLY\"}",
        ],
        &[
            "job [api] 0..7 failed: READONLY +exception@7",
            "  job.queue_wait [api] 0..7 unended=true attempt=1",
        ],
    );
}
