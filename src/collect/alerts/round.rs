//! One round: from what was counted and what is known of the server to what each rule finds.
//! Pure: the time is given.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Channel;
use super::notice::Notice;
use super::rules::{Kind, Rule, Rules, part_ms};
use super::state::{Reading, State, Status, Timing};
use super::vitals::{GroupVitals, QuietJob, Vitals};
use crate::event::Millis;
use crate::quantity;
use crate::query::notice::NEVER_SEEN;
use crate::store::redis::alerts::{Answer, Ask, Changes, Counts};

/// Names that are listed in a sentence.
const LISTED: usize = 3;

/// The longest example that is passed on, in bytes: others than emp may have written it.
const MAX_EXAMPLE: usize = 4096;

/// What the rules need to be asked about, in the order of the rules that ask.
pub(super) fn asks(rules: &Rules, now: Millis) -> Vec<Ask<'_>> {
    let asks = rules.iter().filter_map(|rule| match &rule.kind {
        Kind::Rate { window_ms, .. } => Some(Ask::Counts(&rule.name, parts(*window_ms, now))),
        Kind::New { .. } => Some(Ask::New(&rule.name)),
        Kind::Silent { .. } => Some(Ask::Heard(&rule.name)),
        Kind::Stuck { .. } | Kind::Overtaken { .. } | Kind::Memory { .. } => None,
    });
    asks.collect()
}

/// The parts of a window that ends now.
fn parts(window_ms: i64, now: Millis) -> Vec<Millis> {
    let part = part_ms(window_ms);
    let last = now.get() - now.get().rem_euclid(part);
    let back = 0..=window_ms.div_euclid(part);
    back.map(|back| Millis::clamped(last - back * part))
        .collect()
}

/// What a round changes.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) changes: Changes,
    pub(super) notices: Vec<Notice>,
    /// Notices that found no room in the outbox.
    pub(super) dropped: u64,
}

/// Lets every rule look, and moves the state on. `answers` are those to [`asks`].
pub(super) fn run(
    rules: &Rules,
    state: &mut State,
    answers: Vec<Answer>,
    vitals: &Vitals,
    channels: &[Channel],
    now: Millis,
) -> Round {
    state.begin(rules.iter().map(|rule| &*rule.name), now);
    let mut round = Round::default();
    let mut answers = answers.into_iter();
    for rule in rules.iter() {
        let readings = match &rule.kind {
            Kind::Rate { .. } | Kind::New { .. } | Kind::Silent { .. } => {
                let answer = answers.next();
                answered(rule, answer, state, vitals, now, &mut round.changes)
            }
            Kind::Stuck { for_ms } => stuck(&vitals.quiet_jobs, *for_ms, now),
            Kind::Overtaken { within_ms } => overtaken(&vitals.groups, *within_ms),
            Kind::Memory { percent } => memory(vitals, *percent),
        };
        let timing = Timing {
            cooldown_ms: rule.cooldown_ms,
            resolve_after_ms: rule.resolve_after_ms,
        };
        for telling in state.take(&rule.name, timing, readings, now) {
            // That no other new kind has come is no news.
            let silent =
                telling.status == Status::Resolved && matches!(rule.kind, Kind::New { .. });
            if silent {
                continue;
            }
            let notice = Notice::new(rule, telling, now);
            round.dropped += state.post(&notice, channels);
            round.changes.events.push(notice.event(now));
            round.notices.push(notice);
        }
    }
    round
}

fn answered(
    rule: &Rule,
    answer: Option<Answer>,
    state: &State,
    vitals: &Vitals,
    now: Millis,
    changes: &mut Changes,
) -> Vec<Reading> {
    match (&rule.kind, answer) {
        (
            Kind::Rate {
                count, window_ms, ..
            },
            Some(Answer::Counts(parts)),
        ) => rate(rule, parts, *count, *window_ms),
        (Kind::New { .. }, Some(Answer::New(kinds))) => {
            let told = kinds
                .iter()
                .map(|(kind, _)| (rule.name.clone(), kind.clone()));
            changes.told.extend(told);
            let since = state.since.get(&rule.name).copied().unwrap_or(now.get());
            new(kinds, since, now)
        }
        (Kind::Silent { for_ms, .. }, Some(Answer::Heard(heard))) => {
            silent(rule, heard, state, vitals, *for_ms)
        }
        _ => Vec::new(),
    }
}

fn rate(rule: &Rule, parts: Vec<(Millis, Counts)>, limit: u64, window_ms: i64) -> Vec<Reading> {
    let mut values: BTreeMap<String, Reading> = BTreeMap::new();
    // The newest part comes first, and with it the newest example.
    for (part, counts) in parts {
        for (value, (count, text)) in counts {
            let reading = values.entry(value).or_default();
            reading.counts.insert(part.get(), count);
            if reading.examples.is_empty() {
                reading.examples.extend(example(text.as_deref()));
            }
        }
    }
    let by = rule.kind.by();
    let readings = values.into_iter().map(|(value, mut reading)| {
        let count: u64 = reading.counts.values().sum();
        reading.holds = count >= limit;
        reading.text = format!("{count} in {}", quantity::round(window_ms));
        if let Some(said) = reading.examples.first().and_then(said) {
            reading.text.push_str(&format!(", the last: {said}"));
        }
        reading.value = by.map(|_| value);
        reading
    });
    readings.collect()
}

