//! `emp collect --check`: every thing that a collector needs is looked at, and nothing is touched.

use std::fs;
use std::net::TcpListener;

use serde::Deserialize;

use super::{Collector, GROUPS, add, wait_until_acknowledged};
use crate::support::otlp::{Receiver, Reply};
use crate::support::{Sandbox, TestRedis};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    verdict: String,
    checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    subject: String,
    name: String,
    verdict: String,
    message: String,
    hint: Option<String>,
    #[expect(dead_code, reason = "each check has its own")]
    facts: serde_json::Map<String, serde_json::Value>,
}

impl Report {
    /// The one check of this name that is not well, or that there is.
    fn get(&self, subject: &str, name: &str) -> &Check {
        let mut found = self
            .checks
            .iter()
            .filter(|check| check.subject == subject && check.name == name);
        let first = found
            .next()
            .unwrap_or_else(|| panic!("no {subject} {name}: {self:#?}"));
        found.find(|check| check.verdict != "ok").unwrap_or(first)
    }

    fn has(&self, subject: &str, name: &str, verdict: &str, said: &str) {
        let check = self.get(subject, name);
        assert!(
            check.verdict == verdict && check.message.contains(said),
            "{check:#?}"
        );
        assert_eq!(check.hint.is_some(), verdict != "ok", "{check:#?}");
    }
}

/// What the check prints, and its exit code.
fn check(sandbox: &Sandbox, more: &[&str]) -> (Report, i32) {
    let args = ["collect", "--check", "-o", "json"];
    let mut command = sandbox.command(&[&args, more].concat());
    command.env("EMP_LISTEN", "none").env("EMP_SPOOL", "spool");
    let output = command.output().expect("emp runs");
    let report = serde_json::from_slice(&output.stdout);
    let report: Report = report.unwrap_or_else(|error| panic!("{error}: {output:#?}"));
    (report, output.status.code().expect("a code"))
}

fn keys(redis: &TestRedis) -> Vec<String> {
    redis.run(&["KEYS", "*"])
}

#[test]
fn all_is_well_and_nothing_is_touched() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let receiver = Receiver::start();
    let url = receiver.url();
    redis.add("emp:events", &[("eventType", "job.created")]);
    let (report, code) = check(&sandbox, &["--otlp-endpoint", &url]);
    assert_eq!((code, &*report.verdict), (0, "ok"), "{report:#?}");
    report.has("redis", "rights", "ok", "read emp:events");
    report.has("redis", "group", "ok", "is not there yet");
    report.has("file", "path", "ok", "events.log can be made");
    report.has("spool", "path", "ok", "file.db can be made");
    for signal in ["logs", "traces", "metrics"] {
        report.has("otlp", signal, "ok", "takes them");
    }
    report.has(
        "alerts",
        "rule",
        "ok",
        "critical-errors: count = 10, window = \"1m\"",
    );
    assert_eq!(keys(&redis), ["emp:events"]);
    let groups: Vec<redis::Value> = redis.run(&["XINFO", "GROUPS", "emp:events"]);
    assert!(groups.is_empty(), "{groups:?}");
    let left = fs::read_dir(sandbox.work()).expect("a folder").count();
    assert_eq!(left, 0, "files were made");
    let taken = receiver.taken();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|one| one.message.is_empty()), "{taken:?}");

    // For people the same, with a last word.
    let args = ["collect", "--check", "--listen", "none"];
    let said = sandbox.stdout(&args);
    assert!(said.contains("rights   may read emp:events"), "{said}");
    assert!(said.ends_with("\nready\n"), "{said}");
}

#[test]
fn each_thing_that_does_not_work_is_told() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["SET", "emp:errors", "a text"]);
    let acl = [
        "ACL", "SETUSER", "default", "on", "nopass", "~*", "+@all", "-xtrim",
    ];
    redis.run::<()>(&acl);
    sandbox.write("afile", "");
    sandbox.write(
        "emp.toml",
        "[[alerts]]\nname = \"slip\"\nquery = \"servcie:worker\"\ncount = 1\n",
    );
    let notify = ["[notify]", "command = \"./afile --x\""].join("\n");
    let rules = fs::read_to_string(sandbox.work().join("emp.toml")).expect("a file");
    sandbox.write("emp.toml", format!("{rules}{notify}\n"));
    let receiver = Receiver::start();
    for _ in 0..3 {
        receiver.then(Reply::Http(401, Vec::new(), b"who are you".to_vec()));
    }
    let more = [
        "--otlp-endpoint",
        &receiver.url(),
        "--file",
        "afile/events.log",
    ];
    let (report, code) = check(&sandbox, &more);
    assert_eq!((code, &*report.verdict), (1, "fail"));
    report.has("redis", "stream", "fail", "emp:errors holds no stream");
    report.has(
        "redis",
        "rights",
        "fail",
        "may not remove old entries: NOPERM",
    );
    report.has("file", "path", "fail", "cannot write afile/events.log");
    report.has("otlp", "logs", "fail", "HTTP 401: who are you");
    report.has("alerts", "query", "warn", "slip: ");
    report.has("alerts", "notices", "fail", "by a command");

    let (report, code) = check(&sandbox, &["--url", "redis://127.0.0.1:1"]);
    assert_eq!(code, 1);
    report.has("redis", "server", "fail", "cannot reach Redis");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (report, code) = check(&sandbox, &["--listen", &address]);
    assert_eq!(code, 1);
    report.has("http", "listen", "fail", "is in use");
}

#[test]
fn a_collector_that_runs_is_no_failure() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let collector = Collector::start(&sandbox, "one", &[]);
    for (stream, _) in GROUPS {
        let made = format!("{stream}: made the consumer group");
        collector.running.wait_for_error(&made);
    }
    add(&redis, 1..=10);
    wait_until_acknowledged(&redis);
    let folder = sandbox.work().join("one");
    let file = collector.file.display().to_string();
    let spool = folder.join("spool").display().to_string();
    let more = ["--consumer", "one", "--file", &file, "--spool", &spool];
    let (report, code) = check(&sandbox, &more);
    assert_eq!(code, 0, "{report:#?}");
    report.has("file", "path", "ok", "is being written");
    report.has("spool", "path", "ok", "is empty, by a collector that runs");
    report.has("redis", "group", "ok", "0 entries unread");
    let taken = "one runs with the name one, the file, the spool";
    report.has("collector", "running", "warn", taken);
    let warnings = report.checks.iter().filter(|one| one.verdict == "warn");
    assert_eq!(warnings.count(), 1, "{report:#?}");
}

/// What makes no sense is wrong usage, as it is for a collector.
#[test]
fn settings_that_make_no_sense_are_errors() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "broken.toml",
        "[[alerts]]\nname = \"x\"\nquery = \"a:(\"\ncount = 1\n",
    );
    for (args, said) in [
        (&["--file", "none"][..], "no output is set"),
        (&["--listen", "0.0.0.0:0"], "asks for no token"),
        (&["--listen", "somewhere"], "cannot listen on somewhere"),
        (&["--otlp-endpoint", "ftp://x"], "does not go over `ftp`"),
        (
            &["--otlp-endpoint", "http://x", "--otlp-protocol", "carrier"],
            "carrier",
        ),
        (
            &["--otlp-endpoint", "https://x", "--otlp-ca", "nothing.pem"],
            "nothing.pem",
        ),
        (&["--config", "broken.toml"], "broken.toml line"),
    ] {
        let args = [&["collect", "--check"], args].concat();
        let output = sandbox.command(&args).output().expect("emp runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:#?}");
        assert!(error.contains(said), "{args:?}: {error}");
    }
}
