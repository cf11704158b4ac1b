//! Two jobs step by step, or one beside the usual course of its type: which steps only one of them has,
//! and where the time differs.
//!
//! Steps are aligned by who says what, in order (the longest common subsequence).

use serde::Serialize;

use super::facts::Facts;
use crate::event::Id;
use crate::quantity;
use crate::query::course::{Key, MUST, Model, UsualReport};
use crate::query::jobs::{Course, Moved};
use crate::query::timeline::Outcome;

/// Steps of one side that are compared.
const MOST: usize = 400;

/// A step that this share of jobs has is no difference, whether a job has it or not.
const MANY: f64 = 0.2;

/// A difference that is less than this is none, in milliseconds.
const NOTICED_MS: i64 = 50;

/// One step in its place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct At {
    /// Milliseconds after the first step.
    pub offset_ms: i64,
    /// Milliseconds after the step before.
    pub delta_ms: i64,
    /// How often it was said in a row.
    pub times: u64,
}

/// A step of either side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Who.
    pub service: String,
    /// What.
    pub event_type: String,
    /// In the first job.
    pub a: Option<At>,
    /// In the other, or usually.
    pub b: Option<At>,
    /// How much longer the first took from the step before, where both have it.
    pub difference_ms: Option<i64>,
}

/// Something in which two jobs differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// In what.
    pub field: String,
    /// The first job.
    pub a: Option<String>,
    /// The other.
    pub b: Option<String>,
}

/// Two sides aligned.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Beside {
    /// What it comes to.
    pub verdict: String,
    /// The first job.
    pub a: String,
    /// The other; null for the usual course.
    pub b: Option<String>,
    /// Completed jobs that the usual course was learned from.
    pub usual_jobs: Option<u64>,
    /// How the first ended.
    pub outcome_a: Outcome,
    /// How the other did.
    pub outcome_b: Option<Outcome>,
    /// How long the first took.
    pub took_a_ms: i64,
    /// How long the other took, or half of them usually take at most.
    pub took_b_ms: i64,
    /// The steps.
    pub steps: Vec<Row>,
    /// What differs beside the steps.
    pub differences: Vec<Difference>,
    /// Steps that there was no room for.
    pub left_out: u64,
}

struct Side<'a> {
    steps: Vec<(&'a str, &'a str, At)>,
    left_out: u64,
}

fn side<'a>(course: &Course<'a>) -> Side<'a> {
    let mut ordered: Vec<&Moved<'a>> = course.steps.iter().collect();
    ordered.sort_by_key(|step| step.moment);
    let Some(start) = ordered.first().map(|first| first.moment) else {
        return Side {
            steps: Vec::new(),
            left_out: 0,
        };
    };
    let mut steps: Vec<(&'a str, &'a str, At)> = Vec::new();
    let mut before = start;
    for step in ordered {
        match steps.last_mut() {
            Some((service, event_type, at))
                if *service == step.service && *event_type == step.event_type =>
            {
                at.times += 1;
            }
            _ => steps.push((
                step.service,
                step.event_type,
                At {
                    offset_ms: step.moment.since(start),
                    delta_ms: step.moment.since(before),
                    times: 1,
                },
            )),
        }
        before = step.moment;
    }
    let left_out = steps.len().saturating_sub(MOST) as u64;
    steps.truncate(MOST);
    Side { steps, left_out }
}

/// Two jobs beside each other.
pub(crate) fn two(a: &Course<'_>, b: &Course<'_>, facts: &Facts) -> Beside {
    let (one, other) = (side(a), side(b));
    let steps = align(&one.steps, &other.steps);
    let differences = differences(a, b, facts);
    let (took_a_ms, took_b_ms) = (a.took_ms(), b.took_ms());
    let mut verdict = format!(
        "{} {} after {}, {} {} after {}",
        a.id,
        ended(a.outcome),
        quantity::duration(took_a_ms),
        b.id,
        ended(b.outcome),
        quantity::duration(took_b_ms)
    );
    verdict += &parting(&steps, "the other", limit_ms(took_a_ms, took_b_ms));
    Beside {
        verdict,
        a: a.id.to_owned(),
        b: Some(b.id.to_owned()),
        usual_jobs: None,
        outcome_a: a.outcome,
        outcome_b: Some(b.outcome),
        took_a_ms,
        took_b_ms,
        steps,
        differences,
        left_out: one.left_out + other.left_out,
    }
}

/// A job beside the usual course of its type; `None` where too few completed to tell.
pub(crate) fn usual(a: &Course<'_>, model: &Model) -> Option<Beside> {
    model.usual(a.job_type)?;
    let reports = model.report();
    let report = reports.iter().find(|one| one.job_type == a.job_type)?;
    let one = side(a);
    let other = usual_side(report, a);
    let steps = align(&one.steps, &other);
    let took_b_ms = report.took.map_or(0, |took| whole(took.p50));
    let mut verdict = format!(
        "{} {} after {}; half of {} took {} at most",
        a.id,
        ended(a.outcome),
        quantity::duration(a.took_ms()),
        quantity::number_of(report.jobs, "completed job"),
        quantity::duration(took_b_ms)
    );
    verdict += &parting(&steps, "the usual course", limit_ms(a.took_ms(), took_b_ms));
    Some(Beside {
        verdict,
        a: a.id.to_owned(),
        b: None,
        usual_jobs: Some(report.jobs),
        outcome_a: a.outcome,
        outcome_b: None,
        took_a_ms: a.took_ms(),
        took_b_ms,
        steps,
        differences: Vec::new(),
        left_out: one.left_out,
    })
}

