use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::event::{EntryId, Event, Id, Millis, Origin};
use crate::query::health::{
    Backlog, Collector, Consumer, DeadLetters, Facts, Failure, Group, Held, Output, Persistence,
    Redis, Server, Stream, Traffic, Trouble, assess,
};

/// Keeps what a screen writes.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the page").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn drawn(report: &Report, width: usize, unicode: bool, color: bool) -> String {
    let page = Page::default();
    let mut screen = Screen::to(Box::new(page.clone()), width, unicode, color);
    draw(report, &mut screen).expect("drawn");
    let bytes = page.0.lock().expect("the page").clone();
    String::from_utf8(bytes).expect("text")
}

fn now() -> Millis {
    Millis::clamped(1_760_000_000_000)
}

fn event(service: &str, age_ms: i64, skew_ms: i64) -> Event {
    let arrived = now().plus(-age_ms);
    let mut event = Event {
        timestamp: arrived.plus(skew_ms),
        service: service.to_owned(),
        event_type: "job.created".to_owned(),
        origin: Some(Origin {
            stream: Arc::from("emp:events"),
            entry: Some(EntryId {
                ms: u64::try_from(arrived.get()).expect("a time"),
                seq: 0,
            }),
        }),
        ..Event::default()
    };
    event.ids.set(Id::Trace, "8d12404289e478577467c87b7b93f785");
    event.ids.set(Id::Job, "job_1");
    event
}

fn traffic() -> Traffic {
    let mut traffic = Traffic::new(now(), now().plus(-3_600_000));
    for n in 0..200 {
        traffic.event(&event("api-server", n * 1_400, -2));
        traffic.event(&event("worker", n * 1_400, 4_200));
    }
    traffic
}

fn collectors() -> Vec<Collector> {
    let output = |name: &str| Output {
        name: name.to_owned(),
        delivered: 1_203_004,
        spool_limit: 100_000_000,
        last_success_age_ms: Some(400),
        ..Output::default()
    };
    let failing = Output {
        spooled: 34_000,
        spool_bytes: 61_000_000,
        retries: 71,
        failing_for_ms: Some(720_000),
        last_success_age_ms: Some(720_400),
        last_error: Some(Failure {
            age_ms: 9_000,
            reason: "cannot reach https://otel.example:4317: connection refused".to_owned(),
        }),
        ..output("otlp logs")
    };
    let collector = |name: &str, age_ms| Collector {
        name: name.to_owned(),
        age_ms,
        version: Some("0.1.0".to_owned()),
        uptime_ms: 7_980_000,
        memory: Some(21 << 20),
        events_per_second: 1204.5,
        ..Collector::default()
    };
    vec![
        Collector {
            outputs: vec![output("file"), failing],
            ..collector("node-a", 2_000)
        },
        collector("node-b", 190_000),
    ]
}

fn sick() -> Report {
    let group = Group {
        name: "telemetry-collectors".to_owned(),
        pending: 14,
        lag: Some(1_203),
        consumers: vec![Consumer {
            name: "c-1".to_owned(),
            pending: 14,
            idle_ms: 900_000,
        }],
    };
    let events = Stream {
        name: "emp:events".to_owned(),
        held: Held::Stream,
        length: 9_871,
        cap: Some(10_000),
        max_age_ms: Some(86_400_000),
        memory: Some(2_400_000),
        oldest: Some(now().plus(-720_000)),
        newest: Some(now().plus(-2_000)),
        groups: vec![group],
    };
    let errors = Stream {
        name: "emp:errors".to_owned(),
        ..Stream::default()
    };
    let server = Server {
        version: Some("Redis 7.0.15".to_owned()),
        used_memory: Some(96 << 20),
        max_memory: Some(100 << 20),
        eviction_policy: Some("allkeys-lru".to_owned()),
        persistence: Some(Persistence {
            snapshots: Some(false),
            ..Persistence::default()
        }),
    };
    let facts = Facts {
        now: now(),
        redis: Redis::Reached {
            address: "redis://127.0.0.1:6379".to_owned(),
            server,
        },
        streams: vec![events, errors],
        journal: Some(Backlog {
            count: 12,
            oldest: Some(now().plus(-8_000_000)),
            dropped: 0,
        }),
        expected: vec!["machine".to_owned()],
        collectors: collectors(),
        dead_letters: Some(DeadLetters {
            stream: "emp:dead".to_owned(),
            count: 3,
        }),
        ..Facts::default()
    };
    assess(&facts, &traffic())
}

