//! Every event as a log record and every job as a trace, at receivers of OTLP. `EMP_TEST_OTLP`
//! names another number of events than 5,000.

mod arrived;
mod printed;
mod received;
mod wanted;

use std::collections::BTreeMap;
use std::time::Instant;

use redis::Value;

use self::arrived::Arrived;
use self::wanted::Wanted;
use super::{Collector, GROUPS, all_acknowledged};
use crate::support::otlp::Receiver;
use crate::support::rotel::Rotel;
use crate::support::{Sandbox, TestRedis, wait_for};

/// The fewest events that the demo makes of one job, on average.
const EVENTS_OF_A_JOB: u64 = 15;

/// Nothing is cut from the streams, and the collector has nothing to add to them.
const SETTINGS: &str = "
[collect]
batch_delay = \"200ms\"
[streams]
events_max_len = 10000000
errors_max_len = 10000000
[[alerts]]
name = \"critical-errors\"
enabled = false
[[alerts]]
name = \"service-failures\"
enabled = false
[[alerts]]
name = \"new-error\"
enabled = false
";

/// A Redis with the demo's events, and what a search finds there.
struct Stage {
    redis: TestRedis,
    sandbox: Sandbox,
    wanted: Wanted,
}

impl Stage {
    fn set() -> Self {
        let given = std::env::var("EMP_TEST_OTLP").ok();
        let events: u64 = given.map_or(5_000, |text| text.parse().expect("a number"));
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        sandbox.write("emp.toml", SETTINGS);
        let jobs = events.div_ceil(EVENTS_OF_A_JOB).to_string();
        sandbox.stdout(&["demo", "--jobs", &jobs]);
        let wanted = Wanted::of(sandbox.found(&["--from", &redis.url()]));
        assert!(wanted.events.len() as u64 >= events, "the demo makes fewer");
        Self {
            redis,
            sandbox,
            wanted,
        }
    }

    /// Collects everything from its beginning to its end.
    fn collect(&self, endpoint: &str, protocol: &str) {
        let begun = Instant::now();
        let more = [
            "--otlp-endpoint",
            endpoint,
            "--otlp-protocol",
            protocol,
            "--otlp-signals",
            "logs,traces",
            // What is acknowledged may still lie in the spool.
            "--shutdown-timeout",
            "10m",
        ];
        let collector = Collector::start(&self.sandbox, "one", &more);
        let mut last = 0;
        while !all_acknowledged(&self.redis) {
            // The deadline is for some progress, not for all of it.
            last = wait_for("more to be acknowledged", || {
                let now = self.acknowledged();
                (now != last || all_acknowledged(&self.redis)).then_some(now)
            });
        }
        let (said, code) = collector.stop();
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("everything is delivered"), "{said}");
        assert!(!said.contains("cannot deliver"), "{said}");
        let events = self.wanted.events.len();
        tell(&format!(
            "{protocol}: {events} events in {:?}",
            begun.elapsed()
        ));
    }

    fn acknowledged(&self) -> i64 {
        let of = |(stream, _)| -> i64 {
            let groups: Vec<BTreeMap<String, Value>> = self.redis.run(&["XINFO", "GROUPS", stream]);
            let number = |group: &BTreeMap<String, Value>, name: &str| match &group[name] {
                Value::Int(number) => *number,
                _ => 0,
            };
            let done = groups
                .iter()
                .map(|group| number(group, "entries-read") - number(group, "pending"));
            done.sum()
        };
        GROUPS.map(of).iter().sum()
    }
}

/// What a real collector prints is counted and compared.
fn rotel_has_it_all(protocol: &str, address: fn(&Rotel) -> String) {
    let Some(rotel) = Rotel::start() else {
        return;
    };
    let stage = Stage::set();
    stage.collect(&address(&rotel), protocol);
    check(&stage, &printed::read(&rotel.end()));
}

fn check(stage: &Stage, arrived: &Arrived) {
    arrived.check_logs(&stage.wanted);
    let repeated = arrived.check_traces(&stage.wanted);
    tell(&format!(
        "{} records, {} spans of {} jobs, {repeated} of them more than once",
        arrived.logs.len(),
        arrived.spans.len() - repeated,
        stage.wanted.ended().count(),
    ));
}

#[expect(clippy::print_stdout, reason = "figures for whoever runs it by hand")]
fn tell(text: &str) {
    println!("{text}");
}

#[test]
fn rotel_has_all_events_and_jobs_over_grpc() {
    rotel_has_it_all("grpc", Rotel::grpc);
}

#[test]
fn rotel_has_all_events_and_jobs_over_http() {
    rotel_has_it_all("http/protobuf", Rotel::http);
}

#[test]
fn every_field_of_every_event_arrives() {
    for protocol in ["grpc", "http/protobuf"] {
        let (stage, receiver) = (Stage::set(), Receiver::start());
        stage.collect(&receiver.url(), protocol);
        let taken = receiver.taken();
        assert!(
            taken.iter().all(received::is_compressed),
            "gzip is the default"
        );
        received::check_fields(&taken, &stage.wanted);
        check(&stage, &received::read(&taken));
    }
}
