mod bounds;
mod properties;
mod silent;

use std::collections::{HashMap, HashSet};

use super::samples::*;
use super::*;
use crate::event::{EntryId, Id};
use crate::query::timeline::Outcome;

/// What the events of `job_1` become.
fn told(lines: &[&str]) -> String {
    drawn(&tell("job_1", milestones(&events(lines))))
}

fn assert_told(lines: &[&str], expected: &[&str]) {
    assert_eq!(told(lines).lines().collect::<Vec<_>>(), expected);
}

/// Every span has one root above it, and is where it says it is.
fn check_form(trace: &Trace) {
    let places: HashMap<_, _> = trace.spans.iter().map(|span| (span.id, span)).collect();
    assert_eq!(places.len(), trace.spans.len(), "ids are unique");
    assert!(trace.spans.len() <= 1000);
    let root = &trace.spans[0];
    for span in &trace.spans {
        assert_eq!(span.trace, root.trace);
        assert!(span.start <= span.end, "{}", span.name);
        assert!(span.events.len() <= 128);
        assert!(span.failure.is_none() || !span.ok);
        if span.id == root.id {
            continue;
        }
        let parent = places[&span.parent.expect("only the root has none")];
        let within = parent.start <= span.start && span.end <= parent.end;
        let marked = span
            .attributes
            .iter()
            .any(|(name, _)| name == "emp.outside_parent");
        assert_eq!(within, !marked, "{} in {}", span.name, parent.name);
        let mut above = span;
        let mut seen = HashSet::new();
        while above.id != root.id {
            assert!(seen.insert(above.id), "a circle");
            above = places[&above.parent.expect("a parent")];
        }
    }
}

#[test]
fn a_job_that_fails() {
    let demo = demo(40, 7);
    let trace = tell(&demo.failed, milestones(&demo.jobs[&demo.failed]));
    check_form(&trace);
    let drawn = drawn(&trace);
    let expected = [
        "job image_generation [api-server] 0..7294 failed: CUDA out of memory. Tried to a",
        "  job.queue_wait [api-server] 6..145 attempt=1",
        "  job.attempt [worker] 145..7294 failed: CUDA out of memory. Tried to a attempt=1 \
         +job.processing_started@153",
        "    connector.processing [worker] 157..7289 failed: CUDA out of memory. Tried to a \
         +resource.exhausted@7249 +exception@7290",
        "  redis_function [api-server] 3..4 ok",
    ];
    assert_eq!(drawn.lines().collect::<Vec<_>>(), expected);
    let connector = trace
        .spans
        .iter()
        .find(|span| span.name == "connector.processing");
    let exception = connector.expect("a span").events.last().expect("an event");
    let names: Vec<_> = exception
        .attributes
        .iter()
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(
        names,
        [
            "exception.type",
            "exception.message",
            "exception.stacktrace"
        ]
    );
    let run = trace.run;
    assert_eq!((run.outcome, run.queue_wait), (Outcome::Failed, Some(139)));
    let steps: Vec<_> = run
        .steps
        .iter()
        .map(|one| (&*one.name, one.ms, one.failed))
        .collect();
    assert_eq!(
        steps,
        [
            ("redis_function", 1, false),
            ("connector.processing", 7132, true)
        ]
    );
}

#[test]
fn a_retry_is_a_span_linked_to_the_attempt_before() {
    let demo = demo(40, 7);
    let trace = tell(&demo.retried, milestones(&demo.jobs[&demo.retried]));
    check_form(&trace);
    let drawn = drawn(&trace);
    let expected = [
        "job image_generation [api-server] 0..43137 ok +websocket.subscribed@53 \
         +websocket.disconnected@44210",
        "  job.queue_wait [api-server] 16..283 attempt=1",
        "  job.attempt [worker] 283..30303 failed: comfyui did not answer within  attempt=1 \
         +job.processing_started@287",
        "    connector.processing [worker] 295..30300 failed: comfyui did not answer within  \
         +exception@30301",
        "  job.queue_wait [api-server] 35303..35477 attempt=2",
        "  job.attempt [worker] 35477..43137 ok attempt=2 +job.processing_started@35480 links=1",
        "    connector.processing [worker] 35485..43090 ok",
        "  redis_function [api-server] 3..15 ok",
        "  webhook [webhook-service] 43150..43318 ok outside_parent=true",
        "  handoff [worker] 43137..43150 from=\"worker\" to=\"webhook-service\" \
         outside_parent=true",
    ];
    assert_eq!(drawn.lines().collect::<Vec<_>>(), expected);
    let attempts: Vec<_> = trace
        .spans
        .iter()
        .filter(|span| span.name == "job.attempt")
        .collect();
    assert_eq!(attempts[1].links[0].span, attempts[0].id);
    assert_eq!(trace.run.attempts, 2);
}

