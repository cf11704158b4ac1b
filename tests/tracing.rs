//! The macros of `tracing` become events.
#![cfg(test)]

use std::path::Path;
use std::time::Duration;

use emp_cli::EventClient;
use emp_cli::config::{Inputs, Settings};
use emp_cli::emit::TracingLayer;
use emp_cli::event::{Event, Id, Level};
use emp_cli::store::Journal;
use serde_json::json;
use tracing::{debug, error, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt;

/// What a program emits, as it lies in the journal: there is no Redis here.
fn emitted(program: impl FnOnce(&EventClient)) -> Vec<Event> {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let flag = |name: &'static str, value: String| (name, "test", value);
    let settings = Settings::load(&Inputs {
        env: &|_| None,
        folder: Path::new("/"),
        file: None,
        flags: &[
            flag("redis.url", "redis://127.0.0.1:1".to_owned()),
            flag("journal.path", journal.display().to_string()),
        ],
    });
    let client = EventClient::with_settings("worker", &settings.expect("settings"));
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new(client.clone()));
    tracing::subscriber::with_default(subscriber, || program(&client));
    assert!(client.flush(Duration::from_secs(20)));
    let journal = Journal::open_existing(&journal).expect("readable");
    let events = journal.map_or_else(Vec::new, |journal| journal.oldest(1000).expect("readable"));
    events.into_iter().map(|(_, event)| event).collect()
}

#[test]
fn fields_ids_and_places_are_kept() {
    let events = emitted(|_| {
        let request = info_span!("request", trace_id = "8d12404289e478577467c87b7b93f785");
        let _request = request.enter();
        let job = info_span!("job", jobId = "job_1", worker_id = tracing::field::Empty);
        job.record("worker_id", "w1");
        let _job = job.enter();
        info!(
            event = "job.claimed",
            claim_ms = 12u64,
            share = 0.5,
            hot = true,
            "claimed {}",
            1
        );
        warn!(job_id = 7, user_id = "u1", odd = f64::NAN, "slow");
        debug!(target: "connector", "tried");
    });
    let [claimed, slow, tried] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(claimed.event_type, "job.claimed");
    assert_eq!(claimed.level(), Level::Info);
    assert_eq!(
        claimed.id(Id::Trace),
        Some("8d12404289e478577467c87b7b93f785")
    );
    assert_eq!(claimed.id(Id::Job), Some("job_1"));
    assert_eq!(claimed.id(Id::Worker), Some("w1"));
    assert_eq!(claimed.data.text("message"), Some("claimed 1"));
    assert_eq!(claimed.data.get("claim_ms"), Some(&json!(12)));
    assert_eq!(claimed.data.get("share"), Some(&json!(0.5)));
    assert_eq!(claimed.data.get("hot"), Some(&json!(true)));
    assert_eq!(claimed.data.text("target"), Some("tracing"));
    let place = claimed.data.text("location").expect("a place");
    assert!(place.starts_with("tests/tracing.rs:"), "{place}");
    assert_eq!(
        (slow.event_type.as_str(), slow.level()),
        ("log.warn", Level::Warn)
    );
    assert_eq!(slow.id(Id::Job), Some("7"), "the event's own id wins");
    assert_eq!(slow.id(Id::User), Some("u1"));
    assert_eq!(slow.data.text("odd"), Some("NaN"));
    assert_eq!(tried.event_type, "log.debug");
    assert_eq!(tried.data.text("target"), Some("connector"));
}

#[test]
fn errors_are_error_events() {
    let events = emitted(|_| {
        let cause = std::io::Error::other("disk full");
        let failure = std::io::Error::other(cause);
        error!(
            error.name = "UploadError",
            error = &failure as &dyn std::error::Error,
            "upload"
        );
        error!(target: "app::upload", "no name");
        error!(event = "job.failed", "named by its type");
    });
    let types: Vec<_> = events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(
        types,
        ["error.UploadError", "error.app.upload", "job.failed"]
    );
    let streams: Vec<_> = events.iter().filter_map(Event::stream).collect();
    assert_eq!(streams, ["emp:errors", "emp:errors", "emp:events"]);
    assert!(events.iter().all(|event| event.level() == Level::Error));
    assert_eq!(events[0].data.text("error"), Some("disk full"));
    assert_eq!(events[0].data.text("message"), Some("upload"));
}

/// Says something whenever somebody looks at it.
struct Talkative;

impl std::fmt::Debug for Talkative {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        info!(value = ?Talkative, "looked at");
        f.write_str("talkative")
    }
}

#[test]
fn an_event_does_not_feed_itself() {
    let events = emitted(|client| {
        info!(value = ?Talkative, "outer");
        client.event("job.direct", json!({}));
        info!("after");
    });
    let messages: Vec<_> = events
        .iter()
        .map(|event| event.data.text("message").unwrap_or("none"))
        .collect();
    assert_eq!(messages, ["outer", "none", "after"]);
    assert_eq!(events[0].data.text("value"), Some("talkative"));
}
