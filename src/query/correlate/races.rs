//! What happened in an order that cannot be: two workers on one job, a job that was completed before it
//! started, steps after the end.
//!
//! An order counts only where both clocks tell it: the emitters', put right where they are known to be
//! off, and the server's. Where only one of them does, a clock or a late delivery explains it, and
//! nothing is claimed.

mod told;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

pub use told::{Kind, Race};
use told::{heard_in_order, race};

use crate::query::jobs::{Course, Jobs, Moved};
use crate::query::step;
use crate::query::timeline::{CLAIMED, Mark, Options, Outcome, PROCESSING, starts, word};

/// Claims of two workers that lie closer together were made at once, in milliseconds.
const AT_ONCE_MS: i64 = 5_000;

/// What comes within this after the end was on its way, in milliseconds.
const ON_ITS_WAY_MS: i64 = 250;

/// A handoff that seems to take less than no time by no more than this may be a clock, in milliseconds.
const CLOCKS_MS: i64 = 1_000;

/// A step after the end that so large a share of jobs has is how the system works.
const USUAL: f64 = 0.05;

/// Races that are listed; those beyond are counted.
const MOST: usize = 1_000;

/// A clock that is off.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// The service.
    pub service: String,
    /// The machine or worker; empty where none is named.
    pub host: String,
    /// Milliseconds that it is ahead of the server's.
    pub ahead_ms: i64,
}

/// All races of all jobs.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Races {
    /// Jobs that were looked at.
    pub jobs: u64,
    /// The races, the gravest kind first, the newest of a kind first.
    pub races: Vec<Race>,
    /// Races there was no room for.
    pub left_out: u64,
    /// Clocks that are off. What only they put out of order is no race.
    pub clocks: Vec<Clock>,
    /// Handoffs that took less than no time by such clocks, and do not once they are put right.
    pub explained: u64,
}

/// Steps that come after the end of many jobs, and so are how the system works.
#[derive(Debug, Default)]
pub(crate) struct Afterwards<'a>(HashSet<(&'a str, &'a str)>);

