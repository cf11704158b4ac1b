//! Redis: whether it answers, what the streams are, and what it lets us do.

use serde_json::json;

use super::super::plan::Plan;
use super::local::IN_USE;
use crate::quantity;
use crate::query::health::{Check, Verdict};
use crate::store::Error;
use crate::store::redis::{self, Group, Held, Plans, Right, ServerFacts, StreamFacts, Timeouts};

const SUBJECT: &str = "redis";
/// A consumer that has asked for something within so many milliseconds is at work.
const AT_WORK_MS: u64 = 5_000;

pub(super) fn checks(plan: &Plan) -> Vec<Check> {
    let streams = [&plan.settings.events, &plan.settings.errors];
    let names = streams.map(|stream| stream.name.clone());
    let facts = match redis::facts(&plan.target, &names, Timeouts::default()) {
        Ok(facts) => facts,
        Err(error) => return vec![failed("server", &error)],
    };
    let mut checks = vec![server(&facts), memory(plan, &facts)];
    let collect = &plan.settings.collect;
    let groups = [&*collect.events_group, &*collect.errors_group];
    for (facts, group) in facts.streams.iter().zip(groups) {
        checks.push(stream(facts));
        checks.extend(consumers(facts, group, &plan.consumer));
    }
    let [events, errors] = &names;
    let plans = Plans {
        streams: [(events, groups[0]), (errors, groups[1])],
        dead: &collect.dead,
        trim: collect.trim,
        index: collect.index,
    };
    match redis::rights(&plan.target, &plans) {
        Ok(rights) => checks.extend(self::rights(rights)),
        Err(error) => checks.push(failed("rights", &error)),
    }
    checks
}

fn failed(name: &'static str, error: &Error) -> Check {
    let hint = error
        .hints()
        .into_iter()
        .next()
        .unwrap_or_else(|| "the server's own log may tell more".to_owned());
    let reason = error.to_string();
    Check::ok(SUBJECT, name, &*reason, json!({"reason": reason})).or(Verdict::Fail, hint)
}

fn server(facts: &ServerFacts) -> Check {
    let version = facts.version.as_deref().unwrap_or("of unknown version");
    let message = format!("{version} at {}", facts.server);
    let data = json!({"address": facts.server, "version": facts.version, "role": facts.role});
    let check = Check::ok(SUBJECT, "server", message, data);
    match facts.role.as_deref() {
        Some("slave" | "replica") => check.or(
            Verdict::Fail,
            "it is a replica and takes no writes: name its primary with --url or EMP_URL",
        ),
        _ => check,
    }
}

fn memory(plan: &Plan, facts: &ServerFacts) -> Check {
    let data = json!({"usedMemory": facts.used_memory, "maxMemory": facts.max_memory});
    let check = |message: String| Check::ok(SUBJECT, "memory", message, data);
    let used = quantity::bytes(facts.used_memory.unwrap_or(0));
    match (facts.used_memory, facts.max_memory) {
        (None, _) => check("unknown".to_owned()),
        (Some(_), None | Some(0)) => check(format!("{used} used, no maxmemory set")),
        (Some(bytes), Some(limit)) => {
            #[expect(clippy::cast_precision_loss, reason = "a share needs few digits")]
            let is_pressed = bytes as f64 >= limit as f64 * plan.settings.collect.memory_share;
            let check = check(format!("{used} of {} used", quantity::bytes(limit)));
            match is_pressed {
                true => check.or(
                    Verdict::Warn,
                    "beyond collect.memory_share everything that all groups have is removed",
                ),
                false => check,
            }
        }
    }
}

fn stream(facts: &StreamFacts) -> Check {
    let name = &facts.name;
    let data = json!({"stream": name, "length": facts.length});
    let (message, is_other) = match facts.held {
        Held::Stream => {
            let length = facts.length.unwrap_or(0);
            (
                format!("{name} holds {}", quantity::number_of(length, "entry")),
                false,
            )
        }
        Held::Nothing => (format!("{name} is not there yet: it will be made"), false),
        Held::Other => (format!("{name} holds no stream"), true),
    };
    let check = Check::ok(SUBJECT, "stream", message, data);
    match is_other {
        true => check.or(
            Verdict::Fail,
            format!("`redis-cli TYPE {name}` shows what it holds; streams.* names another"),
        ),
        false => check,
    }
}

/// The group, and whether somebody of our name is at work in it.
fn consumers(facts: &StreamFacts, group: &str, consumer: &str) -> Option<Check> {
    let groups = facts
        .groups
        .as_ref()
        .filter(|_| facts.held != Held::Other)?;
    let found = groups.iter().find(|found| found.name == group);
    let of = format!("{group} of {}", facts.name);
    let Some(Group {
        pending,
        lag,
        consumers,
        ..
    }) = found
    else {
        let message = format!("{of} is not there yet: it will be made, from the beginning");
        return Some(Check::ok(
            SUBJECT,
            "group",
            message,
            json!({"group": group}),
        ));
    };
    let data = json!({"group": group, "pending": pending, "lag": lag});
    let lag = match lag {
        Some(lag) => format!("{} unread", quantity::number_of(*lag, "entry")),
        None => "an unknown number unread".to_owned(),
    };
    let message = format!("{of}: {lag}, {} unacknowledged", quantity::count(*pending));
    let check = Check::ok(SUBJECT, "group", message, data);
    let mut own = consumers.iter().filter(|one| one.name == consumer);
    Some(match own.any(|one| one.idle_ms < AT_WORK_MS) {
        true => check.or(Verdict::Warn, IN_USE),
        false => check,
    })
}

fn rights(rights: Option<Vec<Right>>) -> Vec<Check> {
    let Some(rights) = rights else {
        let message = "this user may not use MULTI: rights cannot be looked at";
        let hint = "without MULTI, entries that were trimmed before they were read are not counted";
        return vec![Check::ok(SUBJECT, "rights", message, json!({})).or(Verdict::Warn, hint)];
    };
    let refused = rights.iter().filter_map(|right| {
        let words = right.refusal.as_ref()?;
        let message = format!("may not {}: {words}", right.purpose);
        let data = json!({"purpose": right.purpose, "reason": words});
        let hint = "`ACL SETUSER` gives this user the command or the key that is named";
        Some(Check::ok(SUBJECT, "rights", message, data).or(Verdict::Fail, hint))
    });
    let refused: Vec<_> = refused.collect();
    match refused.is_empty() {
        true => {
            let may: Vec<_> = rights.into_iter().map(|right| right.purpose).collect();
            let message = format!("may {}", may.join(", "));
            vec![Check::ok(SUBJECT, "rights", message, json!({}))]
        }
        false => refused,
    }
}
