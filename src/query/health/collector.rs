//! The collectors: who runs, who is gone, what does not get through, what was lost.

use serde_json::json;

use super::found::{Collector, DeadLetters, Output, Reading};
use super::{Check, Facts, Verdict, ago, number_of};
use crate::quantity;

/// A collector tells of itself every five seconds; one that is silent for this long is gone.
pub(super) const GONE_MS: i64 = 30 * 1000;

/// An output that has not taken anything for this long is more than a hiccup.
const FAILING_MS: i64 = 60 * 1000;

/// Shares of a spool, in per cent, from which somebody should act, and must.
const SPOOL_WARN_PERCENT: u64 = 50;
const SPOOL_FAIL_PERCENT: u64 = 80;

const SUBJECT: &str = "collectors";

impl Collector {
    /// Whether it was heard of just now.
    pub(crate) fn is_alive(&self) -> bool {
        self.age_ms < GONE_MS
    }

    fn spooled(&self) -> u64 {
        self.outputs.iter().map(|output| output.spooled).sum()
    }
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = Vec::new();
    if facts.collectors.is_empty() {
        checks.extend(nobody(facts));
    }
    for collector in &facts.collectors {
        if !collector.is_alive() {
            checks.push(gone(collector, facts));
            continue;
        }
        checks.push(alive(collector));
        let readings = collector.readings.iter();
        checks.extend(readings.filter_map(|of| reading(collector, of)));
        checks.extend(collector.outputs.iter().map(|of| output(collector, of)));
    }
    checks.extend(facts.dead_letters.as_ref().and_then(dead_letters));
    checks
}

/// Groups that collectors made, and no collector: each went away in good order.
fn nobody(facts: &Facts) -> Option<Check> {
    let own = |(stream, group): &(&super::Stream, &super::Group)| {
        let mut named = facts.groups.iter();
        named.any(|(key, name)| *key == stream.name && *name == group.name)
    };
    let groups = facts.streams.iter().flat_map(|stream| {
        let groups = stream.groups.iter();
        groups.map(move |group| (stream, group))
    });
    let mut left = None;
    for (_, group) in groups.filter(own) {
        *left.get_or_insert(0) += group.pending + group.lag.unwrap_or(0);
    }
    let message = "none runs, though their consumer groups are there";
    let check = |message: String| check("collector", message, json!({"waiting": left}));
    let hint = "start one: `emp collect`";
    Some(match left? {
        0 => check(message.to_owned()).or(Verdict::Warn, hint),
        left => check(format!("{message}; {} in Redis", number_of_waiting(left)))
            .or(Verdict::Fail, hint),
    })
}

pub(super) fn check(name: &'static str, message: String, facts: serde_json::Value) -> Check {
    Check::ok(SUBJECT, name, message, facts)
}

pub(super) fn alive(collector: &Collector) -> Check {
    let Some(version) = &collector.version else {
        let message = format!(
            "{}: alive; what it tells is of another version",
            collector.name
        );
        let hint = "run the same version of emp everywhere";
        return check("collector", message, json!(collector)).or(Verdict::Warn, hint);
    };
    let memory = collector.memory.map_or_else(String::new, |memory| {
        format!(", {} of memory", quantity::bytes(memory))
    });
    let stopping = if collector.stopping { ", stopping" } else { "" };
    let message = format!(
        "{}: {} events/s, emp {version}, up {}{memory}{stopping}, told {}",
        collector.name,
        rate(collector.events_per_second),
        quantity::round(collector.uptime_ms / 1000 * 1000),
        ago(collector.age_ms / 1000 * 1000),
    );
    check("collector", message, json!(collector))
}

/// A clean end takes a collector's name away, so one that is silent was killed, is cut off, or left
/// something undone.
fn gone(collector: &Collector, facts: &Facts) -> Check {
    let what = if collector.stopping {
        "stopped"
    } else {
        "gone"
    };
    let seen = ago(collector.age_ms);
    let message = format!("{}: {what}, last seen {seen}", collector.name);
    let spooled = collector.spooled();
    if spooled > 0 {
        let message = format!(
            "{message}; {} in its spool on disk",
            number_of_waiting(spooled)
        );
        let hint =
            "start it again on its machine, with the same spool: nobody else can deliver them";
        return check("collector", message, json!(collector)).or(Verdict::Fail, hint);
    }
    let groups = || {
        let groups = facts.streams.iter().flat_map(|stream| {
            let named = stream.groups.iter();
            named.map(move |group| (stream, group))
        });
        groups.filter(|(stream, group)| {
            let mut own = collector.readings.iter();
            own.any(|own| own.stream == stream.name && own.group == group.name)
        })
    };
    let is_left = |consumer: &&super::Consumer| consumer.name == collector.name;
    let consumers = groups().flat_map(|(_, group)| &group.consumers);
    let held: u64 = consumers.filter(is_left).map(|one| one.pending).sum();
    let unread: u64 = groups().map(|(_, group)| group.lag.unwrap_or(0)).sum();
    let others = facts.collectors.iter().any(Collector::is_alive);
    let check = |message: String| check("collector", message, json!(collector));
    match (others, held + unread) {
        (false, 0) => check(format!("{message}, and no other collector runs"))
            .or(Verdict::Warn, "start it again: `emp collect`"),
        (false, left) => check(format!(
            "{message}, and no other collector runs; {} in Redis",
            number_of_waiting(left)
        ))
        .or(Verdict::Fail, "start it again: `emp collect`"),
        (true, _) if held > 0 => check(format!("{message}; it holds {}", number_of_events(held)))
            .or(
                Verdict::Warn,
                "another collector takes them over within a minute or two",
            ),
        (true, _) => check(format!("{message}; others do its work")).or(
            Verdict::Warn,
            "start it again, or wait: a day after its end it is forgotten",
        ),
    }
}

