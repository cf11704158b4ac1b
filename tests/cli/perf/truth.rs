//! What a report must not say, and what it must say beside its figures.

use serde_json::{Value, json};

use super::{FROM, Lines, NOW, ask, ends, overview, sample, with};
use crate::support::Sandbox;

#[test]
fn rates_are_over_the_time_that_is_held() {
    // Three hours before the window of an hour, and nothing before that.
    let sandbox = with(1);
    let args = ["--last", "1h", "--baseline", "24h", "-o", "json"];
    let report: Value = serde_json::from_str(&ask(&sandbox, &args)).expect("JSON");
    assert_eq!(
        report["baseline"],
        "the 24h before (of which 3h 00m are held)"
    );
    let rows = report["groups"].as_array().expect("rows");
    let created = rows
        .iter()
        .find(|row| row["group"] == "job.created")
        .expect("a row");
    for rate in ["perMinute", "perMinuteBefore"] {
        let rate = created[rate].as_f64().expect("a rate");
        assert!((0.95..1.05).contains(&rate), "{created}");
    }
    // What is selected does not change what is held.
    let rare = ["--last", "24h", "--job-id", "job_0239"];
    let report = overview(&sandbox, &rare);
    assert_eq!(
        report.held_from.as_deref(),
        Some("2025-09-27T06:30:00.000Z")
    );
    let flow = report.flow.as_ref().expect("jobs over time");
    assert_eq!(Some(&flow.from), report.held_from.as_ref());
    let created = report.groups.iter().find(|row| row.group == "job.created");
    let rate = created.and_then(|row| row.per_minute).expect("a rate");
    assert!((rate * 240.0 - 1.0).abs() < 0.01, "{rate}");
    let text = ask(&sandbox, &["--last", "24h"]);
    assert!(text.contains("1,680 in 4h 00m (7.0/min), from"), "{text}");
    assert!(text.contains("; nothing older is held\n"), "{text}");
    assert_eq!(overview(&sandbox, &["--last", "2h"]).held_from, None);
}

#[test]
fn every_job_counts_once() {
    // Two thousand events of the first and the last minute, so that an edge of them is cut off.
    let mut lines = Lines::default();
    for number in 0..600 {
        lines.job(number, NOW - (600 - number) * 20_000, 1_000);
    }
    lines.add(NOW - 90_000_000, "api", "job.created", "early", &json!({}));
    lines.add(NOW - 1_000, "api", "job.created", "late", &json!({}));
    let sandbox = Sandbox::new();
    sandbox.write("events.jsonl", lines.0);
    for args in [&[][..], &["--last", "26h"], &["--last", "1h"]] {
        let jobs = overview(&sandbox, args).jobs;
        let sum = jobs.completed + jobs.failed + jobs.cancelled + jobs.unfinished;
        assert_eq!(jobs.seen, sum, "{args:?}");
    }
    let jobs = overview(&sandbox, &[]).jobs;
    assert_eq!((jobs.seen, jobs.completed, jobs.unfinished), (602, 600, 2));
}

#[test]
fn a_check_can_fail() {
    let sandbox = with(1);
    sandbox.write("none.jsonl", "");
    let check = ["--last", "1h", "--baseline", "3h", "--fail-over", "20%"];
    let (_, said) = ends(
        &sandbox,
        &[&["--from", "none.jsonl"], &check[..]].concat(),
        1,
    );
    assert!(said.starts_with("nothing matches"), "{said}");
    let (_, said) = ends(
        &sandbox,
        &[
            &FROM[..],
            &["--baseline", "none.jsonl", "--fail-over", "20%"],
        ]
        .concat(),
        1,
    );
    assert!(said.contains("nothing matches"), "{said}");
    // All that is held lies in the window.
    let (_, said) = ends(
        &sandbox,
        &[
            &FROM[..],
            &["--last", "5h", "--baseline", "1h", "--fail-over", "20%"],
        ]
        .concat(),
        1,
    );
    assert!(said.contains("nothing matches in the 1h before"), "{said}");
    for (typed, meant) in [
        ("0.2", "write 20% for that share"),
        ("20", "write it as 20%"),
    ] {
        let args = [&FROM[..], &["--baseline", "1h", "--fail-over", typed]].concat();
        let (_, said) = ends(&sandbox, &args, 2);
        assert!(
            said.contains("is no percentage") && said.contains(meant),
            "{said}"
        );
    }
}

#[test]
fn of_parts_of_jobs_no_length_is_claimed() {
    let sandbox = with(1);
    let args = ["--event-type", "job.completed"];
    let report = overview(&sandbox, &args);
    assert!(!report.whole_jobs && report.jobs.took.is_none() && report.flow.is_none());
    assert_eq!((report.jobs.completed, report.slowest_job), (240, None));
    let text = ask(&sandbox, &args);
    assert!(
        !text.contains("running") && !text.contains("ones took"),
        "{text}"
    );
    assert!(
        text.contains("how long is not told, for other events"),
        "{text}"
    );
    let by = overview(&sandbox, &["--event-type", "job.c*", "--by", "jobType"]);
    assert!(by.groups.iter().all(|row| row.took.is_none()), "{by:#?}");
    assert!(
        overview(&sandbox, &["--job-id", "job_00*"])
            .jobs
            .took
            .is_some()
    );
}

#[test]
fn groups_with_too_few_values_are_counted() {
    let mut lines = Lines(sample(3));
    let data = json!({"durationMs": 5});
    for number in 0..9 {
        lines.add(NOW - 60_000, "x", &format!("few.{number}_done"), "", &data);
    }
    let sandbox = Sandbox::new();
    sandbox.write("events.jsonl", lines.0);
    let text = ask(&sandbox, &[]);
    assert!(
        text.contains("\n         9 more have too few values to tell: 80"),
        "{text}"
    );
}

#[test]
fn columns_have_names_of_their_own() {
    let sandbox = with(1);
    let text = ask(&sandbox, &["--last", "1h", "--baseline", "3h"]);
    let head = text
        .lines()
        .find(|line| line.starts_with("what "))
        .expect("a head");
    assert!(
        head.contains("p50 change") && head.contains("p95 change"),
        "{head}"
    );
}
