//! The simulation itself: an agenda of what happens next, worked off in the order of time.

use std::collections::BTreeMap;

use serde_json::json;

use super::failure::Failure;
use super::fleet::{Fleet, LONGEST_START_MS};
use super::job::{self, Course, Kind};
use super::random::Random;
use super::script::Script;
use crate::event::{Event, Id, Level, Millis};

/// Upper limit of jobs; their short ids are unique up to here.
pub const MAX_JOBS: usize = 1_000_000;

/// Jobs a machine takes on while the last special job matters: about a quarter of an hour.
const RECENT_JOBS_PER_MACHINE: usize = 12;
/// Time between two jobs, on one machine.
const INTERVAL_MS: i64 = 80_000;
/// From the last arrival to the end: time for every job to end, waiting and retrying included.
const TAIL_MS: i64 = 180_000;

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many jobs, up to [`MAX_JOBS`].
    pub jobs: usize,
    /// What makes this run differ from others.
    pub seed: u64,
    /// The last instant; the first follows from the number of jobs.
    pub end: Millis,
}

/// The events of a simulated system, in the order of their timestamps.
///
/// They are made while they are asked for: memory holds the jobs in flight, not the run.
#[derive(Debug)]
pub struct Simulation {
    options: Options,
    start: Millis,
    interval_ms: i64,
    random: Random,
    salt: u64,
    fleet: Fleet,
    cast: Cast,
    agenda: BTreeMap<(Millis, u64), Step>,
    planned: u64,
}

/// The jobs with a part of their own, by index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cast {
    failed: Option<usize>,
    stuck: Option<usize>,
    waits: Option<usize>,
    retried: Option<usize>,
}

impl Cast {
    /// The parts, for jobs that arrive within the last quarter of an hour. One job fails, a
    /// second one sticks, a third one waits, and with four there is a retry.
    fn of(jobs: usize, machines: usize) -> Self {
        let recent = jobs.min(machines * RECENT_JOBS_PER_MACHINE);
        let at = |fifth: usize| Some(jobs - recent + recent * fifth / 5);
        match jobs {
            0 => Self::default(),
            1 => Self {
                failed: Some(0),
                ..Self::default()
            },
            2 => Self {
                failed: Some(0),
                stuck: Some(1),
                ..Self::default()
            },
            3 => Self {
                failed: Some(0),
                stuck: Some(1),
                waits: Some(2),
                retried: None,
            },
            _ => Self {
                retried: at(1),
                failed: at(2),
                stuck: at(3),
                waits: at(4),
            },
        }
    }
}

