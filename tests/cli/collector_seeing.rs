//! Seeing into a collector: what it answers over HTTP, and what `emp health` tells of it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::otlp::Receiver;
use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// The address that a collector says it listens on.
fn address(collector: &Running) -> String {
    collector.wait_for_error("listening on http://");
    let said = collector.stderr();
    let line = said.lines().find(|line| line.contains("listening on"));
    let (_, address) = line
        .and_then(|line| line.split_once("http://"))
        .expect("told");
    address.trim().to_owned()
}

fn collect(sandbox: &Sandbox, consumer: &str, more: &[&str]) -> Command {
    let (file, spool) = (format!("{consumer}.log"), format!("spool-{consumer}"));
    let args = [
        "collect",
        "--consumer",
        consumer,
        "--file",
        &file,
        "--spool",
        &spool,
    ];
    sandbox.command(&[&args[..], more].concat())
}

/// A collector that has joined both streams, and where it listens.
pub(crate) fn started(sandbox: &Sandbox, consumer: &str, more: &[&str]) -> (Running, String) {
    let listen = [&["--listen", "127.0.0.1:0"], more].concat();
    let collector = Running::spawn(collect(sandbox, consumer, &listen));
    let at = address(&collector);
    wait_for("both streams", || {
        (get(&at, "/readyz", "").0 == 200).then_some(())
    });
    (collector, at)
}

/// Status, head and body of an answer.
fn ask(at: &str, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), head.to_owned(), body.to_owned())
}

fn get(at: &str, path: &str, headers: &str) -> (u16, String, String) {
    ask(
        at,
        &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"),
    )
}

/// The checks that `emp health` makes of collectors, and its exit code.
pub(crate) fn checks(sandbox: &Sandbox) -> (Vec<Value>, Option<i32>) {
    let mut health = sandbox.command(&["health", "-o", "json"]);
    let output = health.output().expect("emp runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks").clone();
    let own = checks
        .into_iter()
        .filter(|check| check["subject"] == "collectors");
    (own.collect(), output.status.code())
}

pub(crate) fn message(checks: &[Value], begin: &str) -> String {
    let messages = checks.iter().filter_map(|check| check["message"].as_str());
    let found = messages.clone().find(|message| message.starts_with(begin));
    let all: Vec<_> = messages.collect();
    found
        .unwrap_or_else(|| panic!("no {begin} in {all:#?}"))
        .to_owned()
}

#[test]
fn a_collector_answers_over_http() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let (collector, at) = started(&sandbox, "node-a", &[]);
    let emit = |event_type, service| {
        let job = ["--job-id", "job_1", "-d", "jobType=image"];
        let emit = [&["emit", event_type, "--service", service], &job[..]].concat();
        sandbox.emp(&emit).assert().success();
    };
    emit("job.created", "api-server");
    assert_eq!(get(&at, "/healthz", "").2, "ok\n");
    let (status, _, pages) = get(&at, "/", "");
    assert_eq!(status, 200);
    for page in ["/healthz", "/readyz", "/status", "/metrics"] {
        assert!(pages.contains(page), "{pages}");
    }
    let ready: Value = serde_json::from_str(&get(&at, "/readyz", "").2).expect("JSON");
    assert_eq!(ready, serde_json::json!({"ready": true, "reasons": []}));
    wait_for("the event in the file", || {
        let status: Value = serde_json::from_str(&get(&at, "/status", "").2).expect("JSON");
        (status["outputs"][0]["delivered"] == 1).then_some(())
    });
    let status: Value = serde_json::from_str(&get(&at, "/status", "").2).expect("JSON");
    assert_eq!(status["consumer"], "node-a");
    assert_eq!(status["streams"][0]["read"], 1);
    assert!(status["alerts"]["firing"].is_array(), "{status}");
    assert!(
        status["memory"]
            .as_u64()
            .is_some_and(|memory| memory > 1 << 20)
    );

    let (_, head, metrics) = get(&at, "/metrics", "");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    for line in [
        "jobs_submitted_total{type=\"image\"} 1",
        "emp_events_total{service=\"api-server\",type=\"job.created\"} 1",
        "emp_collector_delivered_total{output=\"file\"} 1",
    ] {
        assert!(
            metrics.lines().any(|shown| shown == line),
            "{line}: {metrics}"
        );
    }
    emit("job.completed", "worker");
    wait_for("the end of the job", || {
        let metrics = get(&at, "/metrics", "").2;
        let ended = "jobs_processed_total{type=\"image\",status=\"completed\"} 1";
        let counted = "job_duration_seconds_count{type=\"image\"} 1";
        (metrics.contains(ended) && metrics.contains(counted)).then_some(())
    });
    let open = "Accept: application/openmetrics-text;version=1.0.0\r\n";
    assert!(get(&at, "/metrics", open).2.ends_with("# EOF\n"));

    for path in ["/healthz", "/readyz", "/status", "/metrics"] {
        let head = ask(
            &at,
            &format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        );
        assert_eq!((head.0, &*head.2), (200, ""), "{path}");
        let post = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        let (status, head, _) = ask(&at, &post);
        assert_eq!(status, 405, "{path}");
        assert!(head.to_lowercase().contains("allow: get,head"), "{head}");
    }
    let (status, _, body) = get(&at, "/metric", "");
    assert_eq!(status, 404);
    assert!(body.contains("hint: there are /healthz"), "{body}");
    let rebound = "GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(ask(&at, rebound).0, 403);
    // Nobody gets to send without end.
    let mut flood = TcpStream::connect(&at).expect("it listens");
    let _ = flood.write_all(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(60_000)).as_bytes());
    let mut answer = Vec::new();
    let _ = flood.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(get(&at, "/healthz", "").0, 200);

    collector.interrupt();
    let (_, said, status) = collector.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(
        TcpStream::connect(&at).is_err(),
        "it ended with its collector"
    );
}

