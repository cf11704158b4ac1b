//! `emp perf`: durations, what got slower, one job beside the usual, and comparisons for scripts.

mod shapes;
mod truth;

use std::fmt::Write;

use serde_json::{Value, json};

use self::shapes::{Overview, Point, Row};
use crate::support::{Sandbox, Terminal, TestRedis};

/// 2025-09-27T10:30:00Z, the sandbox's now.
const NOW: i64 = 1_758_969_000_000;

/// Lines of a file of events.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, at: i64, service: &str, event_type: &str, job: &str, data: &Value) {
        let line = json!({"timestamp": at, "service": service, "eventType": event_type,
            "jobId": job, "machineId": format!("gpu-{}", at % 2), "data": data});
        writeln!(self.0, "{line}").expect("memory");
    }

    /// A job: created, claimed after 100 ms, worked on for so long.
    fn job(&mut self, number: i64, at: i64, ms: i64) {
        let id = format!("job_{number:04}");
        let none = json!({});
        self.add(at, "api", "job.created", &id, &json!({"jobType": "image"}));
        self.add(at + 100, "worker", "job.claimed", &id, &none);
        self.add(at + 110, "worker", "render.started", &id, &none);
        let data = json!({"durationMs": ms});
        self.add(at + 110 + ms, "worker", "render.completed", &id, &data);
        self.add(at + 115 + ms, "worker", "asset.upload_started", &id, &none);
        self.add(
            at + 135 + ms,
            "worker",
            "asset.upload_completed",
            &id,
            &none,
        );
        self.add(at + 140 + ms, "worker", "job.completed", &id, &none);
    }
}

/// 240 jobs in four hours, a minute between two; the last hour's take so many times as long.
fn sample(factor: i64) -> String {
    let mut lines = Lines::default();
    for number in 0..240 {
        let at = NOW - (240 - number) * 60_000;
        let ms = 1_000 + number * 37 % 400;
        let ms = if number >= 180 { ms * factor } else { ms };
        lines.job(number, at, ms);
    }
    lines.0
}

fn with(factor: i64) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("events.jsonl", sample(factor));
    sandbox
}

