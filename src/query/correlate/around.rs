//! What else happened around a job: by its ids, on the same worker and machine, at the same time.
//!
//! Events pass by once. Of each relation a few examples are kept, and counts.

use serde::Serialize;

use super::facts::heard;
use crate::event::{Event, Id, Level, Millis};
use crate::query::fingerprint::fingerprint;
use crate::query::jobs::Jobs;
use crate::query::numbers::Distinct;
use crate::query::timeline::{Timeline, message, rfc3339};

/// How long before and after a job its worker and machine are looked at, in milliseconds.
const AROUND_MS: i64 = 10 * 60_000;

/// How long before a failure its worker and machine are looked at closely, in milliseconds.
const BEFORE_MS: i64 = 2 * 60_000;

/// What is at the same time, in milliseconds.
const SAME_TIME_MS: i64 = 30_000;

/// Examples of a relation.
const EXAMPLES: usize = 3;

/// Events just before a failure.
const BEFORE: usize = 6;

/// Ids of one kind that are followed.
const MOST_IDS: usize = 8;

/// Another event, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Neighbour {
    /// When, by the emitter's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
    /// Milliseconds after the failure, or after the last event; mostly negative.
    pub offset_ms: i64,
    /// Who.
    pub service: String,
    /// What.
    pub event_type: String,
    /// Its job.
    pub job_id: Option<String>,
    /// What it says in words.
    pub message: Option<String>,
    /// Whether it says that something failed.
    pub failure: bool,
    /// Whether its level is a warning or worse, or it says failure.
    pub loud: bool,
}

/// How other events belong to a job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// By what: `trace`, `worker`, `machine`, `user`, `time` or `error`.
    pub by: &'static str,
    /// The id that both have; empty for the same time.
    pub id: String,
    /// Number of other events.
    pub events: u64,
    /// Number of other jobs.
    pub jobs: u64,
    /// Events that say that something failed.
    pub failures: u64,
    /// Whether numbers of jobs are estimates.
    pub estimated: bool,
    /// A few of them: failures first, then those closest in time.
    pub examples: Vec<Neighbour>,
    #[serde(skip)]
    distinct: Distinct,
}

/// Collects what happened around one subject.
#[derive(Debug)]
pub(crate) struct Around {
    /// The job itself, whose own events are told elsewhere.
    job: Option<String>,
    /// The failure, or the last event.
    pivot: Millis,
    span: (Millis, Millis),
    kind: Option<String>,
    relations: Vec<(Option<Id>, Relation)>,
    before: Vec<Neighbour>,
    /// All jobs around, and the own one where it is among them.
    pub(crate) jobs: Jobs,
}

impl Around {
    /// Around what this timeline tells. The jobs around it are for the caller to add.
    pub(crate) fn new(timeline: &Timeline) -> Self {
        let failure = timeline.state.first_failure.as_ref();
        let failed = failure.map(|failure| failure.moment.row);
        let end = timeline
            .rows
            .iter()
            .rposition(|row| row.event.says_failure());
        let row = failed.or(end).and_then(|row| timeline.rows.get(row));
        let row = row.filter(|_| timeline.failure_count > 0);
        let last = timeline.rows.last();
        let pivot = row.or(last).map_or(timeline.now, |row| moment(&row.event));
        let ids = [
            (Id::Trace, &timeline.traces),
            (Id::Worker, &timeline.workers),
            (Id::Machine, &timeline.machines),
            (Id::User, &timeline.users),
        ];
        let ids = ids.into_iter().flat_map(|(kind, ids)| {
            let ids = ids.iter().take(MOST_IDS);
            ids.map(move |id| (Some(kind), relation(kind.noun(), id)))
        });
        let mut relations: Vec<_> = ids.collect();
        let kind = row.map(|row| fingerprint(&row.event));
        if let Some(kind) = &kind {
            relations.push((None, relation("error", kind)));
        }
        relations.push((None, relation("time", "")));
        Self {
            job: (timeline.subject.kind == Id::Job).then(|| timeline.subject.id.clone()),
            pivot,
            span: (
                timeline
                    .rows
                    .first()
                    .map_or(timeline.now, |row| moment(&row.event)),
                last.map_or(timeline.now, |row| moment(&row.event)),
            ),
            kind,
            relations,
            before: Vec::new(),
            jobs: Jobs::default(),
        }
    }

