//! The rules over what has happened already: what they would have told.
//!
//! Events are read as a reader of a stream reads them, and rounds are run as the collector that leads
//! runs them, but every ten seconds of their time at most, and in memory alone. What no event tells
//! (open jobs, trimming, the memory of Redis) is not asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::notice::Notice;
use super::round;
use super::rules::{Kind, Rules};
use super::state::{State, Status};
use super::vitals::Vitals;
use super::watch::{Watch, example};
use crate::digest::digest;
use crate::event::{Event, Millis};
use crate::query::notice::{Alert, Log, Told};
use crate::store::redis::alerts::{AlertKeys, Answer, Ask, Counts};

/// The longest time between two rounds.
const STEP_MS: i64 = 10_000;

/// More rounds than that are not run for times in which nothing happens.
const MAX_ROUNDS: u64 = 1_000_000;

/// Kinds of one rule that are remembered.
const MAX_KINDS: usize = 100_000;

/// Runs rules over events, in the order of their time.
#[derive(Debug)]
pub(crate) struct Replay {
    rules: Arc<Rules>,
    watch: Watch,
    /// By rule, what was counted in which part of the time.
    counts: HashMap<usize, BTreeMap<Millis, Counts>>,
    /// By rule, the kinds that are known, and those that are new since the last round.
    known: HashMap<usize, HashSet<u128>>,
    fresh: HashMap<usize, Vec<(String, Option<String>)>>,
    heard: HashMap<usize, Millis>,
    state: State,
    /// Before that everything is learned and nothing told.
    from: Option<Millis>,
    /// The time of the next round.
    next: Option<Millis>,
    step_ms: i64,
    rounds: u64,
    log: Log,
}

impl Replay {
    /// For rules that are told from `from` on, or from the first event on.
    pub(crate) fn new(rules: Arc<Rules>, from: Option<Millis>) -> Self {
        let windows = rules.iter().filter_map(|rule| match rule.kind {
            Kind::Rate { window_ms, .. } => Some(window_ms / 2),
            _ => None,
        });
        let step_ms = windows.min().unwrap_or(STEP_MS).clamp(1_000, STEP_MS);
        Self {
            watch: Watch::new(Arc::clone(&rules), AlertKeys::new("", "")),
            rules,
            counts: HashMap::new(),
            known: HashMap::new(),
            fresh: HashMap::new(),
            heard: HashMap::new(),
            state: State::read(None),
            from,
            next: None,
            step_ms,
            rounds: 0,
            log: Log::default(),
        }
    }

    /// Takes an event.
    pub(crate) fn push(&mut self, event: &Event) {
        let at = event.entry().map_or(event.timestamp, |entry| entry.time());
        let from = *self.from.get_or_insert(at);
        let told = at >= from;
        if told {
            self.run_to(at.max(from));
        }
        let page = self.watch.read(std::slice::from_ref(event), at);
        for ((rule, part, value), (count, event)) in page.counts {
            let parts = self.counts.entry(rule).or_default();
            let place = parts.entry(part).or_default().entry(value).or_default();
            place.0 += count;
            place.1 = Some(example(event));
        }
        let mut claimed = Vec::new();
        for ((rule, kind), event) in page.kinds {
            let number = digest(kind.as_bytes());
            let known = self.known.entry(rule).or_default();
            if known.len() >= MAX_KINDS {
                continue;
            }
            if known.insert(number) && told {
                let fresh = self.fresh.entry(rule).or_default();
                fresh.push((kind, Some(example(event))));
            }
            claimed.push((rule, number));
        }
        for (rule, at) in page.heard {
            let heard = self.heard.entry(rule).or_insert(at);
            *heard = at.max(*heard);
        }
        for (rule, number) in claimed {
            self.watch.has_claimed(rule, number);
        }
    }

    /// Runs the rounds to the end; the alerts, and how many there was no room for.
    pub(crate) fn finish(mut self, until: Millis) -> (Vec<Alert>, u64) {
        if self.from.is_some() {
            self.run_to(until);
            self.round(until);
        }
        self.log.finish()
    }

    /// Runs the rounds that are due before `at`.
    fn run_to(&mut self, at: Millis) {
        let from = self.from.unwrap_or(at);
        let mut next = *self.next.get_or_insert(from);
        while next <= at {
            if self.is_idle() || self.rounds >= MAX_ROUNDS {
                // Nothing can begin before something happens.
                next = at.plus(self.step_ms);
                self.round(at);
                break;
            }
            self.round(next);
            next = next.plus(self.step_ms);
        }
        self.next = Some(next);
    }

    fn is_idle(&self) -> bool {
        let silent = |rule: &super::rules::Rule| matches!(rule.kind, Kind::Silent { .. });
        self.state.alerts.is_empty()
            && self.counts.values().all(BTreeMap::is_empty)
            && self.fresh.is_empty()
            && !self.rules.iter().any(silent)
    }

    fn round(&mut self, now: Millis) {
        self.rounds += 1;
        let rules = Arc::clone(&self.rules);
        for (index, rule) in rules.iter().enumerate() {
            if let (Kind::Rate { window_ms, .. }, Some(parts)) =
                (&rule.kind, self.counts.get_mut(&index))
            {
                let oldest = now.plus(-window_ms.saturating_mul(2));
                parts.retain(|part, _| *part >= oldest);
            }
        }
        let answers = round::asks(&rules, now)
            .into_iter()
            .map(|ask| self.answer(&ask));
        let answers: Vec<Answer> = answers.collect();
        self.fresh.clear();
        let vitals = Vitals {
            read_to: Some(now),
            ..Vitals::default()
        };
        let round = round::run(&rules, &mut self.state, answers, &vitals, &[], now);
        for notice in &round.notices {
            self.log.push(told(notice, now));
        }
    }

