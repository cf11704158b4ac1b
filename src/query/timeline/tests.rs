use super::*;
use crate::event::{Data, EntryId, Origin};

const START: i64 = 1_700_000_000_000;

pub(super) fn event(offset: i64, service: &str, event_type: &str, data: &str) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(START + offset),
        service: service.into(),
        event_type: event_type.into(),
        data: Data::from_wire(data),
        ..Event::default()
    };
    event.ids.set(Id::Job, "job_1");
    event
}

pub(super) fn build_at(now: i64, events: Vec<Event>) -> Timeline {
    let subject = Subject {
        kind: Id::Job,
        id: "job_1".into(),
    };
    let options = Options::new(Millis::clamped(START + now));
    Timeline::build(Found::new(subject, events), &options).expect("events")
}

fn marks(timeline: &Timeline) -> Vec<Vec<Mark>> {
    let rows = timeline.rows.iter();
    rows.map(|row| row.marks.iter().collect()).collect()
}

pub(super) fn completed() -> Vec<Event> {
    vec![
        event(0, "api-server", "job.created", r#"{"jobType":"image"}"#),
        event(10, "api-server", "job.queued", ""),
        event(52, "worker", "job.claimed", ""),
        event(2_500, "machine", "connector.processing_started", ""),
        event(2_600, "machine", "job.progress_updated", ""),
        event(3_000, "worker", "job.completed", ""),
        event(3_100, "webhook-service", "webhook.delivered", ""),
    ]
}

#[test]
fn a_completed_job() {
    let timeline = build_at(60_000, completed());
    assert_eq!(timeline.outcome, Some(Outcome::Completed));
    assert_eq!(timeline.job_type.as_deref(), Some("image"));
    assert_eq!((timeline.duration_ms, timeline.span_ms()), (3_000, 3_100));
    assert_eq!(timeline.state.word, "completed");
    assert_eq!(timeline.state.since.get(), START + 3_000);
    assert!(!timeline.state.is_silent);
    let names: Vec<_> = timeline
        .services
        .iter()
        .map(|lane| lane.service.as_str())
        .collect();
    assert_eq!(
        names,
        ["api-server", "worker", "machine", "webhook-service"]
    );
    let held: Vec<_> = timeline.services.iter().map(|lane| lane.held_ms).collect();
    assert_eq!(held, [52, 2_448 + 100, 500, 0]);
    assert_eq!(held.iter().sum::<i64>(), timeline.span_ms());
    assert_eq!(timeline.gaps.len(), 1);
    let gap = &timeline.gaps[0];
    assert_eq!((gap.duration_ms, gap.before.row), (2_448, 2));
    assert_eq!(
        gap.after.as_ref().map(|after| after.service.as_str()),
        Some("machine")
    );
    assert!(timeline.rows[3].gap_before);
    let handoffs: Vec<_> = timeline
        .handoffs
        .iter()
        .map(|one| {
            (
                one.from.service.as_str(),
                one.to.service.as_str(),
                one.duration_ms,
            )
        })
        .collect();
    assert_eq!(
        handoffs,
        [
            ("api-server", "worker", 42),
            ("worker", "machine", 2_448),
            ("machine", "worker", 400),
            ("worker", "webhook-service", 100),
        ]
    );
    assert_eq!(
        marks(&timeline)[5..],
        [&[Mark::End][..], &[Mark::AfterEnd][..]]
    );
}

#[test]
fn order_of_arrival_does_not_matter() {
    let mut events = completed();
    events.reverse();
    events.swap(1, 3);
    let shuffled = serde_json::to_string(&build_at(60_000, events)).expect("json");
    let sorted = serde_json::to_string(&build_at(60_000, completed())).expect("json");
    assert_eq!(shuffled, sorted);
}

#[test]
fn the_last_word_counts_after_a_retry() {
    let timeline = build_at(
        60_000,
        vec![
            event(0, "api-server", "job.queued", ""),
            event(10, "worker", "job.claimed", ""),
            event(
                20,
                "worker",
                "error.TypeError",
                r#"{"message":"x is undefined"}"#,
            ),
            event(30, "worker", "job.failed", ""),
            event(40, "monitor", "job.note", ""),
            event(100, "worker", "job.claimed", ""),
            event(
                300,
                "worker",
                "job.failed",
                r#"{"error":{"message":"out of memory"}}"#,
            ),
            event(310, "api-server", "job.failed", ""),
        ],
    );
    assert_eq!(timeline.outcome, Some(Outcome::Failed));
    assert!(timeline.has_failed());
    assert_eq!((timeline.attempts, timeline.duration_ms), (2, 300));
    assert_eq!(timeline.failure_count, 4);
    assert_eq!(timeline.state.reason.as_deref(), Some("out of memory"));
    assert_eq!(
        timeline.state.first_failure, None,
        "the one before belongs to another try"
    );
    assert_eq!(
        marks(&timeline)[3..],
        [
            &[Mark::Failure, Mark::Retried][..],
            &[Mark::AfterEnd],
            &[Mark::NewAttempt],
            &[Mark::Failure, Mark::End],
            &[Mark::Failure, Mark::Repeat],
        ]
    );
    let attempts: Vec<_> = timeline.rows.iter().map(|row| row.attempt).collect();
    assert_eq!(attempts, [1, 1, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn the_reason_is_looked_for_before_the_end() {
    let timeline = build_at(
        60_000,
        vec![
            event(
                20,
                "worker",
                "error.TypeError",
                r#"{"message":"x is undefined"}"#,
            ),
            event(30, "worker", "job.timeout", ""),
        ],
    );
    assert_eq!(timeline.outcome, Some(Outcome::TimedOut));
    assert_eq!(timeline.state.reason.as_deref(), Some("x is undefined"));
    let first = timeline.state.first_failure.as_ref().expect("a failure");
    assert_eq!(
        (first.moment.row, first.message.as_deref()),
        (0, Some("x is undefined"))
    );
    assert_eq!(timeline.failure_count, 2);
    assert_eq!(timeline.services[0].failure_count, 2);
}

#[test]
fn a_stuck_job_says_since_when() {
    let mut events = completed();
    events.truncate(5);
    let timeline = build_at(902_600, events);
    assert_eq!(timeline.outcome, Some(Outcome::Unfinished));
    assert!(!timeline.is_over());
    assert_eq!(timeline.state.word, "processing");
    assert_eq!(timeline.state.since.get(), START + 2_500);
    assert_eq!(
        (timeline.state.quiet_ms, timeline.state.is_silent),
        (900_000, true)
    );
    let open = timeline.gaps.last().expect("a gap");
    assert_eq!((open.duration_ms, open.after.as_ref()), (900_000, None));
    assert_eq!(timeline.duration_ms, 2_600);
}

#[test]
fn a_claim_without_an_end_before_is_another_attempt() {
    let timeline = build_at(
        0,
        vec![
            event(0, "worker", "job.claimed", ""),
            event(1, "worker", "worker.claimed_job", ""),
            event(500, "worker", "job.claimed", ""),
            event(501, "worker", "worker.claimed_job", ""),
        ],
    );
    assert_eq!(timeline.attempts, 2);
    assert_eq!(timeline.state.since.get(), START + 500);
    assert_eq!(timeline.state.quiet_ms, 0, "now lies before the last event");
}

#[test]
fn a_skewed_clock_does_not_reopen_a_job() {
    let stream: std::sync::Arc<str> = "emp:events".into();
    let entry = |mut event: Event, ms| {
        event.origin = Some(Origin {
            stream: stream.clone(),
            entry: Some(EntryId { ms, seq: 0 }),
        });
        event
    };
    let events = vec![
        entry(event(0, "worker", "job.claimed", ""), 20),
        entry(event(50, "worker", "job.completed", ""), 70),
        entry(event(60, "api-server", "job.queued", ""), 10),
    ];
    let timeline = build_at(1_000, events);
    assert_eq!(timeline.outcome, Some(Outcome::Completed));
    assert_eq!(marks(&timeline)[2], [Mark::AfterEnd]);
}

#[test]
fn one_event_and_one_instant() {
    let timeline = build_at(500, vec![event(0, "api-server", "job.created", "")]);
    assert_eq!((timeline.duration_ms, timeline.event_count), (0, 1));
    assert_eq!(timeline.state.word, "created");
    assert!(timeline.gaps.is_empty() && timeline.handoffs.is_empty());
    let same = build_at(
        0,
        vec![
            event(0, "a", "x.y", ""),
            event(0, "b", "x.y", ""),
            event(0, "a", "x.y", ""),
        ],
    );
    let durations: Vec<_> = same.handoffs.iter().map(|one| one.duration_ms).collect();
    assert_eq!((durations, same.span_ms()), (vec![0, 0], 0));
    assert_eq!(same.state.word, "active");
    let none = Found::new(
        Subject {
            kind: Id::Job,
            id: "x".into(),
        },
        Vec::new(),
    );
    assert!(Timeline::build(none, &Options::new(Millis::default())).is_none());
}

#[test]
fn a_gap_of_nothing_is_no_gap() {
    let subject = Subject {
        kind: Id::Job,
        id: "job_1".into(),
    };
    let options = Options {
        gap: Duration::ZERO,
        ..Options::new(Millis::clamped(START))
    };
    let events = vec![
        event(0, "a", "x.y", ""),
        event(0, "b", "x.y", ""),
        event(1, "b", "x.y", ""),
    ];
    let timeline = Timeline::build(Found::new(subject, events), &options).expect("events");
    assert_eq!(timeline.gaps.len(), 1);
}

#[test]
fn ends_are_configurable_and_other_subjects_have_none() {
    let subject = Subject {
        kind: Id::Job,
        id: "job_1".into(),
    };
    let mut options = Options::new(Millis::clamped(START));
    options.end_events = vec!["workflow.aborted".into()];
    let events = vec![
        event(0, "a", "job.completed", ""),
        event(5, "a", "workflow.aborted", ""),
    ];
    let found = Found::new(subject, events.clone());
    let timeline = Timeline::build(found, &options).expect("events");
    assert_eq!(timeline.outcome, Some(Outcome::Cancelled));

    let subject = Subject {
        kind: Id::Worker,
        id: "w1".into(),
    };
    let options = Options::new(Millis::clamped(START + 5_005));
    let timeline = Timeline::build(Found::new(subject, events), &options).expect("events");
    assert_eq!(timeline.outcome, None);
    assert_eq!(
        (timeline.state.word.as_str(), timeline.state.quiet_ms),
        ("seen", 5_000)
    );
    assert!(timeline.gaps.is_empty() && !timeline.is_over());
}
