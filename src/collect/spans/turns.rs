//! Whose turn it was: the waits in the queue, and the attempts of workers.

use super::draft::{Draft, DraftRole, Failure};
use super::milestone::{Milestone, Number};
use super::span::SpanKind;
use super::story::Story;
use crate::event::Millis;
use crate::query::step;
use crate::query::timeline::{CLAIMED, Mark, Outcome, PROCESSING, parts, starts, word};

/// One attempt, as indices of milestones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Its number, from 1.
    pub(super) attempt: u32,
    /// Where a worker took the job.
    pub(super) claim: usize,
    /// Where the worker let go of it.
    pub(super) end: Option<usize>,
    /// When it was over.
    pub(super) until: Millis,
    /// Where the wait before it began.
    pub(super) queued: Option<usize>,
}

/// Whether a milestone says that a worker takes the job, or is at it.
fn takes(milestone: &Milestone<'_>) -> bool {
    let Some(("job" | "worker", action)) = parts(&milestone.event_type) else {
        return false;
    };
    match word(&milestone.event_type).as_deref() {
        Some(PROCESSING) => !action.starts_with("progress"),
        Some(word) => word == CLAIMED || word == "assigned",
        None => false,
    }
}

/// How well a milestone marks the start of a wait; `None` for those that do not.
fn queues(milestone: &Milestone<'_>) -> Option<u8> {
    let event_type = &*milestone.event_type;
    if !event_type.starts_with("job.") || takes(milestone) || !starts(event_type) {
        return None;
    }
    Some(u8::from(event_type.contains("queue")))
}

/// Whether a milestone is a step in the life of the job itself: no start or end of anything else.
pub(super) fn is_of_job(story: &Story<'_>, milestone: &Milestone<'_>) -> bool {
    takes(milestone)
        || queues(milestone).is_some()
        || milestone.is_end(story.options)
        || step::lets_go(&milestone.event_type)
}

/// The attempts of a job, in order.
pub(super) fn turns(story: &Story<'_>) -> Vec<Turn> {
    let all = &story.milestones;
    let mut turns: Vec<Turn> = Vec::new();
    for (index, (milestone, note)) in all.iter().zip(&story.notes).enumerate() {
        let known = turns
            .last()
            .is_some_and(|turn| turn.attempt == note.attempt);
        if !known && takes(milestone) && !note.marks.has(Mark::AfterEnd) {
            turns.push(Turn {
                attempt: note.attempt,
                claim: index,
                end: None,
                until: milestone.at,
                queued: None,
            });
        }
    }
    let mut free = 0;
    for at in 0..turns.len() {
        let next = turns.get(at + 1).map(|next| next.claim);
        let turn = &mut turns[at];
        turn.queued = wait_start(story, free, turn.claim);
        turn.end = turn_end(story, *turn, next.unwrap_or(all.len()));
        turn.until = match (turn.end, next) {
            (Some(end), _) => all[end].at,
            (None, Some(next)) => all[next].at,
            (None, None) => story.until,
        };
        free = turn.end.unwrap_or(turn.claim) + 1;
    }
    turns
}

/// Where the wait that ends with `claim` began, at `from` or later: where the job was queued, or
/// at least made.
fn wait_start(story: &Story<'_>, from: usize, claim: usize) -> Option<usize> {
    let all = &story.milestones;
    let before = (from..claim).filter_map(|at| Some((queues(&all[at])?, at)));
    // Of those that say the same the first.
    let best = before.max_by_key(|(rank, at)| (*rank, std::cmp::Reverse(*at)));
    best.map(|(_, at)| at).or_else(|| {
        // By the clock of another service it was queued later, but the server knows better.
        (claim + 1..all.len().min(claim + 8)).find(|at| {
            queues(&all[*at]) == Some(1)
                && all[*at].entry < all[claim].entry
                && story.notes[*at].attempt == story.notes[claim].attempt
        })
    })
}

