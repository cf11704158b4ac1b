//! The server that holds the streams, and the journal that stands in for it.

use serde_json::json;

use super::{Backlog, Check, Facts, Persistence, Redis, Server, Trouble, Verdict};
use crate::quantity;

/// Share of `maxmemory` from which somebody should act: room for a busy day is left.
const MEMORY_WARN_PERCENT: u64 = 80;

/// Share of `maxmemory` from which the next burst meets refusal or eviction.
const MEMORY_FAIL_PERCENT: u64 = 95;

const SUBJECT: &str = "redis";

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = match &facts.redis {
        Redis::NotAsked => Vec::new(),
        Redis::Unreachable { address, trouble } => {
            let data = json!({"address": address, "reason": trouble.reason});
            let hint = format!("{}; what follows is from the journal", trouble.hint);
            vec![Check::ok(SUBJECT, "server", &trouble.reason, data).or(Verdict::Fail, hint)]
        }
        Redis::Reached { address, server } => {
            let version = server
                .version
                .as_deref()
                .unwrap_or("a server of unknown version");
            let data = json!({"address": address, "version": server.version});
            vec![
                Check::ok(SUBJECT, "server", format!("{version} at {address}"), data),
                memory(server),
                eviction(server),
                persistence(server.persistence),
            ]
        }
    };
    if let Some(Trouble { reason, hint }) = &facts.unread {
        let message = format!("not all could be read: {reason}");
        let data = json!({"reason": reason});
        let subject = match facts.redis {
            Redis::NotAsked => "source",
            _ => SUBJECT,
        };
        checks.push(Check::ok(subject, "events", message, data).or(Verdict::Fail, hint));
    }
    checks
}

fn memory(server: &Server) -> Check {
    let facts = json!({"usedMemory": server.used_memory, "maxMemory": server.max_memory});
    let (message, percent) = match (server.used_memory, server.max_memory) {
        (None, _) => ("unknown".to_owned(), 0),
        (Some(used), None) => (format!("{} used, limit unknown", quantity::bytes(used)), 0),
        (Some(used), Some(0)) => (
            format!("{} used, no maxmemory set", quantity::bytes(used)),
            0,
        ),
        (Some(used), Some(max)) => (
            format!(
                "{} of {} used ({})",
                quantity::bytes(used),
                quantity::bytes(max),
                quantity::percent(used, max)
            ),
            used.saturating_mul(100) / max,
        ),
    };
    let verdict = match percent {
        percent if percent > MEMORY_FAIL_PERCENT => Verdict::Fail,
        percent if percent > MEMORY_WARN_PERCENT => Verdict::Warn,
        _ => Verdict::Ok,
    };
    let hint = "raise maxmemory, or find what grows with `redis-cli --bigkeys`";
    Check::ok(SUBJECT, "memory", message, facts).or(verdict, hint)
}

fn eviction(server: &Server) -> Check {
    let policy = server.eviction_policy.as_deref();
    let facts = json!({"policy": policy});
    let check = |message: String| Check::ok(SUBJECT, "eviction", message, facts);
    match policy {
        None => check("unknown".to_owned()),
        Some(policy) if server.may_evict_streams() => {
            let when = match server.max_memory {
                Some(0) => "once maxmemory is set",
                _ => "when memory is full",
            };
            check(format!("{policy}: may delete whole streams {when}")).or(
                Verdict::Warn,
                "set maxmemory-policy to noeviction, or to a volatile- policy",
            )
        }
        Some(policy) if policy.starts_with("volatile-") => check(format!(
            "{policy}: takes only keys with a TTL, streams have none"
        )),
        Some(policy) => check(format!("{policy}: streams are never evicted")),
    }
}

fn persistence(persistence: Option<Persistence>) -> Check {
    let facts = json!({
        "appendOnly": persistence.map(|how| how.append_only),
        "snapshots": persistence.and_then(|how| how.snapshots),
        "failing": persistence.map(|how| how.failing),
    });
    let check = |message: &str| Check::ok(SUBJECT, "persistence", message, facts);
    let Some(how) = persistence else {
        return check("unknown");
    };
    if how.failing {
        return check("the last write to disk failed").or(
            Verdict::Warn,
            "look at the server's log and at the free space of its disk",
        );
    }
    match (how.append_only, how.snapshots) {
        (true, Some(true)) => check("append-only file and snapshots"),
        (true, _) => check("append-only file"),
        (false, Some(true)) => check("snapshots only: a crash loses what came after the last one"),
        (false, None) => check("no append-only file; snapshots unknown"),
        (false, Some(false)) => check("none: a restart loses every event").or(
            Verdict::Warn,
            "`redis-cli CONFIG SET appendonly yes`, and in redis.conf too",
        ),
    }
}

/// The journal's backlog.
pub(super) fn journal(backlog: Backlog, facts: &Facts) -> Check {
    let age_ms = backlog.oldest.map(|oldest| facts.now.since(oldest));
    let data = json!({"count": backlog.count, "oldestAgeMs": age_ms,
        "dropped": backlog.dropped});
    let check = |message: String| Check::ok("journal", "backlog", message, data);
    let lost = match backlog.dropped {
        0 => String::new(),
        dropped => format!("; it was full and dropped {}", quantity::count(dropped)),
    };
    if backlog.count == 0 {
        return check(format!("empty{lost}"));
    }
    let plural = if backlog.count == 1 {
        "event waits"
    } else {
        "events wait"
    };
    let age = age_ms.map_or_else(String::new, |age| {
        format!(", the oldest for {}", quantity::round(age))
    });
    let check = check(format!(
        "{} {plural} for Redis{age}{lost}",
        quantity::count(backlog.count)
    ));
    let hint = match facts.redis {
        // Whoever looks at a journal by itself may have no Redis at all.
        Redis::NotAsked => return check,
        Redis::Unreachable { .. } => "an `emp emit` on this machine sends them once Redis is back",
        Redis::Reached { .. } => "the next `emp emit` on this machine sends them",
    };
    check.or(Verdict::Warn, hint)
}
