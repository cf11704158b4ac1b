mod alerts;
mod alone;
mod collectors;
mod services;

use std::sync::Arc;

use super::Verdict::{Fail, Ok, Warn};
use super::*;
use crate::event::{EntryId, Id, Millis, Origin};

fn now() -> Millis {
    Millis::clamped(1_760_000_000_000)
}

fn event(service: &str, skew_ms: i64, age_ms: i64) -> crate::Event {
    let arrived = now().plus(-age_ms);
    let mut event = crate::Event {
        timestamp: arrived.plus(skew_ms),
        service: service.to_owned(),
        event_type: "server.ready".to_owned(),
        origin: Some(Origin {
            stream: Arc::from("emp:events"),
            entry: Some(EntryId {
                ms: u64::try_from(arrived.get()).expect("a time"),
                seq: 0,
            }),
        }),
        ..crate::Event::default()
    };
    event.ids.set(Id::Trace, "8d12404289e478577467c87b7b93f785");
    event
}

fn traffic(events: impl IntoIterator<Item = crate::Event>) -> Traffic {
    let mut traffic = Traffic::new(now(), now().plus(-3_600_000));
    events.into_iter().for_each(|event| traffic.event(&event));
    traffic
}

fn stream() -> Stream {
    Stream {
        name: "emp:events".to_owned(),
        held: Held::Stream,
        length: 5_000,
        cap: Some(10_000),
        max_age_ms: Some(86_400_000),
        memory: Some(1_000_000),
        oldest: Some(now().plus(-7_200_000)),
        newest: Some(now().plus(-2_000)),
        groups: Vec::new(),
    }
}

fn reached(server: Server) -> Redis {
    Redis::Reached {
        address: "redis://127.0.0.1:1".to_owned(),
        server,
    }
}

fn facts() -> Facts {
    let server = Server {
        version: Some("Redis 7.0.15".to_owned()),
        used_memory: Some(50),
        max_memory: Some(100),
        eviction_policy: Some("noeviction".to_owned()),
        persistence: Some(Persistence {
            append_only: true,
            ..Persistence::default()
        }),
    };
    Facts {
        now: now(),
        redis: reached(server),
        streams: vec![stream()],
        ..Facts::default()
    }
}

fn verdicts(facts: &Facts, traffic: &Traffic, name: &str) -> Vec<Verdict> {
    let checks = assess(facts, traffic).checks.into_iter();
    checks
        .filter(|check| check.name == name)
        .map(|check| check.verdict)
        .collect()
}

/// The verdict of the one check of this name, after a change to the facts.
fn verdict(name: &str, change: impl FnOnce(&mut Facts)) -> Verdict {
    let mut facts = facts();
    change(&mut facts);
    let verdicts = verdicts(&facts, &traffic([]), name);
    assert_eq!(verdicts.len(), 1, "{name}");
    verdicts[0]
}

fn with_server(name: &str, change: impl FnOnce(&mut Server)) -> Verdict {
    verdict(name, |facts| {
        if let Redis::Reached { server, .. } = &mut facts.redis {
            change(server);
        }
    })
}

#[test]
fn a_sound_system_is_well_and_unknown_is_no_fault() {
    let report = assess(&facts(), &traffic([event("worker", -2, 1_000)]));
    assert_eq!(report.verdict, Ok, "{report:#?}");
    let unknown = Facts {
        redis: reached(Server::default()),
        streams: vec![Stream {
            held: Held::Stream,
            ..Stream::default()
        }],
        ..facts()
    };
    assert_eq!(assess(&unknown, &traffic([])).verdict, Ok);
}

