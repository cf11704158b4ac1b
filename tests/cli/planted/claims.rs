//! What should name which cause, and how its answer is read.

use serde_json::Value;

use super::system::System;

/// A cause, the command that should name it, and what its answer claims.
pub struct Claim {
    pub cause: &'static str,
    pub command: &'static [&'static str],
    /// Whether the cause is named, and first; else what is said instead.
    pub first: fn(&System, &Value) -> Result<(), String>,
    /// All that is claimed.
    pub claimed: fn(&Value) -> Vec<String>,
}

pub const CLAIMS: &[Claim] = &[
    Claim {
        cause: "three jobs that hang in different steps",
        command: &["health", "--stuck"],
        first: |system, answer| {
            let hanging = system.truth.stuck.iter();
            let mut wanted: Vec<_> = hanging
                .map(|job| format!("{} after {}", job.job_id, job.after))
                .collect();
            let mut found = stuck(answer);
            wanted.sort();
            found.sort();
            same(&wanted, &found)
        },
        claimed: stuck,
    },
    Claim {
        cause: "a step that takes three times as long since an hour",
        command: &["perf"],
        first: |system, answer| {
            let slow = system.truth.slow_step.as_ref().expect("a step");
            let first = answer.pointer("/findings/0").unwrap_or(&Value::Null);
            let what = format!("{} {}_completed", slow.service, slow.step);
            let factor = first["factor"].as_f64().unwrap_or(0.0);
            match first["kind"] == "slower"
                && first["what"] == *what
                && (2.0..4.5).contains(&factor)
            {
                true => Ok(()),
                false => Err(first.to_string()),
            }
        },
        claimed: |answer| {
            let findings = list(answer, "/findings").iter();
            findings.map(ToString::to_string).collect()
        },
    },
    Claim {
        cause: "the clock of a machine, 40 s ahead",
        command: &["health"],
        first: |system, answer| {
            let clock = system.truth.skewed_clock.as_ref().expect("a clock");
            let checks = list(answer, "/checks").iter();
            let first = checks.clone().find(|check| check["verdict"] != "ok");
            let facts = first.map(|check| &check["facts"]);
            let is_it = |facts: &Value| {
                let ahead = facts["skewMs"].as_i64().unwrap_or(0);
                (clock.ahead_ms - 1_000..=clock.ahead_ms).contains(&ahead)
                    && facts["skewedHost"] == *clock.machine_id
            };
            match facts.is_some_and(is_it) {
                true => Ok(()),
                false => Err(format!("{first:?}")),
            }
        },
        claimed: troubles,
    },
    Claim {
        cause: "a machine whose jobs fail far more often",
        command: &["correlate", "--failed"],
        first: |system, answer| {
            let machine = system.truth.bad_machine.clone().expect("a machine");
            same(&[format!("machine {machine}")], &stands_out(answer))
        },
        claimed: stands_out,
    },
    Claim {
        cause: "a job that two workers claimed, another that was completed before it started",
        command: &["correlate", "--races"],
        first: |system, answer| {
            let (twice, early) = (&system.truth.claimed_twice, &system.truth.completed_early);
            let wanted = [("claimedTwice", twice), ("completedBeforeStart", early)];
            let wanted =
                wanted.map(|(kind, job)| format!("{kind} {}", job.as_ref().expect("a job")));
            same(&wanted, &races(answer))
        },
        claimed: races,
    },
    Claim {
        cause: "nothing that would make some jobs slow and others not",
        command: &["correlate", "--slow"],
        first: |_, answer| same(&[], &stands_out(answer)),
        claimed: stands_out,
    },
];

fn same(wanted: &[String], found: &[String]) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!("{found:?} instead of {wanted:?}"))
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("no list at {pointer} of {value:#}"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value:#}"))
}

/// The jobs that are said to be stuck, the worst first.
fn stuck(answer: &Value) -> Vec<String> {
    let jobs = list(answer, "/stuck").iter();
    jobs.map(|job| format!("{} after {}", text(job, "/jobId"), text(job, "/eventType")))
        .collect()
}

/// The values that stand out, without those that only come with them.
fn stands_out(answer: &Value) -> Vec<String> {
    let found = list(answer, "/findings").iter();
    found
        .map(|one| format!("{} {}", text(one, "/field"), text(one, "/value")))
        .collect()
}

fn races(answer: &Value) -> Vec<String> {
    let found = list(answer, "/races").iter();
    found
        .map(|one| format!("{} {}", text(one, "/kind"), text(one, "/jobId")))
        .collect()
}

/// What is not well.
fn troubles(answer: &Value) -> Vec<String> {
    let checks = list(answer, "/checks").iter();
    let bad = checks.filter(|check| text(check, "/verdict") != "ok");
    bad.map(|check| text(check, "/message").to_owned())
        .collect()
}
