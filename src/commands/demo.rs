//! `emp demo`: a simulated job system, emitted for real and looked at.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::demo::{Options, Simulation, simulate};
use crate::emit::{Delivery, Emitter};
use crate::error::{Error, Exit};
use crate::event::{Event, Level};
use crate::output::{Form, Listing, Role};
use crate::query::subject::{Resolution, Resolver, mentions};
use crate::query::timeline::{self, Timeline};
use crate::store::{Journal, Scan};

/// Emit the events of a simulated job system, and look at them
///
/// API server, webhook service, workers, machines and a monitor run some jobs: most complete, some
/// fail, one is stuck, one waits for long. The events go to a journal of the demo's own, or to
/// Redis where --url, EMP_URL or the like names one. The same --seed gives the same events.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp demo
  emp demo --jobs 200 --seed 7
  emp demo --url redis://127.0.0.1:6379 --rate 50")]
pub struct Args {
    /// How many jobs to simulate
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    jobs: u32,
    /// Emit this many events a second [default: all at once]
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Begin the simulation with this number
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Keep what earlier demos left in the demo's journal
    #[arg(long)]
    keep: bool,
}

/// Events of one batch; a paced demo sends one at a time.
const BATCH: usize = 256;

/// Errors that the sample search shows.
const SAMPLE: usize = 5;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let simulation = simulate(&Options {
        jobs: args.jobs as usize,
        seed: args.seed,
        end: context.clock.now,
    });
    let stories = [
        ("A job that failed", simulation.failed_job()),
        ("A job that is stuck", simulation.stuck_job()),
        ("A job that waited", simulation.gap_job()),
    ];
    let place = Place::new(context, args.keep)?;

    let started = Instant::now();
    let mut emitter = place.emitter(context);
    let delivery = emit(simulation, &mut emitter, args.rate, context);
    let count = delivery.sent + delivery.kept;
    let rate = args
        .rate
        .map_or(String::new(), |rate| format!(" at {rate} a second"));
    context.console.note(&format!(
        "{count} events of {} jobs emitted to {}{rate} in {:.1} s",
        args.jobs,
        place.name(context),
        started.elapsed().as_secs_f64()
    ));
    if delivery.lost > 0 {
        return Err(delivery
            .failure()
            .map_or_else(|| Error::usage("events were lost"), Error::from));
    }

    let tour = Tour { place: &place };
    for (title, job) in stories.iter().take(2) {
        if let Some(job) = job {
            tour.timeline(title, job, context)?;
        }
    }
    tour.errors(context)?;
    tour.next_commands(&stories, context)?;
    Ok(Exit::Yes)
}

/// Emits the simulation as a service would, at a pace if one is asked for.
fn emit(
    simulation: Simulation,
    emitter: &mut Emitter,
    rate: Option<u32>,
    context: &Context,
) -> Delivery {
    let now = context.clock.now;
    let mut sum = Delivery::default();
    match rate {
        None => {
            let mut batch = Vec::with_capacity(BATCH);
            for event in simulation {
                batch.push(event);
                if batch.len() == BATCH {
                    sum = sum + emitter.submit(std::mem::take(&mut batch), now);
                }
            }
            sum = sum + emitter.submit(batch, now);
        }
        Some(rate) => {
            let pace = Duration::from_secs(1) / rate;
            for event in simulation {
                let due = Instant::now() + pace;
                sum = sum + emitter.deliver(event, now);
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
    }
    sum + emitter.settle(now)
}

/// Where the demo's events go.
enum Place {
    /// The Redis of the settings.
    Redis,
    /// A journal that nothing else uses, so that the demo never mixes with real events.
    Journal(PathBuf),
}

impl Place {
    fn new(context: &Context, keep: bool) -> Result<Self, Error> {
        if context.settings.names_redis() {
            return Ok(Self::Redis);
        }
        let path = context.settings.journal.with_file_name("demo.db");
        if !keep {
            Journal::delete(&path)?;
        }
        Ok(Self::Journal(path))
    }

    fn name(&self, context: &Context) -> String {
        match self {
            Self::Redis => context
                .target()
                .map_or_else(|_| String::new(), |target| target.to_string()),
            Self::Journal(path) => path.display().to_string(),
        }
    }

    fn emitter(&self, context: &Context) -> Emitter {
        match self {
            Self::Redis => Emitter::new(&context.settings).with_patience(Duration::from_secs(10)),
            Self::Journal(path) => Emitter::for_journal(&context.settings, path),
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Redis => None,
            Self::Journal(path) => Some(path),
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
        let options = timeline::Options {
            gap: context.settings.gap,
            end_events: context.settings.end_events.clone(),
            now: context.clock.now,
        };
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
        let from = match self.place.path() {
            Some(path) if path.to_string_lossy().contains(' ') => {
                format!(" --from '{}'", path.display())
            }
            Some(path) => format!(" --from {}", path.display()),
            None => String::new(),
        };
        format!("{program} {command}{from}")
    }

    fn each(
        &self,
        context: &Context,
        accept: &dyn Fn(&Event) -> bool,
        visit: &mut dyn FnMut(Event),
    ) -> Result<(), Error> {
        let streams = [&context.settings.events, &context.settings.errors];
        let streams = streams.map(|stream| stream.name.clone());
        let from = self
            .place
            .path()
            .map(|path| path.to_string_lossy().into_owned());
        let scan = Scan {
            streams: &streams,
            accept,
            ..Scan::default()
        };
        let mut answer = context
            .reader(from.as_deref())?
            .sorted::<Error>(&scan, &mut |event| {
                visit(event);
                Ok(())
            })?;
        context.report(&mut answer)
    }
}
