//! `emp emit`: what it puts on the wire, where the rest comes from, and what it leaves alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{Sandbox, TestRedis, wait_for};

/// `EMP_NOW` of the sandbox, as it stands on the wire.
const NOW: &str = "1758969000000";
const TRACE: &str = "8d12404289e478577467c87b7b93f785";
const PARENT: &str = "00f067aa0ba902b7";

type Fields = BTreeMap<String, String>;

/// Runs a command that must succeed without a word.
fn quietly(mut command: Command) {
    let output = command.output().expect("emp runs");
    let said = (output.stdout.as_slice(), output.stderr.as_slice());
    assert!(output.status.success() && said == (b"", b""), "{output:#?}");
}

/// The only entry of a stream, without the fields that differ from run to run.
fn only(redis: &TestRedis, stream: &str) -> Fields {
    let mut entries = redis.entries(stream);
    assert_eq!(entries.len(), 1, "{entries:#?}");
    let mut entry = entries.remove(0);
    let id = entry.remove("eventId").expect("an event id");
    assert_eq!((id.len(), &id[14..15]), (36, "7"), "{id}");
    if let Some(trace) = entry.get("traceId").filter(|trace| *trace != TRACE) {
        let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        assert!(trace.len() == 32 && trace.chars().all(hex), "{trace}");
        entry.insert("traceId".into(), "new".into());
    }
    redis.run::<()>(&["DEL", stream]);
    entry
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let pairs = pairs.iter().map(|(name, value)| (*name, *value));
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn every_flag_is_a_field() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    quietly(sandbox.command(&["emit", "job.created"]));
    assert_eq!(
        only(&redis, "emp:events"),
        fields(&[
            ("timestamp", NOW),
            ("service", "shell"),
            ("eventType", "job.created"),
            ("traceId", "new"),
        ])
    );

    let all = [
        ("--service", "service", "worker"),
        ("--job-id", "jobId", "job 1"),
        ("--worker-id", "workerId", "w1"),
        ("--machine-id", "machineId", "m1"),
        ("--user-id", "userId", "u1"),
        ("--request-id", "requestId", "r1"),
        ("--trace-id", "traceId", TRACE),
        ("--level", "level", "warn"),
    ];
    let mut args = vec!["emit", "worker.claimed_job"];
    args.extend(all.iter().flat_map(|(flag, _, value)| [*flag, *value]));
    args.extend([
        "-d",
        "a=1",
        "-d",
        "b:=1.50",
        "-d",
        "c:={\"x\":[null]}",
        "-d",
        "a=2",
    ]);
    args.extend(["--at", "2025-09-27T10:29:59.5Z"]);
    quietly(sandbox.command(&args));
    let mut meant = fields(&[
        ("timestamp", "1758968999500"),
        ("eventType", "worker.claimed_job"),
        ("data", r#"{"a":"2","b":1.50,"c":{"x":[null]}}"#),
    ]);
    for (_, field, value) in all {
        meant.insert(field.into(), value.into());
    }
    assert_eq!(only(&redis, "emp:events"), meant);
    assert!(!sandbox.journal().exists(), "no journal without need");
}

#[test]
fn the_environment_is_the_context() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let traced = format!("00-{TRACE}-{PARENT}-01");
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Pairs<'_>, Pairs<'_>); 6] = [
        (&[("EMP_SERVICE", "s")], &[("service", "s")]),
        (&[("OTEL_SERVICE_NAME", "o")], &[("service", "o")]),
        (
            &[("EMP_SERVICE", "s"), ("OTEL_SERVICE_NAME", "o")],
            &[("service", "s")],
        ),
        (
            &[("EMP_JOB_ID", "j"), ("WORKER_ID", "w"), ("MACHINE_ID", "m")],
            &[("jobId", "j"), ("workerId", "w"), ("machineId", "m")],
        ),
        (
            &[
                ("EMP_WORKER_ID", "ew"),
                ("WORKER_ID", "w"),
                ("EMP_MACHINE_ID", "em"),
                ("MACHINE_ID", "m"),
            ],
            &[("workerId", "ew"), ("machineId", "em")],
        ),
        (
            &[("TRACEPARENT", &traced)],
            &[("traceId", TRACE), ("parentSpanId", PARENT)],
        ),
    ];
    for (variables, expected) in cases {
        let mut emit = sandbox.command(&["emit", "job.created"]);
        emit.envs(variables.iter().copied());
        quietly(emit);
        let mut meant = fields(&[
            ("timestamp", NOW),
            ("service", "shell"),
            ("eventType", "job.created"),
            ("traceId", "new"),
        ]);
        meant.extend(fields(expected));
        assert_eq!(only(&redis, "emp:events"), meant, "{variables:?}");
    }

    // A flag beats the environment, and a trace of its own has no parent from another.
    let mut emit = sandbox.command(&["emit", "a.b", "--service", "f", "--trace-id", "t1"]);
    emit.envs([("EMP_SERVICE", "s"), ("TRACEPARENT", &traced)]);
    quietly(emit);
    let entry = &redis.entries("emp:events")[0];
    let of = |name: &str| entry.get(name).map(String::as_str);
    assert_eq!((of("service"), of("traceId")), (Some("f"), Some("t1")));
    assert_eq!(of("parentSpanId"), None);
}