#[test]
fn an_unreachable_server_fails_and_the_rest_is_still_told() {
    let mut facts = facts();
    facts.redis = Redis::Unreachable {
        address: "a".to_owned(),
        trouble: Trouble {
            reason: "refused".to_owned(),
            hint: "ask".to_owned(),
        },
    };
    facts.streams.clear();
    facts.journal = Some(Backlog {
        count: 3,
        oldest: Some(now().plus(-60_000)),
        dropped: 0,
    });
    let report = assess(&facts, &traffic([event("worker", 0, 1_000)]));
    assert_eq!(report.verdict, Fail);
    let told: Vec<_> = report
        .checks
        .iter()
        .map(|check| (check.name, check.verdict))
        .collect();
    assert_eq!(
        told,
        [
            ("server", Fail),
            ("service", Ok),
            ("rules", Ok),
            ("backlog", Warn)
        ]
    );
}

#[test]
fn memory_is_judged_by_its_share() {
    for (used, expected) in [(80, Ok), (81, Warn), (95, Warn), (96, Fail), (200, Fail)] {
        assert_eq!(
            with_server("memory", |server| server.used_memory = Some(used)),
            expected
        );
    }
    assert_eq!(
        with_server("memory", |server| server.max_memory = Some(0)),
        Ok
    );
}

#[test]
fn only_policies_that_take_streams_are_doubtful() {
    for (policy, expected) in [
        ("noeviction", Ok),
        ("volatile-lru", Ok),
        ("allkeys-lru", Warn),
        ("allkeys-random", Warn),
    ] {
        let policy = Some(policy.to_owned());
        assert_eq!(
            with_server("eviction", |server| server.eviction_policy = policy),
            expected
        );
    }
}

#[test]
fn no_persistence_is_doubtful() {
    let with = |append_only, snapshots, failing| {
        let how = Persistence {
            append_only,
            snapshots,
            failing,
        };
        with_server("persistence", |server| server.persistence = Some(how))
    };
    assert_eq!(with(false, Some(false), false), Warn);
    assert_eq!(with(false, Some(true), false), Ok);
    assert_eq!(with(false, None, false), Ok);
    assert_eq!(with(true, Some(false), false), Ok);
    assert_eq!(with(true, Some(true), true), Warn);
}

#[test]
fn a_full_stream_is_normal_unless_it_reaches_back_too_little() {
    let with = |length, oldest_ms: i64, max_age_ms| {
        verdict("age", |facts| {
            facts.streams[0].length = length;
            facts.streams[0].oldest = Some(now().plus(-oldest_ms));
            facts.streams[0].max_age_ms = max_age_ms;
        })
    };
    assert_eq!(with(10_000, 7_200_000, None), Ok);
    assert_eq!(with(10_000, 720_000, None), Warn);
    assert_eq!(with(100, 720_000, None), Ok);
    assert_eq!(with(10_000, 720_000, Some(600_000)), Ok);
}

#[test]
fn a_stream_beyond_its_cap_is_not_trimmed() {
    let with = |length| verdict("length", |facts| facts.streams[0].length = length);
    assert_eq!([10_100, 15_000, 15_001].map(with), [Ok, Ok, Warn]);
    // A small cap has room for a few nodes.
    let small = verdict("length", |facts| {
        facts.streams[0].length = 300;
        facts.streams[0].cap = Some(100);
    });
    assert_eq!(small, Ok);
}

#[test]
fn a_missing_stream_is_odd_only_when_all_are() {
    let mut facts = facts();
    facts.streams.push(Stream {
        name: "emp:errors".to_owned(),
        ..Stream::default()
    });
    assert_eq!(verdicts(&facts, &traffic([]), "length"), [Ok, Ok]);
    facts.streams[0].held = Held::Nothing;
    assert_eq!(verdicts(&facts, &traffic([]), "length"), [Warn, Warn]);
    // It may have been there, where streams are evicted.
    for (policy, message) in [
        ("noeviction", "not there: nothing was ever written to it"),
        ("allkeys-lru", "not there"),
    ] {
        facts.redis = reached(Server {
            eviction_policy: Some(policy.to_owned()),
            ..Server::default()
        });
        let report = assess(&facts, &traffic([]));
        let mut lengths = report.checks.iter().filter(|check| check.name == "length");
        assert!(lengths.all(|check| check.message == message), "{report:#?}");
    }
}

