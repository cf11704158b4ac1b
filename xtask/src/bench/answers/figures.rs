//! The figures that emp and a script both give.

use std::collections::{BTreeMap, BTreeSet};

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

/// Each step of the job: when it came, and how long it says that it took. emp counts repeats in a row
/// as one step.
pub(super) fn steps(emp: &Value, node: &Value) -> Result<()> {
    let told = list(node, "/steps")?;
    let mut at = 0;
    for step in list(emp, "/steps")? {
        let first = told.get(at).context("the script knows fewer steps")?;
        equal(
            "type",
            text(step, "/eventType")?,
            text(first, "/eventType")?,
        )?;
        at += usize::try_from(step["times"].as_u64().unwrap_or(0))?;
        let last = told.get(at.saturating_sub(1)).context("as often")?;
        equal("type", text(step, "/eventType")?, text(last, "/eventType")?)?;
        equal("took", step["tookMs"].as_f64(), last["tookMs"].as_f64())?;
        if let Some(next) = told.get(at) {
            let silence = number(next, "/offsetMs")? - number(last, "/offsetMs")?;
            let following = list(emp, "/steps")?;
            let following = following.iter().skip_while(|other| *other != step).nth(1);
            equal(
                "after",
                following.and_then(|next| next["afterMs"].as_f64()),
                Some(silence),
            )?;
        }
    }
    equal("events", at, told.len())
}

/// How many errors of each name there are.
pub(super) fn errors(emp: &Value, node: &Value) -> Result<()> {
    let names = node["names"].as_object().context("names")?;
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for group in list(emp, "/groups")? {
        *counts.entry(text(group, "/name")?).or_default() += number(group, "/count")?;
    }
    // What failed without an error event has the name of its type, of which the script says less.
    counts.retain(|name, _| names.contains_key(*name));
    let wanted = names.iter();
    let wanted = wanted.map(|(name, count)| (name.as_str(), count.as_f64().unwrap_or(0.0)));
    equal("errors by name", counts, wanted.collect())
}

/// Counts, means and percentiles of what tells a duration.
pub(super) fn performance(emp: &Value, node: &Value) -> Result<()> {
    let node = node.as_array().context("a list")?;
    for told in node {
        let event_type = text(told, "/eventType")?;
        let groups = list(emp, "/groups")?.iter();
        let group = groups.filter(|group| group["group"] == told["eventType"]);
        let [group] = &group.collect::<Vec<_>>()[..] else {
            anyhow::bail!("{event_type} is no group of emp's, or several");
        };
        equal(
            event_type,
            number(group, "/count")?,
            number(told, "/count")?,
        )?;
        // Lengths that were found from a start and an end are not known to the script.
        if number(told, "/timed")? == 0.0 {
            continue;
        }
        equal(
            event_type,
            number(group, "/took/count")?,
            number(told, "/timed")?,
        )?;
        let exact = group["took"]["exact"] == true;
        for (name, error) in [
            ("mean", 1e-9),
            ("max", 0.0),
            ("p50", if exact { 0.0 } else { 0.001 }),
            ("p95", if exact { 0.0 } else { 0.001 }),
            ("p99", if exact { 0.0 } else { 0.001 }),
        ] {
            let ours = number(group, &format!("/took/{name}"))?;
            let theirs = number(told, &format!("/{name}"))?;
            ensure!(
                (ours - theirs).abs() <= theirs * error,
                "{name} of {event_type}: emp says {ours}, the script {theirs}"
            );
        }
    }
    Ok(())
}

/// Where the job failed and what it said, and how services handed it on.
pub(super) fn correlate(emp: &Value, node: &Value) -> Result<()> {
    equal(
        "events",
        number(emp, "/eventCount")?,
        number(node, "/events")?,
    )?;
    for (ours, theirs) in [
        ("/failure/eventType", "/failedAt"),
        ("/failure/service", "/service"),
        ("/failure/message", "/message"),
    ] {
        equal(ours, text(emp, ours)?, text(node, theirs)?)?;
    }
    let handoffs = |value| -> Result<Vec<(String, String, f64)>> {
        let all = list(value, "/handoffs")?.iter();
        let one = |one: &Value| {
            let service = |path: &str| one.pointer(path).and_then(Value::as_str);
            let from = service("/from/service").or(service("/from"));
            let to = service("/to/service").or(service("/to"));
            let from = from.context("from")?.to_owned();
            Ok((
                from,
                to.context("to")?.to_owned(),
                number(one, "/durationMs")?,
            ))
        };
        all.map(one).collect()
    };
    equal("handoffs", handoffs(emp)?, handoffs(node)?)
}
