//! Failures put together by kind, in bounded memory.
//!
//! So many kinds are told apart, in all and of one name. What is beyond goes into one group for each
//! name, so that a flood of messages that differ each time hides no other kind.

use std::collections::{HashMap, VecDeque};

use super::failure::Failure;
use super::pulse::Pulse;
use super::tally::Tally;
use crate::digest::digest;
use crate::event::{Id, Millis};
use crate::query::numbers::{Distinct, Trend};

/// Kinds of the window that are told apart, and those of one name among them.
const GROUPS: usize = 5_000;
const OF_ONE_NAME: usize = 1_000;

/// Names that have a group for their other kinds; what is beyond shares one.
const NAMES: usize = 1_000;

/// Kinds of before the window that are remembered.
const PAST: usize = 50_000;

/// Streams of one kind that are remembered.
const STREAMS: usize = 4;

/// Newest failures of all kinds that are kept.
const RECENT: usize = 10;

/// The name of the group of all names beyond [`NAMES`].
const OTHERS: &str = "(others)";

/// All failures of one kind.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: u64,
    /// When it came, also before the window.
    pub(super) pulse: Pulse,
    /// In the window.
    pub(super) count: u64,
    pub(super) first: Millis,
    pub(super) trend: Trend,
    pub(super) services: Tally,
    pub(super) jobs: Distinct,
    pub(super) users: Distinct,
    pub(super) streams: Vec<String>,
    pub(super) newest: Failure,
    /// Whether it holds different kinds for which there was no room.
    pub(super) is_lump: bool,
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) known: HashMap<u64, Group>,
    /// Kinds by name.
    names: HashMap<String, usize>,
    /// Groups for other kinds, by name.
    pub(super) lumps: HashMap<String, Group>,
    past: HashMap<u64, Pulse>,
    /// Whether there were more kinds before the window than are remembered.
    pub(super) past_is_full: bool,
    pub(super) recent: VecDeque<Failure>,
    /// Different kinds, in the window.
    pub(super) kinds: Distinct,
    pub(super) trend: Trend,
    pub(super) count: u64,
    /// Events that told of failures that others had told.
    pub(super) linked: u64,
}

impl Groups {
    /// Takes a failure of before the window.
    pub(super) fn remember(&mut self, failure: &Failure) {
        let id = failure.kind.id();
        if self.past.len() >= PAST && !self.past.contains_key(&id) {
            self.past_is_full = true;
            return;
        }
        let pulse = self.past.entry(id).or_default();
        pulse.push(failure.at, failure.id(Id::Job));
    }

    /// Takes a failure of the window.
    pub(super) fn push(&mut self, failure: Failure) {
        self.count += 1;
        self.linked += u64::try_from(failure.also.len()).unwrap_or(u64::MAX);
        self.trend.push(failure.at);
        let id = failure.kind.id();
        self.kinds.push(&super::failure::id_text(id));
        let name = failure.kind.name.as_str();
        let group = if self.known.contains_key(&id) || self.has_room(name) {
            self.known.entry(id).or_insert_with(|| {
                let pulse = self.past.remove(&id).unwrap_or_default();
                *self.names.entry(name.to_owned()).or_default() += 1;
                Group::new(id, &failure, pulse, false)
            })
        } else {
            let has_place = self.lumps.len() < NAMES || self.lumps.contains_key(name);
            let name = if has_place { name } else { OTHERS };
            self.lumps.entry(name.to_owned()).or_insert_with(|| {
                let id = digest(format!("{name}\n(other messages)").as_bytes());
                let id = u64::try_from(id >> 64).unwrap_or(0);
                Group::new(id, &failure, Pulse::default(), true)
            })
        };
        group.push(&failure);
        let at = self.recent.partition_point(|known| known.at <= failure.at);
        if at > 0 || self.recent.len() < RECENT {
            self.recent.insert(at, failure);
        }
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Every group with its name or its kind in words.
    pub(super) fn all(&self) -> impl Iterator<Item = (String, &Group)> {
        let known = self.known.values();
        let known = known.map(|group| (group.newest.kind.text.clone(), group));
        let lumps = self.lumps.iter();
        known.chain(lumps.map(|(name, group)| (format!("{name}: (other messages)"), group)))
    }

    fn has_room(&self, name: &str) -> bool {
        let of_name = self.names.get(name).copied().unwrap_or(0);
        self.known.len() < GROUPS && of_name < OF_ONE_NAME
    }
}

impl Group {
    fn new(id: u64, failure: &Failure, pulse: Pulse, is_lump: bool) -> Self {
        Self {
            id,
            pulse,
            count: 0,
            first: failure.at,
            trend: Trend::default(),
            services: Tally::default(),
            jobs: Distinct::default(),
            users: Distinct::default(),
            streams: Vec::new(),
            newest: failure.clone(),
            is_lump,
        }
    }

    fn push(&mut self, failure: &Failure) {
        self.pulse.push(failure.at, failure.id(Id::Job));
        self.count += 1;
        self.first = self.first.min(failure.at);
        self.trend.push(failure.at);
        self.services.push(Some(&failure.service));
        if let Some(job) = failure.id(Id::Job) {
            self.jobs.push(job);
        }
        if let Some(user) = failure.id(Id::User) {
            self.users.push(user);
        }
        let stream = failure.stream.as_deref().unwrap_or_default();
        if self.streams.len() < STREAMS && !self.streams.iter().any(|known| known == stream) {
            self.streams.push(stream.to_owned());
        }
        if failure.at >= self.newest.at {
            self.newest = failure.clone();
        }
    }
}
