//! One job, or one trace, with everything that has to do with it.

use serde::Serialize;

use super::around::{Around, Neighbour, Relation};
use super::path::{Leg, Spot, path};
use super::races::{Afterwards, Clock, Race, clocks, of_course};
use super::verdict::{Verdict, verdict};
use crate::event::{Event, Id, Millis};
use crate::query::course::Judgement;
use crate::query::jobs::{Course, Moved};
use crate::query::subject::Subject;
use crate::query::timeline::{
    CLAIMED, Gap, Mark, Options, Outcome, Timeline, message, rfc3339, rfc3339_or_null, word,
};

/// Everything about one job or trace.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// What it comes to, in a sentence, and what that rests on.
    pub verdict: Verdict,
    /// What it is about.
    pub subject: Subject,
    /// The trace that was asked for, where it led to the job.
    pub asked: Option<Subject>,
    /// Other jobs of that trace.
    pub other_jobs: Vec<String>,
    /// The type of the job.
    pub job_type: Option<String>,
    /// How it ended; null for a trace without a job.
    pub outcome: Option<Outcome>,
    /// Timestamp of the first event.
    #[serde(serialize_with = "rfc3339")]
    pub started_at: Millis,
    /// Timestamp of the event that ended it.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub ended_at: Option<Millis>,
    /// From the first event to the end, or to the last event.
    pub duration_ms: i64,
    /// The instant of the report.
    #[serde(serialize_with = "rfc3339")]
    pub now: Millis,
    /// Number of its events.
    pub event_count: usize,
    /// Older events that were left out to bound memory.
    pub left_out: u64,
    /// Where it went wrong.
    pub failure: Option<Said>,
    /// Its tries.
    pub tries: Vec<Try>,
    /// The chain of steps from its beginning to its end.
    pub path: Vec<Leg>,
    /// Changes from one service to another.
    pub handoffs: Vec<Handoff>,
    /// Silences.
    pub gaps: Vec<Gap>,
    /// Beside other jobs of its type; null where nothing else was read.
    pub usual: Option<Judgement>,
    /// What else has to do with it.
    pub relations: Vec<Relation>,
    /// What happened on the same worker or machine just before the failure, or before the last event.
    pub before: Vec<Neighbour>,
    /// What happened in an order that cannot be.
    pub disorder: Vec<Race>,
    /// Clocks that are off and had a part in it.
    pub clocks: Vec<Clock>,
    /// What was looked at beside it.
    pub surroundings: Surroundings,
}

/// What was looked at beside a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Surroundings {
    /// Number of events.
    pub events: u64,
    /// Number of jobs.
    pub jobs: u64,
    /// The first of them.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub first: Option<Millis>,
    /// The last.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub last: Option<Millis>,
    /// Whether they reach back to the beginning of the job.
    pub covers: bool,
}

/// What an event says of a failure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Who says what, when.
    #[serde(flatten)]
    pub spot: Spot,
    /// In words.
    pub message: Option<String>,
    /// How long after the last claim, in milliseconds.
    pub after_claim_ms: Option<i64>,
}

/// One try of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    /// Which, from 1.
    pub number: u32,
    /// Its first event.
    pub first: Spot,
    /// The last that belongs to it.
    pub last: Spot,
    /// Between the two, in milliseconds.
    pub duration_ms: i64,
    /// The worker that it names last.
    pub worker: Option<String>,
    /// The machine that it names last.
    pub machine: Option<String>,
    /// Its first failure in words.
    pub failure: Option<String>,
}

/// A change from one service to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handoff {
    /// The last step of the service that lets go.
    pub from: Spot,
    /// The first of the one that takes over.
    pub to: Spot,
    /// Between the two by the emitters' clocks, in milliseconds.
    pub duration_ms: i64,
    /// The same with clocks put right that are known to be off.
    pub corrected_ms: i64,
}

