//! What is known of jobs beside their steps: values of data fields, in little space.
//!
//! A fact may be a cause only if it was said before anything went wrong. So events that say failure or
//! warn, that let go of a job, and progress are not read at all, and each fact keeps when it was said:
//! [`Facts::of`] takes only those from before an instant. Fields that tell how it went rather than what
//! it was (messages, lengths of time, tries) are no causes either.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::event::{Event, Id, Level, Millis};
use crate::query::jobs::{Name, Names};
use crate::query::step;

/// Jobs whose facts are kept.
const MOST_JOBS: usize = 300_000;

/// Facts of all jobs together.
const MOST_FACTS: usize = 2_500_000;

/// Facts of one job.
const MOST_A_JOB: usize = 64;

/// Different fields.
const MOST_FIELDS: usize = 256;

/// Different values of one field; those of a field that has more say nothing that could be compared.
const MOST_VALUES: usize = 5_000;

/// Longer text is no value that comes again.
const LONGEST: usize = 80;

/// Words that begin or end the names of fields which tell how it went.
const OUTCOMES: [&str; 17] = [
    "error",
    "err",
    "message",
    "msg",
    "stack",
    "reason",
    "fail",
    "attempt",
    "retr",
    "progress",
    "percent",
    "duration",
    "elapsed",
    "timestamp",
    "fingerprint",
    "status",
    "result",
];

/// One fact: of which field, which value, said when.
#[derive(Clone, Copy, Debug)]
struct Fact {
    field: u16,
    value: Name,
    at: Millis,
}

#[derive(Clone, Debug)]
struct Field {
    path: String,
    values: HashSet<Name>,
    left_out: u64,
}

/// Facts of all jobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    names: Names,
    known: HashMap<String, u16>,
    fields: Vec<Field>,
    jobs: HashMap<Box<str>, Vec<Fact>>,
    count: usize,
    left_out: u64,
}

impl Facts {
    /// Takes an event in.
    pub(crate) fn push(&mut self, event: &Event) {
        let Some(job) = event.id(Id::Job) else { return };
        if !is_calm(event) {
            return;
        }
        // The server's clock is one for all; where it says nothing, the emitter's has to do.
        let at = heard(event);
        for (name, text) in &event.extra {
            self.take(job, name, &Value::from(text.as_str()), at);
        }
        let Some(map) = event.data.object() else {
            return;
        };
        for (name, value) in map {
            match value {
                Value::Object(inner) if !is_outcome(name) => {
                    for (key, value) in inner {
                        self.take(job, &format!("{name}.{key}"), value, at);
                    }
                }
                value => self.take(job, name, value, at),
            }
        }
    }

    fn take(&mut self, job: &str, path: &str, value: &Value, at: Millis) {
        let text = match value {
            Value::String(text) if !text.is_empty() && text.len() <= LONGEST => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            _ => return,
        };
        if is_id(path) || path.split('.').any(is_outcome) {
            return;
        }
        let Some(field) = self.field(path) else {
            self.left_out += 1;
            return;
        };
        let place = usize::from(field);
        let full = self.fields[place].values.len() >= MOST_VALUES;
        let value = match self.names.find(&text) {
            Some(value) if self.fields[place].values.contains(&value) => value,
            _ if full => {
                self.fields[place].left_out += 1;
                return;
            }
            _ => self.names.name(&text),
        };
        self.fields[place].values.insert(value);
        if !self.jobs.contains_key(job) {
            if self.jobs.len() >= MOST_JOBS {
                self.left_out += 1;
                return;
            }
            self.jobs.insert(job.into(), Vec::new());
        }
        let Some(facts) = self.jobs.get_mut(job) else {
            return;
        };
        let same = facts
            .iter_mut()
            .find(|fact| fact.field == field && fact.value == value);
        if let Some(same) = same {
            same.at = same.at.min(at);
        } else if facts.len() < MOST_A_JOB && self.count < MOST_FACTS {
            facts.push(Fact { field, value, at });
            self.count += 1;
        } else {
            self.left_out += 1;
        }
    }

    fn field(&mut self, path: &str) -> Option<u16> {
        if let Some(field) = self.known.get(path) {
            return Some(*field);
        }
        if self.fields.len() >= MOST_FIELDS || path.len() > LONGEST {
            return None;
        }
        let field = u16::try_from(self.fields.len()).ok()?;
        self.known.insert(path.to_owned(), field);
        self.fields.push(Field {
            path: path.to_owned(),
            values: HashSet::new(),
            left_out: 0,
        });
        Some(field)
    }

