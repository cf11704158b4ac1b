//! `emp errors`: what fails, by kind; and one kind, one job, patterns and alerts of it.

mod alerts;
mod explain;
mod patterns;
mod reading;
mod show;
mod timeline;

use clap::Subcommand;

use super::Context;
use super::report::ReportArgs;
use crate::error::{Error, Exit};
use crate::output::errors::ErrorsView;
use crate::output::report::Form;
use crate::query::errors::Errors;
use reading::{Asked, Reach};

/// Kinds that are shown to people.
const SHOWN: usize = 15;

/// Show what fails, by kind: how often, since when, where, and whether it is new
///
/// Errors are one kind if they have the same name, say the same apart from numbers, ids, paths and
/// quoted texts, and come from the same place of the code. All events that tell of one failure
/// count once. A kind is called new, or back after a silence, only if that is hardly chance; for
/// that, the seven days before the window are looked at as well. --type takes names of errors too.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  emp errors
  emp errors --last 1h --service worker
  emp errors --type 'CudaOutOfMemory*' machine:comfyui-3
  emp errors show 5f0c2a91
  emp errors timeline job_123
  emp errors alerts --threshold critical --last 24h
  emp errors -o csv --columns id,count,error > errors.csv"
)]
pub struct Args {
    #[command(subcommand)]
    view: Option<View>,
    /// What to look for among what fails; everything without it
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    /// Show so many kinds [default: 15, and all with -o]
    #[arg(short = 'n', long, value_name = "N", help_heading = "Output")]
    limit: Option<usize>,
    #[command(flatten)]
    report: ReportArgs,
}

#[derive(Debug, Subcommand)]
enum View {
    Show(show::Args),
    Timeline(timeline::Args),
    Patterns(patterns::Args),
    Alerts(alerts::Args),
    Explain(explain::Args),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    match &args.view {
        Some(View::Show(args)) => (args.report).looks(args.asked.from(), context, |context| {
            show::look(args, context)
        }),
        Some(View::Timeline(args)) => (args.report).looks(args.asked.from(), context, |context| {
            timeline::look(args, context)
        }),
        Some(View::Patterns(args)) => (args.report).looks(args.asked.from(), context, |context| {
            patterns::look(args, context)
        }),
        Some(View::Alerts(args)) => (args.report).looks(args.asked.from(), context, |context| {
            alerts::look(args, context)
        }),
        Some(View::Explain(args)) => explain::run(args, context),
        None => (args.report).looks(args.asked.from(), context, |context| look(&args, context)),
    }
}

fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let (options, asked) = args.asked.options(context)?;
    let mut errors = Errors::new(options);
    let take = &mut |failure| errors.push(failure);
    let mut read = asked.failures(&args.query, Reach::Before, false, context, take)?;
    let text = args.report.output == Form::Text;
    let limit = args.limit.unwrap_or(if text { SHOWN } else { usize::MAX });
    let report = errors.finish(&read.witness, limit);
    let found = report.failures > 0;
    if !found {
        read.explain_nothing(context)?;
    }
    if found || !text {
        let again = args.asked.again();
        let view = ErrorsView {
            report: &report,
            again: &again,
        };
        args.report.print(&view, context)?;
    }
    read.report(context)?;
    Ok(if found { Exit::Yes } else { Exit::No })
}
