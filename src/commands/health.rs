//! `emp health`: whether the event system itself is well.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;

mod collectors;
mod probe;

use super::Context;
use super::context::Place;
use crate::error::{Error, Exit};
use crate::output;
use crate::query::health::{self, Facts, Report, Traffic, Verdict};
use crate::store::redis::{self, ServerFacts, Timeouts};
use crate::store::{self, Journal, Scan};

/// How far back events are looked at for rates, skew and names.
const SAMPLE: i64 = 60 * 60 * 1000;

/// Judge the event system: streams, groups, memory, clocks, silent services, names
///
/// Prints a verdict (ok, warn, fail) for each thing it looks at, and exits with 1 if any fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp health
  emp health --services api-server,worker,machine
  emp health --watch
  emp health --collector
  emp health --probe
  emp health -o json | jq '.checks[] | select(.verdict != \"ok\")'")]
pub struct Args {
    /// Services that should have been heard in the last five minutes, separated by commas; '' for
    /// none
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    services: Option<Vec<String>>,
    /// Judge this source: a URL, a file, or journal
    #[arg(long, value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath)]
    from: Option<String>,
    /// Judge only this collector, or the one on this machine: where it listens, else by its
    /// heartbeat in Redis. For a container's HEALTHCHECK
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["services", "from", "watch"]
    )]
    collector: Option<String>,
    /// Send a canary through stream, collector and every output, and show when it was where
    #[arg(long, conflicts_with_all = ["services", "from", "watch", "collector"])]
    probe: bool,
    /// How long --probe follows the canary
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "30s",
        requires = "probe"
    )]
    probe_timeout: String,
    /// Draw it anew every few seconds until Ctrl-C
    #[arg(short, long)]
    watch: bool,
    /// How often --watch looks
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    interval: String,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let interval = crate::time::parse_duration(&args.interval)?.max(Duration::from_millis(100));
    if args.probe {
        let timeout = crate::time::parse_duration(&args.probe_timeout)?;
        return probe::probe(timeout, args.output == Format::Json, context);
    }
    let report = match &args.collector {
        Some(name) => collectors::one(name, context)?,
        None => look(&args, context)?,
    };
    print(&args, &report, context)?;
    if !args.watch {
        return Ok(verdict(&report));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        loop {
            tokio::select! {
                _ = &mut interrupt => return Ok(Exit::Yes),
                () = tokio::time::sleep(interval) => {}
            }
            context.clock = super::context::clock();
            let report = look(&args, context)?;
            if context.screen.is_terminal() {
                context.screen.clear()?;
            }
            print(&args, &report, context)?;
        }
    })
}

fn verdict(report: &Report) -> Exit {
    match report.verdict {
        Verdict::Fail => Exit::No,
        Verdict::Ok | Verdict::Warn => Exit::Yes,
    }
}

fn print(args: &Args, report: &Report, context: &mut Context) -> Result<(), Error> {
    match args.output {
        Format::Text if args.collector.is_some() => {
            output::health::draw_checks(report, &mut context.screen)?;
        }
        Format::Text => output::health::draw(report, &mut context.screen)?,
        Format::Json => context.screen.json(report)?,
    }
    Ok(context.screen.flush()?)
}

/// Asks the server and the journal, and reads recent events.
fn look(args: &Args, context: &Context) -> Result<Report, Error> {
    let settings = &context.settings;
    let now = context.clock.now;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let target = match Place::of(args.from.as_deref()) {
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
    let expected = args.services.as_ref().unwrap_or(&settings.services);
    let expected = expected.iter().map(|name| name.trim());
    let expected = expected.filter(|name| !name.is_empty()).map(str::to_owned);
    let mut facts = Facts {
        now,
        expected: expected.collect(),
        journal: backlog(args.from.as_deref(), context)?,
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
    let read = context.reader(args.from.as_deref()).and_then(|mut reader| {
        reader.each::<Error>(&scan, &mut |event| {
            traffic.event(&event);
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
