//! What should name which cause, and how its answer is read.

use emp_cli::event::Millis;
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
        cause: "an error that nobody has seen before",
        command: &["errors"],
        first: |system, answer| {
            let new = system.truth.new_error.as_ref().expect("an error");
            let wanted = format!("{} is new", new.name);
            match &strange_errors(answer)[..] {
                [first, ..] if *first == wanted => Ok(()),
                found => Err(format!("{found:?}")),
            }
        },
        claimed: strange_errors,
    },
    Claim {
        cause: "a step that takes three times as long since an hour",
        command: &["perf"],
        first: |system, answer| {
            let slow = system.truth.slow_step.as_ref().expect("a step");
            let first = list(answer, "/findings").first();
            let is_it = |finding: &Value| {
                let factor = finding["factor"].as_f64().unwrap_or(0.0);
                let since = Millis::parse(text(finding, "/since")).expect("a time");
                text(finding, "/kind") == "slower"
                    && text(finding, "/what").contains(slow.step)
                    && (2.0..4.5).contains(&factor)
                    && since.since(slow.since).abs() < 20 * 60_000
            };
            match first.is_some_and(is_it) {
                true => Ok(()),
                false => Err(format!("{first:?}")),
            }
        },
        claimed: changes,
    },
    Claim {
        cause: "a machine on which jobs fail",
        command: &["correlate", "--failed"],
        first: |system, answer| {
            let machine = system.truth.bad_machine.as_deref().expect("a machine");
            match &causes(answer)[..] {
                [only] if *only == format!("machine {machine}") => Ok(()),
                found => Err(format!("{found:?} instead of {machine}")),
            }
        },
        claimed: causes,
    },
    Claim {
        cause: "a job claimed twice, and one completed before it started",
        command: &["correlate", "--races"],
        first: |system, answer| {
            let job = |job: &Option<String>| job.clone().expect("a job");
            let wanted = [
                format!("{} claimedTwice", job(&system.truth.claimed_twice)),
                format!(
                    "{} completedBeforeStart",
                    job(&system.truth.completed_early)
                ),
            ];
            same(&wanted, &races(answer))
        },
        claimed: races,
    },
    Claim {
        cause: "nothing that would make some jobs slow and others not",
        command: &["correlate", "--slow"],
        first: |_, answer| same(&[], &causes(answer)),
        claimed: causes,
    },
];

fn same(wanted: &[String], found: &[String]) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!("{found:?} instead of {wanted:?}"))
}

pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("no list at {pointer} of {value:#}"))
}

pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value:#}"))
}

/// The jobs that are said to be stuck, the worst first.
fn stuck(answer: &Value) -> Vec<String> {
    let jobs = list(answer, "/stuck").iter();
    jobs.map(|job| format!("{} after {}", text(job, "/jobId"), text(job, "/eventType")))
        .collect()
}

/// What is not well.
fn troubles(answer: &Value) -> Vec<String> {
    let checks = list(answer, "/checks").iter();
    let bad = checks.filter(|check| text(check, "/verdict") != "ok");
    bad.map(|check| text(check, "/message").to_owned())
        .collect()
}

/// Errors that are said to be new, or to have come back.
fn strange_errors(answer: &Value) -> Vec<String> {
    let groups = list(answer, "/groups").iter();
    let strange = groups.filter(|group| ["new", "back"].contains(&text(group, "/state")));
    strange
        .map(|group| format!("{} is {}", text(group, "/name"), text(group, "/state")))
        .collect()
}

/// What is said to have changed.
fn changes(answer: &Value) -> Vec<String> {
    let findings = list(answer, "/findings").iter();
    findings
        .map(|one| {
            format!(
                "{} {} by {}",
                text(one, "/what"),
                text(one, "/kind"),
                one["factor"]
            )
        })
        .collect()
}

/// What is said to set failed or slow jobs apart.
fn causes(answer: &Value) -> Vec<String> {
    let findings = list(answer, "/findings").iter();
    findings
        .map(|one| format!("{} {}", text(one, "/field"), text(one, "/value")))
        .collect()
}

/// Orders of events that are said to be impossible.
fn races(answer: &Value) -> Vec<String> {
    let races = list(answer, "/races").iter();
    races
        .map(|race| format!("{} {}", text(race, "/jobId"), text(race, "/kind")))
        .collect()
}