#[test]
fn an_outage_is_not_ready_but_alive() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    let (_collector, at) = started(&sandbox, "node-a", &[]);
    redis.kill9();
    let body = wait_for("both streams to be missed", || {
        let (status, _, body) = get(&at, "/readyz", "");
        (status == 503 && body.contains("emp:errors: ") && body.contains("emp:events: "))
            .then_some(body)
    });
    let ready: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(ready["ready"], false);
    let reason = ready["reasons"][0].as_str().expect("a reason");
    assert!(
        reason.starts_with("emp:events: cannot reach Redis"),
        "{reason}"
    );
    assert_eq!(get(&at, "/healthz", "").0, 200);
    redis.restart();
    wait_for("both streams again", || {
        (get(&at, "/readyz", "").0 == 200).then_some(())
    });
}

#[test]
fn beyond_loopback_a_token_is_asked_for() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut open = sandbox.emp(&["collect", "--listen", "0.0.0.0:0"]);
    let open = open.assert().code(2).get_output().stderr.clone();
    let said = String::from_utf8_lossy(&open).into_owned();
    assert!(
        said.contains("asks for no token") && said.contains("EMP_LISTEN_TOKEN"),
        "{said}"
    );
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address_taken = taken.local_addr().expect("an address").to_string();
    for (listen, reason) in [
        (&*address_taken, "--listen names another port"),
        ("9464", "HOST:PORT"),
        ("localhost:port", "HOST:PORT"),
    ] {
        let mut refused = sandbox.emp(&["collect", "--listen", listen]);
        let said = refused.assert().code(2).get_output().stderr.clone();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(
            said.contains("cannot listen on") && said.contains(reason),
            "{said}"
        );
    }

    let mut command = collect(&sandbox, "node-a", &["--listen", "0.0.0.0:0"]);
    command.env("EMP_LISTEN_TOKEN", "sesame");
    let collector = Running::spawn(command);
    let at = address(&collector).replace("0.0.0.0", "127.0.0.1");
    let right = "Authorization: Bearer sesame\r\n";
    for path in ["/status", "/metrics"] {
        let (status, head, body) = get(&at, path, "Authorization: Bearer open\r\n");
        assert_eq!(status, 401);
        assert!(
            head.to_lowercase().contains("www-authenticate: bearer"),
            "{head}"
        );
        assert!(!body.contains("node-a"), "{body}");
        assert_eq!(get(&at, path, right).0, 200);
    }
    let anywhere = "GET /healthz HTTP/1.1\r\nHost: collector.example\r\n\r\n";
    assert_eq!(ask(&at, anywhere).0, 200);
    assert!(!collector.stderr().contains("sesame"));
}

