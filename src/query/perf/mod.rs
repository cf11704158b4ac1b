//! How often, how long, how much at once, and what changed.
//!
//! [`Perf`] takes the events of a source once, in any order, and comes to an [`Overview`]. Jobs are
//! looked at through [`Jobs`]: [`JobReport`] is one of them beside the usual, [`Slowest`] those that
//! took longest, [`Flow`] all of them over time. Memory is bounded: groups, starts and ends, steps
//! and links have limits, and what is beyond is counted.

mod baseline;
mod by;
mod change;
mod compare;
mod findings;
mod flow;
mod groups;
mod histogram;
mod history;
mod job;
mod links;
mod overview;
mod pairs;
mod slowest;
mod usual;

pub use baseline::Baseline;
pub use by::{By, KNOWN};
pub use compare::{Comparison, LIMIT, Pair as ComparedPair, Verdict};
pub use findings::{Finding, Kind};
pub use flow::{Flow, Point};
pub use histogram::Bin;
pub use job::{JobReport, JobStep};
pub use overview::{Overview, Row};
pub use slowest::{Culprit, SlowJob, Slowest};

use self::groups::{Groups, Side};
use self::history::History;
use self::pairs::Pairs;
use super::jobs::Jobs;
use super::step::{Took, took};
use super::timeline;
use crate::event::{Event, Id, Millis};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// What events are grouped by.
    pub by: By,
    /// Beginning of the window; without it everything is in the window.
    pub since: Option<Millis>,
    /// End of the window.
    pub until: Option<Millis>,
    /// Beginning of the time before the window that it is compared with.
    pub before: Option<Millis>,
    /// Whether rows have a histogram.
    pub histogram: bool,
    /// How jobs are read.
    pub timeline: timeline::Options,
}

impl Options {
    /// Everything, by type of event.
    pub fn new(timeline: timeline::Options) -> Self {
        Self {
            by: By::default(),
            since: None,
            until: None,
            before: None,
            histogram: false,
            timeline,
        }
    }

    fn side(&self, at: Millis) -> Side {
        if self.since.is_none_or(|since| at >= since) {
            Side::Now
        } else if self.before.is_some_and(|before| at >= before) {
            Side::Before
        } else {
            Side::History
        }
    }
}

/// Takes events in.
#[derive(Clone, Debug)]
pub struct Perf {
    options: Options,
    groups: Groups,
    jobs: Jobs,
    pairs: Pairs,
    /// All events, to tell what changed for one group from what changed for all.
    all: History,
    events: u64,
    /// Events before the window.
    earlier: u64,
    odd: u64,
    first: Option<Millis>,
    last: Option<Millis>,
}

impl Perf {
    /// Without any event.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            groups: Groups::default(),
            jobs: Jobs::default(),
            pairs: Pairs::default(),
            all: History::default(),
            events: 0,
            earlier: 0,
            odd: 0,
            first: None,
            last: None,
        }
    }

    /// Takes an event in. Repeats must be dropped before.
    pub fn push(&mut self, event: &Event) {
        self.jobs.push(event);
        let at = event.timestamp;
        let side = self.options.side(at);
        self.all.count(at);
        let took = took(event);
        if side == Side::Now {
            self.events += 1;
            self.odd += u64::from(took == Took::Odd);
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        } else {
            self.earlier += 1;
        }
        let job = event.id(Id::Job);
        if self.options.by == By::JobType && job.is_some() {
            // Which type it is of shows when all events of the job are known.
            return;
        }
        let place = self.groups.place(self.options.by.key(event));
        self.groups.count(place, at, side);
        if self.options.by == By::EventType {
            self.groups.said_by(place, &event.service);
        }
        match took {
            Took::Ms(ms) => self.groups.took(place, at, side, ms, false),
            Took::Odd => self.groups.odd(place, side),
            Took::Unsaid => {}
        }
        if let Some(job) = job {
            let is_told = took != Took::Unsaid;
            self.pairs.push(job, &event.event_type, at, place, is_told);
        }
    }

    /// What it comes to.
    pub fn overview(mut self) -> Overview {
        if self.options.by == By::JobType {
            self.group_by_job_type();
        }
        let pairs = std::mem::take(&mut self.pairs);
        let unpaired = pairs.left_out;
        for pair in pairs.finish() {
            let side = self.options.side(pair.at);
            self.groups.took(pair.group, pair.at, side, pair.ms, true);
        }
        Overview::of(&self, unpaired)
    }

    fn group_by_job_type(&mut self) {
        for course in self.jobs.courses(&self.options.timeline) {
            let key =
                (!course.job_type.is_empty()).then(|| (String::new(), course.job_type.to_owned()));
            let place = self.groups.place(key);
            for step in &course.steps {
                let side = self.options.side(step.at);
                self.groups.count(place, step.at, side);
                if let Some(ms) = step.took_ms {
                    self.groups.took(place, step.at, side, ms, false);
                }
                let is_told = step.took_ms.is_some();
                let event_type = step.event_type;
                self.pairs
                    .push(course.id, event_type, step.at, place, is_told);
            }
        }
    }
}

#[cfg(test)]
mod tests;
