//! Alerts, as people see them: in the log, in the stream and in `emp health`.

use serde_json::Value;

use crate::collector_seeing::{checks, message, started};
use crate::support::{Sandbox, TestRedis, wait_for};

#[test]
fn an_alert_is_seen_from_its_beginning_to_its_end() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.write(
        "emp.toml",
        "[[alerts]]\nname = \"any-report\"\nquery = \"type:report.made\"\ncount = 1\n\
         window = \"1s\"\nresolve_after = \"1s\"\n",
    );
    let (collector, _at) = started(&sandbox, "node-a", &[]);
    redis.add(
        "emp:events",
        &[("service", "s"), ("eventType", "report.made")],
    );
    collector.wait_for_error("alert fired: any-report: 1 in 1 s");
    collector.wait_for_error("alert resolved: any-report: resolved after");
    // Each notice is an event that belongs to a trace: the same for the beginning and the end.
    let told = sandbox.stdout(&["search", "type:alert.*", "-o", "jsonl"]);
    let traces: Vec<_> = told
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["traceId"].clone())
        .collect();
    assert!(traces.len() >= 2 && traces[0].is_string(), "{told}");
    assert!(traces.iter().all(|trace| *trace == traces[0]), "{told}");

    collector.interrupt();
    let (_, said, status) = collector.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    let (left, code) = checks(&sandbox);
    let nobody = "none runs, though their consumer groups are there";
    assert_eq!(message(&left, "none"), nobody);
    assert_eq!(code, Some(0), "nothing waits");
}

#[test]
fn health_lists_the_alerts_that_fire() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.write(
        "emp.toml",
        "[[alerts]]\nname = \"any-report\"\nquery = \"type:report.made\"\ncount = 1\n",
    );
    let (collector, _at) = started(&sandbox, "node-a", &[]);
    redis.add(
        "emp:events",
        &[("service", "s"), ("eventType", "report.made")],
    );
    collector.wait_for_error("alert fired: any-report: 1 in 1m");
    let said = wait_for("a heartbeat that tells of it", || {
        let output = sandbox.command(&["health"]).output().expect("emp runs");
        let said = String::from_utf8(output.stdout).expect("text");
        said.contains("any-report: 1 in 1m").then_some(said)
    });
    assert!(said.contains("[warning"), "{said}");
}
