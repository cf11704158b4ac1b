//! `emp demo`: a simulated job system, emitted for real and looked at.

use std::fmt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

mod plant;

use super::Context;
use crate::config::{Origin, Settings};
use crate::demo::{Options, Simulation, simulate};
use crate::error::{Error, Exit};
use crate::event::{Event, Level};
use crate::output::{Form, Listing, Role};
use crate::query::subject::{Resolution, Resolver, mentions};
use crate::query::timeline::Timeline;
use crate::store::redis::{RedisSource, Target, Timeouts, Writer};
use crate::store::{self, Journal, JournalSource, Reader, Scan};

/// Emit the events of a simulated job system, and look at them
///
/// API server, webhook service, workers, machines and a monitor run some jobs: most complete, some
/// fail, one is stuck, one waits for long. The events go to a journal of the demo's own, or to
/// Redis where --url, EMP_URL or a configuration of emp names one (REDIS_URL and REDIS_HOST do not
/// count here). The same --seed gives the same events.
///
/// With --plant it prints hours of a larger system instead, in which causes are hidden: find them with
/// `emp errors --from events.jsonl` and the like, and look into --truth when you have.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp demo
  emp demo --jobs 200 --seed 7
  emp demo --url redis://127.0.0.1:6379 --rate 50
  emp demo --plant all --seed 7 --truth truth.json > events.jsonl")]
pub struct Args {
    /// How many jobs to simulate [default: 24, with --plant 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    jobs: Option<u32>,
    /// Emit this many events a second [default: all at once]
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Begin the simulation with this number
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Keep what earlier demos left in the demo's journal
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    plant: plant::PlantArgs,
}

/// Jobs without --jobs.
const JOBS: u32 = 24;

/// Events of one batch; a paced demo sends one at a time.
const BATCH: usize = 256;

/// How long a place may take for one batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// Errors that the sample search shows.
const SAMPLE: usize = 5;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    if let Some(causes) = &args.plant.plant {
        return plant::run(causes, &args.plant, args.jobs, args.seed, context);
    }
    let jobs = args.jobs.unwrap_or(JOBS);
    let simulation = simulate(&Options {
        jobs: jobs as usize,
        seed: args.seed,
        end: context.clock.now,
    });
    let stories = [
        ("A job that failed", simulation.failed_job()),
        ("A job that is stuck", simulation.stuck_job()),
        ("A job that waited", simulation.gap_job()),
    ];
    let place = Place::new(context)?;
    let mut sink = place.open(args.keep, context)?;
    let started = Instant::now();
    let count = emit(simulation, &mut sink, args.rate, context)?;
    let rate = args
        .rate
        .map_or(String::new(), |rate| format!(" at {rate} a second"));
    context.console.note(&format!(
        "{count} events of {jobs} jobs emitted to {place}{rate} in {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    if matches!(place, Place::Redis { .. }) {
        context.warn_of_cap(count as u64);
    }

    let tour = Tour { place: &place };
    if tour.from().is_none() {
        context.console.note(
            "the address has a password: set EMP_URL to it for the commands that are shown below",
        );
    }
    for (title, job) in stories.iter().take(2) {
        if let Some(job) = job {
            tour.timeline(title, job, context)?;
        }
    }
    tour.errors(context)?;
    tour.next_commands(&stories, context)?;
    Ok(Exit::Yes)
}

