//! Which jobs teach what is usual. Many are read in two halves, and what each taught is put together.

use super::{Known, Model};
use crate::maps::Map;
use crate::query::jobs::{Course, Jobs};
use crate::query::timeline::{Options, Outcome};

impl Model {
    /// Learns from all jobs that completed, and from those that failed how long a step may be silent.
    pub fn of(jobs: &Jobs, options: &Options) -> Self {
        Self::survey(jobs, options).0
    }

    /// The same of one type only: what a single job is set beside.
    pub fn of_type(jobs: &Jobs, job_type: &str, options: &Options) -> Self {
        Self::learned(jobs, Some(job_type), options).0
    }

    /// Learns from the completed jobs of the type of one, but for itself.
    pub fn of_others<'a>(course: &Course<'_>, jobs: &'a Jobs, options: &'a Options) -> Self {
        let take = |lesson: &mut Lesson<'a>, other: &Course<'a>| {
            if other.id != course.id {
                lesson.learn(other);
            }
        };
        Lesson::of(jobs, Some(course.job_type), options, take).model
    }

    /// The same of all, and the ids of the jobs that have not ended: each course is read once.
    pub fn survey<'a>(jobs: &'a Jobs, options: &'a Options) -> (Self, Vec<&'a str>) {
        Self::learned(jobs, None, options)
    }

    fn learned<'a>(
        jobs: &'a Jobs,
        job_type: Option<&str>,
        options: &'a Options,
    ) -> (Self, Vec<&'a str>) {
        let begins = jobs.is_cut().then(|| Begins::of(jobs, options));
        let take = |lesson: &mut Lesson<'a>, course: &Course<'a>| {
            if course.outcome == Outcome::Unfinished {
                lesson.running.push(course.id);
            }
            let is_whole = |begins: &Begins<'_>| begins.is_whole(course);
            if !begins.as_ref().is_none_or(is_whole) {
                return;
            }
            if course.has_failed() {
                lesson.failed.push(course.id);
            }
            lesson.learn(course);
        };
        let Lesson {
            mut model,
            failed,
            running,
            ..
        } = Lesson::of(jobs, job_type, options, take);
        // What a step is can only be said once all that completed are known.
        for course in failed.into_iter().filter_map(|id| jobs.course(id, options)) {
            model.learn_silences(&course);
        }
        (model, running)
    }
}

/// What was learned of some jobs, and which of them did not complete.
#[derive(Default)]
struct Lesson<'a> {
    model: Model,
    failed: Vec<&'a str>,
    running: Vec<&'a str>,
    known: Known<'a>,
}

impl<'a> Lesson<'a> {
    fn learn(&mut self, course: &Course<'a>) {
        self.model.learn(course, &mut self.known);
    }

    /// Takes every job, or those of one type.
    fn of(
        jobs: &'a Jobs,
        job_type: Option<&str>,
        options: &'a Options,
        take: impl Fn(&mut Self, &Course<'a>) + Sync,
    ) -> Self {
        let learn = |courses: &mut dyn Iterator<Item = Course<'a>>| {
            let mut lesson = Self::default();
            courses.for_each(|course| take(&mut lesson, &course));
            lesson
        };
        jobs.in_halves(job_type, options, learn, |all, later| {
            all.model.absorb(later.model);
            all.failed.extend(later.failed);
            all.running.extend(later.running);
        })
    }
}

/// How jobs begin, to tell those whose beginning is not known.
struct Begins<'a>(Map<(&'a str, &'a str, &'a str), u64>, Map<&'a str, u64>);

impl<'a> Begins<'a> {
    fn of(jobs: &'a Jobs, options: &'a Options) -> Self {
        let mut begins = Self(Map::default(), Map::default());
        for course in jobs.courses(options) {
            if let Some(first) = course.first() {
                let key = (course.job_type, first.service, first.event_type);
                *begins.0.entry(key).or_default() += 1;
                *begins.1.entry(course.job_type).or_default() += 1;
            }
        }
        begins
    }

    /// Whether at least a fifth of the jobs of its type begin as this one does.
    fn is_whole(&self, course: &Course<'_>) -> bool {
        // The type is told at the beginning, where others tell theirs.
        if course.job_type.is_empty() && self.1.keys().any(|other| !other.is_empty()) {
            return false;
        }
        course.first().is_some_and(|first| {
            let key = (course.job_type, first.service, first.event_type);
            let (as_this, all) = (self.0.get(&key), self.1.get(course.job_type));
            as_this.copied().unwrap_or(0) * 5 >= all.copied().unwrap_or(0)
        })
    }
}
