//! Events as emp and anybody else writes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use emp_cli::event::{Data, EntryId, Event, Id, Level, Millis, event_id_at, wire};
use emp_cli::store::redis::{Target, Writer};

use super::{ERRORS, EVENTS, Random};
use crate::support::TestRedis;

/// Entries with ids of the test's own, a day of them.
const PLACED: u64 = 210;
/// Entries that the server names.
const WRITTEN: i64 = 90;

const DAY: i64 = 24 * 60 * 60 * 1000;

pub(super) const JOBS: [&str; 8] = [
    "job_1", "job_12", "job_123", "job_2", "JOB_2", "job*x", "作業_7", "j\"o\\b",
];
pub(super) const SERVICES: [&str; 6] = [
    "api-server",
    "worker",
    "machine",
    "webhook-service",
    "Ünïcode",
    "a b",
];
pub(super) const TYPES: [&str; 9] = [
    "job.created",
    "job.claimed",
    "job.completed",
    "job.failed",
    "worker.progress_updated",
    "error.TimeoutError",
    "error.TypeError",
    "websocket.connected",
    "weird type",
];
const DATA: [&str; 16] = [
    r#"{"durationMs":1500,"message":"out of memory","ok":true}"#,
    r#"{"durationMs":"90","retry":null,"tags":["gpu","a100"],"n":5}"#,
    r#"{"jobId":"job_12","workerId":"w-2","message":"Out Of Memory: CUDA"}"#,
    r#"{"job_id":"job_123","user_id":42,"nested":{"deep":{"x":1.5}}}"#,
    r#"{"jobId":7,"message":"caf\u00e9 \"quoted\" \\ back\/slash"}"#,
    "{ \"message\" : \"line\\none\\ttab\",\n \"size\" : \"12KB\" }",
    r#"{"message":"héllo wörld 作業","stack":"Error: x\n    at y (z.js:1:2)"}"#,
    r#"{"a":1,"a":2,"big":12345678901234567890123,"f":1e400}"#,
    r#"{"e":"\ud800","z":"\u0000","bell":"\u001b[31m"}"#,
    r#"{"message":"\u006fut of memory","k\u0065y":"v"}"#,
    r#"{"broken": "#,
    "plain text out of memory",
    "[1,2,3]",
    "\"text\"",
    "null",
    "",
];

/// Adds events and reads them back as the server holds them, oldest entry first.
pub(super) fn add(random: &mut Random, now: Millis, redis: &TestRedis) -> Vec<Event> {
    place(random, now, redis);
    write(random, now, redis);
    let mut events: Vec<Event> = [EVENTS, ERRORS]
        .iter()
        .flat_map(|name| {
            let stream = Arc::from(*name);
            let entries: Vec<(String, Vec<Vec<u8>>)> = redis.run(&["XRANGE", name, "-", "+"]);
            entries.into_iter().map(move |(id, fields)| {
                let pairs = fields.chunks(2).map(|pair| (&pair[0][..], &pair[1][..]));
                wire::decode(&stream, id.parse().expect("an id"), pairs)
            })
        })
        .collect();
    events.sort_by_key(Event::entry);
    assert!(events.len() == 300, "{}", events.len());
    events
}

/// As any client does it: fields left out, texts for numbers, ids within `data`.
fn place(random: &mut Random, now: Millis, redis: &TestRedis) {
    let begin = now.get() - DAY;
    for seq in 0..PLACED {
        // Several in the same millisecond; the sequence alone puts them in order.
        let ms = begin + i64::try_from(seq / 3 * 3).expect("small") * DAY / 213;
        let id = EntryId {
            ms: ms.unsigned_abs(),
            seq,
        }
        .to_string();
        let name = if random.one_in(4) { ERRORS } else { EVENTS };
        let stamp = stamp(random, ms);
        let mut fields: Vec<(&str, String)> = Vec::new();
        match random.below(8) {
            0 => {}
            1 => fields.push(("timestamp", Millis::clamped(stamp).to_string())),
            2 => fields.push(("timestamp", "soon".to_owned())),
            3 => fields.push(("timestamp", format!("{}", stamp / 1000))),
            _ => fields.push(("timestamp", stamp.to_string())),
        }
        let mut maybe = |odds, name, values: &[&str]| {
            if !random.one_in(odds) {
                fields.push((name, random.pick(values).to_owned()));
            }
        };
        maybe(6, "service", &SERVICES);
        maybe(9, "eventType", &TYPES);
        maybe(2, "jobId", &JOBS);
        maybe(3, "data", &DATA);
        let odd = |random: &mut Random| random.one_in(3);
        if odd(random) {
            fields.push((
                "level",
                random
                    .pick(&["error", "WARN", "notice", "debug"])
                    .to_owned(),
            ));
        }
        if odd(random) {
            fields.push(("workerId", random.pick(&["w-1", "w-2", ""]).to_owned()));
        }
        if odd(random) {
            fields.push(("traceId", format!("{:032x}", random.below(5))));
        }
        if odd(random) {
            fields.push((
                "tenant",
                random.pick(&["acme", "Ümlaut", "5", "x\"y"]).to_owned(),
            ));
        }
        if random.one_in(9) {
            fields.push(("v", random.pick(&["1", "2", "two"]).to_owned()));
        }
        if random.one_in(12) {
            fields.push(("jobId", "again".to_owned()));
        }
        if fields.is_empty() {
            fields.push(("x", "1".to_owned()));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        redis.add_at(name, &id, &fields);
    }
}

/// The emitter's clock, which lags at will, and runs ahead by less than the margin.
fn stamp(random: &mut Random, ms: i64) -> i64 {
    match random.below(6) {
        0 => ms - i64::try_from(random.below(3 * 3_600_000)).expect("small"),
        1 => ms + i64::try_from(random.below(3_500_000)).expect("small"),
        _ => ms,
    }
}

/// As emp does it; some of them twice, as after an answer that did not come.
fn write(random: &mut Random, now: Millis, redis: &TestRedis) {
    let target = Target::parse(&redis.url(), None).expect("an address");
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut writer = Writer::connect(&target, Duration::from_secs(5)).expect("a connection");
    let mut sent: Vec<Event> = Vec::new();
    for number in 0..WRITTEN {
        // Server ids of two streams may be the same, so each event has a time of its own.
        let timestamp = now.plus(-2 * number * 1000 + 1);
        let event = Event {
            timestamp,
            service: random.pick(&SERVICES).to_owned(),
            event_type: random.pick(&TYPES[..8]).to_owned(),
            level: (!random.one_in(2)).then_some(Level::Warn),
            data: Data::from_wire(random.pick(&DATA)),
            event_id: Some(event_id_at(timestamp)),
            version: Some(1),
            ..Event::default()
        };
        let event = match random.below(4) {
            0 if !sent.is_empty() => {
                let again = random.below(sent.len() as u64);
                sent[usize::try_from(again).expect("an index")].clone()
            }
            _ => {
                let mut event = event;
                event.ids.set(Id::Job, random.pick(&JOBS));
                event.ids.set(Id::Machine, random.pick(&["gpu-1", "gpu-2"]));
                event
            }
        };
        let stream = if event.is_error_event() {
            ERRORS
        } else {
            EVENTS
        };
        let added = writer
            .add(&[(stream, None, &event)], deadline)
            .expect("an answer");
        added[0].as_ref().expect("added");
        sent.push(event);
    }
}