/// Where a turn ended, before the milestone `until`.
fn turn_end(story: &Story<'_>, turn: Turn, until: usize) -> Option<usize> {
    let mine = |at: &usize| story.notes[*at].attempt == turn.attempt;
    let ends = |at: &usize| {
        let marks = story.notes[*at].marks;
        marks.has(Mark::End) || marks.has(Mark::Retried)
    };
    let after = || (turn.claim + 1..until).filter(mine);
    let last = after().rfind(ends);
    last.or_else(|| after().find(|at| step::lets_go(&story.milestones[*at].event_type)))
}

/// The span of an attempt.
pub(super) fn attempt(story: &Story<'_>, turn: &Turn, is_last: bool) -> Draft {
    let claim = &story.milestones[turn.claim];
    let what = format_args!("attempt {}", turn.attempt);
    let mut draft = Draft::new(story.job, what, DraftRole::Attempt, claim);
    draft.name = "job.attempt".into();
    draft.kind = SpanKind::Consumer;
    draft.scope = claim.span.or(claim.parent);
    draft.note("emp.attempt", turn.attempt);
    let Some(end) = turn.end else {
        draft.never_ended(turn.until);
        if !is_last {
            draft.failure = Some(Failure {
                error: None,
                message: None,
                fallback: "it never ended, and the job was taken again".into(),
            });
        }
        return draft;
    };
    let end = &story.milestones[end];
    draft.lasts(claim.at, end.at);
    match story.options.outcome(&end.event_type) {
        Some(Outcome::Completed) => draft.ok = true,
        Some(Outcome::Cancelled) => {}
        Some(_) => draft.failure = Some(Failure::of(end)),
        None if end.event_type.contains(".retr") => draft.failure = Some(Failure::of(end)),
        None => {}
    }
    draft
}

/// The span of the wait before an attempt.
pub(super) fn wait(story: &Story<'_>, turn: &Turn) -> Option<Draft> {
    let claim = &story.milestones[turn.claim];
    let what = format_args!("wait {}", turn.attempt);
    let draft = match (turn.queued, claim.number(Number::Waited)) {
        (Some(queued), _) => {
            let queued = &story.milestones[queued];
            let mut draft = Draft::new(story.job, what, DraftRole::Wait, queued);
            if queued.at > claim.at {
                draft.start = claim.at;
                draft.end = claim.at;
                draft.note("emp.clock_skew_ms", queued.at.since(claim.at));
            } else {
                draft.lasts(queued.at, claim.at);
            }
            draft
        }
        (None, Some(waited)) => {
            let mut draft = Draft::new(story.job, what, DraftRole::Wait, claim);
            draft.lasts(before(claim.at, waited), claim.at);
            draft
        }
        (None, None) => return None,
    };
    Some(named_wait(draft, turn.attempt))
}

/// The span of a wait that no worker has ended, after the last attempt.
pub(super) fn open_wait(story: &Story<'_>, last: Option<&Turn>) -> Option<Draft> {
    if story.outcome == Outcome::Completed {
        return None;
    }
    let from = last.map_or(0, |turn| turn.end.unwrap_or(turn.claim) + 1);
    let queued = wait_start(story, from, story.milestones.len())?;
    let number = last.map_or(1, |turn| turn.attempt + 1);
    let queued = &story.milestones[queued];
    let what = format_args!("wait {number}");
    let mut draft = Draft::new(story.job, what, DraftRole::Wait, queued);
    draft.never_ended(story.until);
    Some(named_wait(draft, number))
}

fn named_wait(mut draft: Draft, attempt: u32) -> Draft {
    draft.name = "job.queue_wait".into();
    draft.note("emp.attempt", attempt);
    draft
}

/// So many milliseconds before an instant.
pub(super) fn before(at: Millis, ms: u64) -> Millis {
    at.plus(i64::try_from(ms).map_or(i64::MIN, |ms| -ms))
}
