use super::*;
use crate::event::{Data, EntryId, Event, Id, Millis, Origin};
use crate::query::jobs::Jobs;
use crate::query::timeline::Options;

fn event(job: &str, at: i64, service: &str, event_type: &str) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(at),
        service: service.to_owned(),
        event_type: event_type.to_owned(),
        ..Event::default()
    };
    event.ids.set(Id::Job, job);
    if service == "worker" {
        event.ids.set(Id::Worker, "w1");
    }
    event
}

const HOUR: i64 = 3_600_000;

/// A job that began so long after 1970 and did so many of its five steps.
fn job(number: i64, steps: usize) -> Vec<Event> {
    let (name, at) = (format!("j{number}"), number * 10_000);
    let jitter = number % 7;
    let all = [
        (0, "api-server", "job.created"),
        (100 + jitter, "worker", "job.claimed"),
        (150 + jitter, "worker", "job.processing_started"),
        (900 + 10 * jitter, "worker", "job.progress_updated"),
        (1_600 + 10 * jitter, "worker", "job.progress_updated"),
        (2_000 + 20 * jitter, "worker", "job.completed"),
    ];
    let events = all.into_iter().take(steps);
    events
        .map(|(after, service, event_type)| event(&name, at + after, service, event_type))
        .collect()
}

fn table(events: impl IntoIterator<Item = Event>) -> Jobs {
    let mut jobs = Jobs::default();
    events.into_iter().for_each(|event| jobs.push(&event));
    jobs
}

fn options(now: i64) -> Options {
    Options::new(Millis::clamped(now))
}

#[test]
fn the_usual_course_is_learned() {
    let jobs = table((0..100).flat_map(|number| job(number, 6)));
    let report = Model::of(&jobs, &options(HOUR)).report();
    let usual = &report[0];
    assert_eq!((usual.jobs, usual.steps.len()), (100, 5));
    let types: Vec<_> = usual
        .steps
        .iter()
        .map(|step| &*step.key.event_type)
        .collect();
    assert_eq!(
        types,
        [
            "job.created",
            "job.claimed",
            "job.processing_started",
            "job.progress_updated",
            "job.completed"
        ]
    );
    let progress = &usual.steps[3];
    assert!((progress.times - 2.0).abs() < 1e-9 && (progress.share - 1.0).abs() < 1e-9);
    let claimed = &usual.steps[0].next[0];
    let delay = claimed.delay.expect("figures");
    assert_eq!(
        (claimed.count, &*claimed.key.event_type),
        (100, "job.claimed")
    );
    assert!((delay.p50 - 103.0).abs() < 1e-9 && (delay.max - 106.0).abs() < 1e-9);
}

#[test]
fn what_should_have_followed_is_told() {
    let stopped = 100 * 10_000;
    let jobs = table(
        (0..100)
            .flat_map(|number| job(number, 6))
            .chain(job(100, 2)),
    );
    let late = options(stopped + HOUR);
    let (model, running) = Model::survey(&jobs, &late);
    let found = stuck(&jobs, &running, &model, &late);
    assert_eq!(found.len(), 1);
    let found = &found[0];
    assert_eq!((found.job_id, found.basis), ("j100", Basis::Usual));
    let expected = found.expected.as_ref().expect("a step");
    assert_eq!(&*expected.key.event_type, "job.processing_started");
    assert!((expected.within_ms - 50.0).abs() < 1e-9 && expected.seen == 100);
    assert_eq!(found.worker.as_ref().map(|worker| worker.id), Some("w1"));
    // A moment after its last word nothing is late.
    let soon = options(stopped + 400);
    assert!(stuck(&jobs, &running, &model, &soon).is_empty());
}

#[test]
fn a_step_that_runs_out_of_its_time_is_not_stuck() {
    // Seven of a hundred wait 30 s for an answer, and fail.
    let timed_out = |number: i64| {
        let mut events = job(number, 3);
        let mut end = events[2].clone();
        end.event_type = "job.failed".into();
        end.timestamp = end.timestamp.plus(30_000);
        events.push(end);
        events
    };
    let good = (0..200).flat_map(|number| job(number, 6));
    let waits = job(999, 3);
    let since = waits[2].timestamp;
    let found = |failed: i64, after_ms: i64| {
        let failed = (300..300 + failed).flat_map(timed_out);
        let jobs = table(good.clone().chain(failed).chain(waits.clone()));
        let options = options(since.get() + after_ms);
        let (model, running) = Model::survey(&jobs, &options);
        stuck(&jobs, &running, &model, &options).len()
    };
    assert_eq!(found(14, 29_000), 0);
    assert_eq!(found(0, 29_000), 1);
    assert_eq!(found(14, 300_000), 1);
}

