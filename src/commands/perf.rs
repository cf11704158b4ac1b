//! `emp perf`: how long things take, how often they happen, and what got slower.

mod against;
mod all_jobs;
mod one_job;
mod window;

use clap::ValueEnum;

use self::against::Against;
use self::window::Window;
use super::Context;
use super::report::{ReportArgs, gather_held, warn_of_late};
use super::select::{SelectArgs, WindowArgs};
use crate::error::{Error, Exit};
use crate::output::perf::View;
use crate::output::report::{Form, shell_word};
use crate::query::perf;
use crate::query::perf::{By, Comparison, KNOWN, Kind, Overview, Perf};

/// Rows of a table of text, unless all columns are asked for.
const ROWS: usize = 25;

/// Show how long things take, how often they happen, and what got slower
///
/// Durations are what events say (durationMs, processingTimeMs, completionTimeMs and the like), else
/// the time from a start to the end of the same job and step. What got slower or faster, or happens
/// more or less often, is told first, where chance does not explain it. With a job, each of its steps
/// stands beside what is usual for its type.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp perf --last 1h
  emp perf job_123
  emp perf --by worker --event-type connector.processing_completed
  emp perf --slowest 10
  emp perf --last 15m --baseline 24h --fail-over 20%
  emp perf --steps --graph mermaid > course.mmd")]
pub struct Args {
    /// Show this job, step by step: its id, or the beginning of one
    #[arg(value_name = "JOB", add = super::completions::jobs(),
        conflicts_with_all = ["by", "slowest", "over_time", "histogram", "steps", "baseline"])]
    id: Option<String>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    window: WindowArgs,
    /// How far before the window to look for what is usual; 0s for not at all
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "24h",
        help_heading = "Window"
    )]
    history: String,
    /// Group by step, service, worker, machine, jobType or data.FIELD
    #[arg(
        long,
        value_name = "NAME",
        default_value = "eventType",
        help_heading = "Report"
    )]
    by: String,
    /// Draw how durations are spread
    #[arg(long, help_heading = "Report")]
    histogram: bool,
    /// Show the N slowest jobs, and the steps that made them slow
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10",
        conflicts_with_all = ["histogram", "over_time", "steps", "baseline"], help_heading = "Report")]
    slowest: Option<usize>,
    /// Show jobs over time: started, ended, running at once, waiting
    #[arg(long, conflicts_with_all = ["histogram", "steps", "baseline"], help_heading = "Report")]
    over_time: bool,
    /// Compare with the time before (24h), or a file: events, or a report of -o json
    #[arg(long, value_name = "DURATION|FILE", conflicts_with_all = ["histogram", "steps"],
        help_heading = "Report")]
    baseline: Option<String>,
    /// Exit with 1 if anything is slower by more than this: 20%
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "baseline",
        help_heading = "Report"
    )]
    fail_over: Option<String>,
    /// Show the usual course of jobs, learned from those that completed
    #[arg(long, help_heading = "Report")]
    steps: bool,
    /// Only the course of jobs of this type
    #[arg(long, value_name = "TYPE", requires = "steps", help_heading = "Report")]
    job_type: Option<String>,
    /// Draw the usual course in this language
    #[arg(
        long,
        value_name = "LANGUAGE",
        value_enum,
        requires = "steps",
        help_heading = "Report"
    )]
    graph: Option<Graph>,
    #[command(flatten)]
    report: ReportArgs,
}

/// Languages of graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Graph {
    /// Mermaid's flowchart
    Mermaid,
    /// Graphviz
    Dot,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let by = By::parse(&args.by).ok_or_else(|| {
        Error::usage_hint(
            format!("events cannot be grouped by `{}`", args.by),
            format!("known: {KNOWN}"),
        )
    })?;
    let (report, from) = (args.report.clone(), args.select.from.clone());
    report.looks(from.as_deref(), context, |context| match &args.id {
        Some(id) => one_job::look(id, &args, context),
        None if args.steps => args.steps(context),
        None if args.slowest.is_some() || args.over_time => args.jobs(context),
        None => args.overview(&by, context),
    })
}