impl Case {
    /// Puts together what a timeline and its surroundings tell.
    pub(crate) fn new(timeline: Timeline, around: &Around, options: &Options) -> Self {
        let mut own = around.jobs.clocks_only();
        timeline.rows.iter().for_each(|row| own.push(&row.event));
        let is_job = timeline.subject.kind == Id::Job;
        let course = is_job.then(|| own.course(&timeline.subject.id, options));
        let course = course.flatten();
        let jobs = &around.jobs;
        let (relations, before) = around.finish();
        let clocks = clocks(jobs).into_iter().filter(|clock| {
            timeline.rows.iter().any(|row| {
                let event = &row.event;
                let host = event.host().unwrap_or_default();
                event.service == clock.service && host == clock.host
            })
        });
        let span = jobs.span();
        let failure = failure(&timeline, course.as_ref());
        let path = course.as_ref().map(|course| path(course, jobs, options));
        let path = path.unwrap_or_default();
        // To learn from all jobs takes time, and most have nothing after their end.
        let afterwards = course
            .as_ref()
            .filter(|course| course.steps.iter().any(|step| step.has(Mark::AfterEnd)))
            .map(|_| Afterwards::of(jobs, options))
            .unwrap_or_default();
        let disorder = course
            .as_ref()
            .map(|course| of_course(course, &afterwards, options));
        let verdict = verdict(&super::verdict::Facts {
            timeline: &timeline,
            course: course.as_ref(),
            failure: failure.as_ref(),
            path: &path,
            relations: &relations,
            disorder: disorder.as_deref().unwrap_or_default(),
            jobs,
            options,
        });
        Self {
            verdict,
            asked: None,
            other_jobs: Vec::new(),
            outcome: timeline.outcome,
            started_at: timeline.started_at,
            ended_at: timeline.ended_at,
            duration_ms: course
                .as_ref()
                .map_or(timeline.duration_ms, Course::took_ms),
            now: timeline.now,
            event_count: timeline.event_count,
            left_out: timeline.left_out,
            failure,
            tries: course
                .as_ref()
                .map(|course| tries(course, &timeline))
                .unwrap_or_default(),
            path,
            handoffs: handoffs(&timeline, course.as_ref()),
            relations,
            before,
            disorder: disorder.unwrap_or_default(),
            clocks: clocks.collect(),
            surroundings: Surroundings {
                events: jobs.events(),
                jobs: jobs.len() as u64,
                first: span.map(|(first, _)| first),
                last: span.map(|(_, last)| last),
                covers: span.is_some_and(|(first, _)| first <= timeline.started_at),
            },
            job_type: timeline.job_type,
            gaps: timeline.gaps,
            usual: timeline.usual,
            subject: timeline.subject,
        }
    }

    /// The same, found by way of a trace that has other jobs too.
    pub(crate) fn asked(self, asked: Option<Subject>, other_jobs: Vec<String>) -> Self {
        Self {
            asked,
            other_jobs,
            ..self
        }
    }

    /// Whether the job failed or ran out of time.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed | Outcome::TimedOut))
    }
}

/// The job of a trace that a person would ask about: one that failed, else one that runs, else the
/// first; and the others.
pub fn job_of_trace(events: &[Event], options: &Options) -> Option<(String, Vec<String>)> {
    let mut jobs = crate::query::jobs::Jobs::default();
    events.iter().for_each(|event| jobs.push(event));
    let mut courses: Vec<_> = jobs.courses(options).collect();
    courses.sort_by_key(|course| {
        let rank = match course.outcome {
            Outcome::Failed | Outcome::TimedOut => 0,
            Outcome::Unfinished => 1,
            Outcome::Cancelled | Outcome::Completed => 2,
        };
        (rank, course.first().map(|first| first.at), course.id)
    });
    let mut ids = courses.iter().map(|course| course.id.to_owned());
    Some((ids.next()?, ids.collect()))
}

