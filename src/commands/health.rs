//! `emp health`: whether the event system itself is well.

mod probe;
mod stuck;

use super::Context;
use super::report;
use super::vitals::{collectors, look};
use crate::error::{Error, Exit};
use crate::output;
use crate::output::report::Form;
use crate::query::health::{Report, Verdict};

/// Judge the event system: streams, groups, memory, clocks, silent services, names
///
/// Prints a verdict (ok, warn, fail) for each thing it looks at, and exits with 1 if any fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp health
  emp health --services api-server,worker,machine
  emp health --watch
  emp health --stuck
  emp health --collector
  emp health --collector --ready
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
    /// Judge only this collector, by its heartbeat in Redis; without a NAME the one on this machine, by
    /// its answer at collect.listen, or by its heartbeat where that is none. For a container's
    /// HEALTHCHECK
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["services", "from", "watch"]
    )]
    collector: Option<String>,
    /// Exit with 1 also where --collector lives and cannot work just now: Redis or an output is away
    #[arg(long, requires = "collector")]
    ready: bool,
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
    /// List the running jobs that are overdue, worst first, by what completed jobs usually do
    #[arg(long, conflicts_with_all = ["services", "collector", "probe"])]
    stuck: bool,
    /// With --stuck, show these columns of the table, or `all`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "stuck")]
    columns: Vec<String>,
    /// With --stuck, look only at events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339
    #[arg(
        long,
        value_name = "TIME",
        requires = "stuck",
        allow_hyphen_values = true
    )]
    since: Option<String>,
    /// With --stuck, look only at events of this last stretch of time: 15m, 1h, 2d
    #[arg(
        long,
        value_name = "DURATION",
        requires = "stuck",
        conflicts_with = "since"
    )]
    last: Option<String>,
    /// With --stuck, read every entry from Redis, not from the cache (cache.path)
    #[arg(long, requires = "stuck")]
    no_index: bool,
    /// Draw it anew every few seconds until Ctrl-C
    #[arg(short, long)]
    watch: bool,
    /// How often --watch looks
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    interval: String,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Form,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    if !args.stuck && matches!(args.output, Form::Jsonl | Form::Csv) {
        return Err(Error::usage_hint(
            "the verdicts are text or one JSON object",
            "use -o json; --stuck knows jsonl and csv as well",
        ));
    }
    if args.probe {
        let timeout = crate::time::parse_duration(&args.probe_timeout)?;
        return probe::probe(timeout, args.output == Form::Json, context);
    }
    report::looks(
        args.watch,
        &args.interval,
        args.from.as_deref(),
        context,
        |context| {
            if args.stuck {
                return stuck::stuck(&args, context);
            }
            let report = match &args.collector {
                Some(name) => collectors::one(name, args.ready, context)?,
                None => look(args.services.as_deref(), args.from.as_deref(), context)?,
            };
            print(&args, &report, context)?;
            Ok(verdict(&report))
        },
    )
}

fn verdict(report: &Report) -> Exit {
    match report.verdict {
        Verdict::Fail => Exit::No,
        Verdict::Ok | Verdict::Warn => Exit::Yes,
    }
}

fn print(args: &Args, report: &Report, context: &mut Context) -> Result<(), Error> {
    match args.output {
        Form::Text if args.collector.is_some() => {
            output::health::draw_checks(report, &mut context.screen)?;
        }
        Form::Text => output::health::draw(report, &mut context.screen)?,
        _ => context.screen.json(report)?,
    }
    Ok(context.screen.flush()?)
}