impl Args {
    fn print<R>(
        &self,
        report: &R,
        next: Vec<(String, &'static str)>,
        context: &mut Context,
    ) -> Result<(), Error>
    where
        for<'r> View<'r, R>: crate::output::report::Report,
    {
        let all = self.report.output != Form::Text || !self.report.columns.is_empty();
        let most = (!all).then_some(ROWS);
        self.report.print(&View { report, next, most }, context)
    }

    fn overview(&self, by: &By, context: &mut Context) -> Result<Exit, Error> {
        let against = self.baseline.as_deref().map(Against::read).transpose()?;
        let limit = self.fail_over.as_deref().map(against::share).transpose()?;
        let back = against.as_ref().and_then(Against::length_ms);
        let window = Window::new(&self.window, &self.history, back, context)?;
        let selection = window.selection(&self.select, context)?;
        let options = perf::Options {
            by: by.clone(),
            since: window.since,
            until: window.until,
            before: window.before,
            histogram: self.histogram,
            whole_jobs: self.select.takes_whole_jobs(),
            timeline: context.timeline_options(),
        };
        let mut collected = Perf::new(options.clone());
        if self.select.is_open() {
            collected = collected.carried_by(&context.settings.events.name);
        }
        let gathered = gather_held(
            &selection,
            self.select.from.as_deref(),
            context,
            &mut |event| {
                collected.push(event);
            },
        )?;
        warn_of_late(collected.jobs(), context);
        let overview = collected.overview(gathered.oldest);
        if overview.events == 0 {
            window.explain_nothing(overview.earlier_events, context);
            return Ok(Exit::No);
        }
        let Some(against) = against else {
            let next = self.next(&overview);
            self.print(&overview, next, context)?;
            return Ok(Exit::Yes);
        };
        let baseline = against.baseline(&overview, options, &self.select, context)?;
        if baseline.is_empty() {
            let note = format!("nothing matches in {}", baseline.label);
            context.console.note(&note);
            return Ok(Exit::No);
        }
        let known = limit.unwrap_or(perf::LIMIT);
        let comparison = Comparison::of(&overview, &baseline, known);
        let next = self.next(&overview);
        self.print(&comparison, next, context)?;
        if limit.is_some() && comparison.judged == 0 {
            let text = "too few durations on both sides to fail over";
            context.console.warning(text);
        }
        Ok(match limit {
            Some(_) if comparison.slower > 0 => Exit::No,
            _ => Exit::Yes,
        })
    }

    /// What to type after an overview.
    fn next(&self, overview: &Overview) -> Vec<(String, &'static str)> {
        let mut next = Vec::new();
        let mut findings = overview.findings.iter();
        let slower = findings.find(|finding| finding.kind == Kind::Slower);
        let most = overview.groups.iter().find(|row| row.took.is_some());
        let operation = slower
            .map(|finding| &finding.what)
            .or(most.map(|row| &row.group));
        if slower.is_some_and(|finding| !finding.job_types.is_empty()) {
            // In the events of all types together nothing shows, on whatever machine.
            let command = "emp correlate --slow".to_owned();
            next.push((command, "what the slow jobs of each type have in common"));
        } else if matches!(overview.by.as_str(), "eventType" | "step")
            && let Some(event_type) = operation.and_then(|name| name.rsplit(' ').next())
        {
            let word = shell_word(event_type);
            let command = format!("emp perf --by machine --event-type {word}");
            next.push((command, "the same, machine by machine"));
        }
        if let Some(job) = &overview.slowest_job {
            let command = format!("emp perf {}", shell_word(job));
            next.push((command, "the slowest job, step by step"));
            next.push(("emp perf --slowest 10".to_owned(), "what made jobs slow"));
        }
        next
    }
}
