//! A backend that is away while far more passes than the stream holds. `EMP_TEST_AWAY` names
//! another number of events than 40,000.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;

use super::{Collector, QUIET};
use crate::support::otlp::{Receiver, Reply, Taken};
use crate::support::{Sandbox, TestRedis, let_pass, wait_within};

/// Events a second.
const RATE: i64 = 5000;
/// Entries that the stream keeps.
const CAP: i64 = 10_000;
/// One of so many events is an error.
const ERROR: i64 = 10;

fn total() -> i64 {
    let given = std::env::var("EMP_TEST_AWAY").ok();
    given.map_or(40_000, |text| text.parse().expect("a number"))
}

/// How many entries the group was not given yet.
fn unread(link: &mut redis::Connection) -> i64 {
    type Info = std::collections::HashMap<String, redis::Value>;
    let number = |info: &Info, name: &str| match info.get(name) {
        Some(redis::Value::Int(number)) => *number,
        _ => 0,
    };
    let info = |link: &mut redis::Connection, what: &str| {
        let mut ask = redis::cmd("XINFO");
        ask.arg(what).arg("emp:events").to_owned().query(link)
    };
    let stream: redis::Value = info(link, "STREAM").expect("a stream");
    let groups: redis::Value = info(link, "GROUPS").expect("groups");
    let stream: Info = redis::from_redis_value(stream).expect("fields");
    let groups: Vec<Info> = redis::from_redis_value(groups).expect("groups");
    let read = groups
        .first()
        .map_or(0, |group| number(group, "entries-read"));
    number(&stream, "entries-added") - read
}

