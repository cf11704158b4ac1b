//! The usual course of a job, learned from those that completed: which step follows which, how
//! often, and after how long.
//!
//! A step is who says what (`worker job.processing_started`). What a service says again and again
//! (progress) is a loop, and counts as one step with repeats. What comes after the end (the delivery
//! of webhooks) and tries that failed before are a part of the course. Times are those of [`Jobs`]:
//! clocks that are known to be off are put right, or handoffs would take less than no time.
//!
//! [`Jobs`]: super::jobs::Jobs

mod expect;
mod fold;
mod graph;
mod judgement;
mod lesson;
mod report;
mod stuck;

use std::collections::BTreeMap;

use serde::Serialize;

use self::fold::{Fold, fold};
use super::jobs::{Course, Moved, Said};
use super::numbers::Summary;
use super::timeline::Outcome;
use crate::event::Millis;
use crate::maps::Map;

pub(in crate::query) use expect::MUST;
pub use expect::{Delay, Expected, Missing};
pub use graph::{dot, mermaid};
pub use judgement::Judgement;
pub use report::UsualReport;
pub use stuck::{Basis, Holder, Stuck, THRESHOLD_MS, stuck};

/// Completed jobs of a type, fewer of which tell nothing about the usual.
pub const ENOUGH: u64 = 20;

/// Different steps that are learned in all types together.
const MOST_STEPS: usize = 4_000;

/// Different successions of steps that are learned.
const MOST_LINKS: usize = 20_000;

/// Who says what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The service.
    pub service: String,
    /// The type of the event.
    pub event_type: String,
}

impl Key {
    fn of(step: &Moved<'_>) -> Self {
        Self {
            service: step.service.to_owned(),
            event_type: step.event_type.to_owned(),
        }
    }

    /// Whether a step is this one.
    pub(in crate::query) fn is(&self, step: &Moved<'_>) -> bool {
        self.event_type == step.event_type && self.service == step.service
    }
}

/// Places of steps among those that were learned, by type of job and by what stands for their texts in
/// one table of jobs: most were met before, and are found without a look at a text.
type Known<'a> = Map<&'a str, Map<Said, usize>>;

/// What was learned.
#[derive(Clone, Debug, Default)]
pub struct Model {
    types: BTreeMap<String, Usual>,
    steps: usize,
    links: usize,
}

/// The usual course of jobs of one type.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    jobs: u64,
    /// When the first of them began.
    begins: Option<Millis>,
    took: Summary,
    /// Places of steps, by service and type.
    keys: Map<String, Map<String, usize>>,
    steps: Vec<Learned>,
    links: Map<(usize, usize), Summary>,
    /// Steps there was no room for.
    left_out: u64,
}

#[derive(Clone, Debug)]
struct Learned {
    key: Key,
    /// Jobs in which it occurs.
    jobs: u64,
    /// How often it occurs.
    times: u64,
    /// Jobs in which nothing came after it.
    ends: u64,
    /// Its place among the others, summed up over jobs, to put steps in order.
    place: f64,
    /// How long until anything else was said, in jobs that completed and in those that failed.
    quiet: Summary,
    /// How long from the job's first step to this one.
    since_start: Summary,
    /// How long it says that something took.
    took: Summary,
}

impl Model {
    /// Learns from one job; one that did not complete teaches nothing. All jobs that are known so come
    /// from one table.
    fn learn<'a>(&mut self, course: &Course<'a>, known: &mut Known<'a>) {
        if course.outcome != Outcome::Completed || course.left_out > 0 {
            return;
        }
        let (steps, links) = (&mut self.steps, &mut self.links);
        let usual = match self.types.get_mut(course.job_type) {
            Some(usual) => usual,
            None => self.types.entry(course.job_type.to_owned()).or_default(),
        };
        let known = known.entry(course.job_type).or_default();
        usual.learn(course, known, steps, links);
    }

    /// Learns from a job that failed after how long a silence something is still said: a step that runs
    /// out of its time is no stuck one.
    fn learn_silences(&mut self, course: &Course<'_>) {
        if let Some(usual) = self.types.get_mut(course.job_type) {
            let steps: Vec<_> = course.last_try().collect();
            let folds = fold(&steps);
            for (before, after) in folds.zip(fold(&steps).skip(1)) {
                if let Some(at) = usual.place(before.first) {
                    usual.steps[at].quiet.push(before.until(after));
                }
            }
        }
    }

    /// Learns all that another one learned.
    fn absorb(&mut self, other: Self) {
        let (steps, links) = (&mut self.steps, &mut self.links);
        for (job_type, learned) in other.types {
            let usual = self.types.entry(job_type).or_default();
            usual.absorb(learned, steps, links);
        }
    }

    /// Number of completed jobs of a type that it was learned from.
    pub fn jobs_of(&self, job_type: &str) -> u64 {
        self.types.get(job_type).map_or(0, |usual| usual.jobs)
    }

    /// The usual course of a type of jobs; `None` where too few completed.
    pub fn usual(&self, job_type: &str) -> Option<&Usual> {
        self.types
            .get(job_type)
            .filter(|usual| usual.jobs >= ENOUGH)
    }
}

