//! The collector at its worst: three of them, each killed again and again, a Redis that dies, and
//! a backend that refuses, hangs and lies. `EMP_TEST_COLLECT` names another number of events than
//! 20,000, `EMP_TEST_SEED` another course of things.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;

use super::{Collector, QUIET, all_acknowledged, events_in};
use crate::support::otlp::{Receiver, Reply, Taken};
use crate::support::{Sandbox, TestRedis, let_pass, wait_for};

const COLLECTORS: usize = 3;
const KILLS: usize = 5;
/// Events of one job.
const JOB: i64 = 10;
/// Events a second.
const RATE: i64 = 1000;
/// One of so many events is one that the backend refuses for good.
const POISON: i64 = 2000;

/// How the backend answers.
const MODES: [&str; 6] = ["up", "silent", "429", "503", "400", "half"];

/// What the backend has taken.
#[derive(Default)]
struct Held {
    /// How often each event came, by its number.
    logs: BTreeMap<i64, usize>,
    /// Trace ids of root spans, and how often they came.
    roots: BTreeMap<Vec<u8>, usize>,
    /// Spans with the parents they name.
    spans: BTreeMap<Vec<u8>, Vec<u8>>,
}

struct Backend {
    receiver: Receiver,
    mode: Arc<AtomicU8>,
    held: Arc<Mutex<Held>>,
}

impl Backend {
    fn start() -> Self {
        let (mode, held) = (Arc::<AtomicU8>::default(), Arc::<Mutex<Held>>::default());
        let (asked, keep) = (Arc::clone(&mode), Arc::clone(&held));
        let receiver = Receiver::start_deciding(move |taken| {
            match MODES[usize::from(asked.load(Ordering::SeqCst))] {
                "up" => take(taken, &mut keep.lock().expect("a lock")),
                "silent" => Reply::Silence,
                "half" => Reply::Half,
                "429" => Reply::Http(429, vec![("retry-after", "1".to_owned())], Vec::new()),
                status => Reply::Http(status.parse().expect("a status"), Vec::new(), Vec::new()),
            }
        });
        Self {
            receiver,
            mode,
            held,
        }
    }

    fn set(&self, mode: usize) {
        let mode = u8::try_from(mode).expect("a small number");
        self.mode.store(mode, Ordering::SeqCst);
    }
}

/// Takes a request whole, or refuses it whole for the poison in it.
fn take(taken: &Taken, held: &mut Held) -> Reply {
    let done = Reply::Message(Vec::new());
    if taken.path.ends_with("/traces") {
        let request = ExportTraceServiceRequest::decode(&*taken.message).expect("a message");
        let scopes = request.resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            if span.parent_span_id.is_empty() {
                *held.roots.entry(span.trace_id).or_default() += 1;
            }
            held.spans.insert(span.span_id, span.parent_span_id);
        }
        return done;
    }
    let request = ExportLogsServiceRequest::decode(&*taken.message).expect("a message");
    let scopes = request.resource_logs.into_iter();
    let scopes = scopes.flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    let numbers: Vec<i64> = records
        .map(|record| {
            let value = record.attributes.iter().find(|pair| pair.key == "data.n");
            let value = value.and_then(|pair| pair.value.as_ref()?.value.as_ref());
            match value {
                Some(Value::IntValue(number)) => *number,
                other => panic!("an event without a number: {other:?}"),
            }
        })
        .collect();
    if numbers.iter().any(|number| is_poison(*number)) {
        return Reply::Http(400, Vec::new(), Vec::new());
    }
    for number in numbers {
        *held.logs.entry(number).or_default() += 1;
    }
    done
}

fn is_poison(number: i64) -> bool {
    number % POISON == POISON / 2 + 1
}

/// Adds every event at its time: each ten of them are a job from its beginning to its end.
fn emit(socket: &str, gate: &Mutex<()>, total: i64) {
    let url = format!("redis+unix://{socket}");
    let start = Instant::now();
    let mut number = 0;
    while number < total {
        // Redis is away while somebody else is at the gate.
        let _open = gate.lock().expect("a gate");
        let client = redis::Client::open(&*url).expect("an address");
        let mut link = client.get_connection().expect("a connection");
        let due = i64::try_from(start.elapsed().as_millis()).expect("a number") * RATE / 1000;
        let mut pipe = redis::pipe();
        for number in number..due.min(total) {
            queue(&mut pipe, number);
        }
        if due.min(total) > number {
            pipe.query::<()>(&mut link).expect("added");
            number = due.min(total);
        }
        drop(_open);
        let_pass(Duration::from_millis(10));
    }
}

fn queue(pipe: &mut redis::Pipeline, number: i64) {
    let event_type = match number % JOB {
        0 => "job.created",
        1 => "worker.job_claimed",
        9 => "job.completed",
        _ => "job.progress_updated",
    };
    pipe.cmd("XADD").arg("emp:events").arg("*");
    for (name, value) in [
        ("timestamp", (1_790_000_000_000 + number).to_string()),
        ("service", "worker".to_owned()),
        ("eventType", event_type.to_owned()),
        ("jobId", format!("job_{}", number / JOB)),
        ("data", format!(r#"{{"n":{number}}}"#)),
    ] {
        pipe.arg(name).arg(value);
    }
    pipe.ignore();
}

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("a small number")
    }
}

