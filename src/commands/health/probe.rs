//! `emp health --probe`: a canary through stream, collector and outputs, with the time at each hop.

use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::collectors;
use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::event::{Data, Event, Id, Level, Millis, PROBE, event_id_at, trace_id};
use crate::quantity;
use crate::store::redis::{Timeouts, Trail, Writer};
use crate::time::Clock;

/// How often the trail is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long the server may take for the canary.
const PATIENCE: Duration = Duration::from_secs(10);

/// The output to which no event goes as it is.
const TRACES: &str = "otlp traces";

/// The way of one canary.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Way {
    /// Its event id.
    event_id: String,
    /// Whether it reached every output.
    complete: bool,
    /// Where it was, in order.
    hops: Vec<Hop>,
    /// Outputs that it did not reach in time.
    missing: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hop {
    /// `emitted`, `stream`, `read` or an output.
    hop: String,
    /// When, by the clock of whoever says so.
    #[serde(serialize_with = "text")]
    at: Millis,
    /// Milliseconds after it was emitted.
    after_ms: i64,
    /// What else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

fn text<S: serde::Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Sends a canary and follows it until it has reached every output, or for `timeout`.
pub(super) fn probe(timeout: Duration, json: bool, context: &mut Context) -> Result<Exit, Error> {
    let settings = &context.settings;
    let target = context.target()?;
    let now = Clock::system_now();
    let id = event_id_at(now);
    let mut event = Event {
        timestamp: now,
        service: "emp".to_owned(),
        event_type: PROBE.to_owned(),
        level: Some(Level::Debug),
        data: Data::from_wire(r#"{"message":"emp health --probe"}"#),
        event_id: Some(id.clone()),
        ..Event::default()
    };
    event.ids.set(Id::Trace, trace_id());
    let (events, errors) = (&settings.events, &settings.errors);
    let mut writer = Writer::connect(&target, PATIENCE)?;
    let batch = [(&*events.name, Some(events.max_len), &event)];
    let added = writer.add(&batch, Instant::now() + PATIENCE)?;
    let entry = added.into_iter().next().transpose()?;
    let mut hops = vec![hop("emitted", now, now, None)];
    hops.extend(entry.map(|entry| {
        let detail = format!("{} {entry}", events.name);
        hop("stream", entry.time(), now, Some(detail))
    }));
    let trail = Trail::new(&events.name, &errors.name, &id);
    let until = Instant::now() + timeout;
    let (reached, missing) = loop {
        let reached = trail.follow(&target, Timeouts::default())?;
        let arrived = |output: &String| reached.hops.iter().any(|(hop, _)| hop == output);
        let missing: Vec<_> = reached
            .outputs
            .iter()
            .filter(|one| !arrived(one))
            .cloned()
            .collect();
        let done = reached.reader.is_some() && missing.is_empty();
        if done || Instant::now() >= until {
            break (reached, missing);
        }
        thread::sleep(LOOK);
    };
    let mut seen = reached.hops;
    seen.sort_by_key(|(_, at)| *at);
    hops.extend(seen.into_iter().map(|(name, at)| {
        let reader = reached.reader.as_ref().filter(|_| name == "read");
        hop(&name, at, now, reader.map(|reader| format!("by {reader}")))
    }));
    let way = Way {
        complete: reached.reader.is_some() && missing.is_empty(),
        event_id: id,
        hops,
        missing,
    };
    print(&way, reached.reader.is_some(), timeout, json, context)?;
    let outputs = reached
        .reader
        .map(|name| collectors::outputs(&name, context));
    if !json && outputs.is_some_and(|outputs| outputs.iter().any(|output| output == TRACES)) {
        let note = format!("{TRACES} takes no canary: spans are made of jobs that end");
        context.console.note(&note);
    }
    Ok(if way.complete { Exit::Yes } else { Exit::No })
}

fn hop(name: &str, at: Millis, start: Millis, detail: Option<String>) -> Hop {
    Hop {
        hop: name.to_owned(),
        at,
        after_ms: at.since(start),
        detail,
    }
}

fn print(
    way: &Way,
    read: bool,
    timeout: Duration,
    json: bool,
    context: &mut Context,
) -> Result<(), Error> {
    if json {
        context.screen.json(way)?;
        return Ok(context.screen.flush()?);
    }
    let rows = way.hops.iter().map(|hop| {
        [
            hop.hop.clone(),
            quantity::delta(hop.after_ms),
            context.screen.clock(hop.at),
            hop.detail.clone().unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    context.screen.table(["hop", "after", "clock", ""], rows)?;
    context.screen.flush()?;
    let timeout = quantity::duration(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
    for output in &way.missing {
        context
            .console
            .warning(&format!("{output} did not have it after {timeout}"));
    }
    if !read {
        context
            .console
            .warning(&format!("no collector read it within {timeout}"));
        context
            .console
            .note("  hint: `emp collect` starts one; `emp health` shows those that were there");
    }
    if way.hops.iter().any(|hop| hop.after_ms < 0) {
        context
            .console
            .note("each time is by the clock of whoever says so: they are not the same here");
    }
    Ok(())
}
