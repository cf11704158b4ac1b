//! A trial: some hours of a job system that has been running for long, with an even background of
//! failures, and with the causes planted in it that were asked for.
//!
//! Events carry entry ids, as if a server had heard them a few milliseconds after they were said: a
//! clock that is ahead shows only beside one that is right. They come in the order of these ids. The
//! same options give the same events to the byte.

mod course;
mod parts;
mod pool;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::job;
use super::plant::{Plant, Truth};
use super::random::Random;
use super::script::Script;
use crate::event::{EntryId, Event, Id, Level, Millis, Origin};
use parts::{AHEAD_MS, Parts};
use pool::Pool;

/// Fewer jobs than this tell no cause from chance.
pub const FEWEST_JOBS: usize = 500;

/// Time between two jobs, on one machine.
const INTERVAL_MS: i64 = 72_000;
/// Jobs arrive at random within blocks of at most this many, so that every hour has as many, and no
/// minute has to.
const BLOCK: usize = 200;
/// How often each service, machine and worker says that it lives.
const CHECK_MS: i64 = 120_000;
/// The longest way of an event to the server.
const LONGEST_WAY_MS: i64 = 6;

const SERVERS: [&str; 3] = ["api-server", "webhook-service", "monitor"];

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialOptions {
    /// How many jobs, up to [`MAX_JOBS`](super::MAX_JOBS).
    pub jobs: usize,
    /// What makes this run differ from others.
    pub seed: u64,
    /// The last instant. The first follows from the number of jobs: 2,000 take four hours.
    pub end: Millis,
    /// What is wrong.
    pub plant: Plant,
}

/// The events of a trial, made while they are asked for.
#[derive(Debug)]
pub struct Trial {
    options: TrialOptions,
    parts: Parts,
    truth: Truth,
    salt: u64,
    interval_ms: i64,
    random: Random,
    pool: Pool,
    streams: [Arc<str>; 2],
    agenda: BTreeMap<(Millis, u64), Step>,
    planned: u64,
    last_entry: EntryId,
}

/// Something on the agenda.
#[derive(Debug)]
enum Step {
    Hear(Box<Event>),
    Block(usize),
    Job(usize),
    CheckServer(usize),
    CheckMachine(usize),
    CheckWorker(usize),
    Visit,
}

/// Runs a job system that goes on until `options.end`; jobs of the last seconds are still running.
pub fn trial(options: &TrialOptions) -> Trial {
    let options = TrialOptions {
        jobs: options.jobs.min(super::MAX_JOBS),
        ..options.clone()
    };
    let machines = (options.jobs / 200).clamp(5, 100);
    let interval_ms = INTERVAL_MS / i64::try_from(machines).unwrap_or(1);
    let span = interval_ms * i64::try_from(options.jobs).unwrap_or(0);
    let start = options.end.plus(-span);
    // What is planted follows from the seed alone, and takes nothing from what chance does beside it.
    let parts = Parts::new(&options, start, machines, &mut Random::new(!options.seed));
    let mut random = Random::new(options.seed);
    let salt = random.next();
    let pool = Pool::new(machines);
    let truth = parts.truth(&options, start, &pool, &|index| job::id(salt, index));
    let mut trial = Trial {
        parts,
        truth,
        salt,
        interval_ms,
        random,
        pool,
        streams: ["emp:events".into(), "emp:errors".into()],
        agenda: BTreeMap::new(),
        planned: 0,
        last_entry: EntryId::MIN,
        options,
    };
    trial.plan(start, Step::Block(0));
    trial.plan(start.plus(20_000), Step::Visit);
    let checks = (0..SERVERS.len())
        .map(Step::CheckServer)
        .chain((0..machines).map(Step::CheckMachine))
        .chain((0..trial.pool.workers.len()).map(Step::CheckWorker));
    for check in checks {
        let at = start.plus(trial.random.between(0, CHECK_MS));
        trial.plan(at, check);
    }
    trial
}

impl Trial {
    /// The same with other names of the two streams.
    #[must_use]
    pub fn named(self, events: &str, errors: &str) -> Self {
        Self {
            streams: [events.into(), errors.into()],
            ..self
        }
    }

    /// What was planted where.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Puts a step on the agenda, unless it lies past the end.
    fn plan(&mut self, at: Millis, step: Step) {
        if at <= self.options.end {
            self.agenda.insert((at, self.planned), step);
            self.planned += 1;
        }
    }

