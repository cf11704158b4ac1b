//! One stream: what it holds, how far back, who writes to it and who reads it.

use serde_json::json;

use super::collector;
use super::forecast::{Load, overtaken_in_ms};
use super::{
    Check, Facts, Group, Held, Redis, Stream, Traffic, Verdict, ago, number_of, some_of, traffic,
};
use crate::quantity;

/// A stream this much longer than its cap, in per cent, is not trimmed by everybody who writes:
/// `MAXLEN ~` alone keeps a node or so more, which shows only in small streams.
const OVER_CAP_PERCENT: u64 = 150;

/// `MAXLEN ~` may keep this many entries more, a few nodes of the server's default size.
const OVER_CAP_ENTRIES: u64 = 1_000;

/// From this share of its cap on a stream counts as full: what is added pushes the oldest out.
const FULL_PERCENT: u64 = 95;

/// A full stream that reaches back less than an hour has lost a problem before somebody looks.
const SHORT_MEMORY_MS: i64 = 60 * 60 * 1000;

/// More undelivered entries than a reader takes in a few seconds: it has stopped or is too slow.
const LAG_WARN: u64 = 1_000;

/// A consumer that holds entries and has not asked for five minutes is taken for dead.
const IDLE_WARN_MS: i64 = 5 * 60 * 1000;

/// A loss that is further away than a day is no forecast.
const FORESEEN_MS: i64 = 24 * 60 * 60 * 1000;

/// A loss that is nearer than ten minutes leaves no time.
const OVERTAKEN_FAIL_MS: i64 = 10 * 60 * 1000;

/// Names listed in a message; the facts have all.
const SHOWN: usize = 5;

pub(super) fn checks(stream: &Stream, facts: &Facts, traffic: &Traffic) -> Vec<Check> {
    match stream.held {
        Held::Nothing => return vec![missing(stream, facts)],
        Held::Other => return vec![other(stream)],
        Held::Stream => {}
    }
    let mut checks = vec![length(stream), age(stream, facts), rate(stream, traffic)];
    if stream.groups.is_empty() {
        let message = "no consumer group";
        checks.push(Check::ok(
            &stream.name,
            "group",
            message,
            json!({"group": null}),
        ));
    }
    for known in &stream.groups {
        checks.push(group(stream, known));
        checks.extend(overtaking(stream, known, facts, traffic));
    }
    checks
}

/// A stream comes into being with its first entry, so one without errors is as it should be; none
/// at all means that nobody emits. A server that evicts may have had it, though.
fn missing(stream: &Stream, facts: &Facts) -> Check {
    let may_evict = match &facts.redis {
        Redis::Reached { server, .. } => server.may_evict_streams(),
        _ => false,
    };
    let message = match may_evict {
        true => "not there",
        false => "not there: nothing was ever written to it",
    };
    let check = Check::ok(
        &stream.name,
        "length",
        message,
        json!({"length": null, "cap": stream.cap, "memory": null}),
    );
    if facts
        .streams
        .iter()
        .any(|stream| stream.held != Held::Nothing)
    {
        return check;
    }
    check.or(
        Verdict::Warn,
        "`emp emit test.hello` writes a first event; is --url the right server?",
    )
}

fn other(stream: &Stream) -> Check {
    let name = &stream.name;
    let data = json!({"length": null, "cap": stream.cap, "memory": null});
    let hint = format!(
        "no event can be added: `redis-cli TYPE {name}` shows what it holds; delete it, or set \
         another name in emp.toml"
    );
    Check::ok(name, "length", "the key holds no stream", data).or(Verdict::Fail, hint)
}

fn length(stream: &Stream) -> Check {
    let facts = json!({"length": stream.length, "cap": stream.cap, "memory": stream.memory});
    let cap = stream.cap.map_or_else(String::new, |cap| {
        format!(" of about {}", quantity::count(cap))
    });
    let memory = stream.memory.map_or_else(
        || "memory unknown".to_owned(),
        |memory| format!("{} of memory", quantity::bytes(memory)),
    );
    let message = format!("{}{cap} entries, {memory}", quantity::count(stream.length));
    let check = Check::ok(&stream.name, "length", message, facts);
    let limit = |cap: u64| {
        (cap.saturating_mul(OVER_CAP_PERCENT) / 100).max(cap.saturating_add(OVER_CAP_ENTRIES))
    };
    match stream.cap {
        Some(cap) if stream.length > limit(cap) => check.or(
            Verdict::Warn,
            format!(
                "some emitter writes without MAXLEN, or with more than {cap}; if that is meant, say so \
                 here (streams.*_max_len); `redis-cli XTRIM {} MAXLEN '~' {cap}` deletes the oldest",
                stream.name
            ),
        ),
        _ => check,
    }
}

