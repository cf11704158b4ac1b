use serde::Deserialize;
use serde_json::Value;

use super::tests::{build_at, completed, event};
use crate::event::{Level, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Read {
    subject: ReadSubject,
    job_type: Option<String>,
    outcome: Option<String>,
    state: ReadState,
    started_at: String,
    ended_at: Option<String>,
    duration_ms: i64,
    now: String,
    event_count: usize,
    failure_count: usize,
    left_out: u64,
    attempts: u32,
    traces: Vec<String>,
    jobs: Vec<String>,
    workers: Vec<String>,
    machines: Vec<String>,
    users: Vec<String>,
    requests: Vec<String>,
    services: Vec<ReadLane>,
    clocks: Vec<Value>,
    rows: Vec<ReadRow>,
    gap_ms: i64,
    gaps: Vec<ReadGap>,
    handoffs: Vec<ReadHandoff>,
    usual: Option<Value>,
    status: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadSubject {
    kind: String,
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadState {
    word: String,
    since: String,
    reason: Option<String>,
    first_failure: Option<ReadFailure>,
    last_event: ReadMoment,
    quiet_ms: i64,
    held_from: Option<serde_json::Value>,
    is_silent: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadFailure {
    row: usize,
    at: String,
    service: String,
    event_type: String,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadMoment {
    row: usize,
    at: String,
    service: String,
    event_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadLane {
    service: String,
    first_at: String,
    last_at: String,
    event_count: usize,
    failure_count: usize,
    held_ms: i64,
    segments: Vec<ReadSegment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadSegment {
    from_ms: i64,
    until_ms: i64,
    event_count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadRow {
    offset_ms: i64,
    delta_ms: Option<i64>,
    gap_before: bool,
    attempt: u32,
    marks: Vec<String>,
    event: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadGap {
    duration_ms: i64,
    before: ReadMoment,
    after: Option<ReadMoment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct ReadHandoff {
    duration_ms: i64,
    from: ReadMoment,
    to: ReadMoment,
}

#[test]
fn json_reads_back_whole() {
    let mut events = completed();
    let mut odd = event(2_700, "machine", "job.paused", "{broken \u{1b}[31m");
    odd.level = Some(Level::Warn);
    odd.push_extra("tenant", "a\"b");
    events.push(odd);
    events.push(event(2_710, "machine", "error.Odd", r#"{"message":"odd"}"#));
    let timeline = build_at(60_000, events);
    let line = serde_json::to_string(&timeline).expect("json");
    let read: Read = serde_json::from_str(&line).expect("every field is known");
    assert_eq!(
        (read.subject.kind.as_str(), read.subject.id.as_str()),
        ("job", "job_1")
    );
    assert_eq!(read.started_at, "2023-11-14T22:13:20.000Z");
    assert_eq!(read.ended_at.as_deref(), Some("2023-11-14T22:13:23.000Z"));
    assert_eq!(read.outcome.as_deref(), Some("completed"));
    let failure = read.state.first_failure.expect("a failure");
    assert_eq!((failure.row, failure.message.as_deref()), (6, Some("odd")));
    assert_eq!(read.rows.len(), read.event_count);
    for (row, read) in timeline.rows.iter().zip(&read.rows) {
        let event = json::read(read.event.to_string().as_bytes()).expect("an event");
        assert_eq!(event, row.event);
    }
}
