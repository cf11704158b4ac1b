//! How the event system is: asked of the server, the journal, collectors and recent events.

use std::path::Path;

pub(super) mod collectors;

use super::Context;
use super::context::Place;
use crate::error::Error;
use crate::output;
use crate::query::health::{self, Facts, Report, Traffic};
use crate::store::redis::{self, ServerFacts, Timeouts};
use crate::store::{self, Journal, Scan};

/// How far back events are looked at for rates, skew and names.
const SAMPLE: i64 = 60 * 60 * 1000;

/// Asks the server and the journal, and reads recent events.
pub(super) fn look(
    services: Option<&[String]>,
    from: Option<&str>,
    context: &Context,
) -> Result<Report, Error> {
    let settings = &context.settings;
    let now = context.clock.now;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let target = match Place::of(from) {
        Place::Everywhere => Some(context.target()?),
        Place::Redis(url) => Some(redis::Target::parse(url, settings.ca.as_deref())?),
        Place::Journal | Place::File(_) => None,
    };
    let asked = target.as_ref().map(|target| {
        (
            target.to_string(),
            redis::facts(target, &streams, Timeouts::default()),
        )
    });
    let expected = services.unwrap_or(&settings.services);
    let expected = expected.iter().map(|name| name.trim());
    let expected = expected.filter(|name| !name.is_empty()).map(str::to_owned);
    let mut facts = Facts {
        now,
        expected: expected.collect(),
        journal: backlog(from, context)?,
        ..Facts::default()
    };
    let mut untold = None;
    match asked {
        None => {}
        Some((_, Ok(found))) => {
            facts.streams = found_streams(&found, context);
            facts.redis = health::Redis::Reached {
                address: found.server.clone(),
                server: server(found),
            };
            if let Some(target) = &target {
                untold = collectors::ask(target, settings, &mut facts).err();
            }
        }
        Some((address, Err(error))) => {
            let trouble = trouble(&error);
            facts.redis = health::Redis::Unreachable { address, trouble };
        }
    }

    let since = now.plus(-SAMPLE);
    let mut traffic = Traffic::new(now, since);
    let progress = output::Progress::spinner(&context.console, "reading");
    let is_other = |name: &String| {
        let mut found = facts.streams.iter();
        found.any(|stream| stream.name == *name && stream.held == health::Held::Other)
    };
    let (_, readable): (Vec<_>, Vec<_>) = streams.iter().cloned().partition(is_other);
    let scan = Scan {
        streams: &readable,
        since: Some(since),
        progress: &|count| progress.add(count),
        ..Scan::default()
    };
    let read = context.reader(from).and_then(|mut reader| {
        reader.each::<Error>(&scan, &mut |event| {
            traffic.event(event);
            Ok(())
        })
    });
    progress.clear();
    // What a source does not give is a line of the report, not the end of it.
    let failed = match read {
        Ok(answer) => answer.incomplete.or(answer.unread).or(untold),
        Err(Error::Store(error)) if facts.redis != health::Redis::NotAsked => Some(error),
        Err(error) => return Err(error),
    };
    if !matches!(facts.redis, health::Redis::Unreachable { .. }) {
        facts.unread = failed.as_ref().map(trouble);
    }
    Ok(health::assess(&facts, &traffic))
}

fn trouble(error: &store::Error) -> health::Trouble {
    let hints = error.hints();
    health::Trouble {
        reason: error.to_string(),
        hint: match hints.is_empty() {
            true => "the server's own log may tell more".to_owned(),
            false => hints.join("; "),
        },
    }
}

/// What waits in the journal that belongs to the place.
fn backlog(from: Option<&str>, context: &Context) -> Result<Option<health::Backlog>, Error> {
    let path = match Place::of(from) {
        Place::Everywhere | Place::Redis(_) | Place::Journal => &*context.settings.journal,
        Place::File(path) if Journal::is_at(Path::new(path)) => Path::new(path),
        Place::File(_) => return Ok(None),
    };
    let Some(journal) = Journal::open_existing(path)? else {
        return Ok(Some(health::Backlog::default()));
    };
    Ok(Some(health::Backlog {
        count: journal.len()?,
        oldest: journal.span()?.map(|(oldest, _)| oldest),
        dropped: journal.dropped()?.sum(),
    }))
}

fn server(found: ServerFacts) -> health::Server {
    let kept = found.persistence;
    health::Server {
        version: found.version,
        used_memory: found.used_memory,
        max_memory: found.max_memory,
        eviction_policy: found.eviction,
        persistence: kept.log.map(|append_only| health::Persistence {
            append_only,
            snapshots: kept.snapshots,
            failing: kept.snapshot_ok == Some(false) || kept.log_ok == Some(false),
        }),
    }
}

fn found_streams(found: &ServerFacts, context: &Context) -> Vec<health::Stream> {
    let settings = [&context.settings.events, &context.settings.errors];
    let own = |name: &str| settings.into_iter().find(|stream| stream.name == name);
    let time = |entry: Option<crate::event::EntryId>| entry.map(crate::event::EntryId::time);
    let streams = found.streams.iter().map(|stream| health::Stream {
        name: stream.name.clone(),
        held: match stream.held {
            redis::Held::Nothing => health::Held::Nothing,
            redis::Held::Stream => health::Held::Stream,
            redis::Held::Other => health::Held::Other,
        },
        length: stream.length.unwrap_or(0),
        cap: own(&stream.name).map(|own| own.max_len),
        max_age_ms: own(&stream.name).and_then(|own| i64::try_from(own.max_age.as_millis()).ok()),
        memory: stream.memory,
        oldest: time(stream.first),
        newest: time(stream.last),
        groups: stream.groups.iter().flatten().map(group).collect(),
    });
    streams.collect()
}

fn group(group: &redis::Group) -> health::Group {
    let consumers = group.consumers.iter().map(|consumer| health::Consumer {
        name: consumer.name.clone(),
        pending: consumer.pending,
        idle_ms: i64::try_from(consumer.idle_ms).unwrap_or(i64::MAX),
    });
    health::Group {
        name: group.name.clone(),
        pending: group.pending,
        lag: group.lag,
        consumers: consumers.collect(),
    }
}