/// Something on the agenda.
#[derive(Debug)]
enum Step {
    Say(Box<Event>),
    StartServer { service: &'static str, port: u16 },
    StartMachine(usize),
    Job(usize),
    CheckServer(&'static str),
    CheckMachine(usize),
    CheckWorker(usize),
    Visit,
}

/// Simulates a job system that ends at `options.end`.
pub fn simulate(options: &Options) -> Simulation {
    let options = Options {
        jobs: options.jobs.min(MAX_JOBS),
        ..*options
    };
    // More jobs get more machines, up to a size that stays believable.
    let machines = (2 + options.jobs / 50).min(100);
    let interval_ms = INTERVAL_MS / i64::try_from(machines).unwrap_or(1);
    let arrivals = interval_ms * i64::try_from(options.jobs).unwrap_or(0);
    let start = options.end.plus(-(LONGEST_START_MS + arrivals + TAIL_MS));
    let mut random = Random::new(options.seed);
    let mut simulation = Simulation {
        options,
        start,
        interval_ms,
        salt: random.next(),
        random,
        fleet: Fleet::new(machines),
        cast: Cast::of(options.jobs, machines),
        agenda: BTreeMap::new(),
        planned: 0,
    };
    let servers = [
        ("api-server", 3331),
        ("webhook-service", 3332),
        ("monitor", 3333),
    ];
    for (service, port) in servers {
        let at = start.plus(simulation.random.between(0, 3_000));
        simulation.plan(at, Step::StartServer { service, port });
        simulation.plan(at.plus(60_000), Step::CheckServer(service));
    }
    for machine in 0..machines {
        let at = start.plus(simulation.random.between(500, 15_000));
        simulation.plan(at, Step::StartMachine(machine));
        simulation.plan(at.plus(70_000), Step::CheckMachine(machine));
    }
    for worker in 0..simulation.fleet.workers.len() {
        let at = start.plus(LONGEST_START_MS + simulation.random.between(0, 60_000));
        simulation.plan(at, Step::CheckWorker(worker));
    }
    simulation.plan(start.plus(LONGEST_START_MS), Step::Visit);
    simulation.plan_job(0);
    simulation
}

impl Simulation {
    /// When the first service starts.
    pub fn start(&self) -> Millis {
        self.start
    }

    /// A job that fails for good; there is one as soon as there is a job.
    pub fn failed_job(&self) -> Option<String> {
        self.cast.failed.map(|index| self.job_id(index))
    }

    /// The job whose worker went silent; there is one from two jobs on.
    pub fn stuck_job(&self) -> Option<String> {
        self.cast.stuck.map(|index| self.job_id(index))
    }

    /// The job that waited long for a worker; there is one from three jobs on.
    pub fn gap_job(&self) -> Option<String> {
        self.cast.waits.map(|index| self.job_id(index))
    }

    /// A job that completed at its second attempt; there is one from four jobs on.
    pub fn retried_job(&self) -> Option<String> {
        self.cast.retried.map(|index| self.job_id(index))
    }

    fn job_id(&self, index: usize) -> String {
        job::id(self.salt, index)
    }

    /// Puts a step on the agenda, unless it lies past the end.
    fn plan(&mut self, at: Millis, step: Step) {
        if at <= self.options.end {
            self.agenda.insert((at, self.planned), step);
            self.planned += 1;
        }
    }

    fn plan_all(&mut self, events: Vec<Event>) {
        for event in events {
            self.plan(event.timestamp, Step::Say(Box::new(event)));
        }
    }

    /// Plans the arrival of a job somewhere in its slot, so that arrivals stay in order.
    fn plan_job(&mut self, index: usize) {
        if index < self.options.jobs {
            let slot = self.interval_ms * i64::try_from(index).unwrap_or(0);
            let jitter = self.random.between(0, self.interval_ms - 1);
            self.plan(
                self.start.plus(LONGEST_START_MS + slot + jitter),
                Step::Job(index),
            );
        }
    }

    /// How a job goes: its part, or chance.
    fn course(&mut self, index: usize) -> (Kind, Course) {
        let index = Some(index);
        let cast = self.cast;
        let kind = Kind::any(&mut self.random);
        if index == cast.failed {
            return (Kind::Image, Course::Fails(Failure::OutOfMemory));
        }
        if index == cast.retried {
            return (Kind::Image, Course::Retries(Failure::Timeout));
        }
        let course = if index == cast.stuck {
            Course::Sticks
        } else if index == cast.waits {
            Course::WaitsLong
        } else {
            match self.random.below(100) {
                0..7 => Course::Fails(Failure::of(kind, &mut self.random)),
                7..10 => Course::Retries(Failure::Timeout),
                10 => Course::Refused,
                _ => Course::Completes,
            }
        };
        (kind, course)
    }

    fn run(&mut self, at: Millis, step: Step) {
        let events = match step {
            Step::Say(_) => return,
            Step::StartServer { service, port } => self.start_server(service, port, at),
            Step::StartMachine(machine) => self.fleet.start(machine, &mut self.random, at),
            Step::Job(index) => {
                self.plan_job(index + 1);
                let id = self.job_id(index);
                let (kind, course) = self.course(index);
                job::play(&id, course, kind, &mut self.fleet, &mut self.random, at)
            }
            Step::CheckServer(service) => {
                self.plan(at.plus(120_000), Step::CheckServer(service));
                let mut script = Script::new(&mut self.random, at);
                say_health(&mut script, service, &[]);
                script.finish()
            }
            Step::CheckMachine(machine) => {
                self.plan(at.plus(120_000), Step::CheckMachine(machine));
                let mut script = Script::new(&mut self.random, at);
                script.set(Id::Machine, &self.fleet.machines()[machine]);
                say_health(
                    &mut script,
                    "machine",
                    &self.fleet.unresponsive(machine, at),
                );
                script.finish()
            }
            Step::CheckWorker(index) => {
                let worker = &self.fleet.workers[index];
                if worker.silent_from.is_some_and(|from| from <= at) {
                    return;
                }
                let mut script = Script::new(&mut self.random, at);
                script.set(Id::Worker, &worker.id);
                script.set(Id::Machine, &self.fleet.machines()[worker.machine]);
                say_health(&mut script, "worker", &[]);
                let events = script.finish();
                self.plan(at.plus(60_000), Step::CheckWorker(index));
                events
            }
            Step::Visit => {
                let pause = self.random.around(150_000);
                self.plan(at.plus(pause), Step::Visit);
                self.visit(at)
            }
        };
        self.plan_all(events);
    }

    fn start_server(&mut self, service: &str, port: u16, at: Millis) -> Vec<Event> {
        let mut script = Script::new(&mut self.random, at);
        script.say(service, "server.starting", json!({"port": port}));
        script.wait_around(400);
        let pid = script.random.between(20, 900);
        let data = json!({"port": port, "pid": pid, "version": "2.8.0"});
        script.say(service, "server.ready", data);
        script.finish()
    }

    /// Somebody looks at the monitor, or asks the API for what is not there.
    fn visit(&mut self, at: Millis) -> Vec<Event> {
        let mut script = Script::new(&mut self.random, at);
        let user = format!("user_{}", script.random.between(1, 12));
        script.set(Id::User, user);
        if script.random.chance(50) {
            let target = *script
                .random
                .pick(&["job-list", "machine-card", "worker-panel"]);
            script.say(
                "monitor",
                "user.action",
                json!({"type": "click", "target": target}),
            );
        } else {
            let request = format!("req-{}", script.random.hex(12));
            script.set(Id::Request, request);
            let route = format!("/api/jobs/{}", script.random.hex(8));
            let data = json!({"route": route, "method": "GET", "error": "Job not found",
                "statusCode": 404});
            script.say_at(Level::Warn, "api-server", "api.error", data);
        }
        script.finish()
    }
}

fn say_health(script: &mut Script<'_>, service: &str, unresponsive: &[&str]) {
    let took = script.random.around(4);
    let mut data = json!({"status": "healthy", "redis": "connected", "responseTimeMs": took});
    let mut level = Level::Debug;
    if !unresponsive.is_empty() {
        data["status"] = json!("degraded");
        data["unresponsiveWorkers"] = json!(unresponsive);
        level = Level::Warn;
    }
    script.say_at(level, service, "health_check.performed", data);
}

impl Iterator for Simulation {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            let ((at, _), step) = self.agenda.pop_first()?;
            match step {
                Step::Say(mut event) => {
                    event.event_id = Some(self.random.event_id(at));
                    return Some(*event);
                }
                step => self.run(at, step),
            }
        }
    }
}

#[cfg(test)]
mod tests;
