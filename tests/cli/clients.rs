//! Events written by the clients that services use: the emitters of `docs/events.md`, run as they
//! stand there, and the documents' TypeScript client.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Client, Sandbox, TestRedis, missing};

/// The fenced block of `docs/events.md` that is marked so.
fn block(mark: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let page = fs::read_to_string(page).expect("docs/events.md");
    let fence = format!("\n```{mark}\n");
    let start = page
        .find(&fence)
        .unwrap_or_else(|| panic!("no block {mark:?}"))
        + fence.len();
    let rest = &page[start..];
    rest[..rest.find("\n```").expect("an end of the block")].to_owned() + "\n"
}

/// Runs a script of a client against a server.
fn run(client: Client, script: &str, redis: &TestRedis) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script");
    fs::write(&file, script).expect("a script");
    let mut command = client.command(folder.path());
    command
        .arg(&file)
        .current_dir(folder.path())
        .env("REDIS_URL", redis.tcp_url());
    let output = command.output().expect("the client runs");
    assert!(output.status.success(), "{output:#?}");
    assert!(output.stderr.is_empty(), "{output:#?}");
}

/// What `emp search -o jsonl` prints, read back.
fn search(sandbox: &Sandbox, args: &[&str]) -> Vec<BTreeMap<String, Value>> {
    let lines = sandbox.stdout(&[&["search", "-o", "jsonl"], args].concat());
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Runs an emitter of the page and checks its one event.
fn emitter(client: Client, mark: &str, expected: Value) {
    if missing(client) {
        return;
    }
    let redis = TestRedis::start();
    run(client, &block(mark), &redis);
    let sandbox = Sandbox::with(&redis);
    let events = search(&sandbox, &["job:job_123"]);
    assert_eq!(events.len(), 1, "{events:?}");
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(events[0].get(name), Some(value), "{name} of {events:?}");
    }
    let timeline = sandbox.stdout(&["timeline", "job_123"]);
    assert!(
        timeline.contains(expected["eventType"].as_str().expect("text")),
        "{timeline}"
    );
}

#[test]
fn the_emitters_of_the_page_are_ten_lines() {
    for mark in ["js ioredis", "python", "sh redis-cli"] {
        let code = block(mark)
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count();
        assert!(code <= 13, "{mark}: {code} lines");
    }
}

#[test]
fn node_with_ioredis() {
    emitter(
        Client::Node,
        "js ioredis",
        serde_json::json!({
            "service": "api-server",
            "eventType": "job.created",
            "traceId": "8d12404289e478577467c87b7b93f785",
            "jobId": "job_123",
            "data": {"jobType": "txt2img"},
        }),
    );
}

#[test]
fn python_with_redis() {
    emitter(
        Client::Python,
        "python",
        serde_json::json!({
            "service": "worker",
            "eventType": "job.claimed",
            "jobId": "job_123",
            "workerId": "worker_7",
            "data": {"queue_wait_ms": 420},
        }),
    );
}

#[test]
fn shell_with_redis_cli() {
    emitter(
        Client::RedisCli,
        "sh redis-cli",
        serde_json::json!({
            "service": "machine",
            "eventType": "job.completed",
            "jobId": "job_123",
            "data": {"durationMs": 45000, "outputs": ["image.png"]},
        }),
    );
}

#[test]
fn an_error_with_redis_cli_is_dated_to_the_millisecond() {
    if missing(Client::RedisCli) {
        return;
    }
    let redis = TestRedis::start();
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.expect("a time").as_millis()
    };
    let before = now();
    run(Client::RedisCli, &block("sh redis-cli error"), &redis);
    let entries: Vec<(String, BTreeMap<String, String>)> =
        redis.run(&["XRANGE", "emp:errors", "-", "+"]);
    let [(_, fields)] = &entries[..] else {
        panic!("one entry: {entries:?}");
    };
    let at: u128 = fields["timestamp"].parse().expect("milliseconds");
    assert!((before..=now()).contains(&at), "{fields:?}");
    let found = search(
        &Sandbox::with(&redis),
        &["error.TimeoutError", "level:error"],
    );
    assert_eq!(found[0]["data"]["message"], "no answer after 30 s");
}

/// The documents' `EventClient`: five fields, the ids inside `data`, no trace id where no request
/// is known.
const EVENT_CLIENT: &str = r"
const Redis = require('ioredis');
const redis = new Redis(process.env.REDIS_URL);

class EventClient {
  constructor(serviceName) { this.serviceName = serviceName; }
  emit(stream, type, traceId, data) {
    const fields = {
      timestamp: Date.now(),
      service: this.serviceName,
      eventType: type,
      traceId,
      data: JSON.stringify(data),
    };
    return redis.xadd(stream, '*', ...Object.entries(fields).flat());
  }
  event(type, data = {}) { return this.emit('emp:events', type, this.traceId, data); }
  jobEvent(jobId, type, data = {}) { return this.event(type, { jobId, ...data }); }
  workerEvent(workerId, type, data = {}) { return this.event(type, { workerId, ...data }); }
  jobError(jobId, error, context = {}) {
    return this.emit('emp:errors', `error.${error.constructor.name}`, this.traceId, {
      message: error.message, stack: error.stack, name: error.constructor.name, jobId, ...context,
    });
  }
}

// Two events of one millisecond have no order.
const pause = () => new Promise((done) => setTimeout(done, 3));

(async () => {
  const api = new EventClient('api-server');
  api.traceId = '8d12404289e478577467c87b7b93f785';
  const worker = new EventClient('worker');
  await api.jobEvent('job_123', 'job.created', { userId: 'user_456' });
  await pause();
  await worker.workerEvent('worker_789', 'worker.claimed_job', { jobId: 'job_123' });
  await pause();
  await worker.jobError('job_123', new TypeError('no such node\n\u001b[31m'), { nodeId: 17 });
  await pause();
  await worker.jobEvent('job_123', 'job.failed', { duration: 45000 });
  await redis.quit();
})();
";

#[test]
fn the_documents_typescript_client() {
    if missing(Client::Node) {
        return;
    }
    let redis = TestRedis::start();
    run(Client::Node, EVENT_CLIENT, &redis);
    let sandbox = Sandbox::with(&redis);

    let events = search(&sandbox, &["job:job_123"]);
    let of = |name: &str| -> Vec<&str> {
        events
            .iter()
            .map(|event| event.get(name).and_then(Value::as_str).unwrap_or("-"))
            .collect()
    };
    assert_eq!(
        of("eventType"),
        [
            "job.created",
            "worker.claimed_job",
            "error.TypeError",
            "job.failed"
        ]
    );
    assert_eq!(of("jobId"), ["job_123"; 4]);
    assert_eq!(of("workerId"), ["-", "worker_789", "-", "-"]);
    assert_eq!(of("userId"), ["user_456", "-", "-", "-"]);
    assert_eq!(
        of("traceId"),
        ["8d12404289e478577467c87b7b93f785", "-", "-", "-"]
    );
    // What stood in `data` still stands there.
    assert_eq!(events[0]["data"]["userId"], "user_456");
    assert_eq!(events[2]["data"]["nodeId"], 17);

    let timeline = sandbox.stdout(&["timeline", "job_123"]);
    for shown in [
        "job.created",
        "worker.claimed_job",
        "error.TypeError",
        "job.failed",
    ] {
        assert!(
            timeline.contains(shown),
            "{shown} is missing in\n{timeline}"
        );
    }
    assert!(!timeline.contains('\u{1b}'), "{timeline:?}");
}
