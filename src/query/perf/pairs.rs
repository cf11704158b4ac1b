//! How long operations took that say when they begin and end, but not how long they took.
//!
//! A start and an end belong together when they are of the same job and the same stem. An end belongs
//! to the latest start before it that has none yet, by the emitters' clocks. Marks are kept and
//! matched at the end, so that the order of arrival does not matter.

use std::hash::BuildHasher;

use crate::event::Millis;
use crate::maps::{Map, Seeds};
use crate::query::jobs::Name;
use crate::query::step::{self, Role};

/// Marks that are kept.
const MOST: usize = 1_000_000;

/// Marks that are put in order at once. There is time for that while events come; in the end the runs
/// are only merged.
const RUN: usize = 1 << 16;

/// Starts of one operation of one job that wait for their end.
const OPEN: usize = 1_000;

/// Starts and ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    marks: Vec<Mark>,
    /// What types of events begin or end, if anything.
    types: Map<Name, Option<Stem>>,
    seeds: Seeds,
    /// Starts and ends there was no room for.
    pub(super) left_out: u64,
}

/// What an event type begins or ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stem {
    /// Stands for what that is.
    key: u64,
    begins: bool,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Stands for the job and the stem.
    key: u64,
    at: Millis,
    /// Where the end counts; `None` for a start.
    end: Option<u16>,
    /// Whether the end says itself how long it took.
    is_told: bool,
}

impl Mark {
    fn order(&self) -> (u64, Millis) {
        (self.key, self.at)
    }
}

/// An end with the time since its start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) group: usize,
    pub(super) at: Millis,
    pub(super) ms: f64,
}

impl Pairs {
    /// Takes an event of a job in, if it begins or ends anything.
    pub(super) fn push(
        &mut self,
        job: &str,
        stem: Option<Stem>,
        at: Millis,
        group: usize,
        is_told: bool,
    ) {
        let Some(stem) = stem else { return };
        if self.marks.len() >= MOST {
            self.left_out += 1;
            return;
        }
        self.marks.push(Mark {
            key: self.seeds.hash_one((job, stem.key)),
            at,
            end: (!stem.begins).then(|| u16::try_from(group).unwrap_or(u16::MAX)),
            is_told,
        });
        if self.marks.len().is_multiple_of(RUN) {
            let run = self.marks.len() - RUN..;
            self.marks[run].sort_by_key(Mark::order);
        }
    }

    /// What a type of events begins or ends. One that has a name of its own is read once.
    pub(super) fn stem(&mut self, own: Option<Name>, event_type: &str) -> Option<Stem> {
        if let Some(known) = own.and_then(|own| self.types.get(&own)) {
            return *known;
        }
        let stem = step::read(event_type).map(|reading| Stem {
            key: self.seeds.hash_one(reading.stem),
            begins: reading.role == Role::Start,
        });
        if let Some(own) = own {
            self.types.insert(own, stem);
        }
        stem
    }

    /// The ends that do not say how long it took, with what their starts say.
    pub(super) fn finish(self) -> Vec<Pair> {
        let mut marks = self.marks;
        marks.sort_by_key(Mark::order);
        let mut pairs = Vec::new();
        let mut open = Vec::new();
        for same in marks.chunk_by(|a, b| a.key == b.key) {
            open.clear();
            for mark in same {
                let Some(group) = mark.end else {
                    if open.len() < OPEN {
                        open.push(mark.at);
                    }
                    continue;
                };
                let Some(start) = open.pop() else { continue };
                if !mark.is_told {
                    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
                    let ms = mark.at.since(start) as f64;
                    pairs.push(Pair {
                        group: usize::from(group),
                        at: mark.at,
                        ms,
                    });
                }
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths of pairs, from job, type and time of events.
    fn pairs(events: &[(&str, &str, i64, bool)]) -> Vec<f64> {
        let mut pairs = Pairs::default();
        for (job, event_type, at, is_told) in events {
            let stem = pairs.stem(None, event_type);
            pairs.push(job, stem, Millis::clamped(*at), 3, *is_told);
        }
        let mut lengths: Vec<_> = pairs.finish().iter().map(|pair| pair.ms).collect();
        lengths.sort_by(f64::total_cmp);
        lengths
    }

    #[test]
    fn an_end_belongs_to_the_latest_start_of_its_job() {
        let events = [
            ("a", "asset.upload_started", 100, false),
            ("b", "asset.upload_started", 150, false),
            // The first try of this one was lost.
            ("a", "asset.upload_started", 500, false),
            ("a", "asset.upload_failed", 700, false),
            ("b", "asset.upload_completed", 1_150, false),
            ("b", "asset.download_completed", 1_200, false),
            ("c", "asset.upload_completed", 5, false),
            ("c", "asset.upload_started", 10, false),
        ];
        assert_eq!(pairs(&events), [200.0, 1_000.0]);
        let mut reversed = events;
        reversed.reverse();
        assert_eq!(pairs(&reversed), [200.0, 1_000.0]);
    }

    #[test]
    fn what_an_end_says_itself_is_not_found_again() {
        let events = [
            ("a", "x.work_started", 0, false),
            ("a", "x.work_completed", 10, true),
            ("a", "x.work_completed", 20, false),
        ];
        assert!(pairs(&events).is_empty());
    }
}
