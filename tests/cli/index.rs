//! The index of jobs and traces, as queries use it.
//!
//! A collector made it, and of one entry it does not know: what a query finds tells how it has
//! looked.

use std::collections::BTreeMap;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use redis::Value;

use crate::support::{Running, Sandbox, TestRedis, wait_for};

const STREAM: &str = "emp:events";
const GROUP: &str = "telemetry-collectors";

/// Two entries of one job and one of another, all acknowledged; the index lacks the second of the
/// first job, which another hand has acknowledged.
fn indexed() -> TestRedis {
    let redis = TestRedis::start();
    let add = |job: &str, event_type: &str| {
        let fields = [("service", "s"), ("eventType", event_type), ("jobId", job)];
        redis.add(STREAM, &fields)
    };
    add("job_1", "job.created");
    let last = add("job_2", "job.created");
    let sandbox = Sandbox::with(&redis);
    let args = ["collect", "--file", "out.log", "--listen", "none"];
    let collector = Running::spawn(sandbox.command(&args));
    wait_for("both to be acknowledged", || {
        let groups: Vec<BTreeMap<String, Value>> = redis.run(&["XINFO", "GROUPS", STREAM]);
        let group = groups.first()?;
        let is_read = group["last-delivered-id"] == Value::BulkString(last.clone().into_bytes());
        (is_read && group["pending"] == Value::Int(0)).then_some(())
    });
    collector.interrupt();
    assert!(collector.finish().2.success());

    let id = add("job_1", "job.claimed");
    redis.run::<Value>(&["XREADGROUP", "GROUP", GROUP, "hand", "STREAMS", STREAM, ">"]);
    assert_eq!(redis.run::<u64>(&["XACK", STREAM, GROUP, &id]), 1);
    redis
}

#[test]
fn queries_for_one_job_read_what_the_index_names() {
    let redis = indexed();
    let sandbox = Sandbox::with(&redis);
    for query in [
        &["search", "job:job_1"][..],
        &["search", "job=job_1", "service:s"],
        &["search", "--job-id", "job_1"],
        &["search", "id:job_1", "-n", "5"],
        &["timeline", "job_1"],
    ] {
        let emp = |more: &[&str]| sandbox.emp(&[query, more].concat()).assert().success();
        emp(&[])
            .stdout(contains("job.created").and(contains("job.claimed").not()))
            .stderr("");
        emp(&["-v"]).stderr(contains("detail: emp:events was read by its index"));
        emp(&["--no-index", "-v"])
            .stdout(contains("job.created").and(contains("job.claimed")))
            .stderr(contains("index").not());
    }
}

#[test]
fn other_queries_read_every_entry() {
    let redis = indexed();
    let sandbox = Sandbox::with(&redis);
    for query in [
        "job_1",
        "job:job_*",
        "job:job_1 OR job:job_2",
        "-job:job_2",
        "job:~^job_1$",
        "service:s",
    ] {
        let found = sandbox.emp(&["search", "-v", query]).assert().success();
        found.stdout(contains("job.claimed")).stderr("");
    }
    let emp = sandbox.emp(&["timeline", "-v", "job_"]).assert().code(2);
    emp.stderr(contains("no index knows the id: every entry was read").and(contains("2 events")));
    let emp = sandbox.emp(&["search", "-v", "worker:w"]).assert().code(1);
    emp.stderr(contains(
        "every entry of emp:events was read: only jobs and traces are indexed",
    ));
}

#[test]
fn what_was_searched_in_vain_is_told() {
    let redis = indexed();
    let sandbox = Sandbox::with(&redis);
    let emp = sandbox.emp(&["search", "job:job_3"]).assert().code(1);
    emp.stderr(contains("by index: 0 entries scanned; it holds "));
    let all = sandbox.emp(&["search", "--no-index", "job:job_3"]).assert();
    all.stderr(contains("emp:errors): 3 entries scanned; it holds "));
    let emp = sandbox.emp(&["timeline", "job_3"]).assert().code(1);
    emp.stderr(contains("emp:errors): 3 entries scanned; it holds "));
}
