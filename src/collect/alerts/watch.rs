//! What a reader of a stream does for alerts: it counts what the rules ask about.
//!
//! Of most events a look at their type is enough. What matches is added up for the whole page and
//! queued into the round trip that the page makes anyway. Events count at the time at which they
//! arrived, by the server's clock: an emitter's clock that is wrong hides nothing, and all
//! collectors agree. An entry that is delivered again is counted again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::rules::{By, Kind, Rule, Rules, part_ms};
use crate::digest::digest;
use crate::event::{Event, Id, Millis};
use crate::maps;
use crate::query::fingerprint::cut;
use crate::query::notice::is_notice;
use crate::query::timeline::message;
use crate::store::redis::alerts::{
    AlertKeys, CLAIM_REPLIES, COUNT_REPLIES, Counted, HEARD_REPLIES, settled,
};
use crate::store::redis::{Pipe, Replies};

/// Types of events whose rules are remembered.
const MAX_TYPES: usize = 1024;

/// Values of one rule that are told apart within its window.
const MAX_VALUES: usize = 100;

/// All values beyond those.
const OTHERS: &str = "(others)";

/// Kinds of one rule that are remembered, so that they are not claimed again and again.
const MAX_KINDS: usize = 10_000;

/// Claims of one rule within [`CLAIM_PERIOD_MS`]. A kind that is not claimed for this will be when
/// it comes again.
const MAX_CLAIMS: usize = 100;
const CLAIM_PERIOD_MS: i64 = 10_000;

/// How far this machine's clock may be ahead of the server's.
const CLOCK_SLACK_MS: i64 = 5 * 60 * 1000;

/// How long counts are kept beyond their window.
const COUNT_SLACK: Duration = Duration::from_secs(60);

/// The longest message of an example, in bytes.
const MAX_MESSAGE: usize = 300;

/// Counts for the rules. Every reader of a stream has its own.
#[derive(Debug)]
pub(crate) struct Watch {
    rules: Arc<Rules>,
    keys: AlertKeys,
    /// By type, the rules that may ask about it.
    types: maps::Map<String, Arc<[Candidate]>>,
    /// By rule, what it remembers.
    memories: Vec<Memory>,
    /// What was queued and not settled yet, page by page.
    queued: VecDeque<Vec<Queued>>,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    rule: usize,
    /// Whether all events of the type match.
    certain: bool,
}

#[derive(Debug, Default)]
struct Memory {
    /// Values within the period that began then; kinds that were claimed, for rules about those.
    values: HashSet<u128>,
    claims: usize,
    since: Millis,
}

#[derive(Debug)]
enum Queued {
    Count,
    Heard,
    Claim { rule: usize, kind: u128 },
}

/// What a page holds.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    /// By rule, part of the window and value: how many, and one of them.
    pub(super) counts: HashMap<(usize, Millis, String), (u64, &'a Event)>,
    /// New kinds of a rule.
    pub(super) kinds: HashMap<(usize, String), &'a Event>,
    /// By rule, the last arrival.
    pub(super) heard: HashMap<usize, Millis>,
}

impl Watch {
    pub(in crate::collect) fn new(rules: Arc<Rules>, keys: AlertKeys) -> Self {
        let memories = (0..rules.len()).map(|_| Memory::default()).collect();
        Self {
            rules,
            keys,
            types: maps::Map::default(),
            memories,
            queued: VecDeque::new(),
        }
    }

