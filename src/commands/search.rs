//! `emp search`: the events that match a query, in the order in which they happened.

use clap::ValueEnum;

use super::Context;
use super::select::{SelectArgs, Selection, WindowArgs};
use crate::error::{Error, Exit};
use crate::event::Event;
use crate::output::{Form, Listing, Progress};

/// Find events by words, fields and time
///
/// Words and field:value terms are joined by AND; OR, NOT, - and parentheses work as expected.
/// `:` matches whole values with * and ?, `:~` a regular expression, = != > >= < <= compare
/// numbers, durations and sizes. Fields: service, type, level, job, worker, machine, user, trace,
/// request, id (any of these), data.NAME, or the name of any field. A word alone is looked for in
/// type, service, ids and data, whatever its case.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp search job:job_123
  emp search '(service:worker OR level:error) -type:*.progress_updated' --last 1h
  emp search 'data.durationMs>1.5s' -n 20
  emp search '\"out of memory\"' --full
  emp search --stream errors --since yesterday -o jsonl > errors.ndjson
  emp search --from errors.ndjson 'type:error.Timeout*'")]
pub struct Args {
    /// What to look for; everything without it
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    window: WindowArgs,
    /// Show the newest N events
    #[arg(short = 'n', long, value_name = "N", help_heading = "Output")]
    limit: Option<usize>,
    /// Show all of an event's data, a field a line
    #[arg(long, help_heading = "Output")]
    full: bool,
    /// How to print events
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

/// How events are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    context.reads_from(args.select.from.as_deref());
    let selection = Selection::new(&args.query, &args.select, &args.window, context)?;
    let mut reader = context.reader(args.select.from.as_deref())?;
    let progress = Progress::spinner(&context.console, "searching");
    let accept = |event: &Event| selection.filter.matches(event);
    let looked_at = |count| progress.add(count);
    let scan = selection.scan(&accept, &looked_at);

    let highlight = |text: &str| selection.filter.highlights(text);
    let form = match (args.output, args.full) {
        (Format::Text, false) => Form::Compact,
        (Format::Text, true) => Form::Full,
        _ => Form::Json,
    };
    let mut listing = Listing::new(
        &mut context.screen,
        form,
        args.output == Format::Json,
        &highlight,
    );
    let mut answer = match args.limit {
        Some(limit) => {
            let (events, answer) = reader.newest(&scan, limit)?;
            progress.clear();
            events.iter().try_for_each(|event| listing.event(event))?;
            answer
        }
        None => reader.sorted::<Error>(&scan, &mut |event| {
            progress.clear();
            Ok(listing.event(event)?)
        })?,
    };
    progress.clear();
    let shown = listing.finish()?;

    if shown == 0
        && let Some(error) = context.unread(&mut answer)
    {
        // What was asked for may be where nobody could look.
        selection.explain_nothing(&answer, context);
        return Err(error);
    }
    context.report(&mut answer)?;
    if shown > 0 {
        return Ok(Exit::Yes);
    }
    selection.explain_nothing(&answer, context);
    Ok(Exit::No)
}
