use super::around::Around;
use super::case::{Case, job_of_trace};
use super::races::{Kind, Race, races};
use super::{against, beside, facts};
use crate::event::{Data, EntryId, Event, Id, Level, Millis, Origin};
use crate::query::course::Model;
use crate::query::jobs::Jobs;
use crate::query::subject::{Found, Subject};
use crate::query::timeline::{Options, Outcome, Timeline};

/// An event that the server hears two milliseconds later.
fn event(job: &str, at: i64, service: &str, event_type: &str) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(at),
        service: service.to_owned(),
        event_type: event_type.to_owned(),
        origin: Some(Origin {
            stream: "s".into(),
            entry: Some(EntryId {
                ms: u64::try_from(at + 2).expect("a time"),
                seq: 0,
            }),
        }),
        ..Event::default()
    };
    event.ids.set(Id::Job, job);
    event
}

fn on(mut event: Event, worker: &str, machine: &str) -> Event {
    event.ids.set(Id::Worker, worker);
    event.ids.set(Id::Machine, machine);
    event
}

fn says(mut event: Event, data: &str) -> Event {
    event.data = Data::from_wire(data);
    event
}

/// A job that is claimed after 100 ms and ends after a second of work.
fn job(id: &str, start: i64, machine: &str, end: &str) -> Vec<Event> {
    let worker = format!("{machine}-w");
    let done = if end == "job.failed" {
        "connector.processing_failed"
    } else {
        "connector.processing_completed"
    };
    let created = r#"{"jobType":"image","queue":"default"}"#;
    let error = r#"{"error":"CUDA out of memory"}"#;
    let by = |at, event_type: &str| {
        on(
            event(id, start + at, "worker", event_type),
            &worker,
            machine,
        )
    };
    let mut last = says(by(1_110, done), "{}");
    if end == "job.failed" {
        last = says(last, error);
        last.level = Some(Level::Error);
    }
    vec![
        says(event(id, start, "api-server", "job.created"), created),
        by(100, "job.claimed"),
        by(105, "job.processing_started"),
        by(110, "connector.processing_started"),
        last,
        by(1_120, end),
    ]
}

/// A hundred jobs on five machines, ten seconds apart; most of those of `m3` fail.
fn system() -> Vec<Event> {
    let mut events = Vec::new();
    for number in 0..100 {
        let machine = format!("m{}", number % 5);
        let fails = number % 5 == 3 && number % 4 != 0;
        let end = if fails { "job.failed" } else { "job.completed" };
        events.extend(job(&format!("j{number}"), number * 10_000, &machine, end));
    }
    events
}

fn options(now: i64) -> Options {
    Options::new(Millis::clamped(now))
}

fn table(events: &[Event]) -> Jobs {
    let mut jobs = Jobs::default();
    events.iter().for_each(|event| jobs.push(event));
    jobs
}

fn case(id: &str, events: &[Event], now: i64) -> Case {
    let options = options(now);
    let subject = Subject {
        kind: Id::Job,
        id: id.to_owned(),
    };
    let own = events.iter().filter(|event| event.id(Id::Job) == Some(id));
    let found = Found::new(subject, own.cloned().collect());
    let mut timeline = Timeline::build(found, &options).expect("events");
    let mut around = Around::new(&timeline);
    events.iter().for_each(|event| around.push(event));
    around.jobs = table(events);
    timeline.compare(&around.jobs, &options);
    Case::new(timeline, &around, &options)
}

fn found(events: &[Event]) -> Vec<Race> {
    races(&table(events), &|_| true, &options(10_000_000)).races
}

fn kinds(events: &[Event]) -> Vec<Kind> {
    found(events).iter().map(|race| race.kind).collect()
}

#[test]
fn a_verdict_says_where_when_why_and_what_is_in_common() {
    let case = case("j83", &system(), 2_000_000);
    assert_eq!(
        case.verdict.text,
        "failed in worker at connector.processing_failed 1.0 s after the claim: CUDA out of memory; \
         15 of the last 15 failures are on machine m3; the last success of this type took 1.1 s"
    );
    let evidence = &case.verdict.evidence;
    assert_eq!(
        evidence[0],
        "machine m3: 15 of the last 15 failed jobs, but 5 of 82 that completed since the first of \
         them"
    );
    assert!(
        evidence[1].starts_with("the same error in 14 other jobs"),
        "{evidence:?}"
    );
}

#[test]
fn what_chance_explains_is_not_said_to_be_in_common() {
    let mut events = Vec::new();
    for number in 0..100 {
        let machine = format!("m{}", number % 5);
        let end = ["job.completed", "job.failed"][usize::from(number % 7 == 3)];
        events.extend(job(&format!("j{number}"), number * 10_000, &machine, end));
    }
    let case = case("j94", &events, 2_000_000);
    assert_eq!(case.outcome, Some(Outcome::Failed));
    assert!(
        !case.verdict.text.contains("failures"),
        "{}",
        case.verdict.text
    );
}

