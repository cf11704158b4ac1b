use serde_json::{Value, json};

use super::*;
use crate::event::{Data, Event, Id};

const HOUR: i64 = 3_600_000;

/// An event of a job, so many milliseconds after the epoch.
fn event(at: i64, event_type: &str, job: &str, data: &Value) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(at),
        service: "worker".to_owned(),
        event_type: event_type.to_owned(),
        data: Data::from_wire(&data.to_string()),
        ..Event::default()
    };
    if !job.is_empty() {
        event.ids.set(Id::Job, job);
    }
    event
}

fn linked(events: &[Event]) -> (Vec<Failure>, u64) {
    let mut linker = Linker::default();
    let mut failures = Vec::new();
    for event in events {
        linker.push(Failure::read(event, true), &mut |failure| {
            failures.push(failure)
        });
    }
    linker.finish(&mut |failure| failures.push(failure));
    let also = failures.iter().map(|failure| failure.also.len());
    let also = u64::try_from(also.sum::<usize>()).expect("a count");
    (failures, also)
}

fn options(since: Option<i64>, now: i64) -> Options {
    Options {
        since: since.map(Millis::clamped),
        until: None,
        now: Millis::clamped(now),
        names: Vec::new(),
    }
}

fn report(events: &[Event], options: Options) -> ErrorsReport {
    let mut witness = Witness::default();
    let mut errors = Errors::new(options);
    events.iter().for_each(|event| witness.see(event));
    let failures = events.iter().filter(|event| Failure::is_told_by(event));
    let failures: Vec<Event> = failures.cloned().collect();
    let (failures, _) = linked(&failures);
    failures
        .into_iter()
        .for_each(|failure| errors.push(failure));
    errors.finish(&witness, usize::MAX)
}

#[test]
fn one_failure_that_many_events_tell_of_counts_once() {
    let message = json!({"error": "CUDA out of memory at 0x7ff"});
    let mut step = event(0, "connector.processing_failed", "j1", &message);
    step.ids.set(Id::Machine, "gpu-3");
    let error = json!({"message": "CUDA out of memory at 0x123", "name": "Oom"});
    let events = [
        step,
        event(2, "error.Oom", "j1", &error),
        event(6, "job.failed", "j1", &json!({})),
    ];
    let (failures, count) = linked(&events);
    assert_eq!((failures.len(), count), (1, 2));
    let failure = &failures[0];
    assert_eq!(failure.event_type, "error.Oom");
    assert_eq!(failure.id(Id::Machine), Some("gpu-3"));
    let also: Vec<_> = failure
        .also
        .iter()
        .map(|also| also.event_type.as_str())
        .collect();
    assert_eq!(also, ["connector.processing_failed", "job.failed"]);
    // Whatever order they come in.
    let turned: Vec<_> = events.iter().rev().cloned().collect();
    let (turned, _) = linked(&turned);
    assert_eq!((turned.len(), &*turned[0].event_type), (1, "error.Oom"));
    assert_eq!(turned[0].id(Id::Machine), Some("gpu-3"));
}

#[test]
fn different_failures_stay_apart() {
    let oom = json!({"message": "CUDA out of memory", "name": "Oom"});
    let said = |text: &str| json!({ "error": text });
    for (what, one, other) in [
        (
            "another job",
            event(0, "error.Oom", "j1", &oom),
            event(1, "job.failed", "j2", &oom),
        ),
        (
            "two errors",
            event(0, "error.Oom", "j1", &oom),
            event(1, "error.Oom2", "j1", &oom),
        ),
        (
            "the same step again",
            event(0, "step.failed", "j1", &said("no answer from it")),
            event(900, "step.failed", "j1", &said("no answer from it")),
        ),
        (
            "another message",
            event(0, "error.Oom", "j1", &oom),
            event(1, "job.failed", "j1", &said("the disk is full")),
        ),
        (
            "later",
            event(0, "error.Oom", "j1", &oom),
            event(link::WITHIN_MS + 1, "job.failed", "j1", &json!({})),
        ),
        (
            "no job and no trace",
            event(0, "error.Oom", "", &oom),
            event(1, "a.failed", "", &oom),
        ),
    ] {
        assert_eq!(linked(&[one, other]).0.len(), 2, "{what}");
    }
}

#[test]
fn tries_of_one_job_keep_their_own_events() {
    let oom = json!({"message": "CUDA out of memory", "name": "Oom"});
    let try_at = |at: i64| {
        [
            event(at, "connector.processing_failed", "j1", &oom),
            event(at + 1, "error.Oom", "j1", &oom),
        ]
    };
    let mut events = [try_at(0), try_at(2_000)].concat();
    events.push(event(2_005, "job.failed", "j1", &oom));
    let (failures, _) = linked(&events);
    let also: Vec<_> = failures.iter().map(|failure| failure.also.len()).collect();
    assert_eq!(also, [1, 2]);
}

