//! How long each kind of step takes within each type of jobs.
//!
//! A kind of event mixes types of jobs, some of which take ten times as long as others. What changed
//! in each of them may not show in all of them together.

use std::cmp::Reverse;

use super::change::{self, Change};
use super::history::{History, absorb, median};
use crate::event::Millis;
use crate::maps::Map;
use crate::query::jobs::{Course, Said};

/// Kinds of steps within types of jobs that are told apart; others do not count.
const MOST: usize = 300;

/// A type of jobs that shows a change of all types has so many values on both sides,
const FEW: usize = 10;
/// and its own median changed by this factor.
const CLEAR: f64 = 1.3;

/// Lengths by who says what, and by type of job.
#[derive(Clone, Debug, Default)]
pub(super) struct Within<'a> {
    /// By what stands for the texts of a key.
    known: Map<(Said, &'a str), (Key<'a>, History)>,
}

/// Service, type of event, and type of job.
type Key<'a> = (&'a str, &'a str, &'a str);

/// What changed within types of jobs.
#[derive(Debug)]
pub(super) struct Clearest {
    /// The types in which it did, the clearest first.
    pub(super) job_types: Vec<String>,
    /// What changed in the first of them.
    pub(super) change: Change,
}

impl<'a> Within<'a> {
    /// Takes in what the steps of one job say of how long they took.
    pub(super) fn push(&mut self, course: &Course<'a>) {
        if course.job_type.is_empty() {
            return;
        }
        for step in &course.steps {
            let Some(ms) = step.took_ms else { continue };
            let key = (step.said, course.job_type);
            if self.known.len() >= MOST && !self.known.contains_key(&key) {
                continue;
            }
            let texts = (step.service, step.event_type, course.job_type);
            let entry = self.known.entry(key);
            let (_, history) = entry.or_insert_with(|| (texts, History::default()));
            history.length(step.moment, ms);
        }
    }

    /// Takes in all that another one took in.
    pub(super) fn absorb(&mut self, other: Self) {
        absorb(&mut self.known, other.known, MOST);
    }

    /// What changed in one kind of event, of a service where one is named: in all types of jobs, each
    /// measured by its own median, else in one of them alone.
    pub(super) fn change(&self, service: &str, event_type: &str) -> Option<Clearest> {
        let own =
            |(by, what, _): &Key<'_>| *what == event_type && (service.is_empty() || *by == service);
        let same = self.known.values().filter(|(key, _)| own(key));
        let mut types: Vec<(&str, Vec<(Millis, f64)>)> = same
            .map(|(key, history)| (key.2, history.lengths()))
            .collect();
        types.sort_by_key(|(name, lengths)| (Reverse(lengths.len()), *name));
        together(&types).or_else(|| {
            types.iter().find_map(|(name, lengths)| {
                Some(Clearest {
                    job_types: vec![(*name).to_owned()],
                    change: change::of_lengths(lengths)?,
                })
            })
        })
    }
}

/// A change in all types, each measured by its own median. Its figures are those of the first type
/// that shows it.
fn together(types: &[(&str, Vec<(Millis, f64)>)]) -> Option<Clearest> {
    let middle = |lengths: &[(Millis, f64)]| {
        let mut values: Vec<f64> = lengths.iter().map(|(_, ms)| *ms).collect();
        median(&mut values)
    };
    let scale = middle(&types.first()?.1);
    let mut all: Vec<(Millis, f64)> = Vec::new();
    for (_, lengths) in types {
        let unit = middle(lengths);
        if unit > 0.0 {
            all.extend(lengths.iter().map(|(at, ms)| (*at, ms / unit * scale)));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    let change = change::of_lengths(&all)?;
    let shown = types.iter().filter_map(|(name, lengths)| {
        let (before, after) =
            lengths.split_at(lengths.partition_point(|(at, _)| *at < change.since));
        let own = Change {
            before: middle(before),
            after: middle(after),
            samples: (before.len(), after.len()),
            ..change
        };
        let factor = own.factor();
        let agrees = (change.factor() > 1.0) == (factor > 1.0);
        let is_clear = factor.max(1.0 / factor.max(1e-9)) >= CLEAR;
        let enough = before.len().min(after.len()) >= FEW;
        // The band is that of all types together, on the scale of this one.
        let (low, high) = change.band;
        let by = own.before / change.before.max(1e-9);
        let band = (low * by, high * by);
        (agrees && is_clear && enough).then_some((*name, Change { band, ..own }))
    });
    let shown: Vec<_> = shown.collect();
    let job_types = shown.iter().map(|(name, _)| (*name).to_owned());
    Some(Clearest {
        change: shown.first()?.1,
        job_types: job_types.collect(),
    })
}
