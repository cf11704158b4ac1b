//! From one step of a job to the next: how long that took, over time.
//!
//! Not every step says how long it took, and what lies between two steps may be what got slower.

use super::groups::label;
use super::history::{History, absorb};
use crate::event::Millis;
use crate::maps::Map;
use crate::query::jobs::{Course, Moved, Said};

/// Links that are told apart; others do not count.
const MOST: usize = 300;

/// The links, and how long jobs wait for their turn.
#[derive(Clone, Debug, Default)]
pub(super) struct Links<'a> {
    /// By what stands for the texts of a key.
    known: Map<(Said, Said), (Key<'a>, History)>,
    pub(super) waits: History,
}

/// Who says what, and who says what next.
type Key<'a> = ((&'a str, &'a str), (&'a str, &'a str));

impl<'a> Links<'a> {
    /// Takes in how one job went from step to step.
    pub(super) fn push(&mut self, course: &Course<'a>) {
        if let Some(wait) = wait(course) {
            self.waits.length(wait.until, wait.ms);
        }
        for (before, after) in handoffs(course) {
            let key = (before.said, after.said);
            if self.known.len() >= MOST && !self.known.contains_key(&key) {
                continue;
            }
            let ms = before.until(after);
            let texts = || ((who(before), who(after)), History::default());
            let (_, history) = self.known.entry(key).or_insert_with(texts);
            history.length(after.moment, ms);
        }
    }

    /// Takes in all that another one took in.
    pub(super) fn absorb(&mut self, other: Self) {
        self.waits.absorb(other.waits);
        absorb(&mut self.known, other.known, MOST);
    }

    /// The links.
    pub(super) fn all(&self) -> Vec<Link<'a, '_>> {
        let mut all: Vec<_> = self.known.values().collect();
        all.sort_by_key(|(key, _)| *key);
        all.into_iter()
            .map(|((from, to), history)| Link {
                from: label(from.0, from.1),
                to: label(to.0, to.1),
                types: (from.1, to.1),
                history,
            })
            .collect()
    }
}

/// From one step to the next.
pub(super) struct Link<'a, 'h> {
    /// Who says the first, and what.
    pub(super) from: String,
    /// Who says the second, and what.
    pub(super) to: String,
    /// The types of both.
    pub(super) types: (&'a str, &'a str),
    /// How long it took.
    pub(super) history: &'h History,
}

fn who<'a>(step: &Moved<'a>) -> (&'a str, &'a str) {
    (step.service, step.event_type)
}

/// Pairs of steps of the last try that follow each other. Of what a service says again and again the
/// last leads on.
pub(super) fn handoffs<'s, 'a>(course: &'s Course<'a>) -> Vec<(&'s Moved<'a>, &'s Moved<'a>)> {
    let steps: Vec<&Moved<'a>> = course.last_try().collect();
    let pairs = steps.windows(2).filter_map(|pair| match pair {
        [before, after] if before.said != after.said => Some((*before, *after)),
        _ => None,
    });
    pairs.collect()
}

/// How long a job waited for its turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) until: Millis,
    pub(super) ms: f64,
}

/// From the first step to the first claim; `None` where one of them is not known.
pub(super) fn wait(course: &Course<'_>) -> Option<Wait> {
    let first = course.first()?;
    let (at, claimed) = course.claim()?;
    if at == 0 || !first.event_type.starts_with("job.") {
        return None;
    }
    Some(Wait {
        until: claimed.moment,
        ms: first.until(claimed),
    })
}
