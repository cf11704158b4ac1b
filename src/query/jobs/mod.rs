//! All jobs of a source in little space: what happened to each, when, and by whom.
//!
//! An event becomes a [`Step`] of 48 bytes, texts that come again are kept once. Events may come in
//! any order, repeats must be dropped before. Where there are more than [`Limits::steps`], the jobs
//! that were quiet for longest are left out, and counted. What an event says beyond its step is gone:
//! whoever needs it reads the events of one job again.

mod clocks;
mod course;
mod held;
mod names;
mod signs;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

pub(in crate::query) use course::Said;
pub use course::{Course, Moved};
pub use held::Held;
pub use names::{Name, Names};
pub use signs::Sign;

use self::clocks::{Clocks, clock_of};
use self::signs::Signs;
use super::step::{Took, took};
use super::timeline::names_job_type;
use crate::event::{Event, Id, Millis};
use crate::maps::Seeds;

/// An event that arrives so long after it happened is late, in milliseconds.
const LATE_MS: i64 = 60_000;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Steps of all jobs together.
    pub steps: usize,
    /// Steps of one job.
    pub steps_a_job: usize,
    /// The longest id of a job, in bytes.
    pub id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 1_250_000,
            steps_a_job: 5_000,
            id_bytes: 256,
        }
    }
}

/// What there was no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Jobs that were left out as a whole.
    pub jobs: u64,
    /// Events of jobs, with those of left-out jobs.
    pub events: u64,
}

/// One event of a job.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The emitter's clock.
    pub at: Millis,
    /// The server's clock, where an entry tells.
    heard: Option<Millis>,
    /// How long it says that something took, in milliseconds.
    pub took_ms: Option<f32>,
    /// What is said.
    pub event_type: Name,
    /// Who says it.
    pub service: Name,
    /// The worker it names.
    pub worker: Name,
    /// The machine it names.
    pub machine: Name,
    /// Whether it says by itself that something failed.
    pub failure: bool,
}

#[derive(Clone, Debug, Default)]
struct Job {
    steps: Vec<Step>,
    last: Option<Millis>,
    /// From a field that can say nothing else, or from one that may.
    job_type: Option<(bool, Name)>,
    user: Name,
    left_out: u64,
}

/// The jobs.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    limits: Limits,
    names: Names,
    /// In the order in which they were met, which is about that of time.
    jobs: IndexMap<Box<str>, Job, Seeds>,
    steps: usize,
    left_out: LeftOut,
    clocks: Clocks,
    signs: Signs,
    first: Option<Millis>,
    last: Option<Millis>,
    events: u64,
    /// Events of which it is known when they arrived, and those of them that were late.
    heard: u64,
    late: u64,
    cut: bool,
}

impl Jobs {
    /// A table with other limits than the usual ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes an event in. One without a job tells only who is alive and what clocks say.
    pub fn push(&mut self, event: &Event) {
        self.push_timed(event, took(event));
    }

    /// The same where it is known how long the event says that something took. Tells the name of its
    /// type, unless others share it.
    pub(super) fn push_timed(&mut self, event: &Event, took: Took) -> Option<Name> {
        let at = event.timestamp;
        self.events += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        let name =
            |names: &mut Names, id| event.id(id).map_or(Name::default(), |id| names.name(id));
        let service = self.names.name(&event.service);
        let event_type = self.names.name(&event.event_type);
        let worker = name(&mut self.names, Id::Worker);
        let machine = name(&mut self.names, Id::Machine);
        self.signs.push(service, worker, machine, event_type, at);
        let heard = event.heard();
        if let Some(heard) = heard {
            self.heard += 1;
            self.late += u64::from(heard.since(at) > LATE_MS);
            let clock = clock_of(service, worker, machine);
            self.clocks.push(clock, at, heard);
        }
        let own_type = (!self.names.is_shared(event_type)).then_some(event_type);
        if let Some(id) = event.id(Id::Job) {
            #[expect(clippy::cast_possible_truncation, reason = "seven digits are enough")]
            let took_ms = match took {
                Took::Ms(ms) => Some(ms as f32),
                Took::Unsaid | Took::Odd => None,
            };
            let step = Step {
                at,
                heard,
                took_ms,
                event_type,
                service,
                worker,
                machine,
                failure: event.says_failure(),
            };
            self.push_step(id, event, step);
        }
        own_type
    }