#[test]
fn a_sick_system() {
    insta::assert_snapshot!(drawn(&sick(), 80, true, false), @r"
    redis
      ✓ server       Redis 7.0.15 at redis://127.0.0.1:6379
      ✗ memory       96.0 MiB of 100 MiB used (96 %)
                     → raise maxmemory, or find what grows with `redis-cli
                       --bigkeys`
      ! eviction     allkeys-lru: may delete whole streams when memory is full
                     → set maxmemory-policy to noeviction, or to a volatile- policy
      ! persistence  none: a restart loses every event
                     → `redis-cli CONFIG SET appendonly yes`, and in redis.conf too

    emp:events
      ✓ length       9,871 of about 10,000 entries, 2.29 MiB of memory
      ! age          full, and keeps only 12m (oldest 12m ago, newest 2 s ago)
                     → raise its cap where emitters are configured, or emit less:
                       sample, drop debug events
      ✓ rate         80.0 events/min in the last 5m: api-server 40.0, worker 40.0
      ! group        telemetry-collectors: lag 1,203, 14 pending, 1 consumer (1 idle
                     over 5m)
                     → the reader is slow or gone: does it run?
      ! forecast     trimming overtakes telemetry-collectors in about 102 min: 1,203
                     of 10,000 wait, 1.4 events/s come, 0.0 are read
                     → nobody reads: start a collector (`emp collect`)

    emp:errors
      ✓ length       not there

    collectors
      ✓ collector    node-a: 1,205 events/s, emp 0.1.0, up 2h 13m, 21.0 MiB of
                     memory, told 2 s ago
      ✓ output       node-a file: 1,203,004 delivered, last just now
      ✗ output       node-a otlp logs: nothing gets through for 12m, last 12m ago,
                     34,000 in the spool (61 % of it used), 71 retries: cannot reach
                     https://otel.example:4317: connection refused
                     → events wait in Redis and in the spool; mend the output,
                       nothing else is to do
      ! collector    node-b: gone, last seen 3m 10s ago; others do its work
                     → start it again, or wait: a day after its end it is forgotten
      ! dead         emp:dead: 3 events that an output refused for good
                     → `redis-cli XREVRANGE emp:dead + - COUNT 5` shows the last
                       ones, dead.reason says why; `redis-cli DEL emp:dead` clears
                       it

    services
      ✗ service      machine: no event in the last 1h
                     → expected, but silent for 5m: does it run, does it emit here?
      ✓ service      api-server: 40.0 events/min, last just now, clock in step
      ! service      worker: 40.0 events/min, last just now, clock 4.2 s ahead
                     → set its host's clock (NTP): its events are shown too late

    naming
      ✓ rules        100 % of 400 events meet the naming rules

    journal
      ! backlog      12 events wait for Redis, the oldest for 2h 13m
                     → the next `emp emit` on this machine sends them

    unhealthy: 3 failures, 9 warnings
    ");
}

#[test]
fn in_ascii_and_narrow() {
    insta::assert_snapshot!(drawn(&sick(), 60, false, false), @r"
    redis
      ok   server       Redis 7.0.15 at redis://127.0.0.1:6379
      FAIL memory       96.0 MiB of 100 MiB used (96 %)
                        > raise maxmemory, or find what grows
                          with `redis-cli --bigkeys`
      warn eviction     allkeys-lru: may delete whole streams
                        when memory is full
                        > set maxmemory-policy to noeviction, or
                          to a volatile- policy
      warn persistence  none: a restart loses every event
                        > `redis-cli CONFIG SET appendonly yes`,
                          and in redis.conf too

    emp:events
      ok   length       9,871 of about 10,000 entries, 2.29 MiB
                        of memory
      warn age          full, and keeps only 12m (oldest 12m
                        ago, newest 2 s ago)
                        > raise its cap where emitters are
                          configured, or emit less: sample, drop
                          debug events
      ok   rate         80.0 events/min in the last 5m:
                        api-server 40.0, worker 40.0
      warn group        telemetry-collectors: lag 1,203, 14
                        pending, 1 consumer (1 idle over 5m)
                        > the reader is slow or gone: does it
                          run?
      warn forecast     trimming overtakes telemetry-collectors
                        in about 102 min: 1,203 of 10,000 wait,
                        1.4 events/s come, 0.0 are read
                        > nobody reads: start a collector (`emp
                          collect`)

    emp:errors
      ok   length       not there

    collectors
      ok   collector    node-a: 1,205 events/s, emp 0.1.0, up 2h
                        13m, 21.0 MiB of memory, told 2 s ago
      ok   output       node-a file: 1,203,004 delivered, last
                        just now
      FAIL output       node-a otlp logs: nothing gets through
                        for 12m, last 12m ago, 34,000 in the
                        spool (61 % of it used), 71 retries:
                        cannot reach https://otel.example:4317:
                        connection refused
                        > events wait in Redis and in the spool;
                          mend the output, nothing else is to do
      warn collector    node-b: gone, last seen 3m 10s ago;
                        others do its work
                        > start it again, or wait: a day after
                          its end it is forgotten
      warn dead         emp:dead: 3 events that an output
                        refused for good
                        > `redis-cli XREVRANGE emp:dead + -
                          COUNT 5` shows the last ones,
                          dead.reason says why; `redis-cli DEL
                          emp:dead` clears it

    services
      FAIL service      machine: no event in the last 1h
                        > expected, but silent for 5m: does it
                          run, does it emit here?
      ok   service      api-server: 40.0 events/min, last just
                        now, clock in step
      warn service      worker: 40.0 events/min, last just now,
                        clock 4.2 s ahead
                        > set its host's clock (NTP): its events
                          are shown too late

    naming
      ok   rules        100 % of 400 events meet the naming
                        rules

    journal
      warn backlog      12 events wait for Redis, the oldest for
                        2h 13m
                        > the next `emp emit` on this machine
                          sends them

    unhealthy: 3 failures, 9 warnings
    ");
}

#[test]
fn no_server() {
    let facts = Facts {
        now: now(),
        redis: Redis::Unreachable {
            address: "redis://127.0.0.1:6379".to_owned(),
            trouble: Trouble {
                reason: "cannot reach Redis at redis://127.0.0.1:6379: connection refused"
                    .to_owned(),
                hint: "start Redis, or name another with --url or EMP_URL".to_owned(),
            },
        },
        journal: Some(Backlog::default()),
        ..Facts::default()
    };
    let report = assess(&facts, &Traffic::new(now(), now().plus(-3_600_000)));
    insta::assert_snapshot!(drawn(&report, 80, true, false), @r"
    redis
      ✗ server   cannot reach Redis at redis://127.0.0.1:6379: connection refused
                 → start Redis, or name another with --url or EMP_URL; what follows
                   is from the journal

    naming
      ✓ rules    no events in the last 1h

    journal
      ✓ backlog  empty

    unhealthy: 1 failure
    ");
}

#[test]
fn names_cannot_move_the_terminal_and_lines_keep_to_the_width() {
    let mut traffic = traffic();
    traffic.event(&event(&format!("\u{1b}[2J{}", "x".repeat(200)), 10, 0));
    let facts = Facts {
        now: now(),
        ..Facts::default()
    };
    let report = assess(&facts, &traffic);
    let text = drawn(&report, 60, true, false);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("\\x1b[2Jxxx"), "{text}");
    assert!(text.lines().all(|line| line.width() <= 60), "{text}");
    assert!(drawn(&report, 60, true, true).contains("\u{1b}[32m✓"));
}
