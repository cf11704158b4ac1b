//! `emp timeline`: the story of one job, or of anything else that has an id.

use clap::ValueEnum;

use super::Context;
use super::context::Place;
use super::live::{Live, News};
use super::select::{SelectArgs, Selection, WindowArgs};
use crate::error::{Error, Exit};
use crate::event::{Event, Id, Literal, Status, StatusKind};
use crate::output::Progress;
use crate::output::timeline::{Live as Picture, draw};
use crate::quantity;
use crate::query::subject::{Candidate, Found, Resolution, Resolver, Subject, mentions};
use crate::query::timeline::{Options, Timeline};
use crate::store::redis::{Target, Timeouts, latest_status};
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
    /// Keep the picture live until the job ends
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
    let mut selection = Selection::new(&[], &args.select, &args.window, context)?;
    selection.require(Literal::new(&args.id, false));
    let Some(found) = find(&args, &selection, context)? else {
        return Ok(Exit::No);
    };
    let options = |context: &Context| Options {
        gap,
        end_events: context.settings.end_events.clone(),
        now: context.clock.now,
    };
    let Some(mut timeline) = Timeline::build(found, &options(context)) else {
        return Ok(Exit::No);
    };
    let text = args.output == Format::Text;
    let mut picture = match text && args.follow {
        true => Some(Picture::start(&timeline, &mut context.screen, args.full)?),
        false => None,
    };
    if args.follow && !timeline.is_over() {
        context.screen.flush()?;
        follow(
            &args,
            &mut timeline,
            &selection,
            &mut picture,
            &options,
            context,
        )?;
    }
    timeline.status = status(&args, &timeline, context);
    match picture {
        Some(picture) => picture.finish(&timeline, &mut context.screen)?,
        None if text => draw(&timeline, &mut context.screen, args.full)?,
        None => context.screen.json(&timeline)?,
    }
    context.screen.flush()?;
    Ok(if args.exit_status && timeline.has_failed() {
        Exit::No
    } else {
        Exit::Yes
    })
}

/// The live status of a job that is not over. It is a bonus: a server that is away says nothing.
fn status(args: &Args, timeline: &Timeline, context: &Context) -> Option<Status> {
    let Subject { kind, id } = &timeline.subject;
    let here = matches!(
        Place::of(args.select.from.as_deref()),
        Place::Everywhere | Place::Redis(_)
    );
    if *kind != Id::Job || timeline.is_over() || !here {
        return None;
    }
    let target = match args.select.from.as_deref() {
        Some(url) => Target::parse(url, context.settings.ca.as_deref()).ok()?,
        None => context.target().ok()?,
    };
    latest_status(&target, StatusKind::Job, id, Timeouts::default()).ok()?
}

/// What the id means, with its events; says so where it means nothing or too much.
fn find(args: &Args, selection: &Selection, context: &mut Context) -> Result<Option<Found>, Error> {
    let mut resolver = Resolver::new(&args.id);
    let accept = |event: &Event| mentions(event, &args.id) && selection.filter.matches(event);
    let progress = Progress::spinner(&context.console, "searching");
    let mut answer = context.reader(args.select.from.as_deref())?.each::<Error>(
        &selection.scan(&accept, &|count| progress.add(count)),
        &mut |event| {
            resolver.push(event);
            Ok(())
        },
    )?;
    progress.clear();
    context.report(&mut answer)?;
    match resolver.finish() {
        Resolution::Exact(found) => Ok(Some(found)),
        Resolution::Prefix(found) => {
            let Subject { kind, id } = &found.subject;
            context
                .console
                .note(&format!("{} is the {} {id}", args.id, kind.noun()));
            Ok(Some(found))
        }
        Resolution::Ambiguous { candidates, more } => {
            Err(ambiguous(&args.id, &candidates, more, context))
        }
        Resolution::Nothing => {
            selection.explain_nothing(&answer, context);
            if let Some(error) = answer.unread.take() {
                return Err(error.into());
            }
            context.console.note(&format!(
                "  hint: no event has the id `{}`, or one that begins so; `emp search` looks for \
                 words in data as well",
                args.id
            ));
            Ok(None)
        }
    }
}

/// An id that is not one: the candidates, newest first, are the hint.
fn ambiguous(typed: &str, candidates: &[Candidate], more: u64, context: &Context) -> Error {
    let mut hint = String::from("type more of one of these, newest first:");
    for Candidate {
        subject,
        events,
        last_seen,
    } in candidates
    {
        let (kind, id) = (subject.kind.noun(), &subject.id);
        let seen = context.screen.day_clock(*last_seen);
        let events = quantity::number_of(*events, "event");
        hint += &format!("\n    {kind} {id}  ({events}, last {seen})");
    }
    if more > 0 {
        hint += &format!("\n    and {more} more");
    }
    Error::usage_hint(format!("`{typed}` begins several ids"), hint)
}

/// Takes in what happens until the job ends, drawing it as it comes.
fn follow(
    args: &Args,
    timeline: &mut Timeline,
    selection: &Selection,
    picture: &mut Option<Picture>,
    options: &dyn Fn(&Context) -> Options,
    context: &mut Context,
) -> Result<(), Error> {
    let events = timeline.rows.iter().map(|row| &row.event);
    let since = events.clone().map(|event| event.timestamp).max();
    let from = args.select.from.as_deref();
    let mut live = Live::open(context, from, selection.streams(), since)?;
    events.for_each(|event| live.has_told(event));
    live.run(context, |news, context| {
        let News::Events(events) = news else {
            return Ok(true);
        };
        let is_ours =
            |event: &Event| timeline.subject.is_in(event) && selection.filter.matches(event);
        let fresh: Vec<_> = events.into_iter().filter(is_ours).collect();
        if fresh.is_empty() {
            return Ok(true);
        }
        context.clock = super::context::clock();
        timeline.grow(&fresh, &options(context));
        if let Some(picture) = picture {
            picture.update(timeline, &fresh, &mut context.screen)?;
            context.screen.flush()?;
        }
        Ok(!timeline.is_over())
    })
}
