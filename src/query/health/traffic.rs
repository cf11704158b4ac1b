//! What recent events tell, gathered one by one in bounded memory.

use std::collections::BTreeMap;

use crate::event::naming::{self, Flaw};
use crate::event::{Event, Millis};
use crate::query::skew::Skew;

/// Rates are counted over this long before now: five minutes.
pub const RATE_WINDOW_MS: i64 = 5 * 60 * 1000;

/// What is added to a stream is counted over as long as collectors count what they read.
const ADDED_WINDOW_MS: i64 = 60 * 1000;

/// Distinct services, and streams they write to, that are told apart. A team has dozens; more are
/// a mistake in the emitter (an id in the name), which must not fill the memory.
const MAX_SERVICES: usize = 256;

/// Machines and workers of a service whose clocks are told apart.
const MAX_HOSTS: usize = 256;

/// Distinct offenders against the naming rules that are told apart.
const MAX_OFFENDERS: usize = 1024;

/// Gathers recent events: feed those of the last hour or so, in any order.
///
/// An event counts at the time of its entry, which is the server's clock and the same for all, or
/// at its timestamp where it has no entry. So a service whose clock is off is not silent.
#[derive(Clone, Debug)]
pub struct Traffic {
    now: Millis,
    since: Millis,
    services: BTreeMap<String, Heard>,
    rates: BTreeMap<String, BTreeMap<String, u64>>,
    rate_count: usize,
    /// Entries of the last minute, by stream.
    added: BTreeMap<String, u64>,
    offenders: BTreeMap<(String, String, Flaw), u64>,
    events: u64,
    good: u64,
    untold: u64,
}

/// What was heard of one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) last: Millis,
    /// Events within the rate window, of all streams.
    pub(super) recent: u64,
    skew: Skew,
    hosts: BTreeMap<String, Skew>,
}

impl Heard {
    /// The machine or worker whose clock is furthest ahead, where events name any.
    pub(super) fn furthest_ahead(&self) -> Option<&str> {
        let hosts = self.hosts.iter();
        let ahead = hosts.filter_map(|(host, skew)| Some((skew.estimate()?, host)));
        ahead.max().map(|(_, host)| host.as_str())
    }

    fn sample(&mut self, event: &Event, entry: Millis) {
        let difference = event.timestamp.since(entry);
        self.skew.sample(difference, entry);
        let Some(host) = event.host() else {
            return;
        };
        if let Some(skew) = self.hosts.get_mut(host) {
            skew.sample(difference, entry);
        } else if self.hosts.len() < MAX_HOSTS {
            let skew = self.hosts.entry(host.to_owned()).or_default();
            skew.sample(difference, entry);
        }
    }

    pub(super) fn skew_ms(&self) -> Option<i64> {
        self.skew.estimate()
    }
}

impl Traffic {
    /// An empty gathering at `now`; `since` says from where on the caller will feed events.
    pub fn new(now: Millis, since: Millis) -> Self {
        Self {
            now,
            since,
            services: BTreeMap::new(),
            rates: BTreeMap::new(),
            rate_count: 0,
            added: BTreeMap::new(),
            offenders: BTreeMap::new(),
            events: 0,
            good: 0,
            untold: 0,
        }
    }

    /// Takes one event.
    pub fn event(&mut self, event: &Event) {
        self.events += 1;
        let flaws = naming::flaws(event);
        self.good += u64::from(flaws.is_empty());
        for flaw in flaws {
            self.offend(event, flaw);
        }
        self.hear(event);
    }

    fn hear(&mut self, event: &Event) {
        let entry = event.entry().map(|entry| entry.time());
        let at = entry.unwrap_or(event.timestamp);
        if let (Some(stream), true) = (event.stream(), self.now.since(at) < ADDED_WINDOW_MS) {
            match self.added.get_mut(stream) {
                Some(count) => *count += 1,
                None => drop(self.added.insert(stream.to_owned(), 1)),
            }
        }
        let recent = (0..RATE_WINDOW_MS).contains(&self.now.since(at).max(0));
        let full = self.services.len() >= MAX_SERVICES;
        if full && !self.services.contains_key(&event.service) {
            self.untold += 1;
            return;
        }
        let heard = self.services.entry(event.service.clone()).or_default();
        heard.last = heard.last.max(at);
        heard.recent += u64::from(recent);
        if let Some(entry) = entry {
            heard.sample(event, entry);
        }
        if recent {
            self.rate(event.stream().unwrap_or_default(), &event.service);
        }
    }

    /// Entries that were added to a stream a second, over the last minute, or over the time since
    /// `oldest` where the stream holds no minute.
    pub(super) fn added_per_second(&self, stream: &str, oldest: Option<Millis>) -> f64 {
        let held = oldest.map_or(ADDED_WINDOW_MS, |oldest| self.now.since(oldest));
        let window = held.clamp(1_000, ADDED_WINDOW_MS);
        let count = self.added.get(stream).copied().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let rate = count as f64 * 1_000.0 / window as f64;
        rate
    }

    fn rate(&mut self, stream: &str, service: &str) {
        let known = self
            .rates
            .get_mut(stream)
            .and_then(|services| services.get_mut(service));
        if let Some(count) = known {
            *count += 1;
        } else if self.rate_count < MAX_SERVICES {
            self.rate_count += 1;
            let services = self.rates.entry(stream.to_owned()).or_default();
            services.insert(service.to_owned(), 1);
        }
    }

    fn offend(&mut self, event: &Event, flaw: Flaw) {
        let key = (event.service.clone(), event.event_type.clone(), flaw);
        let full = self.offenders.len() >= MAX_OFFENDERS;
        if !full || self.offenders.contains_key(&key) {
            *self.offenders.entry(key).or_default() += 1;
        }
    }

    /// Length of the span that was fed, in milliseconds.
    pub(super) fn span_ms(&self) -> i64 {
        self.now.since(self.since)
    }

    /// Events fed, and those of them without a flaw.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.events, self.good)
    }

    /// Events of services that were too many to be told apart.
    pub(super) fn untold(&self) -> u64 {
        self.untold
    }

    /// The services that were heard of, by name.
    pub(super) fn services(&self) -> impl Iterator<Item = (&str, &Heard)> {
        self.services
            .iter()
            .map(|(name, heard)| (name.as_str(), heard))
    }

    /// What was heard of one service.
    pub(super) fn heard(&self, service: &str) -> Option<&Heard> {
        self.services.get(service)
    }

    /// Events within the rate window by service, the busiest first.
    pub(super) fn rates(&self, stream: &str) -> Vec<(&str, u64)> {
        let services = self.rates.get(stream).into_iter().flatten();
        let mut rates: Vec<_> = services
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        rates.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        rates
    }

    /// Who breaks the naming rules how often, the worst first.
    pub(super) fn offenders(&self) -> Vec<(&(String, String, Flaw), u64)> {
        let mut offenders: Vec<_> = self.offenders.iter().map(|(who, n)| (who, *n)).collect();
        offenders.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        offenders
    }
}
