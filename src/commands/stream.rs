//! `emp stream`: events as they happen.

use clap::ValueEnum;

use super::Context;
use super::live::{Live, News};
use super::select::{SelectArgs, Selection, WindowArgs};
use crate::error::{Error, Exit};
use crate::event::Event;
use crate::output::{Form, Listing};

/// Follow events as they happen
///
/// With --since or --last, what happened before comes first, without a gap or a repeat where the
/// two meet. When Redis goes away, emp says so, tries again, and goes on after the last event it
/// has shown. Ctrl-C ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp stream
  emp stream level:error --last 10m
  emp stream --service worker --job-id 'job_12*'
  emp stream type:job.failed -n 1 -o jsonl
  emp stream --status --job-id job_123
  emp stream --from ./logs/telemetry/events.log")]
pub struct Args {
    /// What to show, as for emp search; everything without it
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    select: SelectArgs,
    /// First show what happened at or after this time: 15m (ago), 10:30, RFC 3339, entry id
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Window"
    )]
    since: Option<String>,
    /// First show this last stretch of time: 15m, 1h
    #[arg(
        long,
        value_name = "DURATION",
        alias = "timespan",
        conflicts_with = "since",
        help_heading = "Window"
    )]
    last: Option<String>,
    /// Follow live status in place of events: progress of jobs, GPU figures of machines
    #[arg(long, conflicts_with_all = ["query", "since", "last", "full"])]
    status: bool,
    /// As the documents' scripts say it; a stream is always live
    #[arg(long, hide = true)]
    live: bool,
    /// End after N events
    #[arg(short = 'n', long, value_name = "N", help_heading = "Output")]
    limit: Option<u64>,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object a line
    #[value(alias = "json")]
    Jsonl,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    if args.status {
        let (jobs, machines) = args.select.subjects();
        let json = args.output == Format::Jsonl;
        return super::status::follow(jobs, machines, json, args.limit, context);
    }
    let window = WindowArgs {
        since: args.since.clone(),
        last: args.last.clone(),
        ..WindowArgs::default()
    };
    let selection = Selection::new(&args.query, &args.select, &window, context)?;
    let form = match (args.output, args.full) {
        (Format::Text, false) => Form::Compact,
        (Format::Text, true) => Form::Full,
        (Format::Jsonl, _) => Form::Json,
    };
    let since = selection.since();
    let wanted = |event: &Event| {
        since.is_none_or(|since| event.timestamp >= since) && selection.filter.matches(event)
    };
    let highlight = |text: &str| selection.filter.highlights(text);
    let mut left = args.limit.unwrap_or(u64::MAX);
    if left == 0 {
        return Ok(Exit::Yes);
    }

    let live = Live::open(
        context,
        args.select.from.as_deref(),
        selection.streams(),
        since,
    )?;
    live.run(context, |news, context| {
        let News::Events(events) = news else {
            return Ok(true);
        };
        let mut listing = Listing::new(&mut context.screen, form, false, &highlight);
        for event in events.iter().filter(|event| wanted(event)) {
            listing.event(event)?;
            left -= 1;
            if left == 0 {
                break;
            }
        }
        listing.finish()?;
        Ok(left > 0)
    })?;
    Ok(Exit::Yes)
}