#[test]
fn the_path_leads_from_the_first_event_to_the_end() {
    let case = case("j83", &system(), 2_000_000);
    let legs: Vec<_> = case
        .path
        .iter()
        .map(|leg| (&*leg.to.event_type, leg.duration_ms, leg.is_slow))
        .collect();
    assert_eq!(
        legs,
        [
            ("job.claimed", 100, false),
            ("job.processing_started", 5, false),
            ("connector.processing_started", 5, false),
            ("connector.processing_failed", 1_000, false),
            ("job.failed", 10, false),
        ]
    );
    let all: f64 = case.path.iter().map(|leg| leg.share).sum();
    assert!((all - 1.0).abs() < 1e-9, "{all}");
    assert_eq!(case.path[0].usual.expect("enough jobs").count, 85);
    assert_eq!(
        (case.handoffs.len(), case.handoffs[0].duration_ms),
        (1, 100)
    );
}

#[test]
fn a_slow_job_and_what_was_slow_in_it() {
    let mut events = system();
    let mut slow = job("slow", 1_500_000, "m1", "job.completed");
    for event in &mut slow[4..] {
        event.timestamp = event.timestamp.plus(30_000);
        event.origin = None;
    }
    events.extend(slow);
    let case = case("slow", &events, 2_000_000);
    assert!(
        case.verdict
            .text
            .ends_with("connector.processing in worker took 31.0 s, usually 1.0 s"),
        "{}",
        case.verdict.text
    );
}

#[test]
fn a_running_job_is_overdue_or_not() {
    let mut events = system();
    events.extend(job("runs", 1_500_000, "m1", "job.completed").drain(..3));
    let text = |now| case("runs", &events, now).verdict.text;
    let late = text(1_600_000);
    assert!(
        late.contains("overdue by 1m 39s: expected worker connector.processing_started within"),
        "{late}"
    );
    let soon = text(1_500_110);
    assert!(soon.contains("not overdue yet"), "{soon}");
}

