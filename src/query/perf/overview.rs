//! What the events of a window come to.

use serde::Serialize;

use super::baseline::{Known, Took};
use super::courses::{Courses, Window};
use super::findings::{self, Finding};
use super::flow::{self, Flow};
use super::groups::Group;
use super::histogram::{self, Bin};
use super::{By, Perf};
use crate::event::Millis;
use crate::query::both::both;
use crate::query::numbers::{Figures, Summary};

/// Stretches in the trend of a row.
const TREND: usize = 20;

/// What the events of a window come to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Tells this report from others: `perf`.
    pub report: &'static str,
    /// What rows are grouped by.
    pub by: String,
    /// Beginning of the window, or the first event.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub from: Option<Millis>,
    /// End of the window, or the last event.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub until: Option<Millis>,
    /// The oldest event held, where that is younger than the beginning of the window; rates are over
    /// the time that is held.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub held_from: Option<Millis>,
    /// Where the time before the window begins that it is compared with, as far as it is held.
    #[serde(skip)]
    pub(super) before: Option<(Millis, Millis)>,
    /// Events in the window.
    pub events: u64,
    /// Events before the window, which tell what is usual.
    pub earlier_events: u64,
    /// Where the stream of events begins, if that is where the window begins although other streams hold
    /// older entries.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub events_begin: Option<Millis>,
    /// Jobs with a step in the window.
    pub jobs: JobFigures,
    /// Whether all of their events were looked at, so that it can be said how long they took.
    pub whole_jobs: bool,
    /// The job that took longest of those that ended in the window.
    pub slowest_job: Option<String>,
    /// What changed and stayed so, what matters most first.
    pub findings: Vec<Finding>,
    /// Histories that were long enough to tell a change of how long something takes.
    pub judged: usize,
    /// Histories with lengths that were not.
    pub too_short: usize,
    /// The groups, what changed first, then what took most time.
    pub groups: Vec<Row>,
    /// Jobs over time.
    pub flow: Option<Flow>,
    /// Types of events whose lengths are mixed in a row; 1 where they are not.
    pub mixed_types: usize,
    /// Lengths in events that are none: negative, or a text that is no length.
    pub odd_durations: u64,
    /// What there was no room for.
    pub left_out: LeftOut,
}

/// How jobs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFigures {
    /// Jobs with a step in the window.
    pub seen: u64,
    /// Of these, completed in it.
    pub completed: u64,
    /// Failed or ran out of time.
    pub failed: u64,
    /// Were called off.
    pub cancelled: u64,
    /// Have not ended.
    pub unfinished: u64,
    /// How long the completed ones took, from the first event to the end.
    pub took: Option<Figures>,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it is called.
    pub group: String,
    /// The service that says all of it; null where there are several, or where rows are not types.
    pub service: Option<String>,
    /// Events in the window.
    pub count: u64,
    /// Events a minute; null where the window has no length.
    pub per_minute: Option<f64>,
    /// How long it took.
    pub took: Option<Figures>,
    /// All lengths together, in milliseconds.
    pub total_ms: f64,
    /// Lengths that were found from a start and an end.
    pub paired: u64,
    /// Lengths that are none.
    pub odd: u64,
    /// Events over the window, in stretches of equal length.
    pub trend: Vec<f64>,
    /// Median lengths over the window, likewise; 0 where there is none.
    pub took_trend: Vec<f64>,
    /// Index of the first finding about it.
    pub finding: Option<usize>,
    /// How its lengths are spread, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Vec<Bin>>,
    /// Shares from 0 to 1, and the lengths that they do not exceed: enough of them to compare with
    /// other events.
    pub quantiles: Vec<(f64, f64)>,
    /// Events and lengths before the window, where that is compared.
    #[serde(skip)]
    pub(super) before: Known,
}

/// What there was no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Events of groups beyond the limit, which count together.
    pub lumped_events: u64,
    /// Jobs that were quiet for longest.
    pub jobs: u64,
    /// Events of jobs.
    pub job_events: u64,
    /// Starts and ends that were not matched.
    pub starts_and_ends: u64,
}

