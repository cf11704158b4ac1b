use super::*;
use crate::event::{Data, EntryId, Origin};
use crate::query::timeline::{Options, Outcome};

/// An event of job `j1` by worker `w1`, so many milliseconds after the beginning.
fn event(ms: i64, service: &str, event_type: &str) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(ms),
        service: service.to_owned(),
        event_type: event_type.to_owned(),
        ..Event::default()
    };
    event.ids.set(Id::Job, "j1");
    if service == "worker" {
        event.ids.set(Id::Worker, "w1");
    }
    event
}

fn heard(mut event: Event, ms: u64) -> Event {
    event.origin = Some(Origin {
        stream: "s".into(),
        entry: Some(EntryId { ms, seq: 0 }),
    });
    event
}

fn table(events: impl IntoIterator<Item = Event>) -> Jobs {
    let mut jobs = Jobs::default();
    events.into_iter().for_each(|event| jobs.push(&event));
    jobs
}

fn options() -> Options {
    Options::new(Millis::clamped(1_000_000))
}

#[test]
fn a_course_is_read_whatever_the_order() {
    let mut created = event(0, "api-server", "job.created");
    created.data = Data::from_wire(r#"{"jobType":"image"}"#);
    created.ids.set(Id::User, "u1");
    let mut events = vec![
        event(900, "worker", "job.completed"),
        event(100, "worker", "job.claimed"),
        created,
    ];
    events[0].data = Data::from_wire(r#"{"durationMs":800}"#);
    let jobs = table(events);
    let options = options();
    let course = jobs.course("j1", &options).expect("a course");
    let types: Vec<_> = course.steps.iter().map(|step| step.event_type).collect();
    assert_eq!(types, ["job.created", "job.claimed", "job.completed"]);
    assert_eq!((course.job_type, course.user), ("image", "u1"));
    assert_eq!(
        (course.outcome, course.took_ms()),
        (Outcome::Completed, 900)
    );
    assert_eq!(course.holder(Id::Worker), Some("w1"));
    assert_eq!(course.last().and_then(|last| last.took_ms), Some(800.0));
}

#[test]
fn a_clock_that_is_off_is_put_right() {
    let beats = (0..20_u64).map(|n| {
        let mut beat = event(
            40_000 + i64::try_from(n).unwrap_or(0) * 1_000,
            "worker",
            "worker.heartbeat",
        );
        beat.ids.set(Id::Job, "");
        heard(beat, n * 1_000 + 3)
    });
    let claimed = heard(event(41_000, "worker", "job.claimed"), 1_003);
    let created = heard(event(500, "api-server", "job.created"), 502);
    let jobs = table(beats.chain([created, claimed]));
    let options = options();
    let course = jobs.course("j1", &options).expect("a course");
    let claimed = course
        .steps
        .iter()
        .find(|step| step.event_type == "job.claimed");
    let moment = claimed.expect("a step").moment.get();
    assert!((950..1_050).contains(&moment), "{moment}");
    let off = jobs.clocks_off();
    assert_eq!(off.len(), 1);
    assert_eq!((off[0].0, off[0].1), ("worker", "w1"));
}

#[test]
fn the_jobs_that_are_quiet_for_longest_are_left_out() {
    let mut jobs = Jobs::with_limits(Limits {
        steps: 100,
        steps_a_job: 10,
        ..Limits::default()
    });
    for number in 0..1_000 {
        let mut event = event(number, "worker", "job.progress_updated");
        event.ids.set(Id::Job, format!("j{}", number / 5));
        jobs.push(&event);
    }
    let left = jobs.left_out();
    assert!(jobs.len() <= 20, "{}", jobs.len());
    assert_eq!(u64::try_from(jobs.len()).expect("a count") + left.jobs, 200);
    assert!(jobs.course("j199", &options()).is_some());
    for number in 0..20 {
        jobs.push(&event(2_000 + number, "worker", "job.progress_updated"));
    }
    let options = options();
    let course = jobs.course("j1", &options).expect("a course");
    assert_eq!((course.steps.len(), course.left_out), (10, 10));
}

#[test]
fn signs_of_life_come_from_any_event() {
    let mut beat = event(5_000, "worker", "worker.heartbeat");
    beat.ids.set(Id::Job, "");
    let jobs = table([event(0, "worker", "job.claimed"), beat]);
    let sign = jobs.last_sign(Id::Worker, "w1").expect("a sign");
    assert_eq!(
        (sign.at, sign.event_type),
        (Millis::clamped(5_000), "worker.heartbeat")
    );
    assert_eq!(jobs.last_sign(Id::Machine, "w1"), None);
}

#[test]
fn most_events_are_late_or_nothing_is_said() {
    let arrive = |late: u64, of: u64| {
        let after = |number| if number < late { 60_001 } else { 60_000 };
        let events = (0..of).map(|number| heard(event(0, "worker", "job.claimed"), after(number)));
        table(events).mostly_late()
    };
    assert_eq!(arrive(0, 0), None);
    assert_eq!(arrive(5, 10), None);
    assert_eq!(arrive(6, 10), Some((6, 10)));
    // Nobody knows when these arrived.
    assert_eq!(
        table([event(0, "worker", "job.claimed")]).mostly_late(),
        None
    );
}
