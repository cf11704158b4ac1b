//! Figures of emp beside those of an independent calculation in Python, on the same file.

use std::process::Command;

use serde_json::Value;

use super::claims::{list, text};
use super::system::System;

/// What `oracle.py` works out of a system.
fn oracle(system: &System) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/planted/oracle.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(&system.file)
        .output();
    let output = output.expect("python3 runs");
    assert!(output.status.success(), "{output:#?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Systems in which no clock is off: of waits between hosts, plain subtraction knows nothing else.
fn systems() -> [System; 2] {
    [
        System::new(31, "none"),
        System::new(32, "bad-machine,slow-step,new-error"),
    ]
}

/// That figures of lengths are the same; a mean may differ in its last digits.
fn assert_figures(what: &str, found: &Value, right: &Value) {
    if right.is_null() {
        return assert_eq!(found, right, "{what}");
    }
    assert_eq!(found["exact"], true, "{what}: {found}");
    for name in ["count", "min", "p50", "p95", "p99", "max"] {
        assert_eq!(
            found[name].as_f64(),
            right[name].as_f64(),
            "{name} of {what}"
        );
    }
    assert_near(what, &found["mean"], &right["mean"]);
}

fn assert_near(what: &str, found: &Value, right: &Value) {
    let (found, right) = (found.as_f64(), right.as_f64());
    let near = found
        .zip(right)
        .is_some_and(|(found, right)| (found - right).abs() <= right.abs() * 1e-6);
    assert!(near, "{what}: {found:?} instead of {right:?}");
}

#[test]
fn durations_of_types_are_those_of_python() {
    for system in systems() {
        let (found, right) = (system.ask::<Value>(&["perf"]), oracle(&system));
        assert_eq!(found["events"], right["events"]);
        let types = right["types"].as_object().expect("types");
        for (name, figures) in types {
            let groups = list(&found, "/groups").iter();
            let group = groups.filter(|group| group["group"] == **name);
            let [group] = &group.collect::<Vec<_>>()[..] else {
                panic!("{name} is no group, or several: {found:#}");
            };
            assert_eq!(group["count"], figures["count"], "{name}");
            // What was found from a start and an end is emp's own; Python knows what is told.
            if group["paired"] == 0 {
                assert_figures(name, &group["took"], &figures["took"]);
            } else {
                assert!(figures["took"].is_null(), "{name}: {group}");
            }
        }
        assert_figures("waits", &found["flow"]["wait"], &right["waits"]);
        let outcome = |name: &str| right["outcomes"][name].as_u64().unwrap_or(0);
        for (name, wanted) in [
            ("completed", outcome("completed")),
            ("failed", outcome("failed")),
            ("cancelled", outcome("cancelled")),
            ("unfinished", outcome("unfinished")),
        ] {
            assert_eq!(found["jobs"][name], wanted, "{name}");
        }
    }
}

#[test]
fn errors_by_name_are_those_of_python() {
    for system in systems() {
        let (found, right) = (system.ask::<Value>(&["errors"]), oracle(&system));
        for (name, count) in right["errors"].as_object().expect("errors") {
            let groups = list(&found, "/groups").iter();
            let groups = groups.filter(|group| text(group, "/name") == name);
            let counts = groups.map(|group| group["count"].as_u64().expect("a count"));
            assert_eq!(Some(counts.sum()), count.as_u64(), "{name}");
        }
    }
}

#[test]
fn what_stands_out_is_as_unlikely_as_python_says() {
    let system = System::new(32, "bad-machine");
    let (found, right) = (
        system.ask::<Value>(&["correlate", "--failed"]),
        oracle(&system),
    );
    let bad = system.truth.bad_machine.as_deref().expect("a machine");
    let (first, machine) = (&found["findings"][0], &right["machines"][bad]);
    assert_eq!(
        (&first["field"], &first["value"]),
        (&"machine".into(), &bad.into())
    );
    assert_eq!(
        (&first["group"], &first["of"]),
        (&machine["failed"], &machine["jobs"])
    );
    let all = |name: &str| {
        first[name]
            .as_u64()
            .zip(first[&format!("{name}Elsewhere")].as_u64())
    };
    let (failed, ended) = (all("group").expect("counts"), all("of").expect("counts"));
    assert_eq!(right["outcomes"]["failed"], failed.0 + failed.1);
    assert_eq!(right["ended"], ended.0 + ended.1);
    // The chance is put right for the number of values that were tested.
    let chance = first["chance"].as_f64().expect("a chance");
    let alone = machine["p"].as_f64().expect("a chance");
    let tested = found["tested"].as_f64().expect("a number");
    assert!(
        (alone..=alone * tested * 1.000_001).contains(&chance),
        "{chance} beside {alone}"
    );
}