fn age(stream: &Stream, facts: &Facts) -> Check {
    let since = |at: Option<crate::event::Millis>| at.map(|at| facts.now.since(at).max(0));
    let (oldest, newest) = (since(stream.oldest), since(stream.newest));
    let data = json!({"oldestAgeMs": oldest, "newestAgeMs": newest, "maxAgeMs": stream.max_age_ms});
    let check = |message: String| Check::ok(&stream.name, "age", message, data);
    let (Some(oldest), Some(newest)) = (oldest, newest) else {
        let empty = if stream.length == 0 {
            "no entries"
        } else {
            "unknown"
        };
        return check(empty.to_owned());
    };
    let full = stream
        .cap
        .is_some_and(|cap| stream.length >= cap.saturating_mul(FULL_PERCENT) / 100);
    let ages = format!("oldest {}, newest {}", ago(oldest), ago(newest));
    // Shorter than configured is enough where the configured age is itself below an hour.
    let short = SHORT_MEMORY_MS.min(stream.max_age_ms.unwrap_or(i64::MAX));
    if full && oldest < short {
        return check(format!(
            "full, and keeps only {} ({ages})",
            quantity::round(oldest)
        ))
        .or(
            Verdict::Warn,
            "raise its cap where emitters are configured, or emit less: sample, drop debug events",
        );
    }
    check(ages)
}

fn rate(stream: &Stream, traffic: &Traffic) -> Check {
    let window_ms = traffic::RATE_WINDOW_MS.min(traffic.span_ms()).max(1);
    let minutes = quantity::round(window_ms);
    let rates = traffic.rates(&stream.name);
    let mut by_service = serde_json::Map::new();
    let mut texts = Vec::new();
    let mut total = 0;
    for (service, events) in rates {
        total += events;
        by_service.insert(service.to_owned(), json!(per_minute(events, window_ms)));
        let service = if service.is_empty() {
            "(no service)"
        } else {
            service
        };
        texts.push(format!("{service} {:.1}", per_minute(events, window_ms)));
    }
    let facts = json!({"windowMs": window_ms, "eventsPerMinute": per_minute(total, window_ms),
        "byService": by_service});
    let message = if total == 0 {
        format!("no events in the last {minutes}")
    } else {
        let total = per_minute(total, window_ms);
        format!(
            "{total:.1} events/min in the last {minutes}: {}",
            some_of(&texts, SHOWN)
        )
    };
    Check::ok(&stream.name, "rate", message, facts)
}

/// Events a minute, to one decimal.
pub(super) fn per_minute(events: u64, window_ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let rate = events as f64 * 60_000.0 / window_ms.max(1) as f64;
    (rate * 10.0).round() / 10.0
}

