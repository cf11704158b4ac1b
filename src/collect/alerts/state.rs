//! What is known of every alert, and what is told when. Pure: the time is given.
//!
//! An alert begins with the first [`Reading`] that holds, and that is told at once. While it lasts,
//! what happens is added up, and told again no sooner than the cool-down after the last notice. It
//! ends once nothing has held for the time that its rule names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::notice::{Notice, Pending};
use crate::event::Millis;

/// Of the form in Redis. Another version's state is not read: its alerts begin anew.
const VERSION: u32 = 1;

/// Between two rounds there is about a second. After a longer gap nobody watched.
const GAP_MS: i64 = 30_000;

/// How exactly the time of the last round is kept: what does not change need not be written.
const ROUND_MS: i64 = 5_000;

/// Alerts of rules that nobody has any more are forgotten after a day: another collector may have
/// other rules for a while.
const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

/// Examples that a notice shows.
const EXAMPLES: usize = 5;

/// What all collectors know about alerts together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    v: u32,
    /// About the time of the last round.
    round: i64,
    /// Since when somebody has watched without a gap.
    pub(super) resumed: i64,
    /// Since when each rule has been watched.
    pub(super) since: BTreeMap<String, i64>,
    /// The alerts that fire.
    pub(super) alerts: Vec<Alert>,
    /// Notices that have not reached everybody.
    pub(super) outbox: Vec<Pending>,
}

/// One alert that fires.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Alert {
    /// The name of its rule.
    pub(super) rule: String,
    /// What it is about, where its rule tells things apart.
    pub(super) value: Option<String>,
    /// When it began.
    pub(super) since: i64,
    /// When its condition held last.
    pub(super) last: i64,
    /// When people were told last.
    told: i64,
    /// How much happened since then, and since the beginning.
    more: u64,
    pub(super) total: u64,
    /// What was counted already, by part of the window.
    seen: BTreeMap<i64, u64>,
    /// What it looked like last.
    pub(super) text: String,
    examples: Vec<Value>,
}

/// What a rule finds in one round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// What it is about, where the rule tells things apart.
    pub(super) value: Option<String>,
    /// Whether the condition of the rule is met.
    pub(super) holds: bool,
    /// What it looks like, in words.
    pub(super) text: String,
    /// What was counted, by part of the window. Every part only grows.
    pub(super) counts: BTreeMap<i64, u64>,
    /// Events to show.
    pub(super) examples: Vec<Value>,
}

/// When a rule tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) cooldown_ms: i64,
    pub(super) resolve_after_ms: i64,
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Telling {
    pub(super) status: Status,
    pub(super) value: Option<String>,
    pub(super) since: Millis,
    /// How much was counted since the beginning, and since the last notice.
    pub(super) total: u64,
    pub(super) more: u64,
    /// How long ago the last notice was.
    pub(super) after_ms: i64,
    pub(super) text: String,
    pub(super) examples: Vec<Value>,
}

/// What a notice says of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// It began.
    Fired,
    /// It goes on.
    Repeated,
    /// It is over.
    Resolved,
}

impl State {
    /// What was written; a new one where that cannot be read.
    pub(super) fn read(text: Option<&str>) -> Self {
        let read = text.and_then(|text| serde_json::from_str::<Self>(text).ok());
        read.filter(|state| state.v == VERSION).unwrap_or(Self {
            v: VERSION,
            ..Self::default()
        })
    }

    /// As it is written.
    pub(super) fn write(&self) -> String {
        // Maps of texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Begins a round: notes gaps, and from when on rules are watched.
    pub(super) fn begin<'a>(&mut self, rules: impl Iterator<Item = &'a str>, now: Millis) {
        let now = now.get();
        let age = now - self.round;
        if !(0..GAP_MS).contains(&age) {
            self.resumed = now;
        }
        if !(0..ROUND_MS).contains(&age) {
            self.round = now;
        }
        let known: Vec<_> = rules.collect();
        for rule in &known {
            if !self.since.contains_key(*rule) {
                self.since.insert((*rule).to_owned(), now);
            }
        }
        self.alerts
            .retain(|alert| known.contains(&&*alert.rule) || now - alert.last < FORGET_MS);
    }

