//! Machines and workers that have been up for long.

use crate::demo::random::Random;
use crate::demo::script::Script;
use crate::event::{Id, Millis};

/// Workers on each machine.
const WORKERS_PER_MACHINE: usize = 2;

/// One worker process.
#[derive(Debug)]
pub(super) struct Worker {
    id: String,
    /// Index of its machine.
    pub(super) machine: usize,
    /// Both versions run on every machine.
    pub(super) version: &'static str,
    free_at: Millis,
    silent_from: Option<Millis>,
}

/// All machines and workers.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) machines: Vec<String>,
    pub(super) workers: Vec<Worker>,
}

impl Pool {
    pub(super) fn new(machines: usize) -> Self {
        let machines: Vec<_> = (1..=machines).map(|n| format!("comfyui-{n:02}")).collect();
        let workers = machines
            .iter()
            .enumerate()
            .flat_map(|(machine, name)| {
                (0..WORKERS_PER_MACHINE).map(move |n| Worker {
                    id: format!("{name}-worker-{n}"),
                    machine,
                    version: ["2.8.0", "2.8.1"][n % 2],
                    free_at: Millis::MIN,
                    silent_from: None,
                })
            })
            .collect();
        Self { machines, workers }
    }

    /// The worker on any machine but these that can claim a job soonest from `at` on, any of them
    /// where several are free, and when it can.
    pub(super) fn soonest(
        &self,
        random: &mut Random,
        at: Millis,
        but: &[usize],
    ) -> (usize, Millis) {
        let first = usize::try_from(random.below(self.workers.len() as u64)).unwrap_or(0);
        let start = |worker: usize| self.workers[worker].free_at.max(at);
        let worker = (first..self.workers.len())
            .chain(0..first)
            .filter(|worker| !but.contains(&self.workers[*worker].machine))
            .min_by_key(|worker| start(*worker))
            .unwrap_or(first);
        (worker, start(worker))
    }

    /// Keeps a worker from claiming anything before `until`.
    pub(super) fn occupy(&mut self, worker: usize, until: Millis) {
        self.workers[worker].free_at = until;
    }

    /// Ends a worker: it claims nothing and says nothing any more.
    pub(super) fn silence(&mut self, worker: usize, from: Millis) {
        self.occupy(worker, Millis::MAX);
        self.workers[worker].silent_from = Some(from);
    }

    pub(super) fn is_silent(&self, worker: usize, at: Millis) -> bool {
        self.workers[worker]
            .silent_from
            .is_some_and(|from| from <= at)
    }

    /// Whatever is said from here on is said by this worker.
    pub(super) fn sign(&self, worker: usize, script: &mut Script<'_>) {
        let worker = &self.workers[worker];
        script.set(Id::Worker, &worker.id);
        script.set(Id::Machine, &self.machines[worker.machine]);
    }
}