fn start(sandbox: &Sandbox, number: usize, url: &str) -> Collector {
    let name = format!("collector-{number}");
    let args = [
        "--otlp-endpoint",
        url,
        "--otlp-signals",
        "logs,traces",
        "--otlp-timeout",
        "500ms",
        "--claim-idle",
        "6s",
    ];
    Collector::start(sandbox, &name, &args)
}

fn number_of(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn everything_reaches_every_output_whatever_dies() {
    let total = i64::try_from(number_of("EMP_TEST_COLLECT", 20_000)).expect("a number");
    let seed = number_of("EMP_TEST_SEED", 20_261_121);
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut redis = TestRedis::with_args(&args);
    let sandbox = Sandbox::with(&redis);
    let settings =
        "[collect]\nbatch_delay = \"100ms\"\ntrim = false\n[streams]\nevents_max_len = 1000000\n";
    sandbox.write("emp.toml", format!("{settings}{QUIET}"));
    let backend = Backend::start();
    let url = backend.receiver.url();
    let mut dice = Dice(seed | 1);
    let mut collectors: Vec<_> = (0..COLLECTORS)
        .map(|number| start(&sandbox, number, &url))
        .collect();

    // Who is killed when: each of them so often, in an order that the dice give.
    let mut victims: Vec<usize> = (0..COLLECTORS * KILLS)
        .map(|kill| kill % COLLECTORS)
        .collect();
    for last in (1..victims.len()).rev() {
        victims.swap(last, dice.roll(last + 1));
    }
    let (gate, socket) = (Mutex::new(()), redis.socket());
    let restarts = [victims.len() / 3, 2 * victims.len() / 3];
    let milliseconds = usize::try_from(total * 1000 / RATE).expect("a number") / victims.len();
    thread::scope(|scope| {
        let emitter = scope.spawn(|| emit(&socket, &gate, total));
        for (step, victim) in victims.into_iter().enumerate() {
            backend.set(dice.roll(MODES.len()));
            let_pass(Duration::from_millis(dice.roll(2 * milliseconds) as u64));
            collectors.remove(victim).kill9();
            if restarts.contains(&step) {
                let _closed = gate.lock().expect("a gate");
                redis.kill9();
                redis.restart();
            }
            collectors.insert(victim, start(&sandbox, victim, &url));
        }
        emitter.join().expect("all events are added");
    });
    backend.set(0);

    let poison: BTreeSet<i64> = (0..total).filter(|number| is_poison(*number)).collect();
    let wanted = usize::try_from(total).expect("a number") - poison.len();
    let jobs = usize::try_from(total / JOB).expect("a number");
    settle(
        &redis,
        || {
            let held = backend.held.lock().expect("a lock");
            (held.logs.len(), held.roots.len())
        },
        (wanted, jobs),
    );

    let held = backend.held.lock().expect("a lock");
    for (span, parent) in &held.spans {
        let known = parent.is_empty() || held.spans.contains_key(parent);
        assert!(known, "the span {span:x?} has a parent that never came");
    }
    drop(held);
    let dead: Vec<i64> = redis.entries("emp:dead").iter().map(number_in).collect();
    let buried: BTreeSet<i64> = dead.iter().copied().collect();
    assert_eq!(buried, poison, "the dead letters hold exactly the poison");
    for collector in collectors {
        let (said, code) = collector.stop();
        assert_eq!(code, Some(0), "{said}");
    }
    assert!(all_acknowledged(&redis), "nothing is pending");
    let mut filed = BTreeMap::<i64, usize>::new();
    for number in 0..COLLECTORS {
        let file = sandbox
            .work()
            .join(format!("collector-{number}/events.log"));
        assert!(fs::metadata(&file).is_ok());
        for (number, count) in events_in(&file) {
            *filed.entry(number).or_default() += count;
        }
    }
    assert_eq!(filed.len(), usize::try_from(total).expect("a number"));
    let held = backend.held.lock().expect("a lock");
    let repeats = |counts: &mut dyn Iterator<Item = usize>| {
        let (mut all, mut more) = (0, 0);
        for count in counts {
            all += 1;
            more += count - 1;
        }
        format!("{more} of {all}")
    };
    tell(&format!(
        "EMP_TEST_SEED={seed}: repeated in files {}, logs {}, root spans {}, dead letters {}",
        repeats(&mut filed.values().copied()),
        repeats(&mut held.logs.values().copied()),
        repeats(&mut held.roots.values().copied()),
        dead.len() - buried.len(),
    ));
}

#[expect(clippy::print_stdout, reason = "figures for whoever runs it by hand")]
fn tell(text: &str) {
    println!("{text}");
}

fn number_in(entry: &BTreeMap<String, String>) -> i64 {
    let data: serde_json::Value = serde_json::from_str(&entry["data"]).expect("JSON");
    data["n"].as_i64().expect("a number")
}

/// Waits until the backend has what is wanted and nothing is pending, as long as there is progress.
fn settle(redis: &TestRedis, held: impl Fn() -> (usize, usize), wanted: (usize, usize)) {
    let mut last = held();
    while last != wanted || !all_acknowledged(redis) {
        wait_for(&format!("more than {last:?} of {wanted:?}"), || {
            let now = held();
            let done = now == wanted && all_acknowledged(redis);
            (now != last || done).then(|| last = now)
        });
    }
}
