//! Jobs over time: how many start and end, how many run at once, how long they wait for their turn.
//!
//! A job runs from the first claim (or its first step, where no claim is known) to its end; one that
//! has not ended runs until its last event, for nothing is known after it.

use serde::Serialize;

use super::links::wait;
use crate::event::Millis;
use crate::query::jobs::{Course, Jobs};
use crate::query::numbers::{Figures, Summary};
use crate::query::timeline::{Options, Outcome};

/// Stretches of time, at most.
const MOST: i64 = 40;

/// Round lengths of a stretch, in seconds.
const ROUND: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800,
];

/// Jobs over time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Beginning of the window.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub from: Millis,
    /// Its end.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub until: Millis,
    /// Length of a stretch.
    pub stretch_ms: i64,
    /// Jobs that started in the window.
    pub started: u64,
    /// Jobs that ended in the window.
    pub ended: u64,
    /// Jobs that ran at once, on average over time.
    pub running: f64,
    /// The most that ran at once.
    pub running_peak: u64,
    /// How long jobs waited for a worker.
    pub wait: Option<Figures>,
    /// The stretches, in order.
    pub points: Vec<Point>,
}

/// One stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// Its beginning.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub from: Millis,
    /// Jobs of which the first step lies in it.
    pub started: u64,
    /// Jobs that completed in it.
    pub completed: u64,
    /// Jobs that failed or ran out of time in it.
    pub failed: u64,
    /// Jobs that ran at once, on average.
    pub running: f64,
    /// The most that ran at once.
    pub running_peak: u64,
    /// How long the jobs had waited that were claimed in it.
    pub wait: Option<Figures>,
    /// How long the jobs took that completed in it.
    pub took: Option<Figures>,
}

impl Flow {
    /// All jobs in a window.
    pub fn of(jobs: &Jobs, from: Millis, until: Millis, options: &Options) -> Self {
        let mut builder = Builder::new(from, until);
        let courses = jobs.courses(options);
        courses.for_each(|course| builder.push(&course));
        builder.finish()
    }
}

/// Takes courses of jobs in.
#[derive(Clone, Debug)]
pub struct Builder {
    from: Millis,
    until: Millis,
    stretch_ms: i64,
    stretches: Vec<Stretch>,
    /// When one more runs, or one less.
    edges: Vec<(Millis, i8)>,
    wait: Summary,
    started: u64,
    ended: u64,
}

#[derive(Clone, Debug, Default)]
struct Stretch {
    started: u64,
    completed: u64,
    failed: u64,
    wait: Summary,
    took: Summary,
}

impl Builder {
    /// For a window.
    pub fn new(from: Millis, until: Millis) -> Self {
        let until = until.max(from);
        let length = until.since(from).max(1);
        let fits = |seconds: &&i64| length / (**seconds * 1_000) < MOST;
        let stretch_ms = match ROUND.iter().find(fits) {
            Some(seconds) => seconds * 1_000,
            None => length / MOST + 1,
        };
        let begin = from.get().div_euclid(stretch_ms);
        let end = until.get().div_euclid(stretch_ms);
        let number = usize::try_from(end - begin + 1).unwrap_or(1);
        Self {
            from,
            until,
            stretch_ms,
            stretches: vec![Stretch::default(); number],
            edges: Vec::new(),
            wait: Summary::default(),
            started: 0,
            ended: 0,
        }
    }

    /// Takes a job in.
    pub fn push(&mut self, course: &Course<'_>) {
        let Some(first) = course.first().map(|step| step.moment) else {
            return;
        };
        if let Some(stretch) = self.at(first) {
            stretch.started += 1;
            self.started += 1;
        }
        if let Some(wait) = wait(course)
            && let Some(stretch) = self.at(wait.until)
        {
            stretch.wait.push(wait.ms);
            self.wait.push(wait.ms);
        }
        let end = course.last().map_or(first, |step| step.moment);
        if course.outcome != Outcome::Unfinished
            && let Some(stretch) = self.at(end)
        {
            match course.outcome {
                Outcome::Completed => {
                    stretch.completed += 1;
                    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
                    stretch.took.push(course.took_ms() as f64);
                }
                Outcome::Failed | Outcome::TimedOut => stretch.failed += 1,
                Outcome::Cancelled | Outcome::Unfinished => {}
            }
            self.ended += 1;
        }
        let begin = course.claim().map_or(first, |(_, step)| step.moment);
        let (begin, end) = (begin.max(self.from), end.min(self.until));
        if begin < end {
            self.edges.extend([(begin, 1), (end, -1)]);
        }
    }

    /// Takes in all that another one took in, of the same window.
    pub(super) fn absorb(&mut self, other: Self) {
        for (all, more) in self.stretches.iter_mut().zip(other.stretches) {
            all.started += more.started;
            all.completed += more.completed;
            all.failed += more.failed;
            all.wait.absorb(more.wait);
            all.took.absorb(more.took);
        }
        self.edges.extend(other.edges);
        self.wait.absorb(other.wait);
        self.started += other.started;
        self.ended += other.ended;
    }

    fn at(&mut self, at: Millis) -> Option<&mut Stretch> {
        if at < self.from || at > self.until {
            return None;
        }
        let place = |at: Millis| at.get().div_euclid(self.stretch_ms);
        let index = usize::try_from(place(at) - place(self.from)).ok()?;
        self.stretches.get_mut(index)
    }

    /// What it comes to.
    pub fn finish(mut self) -> Flow {
        // Of two at one moment the end comes first: they did not run at once.
        self.edges.sort_unstable();
        let begin = self.from.get().div_euclid(self.stretch_ms) * self.stretch_ms;
        let mut edges = self.edges.iter().peekable();
        let (mut running, mut peak, mut total) = (0_i64, 0_i64, 0_i64);
        let mut points = Vec::with_capacity(self.stretches.len());
        for (number, stretch) in (0_i64..).zip(&self.stretches) {
            let from = Millis::clamped(begin + number * self.stretch_ms);
            let end = from.plus(self.stretch_ms);
            // The first and the last stretch may lie in the window with a part only.
            let (low, high) = (from.max(self.from), end.min(self.until));
            let (mut busy, mut most, mut at) = (0, running, low);
            while let Some((when, change)) = edges.next_if(|(when, _)| *when < end) {
                busy += running * when.since(at).max(0);
                at = (*when).max(at);
                running += i64::from(*change);
                most = most.max(running);
            }
            busy += running * high.since(at).max(0);
            total += busy;
            peak = peak.max(most);
            points.push(Point {
                from,
                started: stretch.started,
                completed: stretch.completed,
                failed: stretch.failed,
                running: share(busy, high.since(low)),
                running_peak: u64::try_from(most).unwrap_or(0),
                wait: stretch.wait.figures(),
                took: stretch.took.figures(),
            });
        }
        Flow {
            from: self.from,
            until: self.until,
            stretch_ms: self.stretch_ms,
            started: self.started,
            ended: self.ended,
            running: share(total, self.until.since(self.from)),
            running_peak: u64::try_from(peak).unwrap_or(0),
            wait: self.wait.figures(),
            points,
        }
    }
}

fn share(part: i64, whole: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "lengths of time")]
    let (part, whole) = (part as f64, whole as f64);
    if whole > 0.0 { part / whole } else { 0.0 }
}
