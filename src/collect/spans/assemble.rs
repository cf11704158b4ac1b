//! The milestones of one job become its spans.
//!
//! ```text
//! job image                 from the first event to the one that ended it
//! ├─ redis_function         x_started … x_completed
//! ├─ job.queue_wait         queued … claimed
//! ├─ job.attempt            claimed … failed, retried or released
//! │  └─ connector.processing
//! ├─ job.queue_wait
//! ├─ job.attempt            linked to the attempt before
//! └─ handoff                until another service speaks for the first time
//! ```
//!
//! A span that emitters name keeps its id, so that their log records lead to it; any other id is
//! derived from the job and what the span is, as is the root's: several jobs of one request may
//! name the same span when they begin. Milestones may come in any order and any number of times.
//! Clocks are taken as they are: what they make impossible is clamped, and says so.

use smol_str::{SmolStr, format_smolstr};

use super::draft::{Draft, DraftRole, Drafts, Failure, ROOT};
use super::events::{add_events, add_failures};
use super::ids;
use super::milestone::{Number, Text};
use super::nest::{Named, nest};
use super::packed::Contents;
use super::pairs::{Pair, pairs};
use super::run::{JobRun, MAX_STEPS, RunStep};
use super::span::{Link, Span, SpanKind};
use super::story::Story;
use super::turns::{self, Turn, turns};
use crate::maps::{Map, Set};
use crate::query::step;
use crate::query::timeline::{Options, Outcome};

/// The most links that a root has to other traces.
const MAX_LINKS: usize = 16;
/// The most handoffs that are told.
const MAX_HANDOFFS: usize = 32;

/// One job, told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    /// Its spans, the root first.
    pub(crate) spans: Vec<Span>,
    /// The same for metrics.
    pub(crate) run: JobRun,
}

/// Tells a job from what its log holds; `None` where it holds no milestones. Of the options only
/// the types that end a job count.
pub(crate) fn assemble(job: &str, contents: Contents<'_>, options: &Options) -> Option<Trace> {
    let left_out = contents.marks.left_out;
    let story = Story::new(job, contents.milestones, options)?;
    let mut work = Work::new(&story);
    let turns = turns(&story);
    let run = work.add_run(&turns);
    work.add_named();
    work.add_handoffs(&turns);
    nest(&mut work.drafts.all, &work.named);
    add_events(&story, &mut work.drafts.all, &work.named, &work.used);
    add_failures(&story, &mut work.drafts.all);
    work.finish_root(left_out);
    Some(Trace {
        spans: work.into_spans(),
        run,
    })
}

/// What [`assemble`] says for metrics, alone: a third of the work.
pub(crate) fn job_run(job: &str, contents: Contents<'_>, options: &Options) -> Option<JobRun> {
    let story = Story::new(job, contents.milestones, options)?;
    Some(Work::new(&story).add_run(&turns(&story)))
}

/// Spans in the making, and what they are made of.
struct Work<'a, 's> {
    story: &'s Story<'a>,
    trace: [u8; 16],
    drafts: Drafts,
    named: Named,
    /// Milestones that begin or end a span: they are no events of one.
    used: Vec<bool>,
}

impl<'a, 's> Work<'a, 's> {
    fn new(story: &'s Story<'a>) -> Self {
        let trace = story.milestones.iter().find_map(|one| one.trace);
        let first = &story.milestones[0];
        let mut root = Draft::new(story.job, format_args!("root"), DraftRole::Root, first);
        root.name = match story.text(Text::JobType) {
            Some(job_type) => format_smolstr!("job {job_type}"),
            None => "job".into(),
        };
        root.end = story.until;
        root.ok = story.outcome == Outcome::Completed;
        let mut used = vec![false; story.milestones.len()];
        used[0] = first.event_type.starts_with("job.");
        if let Some(end) = story.end {
            used[end] = true;
        }
        if let Some(end) = story.end.map(|end| &story.milestones[end])
            && let Some(took) = end.number(Number::Took)
            && story.milestones.len() == 1
        {
            root.start = turns::before(end.at, took);
        }
        Self {
            story,
            trace: trace.unwrap_or_else(|| ids::trace_of(story.job)),
            drafts: Drafts::new(root, story.milestones.len()),
            named: Named::new(&story.milestones),
            used,
        }
    }

    /// Adds what metrics want to know, and says it.
    fn add_run(&mut self, turns: &[Turn]) -> JobRun {
        let story = self.story;
        self.add_turns(turns);
        let steps = self.add_pairs(&pairs(story));
        let mut drafts = self.drafts.all.iter();
        let queue_wait = drafts
            .find(|draft| draft.role == DraftRole::Wait && !turns.is_empty())
            .map(|draft| draft.end.since(draft.start));
        let root = &self.drafts.all[ROOT];
        JobRun {
            job: story.job.to_owned(),
            job_type: story.text(Text::JobType).map(SmolStr::from),
            outcome: story.outcome,
            started: root.start,
            ended: root.end,
            queue_wait,
            attempts: story.notes.last().map_or(1, |note| note.attempt),
            steps,
        }
    }

