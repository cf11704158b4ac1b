//! `emp errors`: what fails, by kind, and every other view of it.

mod views;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Sandbox, TestRedis};

/// 2025-09-26T10:30:00Z, a day before the sandbox's now.
const START: i64 = 1_758_882_600_000;
const MINUTE: i64 = 60_000;

/// A line of a file of events.
fn line(at: i64, stream: &str, service: &str, event_type: &str, job: &str, data: &Value) -> String {
    let mut event = json!({
        "timestamp": START + at,
        "service": service,
        "eventType": event_type,
        "data": data,
        "_stream": stream,
    });
    if !job.is_empty() {
        event["jobId"] = json!(job);
    }
    format!("{event}\n")
}

/// A day of a job system: every ten minutes a job fails to reach its model, told by three events; in
/// the last hour a disk is full.
fn day() -> String {
    let mut lines = String::new();
    for number in 0..143 {
        let (at, job) = (number * 10 * MINUTE, format!("job_{number}"));
        let machine = json!({"machineId": format!("gpu-{}", number % 4)});
        lines += &line(
            at,
            "emp:events",
            "api",
            "job.created",
            &job,
            &json!({"userId": "u1"}),
        );
        let message = format!("no answer from 10.0.0.{number} after {number} ms");
        let mut step = json!({ "error": message });
        step["machineId"] = machine["machineId"].clone();
        lines += &line(
            at + 5_000,
            "emp:events",
            "worker",
            "connector.processing_failed",
            &job,
            &step,
        );
        let error = json!({"name": "TimeoutError", "message": message,
            "stack": format!("TimeoutError: {message}\n    at Client.ask (/app/client.ts:{}:7)", 5)});
        lines += &line(
            at + 5_001,
            "emp:errors",
            "worker",
            "error.TimeoutError",
            &job,
            &error,
        );
        lines += &line(
            at + 5_010,
            "emp:events",
            "worker",
            "job.failed",
            &job,
            &json!({}),
        );
    }
    for number in 0..6 {
        let data = json!({"name": "DiskError", "message": "no space left on \"/data\"",
            "version": "1.2.3", "machineId": "gpu-2"});
        let at = (23 * 60 + number * 5) * MINUTE;
        let job = format!("job_disk_{number}");
        lines += &line(at, "emp:errors", "worker", "error.DiskError", &job, &data);
    }
    lines
}

