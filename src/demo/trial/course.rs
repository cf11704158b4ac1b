//! One job of a trial, from the request to the webhook.

use serde_json::json;

use super::parts::{BAD_PERCENT, Hangs, NEW_ERROR, NEW_PERCENT, Part, Parts};
use super::pool::Pool;
use crate::demo::failure::{self, Failure};
use crate::demo::job::{self, Kind};
use crate::demo::random::Random;
use crate::demo::script::Script;
use crate::event::{Event, Id, Level, Millis};

/// Jobs of a hundred that fail whatever the machine.
const FAILS_PERCENT: u64 = 6;
/// Attempts of a hundred that are tried once more.
const RETRIES_PERCENT: u64 = 3;
/// How long a worker rests between two jobs.
const REST_MS: i64 = 50;

/// Everything that happens because of one job.
pub(super) fn play(
    index: usize,
    id: &str,
    parts: &Parts,
    pool: &mut Pool,
    random: &mut Random,
    at: Millis,
) -> Vec<Event> {
    let kind = Kind::any(random);
    let part = parts.of(index);
    let refused = part == Part::None && random.chance(1);
    let told = random.chance(60);
    let mut script = Script::new(random, at);
    let user = format!("user_{}", script.random.between(1, 40));
    script.set(Id::User, &user);
    let request = format!("req-{}", script.random.hex(12));
    script.set(Id::Request, request);
    script.set(Id::Job, id);
    if !job::submit(&mut script, kind, refused) || part == Part::Hangs(Hangs::Queued) {
        return script.finish();
    }
    let mut job = Job {
        kind,
        created: at,
        parts,
        pool,
    };
    let ended = match part {
        Part::None | Part::Hangs(Hangs::Queued) => job.work(&mut script),
        Part::ClaimedTwice => job.twice(&mut script),
        Part::CompletedEarly => job.early(&mut script),
        Part::Hangs(Hangs::Started) => job.hang(&mut script, false),
        Part::Hangs(Hangs::Connector) => job.hang(&mut script, true),
    };
    if ended && told {
        job::notify(&mut script, &user);
    }
    script.finish()
}

/// How an attempt ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Completed,
    Failed,
    Retried,
}

struct Job<'a> {
    kind: Kind,
    created: Millis,
    parts: &'a Parts,
    pool: &'a mut Pool,
}

