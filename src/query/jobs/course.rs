//! One job of the table, read: its attempts, its end, who holds it.

use indexmap::map::{Iter, Slice};

use super::clocks::clock_of;
use super::{Job, Jobs, Name, Step};
use crate::event::{EntryId, Id, Millis};
use crate::query::both::both;
use crate::query::timeline::{self, Mark, Marks, Options, Outcome, Types, walk};

/// Jobs that take longer to read than a thread takes to begin.
const MANY: usize = 1_000;

/// Stands for who says what, among the steps of one table.
pub(in crate::query) type Said = (Name, Name);

/// What happened to one job, in order.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its type; empty where no event tells.
    pub job_type: &'a str,
    /// Its user; empty where no event tells.
    pub user: &'a str,
    /// Its steps in the order of their moments: by the emitters' clocks, put right where they are known
    /// to be off.
    pub steps: Vec<Moved<'a>>,
    /// How it ended.
    pub outcome: Outcome,
    /// Index of the step that ended it.
    pub end: Option<usize>,
    /// Index of the step with which a worker took it for the first time.
    claim: Option<usize>,
    /// How often it was tried.
    pub attempts: u32,
    /// Steps there was no room for.
    pub left_out: u64,
}

/// One step of a course.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// The emitter's clock.
    pub at: Millis,
    /// The same on the server's clock, where the emitter's is known to be off.
    pub moment: Millis,
    /// When the server heard of it.
    pub heard: Option<Millis>,
    /// How long it says that something took, in milliseconds.
    pub took_ms: Option<f64>,
    /// What is said.
    pub event_type: &'a str,
    /// Who says it.
    pub service: &'a str,
    /// Stands for the service and for what is said, among the steps of one table.
    pub(in crate::query) said: Said,
    /// The worker it names, or empty.
    pub worker: &'a str,
    /// The machine it names, or empty.
    pub machine: &'a str,
    /// Which try of the job it belongs to, from 1.
    pub attempt: u32,
    /// What is special about it.
    pub marks: Marks,
    /// Its place among the events of the job as they were taken in, from 0.
    pub(in crate::query) seq: usize,
    /// Whether it says by itself that something failed.
    failure: bool,
}

impl<'a> Moved<'a> {
    /// What a walk over the steps of its job has to know of it.
    fn told(&self) -> timeline::Step<'a> {
        timeline::Step {
            service: self.service,
            event_type: self.event_type,
            at: self.moment,
            entry: self.heard.and_then(|heard| {
                let ms = u64::try_from(heard.get()).ok()?;
                let seq = u64::try_from(self.seq).ok()?;
                Some(EntryId { ms, seq })
            }),
            failure: self.failure,
        }
    }

    /// Whether it carries a mark.
    pub fn has(&self, mark: Mark) -> bool {
        self.marks.has(mark)
    }

    /// From this step to another, in milliseconds; 0 for clocks at odds.
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    pub(in crate::query) fn until(&self, next: &Moved<'_>) -> f64 {
        next.moment.since(self.moment).max(0) as f64
    }
}

impl Jobs {
    /// All jobs, in the order in which they were met.
    pub fn courses<'a>(&'a self, options: &'a Options) -> impl Iterator<Item = Course<'a>> {
        self.some(self.jobs.iter(), None, options)
    }

