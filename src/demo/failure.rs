//! What goes wrong in the simulated system, with the words and the stacks that real services use.

use serde_json::{Value, json};

use super::job::Kind;
use super::random::Random;
use super::script::Script;
use crate::event::Level;

/// Why an attempt at a job fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The GPU has no memory left.
    OutOfMemory,
    /// The service behind the connector does not answer.
    Timeout,
    /// The machine has no such model file.
    ModelMissing,
    /// The service behind the connector refuses more requests.
    RateLimited,
}

impl Failure {
    /// One that can happen to this kind of job.
    pub(super) fn of(kind: Kind, random: &mut Random) -> Self {
        *match kind {
            Kind::Image => random.pick(&[Self::OutOfMemory, Self::Timeout, Self::ModelMissing]),
            Kind::Video => random.pick(&[Self::OutOfMemory, Self::Timeout]),
            Kind::Speech => random.pick(&[Self::RateLimited, Self::Timeout]),
        }
    }

    /// The class name, which follows `error.` in the event's type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OutOfMemory => "CudaOutOfMemoryError",
            Self::Timeout => "ConnectorTimeoutError",
            Self::ModelMissing => "ModelNotFoundError",
            Self::RateLimited => "RateLimitError",
        }
    }

    pub(super) fn message(self, kind: Kind) -> String {
        match self {
            Self::OutOfMemory => {
                "CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0; 23.65 GiB \
                                  total capacity; 21.92 GiB already allocated; 1.06 GiB free)"
                    .to_owned()
            }
            Self::Timeout => format!("{} did not answer within 30000 ms", kind.connector()),
            Self::ModelMissing => format!("model file not found: {}", kind.model()),
            Self::RateLimited => "429 Too Many Requests: retry after 20 s".to_owned(),
        }
    }

    /// How long the attempt lasts until it fails.
    pub(super) fn lasts(self, kind: Kind, random: &mut Random) -> i64 {
        match self {
            Self::OutOfMemory => random.around(kind.median_ms() / 2),
            Self::Timeout => 30_000 + random.between(1, 40),
            Self::ModelMissing => random.around(120),
            Self::RateLimited => random.around(350),
        }
    }

    /// What the error event tells beside message and stack.
    fn context(self, kind: Kind) -> Value {
        match self {
            Self::OutOfMemory => json!({"gpuIndex": 0, "vramTotalMB": 24_217, "vramUsedMB": 23_130,
                "model": kind.model()}),
            Self::Timeout => json!({"timeoutMs": 30_000, "endpoint": kind.endpoint()}),
            Self::ModelMissing => json!({"model": kind.model(), "searched": "/models/checkpoints"}),
            Self::RateLimited => json!({"statusCode": 429, "endpoint": kind.endpoint()}),
        }
    }

    fn stack(self, kind: Kind) -> String {
        let connector = match kind {
            Kind::Image | Kind::Video => ("ComfyUIConnector", "comfyui-connector.ts"),
            Kind::Speech => ("OpenAIConnector", "openai-connector.ts"),
        };
        let line = match self {
            Self::OutOfMemory => "waitForPrompt:218:15",
            Self::Timeout => "request:96:11",
            Self::ModelMissing => "resolveModel:141:13",
            Self::RateLimited => "request:103:13",
        };
        let (method, place) = line.split_once(':').unwrap_or((line, "1:1"));
        let (class, file) = connector;
        stack(
            &format!("{}: {}", self.name(), self.message(kind)),
            &[
                format!("{class}.{method} (/app/apps/worker/src/connectors/{file}:{place})"),
                "process.processTicksAndRejections (node:internal/process/task_queues:95:5)".into(),
                format!("{class}.executeJob (/app/apps/worker/src/connectors/{file}:64:22)"),
                format!(
                    "{class}.processJob (/app/apps/worker/src/connectors/base-connector.ts:38:22)"
                ),
                "RedisDirectWorkerClient.runJob \
                 (/app/apps/worker/src/redis-direct-worker-client.ts:207:20)"
                    .into(),
            ],
        )
    }

    /// Says the error event of an attempt.
    pub(super) fn report(self, script: &mut Script<'_>, kind: Kind, attempt: u32) {
        let mut context = json!({"jobType": kind.name(), "connectorType": kind.connector(),
            "attempt": attempt});
        if let (Value::Object(all), Value::Object(more)) = (&mut context, self.context(kind)) {
            all.extend(more);
        }
        error(
            script,
            "worker",
            self.name(),
            &self.message(kind),
            self.stack(kind),
            context,
        );
    }
}

/// Says an error event: `error.<Name>` with message, name, stack and context.
pub(super) fn error(
    script: &mut Script<'_>,
    service: &str,
    name: &str,
    message: &str,
    stack: String,
    context: Value,
) {
    let mut data = json!({"message": message, "name": name, "stack": stack});
    if let (Value::Object(data), Value::Object(context)) = (&mut data, context) {
        data.extend(context);
    }
    script.say_at(Level::Error, service, &format!("error.{name}"), data);
}

/// A stack as V8 prints it.
pub(super) fn stack(head: &str, frames: &[String]) -> String {
    frames
        .iter()
        .fold(head.to_owned(), |stack, frame| stack + "\n    at " + frame)
}