#[test]
fn what_cannot_be_read_fails_and_the_rest_stands() {
    let mut facts = facts();
    facts.streams.push(Stream {
        name: "emp:errors".to_owned(),
        held: Held::Other,
        ..Stream::default()
    });
    facts.unread = Some(Trouble {
        reason: "NOPERM".to_owned(),
        hint: "ask".to_owned(),
    });
    assert_eq!(verdicts(&facts, &traffic([]), "length"), [Ok, Fail]);
    assert_eq!(verdicts(&facts, &traffic([]), "events"), [Fail]);
    // Where one name is taken, the other stream is not the only one that is missing.
    facts.streams[0].held = Held::Nothing;
    assert_eq!(verdicts(&facts, &traffic([]), "length"), [Ok, Fail]);
}

#[test]
fn groups_are_judged_by_lag_and_dead_consumers() {
    let with = |lag, pending, consumers: &[(u64, i64)]| {
        let consumers = consumers.iter().map(|(pending, idle_ms)| Consumer {
            name: "c".to_owned(),
            pending: *pending,
            idle_ms: *idle_ms,
        });
        let group = Group {
            name: "g".to_owned(),
            pending,
            lag,
            consumers: consumers.collect(),
        };
        verdict("group", |facts| facts.streams[0].groups = vec![group])
    };
    let alive = [(3, 100)];
    assert_eq!(with(Some(1_000), 3, &alive), Ok);
    assert_eq!(with(None, 3, &alive), Ok);
    assert_eq!(with(Some(1_001), 3, &alive), Warn);
    assert_eq!(with(Some(5_000), 3, &alive), Warn);
    assert_eq!(with(Some(5_001), 3, &alive), Fail);
    assert_eq!(with(Some(0), 3, &[(3, 300_000)]), Warn);
    assert_eq!(with(Some(0), 0, &[(0, 300_000)]), Ok);
    assert_eq!(with(Some(0), 3, &[]), Warn);
    let mut facts = facts();
    facts.streams[0].groups = vec![Group {
        name: "g".to_owned(),
        lag: None,
        ..Group::default()
    }];
    let report = assess(&facts, &traffic([]));
    let group = report
        .checks
        .iter()
        .find(|check| check.name == "group")
        .expect("a group");
    assert_eq!(group.message, "g: lag unknown, 0 pending, 0 consumers");
    assert_eq!(group.facts["lag"], Value::Null);
}

#[test]
fn a_backlog_is_odd_unless_nobody_asked_for_redis() {
    let backlog = |count, dropped| Backlog {
        count,
        oldest: None,
        dropped,
    };
    let with = |count, redis: Option<Redis>| {
        verdict("backlog", |facts| {
            facts.journal = Some(backlog(count, 0));
            facts.redis = redis.unwrap_or(facts.redis.clone());
        })
    };
    let away = Redis::Unreachable {
        address: "a".to_owned(),
        trouble: Trouble::default(),
    };
    assert_eq!(with(0, None), Ok);
    assert_eq!(with(1, None), Warn);
    assert_eq!(with(1, Some(away)), Warn);
    assert_eq!(with(1, Some(Redis::NotAsked)), Ok);
    assert_eq!(verdicts(&facts(), &traffic([]), "backlog"), []);

    let mut facts = facts();
    facts.journal = Some(backlog(0, 1234));
    let report = assess(&facts, &traffic([event("worker", 0, 1_000)]));
    let check = report.checks.last().expect("the journal's");
    assert_eq!(check.message, "empty; it was full and dropped 1,234");
}

#[test]
fn the_report_is_data_too() {
    let report = assess(&facts(), &traffic([]));
    let json = serde_json::to_value(&report).expect("json");
    assert_eq!(json["verdict"], "ok");
    assert_eq!(json["checks"][1]["message"], "50 B of 100 B used (50 %)");
    let facts = serde_json::json!({"usedMemory": 50, "maxMemory": 100});
    assert_eq!(json["checks"][1]["facts"], facts);
}
