//! What a case comes to: one sentence, and what it rests on. Every part of it is counted from events.

mod alike;

use serde::Serialize;

use super::around::Relation;
use super::case::Said;
use super::path::{Doing, Leg, float};
use super::races::{Kind, Race};
use crate::event::Id;
use crate::quantity;
use crate::query::course::THRESHOLD_MS;
use crate::query::jobs::{Course, Jobs};
use crate::query::timeline::{Options, Outcome, Timeline};

/// So much of a message is in the sentence, in bytes.
const MESSAGE: usize = 120;

/// One sentence, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The sentence.
    pub text: String,
    /// What it rests on, the strongest first.
    pub evidence: Vec<String>,
}

/// What a verdict is made of.
pub(super) struct Facts<'f> {
    pub(super) timeline: &'f Timeline,
    pub(super) course: Option<&'f Course<'f>>,
    pub(super) failure: Option<&'f Said>,
    pub(super) path: &'f [Leg],
    pub(super) relations: &'f [Relation],
    pub(super) disorder: &'f [Race],
    pub(super) jobs: &'f Jobs,
    pub(super) options: &'f Options,
}

pub(super) fn verdict(facts: &Facts<'_>) -> Verdict {
    let mut parts: Vec<String>;
    let mut evidence = Vec::new();
    match facts.timeline.outcome {
        Some(Outcome::Failed | Outcome::TimedOut) => {
            parts = vec![facts.failed()];
            let common = facts.in_common();
            parts.extend(common.iter().map(|common| common.text.clone()));
            parts.extend(facts.last_success());
            evidence.extend(common.into_iter().map(|common| common.evidence));
            evidence.extend(facts.same_error());
        }
        Some(Outcome::Completed) => {
            parts = vec![facts.completed()];
            parts.extend(facts.slowest());
        }
        Some(Outcome::Cancelled) => {
            let reason = facts.timeline.state.reason.as_ref();
            let reason = reason.map_or_else(String::new, |reason| format!(": {}", line(reason)));
            parts = vec![format!("cancelled after {}{reason}", facts.length())];
        }
        Some(Outcome::Unfinished) if facts.timeline.state.held_from.is_some() => {
            parts = vec![facts.not_held()];
        }
        Some(Outcome::Unfinished) => {
            parts = vec![facts.running()];
            parts.extend(facts.expected());
            evidence.extend(facts.signs());
        }
        None => parts = vec![facts.no_job()],
    }
    if let Some(race) = facts.disorder.first() {
        parts.push(race.text.clone());
    }
    evidence.extend(facts.tried());
    evidence.extend(facts.slow_legs());
    Verdict {
        text: parts.join("; "),
        evidence,
    }
}

