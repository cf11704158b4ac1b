//! `emp emit --stdin`: many events, none lost, none twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Sandbox, TestRedis, wait_for};

fn line(n: usize) -> String {
    format!("{{\"eventType\":\"job.created\",\"jobId\":\"job_{n}\",\"data\":{{\"n\":{n}}}}}\n")
}

/// Emits an input: the exit code, and what was said.
fn feed(sandbox: &Sandbox, args: &[&str], input: impl Into<Vec<u8>>) -> (i32, String) {
    let mut emit = sandbox.emp(&[&["emit", "--stdin"], args].concat());
    let output = emit.write_stdin(input).output().expect("emp runs");
    assert_eq!(output.stdout, b"");
    let code = output.status.code().expect("an exit code");
    (code, String::from_utf8(output.stderr).expect("text"))
}

fn start(sandbox: &Sandbox) -> Child {
    let mut emit = sandbox.command(&["emit", "--stdin"]);
    emit.stdin(Stdio::piped()).stderr(Stdio::piped());
    emit.spawn().expect("emp runs")
}

/// Closes the input and waits for the end: what was said.
fn finish(mut emit: Child) -> String {
    drop(emit.stdin.take());
    wait_for("the end of emit", || emit.try_wait().expect("a child"));
    let output = emit.wait_with_output().expect("emp runs");
    assert!(output.status.success(), "{output:#?}");
    String::from_utf8(output.stderr).expect("text")
}

/// The number in the data of each event found, none of them twice.
fn found_numbers(sandbox: &Sandbox) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    for event in sandbox.found(&[]) {
        let number = event["data"]["n"].as_u64().expect("a number");
        assert!(seen.insert(number), "{number} shows twice");
    }
    seen
}

#[test]
fn every_line_is_an_event() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let input: String = (0..5000).map(line).collect();
    let (code, said) = feed(&sandbox, &["--service", "s", "--user-id", "u"], input);
    assert_eq!((code, said.as_str()), (0, "5000 events: 5000 sent\n"));
    let entries = redis.entries("emp:events");
    assert_eq!(entries.len(), 5000);
    for (n, entry) in entries.iter().enumerate() {
        assert_eq!(entry["data"], format!("{{\"n\":{n}}}"), "in order");
        let of = |name: &str| entry.get(name).map(String::as_str);
        assert_eq!((of("service"), of("userId")), (Some("s"), Some("u")));
        assert_eq!(of("timestamp"), Some("1758969000000"));
    }
    let ids: BTreeSet<_> = entries.iter().map(|entry| &entry["eventId"]).collect();
    assert_eq!(ids.len(), 5000);
    assert!(!sandbox.journal().exists());
}

#[test]
fn refused_lines_are_named_and_the_rest_goes_on() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut input = b"\xef\xbb\xbf{\"eventType\":\"a.first\"}\r\n\r\n   \n".to_vec();
    input.extend(b"not json\n[1]\n{\"eventType\":\"a b\"}\n{\"data\":{}}\n");
    let large = |bytes: usize| {
        let text = "x".repeat(bytes);
        format!("{{\"eventType\":\"a.large\",\"data\":{{\"x\":\"{text}\"}}}}\n")
    };
    input.extend(large(1024 * 1024).bytes());
    input.extend(large(5 * 1024 * 1024).bytes());
    input.extend(large(1024 * 1023).bytes());
    input.extend(b"{\"eventType\":\"a.\\u001b[2J\"}\n{\"eventType\":\"a.last\"}");

    for (args, code) in [(&[][..], 0), (&["--strict"], 2)] {
        let (seen, said) = feed(&sandbox, args, input.clone());
        assert_eq!(seen, code, "{said}");
        let mut lines = said.lines();
        for (number, reason) in [
            (4, "no JSON object: "),
            (5, "no JSON object: "),
            (6, "`a b` is no event type"),
            (7, "`` is no event type"),
            (8, "the event has 1048"),
            (9, "the line is longer than any event can be"),
            (11, "`a.\\u{1b}[2J` is no event type"),
        ] {
            let told = lines.next().expect("a line");
            let start = format!("warning: line {number} is refused: {reason}");
            assert!(told.starts_with(&start), "{start}\n{told}");
        }
        assert_eq!(lines.next(), Some("10 events: 3 sent, 7 refused"));
        let error = lines
            .next()
            .map(|line| line.starts_with("error: 7 of 10 lines"));
        assert_eq!(error, args.first().map(|_| true), "{said}");
    }
    let types: Vec<_> = redis
        .entries("emp:events")
        .iter()
        .map(|entry| entry["eventType"].clone())
        .collect();
    assert_eq!(types, ["a.first", "a.large", "a.last"].repeat(2));
}

#[test]
fn an_input_that_cannot_be_read_is_told() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let folder = std::fs::File::open(sandbox.work()).expect("a folder");
    let mut emit = sandbox.command(&["emit", "--stdin"]);
    let output = emit.stdin(folder).output().expect("emp runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("error: cannot read standard input"), "{said}");
}

/// Found events without what tells where they were read.
fn without_place(sandbox: &Sandbox) -> Vec<Value> {
    let mut events = sandbox.found(&[]);
    for event in &mut events {
        let event = event.as_object_mut().expect("an object");
        event.remove("_id");
        event.remove("_stream").expect("a stream");
    }
    events
}