fn new(kinds: Vec<(String, Option<String>)>, since: i64, now: Millis) -> Vec<Reading> {
    // What arrived before anybody watched is learned, not told.
    let fresh = |text: Option<&str>| {
        let arrived = example(text).as_ref().and_then(arrived);
        arrived.is_none_or(|arrived| arrived >= since)
    };
    let kinds: Vec<_> = kinds
        .into_iter()
        .filter(|(_, text)| fresh(text.as_deref()))
        .collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let count = u64::try_from(kinds.len()).unwrap_or(u64::MAX);
    let names: Vec<_> = kinds.iter().map(|(kind, _)| kind.clone()).collect();
    let examples = kinds
        .iter()
        .filter_map(|(_, text)| example(text.as_deref()));
    vec![Reading {
        value: None,
        holds: true,
        text: format!("{NEVER_SEEN}: {}", listed(&names)),
        counts: BTreeMap::from([(now.get(), count)]),
        examples: examples.take(5).collect(),
    }]
}

fn silent(
    rule: &Rule,
    heard: Option<Millis>,
    state: &State,
    vitals: &Vitals,
    for_ms: i64,
) -> Vec<Reading> {
    // Before everything has been read nobody can say that there is nothing.
    let Some(read_to) = vitals.read_to else {
        return Vec::new();
    };
    let watched = state.since.get(&rule.name).copied().unwrap_or(0);
    let since = watched.max(state.resumed);
    let quiet_since = heard.map_or(since, |heard| since.max(heard.get()));
    let quiet_ms = read_to.get() - quiet_since;
    let query = rule.kind.filter().map(ToString::to_string);
    vec![Reading {
        holds: quiet_ms >= for_ms,
        text: format!(
            "nothing of {} for {}",
            query.unwrap_or_default(),
            quantity::round(quiet_ms)
        ),
        ..Reading::default()
    }]
}

fn stuck(jobs: &[QuietJob], for_ms: i64, now: Millis) -> Vec<Reading> {
    let jobs = jobs.iter().filter(|job| now.since(job.last) >= for_ms);
    let names: Vec<_> = jobs
        .map(|job| {
            let quiet = quantity::round(now.since(job.last));
            format!("{} (quiet for {quiet})", job.job)
        })
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let number = quantity::number_of(u64::try_from(names.len()).unwrap_or(u64::MAX), "job");
    vec![Reading {
        holds: true,
        text: format!("{number} open without news: {}", listed(&names)),
        ..Reading::default()
    }]
}

fn overtaken(groups: &[GroupVitals], within_ms: i64) -> Vec<Reading> {
    let readings = groups.iter().filter_map(|group| {
        let left_ms = i64::try_from(group.overtakes_in?.as_millis()).unwrap_or(i64::MAX);
        let lag = group.lag.map_or_else(String::new, |lag| {
            format!(", which has {} to read", quantity::number_of(lag, "event"))
        });
        let left = match left_ms {
            0 => "now".to_owned(),
            left_ms => format!("in about {}", quantity::round(left_ms)),
        };
        Some(Reading {
            value: Some(format!("{} {}", group.stream, group.group)),
            holds: left_ms <= within_ms,
            text: format!(
                "trimming of {} overtakes {} {left}{lag}",
                group.stream, group.group
            ),
            ..Reading::default()
        })
    });
    readings.collect()
}

fn memory(vitals: &Vitals, percent: u64) -> Vec<Reading> {
    let (Some(used), Some(max @ 1..)) = (vitals.used_memory, vitals.max_memory) else {
        return Vec::new();
    };
    vec![Reading {
        holds: u128::from(used) * 100 >= u128::from(max) * u128::from(percent),
        text: format!(
            "Redis uses {} of {}, {}",
            quantity::bytes(used),
            quantity::bytes(max),
            quantity::percent(used, max)
        ),
        ..Reading::default()
    }]
}

/// The first few of many.
fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(LISTED)].join("; ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn example(text: Option<&str>) -> Option<Value> {
    let text = text.filter(|text| text.len() <= MAX_EXAMPLE)?;
    let value: Value = serde_json::from_str(text).ok()?;
    value.is_object().then_some(value)
}

fn arrived(example: &Value) -> Option<i64> {
    let entry = example.get("_id")?.as_str()?;
    entry.split('-').next()?.parse().ok()
}

/// What an example says, in words.
fn said(example: &Value) -> Option<String> {
    let word = |name: &str| example.get(name).and_then(Value::as_str);
    let words = [
        word("service"),
        word("message").or_else(|| word("eventType")),
    ];
    let words: Vec<_> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(": "))
}
