//! Which jobs are compared with which: those that failed, those that were slow, those that a query
//! matches.

use std::collections::HashMap;

use serde::Serialize;

use super::contrast::{Contrast, Field, Findings, Values};
use super::facts::Facts;
use super::path::float;
use crate::event::{Id, Millis};
use crate::query::course::ENOUGH;
use crate::query::jobs::{Course, Jobs};
use crate::query::numbers::Summary;
use crate::query::timeline::{Mark, Options, Outcome, rfc3339_or_null};

/// What the group is. Jobs that run have no part in failed and slow.
pub(crate) enum Group<'g> {
    /// Jobs that failed or timed out, beside those that completed.
    Failed,
    /// The slowest tenth of the completed jobs of each type, beside the others; or those that took
    /// longer than so many milliseconds.
    Slow(Option<i64>),
    /// Jobs that one query matches, beside those that another one does.
    Matched {
        group: &'g dyn Fn(&str) -> bool,
        rest: &'g dyn Fn(&str) -> bool,
    },
}

/// A comparison, and what it was made of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// What the jobs of the group are: `failed`, `slow` or `matched`.
    pub group: &'static str,
    /// What stands out.
    #[serde(flatten)]
    pub found: Findings,
    /// Jobs that belong to neither side: they have not ended, or too few are of their type.
    pub neither: u64,
    /// Jobs there was no room for.
    pub left_out: u64,
    /// Values there was no room for, beside those of crowded fields.
    pub values_left_out: u64,
    /// Fields with more different values than are compared.
    pub crowded: Vec<String>,
    /// Number of events that were read.
    pub events: u64,
    /// The first of them.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub first: Option<Millis>,
    /// The last.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub last: Option<Millis>,
    /// Some jobs of the group that have what stands out first, newest first; of the whole group where
    /// nothing does.
    pub examples: Vec<String>,
}

/// Compares.
pub(crate) fn compare(
    jobs: &Jobs,
    facts: &Facts,
    group: &Group<'_>,
    is_in: &dyn Fn(&str) -> bool,
    options: &Options,
) -> Comparison {
    let limits = match group {
        Group::Slow(None) => limits(jobs, is_in, options),
        _ => HashMap::new(),
    };
    let mut contrast = Contrast::default();
    let mut neither = 0;
    let mut members: Vec<(Option<Millis>, &str)> = Vec::new();
    for course in jobs.courses(options).filter(|course| is_in(course.id)) {
        let Some(side) = side(&course, group, &limits) else {
            neither += 1;
            continue;
        };
        if side {
            members.push((course.last().map(|last| last.at), course.id));
        }
        contrast.push(side, values(&course, facts, options));
    }
    let found = contrast.findings();
    members.sort_unstable_by(|a, b| b.cmp(a));
    let has = |id: &&str| {
        let Some(first) = found.findings.first() else {
            return true;
        };
        let course = jobs.course(id, options);
        course.is_some_and(|course| {
            let mut values = values(&course, facts, options).into_iter();
            values.any(|(field, value)| field.name() == first.field && value == first.value)
        })
    };
    let examples = members.iter().map(|(_, id)| *id).filter(has).take(3);
    let examples = examples.map(str::to_owned).collect();
    let span = jobs.span();
    Comparison {
        group: match group {
            Group::Failed => "failed",
            Group::Slow(_) => "slow",
            Group::Matched { .. } => "matched",
        },
        found,
        neither,
        left_out: jobs.left_out().jobs,
        values_left_out: facts.left_out(),
        crowded: facts.crowded().into_iter().map(str::to_owned).collect(),
        events: jobs.events(),
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        examples,
    }
}

/// For each type of which enough jobs completed, what nine of ten did not exceed.
fn limits(jobs: &Jobs, is_in: &dyn Fn(&str) -> bool, options: &Options) -> HashMap<String, f64> {
    let mut types: HashMap<String, Summary> = HashMap::new();
    let completed = jobs
        .courses(options)
        .filter(|course| course.outcome == Outcome::Completed && is_in(course.id));
    for course in completed {
        let summary = types.entry(course.job_type.to_owned()).or_default();
        summary.push(float(course.took_ms()));
    }
    types.retain(|_, summary| summary.count() >= ENOUGH);
    let limit = |(job_type, summary): (String, Summary)| (job_type, summary.quantile(0.9));
    types.into_iter().map(limit).collect()
}

/// Whether a job is of the group, of the rest, or of neither.
fn side(course: &Course<'_>, group: &Group<'_>, limits: &HashMap<String, f64>) -> Option<bool> {
    let completed = course.outcome == Outcome::Completed;
    match group {
        Group::Failed if course.has_failed() => Some(true),
        Group::Failed => completed.then_some(false),
        Group::Slow(_) if !completed => None,
        Group::Slow(Some(limit)) => Some(course.took_ms() > *limit),
        Group::Slow(None) => {
            let limit = limits.get(course.job_type)?;
            Some(float(course.took_ms()) > *limit)
        }
        Group::Matched { group, rest } => match (group(course.id), rest(course.id)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
    }
}

/// What is known of a job from before anything went wrong, or it ended.
fn values<'a>(course: &Course<'a>, facts: &'a Facts, options: &Options) -> Values<'a> {
    let wrong = course
        .last_try()
        .find(|step| step.has(Mark::Failure) || options.ends(step.event_type));
    let until = wrong.map(|step| step.heard.unwrap_or(step.at));
    let mut values = vec![];
    // Of a job that was tried again the last try counts: one job, one worker.
    for (field, value) in [
        (Field::Machine, course.holder(Id::Machine).unwrap_or("")),
        (Field::Worker, course.holder(Id::Worker).unwrap_or("")),
        (Field::JobType, course.job_type),
        (Field::User, course.user),
    ] {
        if !value.is_empty() {
            values.push((field, value));
        }
    }
    for step in course.last_try() {
        let early = until.is_none_or(|until| step.heard.unwrap_or(step.at) <= until);
        let value = (Field::Service, step.service);
        if early && !step.service.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    let known = facts.of(course.id, until).into_iter();
    values.extend(known.map(|(path, value)| (Field::Data(path), value)));
    values
}