#[test]
fn without_a_model_a_plain_limit_counts() {
    let jobs = table((0..5).flat_map(|number| job(number, 6)).chain(job(5, 2)));
    let at = |ms| {
        let options = options(50_000 + ms);
        let (model, running) = Model::survey(&jobs, &options);
        let basis: Vec<_> = stuck(&jobs, &running, &model, &options)
            .iter()
            .map(|one| one.basis)
            .collect();
        basis
    };
    assert_eq!(at(THRESHOLD), [Basis::Threshold]);
    assert_eq!(at(THRESHOLD / 2), []);
}

const THRESHOLD: i64 = stuck::THRESHOLD_MS + 200;

#[test]
fn an_unusual_silence_is_told_from_a_long_one() {
    let slow = |number: i64| {
        let mut events = job(number, 6);
        for event in &mut events[3..] {
            event.timestamp = event.timestamp.plus(10_000);
        }
        events
    };
    let jobs = table((0..200).flat_map(|number| job(number, 6)).chain(slow(200)));
    let options = options(HOUR);
    let model = Model::of(&jobs, &options);
    let usual = model.usual("").expect("a model");
    let course = jobs.course("j200", &options).expect("a course");
    let delays = usual.delays(&course);
    assert_eq!(delays.len(), 1);
    assert_eq!((delays[0].after, delays[0].before), (2, 3));
    let plain = jobs.course("j7", &options).expect("a course");
    assert_eq!(usual.delays(&plain), []);
}

#[test]
fn a_step_that_did_not_happen_is_missed() {
    let mut lacking = job(100, 6);
    lacking.remove(2);
    let jobs = table((0..100).flat_map(|number| job(number, 6)).chain(lacking));
    let options = options(HOUR);
    let model = Model::of(&jobs, &options);
    let usual = model.usual("").expect("a model");
    let course = jobs.course("j100", &options).expect("a course");
    let missing = usual.missing(&course);
    assert_eq!(missing.len(), 1);
    assert_eq!(&*missing[0].key.event_type, "job.processing_started");
    assert_eq!((missing[0].jobs, missing[0].of), (100, 101));
}

#[test]
fn jobs_without_their_beginning_teach_nothing() {
    let begun = (0..30).flat_map(|number| job(number, 6));
    let halves = (30..34).flat_map(|number| job(number, 6).split_off(2));
    let mut jobs = table(begun.chain(halves));
    jobs.cut();
    let report = Model::of(&jobs, &options(HOUR)).report();
    assert_eq!(report[0].jobs, 30);
    assert!((report[0].steps[0].share - 1.0).abs() < 1e-9);
}

/// A job of one of two types.
fn typed(number: i64) -> Vec<Event> {
    let mut events = job(number, 6);
    let job_type = ["image", "a \"b\""][usize::from(number % 3 == 0)];
    let data = serde_json::json!({"jobType": job_type}).to_string();
    events[0].data = Data::from_wire(&data);
    events
}

#[test]
fn one_type_is_learned_as_beside_all_others() {
    let fails = |number: i64| {
        let mut events = typed(number);
        if number % 10 == 1 {
            events[5].event_type = "job.failed".to_owned();
        }
        events
    };
    let (jobs, options) = (table((0..90).flat_map(fails)), options(HOUR));
    let all = Model::of(&jobs, &options);
    assert_eq!(all.report().len(), 2);
    for report in all.report() {
        let one = Model::of_type(&jobs, &report.job_type, &options);
        let text = |reports: &[UsualReport]| serde_json::to_string(reports).expect("JSON");
        assert_eq!(text(&one.report()), text(&[report]));
    }
    assert_eq!(Model::of_type(&jobs, "", &options).report().len(), 0);
}