#[test]
fn health_tells_of_collectors_that_run_and_that_are_gone() {
    let redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    assert!(checks(&sandbox).0.is_empty(), "no collector, no section");
    let (clean, _at) = started(&sandbox, "node-a", &[]);
    let (killed, _at) = started(&sandbox, "node-b", &[]);
    let both = || {
        let (checks, _) = checks(&sandbox);
        let alive = checks.iter().filter(|check| check["name"] == "collector");
        (alive.count() == 2).then_some(checks)
    };
    let told = wait_for("both collectors", both);
    let version = concat!("events/s, emp ", env!("CARGO_PKG_VERSION"), ", up ");
    assert!(message(&told, "node-a: ").contains(version), "{told:#?}");
    assert!(message(&told, "node-b file: ").starts_with("node-b file: nothing to deliver so far"));
    // Another system on the same server knows nothing of them.
    let mut other = sandbox.emp(&["health", "--collector", "node-a"]);
    let other = other
        .env("EMP_EVENTS_STREAM", "other:events")
        .assert()
        .code(1);
    let said = String::from_utf8_lossy(&other.get_output().stdout).into_owned();
    assert!(said.contains("node-a: no word of it in Redis"), "{said}");

    clean.interrupt();
    let (_, said, status) = clean.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    let (left, _) = checks(&sandbox);
    assert!(
        left.iter()
            .all(|check| !check["message"].to_string().contains("node-a"))
    );
    drop(killed);
    // As if that had been a while ago.
    let keys: Vec<String> = redis.run(&["KEYS", "emp:collector:*:seen:node-b"]);
    let _: i64 = redis.run(&["PEXPIRE", &keys[0], "86200000"]);
    let (left, code) = checks(&sandbox);
    let gone = message(&left, "node-b: gone, last seen 3m");
    assert!(gone.ends_with(", and no other collector runs"), "{gone}");
    assert_eq!(code, Some(0), "nothing waits for it");
    redis.add("emp:events", &[("service", "s"), ("eventType", "a.b")]);
    let (left, code) = checks(&sandbox);
    let gone = message(&left, "node-b: gone");
    assert!(
        gone.ends_with("no other collector runs; 1 event waits in Redis"),
        "{gone}"
    );
    assert_eq!(code, Some(1));
    redis.add("emp:dead", &[("dead.reason", "too old")]);
    let (left, _) = checks(&sandbox);
    assert_eq!(
        message(&left, "emp:dead"),
        "emp:dead: 1 event that an output refused for good"
    );
}

#[test]
fn a_container_asks_whether_its_collector_lives() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    let (collector, at) = started(&sandbox, "node-a", &[]);
    let judged = |args: &[&str], env: &[(&str, &str)]| {
        let mut health = sandbox.command(&[&["health", "--collector"], args].concat());
        let output = health.envs(env.iter().copied()).output().expect("emp runs");
        assert!(output.stderr.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stdout).expect("text");
        (output.status.code(), said)
    };
    let here = [("EMP_LISTEN", &*at)];
    assert_eq!(
        judged(&[], &here),
        (Some(0), format!("  ✓ collector  {at}: alive\n"))
    );
    let by_heartbeat = [("EMP_LISTEN", "none"), ("EMP_CONSUMER", "node-a")];
    wait_for("a heartbeat after both streams were joined", || {
        (judged(&["--ready"], &by_heartbeat).0 == Some(0)).then_some(())
    });
    assert_eq!(judged(&["node-a"], &here).0, Some(0));
    assert_eq!(judged(&["node-z"], &here).0, Some(1));
    let (code, said) = judged(&["node-a", "-o", "json"], &here);
    let report: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &report["verdict"]), (Some(0), &Value::from("ok")));
    assert_eq!(report["checks"][0]["facts"]["name"], "node-a");

    redis.kill9();
    wait_for("the outage to be seen", || {
        let (code, said) = judged(&["--ready"], &here);
        let not_ready = said.contains(&format!("{at}: alive, not ready: emp:"));
        (code == Some(1) && not_ready).then_some(())
    });
    let (code, said) = judged(&[], &here);
    assert_eq!(code, Some(0), "the outage is not its fault: {said}");
    assert!(said.contains(", not ready: emp:"), "{said}");
    drop(collector);
    let (code, said) = judged(&[], &here);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(&format!("{at}: nobody listens there")),
        "{said}"
    );
}

#[test]
fn figures_go_over_otlp_too() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let receiver = Receiver::start();
    let url = receiver.url();
    let metrics = ["--otlp-endpoint", &url, "--otlp-signals", "metrics"];
    let (collector, at) = started(&sandbox, "node-a", &metrics);
    let emit = ["emit", "job.created", "--service", "api-server"];
    sandbox.emp(&emit).assert().success();
    wait_for("the event to be read", || {
        let metrics = get(&at, "/metrics", "").2;
        metrics.contains("emp_events_total{").then_some(())
    });
    // The last ones are sent at the end, whatever the interval.
    collector.interrupt();
    let (_, said, status) = collector.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    let taken = receiver.taken();
    let last = taken.last().expect("a request");
    assert_eq!(last.path, "/v1/metrics");
    let holds = |text: &str| {
        last.message
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    for text in [
        "emp_events",
        "api-server",
        "emp_collector_delivered",
        "jobs_submitted",
        "node-a",
    ] {
        assert!(holds(text), "{text}");
    }
}
