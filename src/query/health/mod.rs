//! Is the event system itself well? What the store found and recent events in, verdicts out.
//!
//! The caller fills [`Facts`], feeds recent events to a [`Traffic`], and [`assess`] judges both.
//! Nothing here knows how the facts were obtained or how a report is drawn.

mod alert;
mod alone;
mod collector;
pub(crate) mod forecast;
mod found;
mod server;
mod service;
mod stream;
mod traffic;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::quantity;

pub use found::{
    Alert, Alerts, Backlog, Collector, Consumer, DeadLetters, Facts, Failure, Group, Held, Output,
    Persistence, Reading, Redis, Server, Stream, Trouble,
};
pub use traffic::{RATE_WINDOW_MS, Traffic};

/// How well something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to do.
    #[default]
    Ok,
    /// Somebody should look at it.
    Warn,
    /// Something does not work, or is about to lose events.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it belongs to: `redis`, `source`, the key of a stream, `services`, `naming`,
    /// `collectors`, `alerts`, `journal`.
    pub subject: String,
    /// What was looked at: `memory`, `length`, `group`.
    pub name: &'static str,
    /// How well it is.
    pub verdict: Verdict,
    /// What was found, in a sentence. Names in it come from outside: escape before printing.
    pub message: String,
    /// What to do about it; none where nothing needs to be done.
    pub hint: Option<String>,
    /// What was found, as data: keys in camelCase, durations in milliseconds, sizes in bytes;
    /// `null` is unknown.
    pub facts: Map<String, Value>,
}

impl Check {
    /// A good verdict; `facts` must be a JSON object.
    pub(crate) fn ok(
        subject: &str,
        name: &'static str,
        message: impl Into<String>,
        facts: Value,
    ) -> Self {
        Self {
            subject: subject.to_owned(),
            name,
            verdict: Verdict::Ok,
            message: message.into(),
            hint: None,
            facts: match facts {
                Value::Object(facts) => facts,
                _ => Map::new(),
            },
        }
    }

    /// The same check with a verdict and a hint, unless a worse one was given already.
    pub(crate) fn or(mut self, verdict: Verdict, hint: impl Into<String>) -> Self {
        if verdict > self.verdict {
            self.verdict = verdict;
            self.hint = Some(hint.into());
        }
        self
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The worst verdict of all checks.
    pub verdict: Verdict,
    /// The checks, those of one subject together.
    pub checks: Vec<Check>,
}

impl Report {
    /// All of these.
    pub(crate) fn of(checks: Vec<Check>) -> Self {
        let verdicts = checks.iter().map(|check| check.verdict);
        Self {
            verdict: verdicts.max().unwrap_or_default(),
            checks,
        }
    }

    /// How many checks have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    }
}

/// Judges what was found and what was seen.
pub fn assess(facts: &Facts, traffic: &Traffic) -> Report {
    let mut checks = server::checks(facts);
    for stream in &facts.streams {
        checks.extend(stream::checks(stream, facts, traffic));
    }
    checks.extend(collector::checks(facts));
    checks.extend(facts.alerts.iter().flat_map(alert::checks));
    checks.extend(service::checks(facts, traffic));
    checks.push(service::naming(traffic));
    checks.extend(facts.journal.map(|backlog| server::journal(backlog, facts)));
    Report::of(checks)
}

/// Judges one collector by what it told last; `None` where it was never heard of. One that lives and
/// is not ready for work is a failure where that is what was asked.
pub fn assess_collector(name: &str, told: Option<&Collector>, ready: bool) -> Report {
    Report::of(vec![match told {
        Some(told) => alone::one(told, ready),
        None => alone::unknown(name),
    }])
}

/// Judges the collector at an address by whether it answers there, and why it says that it is not
/// ready.
pub fn assess_answer(address: &str, answer: Result<Vec<String>, String>, ready: bool) -> Report {
    Report::of(vec![alone::answer(address, answer, ready)])
}

/// A noun with its number: `1 consumer`, `2 consumers`.
fn number_of(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How long ago something was: `just now`, `12s ago`.
fn ago(age_ms: i64) -> String {
    match age_ms {
        ..1000 => "just now".to_owned(),
        age_ms => format!("{} ago", quantity::round(age_ms)),
    }
}

/// The first few of many, and how many there are beside them.
fn some_of(items: &[String], shown: usize) -> String {
    let mut text = items[..items.len().min(shown)].join(", ");
    if items.len() > shown {
        text.push_str(&format!(" and {} more", items.len() - shown));
    }
    text
}

#[cfg(test)]
mod tests;
