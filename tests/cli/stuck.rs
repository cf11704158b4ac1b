//! `emp health --stuck` and what `timeline` says beside the usual.

use serde::Deserialize;

use crate::support::{Sandbox, TestRedis};

/// 2025-09-27T10:30:00Z, the sandbox's now.
const NOW: i64 = 1_758_969_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Report {
    running: u64,
    jobs: u64,
    threshold_ms: i64,
    stuck: Vec<Stuck>,
    partly_held: u64,
    end_not_held: u64,
    from: Option<String>,
    events_begin: Option<String>,
    left_out: LeftOut,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Stuck {
    job_id: String,
    job_type: String,
    service: String,
    event_type: String,
    since: String,
    quiet_ms: i64,
    overdue_ms: i64,
    basis: String,
    usual_jobs: u64,
    expected: Option<Expected>,
    attempts: u32,
    worker: Option<Holder>,
    machine: Option<Holder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Expected {
    service: String,
    event_type: String,
    share: f64,
    within_ms: f64,
    seen: u64,
    jobs: u64,
    back_ms: i64,
    overdue_ms: i64,
    is_overdue: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Holder {
    id: String,
    last_sign: Option<Sign>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "reading it back is the test")]
struct Sign {
    at: String,
    event_type: String,
    service: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    jobs: u64,
    events: u64,
}

/// So many events of a job that began so many milliseconds ago.
fn job(id: &str, ago: i64, steps: usize) -> String {
    let all = [
        (0, "api-server", "job.created", ""),
        (80, "worker", "job.claimed", "w1"),
        (100, "worker", "job.processing_started", "w1"),
        (2_000, "worker", "job.completed", "w1"),
    ];
    let lines = all.into_iter().take(steps).map(|(after, service, kind, worker)| {
        let at = NOW - ago + after;
        let worker = match worker {
            "" => String::new(),
            worker => format!(r#","workerId":"{worker}""#),
        };
        format!(
            r#"{{"timestamp":{at},"service":"{service}","eventType":"{kind}","jobId":"{id}"{worker},"data":{{"jobType":"image"}}}}"#
        )
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn usual(count: i64) -> String {
    (0..count)
        .map(|number| job(&format!("done_{number}"), 4_000_000 - number * 5_000, 4))
        .collect()
}

fn file(sandbox: &Sandbox, text: &str) -> String {
    let path = sandbox.write("events.ndjson", text);
    path.to_str().expect("text").to_owned()
}

fn report(sandbox: &Sandbox, from: &str, code: i32) -> Report {
    let args = ["health", "--stuck", "--from", from, "-o", "json"];
    let output = sandbox.command(&args).output().expect("emp runs");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one object")
}

#[test]
fn overdue_jobs_are_listed_worst_first() {
    let sandbox = Sandbox::new();
    let text =
        usual(60) + &job("late", 60_000, 3) + &job("later", 900_000, 2) + &job("young", 150, 3);
    let from = file(&sandbox, &text);
    let found = report(&sandbox, &from, 1);
    let ids: Vec<_> = found.stuck.iter().map(|stuck| &*stuck.job_id).collect();
    assert_eq!((found.running, ids), (3, vec!["later", "late"]));
    let expected = found.stuck[0].expected.as_ref().expect("a step");
    assert_eq!(
        (&*expected.event_type, expected.jobs),
        ("job.processing_started", 60)
    );
    let worker = found.stuck[0].worker.as_ref().expect("a worker");
    let sign = worker.last_sign.as_ref().expect("a sign");
    assert_eq!(
        (&*worker.id, &*sign.event_type),
        ("w1", "job.processing_started")
    );
    assert_eq!((found.left_out.jobs, found.left_out.events), (0, 0));

    let output = sandbox
        .command(&["health", "--stuck", "--from", &from])
        .output();
    let text = String::from_utf8(output.expect("emp runs").stdout).expect("text");
    assert!(
        text.starts_with("2 of 3 unfinished jobs are overdue\n"),
        "{text}"
    );
    assert!(text.contains("emp timeline later"), "{text}");
}

#[test]
fn without_enough_jobs_a_limit_counts_and_is_named() {
    let sandbox = Sandbox::new();
    let from = file(
        &sandbox,
        &(usual(3) + &job("late", 600_000, 2) + &job("young", 200_000, 2)),
    );
    let found = report(&sandbox, &from, 1);
    assert_eq!(found.stuck.len(), 1);
    assert_eq!(
        (&*found.stuck[0].basis, found.stuck[0].usual_jobs),
        ("threshold", 3)
    );
    let output = sandbox
        .command(&["health", "--stuck", "--from", &from])
        .output();
    let text = String::from_utf8(output.expect("emp runs").stdout).expect("text");
    assert!(text.contains("only 3 completed jobs of its type"), "{text}");
}

#[test]
fn all_is_well() {
    let sandbox = Sandbox::new();
    let from = file(&sandbox, &usual(30));
    let found = report(&sandbox, &from, 0);
    assert_eq!((found.running, found.stuck.len(), found.jobs), (0, 0, 30));
    let empty = file(&sandbox, "");
    let output = sandbox
        .command(&["health", "--stuck", "--from", &empty])
        .output();
    assert_eq!(output.expect("emp runs").status.code(), Some(0));
}

#[test]
fn a_timeline_tells_the_step_that_did_not_happen() {
    let sandbox = Sandbox::new();
    let from = file(&sandbox, &(usual(60) + &job("late", 900_000, 2)));
    let text = sandbox.stdout(&["timeline", "late", "--from", &from]);
    let read_once = sandbox.emp(&["timeline", "late", "--from", "-"]);
    let lines = std::fs::read(&from).expect("the file");
    { read_once }
        .write_stdin(lines)
        .assert()
        .stdout(text.clone());
    // The same thing in the same words, wherever it is told.
    let wanted = "expected worker job.processing_started within 20 ms as in 98 % of 60 times \
        (learned from 60 completed jobs of the last 1h 06m)";
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let late = format!("{wanted}; 14m 59s overdue");
    assert!(flat(&text).contains(&late), "{text}");
    let text = sandbox.stdout(&["correlate", "late", "--from", &from]);
    assert!(flat(&text).contains(wanted), "{text}");
    let stuck = sandbox.command(&["health", "--stuck", "--from", &from]);
    let output = { stuck }.output().expect("emp runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(flat(&text).contains(&late), "{text}");
    let text = sandbox.stdout(&["timeline", "done_7", "--from", &from]);
    assert!(!text.contains("Beside the usual"), "{text}");
}

/// Loads lines into a server as they were said, each into a stream.
fn load(redis: &TestRedis, stream: &str, lines: &str) {
    for line in lines.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| match &event[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let names = [
            "timestamp",
            "service",
            "eventType",
            "jobId",
            "workerId",
            "data",
        ];
        let fields: Vec<(&str, String)> = names
            .into_iter()
            .filter(|name| !event[name].is_null())
            .map(|name| (name, text(name)))
            .collect();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, text)| (*name, &**text)).collect();
        redis.add_at(stream, &format!("{}-*", text("timestamp")), &fields);
    }
}

/// An error of a job, so many milliseconds ago.
fn error(id: &str, ago: i64) -> String {
    let at = NOW - ago;
    format!(
        r#"{{"timestamp":{at},"service":"worker","eventType":"error.TimeoutError","jobId":"{id}","workerId":"w1","data":{{"message":"m"}}}}"#
    ) + "\n"
}

#[test]
fn a_job_whose_end_may_have_been_trimmed_is_not_said_to_run() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    load(
        &redis,
        "emp:events",
        &(usual(60) + &job("late", 900_000, 2)),
    );
    let errors: String = (0..7)
        .map(|number| error(&format!("gone_{number}"), 9_000_000 - number))
        .collect();
    load(&redis, "emp:errors", &(errors + &error("fresh", 600_000)));
    let found = report(&sandbox, &redis.url(), 1);
    let ids: Vec<_> = found.stuck.iter().map(|stuck| &*stuck.job_id).collect();
    assert_eq!(ids, ["late", "fresh"]);
    assert_eq!((found.running, found.end_not_held), (2, 7));
    let output = sandbox.command(&["health", "--stuck"]).output();
    let text = String::from_utf8(output.expect("emp runs").stdout).expect("text");
    let wanted = "7 jobs are known only from before 2025-09-27 09:23:20.000, where emp:events begins: \
                  whether they ended is not held";
    assert!(text.replace('\n', " ").contains(wanted), "{text}");

    let text = sandbox.stdout(&["timeline", "gone_3"]);
    assert!(!text.contains("silent for"), "{text}");
    assert!(!text.contains("nothing since"), "{text}");
    assert!(text.contains("end not held"), "{text}");
    assert!(
        text.replace("\n", " ").contains("where emp:events begins"),
        "{text}"
    );
    let text = sandbox.stdout(&["correlate", "gone_3"]).replace('\n', " ");
    assert!(text.contains("whether it ended is not held"), "{text}");
    assert!(!text.contains("has not ended"), "{text}");
    let text = sandbox.stdout(&["timeline", "late"]);
    assert!(text.contains("silent for"), "{text}");
}

#[test]
fn the_way_to_the_holder_leads_to_its_last_words() {
    let sandbox = Sandbox::new();
    let from = file(
        &sandbox,
        &(usual(60) + &job("late_and_with_a_longer_name", 9_000_000, 2)),
    );
    let output = sandbox
        .command(&["health", "--stuck", "--from", &from])
        .env("EMP_WIDTH", "60")
        .output();
    let text = String::from_utf8(output.expect("emp runs").stdout).expect("text");
    assert!(
        text.starts_with("1 of 1 unfinished job is overdue\n"),
        "{text}"
    );
    let vain = ["timeline", "w1", "--last", "10m", "--from", &from];
    let vain = sandbox.command(&vain).output().expect("emp runs").stderr;
    let vain = String::from_utf8(vain).expect("text");
    assert!(
        vain.contains("no event in the window has the id `w1`"),
        "{vain}"
    );
    let next = text.lines().find(|line| line.contains("emp timeline w1"));
    let words: Vec<_> = next
        .expect("a command")
        .split_whitespace()
        .skip(1)
        .collect();
    let words: Vec<_> = words.into_iter().take_while(|word| *word != "#").collect();
    assert!(!sandbox.stdout(&words).is_empty());
    let wide = text.lines().take_while(|line| !line.starts_with("next:"));
    let wide: Vec<_> = wide.filter(|line| line.chars().count() > 60).collect();
    assert!(wide.is_empty(), "{wide:?}");
    assert!(text.contains("last sign of life of w1"), "{text}");
    assert!(text.contains("too narrow for"), "{text}");
}

/// What it prints while it exits with 1.
fn failing(sandbox: &Sandbox, args: &[&str]) -> String {
    let output = sandbox.command(args).output().expect("emp runs");
    assert_eq!(output.status.code(), Some(1), "{output:#?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_window_bounds_what_is_looked_at() {
    let sandbox = Sandbox::new();
    let from = file(
        &sandbox,
        &(usual(3) + &job("old", 9_000_000, 2) + &job("late", 600_000, 2)),
    );
    for (flag, value) in [("--since", "2025-09-27T10:00:00Z"), ("--last", "30m")] {
        let args = [
            "health", "--stuck", flag, value, "--from", &from, "-o", "json",
        ];
        let output = sandbox.command(&args).output().expect("emp runs");
        let found: Report = serde_json::from_slice(&output.stdout).expect("one object");
        let ids: Vec<_> = found.stuck.iter().map(|stuck| &*stuck.job_id).collect();
        assert_eq!(ids, ["late"], "{flag}");
        assert_eq!(found.from.as_deref(), Some("2025-09-27T10:00:00.000Z"));
        let text = failing(&sandbox, &args[..6]);
        assert!(
            text.contains("a job that has been silent since then"),
            "{text}"
        );
    }
    // Nobody can say that none is stuck.
    let blind = ["health", "--stuck", "--last", "1s", "--from", &from];
    let text = failing(&sandbox, &blind);
    assert!(text.contains("none of 0 unfinished jobs"), "{text}");
}

#[test]
fn arrivals_that_tell_nothing_of_clocks_are_told() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let warns = |args: &[&str]| {
        let output = sandbox.command(args).output().expect("emp runs");
        String::from_utf8_lossy(&output.stderr).contains("arrived more than a minute after")
    };
    let questions: [&[&str]; 7] = [
        &["health", "--stuck"],
        &["perf"],
        &["perf", "j1"],
        &["perf", "--slowest", "3"],
        &["correlate", "j1"],
        &["correlate", "j1", "j2"],
        &["correlate", "--races"],
    ];
    load(&redis, "emp:events", &job("j1", 900_000, 3));
    for args in questions {
        assert!(!warns(args), "{args:?}");
    }
    // They arrive when the server gets them, years after they happened.
    for number in 0..9 {
        let fields = [
            ("timestamp", "1758968000000"),
            ("service", "worker"),
            ("eventType", "job.progress_updated"),
            ("jobId", if number % 2 == 0 { "j1" } else { "j2" }),
        ];
        redis.add("emp:events", &fields);
    }
    for args in questions {
        assert!(warns(args), "{args:?}");
    }
}