#[test]
fn neighbours_are_told_by_relation() {
    let mut events = system();
    let mut warning = on(event("", 829_000, "machine", "gpu.hot"), "", "m3");
    warning.level = Some(Level::Warn);
    events.push(says(warning, r#"{"message":"92 C"}"#));
    // A warning need not say anything to be one.
    let mut mute = on(event("", 828_000, "machine", "fan.slow"), "", "m3");
    mute.level = Some(Level::Warn);
    events.push(mute);
    let case = case("j83", &events, 2_000_000);
    let mute = case.before.iter().find(|one| one.event_type == "fan.slow");
    assert!(mute.is_some_and(|one| one.loud && one.message.is_none()));
    let by = |by: &str| case.relations.iter().find(|one| one.by == by);
    assert_eq!(by("error").map(|one| one.jobs), Some(14));
    assert!(by("machine").is_some_and(|one| one.id == "m3" && one.jobs > 10));
    assert!(by("user").is_none());
    let hot = case.before.iter().find(|one| one.event_type == "gpu.hot");
    assert_eq!(hot.and_then(|one| one.message.as_deref()), Some("92 C"));
}

#[test]
fn a_trace_leads_to_the_job_that_failed() {
    let mut events = job("good", 0, "m1", "job.completed");
    events.extend(job("bad", 5_000, "m1", "job.failed"));
    let (job, others) = job_of_trace(&events, &options(9_000)).expect("a job");
    assert_eq!((&*job, others), ("bad", vec!["good".to_owned()]));
    assert_eq!(job_of_trace(&[], &options(9_000)), None);
}

#[test]
fn two_claims_in_one_try_are_a_race() {
    let mut events = job("j", 10_000, "m1", "job.completed");
    events.push(on(
        event("j", 10_109, "worker", "job.claimed"),
        "m2-w",
        "m2",
    ));
    assert_eq!(kinds(&events), [Kind::ClaimedTwice]);
    // A worker that let go before, and one that was never heard of again, are none.
    let mut retried = job("j", 10_000, "m1", "job.failed");
    retried.pop();
    retried.push(on(event("j", 11_200, "worker", "job.retry"), "m1-w", "m1"));
    retried.push(event("j", 16_000, "api-server", "job.queued"));
    retried.push(on(
        event("j", 16_100, "worker", "job.claimed"),
        "m2-w",
        "m2",
    ));
    assert_eq!(kinds(&retried), []);
    let mut died: Vec<Event> = job("j", 10_000, "m1", "job.completed").drain(..3).collect();
    died.push(on(
        event("j", 90_000, "worker", "job.claimed"),
        "m2-w",
        "m2",
    ));
    assert_eq!(kinds(&died), []);
    died.push(on(
        event("j", 95_000, "worker", "job.progress_updated"),
        "m1-w",
        "m1",
    ));
    assert_eq!(kinds(&died), [Kind::ClaimedTwice]);
}

#[test]
fn an_end_before_the_start_is_a_race_only_by_both_clocks() {
    let mut events = job("j", 10_000, "m1", "job.completed");
    let mut early = event("j", 10_103, "api-server", "job.completed");
    events.push(early.clone());
    assert_eq!(kinds(&events), [Kind::CompletedBeforeStart]);
    // The server heard it last: the clock of the API server may be behind.
    early.origin = event("j", 12_000, "api-server", "x").origin;
    *events.last_mut().expect("one") = early;
    assert_eq!(kinds(&events), []);
    // Queued anew, it may start again.
    let mut again = job("j", 10_000, "m1", "job.completed");
    again.extend(job("j", 20_000, "m1", "job.completed"));
    assert_eq!(kinds(&again), []);
}

#[test]
fn what_follows_the_end_counts_as_work_only() {
    let mut events = job("j", 10_000, "m1", "job.completed");
    events.push(event("j", 12_000, "webhook-service", "webhook.sending"));
    assert_eq!(kinds(&events), []);
    let late = event("j", 13_000, "worker", "connector.progress_updated");
    events.push(on(late, "m1-w", "m1"));
    assert_eq!(kinds(&events), [Kind::AfterEnd]);
    events.push(event("j", 14_000, "monitor", "job.timeout"));
    assert!(kinds(&events).contains(&Kind::EndedTwice));
}

#[test]
fn a_clock_that_is_off_is_no_race() {
    let mut events = system();
    for event in &mut events {
        if event.id(Id::Machine) == Some("m2") {
            event.timestamp = event.timestamp.plus(-40_000);
        }
    }
    let found = races(&table(&events), &|_| true, &options(10_000_000));
    assert_eq!(found.races, []);
    assert_eq!((&*found.clocks[0].host, found.explained), ("m2", 20));
}

#[test]
fn failed_jobs_are_compared_with_those_that_completed() {
    let events = system();
    let mut known = facts::Facts::default();
    events.iter().for_each(|event| known.push(event));
    let (jobs, options) = (table(&events), options(2_000_000));
    let group = against::Group::Failed;
    let found = against::compare(&jobs, &known, &group, &|_| true, &options);
    let first = &found.found.findings[0];
    assert_eq!((&*first.field, &*first.value), ("machine", "m3"));
    assert_eq!((first.group, first.of, first.group_elsewhere), (15, 20, 0));
    assert!(first.with_it.iter().any(|one| one.field == "worker"));
    let some = against::compare(&jobs, &known, &group, &|id| id == "j83", &options);
    assert!(!some.found.enough && some.found.findings.is_empty());
    let slow = against::Group::Slow(None);
    let slow = against::compare(&jobs, &known, &slow, &|_| true, &options);
    assert_eq!(slow.found.group, 0);
}

#[test]
fn two_jobs_are_aligned() {
    let events = system();
    let (jobs, options) = (table(&events), options(2_000_000));
    let course = |id: &str| jobs.course(id, &options).expect("a job");
    let (good, bad) = (course("j80"), course("j83"));
    let two = beside::two(&bad, &good, &facts::Facts::default());
    assert!(
        two.verdict.contains(
            "they part after connector.processing_started: the first goes on with \
             connector.processing_failed of worker, the other with connector.processing_completed \
             of worker"
        ),
        "{}",
        two.verdict
    );
    let both = two.steps.iter().filter(|row| row.difference_ms == Some(0));
    assert_eq!((both.count(), two.steps.len()), (4, 8));
    assert_eq!(two.differences[0].field, "machine");
    let usual = beside::usual(&good, &Model::of(&jobs, &options)).expect("enough jobs");
    assert!(
        usual.steps.iter().all(|row| row.difference_ms == Some(0)),
        "{usual:#?}"
    );
    assert!(beside::usual(&good, &Model::default()).is_none());
}

#[test]
fn what_many_jobs_have_after_their_end_is_no_difference() {
    let mut events = Vec::new();
    for number in 0..30 {
        let (id, start) = (format!("j{number}"), i64::from(number) * 10_000);
        events.extend(job(&id, start, "m1", "job.completed"));
        if number % 10 < 6 {
            let end = events.last().expect("events").timestamp.get();
            events.push(event(&id, end + 30, "webhook", "webhook.sending"));
        }
    }
    let (jobs, options) = (table(&events), options(2_000_000));
    let model = Model::of(&jobs, &options);
    for id in ["j3", "j7"] {
        let course = jobs.course(id, &options).expect("a job");
        let usual = beside::usual(&course, &model).expect("enough jobs");
        assert_eq!(usual.steps.len(), course.steps.len(), "{usual:#?}");
        let is_same = |row: &beside::Row| row.difference_ms == Some(0);
        assert!(usual.steps.iter().all(is_same), "{id}: {usual:#?}");
    }
}