#[test]
fn errors_go_to_their_own_stream() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let stack = "TimeoutError: no answer\n\tat upload (a.js:1)\n";
    sandbox.write("stack.txt", stack);
    let message = ["--message", "no answer"];
    let cases: [(&[&str], &str, &str); 3] = [
        (&["--error"], "error.Error", r#"{"name":"Error"}"#),
        (
            &[
                "--error",
                "TimeoutError",
                "--stack",
                "@stack.txt",
                "-d",
                "try:=3",
            ],
            "error.TimeoutError",
            r#"{"name":"TimeoutError","stack":"TimeoutError: no answer\n\tat upload (a.js:1)\n","try":3}"#,
        ),
        (
            &["--error=E", message[0], message[1], "--stack", "at x"],
            "error.E",
            r#"{"name":"E","message":"no answer","stack":"at x"}"#,
        ),
    ];
    for (args, event_type, data) in cases {
        quietly(sandbox.command(&[&["emit"], args].concat()));
        let entry = only(&redis, "emp:errors");
        assert_eq!(entry["eventType"], event_type);
        assert_eq!(entry["level"], "error");
        assert_eq!(entry["data"], data);
    }
    quietly(sandbox.command(&["emit", "--error", "E", "--level", "warn"]));
    assert_eq!(only(&redis, "emp:errors")["level"], "warn");
    quietly(sandbox.command(&["emit", "error.Typed"]));
    assert_eq!(only(&redis, "emp:errors")["eventType"], "error.Typed");
    assert_eq!(redis.len("emp:events"), 0);
    // They say what went wrong with any event.
    quietly(sandbox.command(&["emit", "job.failed", "--message", "m", "--stack", "at x"]));
    let entry = only(&redis, "emp:events");
    assert_eq!(entry["data"], r#"{"message":"m","stack":"at x"}"#);
}

#[test]
fn data_comes_from_the_line_a_file_or_standard_input() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let json = r#"{"b":12345678901234567890123,"a":"\u00e9"}"#;
    sandbox.write("data.json", json);
    for data in [json, "@data.json", "@-"] {
        let mut emit = sandbox.emp(&["emit", "a.b", "--data", data, "-d", "c=1"]);
        emit.write_stdin(json).assert().success();
        let entry = only(&redis, "emp:events");
        assert_eq!(
            entry["data"], r#"{"b":12345678901234567890123,"a":"\u00e9","c":"1"}"#,
            "{data}"
        );
    }
    let mut emit = sandbox.emp(&["emit", "--error", "E", "--stack", "@-"]);
    emit.write_stdin("at x\n").assert().success();
    assert_eq!(
        only(&redis, "emp:errors")["data"],
        r#"{"name":"E","stack":"at x\n"}"#
    );
}

#[test]
fn the_id_is_printed() {
    let redis = TestRedis::start();
    let id = Sandbox::with(&redis).stdout(&["emit", "a.b", "--print-id"]);
    assert_eq!(redis.entries("emp:events")[0]["eventId"], id.trim_end());
}

#[test]
fn a_time_far_ahead_is_refused() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for (at, code) in [
        ("2025-09-27T11:30:00Z", 0),
        ("2025-09-27T11:30:00.001Z", 2),
        ("-1h", 0),
        ("1758965400", 0),
    ] {
        let output = sandbox.command(&["emit", "a.b", "--at", at]).output();
        let code_seen = output.expect("emp runs").status.code();
        assert_eq!(code_seen, Some(code), "{at}");
    }
    let times: Vec<_> = redis.entries("emp:events");
    let times: Vec<_> = times.iter().map(|entry| &entry["timestamp"]).collect();
    assert_eq!(times, ["1758972600000", "1758965400000", "1758965400000"]);
}

