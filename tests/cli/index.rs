//! The index of jobs and traces, as queries use it.
//!
//! It is made by hand here, with less in it than a collector would put there: what a query finds
//! tells how it has looked.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::{Sandbox, TestRedis};

const PREFIX: &str = "emp:index:{emp:events}:";

/// Two entries of one job and one of another, all acknowledged; the index holds the first of each.
fn indexed() -> TestRedis {
    let redis = TestRedis::start();
    let mut ids = Vec::new();
    for (job, event_type) in [
        ("job_1", "job.created"),
        ("job_2", "job.created"),
        ("job_1", "job.claimed"),
    ] {
        let fields = [("service", "s"), ("eventType", event_type), ("jobId", job)];
        ids.push(redis.add("emp:events", &fields));
    }
    let group = ["emp:events", "telemetry-collectors"];
    redis.run::<()>(&[&["XGROUP", "CREATE"], &group[..], &["0"]].concat());
    let read = [
        "XREADGROUP",
        "GROUP",
        group[1],
        "c",
        "STREAMS",
        group[0],
        ">",
    ];
    redis.run::<redis::Value>(&read);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    redis.run::<u64>(&[&["XACK"], &group[..], &ids].concat());

    for (job, id) in [("job_1", ids[0]), ("job_2", ids[1])] {
        pack(&redis, &format!("{PREFIX}j{job}"), id);
    }
    let run: String = redis.run(&["INFO", "server"]);
    let run = run.lines().find_map(|line| line.strip_prefix("run_id:"));
    let meta = format!("{PREFIX}meta");
    let fields = ["group", group[1], "run", run.expect("an id").trim()];
    redis.run::<()>(&[&["HSET", &meta], &fields[..]].concat());
    redis.run::<()>(&["HSET", &meta, "evicted", "0", "from", "0-0", "last", ids[2]]);
    redis
}

/// Makes a key hold one entry id, as the index packs it.
fn pack(redis: &TestRedis, key: &str, id: &str) {
    let (ms, seq) = id.split_once('-').expect("an id");
    let mut bytes = Vec::new();
    for number in [ms, seq] {
        let mut number: u64 = number.parse().expect("a number");
        while number >= 0x80 {
            bytes.push(number % 0x80 + 0x80);
            number /= 0x80;
        }
        bytes.push(number);
    }
    redis.run::<()>(&["DEL", key]);
    // `run` takes text: the script makes bytes of numbers.
    let script = "redis.call('APPEND', KEYS[1], string.char(unpack(ARGV)))";
    let bytes: Vec<String> = bytes.iter().map(u64::to_string).collect();
    let mut command = vec!["EVAL", script, "1", key];
    command.extend(bytes.iter().map(String::as_str));
    redis.run::<()>(&command);
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
    emp.stderr(contains("by index: 0 entries scanned, which hold "));
    let all = sandbox.emp(&["search", "--no-index", "job:job_3"]).assert();
    all.stderr(contains("emp:errors): 3 entries scanned, which hold "));
    let emp = sandbox.emp(&["timeline", "job_3"]).assert().code(1);
    emp.stderr(contains("emp:errors): 3 entries scanned, which hold "));
}
