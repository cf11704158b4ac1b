use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::groups::NONE;
use super::*;
use crate::demo::{Options as Demo, simulate};
use crate::event::Data;

const END: i64 = 1_758_968_400_000;

fn system(seed: u64, jobs: usize) -> Vec<Event> {
    let end = Millis::clamped(END);
    simulate(&Demo { jobs, seed, end }).collect()
}

fn options() -> Options {
    Options {
        by: By::default(),
        since: None,
        until: None,
        before: None,
        histogram: false,
        whole_jobs: true,
        timeline: timeline::Options::new(Millis::clamped(END)),
    }
}

fn overview(events: &[Event], options: Options) -> Overview {
    let mut perf = Perf::new(options);
    events.iter().for_each(|event| perf.push(event));
    perf.overview(None)
}

fn number(event: &Event, key: &str) -> Option<i64> {
    event.data.get(key).and_then(Value::as_i64)
}

/// Makes the connector of each job that it works on from a time on take so many times as long.
fn slow_down(events: &mut [Event], from: Millis, factor: i64) {
    let mut late: HashMap<String, (Millis, i64)> = HashMap::new();
    for event in events.iter() {
        let (Some(job), Some(took)) = (event.id(Id::Job), number(event, "processingTimeMs")) else {
            continue;
        };
        if event.timestamp >= from {
            late.insert(job.to_owned(), (event.timestamp, took * (factor - 1)));
        }
    }
    for event in events {
        let Some((since, by)) = event.id(Id::Job).and_then(|job| late.get(job)) else {
            continue;
        };
        if event.timestamp < *since {
            continue;
        }
        event.timestamp = event.timestamp.plus(*by);
        let mut data = event.data.object().cloned().unwrap_or_default();
        for key in ["processingTimeMs", "completionTimeMs"] {
            if let Some(took) = number(event, key) {
                data.insert(key.to_owned(), json!(took + by));
            }
        }
        event.data = Data::from_wire(&Value::Object(data).to_string());
    }
}

#[test]
fn nothing_is_claimed_of_a_quiet_system() {
    for seed in 0..20 {
        let overview = overview(&system(seed, 2_000), options());
        assert_eq!(overview.findings, [], "seed {seed}");
        assert!(overview.judged > 5, "seed {seed}: {}", overview.judged);
    }
}

#[test]
fn a_step_that_got_slower_is_named_first() {
    for seed in 0..20 {
        let mut events = system(seed, 2_000);
        let first = events[0].timestamp;
        let from = first.plus(Millis::clamped(END).since(first) * 2 / 3);
        slow_down(&mut events, from, 3);
        let by_type = seed % 2 == 0;
        let by = if by_type { By::EventType } else { By::Step };
        let overview = overview(&events, Options { by, ..options() });
        let found = overview.findings.first().expect("a finding");
        assert_eq!(
            (found.kind, found.what.as_str()),
            (Kind::Slower, "worker connector.processing_completed"),
            "seed {seed}: {:?}",
            overview.findings
        );
        assert!((2.0..4.5).contains(&found.factor), "{found:?}");
        let off = found.since.since(from).abs();
        assert!(off < 5 * 60_000, "seed {seed}: {off} ms");
        let row = &overview.groups[0];
        assert!(
            row.group.ends_with("connector.processing_completed")
                && by_type == row.service.is_some()
        );
    }
}

#[test]
fn a_step_that_got_slower_shows_through_the_types_of_jobs() {
    for seed in 0..20 {
        let mut events = system(seed, 500);
        let first = events[0].timestamp;
        let from = first.plus(Millis::clamped(END).since(first) * 3 / 4);
        slow_down(&mut events, from, 3);
        let overview = overview(&events, options());
        let found = overview.findings.first();
        let what = found.map(|found| (found.kind, found.what.as_str()));
        let wanted = (Kind::Slower, "worker connector.processing_completed");
        assert_eq!(what, Some(wanted), "seed {seed}: {:?}", overview.findings);
    }
}

