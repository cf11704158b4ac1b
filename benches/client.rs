//! What a call of `EventClient` costs its caller: with Redis up, refusing, and taking connections
//! without ever answering.
//!
//! `cargo bench --bench client` prints percentiles of single calls, then what three events a
//! request cost a loop of requests, then Criterion's means.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its results, and ends where it cannot measure"
)]

use std::hint::black_box;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use emp_cli::EventClient;
use emp_cli::config::{Inputs, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Calls whose time is taken.
const CALLS: usize = 100_000;
/// From one call to the next: 20,000 events a second.
const PACE: Duration = Duration::from_micros(50);
/// Rounds of requests, in turn with and without events.
const ROUNDS: usize = 300;

/// A Redis of the bench's own, ended with it.
struct Server {
    child: Child,
    _folder: TempDir,
    url: String,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("redis.sock");
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server runs");
        let start = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "it answers");
        }
        Self {
            child,
            _folder: folder,
            url: format!("redis+unix://{}", socket.display()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client(url: &str, folder: &TempDir) -> EventClient {
    let flag = |name: &'static str, value: String| (name, "bench", value);
    let journal = folder.path().join("journal.db").display().to_string();
    let settings = Settings::load(&Inputs {
        env: &|_| None,
        folder: Path::new("/"),
        file: None,
        flags: &[
            flag("redis.url", url.to_owned()),
            flag("journal.path", journal),
        ],
    });
    EventClient::with_settings("worker", &settings.expect("settings"))
}

fn payload(number: usize) -> Value {
    json!({ "progress": number % 100, "step": "upload", "bytes": 123_456 })
}

/// Passes the time without giving the processor away.
fn spin_until(at: Instant) {
    while Instant::now() < at {
        std::hint::spin_loop();
    }
}

/// The processor's time of the client's two threads so far, in microseconds.
fn behind() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux");
    let ticks = threads.flatten().filter_map(|thread| {
        let line = std::fs::read_to_string(thread.path().join("stat")).ok()?;
        let (name, rest) = line.split_once(") ")?;
        if !(name.ends_with("(emp-events") || name.ends_with("(emp-sender")) {
            return None;
        }
        // utime and stime; after the name they are the 12th and 13th field.
        let fields: Vec<_> = rest.split(' ').collect();
        Some(fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?)
    });
    // A tick is a hundredth of a second.
    ticks.sum::<u64>() * 10_000
}

fn percentiles(name: &str, client: &EventClient) {
    let mut times = Vec::with_capacity(CALLS);
    let mut next = Instant::now();
    for number in 0..CALLS {
        let data = payload(number);
        let start = Instant::now();
        client.job_event("job_123", "job.progress_updated", data);
        times.push(start.elapsed());
        next += PACE;
        spin_until(next);
    }
    times.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = (times.len() as f64 * share) as usize;
        times[index.min(times.len() - 1)]
    };
    let flushed = client.flush(Duration::from_secs(30));
    let each = behind() / CALLS as u64;
    println!(
        "{name:10} behind the call {each} µs an event  p50 {:?}  p90 {:?}  p99 {:?}  p99.9 {:?}  max {:?}  flushed {flushed}  {:?}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0),
        client.stats()
    );
}

/// The work of one request. Not inlined, or it would be compiled differently for either side.
#[inline(never)]
fn request(turns: u64) -> u64 {
    (0..turns).fold(black_box(1), |sum: u64, turn| {
        black_box(
            sum.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(turn),
        )
    })
}

/// The processor's time of this thread so far: what it pays itself, whatever else the machine does.
fn own() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = line
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    Duration::from_nanos(nanos.expect("a number"))
}

fn requests(name: &str, client: &EventClient) {
    for (turns, count) in [(100_000, 50), (1_000_000, 5)] {
        let round = |events: bool| {
            let (start, paid) = (Instant::now(), own());
            for number in 0..count {
                black_box(request(turns));
                if events {
                    client.event("request.received", payload(number));
                    client.job_event("job_123", "job.claimed", payload(number));
                    client.event("request.completed", payload(number));
                }
            }
            (start.elapsed(), own() - paid)
        };
        // In pairs whose order alternates, so that what else the machine does falls on both sides
        // alike.
        let (mut wall, mut paid, mut alone) = (Vec::new(), Vec::new(), Duration::MAX);
        for pair in 0..ROUNDS {
            let first = round(pair % 2 == 0);
            let second = round(pair % 2 == 1);
            let (with, without) = if pair % 2 == 0 {
                (first, second)
            } else {
                (second, first)
            };
            wall.push(with.0.as_secs_f64() / without.0.as_secs_f64());
            paid.push(with.1.as_secs_f64() / without.1.as_secs_f64());
            alone = alone.min(without.0);
        }
        let more = |ratios: &mut Vec<f64>| {
            ratios.sort_unstable_by(f64::total_cmp);
            (ratios[ratios.len() / 2] - 1.0) * 100.0
        };
        let each = alone / u32::try_from(count).unwrap_or(1);
        println!(
            "{name:10} requests of {each:?} with three events each: {:+.1} % time, {:+.1} % of \
             the caller's processor time",
            more(&mut wall),
            more(&mut paid)
        );
    }
}

fn main() {
    let server = Server::start();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("redis://{}", silent.local_addr().expect("an address"));
    let places = [
        ("up", server.url.as_str()),
        ("refused", "redis://127.0.0.1:1"),
        ("silent", silent.as_str()),
    ];
    for (name, url) in places {
        let folder = tempfile::tempdir().expect("a folder");
        percentiles(name, &client(url, &folder));
    }
    for (name, url) in places {
        let folder = tempfile::tempdir().expect("a folder");
        requests(name, &client(url, &folder));
    }
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for (name, url) in places {
        let folder = tempfile::tempdir().expect("a folder");
        let client = client(url, &folder);
        criterion.bench_function(&format!("event/{name}"), |bench| {
            bench.iter_batched(
                || payload(1),
                |data| client.job_event("job_123", "job.progress_updated", data),
                BatchSize::SmallInput,
            );
        });
    }
    criterion.final_summary();
}
