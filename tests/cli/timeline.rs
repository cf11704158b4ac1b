//! `emp timeline`: what an id means, and the picture.

mod following;

use serde::Deserialize;
use serde_json::Value;

use crate::support::{Sandbox, TestRedis};

/// 2025-09-27T10:20:00Z, ten minutes before the sandbox's now.
const START: u64 = 1_758_968_400_000;

/// Adds an event at a time after [`START`].
fn add(redis: &TestRedis, ms: u64, stream: &str, fields: &[(&str, &str)]) {
    let at = (START + ms).to_string();
    let fields = [&[("timestamp", at.as_str())], fields].concat();
    redis.add_at(stream, &format!("{at}-*"), &fields);
}

/// A job over two services and both streams that fails after a wait; another one that is alone.
fn sample(redis: &TestRedis) {
    let job = ("jobId", "job_abc1");
    let (events, api, worker) = (
        "emp:events",
        ("service", "api-server"),
        ("service", "worker"),
    );
    let ids = [
        ("traceId", "8d12404289e478577467c87b7b93f785"),
        ("userId", "user_9"),
        ("requestId", "req-7"),
    ];
    let long = format!("{{\"long\":\"{}END\"}}", "x".repeat(300));
    add(
        redis,
        0,
        events,
        &[&[api, job, ("eventType", "job.created")][..], &ids].concat(),
    );
    add(redis, 40, events, &[api, job, ("eventType", "job.queued")]);
    add(
        redis,
        7_040,
        events,
        &[
            worker,
            job,
            ("eventType", "job.claimed"),
            ("workerId", "worker-3"),
            ("machineId", "gpu-5"),
        ],
    );
    add(
        redis,
        7_900,
        "emp:errors",
        &[
            worker,
            job,
            ("eventType", "error.OutOfMemory"),
            ("data", r#"{"message":"CUDA out of memory"}"#),
        ],
    );
    add(
        redis,
        8_000,
        events,
        &[worker, job, ("eventType", "job.failed")],
    );
    add(
        redis,
        9_000,
        events,
        &[
            api,
            ("jobId", "job_abd2"),
            ("eventType", "job.created"),
            ("data", &long),
        ],
    );
}

fn fails(sandbox: &Sandbox, args: &[&str], code: i32) -> (String, String) {
    let output = sandbox.command(args).output().expect("emp runs");
    assert_eq!(
        output.status.code(),
        Some(code),
        "emp {args:?}: {output:#?}"
    );
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn an_id_of_any_kind_and_its_beginning() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    for (id, shown) in [
        ("job_abc1", "job job_abc1"),
        ("job_abc", "job job_abc1"),
        (
            "8d12404289e478577467c87b7b93f785",
            "trace 8d12404289e478577467c87b7b93f785",
        ),
        ("8d1240", "trace 8d12404289e478577467c87b7b93f785"),
        ("worker-3", "worker worker-3"),
        ("gpu-5", "machine gpu-5"),
        ("user_9", "user user_9"),
        ("req-7", "request req-7"),
    ] {
        let picture = sandbox.stdout(&["timeline", id]);
        assert!(picture.starts_with(shown), "{id}: {picture}");
    }
    let prefix = sandbox.emp(&["timeline", "job_abd"]).assert().success();
    prefix.stderr("job_abd is the job job_abd2\n");

    let (shown, said) = fails(&sandbox, &["timeline", "job_"], 2);
    assert_eq!(shown, "");
    for part in [
        "`job_` begins several ids",
        "job job_abd2  (1 event, ",
        "job job_abc1  (5 events, ",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let (shown, said) = fails(&sandbox, &["timeline", "job_x"], 1);
    assert_eq!(shown, "");
    assert!(said.contains("6 entries scanned"), "{said}");
    fails(&sandbox, &["timeline", "ob_abc1"], 1);
    let (_, said) = fails(&sandbox, &["timeline", ""], 2);
    assert_eq!(said, "error: the id is empty\n");
    fails(&Sandbox::new(), &["timeline", "job_abc1"], 3);
}

#[test]
fn the_picture() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    insta::assert_snapshot!(sandbox.stdout(&["timeline", "job_abc1"]), @r"
    job job_abc1  ✗ failed after 8.0 s
      events    5 (2 failures) in 8.0 s, from 2025-09-27 10:20:00.000 UTC
      services  api-server, worker
      trace     8d12404289e478577467c87b7b93f785
      worker    worker-3
      machine   gpu-5
      user      user_9
      request   req-7

    TIME               +Δ  SERVICE       EVENT              DETAILS
    10:20:00.000           api-server    job.created
    10:20:00.040  +0.040s  api-server    job.queued
      ! ┄┄┄ 7.0 s gap: api-server → worker ┄┄┄
    10:20:07.040  +7.000s  worker        job.claimed
    10:20:07.900  +0.860s  worker      ✗ error.OutOfMemory  CUDA out of memory
    10:20:08.000  +0.100s  worker      ✗ job.failed

    SERVICE                                                                                         HELD
    api-server  ●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌             7.0 s
    worker                                                                           ●━━━━━━━━✗✗  960 ms
                ┴──────────────────┴───────────────────┴───────────────────┴───────────────────┴
                0                  2 s                 4 s                 6 s                 8 s
                ● event  ━ last word  ╌ silent 1 s or more  ✗ failure

    Gaps of 1 s or more: 1
      7.0 s  10:20:00.040  api-server job.queued → worker job.claimed

    Handoffs: 1
      7.0 s  10:20:00.040  api-server → worker

    ✗ failed at 10:20:08.000, 9m 52s ago
      CUDA out of memory
      first failure at 10:20:07.900: worker error.OutOfMemory
    ");
    let five = sandbox.stdout(&["timeline", "job_abc1", "--gap", "5s"]);
    assert!(five.contains("Gaps of 5 s or more: 1"), "{five}");
    let ten = sandbox.stdout(&["timeline", "job_abc1", "--gap", "10s"]);
    assert!(
        !ten.contains("gap within") && !ten.contains("\nGaps"),
        "{ten}"
    );
    let cut = sandbox.stdout(&["timeline", "job_abd2"]);
    let full = sandbox.stdout(&["timeline", "job_abd2", "--full"]);
    assert!(full.contains("xEND") && !cut.contains("xEND"), "{full}");
    for args in [
        &["--since", "10:20:07"][..],
        &["--filter", "service:worker"],
    ] {
        let part = sandbox.stdout(&[&["timeline", "job_abc1"], args].concat());
        assert!(
            part.contains("job.claimed") && !part.contains("job.created"),
            "{part}"
        );
    }
}

#[test]
fn the_exit_status_of_a_job() {
    let redis = TestRedis::start();
    sample(&redis);
    add(
        &redis,
        20_000,
        "emp:events",
        &[("jobId", "good"), ("eventType", "job.completed")],
    );
    let sandbox = Sandbox::with(&redis);
    for (id, code) in [("job_abc1", 1), ("good", 0), ("job_abd2", 0)] {
        let (shown, _) = fails(&sandbox, &["timeline", id, "--exit-status"], code);
        assert!(shown.contains(id), "{shown}");
        fails(&sandbox, &["timeline", id], 0);
    }
}

/// The whole of `-o json`; what its parts hold is tested where they are made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Json {
    subject: Value,
    job_type: Option<String>,
    outcome: Option<String>,
    state: Value,
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
    services: Vec<Value>,
    clocks: Vec<serde_json::Value>,
    rows: Vec<Row>,
    gap_ms: i64,
    gaps: Vec<Value>,
    handoffs: Vec<Value>,
    usual: Option<Value>,
    status: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Row {
    offset_ms: i64,
    delta_ms: Option<i64>,
    gap_before: bool,
    attempt: u32,
    marks: Vec<String>,
    event: Value,
}

fn json(sandbox: &Sandbox, args: &[&str]) -> Json {
    let text = sandbox.stdout(&[&["timeline", "-o", "json"], args].concat());
    serde_json::from_str(&text).expect("one object")
}

#[test]
fn json_holds_all_of_it_in_one_order() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let read = json(&sandbox, &["job_abc1"]);
    let types: Vec<_> = read
        .rows
        .iter()
        .map(|row| row.event["eventType"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        types,
        [
            "job.created",
            "job.queued",
            "job.claimed",
            "error.OutOfMemory",
            "job.failed"
        ]
    );
    let streams: Vec<_> = read
        .rows
        .iter()
        .map(|row| row.event["_stream"].as_str().expect("a stream"))
        .collect();
    assert_eq!((streams[3], streams[4]), ("emp:errors", "emp:events"));
    assert_eq!(
        (read.outcome.as_deref(), read.duration_ms, read.gaps.len()),
        (Some("failed"), 8000, 1)
    );
}

#[test]
fn ten_thousand_events_are_one_picture() {
    let redis = TestRedis::start();
    let script = "for n = 1, 10000 do redis.call('XADD', KEYS[1], '*', 'timestamp', ARGV[1] + n, 'service', \
                  'worker', 'eventType', 'worker.progress_updated', 'jobId', 'big', 'data', '{\"n\":' .. n .. '}') end";
    let _: Option<String> = redis.run(&["EVAL", script, "1", "emp:events", &START.to_string()]);
    let sandbox = Sandbox::with(&redis);
    let read = json(&sandbox, &["big"]);
    assert_eq!(
        (read.event_count, read.rows.len(), read.left_out),
        (10_000, 10_000, 0)
    );
    assert!(read.rows.is_sorted_by_key(|row| row.offset_ms));
    let picture = sandbox.stdout(&["timeline", "big"]);
    assert!(picture.contains("10,000 in 9.9 s"), "{}", &picture[..400]);
    assert!(
        picture.lines().count() < 200,
        "repeats are folded: {}",
        picture.lines().count()
    );
    let full = sandbox.stdout(&["timeline", "big", "--full"]);
    assert!(full.lines().count() > 10_000);
}

/// Ten beats and a job of a worker whose clock is 40 s ahead, with or without entry ids.
fn skewed(with_ids: bool) -> String {
    let start = 1_758_968_000_000_i64;
    let mut lines = String::new();
    let mut say = |after: i64, ahead: i64, who: &str, kind: &str| {
        let (heard, at) = (start + after, start + after + ahead);
        let ids = match with_ids {
            true => format!(r#","_stream":"emp:events","_id":"{heard}-0""#),
            false => String::new(),
        };
        lines += &format!(r#"{{"timestamp":{at},{who},"eventType":"{kind}"{ids}}}"#);
        lines.push('\n');
    };
    let api = r#""service":"api-server","jobId":"j1""#;
    let worker = r#""service":"worker","machineId":"m1""#;
    let own = r#""service":"worker","machineId":"m1","jobId":"j1""#;
    for beat in 0..10 {
        say(beat * 1_000, 40_000, worker, "worker.heartbeat");
    }
    say(20_000, 0, api, "job.created");
    say(20_100, 40_000, own, "job.claimed");
    say(20_200, 40_000, own, "job.processing_started");
    say(25_000, 40_000, own, "job.completed");
    let own = r#""service":"worker","machineId":"m1","jobId":"j2""#;
    let hook = r#""service":"webhook-service","jobId":"j2""#;
    say(30_000, 40_000, own, "job.claimed");
    say(32_000, 0, hook, "webhook.sending");
    say(35_000, 40_000, own, "job.completed");
    lines
}

#[test]
fn a_clock_that_is_off_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("skewed.ndjson", skewed(true));
    let args = ["timeline", "j1", "--from", "skewed.ndjson"];
    let text = sandbox.stdout(&args);
    let told = "the clock of worker on m1 is 40.0 s ahead of Redis";
    assert!(text.contains(told), "{text}");
    let gap = "40.1 s gap: api-server → worker, clocks differ by 40.0 s";
    assert!(text.contains(gap), "{text}");
    assert!(
        text.contains("api-server → worker, clocks differ by 40.0 s\n"),
        "{text}"
    );
    assert!(!text.contains("gap within worker, clocks"), "{text}");
    let told = sandbox.stdout(&["correlate", "j2", "--from", "skewed.ndjson", "-o", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let handoffs = told["handoffs"].as_array().expect("handoffs").iter();
    let handoffs: Vec<_> = handoffs
        .map(|handoff| {
            let who = |end: &str| handoff[end]["service"].as_str().unwrap_or_default();
            (who("from"), who("to"), handoff["correctedMs"].as_i64())
        })
        .collect();
    let worker_first = ("worker", "webhook-service", Some(2_000));
    let hook_first = ("webhook-service", "worker", Some(3_000));
    assert_eq!(handoffs, [worker_first, hook_first], "{told}");
    let perf = sandbox.stdout(&["perf", "j1", "--from", "skewed.ndjson", "-o", "json"]);
    let perf: serde_json::Value = serde_json::from_str(&perf).expect("JSON");
    let steps = perf["steps"].as_array().expect("steps");
    let offsets: Vec<_> = steps.iter().map(|step| step["offsetMs"].as_i64()).collect();
    assert_eq!(offsets, [0, 100, 200, 5_000].map(Some));

    sandbox.write("skewed.ndjson", skewed(false));
    assert!(
        !sandbox.stdout(&args).contains("clock"),
        "no entry, no server's clock"
    );
}