/// Adds events at a steady pace, as emitters do that cap the stream; slower where a busy machine lets
/// the collector fall behind, for what is trimmed unread is another test's affair.
fn emit(redis: &TestRedis, total: i64) {
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut link = client.get_connection().expect("a connection");
    let (start, mut number) = (Instant::now(), 0);
    while number < total {
        let due = i64::try_from(start.elapsed().as_millis()).expect("a number") * RATE / 1000;
        let due = due.min(number + CAP / 4);
        let mut pipe = redis::pipe();
        for number in number..due.min(total) {
            let level = if number % ERROR == 0 { "error" } else { "info" };
            pipe.cmd("XADD").arg("emp:events").arg("MAXLEN").arg("~");
            pipe.arg(CAP).arg("*");
            pipe.arg("eventType").arg("job.progress_updated");
            pipe.arg("level").arg(level);
            pipe.arg("data")
                .arg(format!(r#"{{"n":{number}}}"#))
                .ignore();
        }
        if unread(&mut link) > CAP / 2 {
            let_pass(Duration::from_millis(10));
            continue;
        }
        if due.min(total) > number {
            pipe.query::<()>(&mut link).expect("added");
            number = due.min(total);
        }
        let_pass(Duration::from_millis(10));
    }
}

/// Numbers of the events in a request.
fn numbers(taken: &Taken) -> Vec<i64> {
    let request = ExportLogsServiceRequest::decode(&*taken.message).expect("a message");
    let scopes = request.resource_logs.into_iter();
    let scopes = scopes.flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    let number = |record: opentelemetry_proto::tonic::logs::v1::LogRecord| {
        let value = record.attributes.iter().find(|pair| pair.key == "data.n");
        match value.and_then(|pair| pair.value.as_ref()?.value.as_ref()) {
            Some(Value::IntValue(number)) => Some(*number),
            _ => None,
        }
    };
    records.filter_map(number).collect()
}

/// What the collector says of its output, in Redis.
fn told(redis: &TestRedis) -> Option<serde_json::Value> {
    let keys: Vec<String> = redis.run(&["KEYS", "emp:collector:*:seen:one"]);
    let words: String = redis.run(&["GET", keys.first()?]);
    let report: serde_json::Value = serde_json::from_str(&words).expect("JSON");
    Some(report)
}

struct Outcome {
    arrived: BTreeSet<i64>,
    dropped: i64,
    dropped_errors: i64,
    missed: i64,
}

/// Lets events pass while the backend is away, brings it back, and waits until all is told.
fn away(total: i64, spool_size: &str) -> Outcome {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let settings = format!("[collect]\nbatch_delay = \"200ms\"\n{QUIET}");
    sandbox.write("emp.toml", settings);
    let port = {
        let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
        gone.local_addr().expect("an address").port()
    };
    let url = format!("http://127.0.0.1:{port}");
    let args = [
        "--file",
        "none",
        "--otlp-endpoint",
        &url,
        "--otlp-signals",
        "logs",
        "--spool-size",
        spool_size,
    ];
    let collector = Collector::start(&sandbox, "one", &args);
    // The other stream's may be there first.
    let made = "emp:events: made the consumer group";
    collector.running.wait_for_error(made);
    emit(&redis, total);
    let arrived = Arc::<Mutex<BTreeSet<i64>>>::default();
    let keep = Arc::clone(&arrived);
    let receiver = Receiver::start_deciding_at(port, move |taken| {
        keep.lock().expect("a lock").extend(numbers(taken));
        Reply::Message(Vec::new())
    });
    let report = wait_for_progress(&arrived, || {
        let report = told(&redis)?;
        let output = &report["outputs"][0];
        let lag: i64 = report["streams"]
            .as_array()?
            .iter()
            .filter_map(|one| one["lag"].as_i64())
            .sum();
        let left = ["queued", "spooled"].map(|name| output[name].as_i64().unwrap_or(1));
        let has = i64::try_from(arrived.lock().expect("a lock").len()).expect("a number");
        let dropped = output["dropped"].as_i64()?;
        let missed: i64 = report["streams"]
            .as_array()?
            .iter()
            .filter_map(|one| one["missed"].as_i64())
            .sum();
        let done = left == [0, 0] && lag == 0 && has + dropped + missed >= total;
        done.then_some(report)
    });
    drop(receiver);
    let (said, code) = collector.stop();
    assert_eq!(code, Some(0), "{said}");
    let number = |value: &serde_json::Value| value.as_i64().expect("a number");
    Outcome {
        dropped: number(&report["outputs"][0]["dropped"]),
        dropped_errors: number(&report["outputs"][0]["droppedErrors"]),
        missed: report["streams"]
            .as_array()
            .expect("streams")
            .iter()
            .map(|one| number(&one["missed"]))
            .sum(),
        arrived: arrived.lock().expect("a lock").clone(),
    }
}

/// Longer than the longest pause between two attempts, which is 37.5 s.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits for an answer as long as something arrives.
fn wait_for_progress<T>(arrived: &Mutex<BTreeSet<i64>>, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        let before = arrived.lock().expect("a lock").len();
        let mut answer = None;
        wait_within(PATIENCE, "more to arrive, or the end", || {
            answer = look();
            (answer.is_some() || arrived.lock().expect("a lock").len() > before).then_some(())
        });
        if let Some(answer) = answer {
            return answer;
        }
    }
}

#[test]
fn all_of_it_arrives_when_the_backend_is_back() {
    let total = total();
    let outcome = away(total, "500MB");
    assert_eq!((outcome.dropped, outcome.missed), (0, 0));
    assert_eq!(outcome.arrived, (0..total).collect());
}

#[test]
fn a_spool_that_is_too_small_drops_what_it_says_and_no_error() {
    let total = total();
    // Room for every error and for a part of the rest.
    let outcome = away(total, &format!("{}B", total * 75));
    let arrived = i64::try_from(outcome.arrived.len()).expect("a number");
    assert!(outcome.dropped > total / 10, "{} dropped", outcome.dropped);
    assert_eq!((outcome.dropped_errors, outcome.missed), (0, 0));
    assert_eq!(arrived + outcome.dropped, total);
    let missing: Vec<i64> = (0..total)
        .filter(|number| !outcome.arrived.contains(number))
        .collect();
    assert!(missing.iter().all(|number| number % ERROR != 0));
}