    /// Queues what the rules ask about a page of events. Without [`Self::settle`] nothing of it is
    /// taken as done, so that the same page can be queued again, after [`Self::lose`].
    pub(crate) fn queue<'a>(
        &mut self,
        pipe: &mut Pipe,
        events: impl IntoIterator<Item = &'a Event>,
        now: Millis,
    ) {
        let page = self.read(events, now);
        self.send(pipe, &page);
    }

    /// What the rules ask about a page of events.
    pub(super) fn read<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a Event>,
        now: Millis,
    ) -> Page<'a> {
        let mut page = Page::default();
        for event in events {
            let candidates = match self.types.get(event.event_type.as_str()) {
                Some(candidates) => Arc::clone(candidates),
                None => self.learn(&event.event_type),
            };
            // It would fire on itself.
            if candidates.is_empty() || is_notice(event) {
                continue;
            }
            for candidate in candidates.iter() {
                self.take(&mut page, *candidate, event, now);
            }
        }
        page
    }

    /// Remembers that a kind was claimed.
    pub(super) fn has_claimed(&mut self, rule: usize, kind: u128) {
        if let Some(memory) = self.memories.get_mut(rule) {
            if memory.values.len() >= MAX_KINDS {
                memory.values.clear();
            }
            memory.values.insert(kind);
        }
    }

    /// Forgets what was queued and cannot be settled.
    pub(crate) fn lose(&mut self) {
        self.queued.clear();
    }

    /// Takes the replies to what was queued first.
    ///
    /// # Errors
    /// What the server refused, in its words: that is not counted.
    pub(crate) fn settle(&mut self, replies: &mut Replies) -> Result<(), String> {
        let mut outcome = Ok(());
        for queued in self.queued.pop_front().unwrap_or_default() {
            let settled = match queued {
                Queued::Count => settled(replies, COUNT_REPLIES),
                Queued::Heard => settled(replies, HEARD_REPLIES),
                Queued::Claim { rule, kind } => {
                    let settled = settled(replies, CLAIM_REPLIES);
                    if settled.is_ok() {
                        self.has_claimed(rule, kind);
                    }
                    settled
                }
            };
            outcome = outcome.and(settled);
        }
        outcome
    }

    /// The rules that may ask about events of a type.
    fn learn(&mut self, event_type: &str) -> Arc<[Candidate]> {
        let candidates = self.rules.iter().enumerate().filter_map(|(rule, known)| {
            match known.kind.filter()?.of_type(event_type) {
                Some(false) => None,
                said => Some(Candidate {
                    rule,
                    certain: said == Some(true),
                }),
            }
        });
        let candidates: Arc<[_]> = candidates.collect();
        if self.types.len() >= MAX_TYPES {
            self.types.clear();
        }
        self.types
            .insert(event_type.to_owned(), Arc::clone(&candidates));
        candidates
    }

    fn take<'a>(
        &mut self,
        page: &mut Page<'a>,
        candidate: Candidate,
        event: &'a Event,
        now: Millis,
    ) {
        let index = candidate.rule;
        let (Some(rule), Some(memory)) = (self.rules.get(index), self.memories.get_mut(index))
        else {
            return;
        };
        let passes = |rule: &Rule| {
            let filter = rule.kind.filter();
            candidate.certain || filter.is_some_and(|filter| filter.matches(event))
        };
        let arrived = event.entry().map_or(now, |entry| entry.time());
        match &rule.kind {
            Kind::Rate { by, window_ms, .. } => {
                // What lies beyond the window will not be asked for.
                let age = now.since(arrived);
                if age > window_ms.saturating_add(CLOCK_SLACK_MS) || !passes(rule) {
                    return;
                }
                let part = part_ms(*window_ms);
                let bucket = Millis::clamped(arrived.get() - arrived.get().rem_euclid(part));
                let value = match by {
                    Some(by) => memory.bounded(by.value(event), *window_ms, now),
                    None => String::new(),
                };
                let count = page.counts.entry((index, bucket, value));
                let count = count.or_insert((0, event));
                *count = (count.0 + 1, event);
            }
            Kind::New { by, .. } => {
                if passes(rule) {
                    memory.claim(page, index, by, event, now);
                }
            }
            Kind::Silent { .. } => {
                if passes(rule) {
                    let heard = page.heard.entry(index).or_insert(arrived);
                    *heard = arrived.max(*heard);
                }
            }
            Kind::Stuck { .. } | Kind::Overtaken { .. } | Kind::Memory { .. } => {}
        }
    }

    fn send(&mut self, pipe: &mut Pipe, page: &Page<'_>) {
        let mut queued = Vec::new();
        for ((index, bucket, value), (by, event)) in &page.counts {
            let Some(rule) = self.rules.get(*index) else {
                continue;
            };
            let window_ms = match rule.kind {
                Kind::Rate { window_ms, .. } => u64::try_from(window_ms).unwrap_or(0),
                _ => 0,
            };
            let counted = Counted {
                rule: &rule.name,
                bucket: *bucket,
                value,
                by: *by,
                example: &example(event),
                life: Duration::from_millis(window_ms.saturating_mul(2)) + COUNT_SLACK,
            };
            self.keys.count(pipe, &counted);
            queued.push(Queued::Count);
        }
        for ((index, kind), event) in &page.kinds {
            if let Some(rule) = self.rules.get(*index) {
                self.keys.claim(pipe, &rule.name, kind, &example(event));
                queued.push(Queued::Claim {
                    rule: *index,
                    kind: digest(kind.as_bytes()),
                });
            }
        }
        for (index, at) in &page.heard {
            if let Some(rule) = self.rules.get(*index) {
                self.keys.heard(pipe, &rule.name, *at);
                queued.push(Queued::Heard);
            }
        }
        self.queued.push_back(queued);
    }
}

impl Memory {
    /// The value, or the word for all others where there are too many within a window.
    fn bounded(&mut self, value: String, window_ms: i64, now: Millis) -> String {
        if !(0..window_ms).contains(&now.since(self.since)) {
            self.since = now;
            self.values.clear();
        }
        let name = digest(value.as_bytes());
        if self.values.contains(&name) {
            return value;
        }
        if self.values.len() >= MAX_VALUES {
            return OTHERS.to_owned();
        }
        self.values.insert(name);
        value
    }

    fn claim<'a>(
        &mut self,
        page: &mut Page<'a>,
        rule: usize,
        by: &By,
        event: &'a Event,
        now: Millis,
    ) {
        let kind = by.value(event);
        if self.values.contains(&digest(kind.as_bytes())) {
            return;
        }
        if !(0..CLAIM_PERIOD_MS).contains(&now.since(self.since)) {
            (self.since, self.claims) = (now, 0);
        }
        let full = self.claims >= MAX_CLAIMS;
        if !full && page.kinds.insert((rule, kind), event).is_none() {
            self.claims += 1;
        }
    }
}

/// An event in few words, as JSON, to be shown in a notice.
pub(super) fn example(event: &Event) -> String {
    let mut words = Map::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            words.insert(name.to_owned(), cut(value, MAX_MESSAGE).into());
        }
    };
    put("service", Some(&event.service));
    put("eventType", Some(&event.event_type));
    put("message", message(event).map(|(_, message)| message));
    put("jobId", event.id(Id::Job));
    put("traceId", event.id(Id::Trace));
    put("_stream", event.stream());
    if let Some(entry) = event.entry() {
        words.insert("_id".to_owned(), entry.to_string().into());
    }
    Value::Object(words).to_string()
}