    /// Takes an event in that is one of `jobs`.
    pub(crate) fn push(&mut self, event: &Event) {
        if self.job.is_some() && event.id(Id::Job) == self.job.as_deref() {
            return;
        }
        let at = moment(event);
        let near = at.since(self.span.0) >= -AROUND_MS && at.since(self.span.1) <= AROUND_MS;
        let same_time = (at.since(self.pivot)).abs() <= SAME_TIME_MS;
        let failure = event.says_failure();
        let same_kind = failure
            && self
                .kind
                .as_ref()
                .is_some_and(|kind| fingerprint(event) == *kind);
        let mut on_host = false;
        for (kind, relation) in &mut self.relations {
            let belongs = match kind {
                Some(id @ (Id::Worker | Id::Machine)) => {
                    let here = event.id(*id) == Some(relation.id.as_str());
                    on_host |= here;
                    here && near
                }
                Some(id) => event.id(*id) == Some(relation.id.as_str()),
                None if relation.by == "error" => same_kind,
                None => same_time && failure,
            };
            if belongs {
                relation.push(event, self.pivot);
            }
        }
        let ahead = self.pivot.since(at);
        if on_host && (0..=BEFORE_MS).contains(&ahead) {
            self.before.push(neighbour(event, self.pivot));
            // What went wrong says more than what is usual, and what is close more than what is not.
            let calm = |one: &Neighbour| !one.loud;
            self.before
                .sort_by_key(|one| (calm(one), one.offset_ms.abs()));
            self.before.truncate(BEFORE);
        }
    }

    /// The relations that there are, and what happened on the same worker or machine just before.
    pub(crate) fn finish(&self) -> (Vec<Relation>, Vec<Neighbour>) {
        let relations = self.relations.iter().map(|(_, relation)| relation);
        let relations = relations.filter(|relation| relation.events > 0);
        let relations = relations.map(|relation| Relation {
            jobs: relation.distinct.count(),
            estimated: relation.distinct.is_estimate(),
            ..relation.clone()
        });
        let mut before = self.before.clone();
        before.sort_by_key(|one| one.at);
        (relations.collect(), before)
    }
}

/// When it happened: no later than the server heard of it, whatever the emitter's clock says.
fn moment(event: &Event) -> Millis {
    event.timestamp.min(heard(event))
}

fn relation(by: &'static str, id: &str) -> Relation {
    Relation {
        by,
        id: id.to_owned(),
        events: 0,
        jobs: 0,
        failures: 0,
        estimated: false,
        examples: Vec::new(),
        distinct: Distinct::default(),
    }
}

impl Relation {
    fn push(&mut self, event: &Event, pivot: Millis) {
        self.events += 1;
        self.failures += u64::from(event.says_failure());
        if let Some(job) = event.id(Id::Job) {
            self.distinct.push(job);
        }
        let closer = |one: &Neighbour| (!one.failure, one.offset_ms.abs());
        let own = (!event.says_failure(), moment(event).since(pivot).abs());
        let full = self.examples.len() >= EXAMPLES;
        if full && self.examples.last().is_some_and(|last| closer(last) <= own) {
            return;
        }
        self.examples.push(neighbour(event, pivot));
        self.examples.sort_by_key(closer);
        self.examples.truncate(EXAMPLES);
    }
}

fn neighbour(event: &Event, pivot: Millis) -> Neighbour {
    let loud = event.level() >= Level::Warn || event.says_failure();
    let said = message(event).filter(|_| loud);
    let text = said.map(|(_, text)| crate::query::fingerprint::cut(text, 300).to_owned());
    Neighbour {
        at: event.timestamp,
        offset_ms: moment(event).since(pivot),
        service: event.service.clone(),
        event_type: event.event_type.clone(),
        job_id: event.id(Id::Job).map(str::to_owned),
        message: text,
        failure: event.says_failure(),
        loud,
    }
}
