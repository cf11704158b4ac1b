//! The life of one job, from the request to the webhook that tells its user.

use serde_json::json;

use super::failure::{self, Failure};
use super::fleet::Fleet;
use super::random::Random;
use super::script::Script;
use crate::event::{Event, Id, Level, Millis};

/// What a job asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Video,
    Speech,
}

impl Kind {
    /// Most jobs are images.
    pub(super) fn any(random: &mut Random) -> Self {
        *random.pick(&[
            Self::Image,
            Self::Image,
            Self::Image,
            Self::Video,
            Self::Speech,
        ])
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Image => "image_generation",
            Self::Video => "video_upscale",
            Self::Speech => "text_to_speech",
        }
    }

    pub(super) fn connector(self) -> &'static str {
        match self {
            Self::Image | Self::Video => "comfyui",
            Self::Speech => "openai",
        }
    }

    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Image => "sd_xl_base_1.0.safetensors",
            Self::Video => "RealESRGAN_x4plus.pth",
            Self::Speech => "tts-1-hd",
        }
    }

    pub(super) fn endpoint(self) -> &'static str {
        match self {
            Self::Image | Self::Video => "http://127.0.0.1:8188/prompt",
            Self::Speech => "https://api.openai.com/v1/audio/speech",
        }
    }

    /// How long the connector works on it, half of the time.
    pub(super) fn median_ms(self) -> i64 {
        match self {
            Self::Image => 9_000,
            Self::Video => 26_000,
            Self::Speech => 2_400,
        }
    }
}

/// Short, typeable and unique: adding, multiplying by an odd number and folding the high half into
/// the low one each map 24 bits onto 24 bits one to one.
pub(super) fn id(salt: u64, index: usize) -> String {
    const MASK: u64 = 0xff_ffff;
    let mut mixed = (index as u64).wrapping_add(salt) & MASK;
    for odd in [0x9e_3779, 0x85_ebcb] {
        mixed = mixed.wrapping_mul(odd) & MASK;
        mixed ^= mixed >> 12;
    }
    format!("job_{mixed:06x}")
}

/// How a job goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It completes.
    Completes,
    /// It completes after nobody claimed it for a while.
    WaitsLong,
    /// The first attempt fails, the second completes.
    Retries(Failure),
    /// It fails for good.
    Fails(Failure),
    /// Its worker starts on it and is never heard of again.
    Sticks,
    /// Redis refuses to queue it.
    Refused,
}

/// How long the job that waits is waiting.
pub(super) const LONG_WAIT_MS: i64 = 40_000;

/// How an attempt ends.
enum Ending {
    Completed,
    Failed(Failure),
    Never,
}

/// Everything that happens because of one job.
pub(super) fn play(
    id: &str,
    course: Course,
    kind: Kind,
    fleet: &mut Fleet,
    random: &mut Random,
    at: Millis,
) -> Vec<Event> {
    let socket = random.chance(40).then(|| format!("sock_{}", random.hex(8)));
    let told = random.chance(60);
    let mut script = Script::new(random, at);
    let user = format!("user_{}", script.random.between(1, 12));
    let request = format!("req-{}", script.random.hex(12));
    script.set(Id::User, &user);
    script.set(Id::Request, request);
    if let Some(socket) = &socket {
        let data = json!({"socketId": socket, "userId": user});
        script.say("api-server", "websocket.connected", data);
        script.wait_around(250);
    }
    script.set(Id::Job, id);
    let queued = submit(&mut script, kind, course == Course::Refused);
    if let Some(socket) = &socket {
        script.wait_around(12);
        let data = json!({"socketId": socket, "channel": format!("job:{id}")});
        script.say("api-server", "websocket.subscribed", data);
    }
    if queued {
        let ended = work(&mut script, kind, course, fleet);
        if ended && told {
            notify(&mut script, &user);
        }
    }
    if let Some(socket) = socket.filter(|_| course != Course::Sticks) {
        script.wait_around(1_500);
        let data = json!({"socketId": socket, "reason": "client namespace disconnect"});
        script.say("api-server", "websocket.disconnected", data);
    }
    script.finish()
}

/// The API server creates the job and queues it; says whether that worked.
pub(super) fn submit(script: &mut Script<'_>, kind: Kind, refused: bool) -> bool {
    let api = "api-server";
    let priority = *script
        .random
        .pick(&["normal", "normal", "normal", "high", "low"]);
    script.say(
        api,
        "job.created",
        json!({"jobType": kind.name(), "priority": priority}),
    );
    script.wait_around(3);
    let function = "enqueueJob";
    let message = "READONLY You can't write against a read only replica.";
    let done = script.span(|script| {
        script.say(
            api,
            "redis_function.executing",
            json!({"functionName": function, "argCount": 4}),
        );
        script.wait_around(4);
        if refused {
            let data = json!({"functionName": function, "error": message});
            script.say_at(Level::Error, api, "redis_function.failed", data);
        } else {
            let size = script.random.between(60, 90);
            let data = json!({"functionName": function, "resultSize": size});
            script.say(api, "redis_function.completed", data);
        }
        !refused
    });
    script.wait_around(2);
    if done {
        script.say(api, "job.queued", json!({"queueName": "default"}));
        return true;
    }
    let stack = failure::stack(
        &format!("ReplyError: {message}"),
        &[
            "parseError (/app/node_modules/redis-parser/lib/parser.js:179:12)".into(),
            "async executeRedisFunction (/app/apps/api/src/services/redis-functions.ts:41:20)"
                .into(),
            "async /app/apps/api/src/routes/jobs.ts:58:5".into(),
        ],
    );
    failure::error(
        script,
        api,
        "ReplyError",
        message,
        stack,
        json!({"functionName": function}),
    );
    script.wait(1);
    script.say_at(
        Level::Error,
        api,
        "job.creation_failed",
        json!({"error": message}),
    );
    script.wait(1);
    let data = json!({"route": "/api/jobs", "method": "POST", "error": message, "statusCode": 503});
    script.say_at(Level::Error, api, "api.error", data);
    false
}