/// Where it went wrong: its first failure in the last try, or the event that ended it.
fn failure(timeline: &Timeline, course: Option<&Course<'_>>) -> Option<Said> {
    let row = match &timeline.state.first_failure {
        Some(failure) => failure.moment.row,
        None => {
            let mut rows = timeline.rows.iter();
            rows.rposition(|row| row.has(Mark::Failure) && !row.has(Mark::AfterEnd))?
        }
    };
    let attempt = timeline.attempts;
    let event = &timeline
        .rows
        .get(row)
        .filter(|row| row.attempt == attempt)?
        .event;
    let steps = course.map(|course| &course.steps);
    let step = steps.and_then(|steps| steps.iter().find(|step| is_of(step, event)));
    let claim = steps
        .into_iter()
        .flatten()
        .rfind(|step| step.attempt == attempt && word(step.event_type).as_deref() == Some(CLAIMED));
    let after_claim_ms = step
        .zip(claim)
        .map(|(step, claim)| step.moment.since(claim.moment))
        .filter(|after| *after >= 0);
    let own = message(event).map(|(_, text)| text.to_owned());
    Some(Said {
        spot: Spot {
            service: event.service.clone(),
            event_type: event.event_type.clone(),
            at: event.timestamp,
        },
        message: own.or_else(|| timeline.state.reason.clone()),
        after_claim_ms,
    })
}

fn is_of(step: &Moved<'_>, event: &Event) -> bool {
    step.at == event.timestamp
        && step.event_type == event.event_type
        && step.service == event.service
}

fn tries(course: &Course<'_>, timeline: &Timeline) -> Vec<Try> {
    let one = |number: u32| {
        let steps: Vec<_> = course
            .steps
            .iter()
            .filter(|step| step.attempt == number && !step.has(Mark::AfterEnd))
            .collect();
        let (first, last) = (steps.first()?, steps.last()?);
        let named = |name: fn(&Moved<'_>) -> String| {
            let mut names = steps.iter().rev().map(|step| name(step));
            names.find(|name| !name.is_empty())
        };
        let mut rows = timeline.rows.iter();
        let failed = rows.find(|row| row.attempt == number && row.has(Mark::Failure));
        let failure = failed.map(|row| {
            let said = message(&row.event).map(|(_, text)| text.to_owned());
            said.unwrap_or_else(|| row.event.event_type.clone())
        });
        Some(Try {
            number,
            first: Spot::of(first),
            last: Spot::of(last),
            duration_ms: last.moment.since(first.moment),
            worker: named(|step| step.worker.to_owned()),
            machine: named(|step| step.machine.to_owned()),
            failure,
        })
    };
    (1..=course.attempts).filter_map(one).collect()
}

/// Changes of service, in the order in which things happened: by the emitters' clocks alone a step of
/// one that is ahead seems to come after what followed it.
fn handoffs(timeline: &Timeline, course: Option<&Course<'_>>) -> Vec<Handoff> {
    let Some(course) = course.filter(|course| course.left_out == 0) else {
        let handoffs = timeline.handoffs.iter().map(|handoff| {
            let spot = |moment: &crate::query::timeline::Moment| Spot {
                service: moment.service.clone(),
                event_type: moment.event_type.clone(),
                at: moment.at,
            };
            Handoff {
                from: spot(&handoff.from),
                to: spot(&handoff.to),
                duration_ms: handoff.duration_ms,
                corrected_ms: handoff.duration_ms,
            }
        });
        return handoffs.collect();
    };
    let mut steps: Vec<_> = course.steps.iter().collect();
    steps.sort_by_key(|step| step.moment);
    let pairs = steps.windows(2).filter_map(|pair| {
        let [from, to] = pair else { return None };
        (from.service != to.service).then(|| Handoff {
            from: Spot::of(from),
            to: Spot::of(to),
            duration_ms: to.at.since(from.at),
            corrected_ms: to.moment.since(from.moment),
        })
    });
    pairs.collect()
}