/// The steps that nearly all jobs have, at their usual times; and what many have and many have not,
/// where this one has it: that is no difference.
fn usual_side<'r>(report: &'r UsualReport, course: &Course<'_>) -> Vec<(&'r str, &'r str, At)> {
    let has = |key: &Key| course.steps.iter().any(|step| key.is(step));
    let mut before = 0;
    let steps = report
        .steps
        .iter()
        .filter(|step| step.share >= MUST || (step.share >= MANY && has(&step.key)));
    let steps = steps.map(|step| {
        let offset_ms = step.since_start.map_or(before, |since| whole(since.p50));
        let into = report.steps.iter().flat_map(|other| &other.next);
        let into = into.filter(|link| link.key == step.key);
        let delay = into
            .max_by_key(|link| link.count)
            .and_then(|link| link.delay);
        let delta_ms = delay.map_or(offset_ms - before, |delay| whole(delay.p50));
        before = offset_ms;
        let at = At {
            offset_ms,
            delta_ms,
            times: whole(step.times).unsigned_abs(),
        };
        (step.key.service.as_str(), step.key.event_type.as_str(), at)
    });
    steps.take(MOST).collect()
}

fn align(a: &[(&str, &str, At)], b: &[(&str, &str, At)]) -> Vec<Row> {
    let same = |i: usize, j: usize| (a[i].0, a[i].1) == (b[j].0, b[j].1);
    // Lengths of the longest common subsequences of what is left from here on.
    let mut longest = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if same(i, j) {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    let row = |key: &(&str, &str, At), a: Option<At>, b: Option<At>| Row {
        service: key.0.to_owned(),
        event_type: key.1.to_owned(),
        difference_ms: a.zip(b).map(|(a, b)| a.delta_ms - b.delta_ms),
        a,
        b,
    };
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && same(i, j) {
            rows.push(row(&a[i], Some(a[i].2), Some(b[j].2)));
            (i, j) = (i + 1, j + 1);
        } else if j >= b.len() || (i < a.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            rows.push(row(&a[i], Some(a[i].2), None));
            i += 1;
        } else {
            rows.push(row(&b[j], None, Some(b[j].2)));
            j += 1;
        }
    }
    rows
}

/// Where they part, and where the time differs most; `limit_ms` is too little to speak of.
fn parting(rows: &[Row], other: &str, limit_ms: i64) -> String {
    let mut text = String::new();
    let parts = |row: &Row| row.a.is_none() || row.b.is_none();
    if let Some(at) = rows.iter().position(parts) {
        let rest = &rows[at..];
        let stretch = rest.iter().take_while(|row| parts(row));
        let stretch: Vec<&Row> = stretch.collect();
        let next = |has: fn(&Row) -> bool| {
            let row = stretch.iter().find(|row| has(row));
            row.map_or_else(
                || "nothing of its own".to_owned(),
                |row| format!("{} of {}", row.event_type, row.service),
            )
        };
        let before = at.checked_sub(1).and_then(|at| rows.get(at));
        let after = before.map_or_else(
            || "from the beginning".to_owned(),
            |row| format!("after {}", row.event_type),
        );
        let (a, b) = (next(|row| row.a.is_some()), next(|row| row.b.is_some()));
        text += &format!("; they part {after}: the first goes on with {a}, {other} with {b}");
    }
    let both = rows
        .iter()
        .filter_map(|row| Some((row, row.difference_ms?)));
    let most = both.max_by_key(|(_, difference)| difference.abs());
    if let Some((row, difference)) = most.filter(|(_, ms)| ms.abs() >= limit_ms) {
        let (a, b) = (
            row.a.map_or(0, |a| a.delta_ms),
            row.b.map_or(0, |b| b.delta_ms),
        );
        let word = if difference > 0 { "longer" } else { "shorter" };
        text += &format!(
            "; the step to {} took {} {word}, {} beside {}",
            row.event_type,
            quantity::duration(difference.abs()),
            quantity::duration(a),
            quantity::duration(b)
        );
    }
    text
}

/// A twentieth of the longer one, and no less than can be noticed.
fn limit_ms(a: i64, b: i64) -> i64 {
    (a.max(b) / 20).max(NOTICED_MS)
}

fn differences(a: &Course<'_>, b: &Course<'_>, facts: &Facts) -> Vec<Difference> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let holder = |course: &Course<'_>, kind| course.holder(kind).and_then(text);
    let mut pairs = vec![
        ("jobType".to_owned(), text(a.job_type), text(b.job_type)),
        ("user".to_owned(), text(a.user), text(b.user)),
        (
            "machine".to_owned(),
            holder(a, Id::Machine),
            holder(b, Id::Machine),
        ),
        (
            "worker".to_owned(),
            holder(a, Id::Worker),
            holder(b, Id::Worker),
        ),
    ];
    let (mine, theirs) = (facts.of(a.id, None), facts.of(b.id, None));
    let value = |known: &[(&str, &str)], path: &str| {
        let found = known.iter().find(|(field, _)| *field == path);
        found.map(|(_, value)| (*value).to_owned())
    };
    // What only one of them says may be of a step that the other never came to.
    let both = mine.iter().map(|(path, _)| *path);
    let both = both.filter(|path| theirs.iter().any(|(other, _)| other == path));
    let mut paths: Vec<&str> = both.collect();
    paths.sort_unstable();
    for path in paths {
        pairs.push((
            format!("data.{path}"),
            value(&mine, path),
            value(&theirs, path),
        ));
    }
    let differs = pairs.into_iter().filter(|(_, a, b)| a != b);
    differs
        .map(|(field, a, b)| Difference { field, a, b })
        .collect()
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unfinished => "has not ended",
        ended => ended.word(),
    }
}

fn whole(ms: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a length of time")]
    let ms = ms.round() as i64;
    ms
}