/// Emits the simulation, at a pace if one is asked for; returns how many events that were.
fn emit(
    simulation: Simulation,
    sink: &mut Sink,
    rate: Option<u32>,
    context: &Context,
) -> Result<usize, Error> {
    let settings = &context.settings;
    let pace = rate.map(|rate| Duration::from_secs(1) / rate);
    let size = if pace.is_some() { 1 } else { BATCH };
    let mut events = simulation;
    let mut count = 0;
    loop {
        let due = pace.map(|pace| Instant::now() + pace);
        let batch: Vec<_> = events.by_ref().take(size).collect();
        if batch.is_empty() {
            return Ok(count);
        }
        sink.add(&batch, settings)?;
        count += batch.len();
        if let Some(due) = due {
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// Where the demo's events go.
enum Place {
    /// A Redis that was named for emp, and the flag's value where that did it.
    Redis {
        target: Target,
        flag: Option<String>,
    },
    /// A journal that nothing else uses, so that the demo never mixes with real events.
    Journal(PathBuf),
}

impl Place {
    fn new(context: &Context) -> Result<Self, Error> {
        let settings = &context.settings;
        if !settings.names_redis() {
            return Ok(Self::Journal(settings.journal.with_file_name("demo.db")));
        }
        let is_flag = matches!(settings.origin("redis.url"), Origin::Flag(_));
        Ok(Self::Redis {
            target: context.target()?,
            flag: is_flag.then(|| settings.url.clone()),
        })
    }

    fn open(&self, keep: bool, context: &Context) -> Result<Sink, Error> {
        Ok(match self {
            Self::Redis { target, .. } => {
                let timeout = context.settings.timeout.max(Timeouts::default().connect);
                Sink::Redis(Writer::connect(target, timeout)?)
            }
            Self::Journal(path) => {
                if !keep {
                    Journal::delete(path)?;
                }
                Sink::Journal(Journal::open(path, PATIENCE)?)
            }
        })
    }

    fn reader(&self) -> Reader {
        Reader::new(vec![match self {
            Self::Redis { target, .. } => {
                Box::new(RedisSource::new(target.clone(), Timeouts::default()))
            }
            Self::Journal(path) => Box::new(JournalSource::new(path)),
        }])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redis { target, .. } => target.fmt(f),
            Self::Journal(path) => path.display().fmt(f),
        }
    }
}

/// An open place. There is no other place to fall back to: what is made up must not end up among
/// real events.
enum Sink {
    Redis(Writer),
    Journal(Journal),
}

impl Sink {
    fn add(&mut self, batch: &[Event], settings: &Settings) -> Result<(), store::Error> {
        let stream = |event: &Event| match event.is_error_event() {
            true => &settings.errors,
            false => &settings.events,
        };
        let entries = batch.iter().map(|event| (stream(event), event));
        match self {
            Self::Redis(writer) => {
                let entries = entries
                    .map(|(stream, event)| (stream.name.as_str(), Some(stream.max_len), event));
                let entries: Vec<_> = entries.collect();
                let answers = writer.add(&entries, Instant::now() + PATIENCE)?;
                answers.into_iter().try_for_each(|answer| answer.map(drop))
            }
            Self::Journal(journal) => {
                let entries = entries.map(|(stream, event)| (stream.name.as_str(), event));
                let entries: Vec<_> = entries.collect();
                journal.append_each(&entries).map(drop)
            }
        }
    }
}

/// Shows what the commands would show, under the line that one would type for it.
struct Tour<'a> {
    place: &'a Place,
}

impl Tour<'_> {
    fn timeline(&self, title: &str, job: &str, context: &mut Context) -> Result<(), Error> {
        self.heading(title, &format!("timeline {job}"), context)?;
        let mut resolver = Resolver::new(job);
        self.each(context, &|event| mentions(event, job), &mut |event| {
            resolver.push(event)
        })?;
        let (Resolution::Exact(found) | Resolution::Prefix(found)) = resolver.finish() else {
            return Ok(());
        };
        let options = context.timeline_options();
        if let Some(timeline) = Timeline::build(found, &options) {
            crate::output::timeline::draw(&timeline, &mut context.screen, false)?;
        }
        Ok(context.screen.flush()?)
    }

    fn errors(&self, context: &mut Context) -> Result<(), Error> {
        self.heading(
            "What went wrong lately",
            &format!("search level:error -n {SAMPLE}"),
            context,
        )?;
        let mut newest = std::collections::VecDeque::new();
        let accept = |event: &Event| event.level() == Level::Error;
        self.each(context, &accept, &mut |event| {
            newest.push_back(event);
            if newest.len() > SAMPLE {
                newest.pop_front();
            }
        })?;
        let mut listing = Listing::new(&mut context.screen, Form::Compact, false, &|_| Vec::new());
        for event in &newest {
            listing.event(event)?;
        }
        listing.finish()?;
        Ok(())
    }

    fn next_commands(
        &self,
        stories: &[(&str, Option<String>)],
        context: &mut Context,
    ) -> Result<(), Error> {
        let screen = &mut context.screen;
        let title = screen.paint(Role::Heading, "Next");
        screen.line(format!("\n{title}"))?;
        let waited = stories.last().and_then(|(_, job)| job.as_deref());
        let mut commands: Vec<String> =
            waited.iter().map(|job| format!("timeline {job}")).collect();
        commands.extend(
            [
                "search 'service:worker type:*failed'",
                "stream --since 5m",
                "health",
            ]
            .map(str::to_owned),
        );
        for command in commands {
            screen.line(format!("  {}", self.typed(&command)))?;
        }
        Ok(screen.flush()?)
    }

    fn heading(&self, title: &str, command: &str, context: &mut Context) -> Result<(), Error> {
        let screen = &mut context.screen;
        let title = screen.paint(Role::Heading, title);
        let typed = screen.paint(Role::Dim, &format!("$ {}", self.typed(command)));
        screen.line(format!("\n{title}\n{typed}"))?;
        Ok(())
    }

    /// A command as it can be typed here: with the program as it was called, and where it reads.
    fn typed(&self, command: &str) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "emp".to_owned());
        let from = self.from().unwrap_or_default();
        format!("{program} {command}{from}")
    }

    /// What a command needs to read the same place; `None` where that would show a password.
    fn from(&self) -> Option<String> {
        match self.place {
            Place::Journal(path) => Some(format!(" --from {}", word(&path.to_string_lossy()))),
            Place::Redis { flag: None, .. } => Some(String::new()),
            Place::Redis { target, .. } if target.has_password() => None,
            Place::Redis {
                flag: Some(url), ..
            } => Some(format!(" --url {}", word(url))),
        }
    }

    fn each(
        &self,
        context: &Context,
        accept: &dyn Fn(&Event) -> bool,
        visit: &mut dyn FnMut(Event),
    ) -> Result<(), Error> {
        let streams = [&context.settings.events, &context.settings.errors];
        let streams = streams.map(|stream| stream.name.clone());
        let scan = Scan {
            streams: &streams,
            accept,
            ..Scan::default()
        };
        let mut reader = self.place.reader();
        let mut answer = reader.sorted::<Error>(&scan, &mut |event| {
            visit(std::mem::take(event));
            Ok(())
        })?;
        context.report(&mut answer)
    }
}

/// A word as a shell takes it to the letter, quoted where it has to be.
fn word(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-./:@%+=,".contains(char);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(word("redis://[::1]:1/2"), "'redis://[::1]:1/2'");
        assert_eq!(word("redis://h:1/2"), "redis://h:1/2");
        assert_eq!(word("/a b/it's"), r"'/a b/it'\''s'");
    }
}