    fn answer(&self, ask: &Ask<'_>) -> Answer {
        let index = |name: &str| self.rules.iter().position(|rule| rule.name == name);
        match ask {
            Ask::Counts(rule, parts) => {
                let counted = index(rule).and_then(|index| self.counts.get(&index));
                let counted = |part: &Millis| counted.and_then(|counted| counted.get(part));
                let counts = parts.iter();
                let counts = counts.map(|part| (*part, counted(part).cloned().unwrap_or_default()));
                Answer::Counts(counts.collect())
            }
            Ask::New(rule) => {
                let fresh = index(rule).and_then(|index| self.fresh.get(&index));
                // When it arrived is known here, and not only where it has an entry.
                let kinds = fresh.into_iter().flatten().cloned();
                Answer::New(kinds.collect())
            }
            Ask::Heard(rule) => {
                let heard = index(rule).and_then(|index| self.heard.get(&index));
                Answer::Heard(heard.copied())
            }
        }
    }
}

fn told(notice: &Notice, at: Millis) -> Told {
    let status = match notice.status {
        Status::Fired => "fired",
        Status::Repeated => "repeated",
        Status::Resolved => "resolved",
    };
    let job = notice
        .examples
        .iter()
        .find_map(|example| example.get("jobId")?.as_str());
    Told {
        rule: notice.rule.clone(),
        value: notice.value.clone(),
        severity: notice.severity.clone(),
        status: status.to_owned(),
        message: notice.message.clone(),
        count: notice.count,
        at,
        job: job.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::rules_of;
    use super::*;
    use crate::event::Data;

    const RULES: &str = "[[alerts]]\nname = \"rate\"\nquery = \"type:job.failed\"\ncount = 3\n\
        by = \"service\"\nwindow = \"1m\"\nseverity = \"critical\"\n\
        [[alerts]]\nname = \"kind\"\nquery = \"type:error.*\"\nnew = true\ncooldown = \"0s\"\n\
        [[alerts]]\nname = \"quiet\"\nquery = \"service:worker\"\nsilent_for = \"5m\"\nresolve_after = \"1m\"\n\
        [[alerts]]\nname = \"stuck\"\nstuck_for = \"5m\"\n";

    fn event(at_s: i64, service: &str, event_type: &str, message: &str) -> Event {
        Event {
            timestamp: Millis::clamped(1_700_000_000_000 + at_s * 1_000),
            service: service.to_owned(),
            event_type: event_type.to_owned(),
            data: Data::from_wire(&json!({ "message": message }).to_string()),
            ..Event::default()
        }
    }

    fn alerts(events: &[Event], from_s: Option<i64>, until_s: i64) -> Vec<Alert> {
        let at = |seconds: i64| Millis::clamped(1_700_000_000_000 + seconds * 1_000);
        let mut replay = Replay::new(rules_of(RULES), from_s.map(at));
        events.iter().for_each(|event| replay.push(event));
        replay.finish(at(until_s)).0
    }

    fn named(alerts: &[Alert], rule: &str) -> Vec<Alert> {
        alerts
            .iter()
            .filter(|alert| alert.rule == rule)
            .cloned()
            .collect()
    }

    #[test]
    fn a_rate_fires_and_is_resolved() {
        let mut events: Vec<_> = (0..40)
            .map(|n| event(n * 30, "worker", "job.completed", ""))
            .collect();
        for n in 0..3 {
            events.push(event(300 + n * 5, "worker", "job.failed", "m"));
            events.push(event(300 + n * 50, "api", "job.failed", "m"));
        }
        events.sort_by_key(|event| event.timestamp);
        let alerts = named(&alerts(&events, None, 1_200), "rate");
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        let alert = &alerts[0];
        assert_eq!((alert.value.as_deref(), alert.count), (Some("worker"), 3));
        let fired_s = (alert.fired_at.get() - 1_700_000_000_000) / 1_000;
        assert!((310..=320).contains(&fired_s), "{fired_s}");
        let over_ms = alert.resolved_at.expect("over").since(alert.fired_at);
        assert!((300_000..400_000).contains(&over_ms), "{over_ms}");
    }

    #[test]
    fn a_kind_is_new_once_and_what_came_before_is_known() {
        let events = [
            event(0, "worker", "error.Old", "a 1"),
            event(100, "worker", "error.Old", "a 2"),
            event(110, "worker", "error.New", "b 1"),
            event(130, "worker", "error.New", "b 2"),
        ];
        let late = named(&alerts(&events, Some(50), 200), "kind");
        assert_eq!(late.len(), 1, "{late:?}");
        assert!(
            late[0].message.contains("never seen before: New: b #"),
            "{late:?}"
        );
        assert_eq!(named(&alerts(&events, None, 200), "kind").len(), 2);
    }

    #[test]
    fn a_silence_is_told() {
        let events = [
            event(0, "worker", "job.created", ""),
            event(60, "api", "job.created", ""),
            event(900, "api", "job.created", ""),
            event(910, "worker", "job.created", ""),
        ];
        let quiet = named(&alerts(&events, None, 1_100), "quiet");
        assert_eq!(quiet.len(), 1, "{quiet:?}");
        assert!(quiet[0].resolved_at.is_some());
    }

    #[test]
    fn years_without_events_take_no_time() {
        let events = [
            event(-1_000_000_000, "api", "a.b", ""),
            event(0, "api", "job.failed", "m"),
        ];
        assert!(named(&alerts(&events, None, 10), "rate").is_empty());
        let replay = Replay::new(rules_of(RULES), None);
        assert_eq!(replay.finish(Millis::clamped(5)).0, []);
    }
}