#[test]
fn many_jobs_teach_in_two_halves_what_they_teach_one_by_one() {
    let later = |number: i64| {
        let mut events = typed(number);
        if number > 1_800 {
            events[3].event_type = "job.checked_again".to_owned();
        }
        events
    };
    let (jobs, options) = (table((0..2_500).flat_map(later)), options(HOUR));
    let (mut one_by_one, mut known) = (Model::default(), Known::default());
    jobs.courses(&options)
        .for_each(|course| one_by_one.learn(&course, &mut known));
    let halves = Model::of(&jobs, &options);
    let text = |model: &Model| serde_json::to_string(&model.report()).expect("JSON");
    assert_eq!(text(&halves), text(&one_by_one));
    assert!(text(&halves).contains("checked_again"));
}

#[test]
fn one_picture_holds_every_type_and_step() {
    let jobs = table((0..90).flat_map(typed));
    let types = Model::of(&jobs, &options(HOUR)).report();
    let (mermaid, dot) = (mermaid(&types), dot(&types));
    assert_eq!(types.len(), 2);
    for step in &types[0].steps {
        assert_eq!(
            mermaid.matches(&step.key.event_type).count(),
            2,
            "{mermaid}"
        );
        assert_eq!(dot.matches(&step.key.event_type).count(), 2, "{dot}");
    }
    for (text, part, times) in [
        (&mermaid, "flowchart TD\n", 1),
        (&mermaid, "\n    subgraph t", 2),
        (&mermaid, "\n    end\n", 2),
        (&mermaid, "subgraph t0[\"image, 60 completed jobs\"]\n", 1),
        (&mermaid, "t1s0 -->|\"100%, 103 ms\"| t1s1", 1),
        (&dot, "digraph course {\n", 1),
        (&dot, "\n    subgraph cluster_", 2),
        (&dot, "label=\"a \\\"b\\\", 30 completed jobs\";", 1),
        (&dot, "t0s0 -> t0s1 [label=\"100%, 103 ms\"];", 1),
    ] {
        assert_eq!(text.matches(part).count(), times, "{part} in {text}");
    }
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
}

/// Jobs of which every tenth runs on a machine 40 s ahead, six of ten say something after their end,
/// and every twentieth was tried twice.
fn mixed() -> Vec<Event> {
    let mut events = Vec::new();
    for number in 0..200 {
        let mut own = job(number, 6);
        let end = own[5].timestamp;
        if number % 20 == 5 {
            let first = own[0].timestamp;
            let lost = [(20, "job.claimed"), (30, "job.failed")];
            let lost = lost.map(|(after, what)| {
                event(&format!("j{number}"), first.get() + after, "worker", what)
            });
            own.extend(lost);
            let again = event(
                &format!("j{number}"),
                first.get() + 40,
                "api-server",
                "job.queued",
            );
            own.push(again);
        }
        if number % 10 < 6 {
            let at = end.get() + 25;
            own.push(event(
                &format!("j{number}"),
                at,
                "webhook",
                "webhook.sending",
            ));
        }
        own.sort_by_key(|event| event.timestamp);
        for event in &mut own {
            heard(event);
            if number % 10 == 2 && event.service == "worker" {
                event.ids.set(Id::Worker, "ahead");
                event.timestamp = event.timestamp.plus(40_000);
            }
        }
        events.extend(own);
    }
    events
}

/// Notes that the server heard of it at once.
fn heard(event: &mut Event) {
    let ms = u64::try_from(event.timestamp.get()).expect("after 1970");
    event.origin = Some(Origin {
        stream: "s".into(),
        entry: Some(EntryId { ms, seq: 0 }),
    });
}

#[test]
fn what_comes_after_the_end_and_before_the_last_try_is_part_of_the_course() {
    let report = Model::of(&table(mixed()), &options(HOUR)).report();
    let usual = &report[0];
    let find = |event_type: &str| {
        let step = usual.steps.iter();
        step.clone()
            .find(|step| step.key.event_type == event_type)
            .expect("a step")
    };
    assert_eq!((usual.jobs, find("webhook.sending").jobs), (200, 120));
    assert_eq!(
        (find("job.created").jobs, find("job.queued").jobs),
        (200, 10)
    );
    let last = usual.steps.last().expect("a step");
    assert_eq!(last.key.event_type, "webhook.sending");
    let then = &find("job.completed").next[0];
    assert_eq!(
        (&*then.key.event_type, then.count),
        ("webhook.sending", 120)
    );
    assert!((then.share - 0.6).abs() < 1e-9, "{then:?}");
    assert!(
        (then.delay.expect("figures").p50 - 25.0).abs() < 1e-9,
        "{then:?}"
    );
}