#[test]
fn disabled_means_nothing_at_all() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let before = redis.run::<String>(&["INFO", "stats"]);
    let connections = |info: &str| {
        let line = info
            .lines()
            .find(|line| line.starts_with("total_connections_received"));
        line.map(str::to_owned)
    };
    let disabled = |args: &[&str]| {
        let mut emit = sandbox.command(args);
        emit.env("EMP_DISABLED", "1");
        emit
    };
    quietly(disabled(&["emit", "a.b"]));
    let mut bulk = disabled(&["emit", "--stdin"]);
    let pipes = bulk.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.stderr(Stdio::piped()).spawn().expect("emp runs");
    // More than a pipe holds: whoever writes it must not be ended by a pipe that nobody reads.
    let mut input = child.stdin.take().expect("a pipe");
    let lines = "{\"eventType\":\"a.b\"}\n".repeat(20_000);
    input.write_all(lines.as_bytes()).expect("a reader");
    drop(input);
    let output = child.wait_with_output().expect("emp runs");
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    let after = redis.run::<String>(&["INFO", "stats"]);
    assert_eq!(connections(&before), connections(&after));
    let state = sandbox.journal();
    let state = state
        .parent()
        .expect("a folder")
        .parent()
        .expect("a folder");
    assert_eq!(fs::read_dir(state).expect("a folder").count(), 0);
    assert_eq!(fs::read_dir(sandbox.work()).expect("a folder").count(), 0);

    let mut emit = sandbox.command(&["emit", "a.b"]);
    quietly({
        emit.env("EMP_DISABLED", "0");
        emit
    });
    assert_eq!(redis.len("emp:events"), 1);
}

#[test]
fn standard_input_is_left_alone() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut emit = sandbox.command(&["emit", "a.b", "-d", "x=1"]);
    let mut child = emit.stdin(Stdio::piped()).spawn().expect("emp runs");
    // Our end of the pipe stays open until it has ended.
    let status = wait_for("the end of emit", || child.try_wait().expect("a child"));
    assert!(status.success() && child.stdin.is_some());
    assert_eq!(redis.len("emp:events"), 1);
}

#[test]
fn streams_have_the_names_and_caps_of_the_settings() {
    let redis = TestRedis::start();
    // Redis trims whole nodes of this many entries.
    redis.run::<()>(&["CONFIG", "SET", "stream-node-max-entries", "10"]);
    let sandbox = Sandbox::with(&redis);
    sandbox.write(
        "emp.toml",
        "[streams]\nevents = \"my:events\"\nevents_max_len = 20\n\
         errors = \"my:errors\"\nerrors_max_len = 40\n",
    );
    let mut lines = "{\"eventType\":\"a.b\"}\n".repeat(100);
    lines += &"{\"eventType\":\"error.E\"}\n".repeat(100);
    let mut emit = sandbox.emp(&["emit", "--stdin"]);
    emit.write_stdin(lines).assert().success();
    quietly(sandbox.command(&["emit", "a.b"]));
    assert!((20..30).contains(&redis.len("my:events")));
    assert!((40..50).contains(&redis.len("my:errors")));

    redis.run::<()>(&["CONFIG", "RESETSTAT"]);
    let mut emit = sandbox.command(&["emit", "a.b"]);
    quietly({
        emit.env("EMP_EVENTS_STREAM", "other");
        emit
    });
    assert_eq!((redis.len("other"), redis.len("emp:events")), (1, 0));
}

#[test]
fn secrets_stay_and_levels_and_samples_count() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let emit = |args: &[&str]| sandbox.emp(&[&["emit"], args].concat()).assert().success();
    emit(&["a.b", "-d", "apiKey=hunter2", "-d", "user=u1"]);
    sandbox.write(
        "emp.toml",
        "[emit]\nlevel = \"warn\"\nsample = { \"noise.*\" = 0.0 }\n",
    );
    emit(&["a.debug", "--level", "debug"]);
    emit(&["noise.loud", "--level", "warn"]);
    emit(&["noise.failed"]);
    let lines = "{\"eventType\":\"a.info\"}\n\
                 {\"eventType\":\"a.warn\",\"level\":\"warn\",\"data\":{\"token\":\"hunter2\"}}\n\
                 {\"eventType\":\"a.old\",\"eventId\":\"x\",\"data\":{\"token\":\"kept\"}}\n";
    let bulk = sandbox
        .emp(&["emit", "--stdin"])
        .write_stdin(lines)
        .assert();
    bulk.success()
        .stderr("3 events: 2 sent, 1 left out by level or sampling\n");
    let entries = redis.entries("emp:events");
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["eventType"].as_str(),
                entry.get("data").map(String::as_str),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a.b", Some(r#"{"apiKey":"***","user":"u1"}"#)),
            ("noise.failed", None),
            ("a.warn", Some(r#"{"token":"***"}"#)),
            ("a.old", Some(r#"{"token":"kept"}"#)),
        ]
    );
}
