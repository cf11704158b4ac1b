//! Which events tell of the same failure, so that it is counted once.
//!
//! When a step of a job fails, the connector says so, an error event says why, and the job says that
//! it has failed. These are one failure where they come within [`WITHIN_MS`] of each other, belong to
//! the same job (or, where one of them names no job, to the same trace), and say the same: the same
//! masked message, one message within the other, or, within one job, none at all. The error event
//! wins and takes what ids it lacks from the others; without one, the first event wins. Two error
//! events are two failures, and so are two events of the same type and service.

use std::collections::{HashMap, VecDeque};

use super::failure::{Also, Failure};
use crate::digest::digest;
use crate::event::{Id, Millis};

/// How far apart two events may be that tell of the same failure.
pub(super) const WITHIN_MS: i64 = 5_000;

/// Failures among which others are looked for.
const MOST: usize = 4_000;

/// Failures of one job or trace that are looked at, the newest first.
const OF_ONE: usize = 16;

/// A message that is part of another one says the same only if it is at least so long.
const TELLING: usize = 12;

/// Other events that are kept by name.
const ALSO: usize = 8;

/// Puts together what tells of the same failure. Events come in the order of their time; where they
/// do not, some are not put together.
#[derive(Debug, Default)]
pub struct Linker {
    waiting: VecDeque<Failure>,
    /// Number of the first that waits.
    first: usize,
    /// Numbers by job and by trace, in order.
    places: HashMap<u128, VecDeque<usize>>,
}

impl Linker {
    /// Takes a failure; `done` gets those to which nothing more can belong.
    pub fn push(&mut self, failure: Failure, done: &mut dyn FnMut(Failure)) {
        while let Some(first) = self.waiting.front() {
            let over = failure.at.since(first.last) > WITHIN_MS;
            if !over && self.waiting.len() < MOST {
                break;
            }
            self.release(done);
        }
        let keys = keys(&failure);
        let mut numbers: Vec<usize> = Vec::new();
        for key in keys.iter().flatten() {
            let known = self.places.get(key).into_iter().flatten();
            numbers.extend(known.rev().take(OF_ONE));
        }
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers.into_iter().rev() {
            let Some(other) = self.waiting.get_mut(number - self.first) else {
                continue;
            };
            if are_one(other, &failure) {
                let before = self::keys(other);
                join(other, failure);
                let after = self::keys(other);
                for key in after.iter().flatten() {
                    if !before.contains(&Some(*key)) {
                        insert(&mut self.places, *key, number);
                    }
                }
                return;
            }
        }
        let number = self.first + self.waiting.len();
        for key in keys.iter().flatten() {
            insert(&mut self.places, *key, number);
        }
        self.waiting.push_back(failure);
    }

    /// Gives out all that wait.
    pub fn finish(&mut self, done: &mut dyn FnMut(Failure)) {
        while !self.waiting.is_empty() {
            self.release(done);
        }
    }

    fn release(&mut self, done: &mut dyn FnMut(Failure)) {
        let Some(failure) = self.waiting.pop_front() else {
            return;
        };
        for key in keys(&failure).iter().flatten() {
            if let Some(numbers) = self.places.get_mut(key) {
                // In order, so it is the first of them.
                if numbers.front() == Some(&self.first) {
                    numbers.pop_front();
                }
                if numbers.is_empty() {
                    self.places.remove(key);
                }
            }
        }
        self.first += 1;
        done(failure);
    }
}

fn insert(places: &mut HashMap<u128, VecDeque<usize>>, key: u128, number: usize) {
    let numbers = places.entry(key).or_default();
    let at = numbers.partition_point(|known| *known < number);
    numbers.insert(at, number);
}

/// The job and the trace, each as a number of its own.
fn keys(failure: &Failure) -> [Option<u128>; 2] {
    [Id::Job, Id::Trace].map(|id| {
        let value = failure.id(id)?;
        Some(digest(format!("{}\n{value}", id.wire_name()).as_bytes()))
    })
}

fn are_one(one: &Failure, other: &Failure) -> bool {
    let same = |id| one.id(id).is_some() && one.id(id) == other.id(id);
    let (job, other_job) = (one.id(Id::Job), other.id(Id::Job));
    let related = match (job, other_job) {
        (Some(job), Some(other)) => job == other,
        _ => same(Id::Trace),
    };
    let near = (one.at.since(other.at).abs()).min(one.last.since(other.at).abs()) <= WITHIN_MS;
    let told = |service: &str, event_type: &str| {
        let first = (one.service.as_str(), one.event_type.as_str());
        first == (service, event_type)
            || one
                .also
                .iter()
                .any(|also| (&*also.service, &*also.event_type) == (service, event_type))
    };
    related
        && near
        && !(one.is_error && other.is_error)
        && !told(&other.service, &other.event_type)
        && say_the_same(one, other, same(Id::Job))
}

fn say_the_same(one: &Failure, other: &Failure, same_job: bool) -> bool {
    let (short, long) = (one.kind.message.as_str(), other.kind.message.as_str());
    let (short, long) = match short.len() <= long.len() {
        true => (short, long),
        false => (long, short),
    };
    if one.kind.explicit && other.kind.explicit {
        return one.kind.text == other.kind.text;
    }
    match short {
        "" => same_job,
        short if short == long => true,
        short => short.len() >= TELLING && long.contains(short),
    }
}

/// Makes two one; `one` was there before.
fn join(one: &mut Failure, mut other: Failure) {
    let last: Millis = one.last.max(other.last);
    if other.is_error {
        std::mem::swap(one, &mut other);
        one.also = std::mem::take(&mut other.also);
    }
    for (id, value) in other.ids.iter() {
        if one.ids.get(id).is_none() {
            one.ids.set(id, value);
        }
    }
    let fill = |mine: &mut Option<String>, other: Option<String>| {
        if mine.is_none() {
            *mine = other;
        }
    };
    fill(&mut one.version, other.version);
    fill(&mut one.job_type, other.job_type);
    fill(&mut one.message, other.message);
    fill(&mut one.stack, other.stack);
    one.last = last;
    if one.also.len() < ALSO {
        one.also.push(Also {
            at: other.at,
            service: other.service,
            event_type: other.event_type,
        });
    }
}