    /// The facts of a job from before an instant, one value a field, the last that was said.
    pub(crate) fn of(&self, job: &str, before: Option<Millis>) -> Vec<(&str, &str)> {
        let Some(facts) = self.jobs.get(job) else {
            return Vec::new();
        };
        let mut last: Vec<&Fact> = Vec::new();
        for fact in facts {
            if before.is_some_and(|before| fact.at >= before) {
                continue;
            }
            match last.iter_mut().find(|other| other.field == fact.field) {
                Some(other) if other.at <= fact.at => *other = fact,
                Some(_) => {}
                None => last.push(fact),
            }
        }
        let pair = |fact: &&Fact| {
            let field = self.fields.get(usize::from(fact.field))?;
            Some((field.path.as_str(), self.names.text(fact.value)))
        };
        last.iter().filter_map(pair).collect()
    }

    /// Fields that have more different values than are compared.
    pub(crate) fn crowded(&self) -> Vec<&str> {
        let mut crowded: Vec<_> = self
            .fields
            .iter()
            .filter(|field| field.left_out > 0)
            .map(|field| field.path.as_str())
            .collect();
        crowded.sort_unstable();
        crowded
    }

    /// Values there was no room for, but for those of crowded fields.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// When the server heard of an event; else when it was said.
pub(crate) fn heard(event: &Event) -> Millis {
    event.entry().map_or(event.timestamp, |entry| entry.time())
}

/// Whether an event says what a job is, and nothing of how it goes.
fn is_calm(event: &Event) -> bool {
    let event_type = &event.event_type;
    let action = event_type.split_once('.').map_or("", |(_, action)| action);
    event.level() < Level::Warn
        && !event.says_failure()
        && !step::lets_go(event_type)
        && !action.starts_with("progress")
}

/// Whether this is an id that an event carries beside its data as well.
fn is_id(path: &str) -> bool {
    Id::ALL
        .into_iter()
        .any(|id| path == id.wire_name() || path == id.snake_name())
        || ["jobType", "job_type", "id", "eventId"].contains(&path)
}

/// Whether a field tells how it went, by its name.
fn is_outcome(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = [
        "_ms", "Ms", "_at", "At", "Seconds", "_seconds", "Time", "_time",
    ];
    OUTCOMES
        .iter()
        .any(|word| lower.starts_with(word) || lower.ends_with(word))
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Data;

    fn event(job: &str, at: i64, event_type: &str, data: &str) -> Event {
        let mut event = Event {
            timestamp: Millis::clamped(at),
            event_type: event_type.to_owned(),
            data: Data::from_wire(data),
            ..Event::default()
        };
        event.ids.set(Id::Job, job);
        event
    }

    #[test]
    fn only_what_may_be_a_cause_is_kept() {
        let mut facts = Facts::default();
        facts.push(&event(
            "j",
            1,
            "job.created",
            r#"{"model":"m1","gpu":{"name":"a100"},"jobType":"x","waitMs":3,"createdAt":5,"n":2,"f":1.5}"#,
        ));
        facts.push(&event("j", 2, "job.failed", r#"{"code":"E1"}"#));
        let mut warning = event("j", 3, "resource.exhausted", r#"{"resource":"vram"}"#);
        warning.level = Some(Level::Warn);
        facts.push(&warning);
        facts.push(&event(
            "j",
            4,
            "job.claimed",
            r#"{"error":"x","attempt":2}"#,
        ));
        facts.push(&event(
            "j",
            9,
            "asset.stored",
            r#"{"model":"m2","late":true}"#,
        ));
        let mut known = facts.of("j", Some(Millis::clamped(9)));
        known.sort_unstable();
        assert_eq!(known, [("gpu.name", "a100"), ("model", "m1"), ("n", "2")]);
        assert!(facts.of("j", None).contains(&("model", "m2")));
        assert_eq!(facts.of("k", None), []);
    }

    #[test]
    fn many_values_need_no_more_room() {
        let mut facts = Facts::default();
        for number in 0..MOST_VALUES + 1_000 {
            let data = format!(r#"{{"prompt":"p{number}","queue":"default"}}"#);
            let job = format!("j{}", number % 500);
            facts.push(&event(&job, 1, "job.created", &data));
        }
        assert_eq!(facts.crowded(), ["prompt"]);
        assert!(facts.of("j7", None).contains(&("queue", "default")));
        assert!(facts.count <= 500 * MOST_A_JOB);
    }
}