    fn add_turns(&mut self, turns: &[Turn]) {
        let story = self.story;
        let mut before = None;
        for (index, turn) in turns.iter().enumerate() {
            if let Some(wait) = turns::wait(story, turn) {
                self.drafts.push(wait);
                self.uses(turn.queued);
            }
            let mut draft = turns::attempt(story, turn, index + 1 == turns.len());
            self.name_attempt(turn, &mut draft);
            let id = draft.id;
            if let Some(span) = before.replace(id) {
                draft.links.push(Link {
                    trace: self.trace,
                    span,
                    attributes: vec![("emp.link".into(), "attempt before".into())],
                });
            }
            self.uses([turn.claim]);
            self.uses(turn.end);
            if let Some(at) = self.drafts.push(draft) {
                self.named.stands_for(id, at);
            }
        }
        if let Some(wait) = turns::open_wait(story, turns.last()) {
            self.drafts.push(wait);
        }
    }

    /// Milestones that are no events of a span.
    fn uses(&mut self, milestones: impl IntoIterator<Item = usize>) {
        milestones.into_iter().for_each(|at| self.used[at] = true);
    }

    /// An attempt is the named span in which it began, unless another attempt is.
    fn name_attempt(&self, turn: &Turn, draft: &mut Draft) {
        let span = self.story.milestones[turn.claim].span;
        if let Some(span) = span.filter(|span| self.named.is_vacant(*span)) {
            draft.id = span;
            draft.scope = self.named.parent(span);
        }
    }

    /// Adds what began and ended, and returns it for metrics too.
    fn add_pairs(&mut self, pairs: &[Pair]) -> Vec<RunStep> {
        let all = &self.story.milestones;
        let span_of = |pair: &Pair| all[pair.first()].span;
        let mut once = Set::default();
        let mut often = Set::default();
        for span in pairs.iter().filter_map(span_of) {
            if !once.insert(span) {
                often.insert(span);
            }
        }
        let mut counts = Map::default();
        let mut steps = Vec::new();
        for pair in pairs {
            let first = &all[pair.first()];
            let stem = step::read(&first.event_type).map_or("", |reading| reading.stem);
            let count: &mut u32 = counts.entry((stem, first.span)).or_default();
            *count += 1;
            let span = first.span.map_or(0, u64::from_be_bytes);
            let what = format_args!("step {stem} {span:x} {count}");
            let mut draft = Draft::new(self.story.job, what, DraftRole::Step, first);
            draft.name = stem.into();
            draft.kind = kind_of(stem);
            self.time(pair, &mut draft);
            if let Some(subject) = first.text(Text::Subject) {
                draft.note("emp.subject", subject);
            }
            draft.scope = first.span.or(first.parent);
            let alone = first.span.filter(|span| !often.contains(span));
            let stands_for = alone.filter(|span| self.named.is_vacant(*span));
            if let Some(span) = stands_for {
                draft.id = span;
                draft.scope = self.named.parent(span);
            }
            if pair.end.is_some() && steps.len() < MAX_STEPS {
                steps.push(RunStep {
                    name: draft.name.clone(),
                    service: draft.service.clone(),
                    ms: draft.end.since(draft.start),
                    failed: pair.failed,
                });
            }
            self.uses(pair.start);
            self.uses(pair.end);
            let at = self.drafts.push(draft);
            if let (Some(span), Some(at)) = (stands_for, at) {
                self.named.stands_for(span, at);
            }
        }
        steps
    }

    /// When a pair began and ended, and how.
    fn time(&self, pair: &Pair, draft: &mut Draft) {
        let all = &self.story.milestones;
        match (pair.start.map(|at| &all[at]), pair.end.map(|at| &all[at])) {
            (Some(start), Some(end)) => draft.lasts(start.at, end.at),
            (None, Some(end)) => {
                let took = end.number(Number::Took).unwrap_or(0);
                draft.lasts(turns::before(end.at, took), end.at);
                draft.note("emp.start_from_duration", true);
            }
            (Some(start), None) => {
                // It cannot go on after the attempt that it is a part of.
                let attempt = self.story.notes[pair.first()].attempt;
                let attempts = self.drafts.all.iter();
                let around = attempts
                    .filter(|draft| draft.role == DraftRole::Attempt && draft.start <= start.at)
                    .filter(|draft| draft.end >= start.at && attempt_of(draft) == Some(attempt));
                let until = around.map(|draft| draft.end).next();
                draft.start = start.at;
                draft.never_ended(until.unwrap_or(self.story.until));
            }
            (None, None) => {}
        }
        let end = pair.end.map(|at| &all[at]);
        draft.failure = end.filter(|_| pair.failed).map(Failure::of);
        draft.ok = end.is_some() && !pair.failed;
    }

