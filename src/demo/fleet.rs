//! The machines and their workers: how they start, who is free, who has gone silent.

use serde_json::json;

use super::failure;
use super::random::Random;
use super::script::Script;
use crate::event::{Event, Id, Level, Millis};

/// Workers on each machine.
const WORKERS_PER_MACHINE: usize = 2;

/// A machine takes at most this long to start.
pub(super) const LONGEST_START_MS: i64 = 55_000;

/// One worker process.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) id: String,
    /// Index of its machine.
    pub(super) machine: usize,
    free_at: Millis,
    /// When it stopped saying anything.
    pub(super) silent_from: Option<Millis>,
}

/// All machines and workers.
#[derive(Debug)]
pub(super) struct Fleet {
    machines: Vec<String>,
    pub(super) workers: Vec<Worker>,
}

impl Fleet {
    /// A fleet that nobody has started yet.
    pub(super) fn new(machines: usize) -> Self {
        let machines: Vec<_> = (1..=machines)
            .map(|n| format!("comfyui-prod-{n}"))
            .collect();
        let workers = machines
            .iter()
            .enumerate()
            .flat_map(|(machine, name)| {
                (0..WORKERS_PER_MACHINE).map(move |n| Worker {
                    id: format!("{name}-worker-{n}"),
                    machine,
                    free_at: Millis::MAX,
                    silent_from: None,
                })
            })
            .collect();
        Self { machines, workers }
    }

    pub(super) fn machines(&self) -> &[String] {
        &self.machines
    }

    /// Starts one machine and its workers, which are free from then on.
    pub(super) fn start(&mut self, machine: usize, random: &mut Random, at: Millis) -> Vec<Event> {
        let name = self.machines[machine].clone();
        let mut script = Script::new(random, at);
        let service = "machine";
        script.set(Id::Machine, &name);
        script.say(
            service,
            "machine.starting",
            json!({"imageVersion": "1.14.2", "capabilities": ["comfyui", "openai"]}),
        );
        script.wait_around(900);
        script.say(
            service,
            "machine.hardware_detected",
            json!({"gpuCount": 2, "totalMemoryMB": 128_830, "diskSpaceGB": 1_843}),
        );
        let services = ["comfyui-gpu0", "comfyui-gpu1", "health-server"];
        for name in services {
            // One fault that heals itself: the second machine finds a port in use at first.
            start_service(&mut script, name, machine == 1 && name == "comfyui-gpu1");
        }
        script.say(
            service,
            "machine.services_ready",
            json!({"services": services}),
        );
        for worker in self
            .workers
            .iter_mut()
            .filter(|worker| worker.machine == machine)
        {
            script.span(|script| {
                script.set(Id::Worker, &worker.id);
                script.wait_around(60);
                script.say(
                    "worker",
                    "worker.starting",
                    json!({"capabilities": ["comfyui", "openai"], "machineId": name}),
                );
                script.wait_around(700);
                script.say(
                    "worker",
                    "worker.ready",
                    json!({"connectorTypes": ["comfyui", "openai"]}),
                );
            });
            worker.free_at = script.at;
        }
        script.wait_around(20);
        script.say(
            service,
            "machine.ready",
            json!({"startupTimeMs": script.at.since(at)}),
        );
        script.finish()
    }

    /// The worker that can claim a job soonest from `at` on, any of them where several are free,
    /// and when it can.
    pub(super) fn soonest(&self, random: &mut Random, at: Millis) -> (usize, Millis) {
        // Starting the search anywhere spreads the jobs over idle workers.
        let first = usize::try_from(random.next() % self.workers.len().max(1) as u64).unwrap_or(0);
        let order = (first..self.workers.len()).chain(0..first);
        let start = |worker: usize| self.workers[worker].free_at.max(at);
        let worker = order.min_by_key(|worker| start(*worker)).unwrap_or(first);
        (worker, start(worker))
    }

    /// Keeps a worker from claiming anything before `until`.
    pub(super) fn occupy(&mut self, worker: usize, until: Millis) {
        self.workers[worker].free_at = until;
    }

    /// Ends a worker: it claims nothing and says nothing any more.
    pub(super) fn silence(&mut self, worker: usize, from: Millis) {
        self.workers[worker].free_at = Millis::MAX;
        self.workers[worker].silent_from = Some(from);
    }

    /// The workers of a machine that have been silent for a minute or more.
    pub(super) fn unresponsive(&self, machine: usize, now: Millis) -> Vec<&str> {
        let silent = |worker: &&Worker| {
            worker.machine == machine
                && worker
                    .silent_from
                    .is_some_and(|from| now.since(from) >= 60_000)
        };
        self.workers
            .iter()
            .filter(silent)
            .map(|worker| worker.id.as_str())
            .collect()
    }
}

/// Starts one service of a machine; one that fails starts at its second attempt.
fn start_service(script: &mut Script<'_>, name: &str, fails_first: bool) {
    let starting = json!({"serviceName": name});
    script.wait_around(80);
    script.say("machine", "pm2.service_starting", starting.clone());
    if fails_first {
        script.wait_around(1_200);
        let message = "listen EADDRINUSE: address already in use 0.0.0.0:8189";
        let failed = json!({"serviceName": name, "error": message});
        script.say_at(Level::Error, "machine", "pm2.service_failed", failed);
        script.wait(1);
        let stack = failure::stack(
            &format!("ServiceStartError: {message}"),
            &[
                "PM2Manager.startService (/app/machine/src/services/pm2-manager.ts:88:13)".into(),
                "async startPM2Services (/app/machine/src/machine-startup.ts:52:5)".into(),
                "async startMachine (/app/machine/src/machine-startup.ts:31:3)".into(),
            ],
        );
        let context = json!({"serviceName": name, "port": 8189, "code": "EADDRINUSE"});
        failure::error(
            script,
            "machine",
            "ServiceStartError",
            message,
            stack,
            context,
        );
        script.wait(2_000);
        script.say("machine", "pm2.service_starting", starting);
    }
    script.wait_around(1_800);
    let pid = script.random.between(200, 30_000);
    script.say(
        "machine",
        "pm2.service_started",
        json!({"serviceName": name, "pid": pid}),
    );
}
