//! `EventClient`, as a service uses it: with Redis up, away, and hanging, and killed on the way.

mod killed;
mod limits;
mod load;
mod outage;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use emp_cli::EventClient;
use emp_cli::config::{Inputs, Settings};
use emp_cli::event::{Event, Id};
use emp_cli::store::redis::{RedisSource, Target, Timeouts};
use emp_cli::store::{Journal, JournalSource, Reader, Scan, Source};
use serde_json::json;

use crate::support::{TestRedis, wait_for};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings of a service: this Redis, this journal, and what else is said.
fn settings(url: &str, journal: &Path, more: &[(&'static str, &str)]) -> Settings {
    let flag = |name: &'static str, value: &str| (name, "test", value.to_owned());
    let mut flags = vec![
        flag("redis.url", url),
        flag("journal.path", &journal.display().to_string()),
        flag("streams.events_max_len", "1000000"),
    ];
    flags.extend(more.iter().map(|(name, value)| flag(name, value)));
    Settings::load(&Inputs {
        env: &|_| None,
        folder: Path::new("/"),
        file: None,
        flags: &flags,
    })
    .expect("settings")
}

fn read(source: Box<dyn Source>) -> Vec<Event> {
    let streams = ["emp:events".to_owned(), "emp:errors".to_owned()];
    let mut events = Vec::new();
    let scan = Scan {
        streams: &streams,
        ..Scan::default()
    };
    let mut reader = Reader::new(vec![source]);
    let read = reader.each::<emp_cli::Error>(&scan, &mut |event| {
        events.push(std::mem::take(event));
        Ok(())
    });
    let answer = read.expect("readable");
    assert!(answer.incomplete.is_none());
    events
}

/// What a server holds, stream after stream, without repeats of an event.
fn in_redis(redis: &TestRedis) -> Vec<Event> {
    let target = Target::parse(&redis.url(), None).expect("an address");
    read(Box::new(RedisSource::new(target, Timeouts::default())))
}

fn in_journal(path: &Path) -> Vec<Event> {
    read(Box::new(JournalSource::new(path)))
}

/// The numbers that [`emit`] gave, in the order of the stream.
fn numbers(events: &[Event]) -> Vec<u64> {
    let numbers = events.iter().filter_map(|event| event.data.get("n"));
    numbers.filter_map(serde_json::Value::as_u64).collect()
}

/// Whether these events, and no others with a number, are there, in order and once.
#[track_caller]
fn assert_numbers(events: &[Event], expected: std::ops::Range<u64>) {
    let found = numbers(events);
    let wrong = found.iter().zip(expected.clone()).find(|(a, b)| *a != b);
    assert_eq!(wrong, None, "{} of {expected:?}", found.len());
    assert_eq!(found.len() as u64, expected.end - expected.start);
}

/// Waits until everything that was emitted is in Redis: on a busy machine some of it goes there
/// from the journal.
fn delivered(client: &EventClient, journal: &Path) {
    assert!(client.flush(PATIENCE));
    wait_for("the journal to be empty", || {
        (!Journal::has_backlog(journal)).then_some(())
    });
}

fn emit(client: &EventClient, range: std::ops::Range<u64>) {
    for n in range {
        client.job_event("job_1", "job.progress_updated", json!({ "n": n }));
    }
}

#[test]
fn events_arrive_in_order_with_all_they_need() {
    let redis = TestRedis::start();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &[]));
    emit(&client, 0..2000);
    let traced = client.with_trace("00-8d12404289e478577467c87b7b93f785-00f067aa0ba902b7-01");
    traced.with_worker("w1").event("worker.ready", json!(7));
    traced.with_trace("nonsense").event("job.odd", json!(null));
    client.job_error(
        "job_1",
        &std::io::Error::other("disk full"),
        json!({ "step": "upload" }),
    );
    client.event("no type", json!({}));
    client.event("job.huge", json!({ "blob": "x".repeat(1 << 20) }));
    delivered(&client, &journal);

    let events = in_redis(&redis);
    assert_numbers(&events, 0..2000);
    let ids: HashSet<_> = events.iter().map(|event| event.event_id.clone()).collect();
    assert_eq!(ids.len(), events.len());
    let of_type = |name: &str| {
        let mut found = events.iter().filter(|event| event.event_type == name);
        found.next().unwrap_or_else(|| panic!("no {name}"))
    };
    let ready = of_type("worker.ready");
    assert_eq!(ready.service, "worker");
    assert_eq!(
        ready.id(Id::Trace),
        Some("8d12404289e478577467c87b7b93f785")
    );
    assert_eq!(ready.id(Id::ParentSpan), Some("00f067aa0ba902b7"));
    assert_eq!(ready.id(Id::Worker), Some("w1"));
    assert_eq!(ready.data.get("value"), Some(&json!(7)));
    let odd = of_type("job.odd");
    assert_ne!(odd.id(Id::Trace), ready.id(Id::Trace));
    assert_eq!(odd.id(Id::ParentSpan), None, "a fresh trace has no parent");
    let warned = of_type("emp.traceparent_invalid");
    assert_eq!(warned.id(Id::Trace), odd.id(Id::Trace));
    let error = of_type("error.IoError");
    assert_eq!(error.stream(), Some("emp:errors"));
    assert_eq!(error.id(Id::Job), Some("job_1"));
    assert_eq!(error.data.text("message"), Some("disk full"));
    assert_eq!(error.data.text("step"), Some("upload"));
    let refused: Vec<_> = events
        .iter()
        .filter(|event| event.event_type == "error.EventRefused")
        .filter_map(|event| event.data.text("refusedType"))
        .collect();
    assert_eq!(refused, ["no type", "job.huge"]);

    let stats = client.stats();
    let all = u64::try_from(events.len()).expect("few");
    assert_eq!((stats.sent + stats.kept, stats.refused), (all, 2));
    assert_eq!((stats.lost, stats.dropped, stats.sampled), (0, 0, 0));
}