/// Workers attempt the job until it ends; says whether it did.
fn work(script: &mut Script<'_>, kind: Kind, course: Course, fleet: &mut Fleet) -> bool {
    let mut endings = match course {
        Course::Completes | Course::WaitsLong | Course::Refused => vec![Ending::Completed],
        Course::Retries(failure) => vec![Ending::Failed(failure), Ending::Completed],
        Course::Fails(failure) => vec![Ending::Failed(failure)],
        Course::Sticks => vec![Ending::Never],
    }
    .into_iter()
    .peekable();
    let created = script.at;
    let mut attempt = 0;
    while let Some(ending) = endings.next() {
        attempt += 1;
        let queued = script.at;
        if course == Course::WaitsLong {
            script.wait(LONG_WAIT_MS);
        }
        script.wait_around(180);
        let (worker, start) = fleet.soonest(script.random, script.at);
        script.at = start;
        let retried = endings.peek().is_some();
        script.span(|script| {
            script.set(Id::Worker, &fleet.workers[worker].id);
            script.set(
                Id::Machine,
                &fleet.machines()[fleet.workers[worker].machine],
            );
            let claim = json!({"claimTimeMs": script.at.since(queued)});
            script.say("worker", "job.claimed", claim);
            script.wait_around(6);
            script.say(
                "worker",
                "job.processing_started",
                json!({"attempt": attempt}),
            );
            match ending {
                Ending::Never => {}
                Ending::Completed => complete(script, kind, created),
                Ending::Failed(failure) => fail(script, kind, failure, attempt, retried, created),
            }
        });
        match ending {
            Ending::Never => {
                fleet.silence(worker, script.at);
                return false;
            }
            Ending::Completed => fleet.occupy(worker, script.at.plus(50)),
            Ending::Failed(_) => {
                fleet.occupy(worker, script.at.plus(50));
                if retried {
                    script.wait(5_000);
                    script.say("api-server", "job.queued", json!({"queueName": "default"}));
                }
            }
        }
    }
    true
}

fn complete(script: &mut Script<'_>, kind: Kind, created: Millis) {
    let connector = kind.connector();
    script.span(|script| {
        script.wait_around(9);
        script.say(
            "worker",
            "connector.processing_started",
            json!({"connectorType": connector}),
        );
        let took = script.wait_around(kind.median_ms());
        let size = script.random.between(180, 4_000);
        let data =
            json!({"connectorType": connector, "processingTimeMs": took, "resultSize": size});
        script.say("worker", "connector.processing_completed", data);
    });
    script.wait_around(35);
    let total = script.at.since(created);
    let data = json!({"resultType": "object", "hasAssets": true, "completionTimeMs": total});
    script.say("worker", "job.completed", data);
}

pub(super) fn fail(
    script: &mut Script<'_>,
    kind: Kind,
    failure: Failure,
    attempt: u32,
    retried: bool,
    created: Millis,
) {
    let message = failure.message(kind);
    let connector = kind.connector();
    script.span(|script| {
        script.wait_around(9);
        script.say(
            "worker",
            "connector.processing_started",
            json!({"connectorType": connector}),
        );
        let lasts = failure.lasts(kind, script.random);
        script.wait(lasts);
        if failure == Failure::OutOfMemory {
            let data = json!({"resource": "vram", "usedMB": 23_130, "totalMB": 24_217});
            script.say_at(Level::Warn, "worker", "resource.exhausted", data);
            script.wait_around(40);
        }
        let data = json!({"connectorType": connector, "error": message});
        script.say_at(Level::Error, "worker", "connector.processing_failed", data);
        script.wait(1);
        failure.report(script, kind, attempt);
    });
    script.wait_around(4);
    if retried {
        let data = json!({"attempt": attempt + 1, "delayMs": 5_000, "reason": message});
        script.say_at(Level::Warn, "worker", "job.retry", data);
    } else {
        let data = json!({"error": message, "errorName": failure.name(), "attempts": attempt,
            "failedAfterMs": script.at.since(created)});
        script.say_at(Level::Error, "worker", "job.failed", data);
    }
}

/// The webhook service tells the user's server, which now and then is away for a moment.
pub(super) fn notify(script: &mut Script<'_>, user: &str) {
    let service = "webhook-service";
    let url = format!("https://hooks.example.com/{user}");
    let tries = if script.random.chance(12) { 2 } else { 1 };
    script.wait_around(30);
    script.span(|script| {
        for attempt in 1..=tries {
            script.say(
                service,
                "webhook.sending",
                json!({"url": url, "attempt": attempt}),
            );
            let took = script.wait_around(120);
            let mut data = json!({"url": url, "attempt": attempt, "durationMs": took});
            if attempt < tries {
                data["statusCode"] = json!(502);
                data["error"] = json!("Bad Gateway");
                script.say_at(Level::Warn, service, "webhook.delivery_failed", data);
                script.wait(2_000);
            } else {
                data["statusCode"] = json!(200);
                script.say(service, "webhook.delivered", data);
            }
        }
    });
}
