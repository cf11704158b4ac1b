//! The figures that emp and a script both give.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Fails unless both sides say the same.
fn equal<T: PartialEq + std::fmt::Debug>(what: &str, emp: T, node: T) -> Result<()> {
    ensure!(emp == node, "{what}: emp says {emp:?}, the script {node:?}");
    Ok(())
}

fn number(value: &Value, path: &str) -> Result<f64> {
    let found = value.pointer(path).and_then(Value::as_f64);
    found.with_context(|| format!("no number at {path} of {value}"))
}

fn list<'a>(value: &'a Value, path: &str) -> Result<&'a Vec<Value>> {
    let found = value.pointer(path).and_then(Value::as_array);
    found.with_context(|| format!("no list at {path} of {value}"))
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    let found = value.pointer(path).and_then(Value::as_str);
    found.with_context(|| format!("no text at {path} of {value}"))
}

/// The stuck jobs, in any order.
pub(super) fn stuck(emp: &Value, node: &Value) -> Result<()> {
    equal("jobs", number(emp, "/jobs")?, number(node, "/jobs")?)?;
    let jobs = list(emp, "/stuck")?.iter().map(|job| text(job, "/jobId"));
    let jobs: BTreeSet<&str> = jobs.collect::<Result<_>>()?;
    let wanted = list(node, "/stuck")?.iter().filter_map(Value::as_str);
    equal("stuck", jobs, wanted.collect())
}

/// Every event of the job, when it came, and the silences between them.
pub(super) fn timeline(emp: &Value, node: &Value) -> Result<()> {
    equal(
        "events",
        number(emp, "/eventCount")?,
        number(node, "/events")?,
    )?;
    let rows = list(emp, "/rows")?;
    let steps = list(node, "/steps")?;
    equal("rows", rows.len(), steps.len())?;
    for (row, step) in rows.iter().zip(steps) {
        equal(
            "type",
            text(row, "/event/eventType")?,
            text(step, "/eventType")?,
        )?;
        equal(
            "offset",
            number(row, "/offsetMs")?,
            number(step, "/offsetMs")?,
        )?;
    }
    let gaps = rows.iter().filter(|row| row["gapBefore"] == true);
    let gaps = gaps.map(|row| number(row, "/deltaMs"));
    let wanted = list(node, "/gaps")?.iter().filter_map(Value::as_f64);
    equal("gaps", gaps.collect::<Result<Vec<_>>>()?, wanted.collect())
}
