//! One kind, one job, patterns, alerts, and why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failure, Share, Window, day, fails, line, report, sandbox};

const FROM: [&str; 2] = ["--from", "day.ndjson"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "that nothing else is there is tested too")]
struct Detail {
    id: String,
    fingerprint: String,
    name: String,
    frames: Vec<String>,
    window: Window,
    state: String,
    silent_ms: Option<i64>,
    count: u64,
    per_hour: Option<f64>,
    trend: Vec<f64>,
    first_seen: String,
    known_since: String,
    last_seen: String,
    job_count: u64,
    jobs_are_estimated: bool,
    jobs: Vec<Job>,
    users: u64,
    users_are_estimated: bool,
    shares: Vec<Shares>,
    told_by: Shares,
    oldest: Failure,
    newest: Failure,
    explanation: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "that nothing else is there is tested too")]
struct Job {
    job: String,
    count: u64,
    last: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Shares {
    of: String,
    values: Vec<Share>,
    others: u64,
    missing: u64,
}

#[test]
fn one_kind_in_full() {
    let sandbox = sandbox(&day());
    let id = report(&sandbox, &[]).groups[1].id.clone();
    let show = |typed: &str| -> Detail {
        let args = [&["errors", "show", typed, "-o", "json"][..], &FROM].concat();
        serde_json::from_str(&sandbox.stdout(&args)).expect("a kind")
    };
    for typed in [
        &id,
        &id[..8],
        "TimeoutError: no answer from # after # ms",
        "NO ANSWER",
    ] {
        let kind = show(typed);
        assert_eq!(
            (kind.id.as_str(), kind.count, kind.job_count),
            (id.as_str(), 143, 143)
        );
    }
    let kind = show(&id);
    assert_eq!(
        (kind.jobs.len(), kind.jobs[0].job.as_str()),
        (143, "job_142")
    );
    assert_eq!(kind.oldest.job_id.as_deref(), Some("job_0"));
    assert_eq!(kind.newest.job_id.as_deref(), Some("job_142"));
    let stack = kind.newest.stack.expect("a stack");
    assert!(
        stack.contains("at Client.ask (/app/client.ts:5:7)"),
        "{stack}"
    );
    let machines = kind
        .shares
        .iter()
        .find(|shares| shares.of == "machine")
        .expect("machines");
    let counts: Vec<_> = machines.values.iter().map(|share| share.count).collect();
    assert_eq!(
        (counts, machines.others, machines.missing),
        (vec![36, 36, 36, 35], 0, 0)
    );
    assert_eq!(kind.told_by.values.len(), 3);

    let text = sandbox.stdout(&[&["errors", "show", &id[..8], "--explain"][..], &FROM].concat());
    for part in [
        "TimeoutError: no answer from # after # ms\n143 failures in 23h 40m",
        "newest: 10:10:05 (19m ago) [worker]\n  job job_142, machine gpu-2\n",
        "      at Client.ask (/app/client.ts:5:7)\n",
        "\none kind, for:\n  - both have the name TimeoutError\n",
        "  emp timeline job_142 --from day.ndjson ",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

#[test]
fn an_unknown_kind_and_one_that_means_several() {
    let sandbox = sandbox(&day());
    let (shown, said) = fails(
        &sandbox,
        &["errors", "show", "nobody", "--from", "day.ndjson"],
        1,
    );
    assert_eq!(shown, "");
    assert!(
        said.contains("no kind of failure is called `nobody`"),
        "{said}"
    );
    let (_, said) = fails(
        &sandbox,
        &["errors", "show", "Error", "--from", "day.ndjson"],
        2,
    );
    let id = &report(&sandbox, &[]).groups[1].id;
    for part in [
        "`Error` means several kinds of failures",
        &format!("{id}  TimeoutError: no answer from # after # ms  (143 failures)"),
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    fails(
        &sandbox,
        &["errors", "show", " ", "--from", "day.ndjson"],
        2,
    );
    fails(&sandbox, &["errors", "show"], 2);
}

#[test]
fn what_failed_in_one_job() {
    let sandbox = sandbox(&day());
    for args in [&["job_17"][..], &["--jobId=job_17"]] {
        let text = sandbox.stdout(&[&["errors", "timeline"], args, &FROM].concat());
        for part in [
            "job job_17: 1 failure; failed after 5.0 s\n",
            "+5.000s [worker] TimeoutError: no answer from # after # ms ",
            "  after job.created; machine gpu-1; also told by connector.processing_failed, job.failed\n",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
    }
    let json =
        sandbox.stdout(&[&["errors", "timeline", "job_17", "-o", "json"][..], &FROM].concat());
    let story: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&story["outcome"], &story["attempts"]),
        (&json!("failed"), &json!(1))
    );
    assert_eq!(story["failures"][0]["offsetMs"], json!(5_000));
    fails(
        &sandbox,
        &["errors", "timeline", "job_x", "--from", "day.ndjson"],
        1,
    );
    fails(&sandbox, &["errors", "timeline", "--from", "day.ndjson"], 2);
    let (_, said) = fails(
        &sandbox,
        &[
            "errors",
            "timeline",
            "job_1",
            "--from",
            "day.ndjson",
            "--job-id",
            "job_1?",
        ],
        2,
    );
    assert!(said.contains("`job_1` begins several ids"), "{said}");
}

#[test]
fn patterns_of_a_name() {
    let sandbox = sandbox(&day());
    let text = sandbox.stdout(&[&["errors", "patterns"][..], &FROM].concat());
    for part in [
        "149 failures of 2 names in 23h 40m",
        "DiskError  6 in 6 jobs, last 35m ago",
        "\n  6 of 6 on machine gpu-2, one of 4\n",
        "  no answer from # after # ms  at Client.ask (client.ts)\n",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let args = [
        &["errors", "patterns", "--type=DiskError", "-o", "csv"][..],
        &FROM,
    ]
    .concat();
    let csv = sandbox.stdout(&args);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(
        csv.lines()
            .nth(1)
            .is_some_and(|row| row.starts_with("DiskError,6,1,6,0,")),
        "{csv}"
    );
}

#[test]
fn alerts_that_would_fire_and_did() {
    let mut lines = day();
    for number in 0..12 {
        let at = 600_000 + number * 1_000;
        lines += &line(
            at,
            "emp:errors",
            "api",
            "error.Burst",
            "job_b",
            &json!({"message": "m"}),
        );
    }
    let told = |status: &str| {
        json!({"rule": "mine", "value": null, "severity": "warning", "status": status,
            "message": "mine: 3 in 1m", "count": 3, "examples": []})
    };
    for (at, event_type, status) in [
        (0, "alert.fired", "fired"),
        (60_000, "alert.resolved", "resolved"),
    ] {
        lines += &line(
            at,
            "emp:events",
            "emp-collector",
            event_type,
            "",
            &told(status),
        );
    }
    let sandbox = sandbox(&lines);
    let alerts = |args: &[&str]| -> Value {
        let args = [&["errors", "alerts", "-o", "json"][..], &FROM, args].concat();
        serde_json::from_str(&sandbox.stdout(&args)).expect("JSON")
    };
    let critical = alerts(&["--threshold", "critical"]);
    let would = critical["wouldFire"].as_array().expect("alerts");
    assert_eq!(would.len(), 1, "{critical:#}");
    assert_eq!(
        (&would[0]["rule"], &would[0]["count"]),
        (&json!("critical-errors"), &json!(13))
    );
    assert_eq!(would[0]["firedAt"], json!("2025-09-26T10:40:10.000Z"));
    assert_eq!(critical["fired"], json!([]));
    let all = alerts(&[]);
    let names = |all: &Value| {
        let would = all["wouldFire"].as_array().expect("alerts").iter();
        would
            .map(|alert| alert["rule"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&all)
            .iter()
            .filter(|rule| *rule == "new-error")
            .count(),
        3,
        "{all:#}"
    );
    assert_eq!(
        all["fired"][0]["resolvedAt"],
        json!("2025-09-26T10:31:00.000Z")
    );
    let rules = all["rules"].as_array().expect("rules").iter();
    let not_asked = rules.filter(|rule| rule["isReplayed"] == json!(false));
    let not_asked: Vec<_> = not_asked.map(|rule| &rule["name"]).collect();
    assert_eq!(not_asked, ["overtaken", "redis-memory"]);
    // In the last hours only the disk is new.
    assert_eq!(names(&alerts(&["--last", "2h"])), ["new-error"]);
    // A rule of one's own.
    sandbox.write(
        "emp.toml",
        "[[alerts]]\nname = \"disks\"\nquery = \"type:error.DiskError\"\ncount = 3\nwindow = \"15m\"\n",
    );
    assert!(names(&alerts(&["--last", "2h"])).contains(&"disks".to_owned()));
    let text = sandbox.stdout(&[&["errors", "alerts"][..], &FROM].concat());
    assert!(
        text.contains("would fire in 23h 40m until 10:10:05, 1 did\n"),
        "{text}"
    );
    let (_, said) = fails(&sandbox, &["errors", "alerts", "--threshold", "loud"], 2);
    assert!(said.contains("critical"), "{said}");
}

#[test]
fn why_two_are_one_kind_or_not() {
    let sandbox = sandbox(&day());
    let explain = |one: &str, other: &str| {
        ["errors", "explain", one, other, "--from", "day.ndjson"].map(str::to_owned)
    };
    let same = explain("job_3", "job_4");
    let same: Vec<_> = same.iter().map(String::as_str).collect();
    let text = sandbox.stdout(&same);
    for part in [
        "one kind, for:\n  - both have the name TimeoutError\n",
        "  masked   10.0.0.3 is #, 3 is #\n",
        "  frames   Client.ask (client.ts)\n",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let other = explain("job_3", "job_disk_1");
    let other: Vec<_> = other.iter().map(String::as_str).collect();
    let (text, _) = fails(&sandbox, &other, 1);
    assert!(
        text.contains("two kinds, for:\n  - their names differ: TimeoutError and DiskError\n"),
        "{text}"
    );
    let unknown = explain("job_3", "nobody");
    let unknown: Vec<_> = unknown.iter().map(String::as_str).collect();
    let (_, said) = fails(&sandbox, &unknown, 1);
    assert!(said.contains("no failure is called `nobody`"), "{said}");
}

#[test]
fn millions_of_messages_are_bounded() {
    let mut lines = String::new();
    for number in 0..30_000_u32 {
        // Letters alone: nothing of it is masked.
        let word: String = number
            .to_string()
            .bytes()
            .map(|digit| char::from(digit + 49))
            .collect();
        let data = json!({"name": "Flood", "message": word});
        lines += &line(
            i64::from(number),
            "emp:errors",
            "api",
            "error.Flood",
            "",
            &data,
        );
    }
    lines += &line(
        40_000,
        "emp:errors",
        "api",
        "error.Rare",
        "",
        &json!({"message": "once"}),
    );
    let sandbox = sandbox(&lines);
    let flood = report(&sandbox, &[]);
    assert_eq!(flood.failures, 30_001);
    assert!(flood.groups.len() < 1_100, "{}", flood.groups.len());
    assert!(flood.kinds_are_estimated && flood.kinds > 25_000 && flood.lumped > 25_000);
    assert!(
        flood
            .groups
            .iter()
            .any(|group| group.fingerprint == "Rare: once")
    );
    let text = sandbox.stdout(&[&["errors"][..], &FROM].concat());
    assert!(
        text.contains("stand under (other messages), by name"),
        "{text}"
    );
}