impl Job<'_> {
    /// Workers attempt it until it ends.
    fn work(&mut self, script: &mut Script<'_>) -> bool {
        let mut attempt = 1;
        loop {
            let queued = script.at;
            script.wait_around(180);
            let (worker, start) = self.pool.soonest(script.random, script.at, &[]);
            script.at = start;
            let ending = script.span(|script| {
                self.claim(script, worker, queued, attempt);
                self.attempt(script, worker, attempt)
            });
            self.pool.occupy(worker, script.at.plus(REST_MS));
            if ending != Ending::Retried {
                return true;
            }
            attempt += 1;
            script.wait(5_000);
            script.say("api-server", "job.queued", json!({"queueName": "default"}));
        }
    }

    fn claim(&self, script: &mut Script<'_>, worker: usize, queued: Millis, attempt: u32) {
        self.pool.sign(worker, script);
        let claim = json!({"queueWaitMs": script.at.since(queued),
            "version": self.pool.workers[worker].version});
        script.say("worker", "job.claimed", claim);
        script.wait_around(6);
        let data = json!({"attempt": attempt});
        script.say("worker", "job.processing_started", data);
    }

    fn attempt(&self, script: &mut Script<'_>, worker: usize, attempt: u32) -> Ending {
        let is_bad = self.parts.bad == Some(self.pool.workers[worker].machine);
        let fails = if is_bad { BAD_PERCENT } else { FAILS_PERCENT };
        let retries = attempt == 1 && script.random.chance(RETRIES_PERCENT);
        if retries || script.random.chance(fails) {
            let failure = match retries {
                true => Failure::Timeout,
                false => Failure::of(self.kind, script.random),
            };
            job::fail(script, self.kind, failure, attempt, retries, self.created);
            return if retries {
                Ending::Retried
            } else {
                Ending::Failed
            };
        }
        self.process(script);
        if self.parts.has_new_error(script.at) && script.random.chance(NEW_PERCENT) {
            self.refuse_upload(script, attempt);
            return Ending::Failed;
        }
        self.complete(script);
        Ending::Completed
    }

    /// The connector works on it.
    fn process(&self, script: &mut Script<'_>) {
        let connector = self.kind.connector();
        script.span(|script| {
            script.wait_around(9);
            let data = json!({"connectorType": connector, "model": self.kind.model()});
            script.say("worker", "connector.processing_started", data);
            let took = script.random.around(self.kind.median_ms()) * self.parts.factor(script.at);
            for percent in [33, 66] {
                script.wait(took / 3);
                let data = json!({"progress": percent});
                script.say_at(Level::Debug, "worker", "job.progress_updated", data);
            }
            script.wait(took - took / 3 * 2);
            let size = script.random.between(180, 4_000);
            let data = json!({"connectorType": connector, "processingTimeMs": took,
                "resultSize": size});
            script.say("worker", "connector.processing_completed", data);
        });
    }

    fn complete(&self, script: &mut Script<'_>) {
        script.wait_around(5);
        script.say("worker", "asset.upload_started", json!({"count": 1}));
        let took = script.wait_around(320);
        let data = json!({"count": 1, "durationMs": took});
        script.say("worker", "asset.upload_completed", data);
        script.wait_around(35);
        self.end(script, "worker");
    }

    fn end(&self, script: &mut Script<'_>, service: &str) {
        let total = script.at.since(self.created);
        let data = json!({"resultType": "object", "completionTimeMs": total});
        script.say(service, "job.completed", data);
    }

    /// The bucket refuses the result: what is new.
    fn refuse_upload(&self, script: &mut Script<'_>, attempt: u32) {
        script.wait_around(5);
        script.say("worker", "asset.upload_started", json!({"count": 1}));
        script.wait_around(90);
        let key = script.random.hex(12);
        let message = format!("upload of results/{key}.png was refused: 403 AccessDenied");
        let data = json!({"count": 1, "error": message});
        script.say_at(Level::Error, "worker", "asset.upload_failed", data);
        script.wait(1);
        let frames = [
            "AssetSaver.put (/app/apps/worker/src/assets/asset-saver.ts:77:15)".to_owned(),
            "async AssetSaver.save (/app/apps/worker/src/assets/asset-saver.ts:41:9)".to_owned(),
        ];
        let stack = failure::stack(&format!("{NEW_ERROR}: {message}"), &frames);
        let context = json!({"jobType": self.kind.name(), "attempt": attempt, "statusCode": 403});
        failure::error(script, "worker", NEW_ERROR, &message, stack, context);
        script.wait_around(4);
        let data = json!({"error": message, "errorName": NEW_ERROR, "attempts": attempt,
            "failedAfterMs": script.at.since(self.created)});
        script.say_at(Level::Error, "worker", "job.failed", data);
    }

    /// Machines on which something else is wrong have no part in a race.
    fn odd_machines(&self) -> Vec<usize> {
        [self.parts.bad, self.parts.skewed]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Two workers claim it within milliseconds, and both work on it.
    fn twice(&mut self, script: &mut Script<'_>) -> bool {
        let queued = script.at;
        script.wait_around(180);
        let mut but = self.odd_machines();
        let mut ends = Vec::new();
        for _ in 0..2 {
            let (worker, start) = self.pool.soonest(script.random, script.at, &but);
            but.push(self.pool.workers[worker].machine);
            script.at = start;
            script.span(|script| {
                self.claim(script, worker, queued, 1);
                self.process(script);
                self.complete(script);
            });
            self.pool.occupy(worker, script.at.plus(REST_MS));
            ends.push(script.at);
            script.at = start.plus(9);
        }
        script.at = ends.into_iter().max().unwrap_or(script.at);
        true
    }

    /// The API server takes it for done before the worker begins; the worker does it all the same.
    fn early(&mut self, script: &mut Script<'_>) -> bool {
        let queued = script.at;
        script.wait_around(180);
        let but = self.odd_machines();
        let (worker, start) = self.pool.soonest(script.random, script.at, &but);
        script.at = start;
        script.span(|script| {
            self.pool.sign(worker, script);
            let claim = json!({"queueWaitMs": script.at.since(queued),
                "version": self.pool.workers[worker].version});
            script.say("worker", "job.claimed", claim);
        });
        script.wait(60);
        self.end(script, "api-server");
        script.wait(250);
        script.span(|script| {
            self.pool.sign(worker, script);
            let data = json!({"attempt": 1});
            script.say("worker", "job.processing_started", data);
            self.process(script);
            self.complete(script);
        });
        self.pool.occupy(worker, script.at.plus(REST_MS));
        true
    }

    /// A worker begins, and nothing comes of it.
    fn hang(&mut self, script: &mut Script<'_>, in_connector: bool) -> bool {
        let queued = script.at;
        script.wait_around(180);
        let (worker, start) = self
            .pool
            .soonest(script.random, script.at, &self.odd_machines());
        script.at = start;
        script.span(|script| {
            self.claim(script, worker, queued, 1);
            if in_connector {
                script.wait_around(9);
                let data = json!({"connectorType": self.kind.connector(),
                    "model": self.kind.model()});
                script.say("worker", "connector.processing_started", data);
            }
        });
        if in_connector {
            self.pool.occupy(worker, Millis::MAX);
        } else {
            self.pool.silence(worker, script.at);
        }
        false
    }
}