    /// Those of one type; of an unknown one where it is empty.
    pub(in crate::query) fn courses_of<'a>(
        &'a self,
        job_type: &str,
        options: &'a Options,
    ) -> impl Iterator<Item = Course<'a>> {
        self.some(self.jobs.iter(), Some(job_type), options)
    }

    /// What comes of the courses of all jobs, or of those of one type. Many are read in two halves, each
    /// by a processor of its own, and `join` adds what came of the later one to that of the first.
    pub(in crate::query) fn in_halves<'a, T: Send>(
        &'a self,
        job_type: Option<&str>,
        options: &'a Options,
        read: impl Fn(&mut dyn Iterator<Item = Course<'a>>) -> T + Sync,
        join: impl FnOnce(&mut T, T),
    ) -> T {
        let jobs = self.jobs.as_slice();
        if jobs.len() < MANY {
            return read(&mut self.some(jobs.iter(), job_type, options));
        }
        let (first, second) = jobs.split_at(jobs.len() / 2);
        let half = |jobs: &'a Slice<_, _>| read(&mut self.some(jobs.iter(), job_type, options));
        let (mut all, later) = both(|| half(first), || half(second));
        join(&mut all, later);
        all
    }

    fn some<'a>(
        &'a self,
        jobs: Iter<'a, Box<str>, Job>,
        job_type: Option<&str>,
        options: &'a Options,
    ) -> impl Iterator<Item = Course<'a>> {
        let mut types = Types::new(options);
        let of_type = jobs
            .filter(move |(_, job)| job_type.is_none_or(|job_type| self.type_of(job) == job_type));
        of_type.map(move |(id, job)| self.read(id, job, &mut types))
    }

    /// One job.
    pub fn course(&self, id: &str, options: &Options) -> Option<Course<'_>> {
        let (id, job) = self.jobs.get_key_value(id)?;
        Some(self.read(id, job, &mut Types::new(options)))
    }

    fn type_of(&self, job: &Job) -> &str {
        job.job_type.map_or("", |(_, name)| self.text(name))
    }

    fn read<'a: 't, 't>(&'a self, id: &'a str, job: &Job, types: &mut Types<'t>) -> Course<'a> {
        // Most steps go by the clock of the step before.
        let mut last = None;
        let mut ahead_ms = |clock| match last {
            Some((known, ms)) if known == clock => ms,
            _ => last.insert((clock, self.clocks.ahead_ms(clock))).1,
        };
        let steps = job.steps.iter().enumerate().map(|(seq, step)| {
            let clock = clock_of(step.service, step.worker, step.machine);
            self.moved(seq, step, ahead_ms(clock))
        });
        let mut steps: Vec<Moved<'a>> = steps.collect();
        // Two entries of one millisecond came in the order in which they were read.
        steps.sort_by_key(|step| (step.moment, step.heard.unwrap_or(Millis::MAX)));
        let walked = walk(steps.iter().map(Moved::told), true, types);
        for (step, note) in steps.iter_mut().zip(walked.notes) {
            (step.attempt, step.marks) = (note.attempt, note.marks);
        }
        Course {
            id,
            job_type: self.type_of(job),
            user: self.text(job.user),
            steps,
            outcome: walked.outcome.unwrap_or(Outcome::Unfinished),
            end: walked.end,
            claim: walked.claim,
            attempts: walked.attempt,
            left_out: job.left_out,
        }
    }

    fn moved(&self, seq: usize, step: &Step, ahead_ms: i64) -> Moved<'_> {
        Moved {
            seq,
            at: step.at,
            moment: step.at.plus(-ahead_ms),
            heard: step.heard,
            took_ms: step.took_ms.map(f64::from),
            event_type: self.text(step.event_type),
            service: self.text(step.service),
            said: (step.service, step.event_type),
            worker: self.text(step.worker),
            machine: self.text(step.machine),
            failure: step.failure,
            attempt: 1,
            marks: Marks::default(),
        }
    }
}

impl<'a> Course<'a> {
    /// The steps of the last try up to its end, without what came after it.
    pub fn last_try(&self) -> impl Iterator<Item = &Moved<'a>> {
        let until = self.end.map_or(self.steps.len(), |end| end + 1);
        let steps = self.steps.get(..until).unwrap_or_default().iter();
        steps.filter(|step| step.attempt == self.attempts && !step.has(Mark::AfterEnd))
    }

    /// The first step.
    pub fn first(&self) -> Option<&Moved<'a>> {
        self.steps.first()
    }

    /// The step that ended it, or the last.
    pub fn last(&self) -> Option<&Moved<'a>> {
        match self.end {
            Some(end) => self.steps.get(end),
            None => self.steps.last(),
        }
    }

    /// The step with which a worker took it for the first time, and the index of that.
    pub(in crate::query) fn claim(&self) -> Option<(usize, &Moved<'a>)> {
        let at = self.claim?;
        Some((at, self.steps.get(at)?))
    }

    /// From the first step to the end or the last step, in milliseconds; 0 for clocks at odds.
    pub fn took_ms(&self) -> i64 {
        match (self.first(), self.last()) {
            (Some(first), Some(last)) => last.moment.since(first.moment).max(0),
            _ => 0,
        }
    }

    /// Whether it failed or ran out of time.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed | Outcome::TimedOut)
    }

    /// The worker or machine that was named last in the last try.
    pub fn holder(&self, kind: Id) -> Option<&'a str> {
        let named = |step: &Moved<'a>| match kind {
            Id::Worker => step.worker,
            Id::Machine => step.machine,
            _ => "",
        };
        let steps: Vec<_> = self.last_try().collect();
        let mut names = steps.iter().rev().map(|step| named(step));
        names.find(|name| !name.is_empty())
    }
}