impl Overview {
    pub(super) fn of(
        perf: &Perf,
        unpaired: u64,
        held: Option<Millis>,
        window: Window,
        courses: Courses<'_>,
    ) -> Self {
        let options = &perf.options;
        let Window {
            from,
            until,
            held_from,
        } = window;
        let window = window.ends();
        let Courses {
            links,
            within,
            flow,
            mut jobs,
        } = courses;
        let rows = || {
            let groups = perf.groups.all().iter().enumerate();
            let shown = groups.filter(|(_, group)| group.count > 0 || group.before.is_some());
            let rows = shown.map(|(at, group)| {
                let row = row(group, window, options.by == By::EventType);
                let histogram = options.histogram.then(|| histogram::bins(&group.took));
                (at, Row { histogram, ..row })
            });
            rows.collect::<Vec<_>>()
        };
        let flow = flow.filter(|_| options.whole_jobs);
        let shown = || (rows(), flow.map(flow::Builder::finish));
        let ((rows, flow), found) = both(shown, || findings::find(perf, &links, &within));
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|(at, row)| {
                let mut findings = found.findings.iter();
                let finding = findings.position(|finding| finding.group == Some(at));
                Row { finding, ..row }
            })
            .collect();
        rows.sort_by(|a, b| {
            let first = |row: &Row| row.finding.unwrap_or(usize::MAX);
            (first(a).cmp(&first(b)))
                .then_with(|| b.total_ms.total_cmp(&a.total_ms))
                .then_with(|| b.count.cmp(&a.count))
                .then_with(|| a.group.cmp(&b.group))
        });
        let before = options.before.zip(options.since);
        let before = before
            .map(|(before, since)| (held.map_or(before, |held| held.clamp(before, since)), since));
        let out = perf.jobs.left_out();
        Self {
            report: "perf",
            by: options.by.name(),
            from,
            until,
            held_from,
            before,
            whole_jobs: options.whole_jobs,
            events: perf.events,
            earlier_events: perf.earlier,
            events_begin: (perf.begins)
                .filter(|begins| options.since.is_none_or(|since| since < *begins)),
            slowest_job: jobs.slowest.take().map(|(_, id)| id),
            jobs: jobs.finish(),
            findings: found.findings,
            judged: found.judged,
            too_short: found.too_short,
            groups: rows,
            flow,
            mixed_types: match options.by {
                By::Field(_) => perf.timed.len().max(1),
                By::EventType | By::Step | By::JobType => 1,
            },
            odd_durations: perf.odd,
            left_out: LeftOut {
                lumped_events: perf.groups.lumped,
                jobs: out.jobs,
                job_events: out.events,
                starts_and_ends: unpaired,
            },
        }
    }

    /// Whether a change shows that is in each type of jobs alone: whole jobs tell of which type they are.
    pub fn tells_job_types(&self) -> bool {
        self.whole_jobs && matches!(self.by.as_str(), "eventType" | "step" | "jobType")
    }

    /// Rows whose percentiles are rounded to three digits.
    pub fn rounded(&self) -> usize {
        let figures = self.groups.iter().filter_map(|row| row.took);
        figures.filter(|figures| !figures.exact).count()
    }

    /// Length of the window in minutes, as far as it is held.
    pub fn minutes(&self) -> Option<f64> {
        minutes(self.held_from.or(self.from).zip(self.until)?)
    }
}

fn minutes((from, until): (Millis, Millis)) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let minutes = until.since(from) as f64 / 60_000.0;
    (minutes > 0.0).then_some(minutes)
}

fn row(group: &Group, window: Option<(Millis, Millis)>, with_service: bool) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let (count, lengths) = (group.count as f64, group.took.count() as f64);
    let trend = |(from, until)| group.trend.between(from, until, TREND);
    let medians = |(from, until)| group.history.medians(from, until, TREND);
    let service = group.service().filter(|_| with_service);
    Row {
        group: group.label(),
        service: service.map(str::to_owned),
        count: group.count,
        per_minute: window.and_then(minutes).map(|minutes| count / minutes),
        took: group.took.figures(),
        total_ms: group.took.mean() * lengths,
        paired: group.paired,
        odd: group.odd,
        trend: window.map(trend).unwrap_or_default(),
        took_trend: window.map(medians).unwrap_or_default(),
        finding: None,
        histogram: None,
        quantiles: quantiles(&group.took),
        before: group
            .before
            .as_deref()
            .map_or_else(Known::default, |(count, took)| Known {
                count: *count,
                took: took.figures().map(Took::from),
                quantiles: quantiles(took),
            }),
    }
}

/// Shares that are kept: close enough to each other around the median and towards the end.
const SHARES: [f64; 24] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
    0.85, 0.9, 0.92, 0.95, 0.98, 0.99, 1.0,
];

fn quantiles(took: &Summary) -> Vec<(f64, f64)> {
    if took.count() == 0 {
        return Vec::new();
    }
    SHARES.into_iter().zip(took.quantiles(SHARES)).collect()
}