    /// Takes what a rule found. An alert about which it found nothing is quiet.
    pub(super) fn take(
        &mut self,
        rule: &str,
        timing: Timing,
        mut readings: Vec<Reading>,
        now: Millis,
    ) -> Vec<Telling> {
        for alert in self.alerts.iter().filter(|alert| alert.rule == rule) {
            if !readings.iter().any(|found| found.value == alert.value) {
                readings.push(Reading {
                    value: alert.value.clone(),
                    ..Reading::default()
                });
            }
        }
        let told = readings.into_iter().filter_map(|reading| {
            let mut alerts = self.alerts.iter();
            let at = alerts.position(|alert| alert.rule == rule && alert.value == reading.value);
            let Some(index) = at else {
                if self.count(rule) >= super::MAX_ALERTS {
                    return None;
                }
                let (alert, telling) = begin(rule, reading, now)?;
                self.alerts.push(alert);
                return Some(telling);
            };
            let telling = self.alerts.get_mut(index)?.go_on(reading, timing, now)?;
            if telling.status == Status::Resolved {
                self.alerts.remove(index);
            }
            Some(telling)
        });
        told.collect()
    }

    /// How many alerts of a rule fire.
    fn count(&self, rule: &str) -> usize {
        self.alerts
            .iter()
            .filter(|alert| alert.rule == rule)
            .count()
    }

    /// Puts a notice into the outbox; the oldest ones make room. Returns how many were dropped.
    pub(super) fn post(&mut self, notice: &Notice, channels: &[super::Channel]) -> u64 {
        for channel in channels {
            self.outbox.push(Pending {
                to: *channel,
                notice: notice.clone(),
            });
        }
        let over = self.outbox.len().saturating_sub(super::MAX_OUTBOX);
        self.outbox.drain(..over);
        u64::try_from(over).unwrap_or(u64::MAX)
    }
}

/// The first occurrence.
fn begin(rule: &str, reading: Reading, now: Millis) -> Option<(Alert, Telling)> {
    if !reading.holds {
        return None;
    }
    let mut alert = Alert {
        rule: rule.to_owned(),
        value: reading.value.clone(),
        since: now.get(),
        last: now.get(),
        told: now.get(),
        ..Alert::default()
    };
    alert.add(reading);
    let telling = alert.tell(Status::Fired, now);
    Some((alert, telling))
}

impl Alert {
    fn go_on(&mut self, reading: Reading, timing: Timing, now: Millis) -> Option<Telling> {
        let at = now.get();
        // A clock that was set back would keep it silent.
        self.told = self.told.min(at);
        self.last = self.last.min(at);
        let holds = reading.holds;
        if holds {
            self.last = at;
        }
        self.add(reading);
        if !holds && at - self.last >= timing.resolve_after_ms {
            return Some(self.tell(Status::Resolved, now));
        }
        let due = self.last > self.told && at - self.told >= timing.cooldown_ms;
        due.then(|| self.tell(Status::Repeated, now))
    }

    /// Adds up what is new in a reading.
    fn add(&mut self, reading: Reading) {
        let fresh: u64 = reading
            .counts
            .iter()
            .map(|(part, count)| count.saturating_sub(*self.seen.get(part).unwrap_or(&0)))
            .sum();
        self.more += fresh;
        self.total += fresh;
        if reading.holds {
            self.text = reading.text;
        }
        self.seen = reading.counts;
        for example in reading.examples {
            if !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
        let over = self.examples.len().saturating_sub(EXAMPLES);
        self.examples.drain(..over);
    }

    fn tell(&mut self, status: Status, now: Millis) -> Telling {
        let telling = Telling {
            status,
            value: self.value.clone(),
            since: Millis::clamped(self.since),
            total: self.total,
            more: self.more,
            after_ms: now.get() - self.told,
            text: self.text.clone(),
            examples: std::mem::take(&mut self.examples),
        };
        self.told = now.get();
        self.more = 0;
        telling
    }
}

#[cfg(test)]
mod tests;
