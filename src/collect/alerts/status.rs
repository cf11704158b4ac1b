//! What others may know: which alerts fire, who leads, what was told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Status;
use super::rules::Rules;
use super::state::State;
use crate::event::Millis;

/// Which alerts fire and who watches, for `/status` and heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Summary {
    /// The collector that evaluates the rules: its consumer's name. `None` where nobody does yet.
    pub(crate) leader: Option<String>,
    /// Whether that is this one.
    pub(crate) leads: bool,
    /// The alerts that fire.
    pub(crate) firing: Vec<Firing>,
    /// Why alerts do not work as they should, where they do not.
    pub(crate) trouble: Option<String>,
}

/// One alert that fires.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Firing {
    /// The rule's name.
    pub(crate) rule: String,
    /// What it is about, where the rule tells things apart.
    pub(crate) value: Option<String>,
    /// `warning` or `critical`; `None` where this collector does not have the rule.
    pub(crate) severity: Option<String>,
    /// What it looked like last.
    pub(crate) message: String,
    /// When it began; RFC 3339.
    pub(crate) since: String,
    /// How many events since then; 0 where nothing is counted.
    pub(crate) count: u64,
}

/// Totals of this process, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Notices of each kind.
    pub(crate) fired: u64,
    /// Repeated.
    pub(crate) repeated: u64,
    /// Resolved.
    pub(crate) resolved: u64,
    /// Deliveries that worked.
    pub(crate) delivered: u64,
    /// Attempts that did not.
    pub(crate) failed: u64,
    /// Deliveries that were given up.
    pub(crate) dropped: u64,
}

/// What is shared between whoever works and whoever asks.
#[derive(Debug, Default)]
pub(super) struct Shared {
    summary: Mutex<Summary>,
    counters: [AtomicU64; 6],
}

/// Places in [`Shared::counters`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Counter {
    Fired,
    Repeated,
    Resolved,
    Delivered,
    Failed,
    Dropped,
}

impl Shared {
    pub(super) fn summary(&self) -> Summary {
        let summary = self.summary.lock();
        summary.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn totals(&self) -> Totals {
        let get = |counter: Counter| self.counters[counter as usize].load(Ordering::Relaxed);
        Totals {
            fired: get(Counter::Fired),
            repeated: get(Counter::Repeated),
            resolved: get(Counter::Resolved),
            delivered: get(Counter::Delivered),
            failed: get(Counter::Failed),
            dropped: get(Counter::Dropped),
        }
    }

    pub(super) fn count(&self, counter: Counter, by: u64) {
        self.counters[counter as usize].fetch_add(by, Ordering::Relaxed);
    }

    pub(super) fn told(&self, status: Status) {
        let counter = match status {
            Status::Fired => Counter::Fired,
            Status::Repeated => Counter::Repeated,
            Status::Resolved => Counter::Resolved,
        };
        self.count(counter, 1);
    }

    pub(super) fn dropped(&self, by: u64) {
        self.count(Counter::Dropped, by);
    }

    /// Notes what a round found.
    pub(super) fn look(&self, state: &State, rules: &Rules, leader: Option<&str>, leads: bool) {
        let firing = state.alerts.iter().map(|alert| Firing {
            rule: alert.rule.clone(),
            value: alert.value.clone(),
            severity: rules
                .named(&alert.rule)
                .map(|rule| rule.severity.as_str().to_owned()),
            message: alert.text.clone(),
            since: Millis::clamped(alert.since).to_string(),
            count: alert.total,
        });
        let firing = firing.collect();
        let mut summary = self.lock();
        summary.firing = firing;
        summary.leads = leads;
        // What follows the consumer's name only tells processes apart.
        let name = leader.map(|leader| leader.rsplit_once('/').map_or(leader, |(name, _)| name));
        summary.leader = name.map(str::to_owned);
    }

    /// Notes why alerts do not work, or that they do.
    pub(super) fn trouble(&self, reason: Option<&str>) {
        self.lock().trouble = reason.map(str::to_owned);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