impl Usual {
    /// How long such a job takes.
    pub fn took(&self) -> &Summary {
        &self.took
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "lengths of time and places of steps"
    )]
    fn learn(
        &mut self,
        course: &Course<'_>,
        places: &mut Map<Said, usize>,
        steps: &mut usize,
        links: &mut usize,
    ) {
        self.jobs += 1;
        let begins = course.first().map(|first| first.moment);
        self.begins = self.begins.into_iter().chain(begins).min();
        self.took.push(course.took_ms() as f64);
        // Tries that failed before, and what comes after the end, are how such jobs go as well.
        let all: Vec<_> = course.steps.iter().collect();
        let tried: Vec<Fold<'_, '_>> = fold(&all).collect();
        let Some(start) = tried.first().map(|fold| fold.first.moment) else {
            return;
        };
        // What comes after the end comes after it in all jobs, however long they are.
        let end = course.end.and_then(|end| course.steps.get(end));
        let is_end = |fold: &Fold<'_, '_>| end.is_some_and(|end| std::ptr::eq(fold.first, end));
        let end = tried.iter().position(is_end).unwrap_or(tried.len()).max(1);
        let mut seen: Vec<usize> = Vec::new();
        let mut before: Option<(usize, Fold<'_, '_>)> = None;
        for (place, fold) in tried.iter().copied().enumerate() {
            let Some(at) = self.index(fold.first, places, steps) else {
                self.left_out += 1;
                before = None;
                continue;
            };
            let learned = &mut self.steps[at];
            learned.times += fold.times();
            fold.took().for_each(|ms| learned.took.push(ms));
            fold.quiet().for_each(|ms| learned.quiet.push(ms));
            if !seen.contains(&at) {
                seen.push(at);
                learned.jobs += 1;
                learned.place += place as f64 / end as f64;
                let offset = fold.first.moment.since(start);
                learned.since_start.push(offset.max(0) as f64);
            }
            if place + 1 == tried.len() {
                learned.ends += 1;
            }
            if let Some((other, fold_before)) = before {
                let delay = fold_before.until(fold);
                self.steps[other].quiet.push(delay);
                let known = self.links.len();
                if *links < MOST_LINKS || self.links.contains_key(&(other, at)) {
                    self.links.entry((other, at)).or_default().push(delay);
                }
                *links += self.links.len() - known;
            }
            before = Some((at, fold));
        }
    }

    /// Learns all that another one learned.
    fn absorb(&mut self, other: Self, steps: &mut usize, links: &mut usize) {
        self.jobs += other.jobs;
        self.begins = self.begins.into_iter().chain(other.begins).min();
        self.took.absorb(other.took);
        self.left_out += other.left_out;
        let mut places = Vec::with_capacity(other.steps.len());
        for step in other.steps {
            let known = self.find(&step.key.service, &step.key.event_type);
            let place = known.or_else(|| self.add(step.key.clone(), steps));
            places.push(place);
            match place.and_then(|at| self.steps.get_mut(at)) {
                Some(learned) => learned.absorb(step),
                None => self.left_out += step.times,
            }
        }
        let known = self.links.len();
        let mut more: Vec<_> = other.links.into_iter().collect();
        more.sort_unstable_by_key(|(key, _)| *key);
        for ((from, to), delays) in more {
            let place = |at: usize| places.get(at).copied().flatten();
            let Some(key) = place(from).zip(place(to)) else {
                continue;
            };
            let room = *links + self.links.len() - known < MOST_LINKS;
            if room || self.links.contains_key(&key) {
                self.links.entry(key).or_default().absorb(delays);
            }
        }
        *links += self.links.len() - known;
    }

    /// The place of a step, new or known.
    fn index(
        &mut self,
        step: &Moved<'_>,
        places: &mut Map<Said, usize>,
        steps: &mut usize,
    ) -> Option<usize> {
        if let Some(at) = places.get(&step.said) {
            return Some(*at);
        }
        let at = self.place(step);
        let at = at.or_else(|| self.add(Key::of(step), steps))?;
        places.insert(step.said, at);
        Some(at)
    }

    /// A place for a new step, where there is room.
    fn add(&mut self, key: Key, steps: &mut usize) -> Option<usize> {
        if *steps >= MOST_STEPS {
            return None;
        }
        *steps += 1;
        let at = self.steps.len();
        let types = self.keys.entry(key.service.clone()).or_default();
        types.insert(key.event_type.clone(), at);
        self.steps.push(Learned {
            key,
            jobs: 0,
            times: 0,
            ends: 0,
            place: 0.0,
            quiet: Summary::default(),
            since_start: Summary::default(),
            took: Summary::default(),
        });
        Some(at)
    }

    fn place(&self, step: &Moved<'_>) -> Option<usize> {
        self.find(step.service, step.event_type)
    }

    /// Looked up without a new text.
    fn find(&self, service: &str, event_type: &str) -> Option<usize> {
        self.keys.get(service)?.get(event_type).copied()
    }

    fn step(&self, step: &Moved<'_>) -> Option<(usize, &Learned)> {
        let at = self.place(step)?;
        Some((at, self.steps.get(at)?))
    }

    /// What follows a step, most frequent first.
    fn next(&self, from: usize) -> Vec<(&Learned, &Summary)> {
        let mut next: Vec<_> = self
            .links
            .iter()
            .filter(|((before, _), _)| *before == from)
            .filter_map(|((_, at), delay)| Some((self.steps.get(*at)?, delay)))
            .collect();
        next.sort_by(|(a, x), (b, y)| y.count().cmp(&x.count()).then_with(|| a.key.cmp(&b.key)));
        next
    }
}

/// How often anything follows.
fn followed(next: &[(&Learned, &Summary)]) -> u64 {
    next.iter().map(|(_, delay)| delay.count()).sum()
}

impl Learned {
    fn absorb(&mut self, other: Self) {
        self.jobs += other.jobs;
        self.times += other.times;
        self.ends += other.ends;
        self.place += other.place;
        self.quiet.absorb(other.quiet);
        self.since_start.absorb(other.since_start);
        self.took.absorb(other.took);
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of jobs")]
    fn mean_place(&self) -> f64 {
        self.place / self.jobs.max(1) as f64
    }
}

#[cfg(test)]
mod tests;