#[test]
fn levels_sampling_and_the_off_switch_are_settings() {
    let redis = TestRedis::start();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let more = [("emit.level", "warn"), ("emit.sample", "job.*=0.25")];
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &more));
    client.event("worker.ready", json!({}));
    for number in 0..400 {
        let trace = format!("00-{number:032x}-00f067aa0ba902b7-01").replace("-0000", "-ab00");
        let scoped = client.with_trace(&trace);
        scoped.event_at(
            emp_cli::event::Level::Warn,
            "job.slow",
            json!({ "n": number }),
        );
        scoped.event_at(emp_cli::event::Level::Warn, "job.late", json!({}));
    }
    client.error(&std::io::Error::other("always"), json!({}));
    delivered(&client, &journal);
    let events = in_redis(&redis);
    let traces = |name: &str| -> Vec<_> {
        let of_type = events.iter().filter(|event| event.event_type == name);
        of_type
            .map(|event| event.id(Id::Trace).expect("a trace").to_owned())
            .collect()
    };
    let slow = traces("job.slow");
    assert_eq!(
        slow,
        traces("job.late"),
        "a trace is kept whole or not at all"
    );
    assert!((50..150).contains(&slow.len()), "{}", slow.len());
    assert!(traces("worker.ready").is_empty());
    assert_eq!(traces("error.IoError").len(), 1);
    let rate = ("sampleRate".to_owned(), "0.25".to_owned());
    let sampled = events.iter().filter(|event| event.extra.contains(&rate));
    assert_eq!(sampled.count(), 2 * slow.len());
    assert_eq!(client.stats().sampled, 801 - 2 * slow.len() as u64);

    let off = EventClient::disabled();
    off.event("job.x", json!({}));
    assert!(off.flush(Duration::ZERO));
}

#[test]
fn it_works_inside_a_runtime_and_from_many_threads() {
    let redis = TestRedis::start();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &[]));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let tasks: Vec<_> = (0..8u64)
            .map(|task| {
                let client = client.with_worker(&format!("w{task}"));
                tokio::spawn(async move {
                    for n in 0..200 {
                        client.event("worker.step", json!({ "n": n }));
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    drop(runtime);
    delivered(&client, &journal);
    let events = in_redis(&redis);
    for task in 0..8 {
        let own: Vec<Event> = events
            .iter()
            .filter(|event| event.id(Id::Worker) == Some(&format!("w{task}")))
            .cloned()
            .collect();
        assert_numbers(&own, 0..200);
    }
}

#[test]
fn large_payloads_travel_packed_and_are_read_by_every_command() {
    let redis = TestRedis::start();
    let sandbox = crate::support::Sandbox::with(&redis);
    let settings = settings(&redis.url(), &sandbox.journal(), &[]);
    let client = EventClient::with_settings("worker", &settings);
    let log = "step done, needle in it\n".repeat(2000);
    client.job_event("job_1", "job.logged", json!({ "log": log }));
    delivered(&client, &sandbox.journal());
    let bytes: Option<u64> = redis.run(&["MEMORY", "USAGE", "emp:events", "SAMPLES", "0"]);
    assert!(bytes.is_some_and(|bytes| bytes < 10_000), "{bytes:?}");
    for query in ["needle", "data.log:*needle*", "type:job.logged job:job_1"] {
        let line = sandbox.stdout(&["search", "-o", "jsonl", query]);
        let event: serde_json::Value = serde_json::from_str(&line).expect(query);
        assert_eq!(event["data"]["log"], json!(log), "{query}");
        assert_eq!(event.get("dataEncoding"), None);
    }
    assert!(
        sandbox
            .stdout(&["timeline", "job_1"])
            .contains("job.logged")
    );
    // What a search prints can be emitted again, and is packed again.
    let line = sandbox.stdout(&["search", "-o", "jsonl", "needle"]);
    redis.run::<()>(&["DEL", "emp:events"]);
    let mut again = sandbox.emp(&["emit", "--stdin"]);
    again.write_stdin(line).assert().success();
    let found = sandbox.stdout(&["search", "-o", "jsonl", "needle"]);
    assert!(found.contains("step done"), "{found}");
}
