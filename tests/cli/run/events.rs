//! What a wrapped command tells of itself, and what it hands on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{output, script, wrapped};
use crate::support::{Running, Sandbox, TestRedis, wait_for};

const TRACE: &str = "8d12404289e478577467c87b7b93f785";
const SPAN: &str = "00f067aa0ba902b7";

/// The events of a sandbox's Redis, by type; of each type the last.
fn events(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let found = sandbox.found(&[]).into_iter();
    let named = |event: Value| (event["eventType"].as_str().unwrap_or("-").to_owned(), event);
    found.map(named).collect()
}

#[test]
fn a_command_that_succeeds() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let words = [
        "--job-id",
        "job_1",
        "--worker-id",
        "w",
        "--machine-id",
        "m",
        "--service",
        "deploy",
        "--name",
        "render",
        "--",
        "sh",
        "-c",
        "echo noise >&2",
    ];
    assert!(output(&mut wrapped(&sandbox, &words)).status.success());
    let events = events(&sandbox);
    let types: Vec<&str> = events.keys().map(String::as_str).collect();
    assert_eq!(types, ["command.completed", "command.started"]);
    for event in events.values() {
        for (name, value) in [
            ("jobId", "job_1"),
            ("workerId", "w"),
            ("machineId", "m"),
            ("service", "deploy"),
        ] {
            assert_eq!(event[name], value, "{event}");
        }
        assert_eq!(event["data"]["command"], "render");
        assert_eq!(event["spanId"], events["command.started"]["spanId"]);
        assert_eq!(event["traceId"], events["command.started"]["traceId"]);
        assert!(event.get("parentSpanId").is_none(), "{event}");
    }
    let argv = &events["command.started"]["data"]["argv"];
    assert_eq!(argv, &serde_json::json!(["sh", "-c", "echo noise >&2"]));
    let end = &events["command.completed"]["data"];
    assert_eq!(end["exitCode"], 0);
    assert!(end["durationMs"].is_u64(), "{end}");
    assert!(
        end.get("stderr").is_none(),
        "success needs no last words: {end}"
    );
}

#[test]
fn a_command_that_fails() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let text =
        "for n in $(seq 1 100); do echo \"line $n\" >&2; done; printf 'last\\377' >&2; exit 3";
    output(&mut script(&sandbox, text));
    let event = &events(&sandbox)["command.failed"];
    assert_eq!(event["level"], "error");
    assert_eq!(event["data"]["exitCode"], 3);
    assert_eq!(event["data"]["command"], "sh");
    let words = event["data"]["stderr"].as_str().expect("its last words");
    assert_eq!(words.lines().count(), 20);
    assert!(
        words.starts_with("line 82\n") && words.ends_with("line 100\nlast\u{fffd}"),
        "{words}"
    );
}

#[test]
fn a_command_that_is_ended() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    output(&mut script(&sandbox, "kill -KILL $$"));
    let event = &events(&sandbox)["command.failed"];
    assert_eq!(event["data"]["signal"], "SIGKILL");
    assert!(event["data"].get("exitCode").is_none(), "{event}");

    let words = ["--timeout", "50ms", "--", "sleep", "60"];
    output(&mut wrapped(&sandbox, &words));
    let event = &events(&sandbox)["command.failed"];
    assert_eq!(event["data"]["signal"], "SIGTERM");
    assert_eq!(event["data"]["reason"], "timeout");
}

#[test]
fn a_command_that_is_not_there() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    output(&mut wrapped(&sandbox, &["--", "./missing"]));
    let event = &events(&sandbox)["command.failed"];
    assert_eq!(event["data"]["exitCode"], 127);
    let why = event["data"]["error"].as_str().expect("a reason");
    assert!(why.contains("No such file"), "{why}");
}

#[test]
fn a_heart_beats() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let text = "while [ ! -e go ]; do sleep 0.01; done";
    let words = ["--heartbeat", "20ms", "--", "sh", "-c", text];
    let running = Running::spawn(wrapped(&sandbox, &words));
    wait_for("three events", || {
        (redis.len("emp:events") >= 3).then_some(())
    });
    sandbox.write("go", "");
    running.finish();
    let event = &events(&sandbox)["command.heartbeat"];
    assert_eq!(event["level"], "debug");
    assert!(event["data"]["elapsedMs"].is_u64(), "{event}");
}

#[test]
fn secrets_stay_here() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let address = format!("redis://:hidden{}@host", "x".repeat(300));
    let words = [
        "--",
        "true",
        "--token",
        "hidden",
        "--api-key=hidden",
        "PASSWORD=hidden",
        &address,
    ];
    output(&mut wrapped(&sandbox, &words));
    let event = &events(&sandbox)["command.started"];
    let argv = serde_json::json!([
        "true",
        "--token",
        "***",
        "--api-key=***",
        "PASSWORD=***",
        "redis://:***@host"
    ]);
    assert_eq!(event["data"]["argv"], argv);
    let all = redis.entries("emp:events");
    assert!(!format!("{all:?}").contains("hidden"), "{all:?}");
}

#[test]
fn what_a_command_emits_is_linked() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let text = "printenv TRACEPARENT EMP_TRACE_ID EMP_JOB_ID EMP_REQUEST_ID TRACESTATE
        \"$EMP\" emit inner.step
        \"$EMP\" run --name nested -- \"$EMP\" emit innermost.step";
    let mut command = wrapped(&sandbox, &["--job-id", "job_1", "--", "sh", "-c", text]);
    command
        .env("TRACEPARENT", format!("00-{TRACE}-{SPAN}-01"))
        .env("TRACESTATE", "other=1")
        .env("EMP_REQUEST_ID", "req_1");
    let output = output(&mut command);
    assert!(output.status.success(), "{output:?}");
    let all = sandbox.found(&[]);
    let of = |event_type: &str, command: Option<&str>| -> &Value {
        let is = |event: &&Value| {
            event["eventType"] == event_type
                && command.is_none_or(|command| event["data"]["command"] == command)
        };
        all.iter()
            .find(is)
            .unwrap_or_else(|| panic!("no {event_type}"))
    };
    let outer = of("command.started", Some("sh"));
    let nested = of("command.started", Some("nested"));
    assert_eq!(outer["parentSpanId"], SPAN);
    assert_eq!(of("inner.step", None)["parentSpanId"], outer["spanId"]);
    assert_eq!(nested["parentSpanId"], outer["spanId"]);
    assert_ne!(nested["spanId"], outer["spanId"]);
    assert_eq!(of("innermost.step", None)["parentSpanId"], nested["spanId"]);
    for event in &all {
        assert_eq!(event["traceId"], TRACE, "{event}");
        assert_eq!(event["jobId"], "job_1", "{event}");
        assert_eq!(event["requestId"], "req_1", "{event}");
    }
    let said = String::from_utf8(output.stdout).expect("text");
    let span = outer["spanId"].as_str().expect("a span");
    let expected = format!("00-{TRACE}-{span}-01\n{TRACE}\njob_1\nreq_1\nemp=job:job_1,other=1\n");
    assert_eq!(said, expected);
}

#[test]
fn an_invalid_trace_begins_anew() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut command = script(&sandbox, "printenv EMP_TRACE_ID");
    command.env("TRACEPARENT", "00-nonsense-01");
    let output = output(&mut command);
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("\"00-nonsense-01\" is no W3C trace context"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    let trace = events(&sandbox)["command.started"]["traceId"].clone();
    assert_eq!(
        format!("{}\n", trace.as_str().expect("a trace")).as_bytes(),
        output.stdout
    );
}
