//! What a call of `EventClient` costs its caller: with Redis up, refusing, and taking connections
//! without ever answering.
//!
//! `cargo bench --bench client` prints percentiles of single calls, then what three events a
//! request cost a loop of requests, then Criterion's means.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench is run by hand, and prints what it finds"
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
    println!(
        "{name:10} p50 {:?}  p90 {:?}  p99 {:?}  p99.9 {:?}  max {:?}  flushed {flushed}  {:?}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0),
        client.stats()
    );
}

/// The work of one request.
fn request(turns: u64) -> u64 {
    (0..turns).fold(black_box(1), |sum: u64, turn| {
        black_box(
            sum.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(turn),
        )
    })
}

fn requests(name: &str, client: &EventClient) {
    for (turns, count) in [(100_000, 50), (1_000_000, 5)] {
        let round = |events: bool| {
            let start = Instant::now();
            for number in 0..count {
                black_box(request(turns));
                if events {
                    client.event("request.received", payload(number));
                    client.job_event("job_123", "job.claimed", payload(number));
                    client.event("request.completed", payload(number));
                }
            }
            start.elapsed()
        };
        // In pairs, so that what else the machine does falls on both sides alike.
        let mut pairs: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let without = round(false);
                (round(true).as_secs_f64() / without.as_secs_f64(), without)
            })
            .collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, without) = pairs[ROUNDS / 2];
        let each = without / u32::try_from(count).unwrap_or(1);
        let more = (ratio - 1.0) * 100.0;
        println!("{name:10} requests of {each:?}: {more:+.2} % with three events each");
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