    /// Adds the named spans in which several things happened.
    fn add_named(&mut self) {
        let all = &self.story.milestones;
        for group in self.named.vacant() {
            let (first, last) = (&all[group.first], &all[group.last]);
            if first.at == last.at {
                continue;
            }
            let what = format_args!("named {:x}", u64::from_be_bytes(group.id));
            let mut draft = Draft::new(self.story.job, what, DraftRole::Step, first);
            draft.id = group.id;
            let entity = first.event_type.split('.').next().unwrap_or_default();
            draft.name = if entity.is_empty() { "span" } else { entity }.into();
            draft.kind = kind_of(entity);
            draft.lasts(first.at, last.at);
            draft.scope = group.parent;
            if let Some(at) = self.drafts.push(draft) {
                self.named.stands_for(group.id, at);
            }
        }
    }

    /// Adds the time until a service speaks for the first time, but for what waits tell.
    fn add_handoffs(&mut self, turns: &[Turn]) {
        let all = &self.story.milestones;
        let mut claims = vec![false; all.len()];
        for turn in turns {
            claims[turn.claim] = true;
        }
        let mut heard: Set<&str> = Set::default();
        for (at, milestone) in all.iter().enumerate() {
            let is_new = heard.insert(&milestone.service);
            if !is_new || at == 0 || milestone.service.is_empty() || claims[at] {
                continue;
            }
            let from = &all[at - 1];
            if from.at == milestone.at || from.service.is_empty() || heard.len() > MAX_HANDOFFS {
                continue;
            }
            let what = format_args!("handoff {}", milestone.service);
            let mut draft = Draft::new(self.story.job, what, DraftRole::Handoff, from);
            draft.name = "handoff".into();
            draft.kind = SpanKind::Producer;
            draft.lasts(from.at, milestone.at);
            draft.note("emp.from", &*from.service);
            draft.note("emp.to", &*milestone.service);
            self.drafts.push(draft);
        }
    }

    fn finish_root(&mut self, left_out: u64) {
        let story = self.story;
        let all = &story.milestones;
        let mut seen = Set::default();
        let mut links = Vec::new();
        for one in all {
            let (Some(trace), Some(span)) = (one.trace, one.span) else {
                continue;
            };
            if trace != self.trace && links.len() < MAX_LINKS && seen.insert(trace) {
                let attributes = vec![("emp.link".into(), "another trace".into())];
                links.push(Link {
                    trace,
                    span,
                    attributes,
                });
            }
        }
        let dropped = self.drafts.dropped;
        let root = &mut self.drafts.all[ROOT];
        root.links = links;
        for (name, text) in [
            ("job.type", Text::JobType),
            ("user.id", Text::User),
            ("request.id", Text::Request),
        ] {
            if let Some(value) = story.text(text) {
                root.note(name, value);
            }
        }
        root.note("job.outcome", story.outcome.word());
        root.note("emp.event_count", all.len());
        if story.end.is_none() {
            root.note("emp.unended", true);
        }
        if left_out > 0 {
            root.note("emp.left_out_events", left_out);
        }
        if dropped > 0 {
            root.note("emp.dropped_spans", dropped);
        }
    }

    fn into_spans(self) -> Vec<Span> {
        let ids: Vec<[u8; 8]> = self.drafts.all.iter().map(|draft| draft.id).collect();
        let caller = self.named.caller;
        let spans = self.drafts.all.into_iter().enumerate();
        let span = |(at, mut draft): (usize, Draft)| {
            if draft.dropped_events > 0 {
                draft.note("emp.dropped_events", draft.dropped_events);
            }
            let inner = (at != ROOT).then(|| ids[draft.parent]);
            Span {
                trace: self.trace,
                id: draft.id,
                parent: inner.or(caller.filter(|_| at == ROOT)),
                name: draft.name,
                kind: draft.kind,
                start: draft.start,
                end: draft.end,
                service: draft.service,
                instance: draft.instance,
                failure: draft.failure.map(|failure| failure.text().clone()),
                ok: draft.ok,
                attributes: draft.attributes,
                events: draft.events,
                links: draft.links,
            }
        };
        spans.map(span).collect()
    }
}

fn attempt_of(draft: &Draft) -> Option<u32> {
    let (_, value) = draft
        .attributes
        .iter()
        .find(|(name, _)| name == "emp.attempt")?;
    u32::try_from(value.as_u64()?).ok()
}

/// What a span of this stem is: most of what a job system names so asks another system.
fn kind_of(stem: &str) -> SpanKind {
    match stem.split('.').next() {
        Some("connector" | "redis_function" | "webhook" | "http" | "db") => SpanKind::Client,
        _ => SpanKind::Internal,
    }
}