#[test]
fn a_flood_within_a_moment_is_bounded() {
    let events: Vec<_> = (0..20_000)
        .map(|n| {
            event(
                5,
                "error.E",
                &format!("j{}", n % 3),
                &json!({"message": "m"}),
            )
        })
        .collect();
    assert_eq!(linked(&events).0.len(), 20_000);
}

#[test]
fn groups_say_how_many_where_and_since_when() {
    let mut events = Vec::new();
    for n in 0..240 {
        events.push(event(
            n * HOUR / 10,
            "job.created",
            &format!("j{n}"),
            &json!({}),
        ));
        if n % 10 == 0 {
            let data = json!({"message": format!("no answer in {n} s")});
            events.push(event(
                n * HOUR / 10 + 1,
                "error.Timeout",
                &format!("j{n}"),
                &data,
            ));
        }
    }
    for n in 0..6 {
        let data = json!({"message": "disk full", "name": "DiskError"});
        let mut event = event(
            23 * HOUR + n * 60_000,
            "error.X",
            &format!("k{}", n / 2),
            &data,
        );
        event.ids.set(Id::User, "u1");
        events.push(event);
    }
    events.sort_by_key(|event| event.timestamp);
    let all = report(&events, options(None, 24 * HOUR));
    assert_eq!((all.failures, all.kinds, all.groups.len()), (30, 2, 2));
    let [disk, timeout] = &all.groups[..] else {
        panic!("{all:?}");
    };
    assert_eq!(disk.fingerprint, "DiskError: disk full");
    assert_eq!(
        (disk.state, disk.count, disk.jobs, disk.users),
        (State::New, 6, 3, 1)
    );
    assert_eq!((timeout.state, timeout.count), (State::Ongoing, 24));
    let rate = timeout.per_hour.expect("a rate");
    assert!((rate - 1.0).abs() < 0.02, "{rate}");
    assert!((timeout.trend.iter().sum::<f64>() - 24.0).abs() < 0.1);
    // The last two hours alone: what is older is known, and not counted.
    let late = report(&events, options(Some(22 * HOUR), 24 * HOUR));
    assert_eq!(late.failures, 8);
    assert_eq!(late.groups[0].state, State::New);
    assert_eq!(
        (late.groups[1].state, late.groups[1].count),
        (State::Ongoing, 2)
    );
    assert_eq!(late.groups[1].known_since, Millis::clamped(1));
    // The newest failures, oldest first.
    assert!(late.recent.is_sorted_by_key(|failure| failure.at));
}

#[test]
fn a_flood_of_kinds_hides_no_other() {
    let mut errors = Errors::new(options(None, HOUR));
    let push = |errors: &mut Errors, at: i64, name: &str, message: &str| {
        let data = json!({"message": message, "name": name});
        errors.push(Failure::read(&event(at, "error.E", "", &data), false));
    };
    let word = |mut number: u32| {
        let mut word = String::new();
        while number > 0 {
            word.push(char::from_digit(10 + number % 26, 36).unwrap_or('x'));
            number /= 26;
        }
        word
    };
    for number in 0..20_000 {
        push(
            &mut errors,
            i64::from(number),
            "Flood",
            &word(1_000 + number),
        );
    }
    push(&mut errors, 30_000, "Rare", "once");
    let report = errors.finish(&Witness::default(), usize::MAX);
    assert_eq!(report.failures, 20_001);
    let total: u64 = report.groups.iter().map(|group| group.count).sum();
    assert_eq!(total, 20_001);
    assert!(report.groups.len() < 1_100, "{}", report.groups.len());
    let lump = report
        .groups
        .iter()
        .find(|group| group.is_lump)
        .expect("a lump");
    assert_eq!(
        (lump.fingerprint.as_str(), lump.count),
        ("Flood: (other messages)", report.lumped)
    );
    assert!(
        report
            .groups
            .iter()
            .any(|group| group.fingerprint == "Rare: once")
    );
    assert!(report.kinds_are_estimated);
}

