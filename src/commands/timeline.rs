//! `emp timeline`: the story of one job, or of anything else that has an id.

use clap::ValueEnum;

use super::Context;
use super::live::{Live, News};
use super::select::{SelectArgs, Selection, WindowArgs};
use super::status::job_status;
use super::subject::{Sought, explain_nothing, search};
use super::usual::Recent;
use crate::error::{Error, Exit};
use crate::event::{Event, Id, Status};
use crate::output::timeline::{Live as Picture, draw};
use crate::query::subject::{Resolution, Resolver, Subject, names};
use crate::query::timeline::{Options, Timeline};
use crate::time;

/// Show everything that happened to a job, in order, with gaps and handoffs
///
/// The id may be that of a job, trace, worker, machine, user or request, or the beginning of one.
/// A silence longer than --gap is marked and listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp timeline job_123
  emp timeline job_123 --gap 5s --full
  emp timeline 8d12404289e4 -o json
  emp timeline job_123 --follow --exit-status
  emp timeline comfyui-prod-1 --last 30m")]
pub struct Args {
    /// Id of a job, trace, worker, machine, user or request, or its beginning
    #[arg(value_name = "ID", add = super::completions::jobs())]
    id: String,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    window: WindowArgs,
    /// Mark silences longer than this [default: 1s]
    #[arg(long, value_name = "DURATION", help_heading = "Output")]
    gap: Option<String>,
    /// Show all data of each event, and every repeat
    #[arg(long, help_heading = "Output")]
    full: bool,
    /// Show events as they come until the job ends or Ctrl-C, then the final figures; wait for an
    /// id that nobody has mentioned yet
    #[arg(short, long, help_heading = "Output")]
    follow: bool,
    /// Exit with 1 if the job failed
    #[arg(long, help_heading = "Output")]
    exit_status: bool,
    /// How to print it
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text and a drawing
    #[default]
    Text,
    /// One JSON object with all of it
    Json,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let gap = match &args.gap {
        Some(text) => time::parse_duration(text)?,
        None => context.settings.gap,
    };
    context.reads_from(args.select.from.as_deref());
    let selection = Selection::new(&[], &args.select, &args.window, context)?;
    let options = |context: &Context| Options {
        gap,
        ..context.timeline_options()
    };
    let reader = &mut context.reader(args.select.from.as_deref())?;
    let mut recent = Recent::new();
    let (id, on_the_way) = (&args.id, Some(&mut recent));
    let sought = search(id, &args.select, &selection, reader, on_the_way, context)?;
    let (found, begins, all) = match sought {
        Sought::Found(found, begins, all) => (Some(found), begins, all),
        Sought::Nothing(_) if args.waits() => (None, None, true),
        Sought::Nothing(answer) => {
            explain_nothing(id, answer, &selection, context)?;
            return Ok(Exit::No);
        }
    };
    let mut timeline = found.and_then(|found| Timeline::build(found, &options(context)));
    let from = args.select.from.as_deref();
    // Only a job has a usual course, and an id that nobody has mentioned yet may be one.
    let may_be_job = |timeline: &Timeline| timeline.subject.kind == Id::Job;
    let others = match all && timeline.as_ref().is_none_or(may_be_job) {
        true => recent.jobs(from, context)?,
        false => None,
    };
    let compare = |timeline: &mut Timeline, context: &Context| {
        if let Some(begins) = begins {
            timeline.held_from(&context.settings.events.name, begins);
        }
        timeline.read_clocks(others.as_ref());
        if let Some(others) = &others {
            timeline.compare(others, &options(context));
        }
    };
    if let Some(timeline) = &mut timeline {
        compare(timeline, context);
    }
    let mut picture = None;
    if args.follow && !timeline.as_ref().is_some_and(Timeline::is_over) {
        picture = follow(&args, &mut timeline, &selection, &options, context)?;
    }
    if let Some(timeline) = &mut timeline {
        if picture.is_some() {
            compare(timeline, context);
        }
        timeline.status = status(&args, timeline, context);
        match (picture, args.output) {
            (Some(picture), _) => picture.finish(timeline, &mut context.screen)?,
            (None, Format::Text) => draw(timeline, &mut context.screen, args.full)?,
            (None, Format::Json) => context.screen.json(timeline)?,
        }
    }
    context.screen.flush()?;
    let failed = timeline.is_some_and(|timeline| timeline.has_failed());
    Ok(if args.exit_status && failed {
        Exit::No
    } else {
        Exit::Yes
    })
}

impl Args {
    /// Whether an id that nobody has mentioned yet is waited for. Standard input has been read to
    /// its end by then.
    fn waits(&self) -> bool {
        self.follow && self.select.from.as_deref() != Some("-")
    }
}

/// The live status of a job that is not over.
fn status(args: &Args, timeline: &Timeline, context: &Context) -> Option<Status> {
    let Subject { kind, id } = &timeline.subject;
    let runs = *kind == Id::Job && !timeline.is_over();
    runs.then(|| job_status(id, args.select.from.as_deref(), context))?
}

/// Takes in what happens until the job ends or Ctrl-C, drawing it as it comes. Where nothing has
/// happened yet, that is waited for.
fn follow(
    args: &Args,
    timeline: &mut Option<Timeline>,
    selection: &Selection,
    options: &dyn Fn(&Context) -> Options,
    context: &mut Context,
) -> Result<Option<Picture>, Error> {
    let text = args.output == Format::Text;
    let mut picture = match timeline {
        Some(timeline) if text => Some(Picture::start(timeline, &mut context.screen, args.full)?),
        _ => None,
    };
    context.screen.flush()?;
    let from = args.select.from.as_deref();
    let events = timeline.iter().flat_map(|timeline| &timeline.rows);
    let events = events.map(|row| &row.event);
    let newest = events.clone().map(|event| event.timestamp).max();
    let since = newest.unwrap_or(context.clock.now);
    let mut live = Live::open(context, from, selection.streams(), Some(since))?;
    events.for_each(|event| live.has_told(event));
    let mut says_waiting = timeline.is_none();
    live.run(context, |news, context| {
        if std::mem::take(&mut says_waiting) {
            let console = &context.console;
            console.note(&format!("waiting for the first event of {}", args.id));
        }
        let News::Events(mut fresh) = news else {
            return Ok(true);
        };
        fresh.retain(|event| {
            selection.takes(event)
                && match timeline {
                    Some(timeline) => timeline.subject.is_in(event),
                    None => names(event, &args.id),
                }
        });
        if fresh.is_empty() {
            return Ok(true);
        }
        context.tick();
        let options = options(context);
        match timeline {
            Some(timeline) => {
                timeline.grow(&fresh, &options);
                if let Some(picture) = &mut picture {
                    picture.update(timeline, &fresh, &mut context.screen)?;
                }
            }
            None => {
                *timeline = begin(&args.id, fresh, &options);
                if let Some(timeline) = timeline.as_ref().filter(|_| text) {
                    picture = Some(Picture::start(timeline, &mut context.screen, args.full)?);
                }
            }
        }
        context.screen.flush()?;
        Ok(!timeline.as_ref().is_some_and(Timeline::is_over))
    })?;
    if let Some(timeline) = timeline {
        context.tick();
        timeline.grow(&[], &options(context));
    }
    Ok(picture)
}

/// The timeline of an id that is first heard of now.
fn begin(id: &str, events: Vec<Event>, options: &Options) -> Option<Timeline> {
    let mut resolver = Resolver::new(id);
    events.into_iter().for_each(|event| resolver.push(event));
    match resolver.finish() {
        Resolution::Exact(found) => Timeline::build(found, options),
        _ => None,
    }
}