impl Facts<'_> {
    fn length(&self) -> String {
        let took = self
            .course
            .map_or(self.timeline.duration_ms, Course::took_ms);
        quantity::duration(took)
    }

    fn failed(&self) -> String {
        let word = match self.timeline.outcome {
            Some(Outcome::TimedOut) => "timed out",
            _ => "failed",
        };
        let Some(failure) = self.failure else {
            return format!("{word} after {}; no event says why", self.length());
        };
        let (service, at) = (&failure.spot.service, &failure.spot.event_type);
        let when = match failure.after_claim_ms {
            Some(after) => format!("{} after the claim", quantity::duration(after)),
            None => {
                let after = failure.spot.at.since(self.timeline.started_at).max(0);
                format!("{} after its first event", quantity::duration(after))
            }
        };
        match &failure.message {
            Some(message) => format!("{word} in {service} at {at} {when}: {}", line(message)),
            None => format!("{word} in {service} at {at} {when}; no event says why"),
        }
    }

    fn last_success(&self) -> Option<String> {
        let own = self.course?;
        let end = |course: &Course<'_>| course.last().map(|last| last.moment);
        let of_type = self.jobs.courses_of(own.job_type, self.options);
        let of_type =
            of_type.filter(|course| course.outcome == Outcome::Completed && course.id != own.id);
        let before = of_type.filter(|course| end(course) < end(own));
        let last = before.max_by_key(|course| (end(course), course.id))?;
        let took = quantity::duration(last.took_ms());
        Some(if own.job_type.is_empty() {
            format!("the last success took {took}")
        } else {
            format!("the last success of this type took {took}")
        })
    }

    fn same_error(&self) -> Option<String> {
        let relation = self.relations.iter().find(|one| one.by == "error")?;
        let jobs = quantity::number_of(relation.jobs, "other job");
        (relation.jobs > 0).then(|| format!("the same error in {jobs}: {}", line(&relation.id)))
    }

    fn completed(&self) -> String {
        let usual = self.timeline.usual.as_ref();
        let took = usual.and_then(|usual| usual.took);
        let beside = match (took, usual) {
            (Some(took), _) => format!(
                ", where half of {} took {} at most and 95 % {}",
                quantity::number_of(took.count, "job"),
                quantity::rounded(took.p50),
                quantity::rounded(took.p95)
            ),
            (None, Some(usual)) => format!(
                "; with {} of its type there is no telling what is usual",
                quantity::number_of(usual.jobs, "completed job")
            ),
            (None, None) => String::new(),
        };
        format!("completed in {}{beside}", self.length())
    }

    /// What made a slow job slow.
    fn slowest(&self) -> Option<String> {
        let own = self.course?;
        let took = self.timeline.usual.as_ref()?.took?;
        if float(own.took_ms()) <= took.p95 {
            return None;
        }
        let beyond = |leg: &&Leg| {
            let usual = leg.usual.map_or(0.0, |usual| usual.p50);
            float(leg.duration_ms) - usual
        };
        let slow = self.path.iter().filter(|leg| leg.is_slow);
        let worst = slow.max_by(|a, b| beyond(a).total_cmp(&beyond(b)))?;
        let usual = worst.usual?;
        Some(format!(
            "{} took {}, usually {}",
            named(worst),
            quantity::duration(worst.duration_ms),
            quantity::rounded(usual.p50)
        ))
    }

    fn running(&self) -> String {
        let timeline = self.timeline;
        let last = &timeline.state.last_event;
        let since = timeline.now.since(timeline.started_at).max(0);
        let quiet = timeline.state.quiet_ms;
        format!(
            "has not ended {} after its first event; the last, {} ago, is {} of {}",
            quantity::duration(since),
            quantity::duration(quiet),
            last.event_type,
            last.service
        )
    }

    /// A job of which the end may have been trimmed.
    fn not_held(&self) -> String {
        let last = &self.timeline.state.last_event;
        let held = self.timeline.state.held_from.as_ref();
        let stream = held.map_or("", |held| held.stream.as_str());
        format!(
            "is known only from before {stream} begins, and whether it ended is not held; the last event \
             that is, {} ago, is {} of {}",
            quantity::duration(self.timeline.state.quiet_ms),
            last.event_type,
            last.service
        )
    }

    fn expected(&self) -> Option<String> {
        let usual = self.timeline.usual.as_ref();
        if let Some(expected) = usual.and_then(|usual| usual.expected.as_ref()) {
            let late = if expected.is_overdue {
                format!("overdue by {}", quantity::duration(expected.overdue_ms))
            } else {
                "not overdue yet".to_owned()
            };
            return Some(format!("{late}: {}", expected.sentence()));
        }
        let limit = quantity::round(THRESHOLD_MS);
        let known = quantity::number_of(usual.map_or(0, |usual| usual.jobs), "completed job");
        let quiet = self.timeline.state.quiet_ms;
        Some(if quiet >= THRESHOLD_MS {
            format!(
                "quiet for more than {limit}, the limit where {known} of its type tell no usual"
            )
        } else {
            format!("with {known} of its type there is no telling whether it is late")
        })
    }

    /// Whether whoever holds it still lives.
    fn signs(&self) -> Vec<String> {
        let Some(course) = self.course else {
            return Vec::new();
        };
        let now = self.timeline.now;
        [Id::Worker, Id::Machine]
            .into_iter()
            .filter_map(|kind| {
                let id = course.holder(kind)?;
                let sign = self.jobs.last_sign(kind, id)?;
                let ago = quantity::duration(now.since(sign.at).max(0));
                let (noun, said) = (kind.noun(), sign.event_type);
                Some(format!("{noun} {id} last said {said}, {ago} ago"))
            })
            .collect()
    }

    fn no_job(&self) -> String {
        let timeline = self.timeline;
        let events = quantity::number_of(timeline.event_count as u64, "event");
        let services = timeline.services.iter().map(|lane| lane.service.as_str());
        let services: Vec<_> = services.collect();
        let failed = match self.failure {
            None => "none of them says that anything failed".to_owned(),
            Some(failure) => {
                let (service, at) = (&failure.spot.service, &failure.spot.event_type);
                let said = failure.message.as_ref();
                let said = said.map_or_else(String::new, |said| format!(": {}", line(said)));
                format!("{service} said {at}{said}")
            }
        };
        format!(
            "no job, {events} of {} within {}; {failed}",
            services.join(", "),
            self.length()
        )
    }

    fn tried(&self) -> Option<String> {
        let attempts = self.timeline.attempts;
        // The claim of a second worker is told as what it is, and no try.
        let raced = self
            .disorder
            .iter()
            .any(|race| race.kind == Kind::ClaimedTwice);
        (attempts > 1 && !raced).then(|| format!("it was tried {attempts} times"))
    }

    fn slow_legs(&self) -> Vec<String> {
        let slow = self.path.iter().filter(|leg| leg.is_slow);
        let told = slow.filter_map(|leg| {
            let usual = leg.usual?;
            Some(format!(
                "{} took {}; 95 % of {} took {} at most",
                named(leg),
                quantity::duration(leg.duration_ms),
                quantity::count(usual.count),
                quantity::rounded(usual.p95)
            ))
        });
        told.take(3).collect()
    }
}

/// What a leg of the path is called.
fn named(leg: &Leg) -> String {
    let (from, to) = (&leg.from, &leg.to);
    match leg.doing {
        Doing::Work => {
            let stem = crate::query::step::read(&from.event_type);
            let stem = stem.map_or(from.event_type.as_str(), |reading| reading.stem);
            format!("{stem} in {}", from.service)
        }
        Doing::Queue => format!("waiting for {} after {}", to.event_type, from.event_type),
        Doing::Between => format!("from {} to {}", from.event_type, to.event_type),
    }
}

/// The first line of a message, not longer than a sentence can take.
fn line(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    let short = crate::query::fingerprint::cut(first, MESSAGE);
    if short.len() == first.len() {
        return first.to_owned();
    }
    let whole = short.rfind(' ').map_or(short, |space| &short[..space]);
    format!("{whole} ...")
}