#[test]
fn a_typed_text_means_a_kind() {
    let failures = |detail: &mut Detail| {
        for (at, name, message) in [
            (0, "Timeout", "no answer in 5 s"),
            (1, "Timeout", "no answer in 7 s"),
            (2, "Timeout", "no route"),
            (3, "Disk", "full"),
        ] {
            let data = json!({"message": message, "name": name});
            detail.push(Failure::read(&event(at, "error.E", "j1", &data), true));
        }
    };
    let find = |typed: &str| {
        let mut detail = Detail::new(typed, options(None, HOUR));
        failures(&mut detail);
        detail.finish(&Witness::default(), true)
    };
    let one = |typed: &str| match find(typed) {
        Meaning::One(report) => *report,
        other => panic!("{typed}: {other:?}"),
    };
    let disk = one("full");
    assert_eq!(disk.count, 1);
    assert_eq!(one(&disk.id).id, disk.id);
    assert_eq!(one(&disk.id[..8].to_uppercase()).id, disk.id);
    assert_eq!(one("timeout: no answer in # s").count, 2);
    let Meaning::Several(candidates, 0) = find("timeout") else {
        panic!("several");
    };
    assert_eq!(candidates[0].1, "Timeout: no answer in # s");
    assert!(matches!(find("nothing like it"), Meaning::Nothing));
    assert!(matches!(find(""), Meaning::Nothing));
    let why = one("no answer").explanation.expect("why");
    assert!(why.is_one_kind);
    assert_eq!(why.one.masks[0].text, "5");
    assert_eq!(why.other.masks[0].text, "7");
}

#[test]
fn what_parts_two_kinds_is_said() {
    let failure = |name: &str, message: &str, frame: &str| {
        let stack = format!("E\n    at {frame} (/a/b.ts:1:2)");
        let data = json!({"message": message, "name": name, "stack": stack});
        Failure::read(&event(0, "error.E", "j1", &data), true)
    };
    let first = failure("A", "one 5", "f");
    for (other, reason) in [
        (failure("A", "one 7", "f"), "both have the name A"),
        (failure("B", "one 5", "f"), "their names differ: A and B"),
        (
            failure("A", "two", "f"),
            "they say different things: one #, and two",
        ),
        (
            failure("A", "one 6", "g"),
            "frame 1 of their stacks differs: f (b.ts) and g (b.ts)",
        ),
    ] {
        let explained = Explanation::of(&first, &other);
        assert_eq!(explained.reasons[0], reason);
        assert_eq!(explained.is_one_kind, reason.starts_with("both"));
    }
}

#[test]
fn patterns_say_where_a_name_gathers() {
    let mut patterns = Patterns::new(options(None, HOUR));
    for n in 0..20_i64 {
        let name = if n % 2 == 0 { "Oom" } else { "Timeout" };
        let data = json!({"message": format!("m {n}"), "name": name});
        let mut event = event(n, "error.E", &format!("j{}", n / 4), &data);
        let machine = match (n % 2, n % 3) {
            (0, _) => "gpu-3".to_owned(),
            (_, third) => format!("gpu-{third}"),
        };
        event.ids.set(Id::Machine, machine);
        patterns.push(&Failure::read(&event, false));
    }
    let report = patterns.finish(&Witness::default());
    let oom = report
        .patterns
        .iter()
        .find(|pattern| pattern.name == "Oom")
        .expect("Oom");
    assert_eq!(
        (oom.count, oom.kinds, oom.jobs, oom.jobs_again),
        (10, 1, 5, 5)
    );
    assert_eq!(oom.gathered.len(), 1);
    assert_eq!(
        (&*oom.gathered[0].of, &*oom.gathered[0].share.value),
        ("machine", "gpu-3")
    );
    let timeout = report
        .patterns
        .iter()
        .find(|pattern| pattern.name == "Timeout");
    assert!(timeout.expect("Timeout").gathered.is_empty());
}

#[test]
fn the_failures_of_a_job_have_their_place() {
    use crate::query::subject::{Found, Subject};
    use crate::query::timeline::{Options, Timeline};
    let oom = json!({"message": "out of memory", "name": "Oom"});
    let events = vec![
        event(0, "job.created", "j1", &json!({})),
        event(10, "job.claimed", "j1", &json!({})),
        event(50, "connector.processing_failed", "j1", &oom),
        event(51, "error.Oom", "j1", &oom),
        event(60, "job.failed", "j1", &oom),
    ];
    let subject = Subject {
        kind: Id::Job,
        id: "j1".to_owned(),
    };
    let options = Options::new(Millis::clamped(HOUR));
    let timeline = Timeline::build(Found::new(subject, events), &options).expect("a timeline");
    let story = tell(&timeline);
    assert_eq!(
        (story.failures.len(), &*story.state, story.events),
        (1, "failed", 5)
    );
    let told = &story.failures[0];
    assert_eq!((told.offset_ms, told.attempt), (50, 1));
    assert_eq!(told.after.as_deref(), Some("job.claimed"));
}