/// When trimming overtakes a group, where that is near. How fast a group reads is known where its
/// collectors tell, and where nobody reads; other readers do not tell.
fn overtaking(stream: &Stream, group: &Group, facts: &Facts, traffic: &Traffic) -> Option<Check> {
    let told: Vec<_> = facts
        .collectors
        .iter()
        .filter(|one| one.is_alive())
        .collect();
    let mut consumers = group.consumers.iter();
    let tells = |name: &str| told.iter().any(|one| one.name == name);
    if consumers.any(|one| one.idle_ms < collector::GONE_MS && !tells(&one.name)) {
        return None;
    }
    let readings = told.iter().flat_map(|one| &one.readings);
    let own = readings.filter(|of| of.stream == stream.name && of.group == group.name);
    let told: Vec<f64> = own.map(|of| of.events_per_second).collect();
    let load = Load {
        added_per_second: traffic.added_per_second(&stream.name, stream.oldest),
        // A sum of nothing would be -0.0.
        read_per_second: told.iter().fold(0.0, |sum, rate| sum + rate),
        unread: group.lag?,
        cap: stream.cap?,
    };
    let in_ms = overtaken_in_ms(&load).filter(|in_ms| *in_ms < FORESEEN_MS)?;
    let data = json!({"group": group.name, "overtakenInMs": in_ms, "unread": load.unread,
        "addedPerSecond": load.added_per_second, "readPerSecond": load.read_per_second});
    let when = match in_ms {
        ..1_000 => "now".to_owned(),
        1_000..60_000 => format!("in about {} s", in_ms / 1_000),
        60_000..7_200_000 => format!("in about {} min", in_ms / 60_000),
        _ => format!("in about {} h", in_ms / 3_600_000),
    };
    let message = format!(
        "trimming overtakes {} {when}: {} of {} wait, {} events/s come, {} are read",
        group.name,
        quantity::count(load.unread),
        quantity::count(load.cap),
        collector::rate(load.added_per_second),
        collector::rate(load.read_per_second),
    );
    let verdict = match in_ms {
        ..OVERTAKEN_FAIL_MS => Verdict::Fail,
        _ => Verdict::Warn,
    };
    let hint = match told.is_empty() {
        true => "nobody reads: start a collector (`emp collect`)",
        false => "start another collector, raise streams.*_max_len, or emit less",
    };
    Some(Check::ok(&stream.name, "forecast", message, data).or(verdict, hint))
}

impl Group {
    /// Whether one of its consumers has asked for entries of late.
    fn is_read(&self) -> bool {
        let mut consumers = self.consumers.iter();
        consumers.any(|consumer| consumer.idle_ms < IDLE_WARN_MS)
    }
}

fn group(stream: &Stream, group: &Group) -> Check {
    let stale: Vec<_> = group
        .consumers
        .iter()
        .filter(|consumer| consumer.pending > 0 && consumer.idle_ms >= IDLE_WARN_MS)
        .collect();
    let facts = json!({
        "group": group.name,
        "lag": group.lag,
        "pending": group.pending,
        "consumers": group.consumers.iter().map(|consumer| json!({
            "name": consumer.name, "pending": consumer.pending, "idleMs": consumer.idle_ms,
        })).collect::<Vec<_>>(),
    });
    let idle = group
        .consumers
        .iter()
        .filter(|consumer| consumer.idle_ms >= IDLE_WARN_MS);
    let idle = match idle.count() {
        0 => String::new(),
        idle => format!(" ({idle} idle over {})", quantity::round(IDLE_WARN_MS)),
    };
    let message = format!(
        "{}: lag {}, {} pending, {}{idle}",
        group.name,
        group
            .lag
            .map_or_else(|| "unknown".to_owned(), quantity::count),
        quantity::count(group.pending),
        number_of(group.consumers.len(), "consumer"),
    );
    let check = Check::ok(&stream.name, "group", message, facts);
    let lag = group.lag.unwrap_or(0);
    if stream.cap.is_some_and(|cap| lag > (cap / 2).max(LAG_WARN)) {
        let hint = "more than half the cap: trimming may delete entries before they are read: \
                    does the reader run, is one enough?";
        return check.or(Verdict::Fail, hint);
    }
    if lag > LAG_WARN {
        return check.or(Verdict::Warn, "the reader is slow or gone: does it run?");
    }
    if !stale.is_empty() {
        let names: Vec<_> = stale
            .iter()
            .map(|consumer| {
                let idle = quantity::round(consumer.idle_ms);
                format!(
                    "{} ({} pending, idle for {idle})",
                    consumer.name, consumer.pending
                )
            })
            .collect();
        let hint = format!(
            "gone with entries: {}; `redis-cli XAUTOCLAIM` hands them to another consumer",
            some_of(&names, SHOWN)
        );
        return check.or(Verdict::Warn, hint);
    }
    if lag + group.pending > 0 && !group.is_read() {
        return check.or(
            Verdict::Warn,
            "nobody reads for this group: start its reader, or remove it with `redis-cli XGROUP DESTROY`",
        );
    }
    check
}
