//! Which machine, which jobs and since when: what is planted, settled before the run begins.

use super::TrialOptions;
use super::pool::Pool;
use crate::demo::plant::{Cause, Hanging, NewError, SkewedClock, SlowStep, Truth};
use crate::demo::random::Random;
use crate::event::Millis;

/// Times as long as before.
pub(super) const FACTOR: i64 = 3;
/// A clock that is off.
pub(super) const AHEAD_MS: i64 = 40_000;
/// Jobs of a hundred that fail on the bad machine.
pub(super) const BAD_PERCENT: u64 = 45;
/// Jobs of a hundred that end with the new error while there is one.
pub(super) const NEW_PERCENT: u64 = 6;
/// Its name.
pub(super) const NEW_ERROR: &str = "AssetUploadError";

/// Where a job hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hangs {
    /// Nobody claims it.
    Queued,
    /// Its worker dies as soon as it starts.
    Started,
    /// The connector never answers; its worker lives.
    Connector,
}

/// What a job has a part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    None,
    ClaimedTwice,
    CompletedEarly,
    Hangs(Hangs),
}

/// All that is planted; nothing where nothing is.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) bad: Option<usize>,
    pub(super) skewed: Option<usize>,
    slow_since: Option<Millis>,
    new_since: Option<Millis>,
    jobs: Vec<(usize, Part)>,
}

impl Parts {
    pub(super) fn new(
        options: &TrialOptions,
        start: Millis,
        machines: usize,
        random: &mut Random,
    ) -> Self {
        let span = options.end.since(start);
        let has = |cause| options.plant.has(cause);
        let ago =
            |minutes: i64, share: i64| options.end.plus(-(minutes * 60_000).min(span / share));
        let places = random.different(2, machines);
        let mut jobs = Vec::new();
        // Late, but not so late that a hanging job could still be on its way.
        let (half, late) = (options.jobs / 2, options.jobs / 6);
        let picked = random.different(5, half.saturating_sub(late));
        let first = options.jobs - half;
        let mut indices = picked.into_iter().map(|index| first + index);
        let parts = [
            (Cause::Race, Part::ClaimedTwice),
            (Cause::Race, Part::CompletedEarly),
            (Cause::Stuck, Part::Hangs(Hangs::Queued)),
            (Cause::Stuck, Part::Hangs(Hangs::Started)),
            (Cause::Stuck, Part::Hangs(Hangs::Connector)),
        ];
        for (cause, part) in parts {
            let index = indices.next();
            jobs.extend(index.filter(|_| has(cause)).map(|index| (index, part)));
        }
        let place = |at: usize, cause| places.get(at).copied().filter(|_| has(cause));
        Self {
            bad: place(0, Cause::BadMachine),
            skewed: place(1, Cause::SkewedClock),
            slow_since: has(Cause::SlowStep).then(|| ago(60, 4)),
            new_since: has(Cause::NewError).then(|| ago(40, 6)),
            jobs,
        }
    }

    pub(super) fn of(&self, index: usize) -> Part {
        let mut jobs = self.jobs.iter();
        let found = jobs.find(|(job, _)| *job == index);
        found.map_or(Part::None, |(_, part)| *part)
    }

    /// How many times as long the connector takes.
    pub(super) fn factor(&self, at: Millis) -> i64 {
        if self.slow_since.is_some_and(|since| at >= since) {
            FACTOR
        } else {
            1
        }
    }

    /// Whether the new error is about.
    pub(super) fn has_new_error(&self, at: Millis) -> bool {
        self.new_since.is_some_and(|since| at >= since)
    }

    pub(super) fn truth(
        &self,
        options: &TrialOptions,
        start: Millis,
        pool: &Pool,
        id: &dyn Fn(usize) -> String,
    ) -> Truth {
        let with = |wanted: Part| {
            let mut jobs = self.jobs.iter();
            jobs.find(|(_, part)| *part == wanted)
                .map(|(job, _)| id(*job))
        };
        let machine = |index: usize| pool.machines.get(index).cloned();
        let hangs = [
            (Hangs::Queued, "job.queued"),
            (Hangs::Started, "job.processing_started"),
            (Hangs::Connector, "connector.processing_started"),
        ];
        Truth {
            seed: options.seed,
            jobs: options.jobs,
            start,
            end: options.end,
            bad_machine: self.bad.and_then(machine),
            slow_step: self.slow_since.map(|since| SlowStep {
                service: "worker",
                step: "connector.processing",
                since,
                factor: FACTOR,
            }),
            claimed_twice: with(Part::ClaimedTwice),
            completed_early: with(Part::CompletedEarly),
            stuck: hangs
                .into_iter()
                .filter_map(|(hangs, after)| {
                    let job_id = with(Part::Hangs(hangs))?;
                    Some(Hanging { job_id, after })
                })
                .collect(),
            new_error: self.new_since.map(|since| NewError {
                name: NEW_ERROR,
                since,
            }),
            skewed_clock: self.skewed.and_then(machine).map(|machine_id| SkewedClock {
                machine_id,
                ahead_ms: AHEAD_MS,
            }),
        }
    }
}