    /// The server hears what is said a little later, and of each service in the order in which it
    /// was said.
    fn say(&mut self, mut events: Vec<Event>) {
        events.sort_by_key(|event| event.timestamp);
        let mut heard: BTreeMap<String, Millis> = BTreeMap::new();
        for event in events {
            let way = self.random.between(0, LONGEST_WAY_MS);
            let last = heard.entry(event.service.clone()).or_insert(Millis::MIN);
            *last = event.timestamp.plus(way).max(*last);
            let at = *last;
            self.plan(at, Step::Hear(Box::new(event)));
        }
    }

    fn run(&mut self, at: Millis, step: Step) {
        let again = at.plus(CHECK_MS);
        let mut script = Script::new(&mut self.random, at);
        match step {
            Step::Hear(_) => {}
            Step::Block(first) => {
                let block = BLOCK.min(self.options.jobs / 10).max(1);
                let jobs = block.min(self.options.jobs - first);
                let length = self.interval_ms * i64::try_from(jobs).unwrap_or(0);
                for index in first..first + jobs {
                    let at = at.plus(self.random.between(0, length - 1));
                    self.plan(at, Step::Job(index));
                }
                if first + jobs < self.options.jobs {
                    self.plan(at.plus(length), Step::Block(first + jobs));
                }
            }
            Step::Job(index) => {
                let id = job::id(self.salt, index);
                let (parts, pool) = (&self.parts, &mut self.pool);
                let events = course::play(index, &id, parts, pool, &mut self.random, at);
                self.say(events);
            }
            Step::CheckServer(server) => {
                say_health(&mut script, SERVERS[server]);
                let events = script.finish();
                self.plan(again, Step::CheckServer(server));
                self.say(events);
            }
            Step::CheckMachine(machine) => {
                script.set(Id::Machine, &self.pool.machines[machine]);
                say_health(&mut script, "machine");
                let events = script.finish();
                self.plan(again, Step::CheckMachine(machine));
                self.say(events);
            }
            Step::CheckWorker(worker) => {
                if self.pool.is_silent(worker, at) {
                    return;
                }
                self.pool.sign(worker, &mut script);
                say_health(&mut script, "worker");
                let events = script.finish();
                self.plan(again, Step::CheckWorker(worker));
                self.say(events);
            }
            Step::Visit => {
                visit(&mut script);
                let events = script.finish();
                let pause = self.random.around(60_000);
                self.plan(at.plus(pause), Step::Visit);
                self.say(events);
            }
        }
    }

    /// The event as the server has it.
    fn entry(&mut self, at: Millis, mut event: Event) -> Event {
        event.event_id = Some(self.random.event_id(event.timestamp));
        if self.parts.skewed.is_some_and(|machine| {
            event.id(Id::Machine) == self.pool.machines.get(machine).map(String::as_str)
        }) {
            event.timestamp = event.timestamp.plus(AHEAD_MS);
        }
        let ms = u64::try_from(at.get()).unwrap_or(0);
        let seq = match self.last_entry {
            last if last.ms == ms => last.seq + 1,
            _ => 0,
        };
        self.last_entry = EntryId { ms, seq };
        let [events, errors] = &self.streams;
        let stream = if event.is_error_event() {
            errors
        } else {
            events
        };
        event.origin = Some(Origin {
            stream: Arc::clone(stream),
            entry: Some(self.last_entry),
        });
        event
    }
}

impl Iterator for Trial {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            let ((at, _), step) = self.agenda.pop_first()?;
            match step {
                Step::Hear(event) => return Some(self.entry(at, *event)),
                step => self.run(at, step),
            }
        }
    }
}

fn say_health(script: &mut Script<'_>, service: &str) {
    let took = script.random.around(4);
    let data = json!({"status": "healthy", "redis": "connected", "responseTimeMs": took});
    script.say_at(Level::Debug, service, "health_check.performed", data);
}

/// Somebody looks at the monitor, or asks the API for what is not there.
fn visit(script: &mut Script<'_>) {
    let user = format!("user_{}", script.random.between(1, 12));
    script.set(Id::User, user);
    if script.random.chance(70) {
        let target = *script
            .random
            .pick(&["job-list", "machine-card", "worker-panel"]);
        let data = json!({"type": "click", "target": target});
        script.say("monitor", "user.action", data);
    } else {
        let request = format!("req-{}", script.random.hex(12));
        script.set(Id::Request, request);
        let route = format!("/api/jobs/{}", script.random.hex(8));
        let data = json!({"route": route, "method": "GET", "error": "Job not found",
            "statusCode": 404});
        script.say_at(Level::Warn, "api-server", "api.error", data);
    }
}

#[cfg(test)]
mod tests;