#[test]
fn every_job_of_a_demo_is_well_formed_and_keeps_the_spans_that_it_names() {
    let demo = demo(200, 3);
    for (job, events) in &demo.jobs {
        let trace = tell(job, milestones(events));
        check_form(&trace);
        let ids: HashSet<_> = trace.spans.iter().map(|span| span.id).collect();
        let named = events.iter().filter_map(|event| {
            let id = ids::hex::<8>(event.id(Id::Span)?)?;
            (event.id(Id::Span) != events[0].id(Id::Span)).then_some(id)
        });
        assert!(
            named.into_iter().all(|id| ids.contains(&id)),
            "{}",
            drawn(&trace)
        );
        assert_eq!(
            trace.spans[0].trace,
            milestones(events)[0].trace.expect("a trace")
        );
    }
    let stuck = tell(&demo.stuck, milestones(&demo.jobs[&demo.stuck]));
    assert_eq!(stuck.run.outcome, Outcome::Unfinished);
    let waits = tell(&demo.waits, milestones(&demo.jobs[&demo.waits]));
    assert!(waits.run.queue_wait.is_some_and(|ms| ms >= 40_000));
}

#[test]
fn without_span_ids_time_tells_what_lies_in_what() {
    assert_told(
        &[
            "0 api job.created {\"jobType\":\"image\"}",
            "5 api job.queued",
            "50 worker job.claimed",
            "60 worker connector.processing_started",
            "70 machine model.loading",
            "90 machine model.loaded",
            "95 machine job.progress_updated",
            "100 worker connector.processing_completed",
            "110 worker job.completed",
            "112 worker job.completed",
        ],
        &[
            "job image [api] 0..110 ok +job.completed@112",
            "  job.queue_wait [api] 5..50 attempt=1",
            "  job.attempt [worker] 50..110 ok attempt=1",
            "    connector.processing [worker] 60..100 ok +job.progress_updated@95",
            "      model [machine] 70..90 ok",
            "  handoff [worker] 60..70 from=\"worker\" to=\"machine\"",
        ],
    );
}

#[test]
fn starts_and_ends_that_are_missing() {
    // No start: from the duration, or not at all.
    assert_told(
        &[
            "100 worker job.claimed {\"queueWaitMs\":40}",
            "150 worker step.upload_completed {\"durationMs\":30}",
            "160 worker step.check_completed",
            "200 worker job.completed",
        ],
        &[
            "job [worker] 0..100 ok",
            "  job.queue_wait [worker] -40..0 attempt=1 outside_parent=true",
            "  job.attempt [worker] 0..100 ok attempt=1 +step.check_completed@60",
            "    step.upload [worker] 20..50 ok start_from_duration=true",
        ],
    );
    assert_told(
        &["500 worker job.completed {\"completionTimeMs\":400}"],
        &["job [worker] 0..400 ok"],
    );
    // No end: with what it is a part of.
    assert_told(
        &[
            "0 api job.queued",
            "10 worker job.claimed",
            "20 worker step.upload_started",
            "50 worker job.claimed",
            "60 worker step.upload_started",
            "90 worker job.failed {\"error\":\"no\"}",
            "95 api asset.upload_started",
        ],
        &[
            "job [api] 0..90 failed: no",
            "  job.queue_wait [api] 0..10 attempt=1",
            "  job.attempt [worker] 10..50 failed: it never ended, and the job wa attempt=1 \
             unended=true",
            "    step.upload [worker] 20..50 unended=true",
            "  job.attempt [worker] 50..90 failed: no attempt=2 +exception@90 links=1",
            "    step.upload [worker] 60..90 unended=true",
            "  asset.upload [api] 95..95 unended=true outside_parent=true",
        ],
    );
}

