//! `emp correlate`: why a job went as it did, what jobs have in common, and how two of them differ.

mod groups;
mod one;
mod read;
mod two;

use super::Context;
use super::report::ReportArgs;
use super::select::{SelectArgs, WindowArgs};
use crate::error::{Error, Exit};

/// Say why a job failed, and what failed jobs have in common
///
/// With the id of a job or trace: a verdict in one sentence, what it rests on, where the time went,
/// and everything that is related by trace, worker, machine, user, error and time. With two ids: both
/// jobs step by step. With --failed, --slow or --against: the values of machine, worker, type, user,
/// service and data that occur among these jobs more often than chance explains. Query words and
/// filters choose jobs then: those of which any event matches.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp correlate job_123
  emp correlate job_123 job_456
  emp correlate job_123 --usual
  emp correlate --failed --last 1h
  emp correlate --slow data.jobType:video_upscale
  emp correlate data.model:sdxl --against data.model:sd15
  emp correlate --races")]
pub struct Args {
    /// Id of a job or trace, or its beginning; a second job to set beside it; or a query of jobs
    #[arg(value_name = "ID|QUERY", add = super::completions::jobs())]
    words: Vec<String>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    window: WindowArgs,
    /// Compare jobs that failed or timed out with those that completed
    #[arg(long, help_heading = "Report", conflicts_with_all = ["slow", "against", "usual", "races"])]
    failed: bool,
    /// Compare the slowest tenth of completed jobs of each type with the others, or those that took
    /// longer than DURATION
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
        default_missing_value = "", help_heading = "Report",
        conflicts_with_all = ["against", "usual", "races"])]
    slow: Option<String>,
    /// Compare jobs that match QUERY with those that match this one; '*' for all others
    #[arg(long, value_name = "QUERY", help_heading = "Report", conflicts_with_all = ["usual", "races"])]
    against: Option<String>,
    /// Set a job beside the usual course of its type, step by step
    #[arg(long, help_heading = "Report", conflicts_with = "races")]
    usual: bool,
    /// Show what happened in an order that cannot be: jobs claimed twice, completed before they
    /// started, worked on after their end
    #[arg(long, help_heading = "Report")]
    races: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let (report, from) = (args.report.clone(), args.select.from.clone());
    report.looks(from.as_deref(), context, |context| look(&args, context))
}

fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    if args.races || args.failed || args.slow.is_some() || args.against.is_some() {
        return groups::run(args, context);
    }
    match (args.words.as_slice(), args.usual) {
        ([id], false) => one::run(id, args, context),
        ([id], true) => two::usual(id, args, context),
        ([a, b], false) => two::run(a, b, args, context),
        ([], _) => Err(Error::usage_hint(
            "say which job",
            "`emp correlate ID` for one job, `emp correlate --failed` for what failed jobs have in \
             common",
        )),
        (_, true) => Err(Error::usage("--usual is about one job")),
        _ => Err(Error::usage_hint(
            "more than two ids",
            "a query of jobs goes with --failed, --slow, --against or --races",
        )),
    }
}
