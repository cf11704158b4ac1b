//! Where the time of a job went: the chain of steps from its first event to its end.
//!
//! A step is on the chain if it says that something begins, ends or fails, or changes the state of the
//! job; what services say beside that (progress, sockets) held nobody up. Each leg stands beside the
//! same leg of the completed jobs of the type.

use std::collections::HashMap;

use serde::Serialize;

use crate::event::Millis;
use crate::query::course::ENOUGH;
use crate::query::jobs::{Course, Jobs, Moved};
use crate::query::numbers::Summary;
use crate::query::step::{self, Role};
use crate::query::timeline::{CLAIMED, Mark, Options, Outcome, rfc3339, word};

/// A step of the chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spot {
    /// Who.
    pub service: String,
    /// What.
    pub event_type: String,
    /// When, by the emitter's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
}

impl Spot {
    pub(super) fn of(step: &Moved<'_>) -> Self {
        Self {
            service: step.service.to_owned(),
            event_type: step.event_type.to_owned(),
            at: step.at,
        }
    }
}

/// How long the same leg takes in completed jobs of the type.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usually {
    /// Half of them are no longer, in milliseconds.
    pub p50: f64,
    /// 95 of 100 are no longer.
    pub p95: f64,
    /// How many there are.
    pub count: u64,
}

/// What a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Doing {
    /// Something was at work that began and ended.
    Work,
    /// Nobody had taken it.
    Queue,
    /// Between two steps.
    Between,
}

/// From one step of the chain to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// From which step.
    pub from: Spot,
    /// To which.
    pub to: Spot,
    /// How long, in milliseconds; clocks that are known to be off are put right.
    pub duration_ms: i64,
    /// Its share of the whole, 0 to 1.
    pub share: f64,
    /// What it is.
    pub doing: Doing,
    /// How long it usually is, where enough jobs tell.
    pub usual: Option<Usually>,
    /// Whether it is longer than in 95 of 100 of them, and by what can be noticed.
    pub is_slow: bool,
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

fn key<'a>(from: &Moved<'a>, to: &Moved<'a>) -> Key<'a> {
    (from.service, from.event_type, to.service, to.event_type)
}

/// The steps of the chain, in the order in which they happened.
pub(super) fn chain<'s, 'a>(course: &'s Course<'a>) -> Vec<&'s Moved<'a>> {
    let until = course.end.and_then(|end| course.steps.get(end));
    let counts = |step: &&Moved<'a>| {
        let action = step.event_type.split_once('.').map_or("", |(_, rest)| rest);
        let says = word(step.event_type).is_some() || step::read(step.event_type).is_some();
        !step.has(Mark::AfterEnd)
            && until.is_none_or(|end| step.moment <= end.moment)
            && !action.starts_with("progress")
            && (says || step.has(Mark::Failure))
    };
    let mut steps: Vec<_> = course.steps.iter().filter(counts).collect();
    steps.sort_by_key(|step| step.moment);
    steps.dedup_by(|b, a| {
        a.service == b.service && a.event_type == b.event_type && a.attempt == b.attempt
    });
    steps
}

/// The legs of a job beside those of the completed jobs of its type.
pub(super) fn path(course: &Course<'_>, jobs: &Jobs, options: &Options) -> Vec<Leg> {
    let steps = chain(course);
    let mut usual: HashMap<Key<'_>, Summary> = HashMap::new();
    for pair in steps.windows(2) {
        if let [from, to] = pair {
            usual.entry(key(from, to)).or_default();
        }
    }
    let others = jobs.courses_of(course.job_type, options);
    let others =
        others.filter(|other| other.outcome == Outcome::Completed && other.id != course.id);
    for other in others {
        for pair in chain(&other).windows(2) {
            let [from, to] = pair else { continue };
            if let Some(summary) = usual.get_mut(&key(from, to)) {
                summary.push(from.until(to));
            }
        }
    }
    let whole = match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => float(last.moment.since(first.moment)).max(1.0),
        _ => 1.0,
    };
    let leg = |pair: &[&Moved<'_>]| {
        let [from, to] = pair else { return None };
        let duration_ms = to.moment.since(from.moment);
        // Of a job that completed in the end, what a failed try took is no measure.
        let known = usual.get(&key(from, to)).filter(|_| !to.has(Mark::Failure));
        let usual = known.filter(|known| known.count() >= ENOUGH).map(|known| {
            let [p50, p95] = known.quantiles([0.5, 0.95]);
            Usually {
                p50,
                p95,
                count: known.count(),
            }
        });
        let own = float(duration_ms);
        Some(Leg {
            from: Spot::of(from),
            to: Spot::of(to),
            duration_ms,
            share: own / whole,
            doing: doing(from, to),
            is_slow: usual.is_some_and(|usual| {
                own > usual.p95 && own > usual.p50 * 1.5 && own > usual.p50 + 100.0
            }),
            usual,
        })
    };
    steps.windows(2).filter_map(leg).collect()
}

fn doing(from: &Moved<'_>, to: &Moved<'_>) -> Doing {
    let (begins, ends) = (step::read(from.event_type), step::read(to.event_type));
    if let (Some(begins), Some(ends)) = (begins, ends)
        && begins.role == Role::Start
        && ends.role != Role::Start
        && begins.stem == ends.stem
    {
        return Doing::Work;
    }
    if word(to.event_type).as_deref() == Some(CLAIMED) {
        return Doing::Queue;
    }
    Doing::Between
}

#[expect(clippy::cast_precision_loss, reason = "lengths of time")]
pub(super) fn float(ms: i64) -> f64 {
    ms as f64
}