#[test]
fn figures_are_those_of_a_plain_calculation() {
    let events = system(7, 300);
    let overview = overview(&events, options());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut lengths: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for event in &events {
        *counts.entry(&event.event_type).or_default() += 1;
        for key in ["durationMs", "processingTimeMs", "completionTimeMs"] {
            if let Some(value) = event.data.get(key).and_then(Value::as_f64) {
                lengths.entry(&event.event_type).or_default().push(value);
            }
        }
    }
    assert_eq!(overview.groups.len(), counts.len());
    assert_eq!(overview.events, counts.values().sum::<u64>());
    for row in &overview.groups {
        assert_eq!(row.count, counts[&*row.group], "{}", row.group);
        let Some(values) = lengths.get_mut(&*row.group) else {
            continue;
        };
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let rank = |percent: usize| values[(count * percent).div_ceil(100).max(1) - 1];
        let took = row.took.expect("lengths");
        assert_eq!(took.count, count as u64);
        assert_eq!(
            (took.min, took.p50, took.p95, took.p99, took.max),
            (values[0], rank(50), rank(95), rank(99), values[count - 1])
        );
        let mean = values.iter().sum::<f64>() / f64::from(u32::try_from(count).expect("few"));
        assert!((took.mean - mean).abs() < 1e-6 && took.exact && row.paired == 0);
    }
    // These say when they begin and end, and no more.
    let paired = overview.groups.iter();
    let mut paired = paired.filter(|row| row.group == "redis_function.completed");
    let redis = paired.next().expect("a row");
    let mut starts: HashMap<&str, Vec<Millis>> = HashMap::new();
    let mut total = 0;
    for event in &events {
        let Some(job) = event.id(Id::Job) else {
            continue;
        };
        let open = starts.entry(job).or_default();
        match event.event_type.as_str() {
            "redis_function.executing" => open.push(event.timestamp),
            "redis_function.completed" => {
                total += event.timestamp.since(open.pop().expect("a start"));
            }
            _ => {}
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a test")]
    let total = total as f64;
    assert_eq!((redis.paired, redis.total_ms.round()), (redis.count, total));
}

#[test]
fn the_order_of_events_changes_nothing() {
    let mut events = system(3, 400);
    let text = |events: &[Event], by: &str| {
        let by = By::parse(by).expect("known");
        let options = Options { by, ..options() };
        let mut overview = overview(events, options);
        // Sums of floats depend on their order.
        for row in &mut overview.groups {
            row.total_ms = row.total_ms.round();
            if let Some(took) = &mut row.took {
                took.mean = took.mean.round();
            }
        }
        serde_json::to_string(&overview).expect("JSON")
    };
    for by in ["type", "step", "worker", "jobType", "data.connectorType"] {
        let ordered = text(&events, by);
        events.reverse();
        assert_eq!(ordered, text(&events, by), "{by}");
        events.reverse();
    }
}

#[test]
fn groups_by_every_name() {
    let events = system(3, 100);
    let groups = |by_name: &str| {
        let by = By::parse(by_name).expect("known");
        let overview = overview(&events, Options { by, ..options() });
        let rows = overview.groups.iter();
        let sum: u64 = rows.clone().map(|row| row.count).sum();
        let whole = match by_name {
            "jobType" => overview.jobs.seen,
            _ => overview.events,
        };
        assert_eq!(sum, whole);
        rows.map(|row| row.group.clone()).collect::<Vec<_>>()
    };
    let has = |by: &str, name: &str| {
        let groups = groups(by);
        assert!(groups.iter().any(|group| group == name), "{by}: {groups:?}");
    };
    has("service", "worker");
    has("step", "worker connector.processing_completed");
    has("jobType", "image_generation");
    has("data.connectorType", "comfyui");
    has("worker", NONE);
}

#[test]
fn odd_lengths_are_counted_and_nothing_breaks() {
    let event = |data: &str| Event {
        timestamp: Millis::clamped(END),
        event_type: "x.done".to_owned(),
        data: Data::from_wire(data),
        ..Event::default()
    };
    let nothing = overview(&[], options());
    assert_eq!((nothing.events, nothing.groups.len()), (0, 0));
    let one = overview(&[event(r#"{"durationMs":5}"#)], options());
    assert_eq!(one.groups[0].per_minute, None);
    assert_eq!(one.groups[0].took.map(|took| took.p99), Some(5.0));
    let odd = [
        event(r#"{"durationMs":-5}"#),
        event(r#"{"durationMs":"soon"}"#),
        event(r#"{"durationMs":"1.5s"}"#),
        event("not JSON"),
    ];
    let odd = overview(&odd, options());
    let row = &odd.groups[0];
    assert_eq!((odd.odd_durations, row.odd, row.count), (2, 2, 4));
    assert_eq!(
        row.took.map(|took| (took.count, took.max)),
        Some((1, 1_500.0))
    );
}

#[test]
fn the_window_is_what_counts_and_what_was_before_is_compared() {
    let mut events = system(5, 1_000);
    let first = events[0].timestamp;
    let since = first.plus(Millis::clamped(END).since(first) / 2);
    let windowed = || Options {
        since: Some(since),
        before: Some(first),
        ..options()
    };
    let compared = |events: &[Event]| {
        let overview = overview(events, windowed());
        let baseline = Baseline::before(&overview, since.since(first), "before");
        Comparison::of(&overview, &baseline, 0.2)
    };
    let quiet = compared(&events);
    assert_eq!(quiet.slower, 0, "{:?}", quiet.groups.first());
    assert!(quiet.judged > 3);
    let in_window = events.iter().filter(|event| event.timestamp >= since);
    let (in_window, whole) = (in_window.count() as u64, overview(&events, windowed()));
    assert_eq!((whole.events, whole.from), (in_window, Some(since)));
    slow_down(&mut events, since, 2);
    let slower = compared(&events);
    assert_eq!(slower.groups[0].group, "connector.processing_completed");
    assert_eq!(slower.groups[0].verdict, Verdict::Slower);
    // A report that was kept says the same.
    let mut before = events.clone();
    before.retain(|event| event.timestamp < since);
    let kept = serde_json::to_string(&overview(&before, options())).expect("JSON");
    let kept = Baseline::read(&kept, "kept.json").expect("a report");
    let again = Comparison::of(&overview(&events, windowed()), &kept, 0.2);
    assert_eq!(again.groups[0].p50_before, slower.groups[0].p50_before);
    assert_eq!(again.slower, slower.slower);
    assert!(Baseline::read("{}", "").is_none() && Baseline::read("x", "").is_none());
}

#[test]
fn one_job_beside_the_usual() {
    let mut events = system(9, 400);
    let slow = events
        .iter()
        .rev()
        .find(|event| number(event, "processingTimeMs").is_some());
    let slow = slow
        .and_then(|event| event.id(Id::Job))
        .expect("a job")
        .to_owned();
    let mut own: Vec<Event> = events
        .extract_if(.., |event| event.id(Id::Job) == Some(&slow))
        .collect();
    slow_down(&mut own, Millis::MIN, 100);
    events.extend(own);
    let mut jobs = Jobs::default();
    events.iter().for_each(|event| jobs.push(event));
    let options = options().timeline;
    let report = JobReport::of(&slow, &jobs, &options).expect("a report");
    let (step, factor) = report.slowest().expect("a slow step");
    assert_eq!(step.event_type, "connector.processing_completed");
    assert!(factor > 4.0 && report.usual_jobs > 20 && report.slow.is_some());
    assert!(JobReport::of("nobody", &jobs, &options).is_none());

    let slowest = Slowest::of(&jobs, 3, None, &options);
    assert_eq!(
        (slowest.slowest.len(), slowest.jobs),
        (3, jobs.len() as u64)
    );
    let lengths: Vec<_> = slowest.slowest.iter().map(|job| job.took_ms).collect();
    assert!(lengths.is_sorted_by(|a, b| a >= b), "{lengths:?}");
    let found = slowest
        .slowest
        .iter()
        .find(|job| job.job_id == slow)
        .expect("it");
    assert_eq!(
        found.culprits[0].step,
        "worker connector.processing_completed"
    );
}

#[test]
fn jobs_over_time_add_up() {
    let events = system(11, 200);
    let overview = overview(&events, options());
    let flow = overview.flow.expect("jobs");
    let sum = |of: fn(&Point) -> u64| flow.points.iter().map(of).sum::<u64>();
    assert_eq!(sum(|point| point.started), overview.jobs.seen);
    assert_eq!(sum(|point| point.completed), overview.jobs.completed);
    assert_eq!(sum(|point| point.failed), overview.jobs.failed);
    // All the time that jobs ran, counted job by job.
    let mut jobs = Jobs::default();
    events.iter().for_each(|event| jobs.push(event));
    let options = options().timeline;
    let ran: i64 = jobs
        .courses(&options)
        .map(|course| {
            let claimed = course
                .steps
                .iter()
                .find(|step| step.event_type == "job.claimed");
            let begin = claimed.or(course.first()).expect("a step").at;
            course.last().expect("a step").at.since(begin)
        })
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "a test")]
    let mean = ran as f64 / flow.until.since(flow.from) as f64;
    assert!(
        (flow.running - mean).abs() < 0.01,
        "{} {mean}",
        flow.running
    );
    let peak = flow.points.iter().map(|point| point.running_peak).max();
    assert_eq!(peak, Some(flow.running_peak));
    assert!(flow.points.len() <= 41 && flow.wait.is_some());
}

#[test]
fn what_begins_with_its_stream_is_no_news() {
    let event = |minute: i64, stream: &str, event_type: &str| {
        let at = END - 240 * 60_000 + minute * 60_000;
        Event {
            timestamp: Millis::clamped(at),
            service: "worker".to_owned(),
            event_type: event_type.to_owned(),
            origin: Some(crate::event::Origin {
                stream: stream.into(),
                entry: Some(crate::event::EntryId {
                    ms: u64::try_from(at).expect("a time"),
                    seq: 0,
                }),
            }),
            ..Event::default()
        }
    };
    let errors = (0..240).map(|minute| event(minute, "errors", "error.TimeoutError"));
    let mut events: Vec<Event> = errors.collect();
    for minute in 140..240 {
        let beats = (0..9).map(|_| event(minute, "events", "worker.heartbeat"));
        events.extend(beats);
    }
    events.sort_by_key(|event| event.timestamp);
    let told = |carried: bool| {
        let mut perf = Perf::new(options());
        if carried {
            perf = perf.carried_by("events");
        }
        events.iter().for_each(|event| perf.push(event));
        perf.overview(None)
    };
    let more = |overview: &Overview| {
        let mut findings = overview.findings.iter();
        findings.any(|finding| finding.kind == Kind::More)
    };
    assert!(more(&told(false)), "the stream is not known");
    let overview = told(true);
    assert!(!more(&overview), "{:?}", overview.findings);
    assert_eq!(overview.from, overview.events_begin);
    assert_eq!((overview.events, overview.earlier_events), (99 + 900, 141));
}
