//! The services: who is heard of, whose clock is off, and who names events badly.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Check, Facts, Traffic, Verdict, ago, some_of, stream, traffic};
use crate::quantity;
use crate::store::CLOCK_MARGIN_MS;

/// Skew from which the order of events of several services can no longer be trusted.
const SKEW_WARN_MS: i64 = 1_000;

/// Share of well-named events that the documents ask for, in per cent.
const GOOD_PERCENT: u64 = 95;

/// Services that are listed beside the expected ones; a team has fewer.
const LISTED: usize = 32;

/// Offenders that are named.
const WORST: usize = 5;

pub(super) fn checks(facts: &Facts, traffic: &Traffic) -> Vec<Check> {
    let expected: BTreeSet<&str> = facts.expected.iter().map(String::as_str).collect();
    // Events that name no service are an offence against the naming rules, not a service.
    let heard = traffic
        .services()
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty());
    let others: Vec<&str> = heard.filter(|name| !expected.contains(name)).collect();
    let mut checks: Vec<_> = expected
        .iter()
        .map(|name| service(name, true, facts, traffic))
        .chain(
            others
                .iter()
                .take(LISTED)
                .map(|name| service(name, false, facts, traffic)),
        )
        .collect();
    let unlisted = others.len().saturating_sub(LISTED);
    if unlisted > 0 || traffic.untold() > 0 {
        let message = format!(
            "{unlisted} more, and {} events of services beyond those",
            quantity::count(traffic.untold())
        );
        let data = json!({"service": null, "unlisted": unlisted, "untoldEvents": traffic.untold()});
        let hint = "so many names: does an emitter put an id into `service`?";
        checks.push(Check::ok("services", "service", message, data).or(Verdict::Warn, hint));
    }
    checks
}

fn service(name: &str, expected: bool, facts: &Facts, traffic: &Traffic) -> Check {
    let heard = traffic.heard(name);
    let recent = heard.map_or(0, |heard| heard.recent);
    let skew_ms = heard.and_then(|heard| heard.skew_ms());
    let skewed_host = heard
        .filter(|_| skew_ms.is_some_and(|skew| skew >= SKEW_WARN_MS))
        .and_then(|heard| heard.furthest_ahead());
    let window_ms = traffic::RATE_WINDOW_MS.min(traffic.span_ms()).max(1);
    let ago_ms = heard.map(|heard| facts.now.since(heard.last).max(0));
    let per_minute = stream::per_minute(recent, window_ms);
    let data = json!({"service": name, "expected": expected, "lastSeenAgoMs": ago_ms,
        "eventsPerMinute": per_minute, "skewMs": skew_ms,
        "skewedHost": skewed_host});
    let seen = match ago_ms {
        None => format!(
            "no event in the last {}",
            quantity::round(traffic.span_ms())
        ),
        Some(age) => format!("{per_minute:.1} events/min, last {}", ago(age)),
    };
    let clock = match (heard.is_some(), skew_ms) {
        (false, _) => String::new(),
        (true, None) => ", clock unknown".to_owned(),
        (true, Some(skew)) if skew.abs() < SKEW_WARN_MS => ", clock in step".to_owned(),
        (true, Some(skew)) if skew > 0 => {
            let host = skewed_host.map_or(String::new(), |host| format!(" on {host}"));
            format!(", clock {} ahead{host}", quantity::round(skew))
        }
        (true, Some(skew)) => format!(
            ", its clock is {} behind, or its events arrive late",
            quantity::round(-skew)
        ),
    };
    let check = Check::ok(
        "services",
        "service",
        format!("{name}: {seen}{clock}"),
        data,
    );
    if expected && recent == 0 {
        let window = quantity::round(window_ms);
        let hint = format!("expected, but silent for {window}: does it run, does it emit here?");
        return check.or(Verdict::Fail, hint);
    }
    match skew_ms {
        // Only a clock that is ahead can hide events: a lower time bound is pushed into entry ids
        // with this margin.
        Some(skew) if skew > CLOCK_MARGIN_MS => check.or(
            Verdict::Fail,
            "set its host's clock (NTP): searches with --since or --last can miss its events",
        ),
        Some(skew) if skew >= SKEW_WARN_MS => check.or(
            Verdict::Warn,
            "set its host's clock (NTP): its events are shown too late",
        ),
        Some(skew) if skew <= -SKEW_WARN_MS => check.or(
            Verdict::Warn,
            "look at its host's clock (NTP), and at what its events pass through before they arrive",
        ),
        _ => check,
    }
}

/// The share of events that meet the naming rules.
pub(super) fn naming(traffic: &Traffic) -> Check {
    let (events, good) = traffic.counts();
    let offenders = traffic.offenders();
    let worst: Vec<_> = offenders
        .iter()
        .take(WORST)
        .map(|((service, event_type, flaw), count)| {
            json!({"service": service, "eventType": event_type, "flaw": flaw.as_str(),
                "count": count})
        })
        .collect();
    let facts = json!({"events": events, "good": good, "worst": worst});
    if events == 0 {
        let message = format!(
            "no events in the last {}",
            quantity::round(traffic.span_ms())
        );
        return Check::ok("naming", "rules", message, facts);
    }
    let names: Vec<_> = offenders
        .iter()
        .map(|((service, event_type, flaw), count)| {
            let event_type = if event_type.is_empty() {
                "(no type)"
            } else {
                event_type
            };
            let service = if service.is_empty() {
                "(no service)"
            } else {
                service
            };
            format!("{service} {event_type}: {} ({count})", flaw.as_str())
        })
        .collect();
    let share = format!(
        "{} of {} events meet the naming rules",
        quantity::percent(good, events),
        quantity::count(events)
    );
    let enough = u128::from(good) * 100 >= u128::from(events) * u128::from(GOOD_PERCENT);
    match names.first() {
        Some(worst) if enough => {
            let message = format!("{share}; most often not: {worst}");
            Check::ok("naming", "rules", message, facts)
        }
        _ if enough => Check::ok("naming", "rules", share, facts),
        _ => Check::ok("naming", "rules", share, facts).or(Verdict::Warn, some_of(&names, WORST)),
    }
}
