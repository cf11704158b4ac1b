use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::event::{EntryId, Event, Id, Millis, Origin};
use crate::query::health::{
    Backlog, Consumer, Facts, Group, Held, Persistence, Redis, Server, Stream, Traffic, Trouble,
    assess,
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

    emp:errors
      ✓ length       not there

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

    unhealthy: 2 failures, 6 warnings
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

    emp:errors
      ok   length       not there

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

    unhealthy: 2 failures, 6 warnings
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
