//! Jobs to tell: those of the demo, and short ones in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::packed::Contents;
use super::{Log, Milestone, Standing, Trace, Value, assemble, job_run, pack, stream_tag};
use crate::demo;
use crate::event::{Data, EntryId, Event, Id, Millis, Origin};
use crate::query::timeline::{Options, Outcome};

pub(crate) const START: i64 = 1_700_000_000_000;

pub(crate) fn options() -> Options {
    Options::new(Millis::default())
}

/// The jobs of a demo: what their events are, as collectors read them.
pub(crate) struct Demo {
    pub(crate) jobs: BTreeMap<String, Vec<Event>>,
    pub(crate) failed: String,
    pub(crate) retried: String,
    pub(crate) stuck: String,
    pub(crate) waits: String,
}

pub(crate) fn demo(jobs: usize, seed: u64) -> Demo {
    let simulation = demo::simulate(&demo::Options {
        jobs,
        seed,
        end: Millis::clamped(START + 86_400_000),
    });
    let part = |job: Option<String>| job.expect("a job with this part");
    let mut demo = Demo {
        jobs: BTreeMap::new(),
        failed: part(simulation.failed_job()),
        retried: part(simulation.retried_job()),
        stuck: part(simulation.stuck_job()),
        waits: part(simulation.gap_job()),
    };
    for (seq, mut event) in (0..).zip(simulation) {
        read(&mut event, seq);
        if let Some(job) = event.id(Id::Job).map(str::to_owned) {
            demo.jobs.entry(job).or_default().push(event);
        }
    }
    demo
}

/// Lets an event come from the stream that it belongs to.
pub(crate) fn read(event: &mut Event, seq: u64) {
    let stream = if event.is_error_event() {
        "emp:errors"
    } else {
        "emp:events"
    };
    event.origin = Some(Origin {
        stream: Arc::from(stream),
        entry: Some(EntryId {
            ms: u64::try_from(event.timestamp.get()).expect("after 1970") + 2,
            seq,
        }),
    });
}

pub(crate) fn milestones(events: &[Event]) -> Vec<Milestone<'_>> {
    let stream = |event: &Event| stream_tag(event.stream().expect("a stream"));
    events
        .iter()
        .map(|event| Milestone::of(event, stream(event)))
        .collect()
}

pub(crate) fn log_of(milestones: &[Milestone<'_>]) -> Log {
    let mut bytes = Vec::new();
    for milestone in milestones {
        pack(milestone, &mut bytes);
    }
    Log::new(bytes)
}

pub(crate) fn tell(job: &str, milestones: Vec<Milestone<'_>>) -> Trace {
    let contents = Contents {
        milestones,
        ..Contents::default()
    };
    let trace = assemble(job, contents.clone(), &options()).expect("a trace");
    let run = job_run(job, contents.clone(), &options());
    assert_eq!(run.as_ref(), Some(&trace.run));
    let log = log_of(&contents.milestones);
    let ended = Standing::of(&log, &options()).has_ended;
    assert_eq!(ended, trace.run.outcome != Outcome::Unfinished);
    trace
}

/// Events of `job_1`, each said as `offset service type [data]`.
pub(crate) fn events(lines: &[&str]) -> Vec<Event> {
    let event = |(seq, line): (u64, &&str)| {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let offset: i64 = word().parse().expect("an offset");
        let mut event = Event {
            timestamp: Millis::clamped(START + offset),
            service: word().to_owned(),
            event_type: word().to_owned(),
            data: Data::from_wire(word()),
            ..Event::default()
        };
        event.ids.set(Id::Job, "job_1");
        read(&mut event, seq);
        event
    };
    (0..).zip(lines).map(event).collect()
}

/// A trace in words: a line a span, below its parent.
pub(super) fn drawn(trace: &Trace) -> String {
    fn draw(trace: &Trace, at: usize, depth: usize, out: &mut String) {
        use std::fmt::Write as _;
        let span = &trace.spans[at];
        let start = trace.spans[0].start;
        let _ = write!(
            out,
            "{}{} [{}] {}..{}",
            "  ".repeat(depth),
            span.name,
            span.service,
            span.start.since(start),
            span.end.since(start)
        );
        if span.ok {
            out.push_str(" ok");
        }
        if let Some(failure) = &span.failure {
            let _ = write!(
                out,
                " failed: {}",
                failure.chars().take(30).collect::<String>()
            );
        }
        for (name, value) in &span.attributes {
            if name.starts_with("emp.") && name != "emp.event_count" && name != "emp.subject" {
                let name = name.trim_start_matches("emp.");
                let _ = match value {
                    Value::Text(text) => write!(out, " {name}={text:?}"),
                    Value::Number(number) => write!(out, " {name}={number}"),
                    Value::Flag(flag) => write!(out, " {name}={flag}"),
                };
            }
        }
        for event in &span.events {
            let _ = write!(out, " +{}@{}", event.name, event.at.since(start));
        }
        if !span.links.is_empty() {
            let _ = write!(out, " links={}", span.links.len());
        }
        out.push('\n');
        for (child, span) in trace.spans.iter().enumerate() {
            if child > 0 && span.parent == Some(trace.spans[at].id) {
                draw(trace, child, depth + 1, out);
            }
        }
    }
    let mut out = String::new();
    draw(trace, 0, 0, &mut out);
    out
}