#[test]
fn clocks_that_differ_make_no_negative_span() {
    let mut events = events(&[
        "0 api note.a",
        "30 api job.queued",
        "10 worker job.claimed",
        "40 worker step.upload_started",
        "35 machine step.upload_completed",
        "60 worker job.completed",
    ]);
    // The server received them in this order.
    for (seq, event) in (0..).zip(&mut events) {
        let origin = event.origin.as_mut().expect("an origin");
        origin.entry = Some(EntryId { ms: 1, seq });
    }
    let trace = tell("job_1", milestones(&events));
    check_form(&trace);
    assert_eq!(
        drawn(&trace).lines().collect::<Vec<_>>(),
        [
            "job [api] 0..60 ok +note.a@0",
            "  job.queue_wait [api] 10..10 clock_skew_ms=20 attempt=1",
            "  job.attempt [worker] 10..60 ok attempt=1",
            "    step.upload [worker] 40..40 ok clock_skew_ms=5",
            "  handoff [api] 30..35 from=\"api\" to=\"machine\"",
        ]
    );
}

#[test]
fn a_job_that_ended_can_begin_anew() {
    let lines = [
        "0 api job.queued",
        "10 worker job.claimed",
        "20 worker job.failed {\"error\":{\"name\":\"E\",\"message\":\"m\"}}",
        "30 api job.queued",
        "40 worker job.claimed",
        "50 worker job.completed",
    ];
    let ended = |count: usize| {
        let events = events(&lines[..count]);
        let log = log_of(&milestones(&events));
        Standing::of(&log, &options()).has_ended
    };
    let states: Vec<_> = (0..=6).map(ended).collect();
    assert_eq!(states, [false, false, false, true, false, false, true]);
    assert_told(
        &lines,
        &[
            "job [api] 0..50 ok",
            "  job.queue_wait [api] 0..10 attempt=1",
            "  job.attempt [worker] 10..20 failed: m attempt=1 +exception@20",
            "  job.queue_wait [api] 30..40 attempt=2",
            "  job.attempt [worker] 40..50 ok attempt=2 links=1",
        ],
    );
}

#[test]
fn span_ids_name_parents_within_and_outside() {
    let mut events = events(&[
        "0 api job.created",
        "5 api note.a",
        "10 worker job.claimed",
        "20 worker call.started",
        "21 worker note.b",
        "30 worker call.completed",
        "31 worker call.started",
        "33 worker call.failed",
        "40 worker job.completed",
        "50 other note.c",
    ]);
    let ids = [
        ("a1", Some("ee")),
        ("c1", Some("a1")),
        ("b1", Some("a1")),
        ("b2", Some("b1")),
        ("b2", Some("b1")),
        ("b2", None),
        ("b2", None),
        ("b2", None),
        ("b1", None),
        // Two that name each other.
        ("d1", Some("d1")),
    ];
    let hex = |id: &str| id.repeat(8);
    for (event, (span, parent)) in events.iter_mut().zip(ids) {
        event.ids.set(Id::Span, hex(span));
        event
            .ids
            .set(Id::ParentSpan, parent.map(hex).unwrap_or_default());
    }
    let trace = tell("job_1", milestones(&events));
    check_form(&trace);
    assert_eq!(trace.spans[0].parent, ids::hex(&hex("ee")));
    assert_eq!(
        drawn(&trace).lines().collect::<Vec<_>>(),
        [
            "job [api] 0..40 ok +note.a@5 +note.c@50",
            "  job.queue_wait [api] 0..10 attempt=1",
            "  job.attempt [worker] 10..40 ok attempt=1",
            "    call [worker] 20..33 +note.b@21",
            "      call [worker] 20..30 ok",
            "      call [worker] 31..33 failed: call.failed",
            "  handoff [worker] 40..50 from=\"worker\" to=\"other\" outside_parent=true",
        ]
    );
    let named = |id| {
        trace
            .spans
            .iter()
            .find(|span| Some(span.id) == ids::hex(&hex(id)))
    };
    assert_eq!(named("b1").map(|span| &*span.name), Some("job.attempt"));
    assert_eq!(named("b2").map(|span| span.end), Some(events[7].timestamp));
}

#[test]
fn spans_that_name_each_other_lie_in_the_root() {
    let mut events = events(&[
        "0 api job.queued",
        "1 x one.started",
        "2 x two.started",
        "3 x two.completed",
        "4 x one.completed",
    ]);
    for (event, (span, parent)) in
        events
            .iter_mut()
            .skip(1)
            .zip([("d1", "d2"), ("d2", "d1"), ("d2", "d1"), ("d1", "d2")])
    {
        event.ids.set(Id::Span, span.repeat(8));
        event.ids.set(Id::ParentSpan, parent.repeat(8));
    }
    let trace = tell("job_1", milestones(&events));
    check_form(&trace);
    assert!(
        drawn(&trace).contains("\n  two [x] 2..3 ok\n    one [x] 1..4 ok"),
        "{}",
        drawn(&trace)
    );
}