#[test]
fn what_was_found_passes_through_unchanged() {
    let (one, other) = (TestRedis::start(), TestRedis::start());
    let events = [
        r#"{"timestamp":1758960000001,"eventType":"a.one","service":"s","traceId":"t","eventId":"id-1","data":{"big":12345678901234567890123,"a":1,"a":2}}"#,
        r#"{"timestamp":"2025-09-27T10:00:00Z","eventType":"a.two","service":"s","traceId":"t","parentSpanId":"p","eventId":"id-2","level":"warn","data":"plain","v":3,"extra":"kept","more":[1]}"#,
        r#"{"timestamp":1758960000003,"eventType":"error.E","service":"s","traceId":"t","jobId":"j","eventId":"id-3"}"#,
        r#"{"timestamp":1758960000004,"eventType":"error.In","service":"s","traceId":"t","eventId":"id-4","_stream":"emp:events","_id":"1-1"}"#,
    ];
    let from = Sandbox::with(&one);
    let (code, said) = feed(&from, &[], events.join("\n"));
    assert_eq!((code, said.as_str()), (0, "4 events: 4 sent\n"));
    let found = from.stdout(&["search", "-o", "jsonl"]);
    assert!(found.contains(r#""data":{"big":12345678901234567890123,"a":1,"a":2}"#));

    let to = Sandbox::with(&other);
    let mut emit = to.emp(&["emit", "--stdin"]);
    // The context fills what is open, and nothing is.
    emit.env("EMP_SERVICE", "mine").env("TRACEPARENT", "none");
    emit.write_stdin(found.clone()).assert().success();
    assert_eq!(without_place(&to), without_place(&from));
    let lengths = |redis: &TestRedis| (redis.len("emp:events"), redis.len("emp:errors"));
    assert_eq!(lengths(&one), (3, 1));
    assert_eq!(lengths(&other), (3, 1));

    // The same through a journal.
    let away = Sandbox::new();
    feed(&away, &[], found);
    assert_eq!(without_place(&away), without_place(&from));
}

#[test]
fn a_producer_that_pauses_holds_nothing_back() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut emit = start(&sandbox);
    let mut input = emit.stdin.take().expect("a pipe");
    for n in 0..3 {
        // Also in the middle of the next line.
        let text = format!("{}{{\"eventType\":", line(n));
        let text = text.strip_prefix(if n > 0 { "{\"eventType\":" } else { "" });
        input
            .write_all(text.expect("a line").as_bytes())
            .expect("a reader");
        wait_for("the line in Redis", || {
            (redis.len("emp:events") == n as u64 + 1).then_some(())
        });
    }
    input.write_all(b"\"a.last\"}").expect("a reader");
    drop(input);
    assert_eq!(finish(emit), "4 events: 4 sent\n");
    assert_eq!(redis.len("emp:events"), 4);
}

#[test]
fn a_journal_that_waits_is_drained_on_the_way() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut away = sandbox.emp(&["emit", "--stdin", "--url", "redis://127.0.0.1:1"]);
    let input: String = (0..1000).map(line).collect();
    away.write_stdin(input).assert().success();
    assert_eq!(redis.len("emp:events"), 0);
    let (code, said) = feed(&sandbox, &[], line(1000));
    let meant = "1 event: 1 sent, 1000 moved from the journal to Redis\n";
    assert_eq!((code, said.as_str()), (0, meant));
    assert!(sandbox.found(&["--from", "journal"]).is_empty());
    assert_eq!(found_numbers(&sandbox), (0..1001).collect());
}

#[test]
fn nothing_is_lost_when_redis_dies_in_the_middle() {
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut redis = TestRedis::with_args(&args);
    let sandbox = Sandbox::with(&redis);
    let mut emit = start(&sandbox);
    let mut input = emit.stdin.take().expect("a pipe");
    let mut write = |range: std::ops::Range<usize>| {
        let text: String = range.map(line).collect();
        input.write_all(text.as_bytes()).expect("a reader");
    };
    write(0..2000);
    wait_for("events in Redis", || {
        (redis.len("emp:events") > 500).then_some(())
    });
    redis.kill9();
    write(2000..4000);
    wait_for("events in the journal", || {
        let held = sandbox.found(&["--from", "journal", "-n", "1"]);
        (!held.is_empty()).then_some(())
    });
    redis.restart();
    write(4000..5000);
    drop(input);
    let said = finish(emit);
    assert!(
        said.starts_with("5000 events: ") && !said.contains("lost"),
        "{said}"
    );
    assert_eq!(found_numbers(&sandbox), (0..5000).collect(), "{said}");

    wait_for("an empty journal", || {
        let drain = sandbox.command(&["emit", "a.b", "-d", "n:=5000"]).status();
        assert!(drain.expect("emp runs").success());
        sandbox
            .found(&["--from", "journal"])
            .is_empty()
            .then_some(())
    });
    let mut times = BTreeMap::new();
    for entry in redis.entries("emp:events") {
        *times.entry(entry["eventId"].clone()).or_insert(0) += 1;
    }
    assert!(times.len() > 5000, "all are in Redis now");
}

#[test]
fn a_shell_sees_no_difference_between_up_and_down() {
    let redis = TestRedis::start();
    for sandbox in [Sandbox::with(&redis), Sandbox::new()] {
        let mut sh = Command::new("sh");
        let script = "set -e; for n in 1 2 3; do echo '{\"eventType\":\"a.b\"}'; done | \"$0\" emit --stdin -q; \
                      \"$0\" emit a.c; echo went on";
        let emp = sandbox.command(&[]);
        sh.args(["-c", script]).arg(emp.get_program());
        let variables = emp.get_envs();
        sh.env_clear();
        sh.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        let output = sh.current_dir(sandbox.work()).output().expect("a shell");
        assert_eq!(output.stderr, b"");
        assert_eq!(output.stdout, b"went on\n");
        assert_eq!(sandbox.found(&[]).len(), 4);
    }
}
