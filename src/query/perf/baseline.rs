//! What a window is compared with: the time before it, other events, or a report that was kept.

use std::collections::HashMap;

use serde::Deserialize;

use super::overview::{Overview, Row};
use crate::event::Millis;
use crate::quantity;
use crate::query::numbers::Figures;

/// What was usual.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// What it is, for people.
    pub label: String,
    /// What it is grouped by.
    pub by: String,
    /// How long it lasted, in minutes.
    pub minutes: Option<f64>,
    pub(super) groups: HashMap<String, Known>,
}

/// What is known of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) count: u64,
    pub(super) took: Option<Took>,
    /// Shares, and the lengths that they do not exceed.
    pub(super) quantiles: Vec<(f64, f64)>,
}

/// What is known of its lengths.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Took {
    pub(super) count: u64,
    pub(super) p50: f64,
    pub(super) p95: f64,
}

impl From<Figures> for Took {
    fn from(figures: Figures) -> Self {
        Self {
            count: figures.count,
            p50: figures.p50,
            p95: figures.p95,
        }
    }
}

/// The parts of a report of `emp perf -o json` that are compared. Others may come and go.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    report: String,
    by: String,
    from: Option<String>,
    #[serde(default)]
    held_from: Option<String>,
    until: Option<String>,
    groups: Vec<ReportRow>,
}

#[derive(Deserialize)]
struct ReportRow {
    group: String,
    count: u64,
    took: Option<Took>,
    #[serde(default)]
    quantiles: Vec<(f64, f64)>,
}

impl Known {
    /// What a report says of the window.
    pub(super) fn of(row: &Row) -> Self {
        Self {
            count: row.count,
            took: row.took.map(Took::from),
            quantiles: row.quantiles.clone(),
        }
    }
}

impl Baseline {
    /// Reads a report of `emp perf -o json`; `None` where the text is none.
    pub fn read(text: &str, label: &str) -> Option<Self> {
        let report: Report = serde_json::from_str(text).ok()?;
        if report.report != "perf" {
            return None;
        }
        let at = |text: Option<String>| Millis::parse(&text?);
        let from = at(report.held_from).or_else(|| at(report.from));
        let window = from.zip(at(report.until));
        let groups = report.groups.into_iter().map(|row| {
            let known = Known {
                count: row.count,
                took: row.took,
                quantiles: row.quantiles,
            };
            (row.group, known)
        });
        Some(Self {
            label: label.to_owned(),
            by: report.by,
            minutes: window.and_then(|(from, until)| minutes(until.since(from))),
            groups: groups.collect(),
        })
    }

    /// Other events.
    pub fn other(overview: &Overview, label: &str) -> Self {
        let rows = overview.groups.iter();
        let groups = rows.map(|row| (row.group.clone(), Known::of(row)));
        Self {
            label: label.to_owned(),
            by: overview.by.clone(),
            minutes: overview.minutes(),
            groups: groups.collect(),
        }
    }

    /// The time before the window of a report that was asked to know it: so long, in the words that
    /// were typed, or as much of it as is held.
    pub fn before(overview: &Overview, length_ms: i64, typed: &str) -> Self {
        let rows = overview.groups.iter();
        let groups = rows.map(|row| (row.group.clone(), row.before.clone()));
        let held = overview.before.map(|(from, since)| since.since(from));
        let held = held.unwrap_or(length_ms).min(length_ms);
        let mut label = format!("the {typed} before");
        // A quiet minute before the first event is no lack.
        if held < length_ms - length_ms / 50 {
            label += &format!(" (of which {} are held)", quantity::duration(held));
        }
        Self {
            label,
            by: overview.by.clone(),
            minutes: minutes(held),
            groups: groups.filter(|(_, known)| known.count > 0).collect(),
        }
    }

    /// Whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

fn minutes(ms: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let minutes = ms as f64 / 60_000.0;
    (minutes > 0.0).then_some(minutes)
}
