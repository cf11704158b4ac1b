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
mod courses;
mod findings;
mod flow;
mod groups;
mod histogram;
mod history;
mod job;
mod links;
mod opening;
mod overview;
mod pairs;
mod slowest;
mod usual;
mod within;

pub use baseline::Baseline;
pub use by::{By, KNOWN};
pub use compare::{Comparison, LIMIT, Pair as ComparedPair, Verdict};
pub use findings::{Finding, Kind};
pub use flow::{Flow, Point};
pub use histogram::Bin;
pub use job::{JobReport, JobStep};
pub use overview::{Overview, Row};
pub use slowest::{Culprit, SlowJob, Slowest};

use self::courses::{Courses, Window};
use self::groups::{Groups, Side};
use self::history::History;
use self::opening::Opening;
use self::pairs::Pairs;
use super::both::both;
use super::jobs::{Jobs, Name};
use super::step::{Took, took};
use super::timeline::{self, Outcome};
use crate::event::{Event, Id, Millis};
use crate::maps::Set;

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
    /// Whether all events of a job are taken in, and not only some of them.
    pub whole_jobs: bool,
    /// How jobs are read.
    pub timeline: timeline::Options,
}

impl Options {
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
    /// Types of events that say how long something took.
    timed: Set<Name>,
    first: Option<Millis>,
    last: Option<Millis>,
    opening: Option<Opening>,
    /// Where the stream of events begins, where others reach further back.
    begins: Option<Millis>,
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
            timed: Set::default(),
            first: None,
            last: None,
            opening: None,
            begins: None,
        }
    }

    /// The stream that carries events. What others hold from before its beginning is counted as earlier:
    /// where it was trimmed and they were not, everything else would seem to begin to happen there.
    pub fn carried_by(self, stream: &str) -> Self {
        Self {
            opening: Some(Opening::new(stream)),
            ..self
        }
    }

    /// Begins anew at the beginning of the stream.
    fn begin(&mut self, begins: Millis) {
        self.begins = Some(begins);
        self.earlier += std::mem::take(&mut self.events);
        self.groups = Groups::default();
        self.pairs = Pairs::default();
        self.all = History::default();
        self.odd = 0;
        (self.first, self.last) = (None, None);
    }

    /// Takes an event in. Repeats must be dropped before.
    pub fn push(&mut self, event: &Event) {
        let begins = self.opening.as_mut().and_then(|opening| opening.at(event));
        if let Some(begins) = begins {
            self.begin(begins);
        }
        let took = took(event);
        let event_type = self.jobs.push_timed(event, took);
        let at = event.timestamp;
        let side = self.options.side(at);
        self.all.count(at);
        if side == Side::Now {
            self.events += 1;
            self.odd += u64::from(took == Took::Odd);
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        } else {
            self.earlier += 1;
        }
        let job = event.id(Id::Job);
        if let Some(event_type) = event_type.filter(|_| took != Took::Unsaid) {
            self.timed.insert(event_type);
        }
        if self.options.by == By::JobType {
            // Which type a job is of shows when all of its events are known.
            return;
        }
        let (service, name) = self.options.by.key(event);
        let own = event_type.filter(|_| self.options.by == By::EventType);
        let place = self.groups.place(own, service, name.as_deref());
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
            let stem = self.pairs.stem(event_type, &event.event_type);
            self.pairs.push(job, stem, at, place, is_told);
        }
    }

    /// The jobs that events named.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// What it comes to. `held` is the oldest event that there is, whatever is asked for.
    pub fn overview(mut self, held: Option<Millis>) -> Overview {
        if self.options.by == By::JobType {
            self.group_by_job_type();
        }
        let window = Window::of(&self, held);
        let pairs = std::mem::take(&mut self.pairs);
        let unpaired = pairs.left_out;
        // All has been read by now, and a processor is free for the courses.
        let find_pairs = || {
            for pair in pairs.finish() {
                let side = self.options.side(pair.at);
                self.groups.took(pair.group, pair.at, side, pair.ms, true);
            }
        };
        let read = || Courses::of(&self.jobs, &self.options, window);
        let ((), courses) = both(find_pairs, read);
        Overview::of(&self, unpaired, held, window, courses)
    }

    /// Of types of jobs, jobs are what counts: each once, when it ended or was last heard of.
    fn group_by_job_type(&mut self) {
        for course in self.jobs.courses(&self.options.timeline) {
            let Some(last) = course.last() else { continue };
            let job_type = Some(course.job_type).filter(|name| !name.is_empty());
            let place = self.groups.place(None, "", job_type);
            let side = self.options.side(last.at);
            self.groups.count(place, last.at, side);
            if course.outcome == Outcome::Completed && self.options.whole_jobs {
                #[expect(clippy::cast_precision_loss, reason = "a length of time")]
                let took = course.took_ms() as f64;
                self.groups.took(place, last.at, side, took, false);
            }
        }
    }
}

#[cfg(test)]
mod tests;