fn sandbox(lines: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("day.ndjson", lines);
    sandbox
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Report {
    window: Window,
    failures: u64,
    per_hour: Option<f64>,
    trend: Vec<f64>,
    linked: u64,
    kinds: u64,
    kinds_are_estimated: bool,
    lumped: u64,
    groups: Vec<Group>,
    more_groups: u64,
    recent: Vec<Failure>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Window {
    from: String,
    until: String,
    known_from: Option<String>,
    now: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Group {
    id: String,
    fingerprint: String,
    name: String,
    frames: Vec<String>,
    state: String,
    silent_ms: Option<i64>,
    count: u64,
    per_hour: Option<f64>,
    trend: Vec<f64>,
    first_seen: String,
    known_since: String,
    last_seen: String,
    services: Vec<Share>,
    jobs: u64,
    jobs_are_estimated: bool,
    users: u64,
    users_are_estimated: bool,
    is_lump: bool,
    newest: Failure,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Share {
    value: String,
    count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Failure {
    at: String,
    service: String,
    event_type: String,
    message: Option<String>,
    job_id: Option<String>,
    machine_id: Option<String>,
    version: Option<String>,
    job_type: Option<String>,
    #[serde(rename = "_stream")]
    stream: Option<String>,
    #[serde(rename = "_id")]
    entry: Option<String>,
    event_id: Option<String>,
    stack: Option<String>,
    also: Vec<Also>,
    kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Also {
    at: String,
    service: String,
    event_type: String,
}

fn report(sandbox: &Sandbox, args: &[&str]) -> Report {
    let args = [&["errors", "-o", "json", "--from", "day.ndjson"], args].concat();
    serde_json::from_str(&sandbox.stdout(&args)).expect("a report")
}

#[test]
fn a_day_by_kind() {
    let sandbox = sandbox(&day());
    let report = report(&sandbox, &[]);
    assert_eq!(
        (report.failures, report.linked, report.kinds),
        (149, 286, 2)
    );
    assert!(!report.kinds_are_estimated && report.lumped == 0 && report.more_groups == 0);
    let [disk, timeout] = &report.groups[..] else {
        panic!("{report:#?}");
    };
    assert_eq!(disk.fingerprint, "DiskError: no space left on <text>");
    assert_eq!(
        (&*disk.state, disk.count, disk.jobs, disk.name.as_str()),
        ("new", 6, 6, "DiskError")
    );
    assert_eq!(disk.newest.version.as_deref(), Some("1.2.3"));
    assert_eq!(
        timeout.fingerprint,
        "TimeoutError: no answer from # after # ms"
    );
    assert_eq!(
        (&*timeout.state, timeout.count, timeout.jobs),
        ("ongoing", 143, 143)
    );
    assert_eq!(timeout.frames, ["Client.ask (client.ts)"]);
    assert!(
        (timeout.per_hour.expect("a rate") - 6.0).abs() < 0.1,
        "{timeout:#?}"
    );
    assert!((timeout.trend.iter().sum::<f64>() - 143.0).abs() < 0.5);
    assert_eq!(
        (
            timeout.services[0].value.as_str(),
            timeout.services[0].count
        ),
        ("worker", 143)
    );
    // The error event took what ids it lacked from the others.
    let newest = &timeout.newest;
    assert_eq!(newest.machine_id.as_deref(), Some("gpu-2"));
    let also: Vec<_> = newest
        .also
        .iter()
        .map(|also| also.event_type.as_str())
        .collect();
    assert_eq!(also, ["connector.processing_failed", "job.failed"]);
    assert_eq!(
        (&newest.kind, &*newest.event_type),
        (&timeout.id, "error.TimeoutError")
    );
    assert_eq!(
        (timeout.users, timeout.silent_ms, timeout.is_lump),
        (0, None, false)
    );
    assert!(!timeout.jobs_are_estimated && !timeout.users_are_estimated);
    assert_eq!(timeout.known_since, timeout.first_seen);
    assert!(timeout.last_seen > timeout.first_seen);
    assert_eq!(report.recent.len(), 10);
    assert!(report.recent.is_sorted_by(|a, b| a.at <= b.at));
    assert!(report.per_hour.is_some() && report.trend.len() == timeout.trend.len());
    // A rate is over the time that is held, in the head as in the rows.
    let args = ["errors", "--from", "day.ndjson", "--last", "10d"];
    let wide = sandbox.stdout(&args);
    assert!(
        wide.contains("in the last 10d, of which 1d are held, 6"),
        "{wide}"
    );
    assert_eq!(report.window.from, "2025-09-26T10:30:00.000Z");
    assert_eq!(
        report.window.known_from.as_deref(),
        Some("2025-09-26T10:30:00.000Z")
    );
    assert!(report.window.until < report.window.now);
    let failure = &report.recent[0];
    let said = (
        failure.message.is_some(),
        failure.stack.is_some(),
        failure.entry.is_some(),
    );
    assert_eq!(said, (true, false, false));
    let more = (
        &failure.job_type,
        &failure.event_id,
        failure.service.as_str(),
    );
    assert_eq!(more, (&None, &None, "worker"));
    assert!(failure.job_id.is_some() && failure.stream.is_some());
    assert!(
        failure
            .also
            .iter()
            .all(|also| !also.at.is_empty() && also.service == "worker")
    );
}

#[test]
fn a_window_knows_what_came_before() {
    let sandbox = sandbox(&day());
    let late = report(&sandbox, &["--last", "1h"]);
    assert_eq!(late.failures, 6 + 5);
    assert_eq!(
        (&*late.groups[0].state, &*late.groups[0].name),
        ("new", "DiskError")
    );
    assert_eq!(
        (&*late.groups[1].state, late.groups[1].count),
        ("ongoing", 5)
    );
    assert!(late.groups[1].known_since < late.groups[1].first_seen);
    // A window before the disk was full.
    let early = report(
        &sandbox,
        &[
            "--since",
            "2025-09-27T00:00Z",
            "--until",
            "2025-09-27T06:00Z",
        ],
    );
    assert_eq!(
        (early.groups.len(), &*early.groups[0].state),
        (1, "ongoing")
    );
}

#[test]
fn filters_choose_among_what_fails() {
    let sandbox = sandbox(&day());
    for (args, failures) in [
        (&["machine:gpu-2"][..], 36 + 6),
        (&["--machine-id", "gpu-2"], 36 + 6),
        (&["--type", "DiskError"], 6),
        (&["--type", "Disk*"], 6),
        (&["--type", "error.DiskError"], 6),
        (&["--job-id", "job_7"], 1),
        (&["--stream", "errors"], 149),
        (&["-name:DiskError", "--stream", "errors"], 143),
        (&["--service", "worker", "-n", "1"], 149),
    ] {
        assert_eq!(report(&sandbox, args).failures, failures, "{args:?}");
    }
    let one = report(&sandbox, &["-n", "1"]);
    assert_eq!((one.groups.len(), one.more_groups), (1, 1));
}

#[test]
fn people_read_what_matters_first() {
    let sandbox = sandbox(&day());
    let text = sandbox.stdout(&["errors", "--from", "day.ndjson"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("149 failures of 2 kinds in 23h 40m until 10:10:05, 6.2"),
        "{text}"
    );
    assert_eq!(lines[1], "new: DiskError: no space left on <text>");
    assert_eq!(
        lines[2],
        "     6 in 6 jobs since 09:30:00, none before (last 35m ago)"
    );
    assert_eq!(
        lines[3],
        "286 further events tell of the same failures and are not counted"
    );
    let id = &report(&sandbox, &[]).groups[0].id[..8];
    for part in [
        "  09:55:00 [worker] DiskError: no space left on <text>  job_disk_5\n",
        &format!("\n  emp errors show {id} --from day.ndjson "),
        "\n  emp timeline job_disk_5 --from day.ndjson ",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 110),
        "{text}"
    );
}

#[test]
fn programs_read_lines_and_columns() {
    let sandbox = sandbox(&day());
    let jsonl = sandbox.stdout(&["errors", "--from", "day.ndjson", "-o", "jsonl"]);
    let rows = jsonl
        .lines()
        .map(|line| serde_json::from_str::<Group>(line).expect("a group"));
    assert_eq!(rows.map(|row| row.count).collect::<Vec<_>>(), [6, 143]);
    let args = [
        "errors",
        "--from",
        "day.ndjson",
        "-o",
        "csv",
        "--columns",
        "count,state,error",
    ];
    let expected = "count,state,error\n6,new,DiskError: no space left on <text>\n\
                    143,ongoing,TimeoutError: no answer from # after # ms\n";
    assert_eq!(sandbox.stdout(&args), expected);
    let (_, said) = fails(
        &sandbox,
        &["errors", "--from", "day.ndjson", "--columns", "cuont"],
        2,
    );
    assert!(said.contains("there is no column `cuont`"), "{said}");
}

#[test]
fn nothing_one_thing_and_what_makes_no_sense() {
    let sandbox = sandbox(&day());
    let (shown, said) = fails(
        &sandbox,
        &["errors", "--from", "day.ndjson", "--last", "5m"],
        1,
    );
    assert_eq!(shown, "");
    assert!(said.contains("nothing matches"), "{said}");
    let args = [
        "errors",
        "--from",
        "day.ndjson",
        "--last",
        "5m",
        "-o",
        "json",
    ];
    let (shown, _) = fails(&sandbox, &args, 1);
    let empty: Report = serde_json::from_str(&shown).expect("a report");
    assert_eq!((empty.failures, empty.groups.len()), (0, 0));
    fails(&sandbox, &["errors", "--from", "day.ndjson", "a AND"], 2);
    fails(&sandbox, &["errors", "--from", "nowhere.ndjson"], 3);
    fails(&Sandbox::new(), &["errors"], 3);

    sandbox.write(
        "day.ndjson",
        line(0, "emp:events", "a", "b.failed", "", &json!({})),
    );
    let one = report(&sandbox, &[]);
    assert_eq!(
        (one.failures, one.per_hour, &*one.groups[0].state),
        (1, None, "unknown")
    );
    let text = sandbox.stdout(&["errors", "--from", "day.ndjson"]);
    assert!(text.contains("what is new cannot be told"), "{text}");
}

#[test]
fn text_of_events_commands_no_terminal() {
    let data = json!({"name": "E\u{1b}[2J", "message": "a\u{1b}]0;x\u{7}b", "machineId": "\u{9b}m",
        "stack": "E\n    at f\u{1b}[1m (/a.ts:1:2)"});
    let sandbox = sandbox(&line(
        0,
        "emp:errors",
        "s\u{1b}",
        "error.E",
        "j\u{1b}",
        &data,
    ));
    let id = report(&sandbox, &[]).groups[0].id.clone();
    for args in [
        &["errors"][..],
        &["errors", "show", &id, "--explain"],
        &["errors", "patterns"],
        &["errors", "timeline", "j\u{1b}"],
        &["errors", "alerts"],
        &["errors", "explain", &id, &id],
    ] {
        let text = sandbox.stdout(&[args, &["--from", "day.ndjson"]].concat());
        let bad = text.chars().find(|char| char.is_control() && *char != '\n');
        assert_eq!(bad, None, "{args:?}: {text:?}");
    }
}

#[test]
fn redis_and_a_file_say_the_same() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let day = day();
    let events = day
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let mut events: Vec<Value> = events.collect();
    events.sort_by_key(|event| event["timestamp"].as_i64());
    for event in events {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let at = event["timestamp"].to_string();
        let (service, event_type, job) = (text("service"), text("eventType"), text("jobId"));
        let data = event["data"].to_string();
        let fields = [
            ("timestamp", at.as_str()),
            ("service", &service),
            ("eventType", &event_type),
            ("jobId", &job),
            ("data", &data),
        ];
        redis.add_at(&text("_stream"), &format!("{at}-*"), &fields);
    }
    let from_redis = sandbox.stdout(&["errors", "-o", "csv"]);
    sandbox.write("day.ndjson", sandbox.stdout(&["search", "-o", "jsonl"]));
    let from_file = sandbox.stdout(&["errors", "-o", "csv", "--from", "day.ndjson"]);
    assert_eq!(from_redis, from_file);
    assert!(from_redis.contains(",143,"), "{from_redis}");
}
