//! `emp search`: what is found, and what is said where nothing is.

use serde_json::Value;

use crate::support::{Sandbox, TestRedis};

/// 2025-09-27T10:30:00Z, the sandbox's now.
pub(crate) const NOW: i64 = 1_758_969_000_000;
const MINUTE: i64 = 60_000;

/// Eight events of two jobs, a minute apart, the last five minutes ago.
pub(crate) fn sample(redis: &TestRedis) {
    let add = |minutes: i64, stream, fields: &[(&str, &str)]| {
        let at = (NOW - minutes * MINUTE).to_string();
        let fields = [&[("timestamp", at.as_str())], fields].concat();
        redis.add_at(stream, &format!("{at}-0"), &fields);
    };
    let events = "emp:events";
    add(
        120,
        events,
        &[
            ("service", "api-server"),
            ("eventType", "job.created"),
            ("jobId", "job_123"),
            ("userId", "u1"),
        ],
    );
    add(
        90,
        events,
        &[
            ("service", "api-server"),
            ("eventType", "job.created"),
            ("jobId", "job_456"),
            ("level", "debug"),
        ],
    );
    add(
        45,
        events,
        &[
            ("service", "worker"),
            ("eventType", "job.claimed"),
            ("data", r#"{"jobId":"job_123","workerId":"w1"}"#),
        ],
    );
    add(
        30,
        events,
        &[
            ("service", "worker"),
            ("eventType", "worker.progress_updated"),
            ("jobId", "job_123"),
            ("machineId", "gpu-1"),
        ],
    );
    add(
        20,
        events,
        &[
            ("service", "machine"),
            ("eventType", "websocket.connected"),
            ("machineId", "gpu-1"),
            ("traceId", "00000000000000000000000000000abc"),
        ],
    );
    add(
        10,
        "emp:errors",
        &[
            ("service", "worker"),
            ("eventType", "error.TypeError"),
            ("jobId", "job_123"),
            (
                "data",
                r#"{"message":"CUDA Out of Memory (2.5 GiB)","name":"TypeError","stack":"a\nb"}"#,
            ),
        ],
    );
    add(
        6,
        events,
        &[
            ("service", "worker"),
            ("eventType", "job.failed"),
            ("jobId", "job_123"),
            ("level", "error"),
            ("data", r#"{"durationMs":45000}"#),
        ],
    );
    add(
        5,
        "custom",
        &[("service", "other"), ("eventType", "custom.thing")],
    );
}

pub(crate) fn types(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let lines = sandbox.stdout(&[&["search", "-o", "jsonl"], args].concat());
    lines
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).expect("a line of JSON");
            event["eventType"].as_str().expect("a type").to_owned()
        })
        .collect()
}

#[test]
fn words_flags_and_windows() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let job = [
        "job.created",
        "job.claimed",
        "worker.progress_updated",
        "error.TypeError",
        "job.failed",
    ];
    let cases: &[(&[&str], &[&str])] = &[
        (&["job:job_123"], &job),
        // Several words are one query.
        (
            &[
                "job:job_123",
                "(service:worker",
                "OR",
                "level:error)",
                "-type:*.progress_updated",
            ],
            &["job.claimed", "error.TypeError", "job.failed"],
        ),
        (&["\"out of memory\""], &["error.TypeError"]),
        (&["out", "of", "memory"], &["error.TypeError"]),
        (&["memory", "out"], &["error.TypeError"]),
        (&["data.durationMs>44s"], &["job.failed"]),
        (
            &["job:job_123", "-n", "2"],
            &["error.TypeError", "job.failed"],
        ),
        (&["-n", "1", "job.created"], &["job.created"]),
        (
            &["--last", "35m"],
            &[
                "worker.progress_updated",
                "websocket.connected",
                "error.TypeError",
                "job.failed",
            ],
        ),
        (
            &["--timespan", "last 25m"],
            &["websocket.connected", "error.TypeError", "job.failed"],
        ),
        (
            &["--since", "09:00", "--until", "09:45"],
            &["job.created", "job.claimed"],
        ),
        (
            &["--since", "2025-09-27T10:20:00Z", "--until", "6m"],
            &["error.TypeError", "job.failed"],
        ),
        (&["--stream", "errors"], &["error.TypeError"]),
        (&["--stream", "events", "--last", "12m"], &["job.failed"]),
        (&["--stream", "custom"], &["custom.thing"]),
        (
            &["--stream", "custom", "--stream", "errors"],
            &["error.TypeError", "custom.thing"],
        ),
        // A flag twice: one or the other. Two flags: both.
        (
            &["--event-type", "job.failed", "--event-type", "job.claimed"],
            &["job.claimed", "job.failed"],
        ),
        (
            &["--service", "worker", "--event-type", "job.*"],
            &["job.claimed", "job.failed"],
        ),
        (&["--level", "error"], &["job.failed"]),
        (&["--user-id", "u1"], &["job.created"]),
        (&["--trace-id", "*abc"], &["websocket.connected"]),
        // As the documents spell them.
        (&["--jobId", "job_123"], &job),
        (&["--eventType", "websocket.*"], &["websocket.connected"]),
        (
            &["--machineId", "gpu-1"],
            &["worker.progress_updated", "websocket.connected"],
        ),
        (&["--workerId", "w1"], &["job.claimed"]),
        (&["--filter", "jobId:job_123"], &job),
        (
            &[
                "--filter",
                "jobId:job_123",
                "--filter",
                "service:worker",
                "failed",
            ],
            &["job.failed"],
        ),
    ];
    for (args, expected) in cases {
        assert_eq!(types(&sandbox, args), *expected, "emp search {args:?}");
    }
}

#[test]
fn nothing_found_says_what_was_searched() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let search = sandbox
        .emp(&["search", "servce:nobody", "--last", "1h"])
        .assert();
    let output = search.code(1).stdout("").get_output().clone();
    let said = String::from_utf8(output.stderr).expect("text");
    for part in [
        "nothing matches".to_owned(),
        format!("{} (emp:events, emp:errors): ", redis.url()),
        "it holds 2025-09-27 08:30:00.000 to 2025-09-27 10:24:00.000".to_owned(),
        sandbox.journal().display().to_string(),
        "in the window 2025-09-27 09:30:00.000 to now".to_owned(),
        "did you mean `service`".to_owned(),
    ] {
        assert_eq!(said.matches(&part).count(), 1, "{part:?} in {said}");
    }
    sandbox
        .emp(&["search", "nobody", "-q"])
        .assert()
        .code(1)
        .stderr("");
    let empty = sandbox
        .emp(&["search", "nobody", "-o", "json"])
        .assert()
        .code(1);
    empty.stdout("[]\n");
    let slip = sandbox
        .emp(&["search", "--jobid", "job_1"])
        .assert()
        .code(2);
    slip.stderr(predicates::str::contains("'--jobid'"));
    let none = sandbox.emp(&["search", "--service", ""]).assert().code(2);
    none.stderr("error: cannot read the value of service: expected a value at column 1\n");
}

#[test]
fn json_is_one_array_and_jsonl_feeds_back() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let array: Vec<Value> =
        serde_json::from_str(&sandbox.stdout(&["search", "-o", "json"])).expect("an array");
    let lines = sandbox.stdout(&["search", "-o", "jsonl"]);
    let single: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    assert_eq!((array.len(), &array), (7, &single));
    sandbox.write("events.jsonl", &lines);
    let again = sandbox.stdout(&["search", "-o", "jsonl", "--from", "events.jsonl"]);
    assert_eq!(again, lines);
}
