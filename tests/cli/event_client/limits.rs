//! What cannot be kept is counted and told.

use super::*;
use crate::support::Sandbox;

#[test]
fn a_flush_does_not_confirm_what_nobody_has() {
    let nowhere = Path::new("/dev/null/journal.db");
    let settings = settings("redis://127.0.0.1:1", nowhere, &[]);
    let client = EventClient::with_settings("worker", &settings);
    emit(&client, 0..10);
    assert!(!client.flush(PATIENCE));
    assert_eq!(client.stats().lost, 10);
    assert!(client.flush(PATIENCE), "nothing was emitted since");
    emit(&client, 10..11);
    assert!(!client.flush(PATIENCE));
}

#[test]
fn a_full_queue_drops_the_least_serious_and_says_how_many() {
    let redis = TestRedis::start();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let more = [("emit.queue", "100")];
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &more));
    emit(&client, 0..20_000);
    assert!(!client.flush(PATIENCE), "some were dropped");
    delivered(&client, &journal);
    let events = in_redis(&redis);
    let dropped = client.stats().dropped;
    assert_eq!(numbers(&events).len() as u64 + dropped, 20_000);
    let told: u64 = events
        .iter()
        .filter(|event| event.event_type == "emp.events_dropped")
        .filter_map(|event| event.data.get("info").and_then(serde_json::Value::as_u64))
        .sum();
    assert_eq!(told, dropped);
    assert!(dropped > 0);
}

#[test]
fn what_the_journal_drops_is_told_in_redis_and_by_health() {
    let mut redis = TestRedis::start();
    redis.kill9();
    let sandbox = Sandbox::with(&redis);
    let more = [("journal.max_size", "200KB")];
    let settings = settings(&redis.url(), &sandbox.journal(), &more);
    let client = EventClient::with_settings("worker", &settings);
    for n in 0..2000 {
        client.event(
            "job.progress_updated",
            json!({ "n": n, "text": "x".repeat(200) }),
        );
    }
    client.error(&std::io::Error::other("kept"), json!({}));
    assert!(
        client.flush(PATIENCE),
        "the journal has them, or has counted them"
    );
    drop(client);
    let journal = Journal::open_existing(&sandbox.journal()).expect("readable");
    let dropped = journal.expect("there").dropped().expect("readable");
    assert!(dropped.info > 1000 && dropped.error == 0, "{dropped:?}");

    redis.restart();
    let health = sandbox
        .emp(&["health", "-o", "json"])
        .output()
        .expect("runs");
    let health: serde_json::Value = serde_json::from_slice(&health.stdout).expect("JSON");
    let checks = health["checks"].as_array().expect("checks");
    let backlog = checks.iter().find(|check| check["name"] == "backlog");
    let backlog = backlog.expect("the journal's check");
    assert_eq!(backlog["facts"]["dropped"], json!(dropped.sum()));
    assert_eq!(backlog["verdict"], "warn");

    sandbox.emp(&["emit", "job.created"]).assert().success();
    wait_for("the journal to be empty", || {
        sandbox.emp(&["emit", "job.created"]).assert().success();
        (!Journal::has_backlog(&sandbox.journal())).then_some(())
    });
    let events = in_redis(&redis);
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.event_type == "emp.events_dropped")
        .map(|event| event.data.get("info").cloned().expect("a count"))
        .collect();
    assert_eq!(told, [json!(dropped.info)], "once");
    assert!(
        events
            .iter()
            .any(|event| event.event_type == "error.IoError")
    );
}

#[test]
fn an_emit_tells_what_became_of_the_journal() {
    let sandbox = Sandbox::new();
    let journal = sandbox.journal();
    std::fs::create_dir_all(journal.parent().expect("a folder")).expect("made");
    std::fs::write(&journal, "garbage").expect("written");
    let emit = sandbox
        .emp(&["emit", "job.created"])
        .output()
        .expect("runs");
    assert!(emit.status.success());
    let said = String::from_utf8(emit.stderr).expect("text");
    assert!(said.contains("journal.db.broken-"), "{said}");
    assert_eq!(in_journal(&journal).len(), 1);
    let quiet = sandbox
        .emp(&["emit", "job.created"])
        .output()
        .expect("runs");
    assert!(quiet.stderr.is_empty(), "{quiet:?}");

    let text = "x".repeat(100_000);
    let mut said = String::new();
    for _ in 0..3 {
        let mut emit = sandbox.emp(&["-v", "emit", "job.logged", "-d", &format!("text={text}")]);
        emit.env("EMP_JOURNAL_MAX_SIZE", "200KB");
        let output = emit.assert().success().get_output().clone();
        said += &String::from_utf8_lossy(&output.stderr);
    }
    assert!(said.contains("dropped"), "{said}");
}
