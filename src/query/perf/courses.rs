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
        let mut all = Self {
            links: Links::default(),
            within: Within::default(),
            flow: ends.map(|(from, until)| flow::Builder::new(from, until)),
            jobs: Tally::default(),
        };
        for course in jobs.courses(&options.timeline) {
            all.links.push(&course);
            all.within.push(&course);
            if let Some(flow) = &mut all.flow {
                flow.push(&course);
            }
            all.jobs.push(&course, options);
        }
        all
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
        let known = self.slowest.as_ref();
        let beats = |(most, id): &(i64, String)| (took, id.as_str()) > (*most, course.id);
        if known.is_none_or(beats) {
            self.slowest = Some((took, course.id.to_owned()));
        }
        if course.outcome == Outcome::Completed {
            #[expect(clippy::cast_precision_loss, reason = "a length of time")]
            self.took.push(took as f64);
        }
    }

    pub(super) fn finish(self) -> JobFigures {
        JobFigures {
            took: self.took.figures(),
            ..self.figures
        }
    }
}
