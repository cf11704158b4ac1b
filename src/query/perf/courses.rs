//! What the courses of all jobs come to, in one reading: it can go on beside all else, once the window
//! is known.

use super::flow;
use super::links::Links;
use super::overview::JobFigures;
use super::within::Within;
use super::{Options, Perf};
use crate::event::Millis;
use crate::query::jobs::{Course, Jobs};
use crate::query::numbers::Summary;
use crate::query::timeline::{Mark, Outcome};

/// The window, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Option<Millis>,
    pub(super) until: Option<Millis>,
    /// The oldest event held, where the window begins before it.
    pub(super) held_from: Option<Millis>,
}

impl Window {
    pub(super) fn of(perf: &Perf, held: Option<Millis>) -> Self {
        let options = &perf.options;
        let span = perf.all.span();
        // Where the window is not given, wrong clocks must not stretch it.
        let inner = |at: Millis| match span {
            Some((first, last)) => at.clamp(first, last),
            None => at,
        };
        let from = options.since.max(perf.begins).or(perf.first.map(inner));
        let now = options.timeline.now;
        let until = match (options.until, options.since) {
            (Some(until), _) => Some(until),
            (None, Some(_)) => Some(perf.last.map_or(now, |last| last.max(now))),
            (None, None) => perf.last.map(inner),
        };
        let held_from = held
            .zip(from)
            .and_then(|(held, from)| (held > from).then_some(held));
        Self {
            from,
            until,
            held_from: held_from.filter(|held| until.is_none_or(|until| *held < until)),
        }
    }

    /// Both ends, as far as it is held.
    pub(super) fn ends(&self) -> Option<(Millis, Millis)> {
        self.held_from.or(self.from).zip(self.until)
    }
}

/// What the courses of all jobs come to.
pub(super) struct Courses<'a> {
    pub(super) links: Links<'a>,
    pub(super) within: Within<'a>,
    pub(super) flow: Option<flow::Builder>,
    pub(super) jobs: Tally,
}

impl<'a> Courses<'a> {
    pub(super) fn of(jobs: &'a Jobs, options: &'a Options, window: Window) -> Self {
        let ends = window.ends();
        let read = |courses: &mut dyn Iterator<Item = Course<'a>>| {
            let mut some = Self {
                links: Links::default(),
                within: Within::default(),
                flow: ends.map(|(from, until)| flow::Builder::new(from, until)),
                jobs: Tally::default(),
            };
            for course in courses {
                some.links.push(&course);
                some.within.push(&course);
                if let Some(flow) = &mut some.flow {
                    flow.push(&course);
                }
                some.jobs.push(&course, options);
            }
            some
        };
        jobs.in_halves(None, &options.timeline, read, |all, later| {
            all.links.absorb(later.links);
            all.within.absorb(later.within);
            if let Some((flow, later)) = all.flow.as_mut().zip(later.flow) {
                flow.absorb(later);
            }
            all.jobs.absorb(later.jobs);
        })
    }
}

/// How jobs ended, and how long they took.
#[derive(Default)]
pub(super) struct Tally {
    figures: JobFigures,
    took: Summary,
    pub(super) slowest: Option<(i64, String)>,
}

impl Tally {
    /// Counts a job that did anything in the window; what is said of it after its end does not count.
    fn push(&mut self, course: &Course<'_>, options: &Options) {
        let within = |at: Millis| {
            options.since.is_none_or(|since| at >= since)
                && options.until.is_none_or(|until| at <= until)
        };
        let mut steps = course.steps.iter();
        if !steps.any(|step| within(step.at) && !step.has(Mark::AfterEnd)) {
            return;
        }
        let figures = &mut self.figures;
        figures.seen += 1;
        let count = match course.outcome {
            Outcome::Completed => &mut figures.completed,
            Outcome::Failed | Outcome::TimedOut => &mut figures.failed,
            Outcome::Cancelled => &mut figures.cancelled,
            Outcome::Unfinished => &mut figures.unfinished,
        };
        *count += 1;
        if !options.whole_jobs || course.outcome == Outcome::Unfinished {
            return;
        }
        let took = course.took_ms();
        if self.is_slowest(took, course.id) {
            self.slowest = Some((took, course.id.to_owned()));
        }
        if course.outcome == Outcome::Completed {
            #[expect(clippy::cast_precision_loss, reason = "a length of time")]
            self.took.push(took as f64);
        }
    }

    /// Of those that took as long as each other the id decides.
    fn is_slowest(&self, took: i64, id: &str) -> bool {
        let beats = |(most, known): &(i64, String)| (took, known.as_str()) > (*most, id);
        self.slowest.as_ref().is_none_or(beats)
    }

    /// Counts all that another one counted.
    fn absorb(&mut self, other: Self) {
        let (all, more) = (&mut self.figures, other.figures);
        all.seen += more.seen;
        all.completed += more.completed;
        all.failed += more.failed;
        all.cancelled += more.cancelled;
        all.unfinished += more.unfinished;
        self.took.absorb(other.took);
        if let Some((took, id)) = other.slowest
            && self.is_slowest(took, &id)
        {
            self.slowest = Some((took, id));
        }
    }

    pub(super) fn finish(self) -> JobFigures {
        JobFigures {
            took: self.took.figures(),
            ..self.figures
        }
    }
}