/// What is printed, and said beside it, by a command that ends so.
fn ends(sandbox: &Sandbox, args: &[&str], code: i32) -> (String, String) {
    let args = [&["perf"], args].concat();
    let output = sandbox.command(&args).output().expect("emp runs");
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:#?}");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

const FROM: [&str; 2] = ["--from", "events.jsonl"];

fn ask(sandbox: &Sandbox, args: &[&str]) -> String {
    ends(sandbox, &[&FROM[..], args].concat(), 0).0
}

fn overview(sandbox: &Sandbox, args: &[&str]) -> Overview {
    let text = ask(sandbox, &[&["-o", "json"], args].concat());
    serde_json::from_str(&text).expect("an overview")
}

#[test]
fn what_got_slower_comes_first() {
    let sandbox = with(3);
    let text = ask(&sandbox, &[]);
    let first = "slower   worker render.completed: 3.0 times as long since 09:30\n";
    assert!(text.starts_with(first), "{text}");
    for part in [
        "         p50 3.6 s, was 1.1 s (",
        "60 seen since, 180 before",
        "jobs     240: 240 completed",
        "emp perf --by machine --event-type render.completed --from events.jsonl",
        "emp perf --slowest 10 --from events.jsonl",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let quiet = ask(&with(1), &[]);
    assert!(
        quiet.starts_with("steady   no change that chance would not make: "),
        "{quiet}"
    );
    let narrow = sandbox
        .emp(&["perf", "--from", "events.jsonl"])
        .env("EMP_WIDTH", "80")
        .output()
        .expect("emp runs");
    let narrow = String::from_utf8(narrow.stdout).expect("text");
    let table = narrow.lines().filter(|line| line.contains("  240  "));
    assert!(table.clone().count() > 5 && table.clone().all(|line| line.chars().count() <= 80));
}

#[test]
fn figures_are_right() {
    let sandbox = with(1);
    let report = overview(&sandbox, &[]);
    assert_eq!(
        (report.report.as_str(), report.by.as_str()),
        ("perf", "eventType")
    );
    assert_eq!((report.events, report.jobs.completed), (240 * 7, 240));
    let row = |name: &str| {
        let mut rows = report.groups.iter();
        rows.find(|row| row.group == name).expect("a row")
    };
    let render = row("render.completed");
    let mut lengths: Vec<i64> = (0..240).map(|n| 1_000 + n * 37 % 400).collect();
    lengths.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (p50, p95, sum) = (
        lengths[119] as f64,
        lengths[227] as f64,
        lengths.iter().sum::<i64>() as f64,
    );
    let took = render.took.as_ref().expect("lengths");
    assert_eq!(
        (took.count, took.p50, took.p95, render.total_ms),
        (240, p50, p95, sum)
    );
    assert!((took.mean - sum / 240.0).abs() < 1e-9 && took.exact);
    let upload = row("asset.upload_completed");
    let took = upload.took.as_ref().expect("lengths");
    assert_eq!((took.p50, took.max, upload.paired), (20.0, 20.0, 240));
    assert!(row("job.created").took.is_none());
    assert_eq!(render.service.as_deref(), Some("worker"));
    let flow = report.flow.expect("jobs");
    assert_eq!((flow.started, flow.ended, flow.running_peak), (240, 240, 1));
    assert_eq!(flow.wait.map(|wait| wait.p95), Some(100.0));
}

#[test]
fn the_window_and_groups() {
    let sandbox = with(1);
    let report = overview(&sandbox, &["--last", "1h"]);
    assert_eq!((report.jobs.seen, report.earlier_events), (60, 180 * 7));
    let rate = report.groups[0].per_minute.expect("a rate");
    assert!((rate - 1.0).abs() < 0.01, "{rate}");
    let alone = overview(&sandbox, &["--last", "1h", "--history", "0s"]);
    assert_eq!((alone.events, alone.earlier_events), (report.events, 0));
    for (by, groups) in [
        ("service", vec!["worker", "api"]),
        ("jobType", vec!["image"]),
        ("data.jobType", vec!["(none)", "image"]),
        ("machine", vec!["gpu-0", "gpu-1"]),
    ] {
        let report = overview(&sandbox, &["--by", by]);
        let mut found: Vec<_> = report.groups.iter().map(|row| row.group.as_str()).collect();
        let mut groups = groups;
        found.sort_unstable();
        groups.sort_unstable();
        assert_eq!(found, groups, "{by}");
    }
    let step = overview(&sandbox, &["--by", "step"]);
    assert_eq!(step.groups[0].group, "worker render.completed");
    let csv = ask(&sandbox, &["-o", "csv", "--columns", "group,count,p50"]);
    assert!(
        csv.starts_with("group,count,p50\nrender.completed,240,11"),
        "{csv}"
    );
    let lines = ask(&sandbox, &["-o", "jsonl", "--histogram"]);
    let rows: Vec<Row> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect();
    let bins = rows[0].histogram.as_ref().expect("bins");
    let count = |bin: &Value| bin["count"].as_u64().expect("a count");
    assert_eq!(bins.iter().map(count).sum::<u64>(), 240);
    let picture = ask(&sandbox, &["--histogram"]);
    assert!(
        picture.contains("render.completed  240 durations\n"),
        "{picture}"
    );
    assert!(picture.contains("up to 2.0 s"), "{picture}");
}

#[test]
fn one_job_beside_the_usual() {
    let sandbox = Sandbox::new();
    let mut lines = Lines(sample(1));
    lines.job(9_000, NOW - 30_000, 9_000);
    sandbox.write("events.jsonl", &lines.0);
    let text = ask(&sandbox, &["job_9000"]);
    for part in [
        "job job_9000  completed after 9.1 s\n",
        "usual    240 completed image jobs took p50 1.3 s",
        "this one took 6.8 times as long",
        "slow     worker render.completed took 9.0 s: 7.5 times the median of 1.1 s\n",
        "emp timeline job_9000 --from events.jsonl",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let (_, said) = ends(&sandbox, &["job_900", "--from", "events.jsonl"], 0);
    assert_eq!(said, "job_900 is the job job_9000\n");
    let report: Value =
        serde_json::from_str(&ask(&sandbox, &["job_9000", "-o", "json"])).expect("JSON");
    assert_eq!(
        (&report["usualJobs"], &report["tookMs"]),
        (&json!(240), &json!(9140))
    );
    let steps = report["steps"].as_array().expect("steps");
    let slow: Vec<_> = steps
        .iter()
        .filter(|step| !step["slowTook"].is_null())
        .collect();
    assert_eq!(
        (slow.len(), &slow[0]["eventType"]),
        (1, &json!("render.completed"))
    );

    let slowest = ask(&sandbox, &["--slowest", "3"]);
    let first = "slowest  job_9000 completed after 9.1 s, 6.8 times the usual\n";
    assert!(slowest.starts_with(first), "{slowest}");
    assert!(
        slowest.contains("9.0 s worker render.completed, usually 1.1 s"),
        "{slowest}"
    );
    assert!(slowest.contains("3 of 241 jobs"), "{slowest}");
}

#[test]
fn jobs_over_time() {
    let text = ask(&with(1), &["--over-time"]);
    assert!(
        text.starts_with("jobs     240 jobs started (1.0/min), 240 ended"),
        "{text}"
    );
    let rows = ask(&with(1), &["--over-time", "-o", "jsonl"]);
    let points: Vec<Point> = rows
        .lines()
        .map(|line| serde_json::from_str(line).expect("a point"))
        .collect();
    assert_eq!(points.iter().map(|point| point.completed).sum::<u64>(), 240);
}

#[test]
fn a_baseline_for_scripts() {
    let sandbox = with(3);
    let before = ["--last", "1h", "--baseline", "3h", "--fail-over", "20%"];
    let (text, _) = ends(&sandbox, &[&FROM[..], &before].concat(), 1);
    let first = "slower   worker render.completed: p50 3.6 s, was 1.1 s (+2";
    assert!(text.starts_with(first), "{text}");
    ask(&sandbox, &before[..4]);
    ask(&sandbox, &[&before[..4], &["--fail-over", "900%"]].concat());

    sandbox.write("usual.jsonl", sample(1));
    let (kept, _) = ends(&sandbox, &["--from", "usual.jsonl", "-o", "json"], 0);
    sandbox.write("usual.json", kept);
    for file in ["usual.jsonl", "usual.json"] {
        let args = ["--last", "1h", "--baseline", file, "--fail-over", "20%"];
        let (text, _) = ends(&sandbox, &[&FROM[..], &args].concat(), 1);
        assert!(
            text.starts_with("slower   worker render.completed"),
            "{file}: {text}"
        );
        let same = [
            "--from",
            "usual.jsonl",
            "--baseline",
            file,
            "--fail-over",
            "20%",
        ];
        let (text, _) = ends(&sandbox, &same, 0);
        assert!(text.starts_with("steady   none of "), "{file}: {text}");
    }
    let few = [&before[..], &["--job-id", "job_000*"]].concat();
    let (_, said) = ends(&sandbox, &[&FROM[..], &few].concat(), 1);
    assert!(said.contains("nothing happened since"), "{said}");
    let few = [&before[..], &["--job-id", "job_0?[17][0-9]"]].concat();
    let (_, said) = ends(&sandbox, &[&FROM[..], &few].concat(), 1);
    assert!(!said.contains("panicked"), "{said}");
    let (_, said) = ends(
        &sandbox,
        &[
            "--from",
            "usual.jsonl",
            "--by",
            "step",
            "--baseline",
            "usual.json",
        ],
        2,
    );
    assert!(said.contains("hint: add --by eventType"), "{said}");
}

#[test]
fn the_usual_course() {
    let sandbox = with(1);
    let text = ask(&sandbox, &["--steps"]);
    let first = "usual    image: p50 1.3 s, p95 1.5 s, learned from 240 jobs that completed\n";
    assert!(text.starts_with(first), "{text}");
    let mermaid = ask(&sandbox, &["--steps", "--graph", "mermaid"]);
    assert!(mermaid.starts_with("flowchart TD\n") && mermaid.contains("render.completed"));
    let dot = ask(
        &sandbox,
        &["--steps", "--graph", "dot", "--job-type", "image"],
    );
    assert!(
        dot.starts_with("digraph course {\n") && dot.ends_with("}\n"),
        "{dot}"
    );
    let report: Value =
        serde_json::from_str(&ask(&sandbox, &["--steps", "-o", "json"])).expect("JSON");
    assert_eq!(report["types"][0]["jobs"], 240);
    let (_, said) = ends(
        &sandbox,
        &["--steps", "--job-type", "x", "--from", "events.jsonl"],
        1,
    );
    assert!(said.starts_with("none of 240 jobs"), "{said}");
}

#[test]
fn bad_input_is_told_in_words() {
    let sandbox = with(1);
    for (args, code, says) in [
        (&["nobody"][..], 1, "nothing matches in 1,680 events"),
        (&["job_00"], 2, "`job_00` begins several ids"),
        (&["gpu-1"], 2, "gpu-1 is a machine, not a job"),
        (&[""], 2, "the id is empty"),
        (&["--until", "2020-01-01"], 1, "nothing matches"),
        (&["--since", "1s"], 1, "nothing happened since"),
        (&["--slowest", "--since", "1s"], 1, "nothing happened since"),
        (
            &["--by", "colour"],
            2,
            "events cannot be grouped by `colour`",
        ),
        (
            &["--baseline", "nofile"],
            2,
            "neither a length of time nor a file",
        ),
        (&["--baseline", "0s"], 2, "tells nothing"),
        (
            &["--baseline", "1h", "--fail-over", "much"],
            2,
            "`much` is no percentage",
        ),
        (&["--fail-over", "20%"], 2, "--baseline"),
        (&["--columns", "colour"], 2, "there is no column `colour`"),
        (&["job_0001", "--steps"], 2, "cannot be used with"),
    ] {
        let (shown, said) = ends(&sandbox, &[&FROM[..], args].concat(), code);
        assert_eq!(shown, "", "{args:?}");
        assert!(said.contains(says), "{args:?}: {said}");
    }
    let (_, said) = ends(&Sandbox::with(&TestRedis::start()), &[], 1);
    assert!(said.starts_with("nothing matches"), "{said}");
    ends(&Sandbox::new(), &[], 3);
}

#[test]
fn odd_events_do_no_harm() {
    let sandbox = Sandbox::new();
    let mut lines = Lines::default();
    let rude = "x.\u{1b}[31mred\ndone";
    lines.add(NOW, "s", rude, "j\u{7}", &json!({"durationMs": 5}));
    sandbox.write("events.jsonl", &lines.0);
    let text = ask(&sandbox, &[]);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{7}'),
        "{text}"
    );
    assert!(
        text.starts_with("unknown  too few durations to tell a change"),
        "{text}"
    );
    for args in [
        &["--slowest"][..],
        &["--over-time"],
        &["j\u{7}"],
        &["--histogram"],
    ] {
        let text = ask(&sandbox, args);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{7}'),
            "{text}"
        );
    }
    for (number, data) in (0..).zip([json!(-5), json!("soon"), json!("1.5s"), json!([1])]) {
        // Out of order, and some without an end.
        let at = NOW - number * 1_000;
        lines.add(at, "s", "x.done", "j1", &json!({"durationMs": data}));
        lines.add(at - 5, "s", "y.started", "j2", &json!({}));
    }
    sandbox.write("events.jsonl", &lines.0);
    let report = overview(&sandbox, &[]);
    assert_eq!((report.odd_durations, report.findings.len()), (3, 0));
    let text = ask(&sandbox, &[]);
    assert!(
        text.contains("3 events with a duration that is none"),
        "{text}"
    );
}

#[test]
fn it_is_drawn_anew_from_redis() {
    let redis = TestRedis::start();
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("eventType", "a.done"),
            ("data", r#"{"durationMs":7}"#),
        ],
    );
    let sandbox = Sandbox::with(&redis);
    let command = sandbox.command(&["perf", "--watch", "--interval", "100ms"]);
    let terminal = Terminal::spawn(command, 100);
    terminal.wait_for("a.done");
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("eventType", "b.done"),
            ("data", r#"{"durationMs":9}"#),
        ],
    );
    terminal.wait_for("b.done");
    terminal.interrupt();
    assert_eq!(terminal.finish().1.code(), Some(0));
}