    /// Adds the step that an event is to its job, where there is room.
    fn push_step(&mut self, id: &str, event: &Event, step: Step) {
        if id.len() > self.limits.id_bytes {
            self.left_out.events += 1;
            return;
        }
        let job = match self.jobs.get_mut(id) {
            Some(job) => job,
            None => self.jobs.entry(id.into()).or_default(),
        };
        job.last = job.last.max(Some(step.at));
        if job.job_type.is_none_or(|(certain, _)| !certain)
            && let Some((certain, text)) = job_type(event)
            && (certain || job.job_type.is_none())
        {
            job.job_type = Some((certain, self.names.name(&text)));
        }
        if job.user.is_none()
            && let Some(user) = event.id(Id::User)
        {
            job.user = self.names.name(user);
        }
        if job.steps.len() >= self.limits.steps_a_job {
            job.left_out += 1;
            self.left_out.events += 1;
            return;
        }
        job.steps.push(step);
        self.steps += 1;
        if self.steps > self.limits.steps {
            self.make_room();
        }
    }

    /// What is known of clocks, without any job.
    pub fn clocks_only(&self) -> Self {
        Self {
            names: self.names.clone(),
            clocks: self.clocks.clone(),
            ..Self::with_limits(self.limits)
        }
    }

    /// Says that events before the first were not looked at, so that some jobs lack their beginning.
    pub fn cut(&mut self) {
        self.cut = true;
    }

    /// Whether some jobs lack their beginning.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The texts of steps.
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    /// Number of jobs.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Number of events taken in, with those that name no job.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many events arrived more than a minute after they say that they happened, and of how many
    /// that is known; `None` unless most of them did. Then arrival tells nothing about clocks.
    pub fn mostly_late(&self) -> Option<(u64, u64)> {
        (self.late * 2 > self.heard).then_some((self.late, self.heard))
    }

    /// The first and the last timestamp.
    pub fn span(&self) -> Option<(Millis, Millis)> {
        Some((self.first?, self.last?))
    }

    /// What there was no room for.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The last sign of life of a worker or a machine, in any event.
    pub fn last_sign(&self, kind: Id, id: &str) -> Option<Sign<'_>> {
        self.signs.last(kind, self.names.find(id)?, &self.names)
    }

    /// Clocks that are off: the service, the machine or worker (empty where none is named), and by how
    /// many milliseconds they are ahead.
    pub fn clocks_off(&self) -> Vec<(&str, &str, i64)> {
        let off = self.clocks.off();
        let mut off: Vec<_> = off
            .map(|(service, host, ms)| (self.text(service), self.text(host), ms))
            .collect();
        off.sort_unstable_by_key(|(service, host, ms)| (-ms.abs(), *service, *host));
        off
    }

    /// How far a clock is ahead, where several events agree; 0 where it is in step or cannot be told.
    pub(super) fn surely_ahead_ms(&self, service: &str, host: &str) -> i64 {
        let host = match host {
            "" => Some(Name::default()),
            host => self.names.find(host),
        };
        match (self.names.find(service), host) {
            (Some(service), Some(host)) => self.clocks.surely_ahead_ms((service, host)),
            _ => 0,
        }
    }

    /// Leaves out the jobs that were quiet for longest, a tenth of all steps.
    fn make_room(&mut self) {
        let mut order: Vec<_> = self
            .jobs
            .values()
            .map(|job| (job.last, job.steps.len()))
            .collect();
        order.sort_unstable();
        let mut enough = self.limits.steps / 10;
        let mut until = None;
        for (last, steps) in order {
            until = last;
            match enough.checked_sub(steps) {
                Some(rest) if rest > 0 => enough = rest,
                _ => break,
            }
        }
        let (mut jobs, mut steps) = (0, 0);
        self.jobs.retain(|_, job| {
            let stays = job.last > until;
            if !stays {
                jobs += 1;
                steps += job.steps.len();
            }
            stays
        });
        self.steps -= steps;
        self.left_out.jobs += jobs;
        self.left_out.events += u64::try_from(steps).unwrap_or(u64::MAX);
    }
}

/// What an event says of the type of its job, and whether it can mean nothing else.
fn job_type(event: &Event) -> Option<(bool, String)> {
    // Most events say nothing of it, and need not be parsed to see that.
    if !event.data.names_a_type() {
        return None;
    }
    let [camel, snake, plain] = event.data.pick(["jobType", "job_type", "type"]);
    let text = |value| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let certain = || Some((true, text(camel).or_else(|| text(snake))?));
    let likely = || {
        Some((
            false,
            text(plain).filter(|_| names_job_type(event, "type"))?,
        ))
    };
    certain().or_else(likely)
}

#[cfg(test)]
mod tests;