/// Things a second, with a decimal where that says something.
pub(super) fn rate(per_second: f64) -> String {
    if per_second < 100.0 {
        return format!("{per_second:.1}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is above 100"
    )]
    let whole = per_second.round() as u64;
    quantity::count(whole)
}

fn number_of_events(count: u64) -> String {
    quantity::number_of(count, "event")
}

fn number_of_waiting(count: u64) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb}", number_of_events(count))
}

/// How a stream is read: only where something is the matter, for the stream has lines of its own.
fn reading(collector: &Collector, of: &Reading) -> Option<Check> {
    let name = format!("{} {}", collector.name, of.stream);
    let check = |message: String| {
        check(
            "reading",
            message,
            json!({"collector": collector.name, "reading": of}),
        )
    };
    let lost = of.missed + of.trimmed;
    if !of.connected {
        let reason = of.last_error.as_ref();
        let reason = reason.map_or("not joined yet", |error| &error.reason);
        let hint = "the collector tries again by itself; its log tells more";
        return Some(check(format!("{name}: not being read: {reason}")).or(Verdict::Fail, hint));
    }
    (lost > 0).then(|| {
        let message = format!(
            "{name}: {} lost: trimmed before {}",
            number_of_events(lost),
            match (of.missed, of.trimmed) {
                (_, 0) => "they were read".to_owned(),
                (0, _) => "they were delivered".to_owned(),
                (missed, trimmed) => format!(
                    "they were read ({}) or delivered ({})",
                    quantity::count(missed),
                    quantity::count(trimmed)
                ),
            }
        );
        let hint =
            "a larger streams.*_max_len gives readers more time; another collector reads faster";
        check(message).or(Verdict::Warn, hint)
    })
}

fn output(collector: &Collector, of: &Output) -> Check {
    let facts = json!({"collector": collector.name, "output": of});
    let mut parts = vec![match of.failing_for_ms {
        Some(failing) => {
            let failing = quantity::round(failing / 1000 * 1000);
            format!("nothing gets through for {failing}")
        }
        None if of.is_untried() => "nothing to deliver so far, so it was not tried".to_owned(),
        None => format!("{} delivered", quantity::count(of.delivered)),
    }];
    if let Some(age) = of.last_success_age_ms {
        parts.push(format!("last {}", ago(age)));
    }
    let full = of.spool_bytes.saturating_mul(100) / of.spool_limit.max(1);
    if of.spooled > 0 {
        parts.push(format!(
            "{} in the spool ({} of it used)",
            quantity::count(of.spooled),
            quantity::percent(of.spool_bytes.min(of.spool_limit), of.spool_limit)
        ));
    }
    for (count, what) in [
        (of.queued, "queued"),
        (of.retries, "retries"),
        (of.rejected, "rejected"),
        (of.dead, "dead"),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", quantity::count(count)));
        }
    }
    if of.dropped > 0 {
        parts.push(format!(
            "{} dropped ({})",
            quantity::count(of.dropped),
            number_of(
                usize::try_from(of.dropped_errors).unwrap_or(usize::MAX),
                "error"
            )
        ));
    }
    let reason = of
        .last_error
        .as_ref()
        .filter(|_| of.failing_for_ms.is_some());
    let reason = reason.map_or_else(String::new, |error| format!(": {}", error.reason));
    let parts = parts.join(", ");
    let message = format!("{} {}: {parts}{reason}", collector.name, of.name);
    let mut check = check("output", message, facts);
    if let Some(failing) = of.failing_for_ms {
        let verdict = match failing {
            FAILING_MS.. => Verdict::Fail,
            _ => Verdict::Warn,
        };
        let hint = "events wait in Redis and in the spool; mend the output, nothing else is to do";
        check = check.or(verdict, hint);
    }
    if full >= SPOOL_WARN_PERCENT {
        let verdict = match full {
            SPOOL_FAIL_PERCENT.. => Verdict::Fail,
            _ => Verdict::Warn,
        };
        let hint = "when the spool is full, the oldest events are dropped: mend the output, or raise \
                    collect.spool_size";
        check = check.or(verdict, hint);
    }
    if of.dropped > 0 {
        let hint = "the spool was full; a larger collect.spool_size outlasts a longer outage";
        check = check.or(Verdict::Warn, hint);
    }
    if of.rejected + of.dead > 0 {
        let reason = of
            .last_error
            .as_ref()
            .map_or("its log tells why", |error| &error.reason);
        check = check.or(Verdict::Warn, format!("the output refused some: {reason}"));
    }
    check
}

fn dead_letters(letters: &DeadLetters) -> Option<Check> {
    let DeadLetters { stream, count } = letters;
    (*count > 0).then(|| {
        let message = format!(
            "{stream}: {} that an output refused for good",
            number_of_events(*count)
        );
        let hint = format!(
            "`redis-cli XREVRANGE {stream} + - COUNT 5` shows the last ones, dead.reason says why; \
             `redis-cli DEL {stream}` clears it"
        );
        check("dead", message, json!({"stream": stream, "count": count})).or(Verdict::Warn, hint)
    })
}
