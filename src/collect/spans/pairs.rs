//! What began and ended: starts and ends of the same thing, found among the events of a job.

use super::milestone::{Milestone, Number, Text};
use super::story::Story;
use super::turns::is_of_job;
use crate::query::step::{self, Reading, Role};

/// How many starts an end is compared with at most: the latest.
const WINDOW: usize = 256;

/// Something that began, or ended, or both, as indices of milestones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
    /// Whether it ended badly.
    pub(super) failed: bool,
}

impl Pair {
    /// The milestone that tells most about it, and is told first.
    pub(super) fn first(&self) -> usize {
        self.start.or(self.end).unwrap_or(0)
    }
}

/// An event that says that something begins or ends.
#[derive(Clone, Copy)]
struct Mention<'a> {
    at: usize,
    reading: Reading<'a>,
    milestone: &'a Milestone<'a>,
    attempt: u32,
}

impl Mention<'_> {
    /// How well an end fits this start; `None` where it is the end of something else.
    fn fits(&self, end: &Self) -> Option<u8> {
        let (own, other) = (self.reading, end.reading);
        if own.entity != other.entity || self.attempt != end.attempt {
            return None;
        }
        let stem = own.stem == other.stem;
        if !stem && !own.stem.starts_with(other.stem) && !other.stem.starts_with(own.stem) {
            return None;
        }
        let mut score = 2 * u8::from(stem);
        let spans = (self.milestone.span, end.milestone.span);
        let text = |text| (self.milestone.text(text), end.milestone.text(text));
        score += 4 * agree(spans)?;
        score += 2 * agree(text(Text::Subject))?;
        score += 2 * agree(text(Text::Worker))?;
        Some(score + u8::from(self.milestone.service == end.milestone.service))
    }
}

/// Whether two values are the same; `None` where both are there and differ.
fn agree<T: PartialEq>(pair: (Option<T>, Option<T>)) -> Option<u8> {
    match pair {
        (Some(a), Some(b)) => (a == b).then_some(1),
        _ => Some(0),
    }
}

/// The pairs in a job, by their first milestone. An end of which neither the start nor the
/// duration is known is none: it stays an event.
pub(super) fn pairs(story: &Story<'_>) -> Vec<Pair> {
    let mut open: Vec<Mention<'_>> = Vec::new();
    let mut lone: Vec<Mention<'_>> = Vec::new();
    let mut pairs = Vec::new();
    for (at, (milestone, note)) in story.milestones.iter().zip(&story.notes).enumerate() {
        let Some(reading) = step::read(&milestone.event_type) else {
            continue;
        };
        if reading.stem == "job" || is_of_job(story, milestone) {
            continue;
        }
        let mention = Mention {
            at,
            reading,
            milestone,
            attempt: note.attempt,
        };
        if reading.role == Role::Start {
            open.push(mention);
        } else if let Some(start) = best(&open, &mention, |_| true) {
            pairs.push(closed(&open.remove(start), &mention));
        } else {
            lone.push(mention);
        }
    }
    for end in &lone {
        // By its clock it ended before it began, but the server heard of the start first.
        let heard_before = |start: &Mention<'_>| start.milestone.entry < end.milestone.entry;
        if let Some(start) = best(&open, end, heard_before) {
            pairs.push(closed(&open.remove(start), end));
        } else if end.milestone.number(Number::Took).is_some() {
            pairs.push(Pair {
                start: None,
                end: Some(end.at),
                failed: fails(end),
            });
        }
    }
    pairs.extend(open.iter().map(|start| Pair {
        start: Some(start.at),
        end: None,
        failed: false,
    }));
    pairs.sort_by_key(Pair::first);
    pairs
}

/// Index of the start that an end fits best, of equal ones the latest.
fn best(
    open: &[Mention<'_>],
    end: &Mention<'_>,
    may: impl Fn(&Mention<'_>) -> bool,
) -> Option<usize> {
    let latest = open.iter().enumerate().rev().take(WINDOW);
    let fitting = latest.filter_map(|(at, start)| {
        let fit = start.fits(end).filter(|_| may(start))?;
        Some(((fit, at), at))
    });
    fitting.max().map(|(_, at)| at)
}

fn closed(start: &Mention<'_>, end: &Mention<'_>) -> Pair {
    Pair {
        start: Some(start.at),
        end: Some(end.at),
        failed: fails(end),
    }
}

fn fails(end: &Mention<'_>) -> bool {
    end.reading.role == Role::Failure || end.milestone.says_failure()
}