impl<'a> Afterwards<'a> {
    /// Learns from all jobs that ended.
    pub(crate) fn of(jobs: &'a Jobs, options: &'a Options) -> Self {
        let mut counts: HashMap<(&'a str, &'a str), u64> = HashMap::new();
        let mut ended = 0_u64;
        for course in jobs.courses(options).filter(|course| course.end.is_some()) {
            ended += 1;
            let late = course.steps.iter().filter(|step| step.has(Mark::AfterEnd));
            let late: HashSet<_> = late.map(|step| (step.service, step.event_type)).collect();
            late.into_iter()
                .for_each(|key| *counts.entry(key).or_default() += 1);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of jobs")]
        let is_usual = |count: u64| count >= 3 && count as f64 >= ended as f64 * USUAL;
        Self(
            counts
                .into_iter()
                .filter(|(_, count)| is_usual(*count))
                .map(|(key, _)| key)
                .collect(),
        )
    }
}

/// The races of all jobs.
pub(crate) fn races(jobs: &Jobs, is_in: &dyn Fn(&str) -> bool, options: &Options) -> Races {
    let afterwards = Afterwards::of(jobs, options);
    let clocks = clocks(jobs);
    let mut found = Races {
        clocks,
        ..Races::default()
    };
    for course in jobs.courses(options).filter(|course| is_in(course.id)) {
        found.jobs += 1;
        found.explained += explained(&course);
        found.races.extend(of_course(&course, &afterwards, options));
        if found.races.len() >= 4 * MOST {
            found.shorten();
        }
    }
    found.shorten();
    found
}

/// The clocks that are off, furthest first.
pub(crate) fn clocks(jobs: &Jobs) -> Vec<Clock> {
    let off = jobs.clocks_off().into_iter();
    off.map(|(service, host, ahead_ms)| Clock {
        service: service.to_owned(),
        host: host.to_owned(),
        ahead_ms,
    })
    .collect()
}

impl Races {
    fn shorten(&mut self) {
        self.races.sort_by(|a, b| {
            let grave = a.kind.cmp(&b.kind);
            let newest = b.second.at.cmp(&a.second.at);
            grave.then(newest).then_with(|| a.job_id.cmp(&b.job_id))
        });
        self.left_out += self.races.len().saturating_sub(MOST) as u64;
        self.races.truncate(MOST);
    }
}

/// The races of one job.
pub(crate) fn of_course(
    course: &Course<'_>,
    afterwards: &Afterwards<'_>,
    options: &Options,
) -> Vec<Race> {
    let mut steps: Vec<&Moved<'_>> = course.steps.iter().collect();
    steps.sort_by_key(|step| step.moment);
    let twice = claimed_twice(course.id, &steps, options);
    let second = || ended_twice(course.id, &steps, options);
    let mut found: Vec<Race> = twice.into_iter().collect();
    found.extend(completed_early(course.id, &steps, options));
    // Two workers on one job end it twice and go on after the first end: that is said already.
    if found.is_empty() {
        found.extend(second());
        found.extend(after_end(course, afterwards));
    }
    found.extend(negative(course.id, &steps));
    found
}

fn is(step: &Moved<'_>, state: &str) -> bool {
    word(step.event_type).as_deref() == Some(state)
}

fn is_progress(step: &Moved<'_>) -> bool {
    let action = step.event_type.split_once('.').map_or("", |(_, rest)| rest);
    action.starts_with("progress")
}

/// Two workers claim it, and the first has not let go.
fn claimed_twice(job: &str, steps: &[&Moved<'_>], options: &Options) -> Option<Race> {
    let claims = steps.iter().enumerate();
    let claims: Vec<_> = claims
        .filter(|(_, step)| is(step, CLAIMED) && !step.worker.is_empty())
        .collect();
    claims.windows(2).find_map(|pair| {
        let [(at, first), (until, second)] = pair else {
            return None;
        };
        if first.worker == second.worker {
            return None;
        }
        let lets_go = |step: &&Moved<'_>| {
            step.has(Mark::Failure)
                || step::lets_go(step.event_type)
                || options.ends(step.event_type)
                || is(step, "queued")
                || is(step, "requeued")
        };
        if steps[at + 1..*until].iter().any(lets_go) {
            return None;
        }
        let goes_on = steps[until + 1..].iter().any(|step| {
            step.worker == first.worker
                && step.moment.since(second.moment) > 0
                && heard_in_order(second, step) != Some(false)
        });
        let between = second.moment.since(first.moment);
        (goes_on || between <= AT_ONCE_MS).then(|| race(Kind::ClaimedTwice, job, first, second))
    })
}

/// It is completed, and only then somebody begins, without having been asked anew.
fn completed_early(job: &str, steps: &[&Moved<'_>], options: &Options) -> Option<Race> {
    let completes =
        |step: &&Moved<'_>| options.outcome(step.event_type) == Some(Outcome::Completed);
    let at = steps.iter().position(completes)?;
    let works =
        |step: &&Moved<'_>| is(step, PROCESSING) || step.event_type.starts_with("connector.");
    if steps[..at].iter().any(works) {
        return None;
    }
    let begins = steps[at + 1..]
        .iter()
        .position(|step| (is(step, PROCESSING) && !is_progress(step)) || (is(step, CLAIMED)))?;
    let start = steps.get(at + 1 + begins)?;
    let was_claimed = steps[..at].iter().any(|step| is(step, CLAIMED));
    let between = steps.get(at + 1..at + 1 + begins)?;
    let asked_anew =
        between.iter().any(|step| starts(step.event_type)) || (is(start, CLAIMED) && was_claimed);
    let right = heard_in_order(steps[at], start) != Some(false);
    (!asked_anew && right).then(|| race(Kind::CompletedBeforeStart, job, steps[at], start))
}

/// It ends in one way and then in another, and nothing began between.
fn ended_twice(job: &str, steps: &[&Moved<'_>], options: &Options) -> Option<Race> {
    let mut ended: Option<(&Moved<'_>, Outcome)> = None;
    for step in steps {
        let outcome = options.outcome(step.event_type);
        match (ended, outcome) {
            (Some((first, before)), Some(now))
                if before != now && heard_in_order(first, step) != Some(false) =>
            {
                return Some(race(Kind::EndedTwice, job, first, step));
            }
            (None, Some(now)) => ended = Some((step, now)),
            (Some(_), None) if starts(step.event_type) => ended = None,
            _ => {}
        }
    }
    None
}

/// Somebody goes on with it after its end.
fn after_end(course: &Course<'_>, afterwards: &Afterwards<'_>) -> Option<Race> {
    let end = course.steps.get(course.end?)?;
    let mut late = course.steps.iter().filter(|step| {
        let works = is(step, PROCESSING)
            || is(step, CLAIMED)
            || (step.event_type.starts_with("connector.") && !step.worker.is_empty());
        let usual = afterwards.0.contains(&(step.service, step.event_type));
        let behind = |end: &Moved<'_>| step.moment.since(end.moment) > ON_ITS_WAY_MS;
        step.has(Mark::AfterEnd) && works && !usual && behind(end)
    });
    let first = late.find(|step| heard_in_order(end, step) != Some(false))?;
    Some(race(Kind::AfterEnd, course.id, end, first))
}

/// The order of what services hand over to each other in a first try.
fn place(step: &Moved<'_>) -> Option<u8> {
    match word(step.event_type).as_deref()? {
        "created" => Some(0),
        "queued" => Some(1),
        CLAIMED => Some(2),
        PROCESSING if !is_progress(step) => Some(3),
        "completed" => Some(4),
        _ => None,
    }
}

/// The first step of each place.
fn places<'s, 'a>(steps: impl Iterator<Item = &'s Moved<'a>>) -> Vec<(u8, &'s Moved<'a>)>
where
    'a: 's,
{
    let mut firsts: Vec<(u8, &Moved<'a>)> = Vec::new();
    // What is queued after somebody let go of it comes first nowhere.
    let goes_on = |step: &&'s Moved<'a>| {
        step.attempt == 1 && !step.has(Mark::Failure) && !step::lets_go(step.event_type)
    };
    for step in steps.take_while(goes_on) {
        let Some(place) = place(step) else { continue };
        if !firsts.iter().any(|(known, _)| *known == place) {
            firsts.push((place, step));
        }
    }
    firsts.sort_by_key(|(place, _)| *place);
    firsts
}

/// A claim before the job was created, by both clocks and by more than clocks differ.
fn negative(job: &str, steps: &[&Moved<'_>]) -> Option<Race> {
    let firsts = places(steps.iter().copied());
    firsts.windows(2).find_map(|pair| {
        let [(_, from), (place, to)] = pair else {
            return None;
        };
        let is_back = to.moment.since(from.moment) < -CLOCKS_MS;
        // That it was completed too early is told with more in mind.
        let counts = is_back && *place < 4 && from.service != to.service;
        let heard = heard_in_order(to, from)?;
        (counts && heard).then(|| race(Kind::NegativeHandoff, job, to, from))
    })
}

/// How many handoffs of a job take less than no time only because clocks are off.
fn explained(course: &Course<'_>) -> u64 {
    let firsts = places(course.steps.iter());
    let pairs = firsts.windows(2).filter(|pair| {
        let [(_, from), (_, to)] = pair else {
            return false;
        };
        from.service != to.service
            && to.at.since(from.at) < 0
            && to.moment.since(from.moment) >= -CLOCKS_MS
            && (to.at != to.moment || from.at != from.moment)
    });
    pairs.count() as u64
}
