//! `emp collect`: the collector, a container's entrypoint.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time;

mod check;

use super::Context;
use super::context::{consumer_name, url_flag};
use crate::cli::Globals;
use crate::collect::{
    Collector, Figures, Heartbeat, Notifier, Plan, Remains, Watchers, Web, outline,
};
use crate::config::header_list;
use crate::error::{Error, Exit, exit_code};
use crate::output::{Log, LogFormat};
use crate::quantity;

/// How often the collector's own threads are looked after.
const LOOK: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "Examples:
  emp collect
  emp collect --file ./logs/telemetry/events.log --spool /var/lib/emp/spool
  emp collect --consumer collector-2 --log-format json
  emp collect --check";

/// Rules have no flags; `tests/cli/config.rs` loads these.
const ALERTS: &str =
    "Alerts stand in emp.toml; five rules are built in, and `emp config show` lists all:
  [[alerts]]
  name = \"slow-gpu\"
  query = \"type:job.completed data.durationMs>60000\"
  count = 20
  window = \"5m\"
  by = \"machine\"

  [[alerts]]
  name = \"worker-silent\"
  query = \"service:worker\"
  silent_for = \"5m\"

  [notify]
  command = \"logger -t emp\"";

/// Follow the streams, write events to files and forward them to any OTLP backend
///
/// Each entry is acknowledged once every output has it or it is safe in the spool. Outputs that are
/// down or slow hold nothing up. Any number of collectors share the work. Every setting stands in
/// docs/collector.md; a flag, an EMP_ variable or the section collect of emp.toml sets it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{ALERTS}"))]
pub struct Args {
    /// Check the settings, reach Redis and every output once, and read nothing; exits with 1 where
    /// something does not work
    #[arg(long)]
    check: bool,
    /// How --check prints what it finds
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        requires = "check"
    )]
    output: check::Format,
    /// Name of this collector in its consumer groups [default: the host's name]
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    consumer: Option<String>,
    /// Take over entries that another collector has left alone for so long [default: 60s]
    #[arg(long, value_name = "DURATION", help_heading = "Reading")]
    claim_idle: Option<String>,
    /// Keep no index of jobs and traces in Redis
    #[arg(long, help_heading = "Reading")]
    no_index: bool,
    /// Remove no entries from the streams
    #[arg(long, help_heading = "Reading")]
    no_trim: bool,
    /// Write every event to this file, or `none` [default: ./logs/telemetry/events.log, and none
    /// with NODE_ENV=production]
    #[arg(long, value_name = "PATH", help_heading = "Outputs", value_hint = clap::ValueHint::FilePath)]
    file: Option<String>,
    /// Keep what an output cannot take in this folder
    #[arg(long, value_name = "PATH", help_heading = "Outputs", value_hint = clap::ValueHint::DirPath)]
    spool: Option<String>,
    /// Size of one output's spool [default: 100MB]
    #[arg(long, value_name = "SIZE", help_heading = "Outputs")]
    spool_size: Option<String>,
    /// Send to this OTLP backend: http://host:4318 or https://host:4317
    #[arg(long, value_name = "URL", help_heading = "Outputs")]
    otlp_endpoint: Option<String>,
    /// Carry OTLP by grpc or http/protobuf [default: grpc at port 4317, else http/protobuf]
    #[arg(long, value_name = "PROTOCOL", help_heading = "Outputs")]
    otlp_protocol: Option<String>,
    /// Add a header to every request; EMP_OTLP_HEADERS keeps a token out of process lists
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Outputs")]
    otlp_header: Vec<String>,
    /// Compress requests by gzip or none [default: gzip]
    #[arg(long, value_name = "METHOD", help_heading = "Outputs")]
    otlp_compression: Option<String>,
    /// Give one request so much time [default: 10s]
    #[arg(long, value_name = "DURATION", help_heading = "Outputs")]
    otlp_timeout: Option<String>,
    /// Trust the authority in this PEM file instead of the system's
    #[arg(long, value_name = "FILE", help_heading = "Outputs", value_hint = clap::ValueHint::FilePath)]
    otlp_ca: Option<String>,
    /// Send only these signals [default: logs,traces,metrics]
    #[arg(long, value_name = "SIGNALS", help_heading = "Outputs")]
    otlp_signals: Option<String>,
    /// Answer /healthz, /readyz, /status and /metrics here, or `none` [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDRESS", help_heading = "Running")]
    listen: Option<String>,
    /// Ask for this token at /status and /metrics; EMP_LISTEN_TOKEN keeps it out of process lists
    #[arg(long, value_name = "TOKEN", help_heading = "Running")]
    listen_token: Option<String>,
    /// Deliver for so long when told to stop [default: 10s]
    #[arg(long, value_name = "DURATION", help_heading = "Running")]
    shutdown_timeout: Option<String>,
    /// How to write what happens to standard error
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Running"
    )]
    log_format: LogFormat,
}

impl Args {
    /// The flags that are settings.
    fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        let headers = (!self.otlp_header.is_empty()).then(|| header_list(&self.otlp_header));
        let off = |given: bool| given.then(|| "false".to_owned());
        let flags = [
            ("collect.consumer", "--consumer", self.consumer.clone()),
            (
                "collect.claim_idle",
                "--claim-idle",
                self.claim_idle.clone(),
            ),
            ("collect.index", "--no-index", off(self.no_index)),
            ("collect.trim", "--no-trim", off(self.no_trim)),
            ("collect.file", "--file", self.file.clone()),
            ("collect.spool", "--spool", self.spool.clone()),
            (
                "collect.spool_size",
                "--spool-size",
                self.spool_size.clone(),
            ),
            (
                "otlp.endpoint",
                "--otlp-endpoint",
                self.otlp_endpoint.clone(),
            ),
            (
                "otlp.protocol",
                "--otlp-protocol",
                self.otlp_protocol.clone(),
            ),
            ("otlp.headers", "--otlp-header", headers),
            (
                "otlp.compression",
                "--otlp-compression",
                self.otlp_compression.clone(),
            ),
            ("otlp.timeout", "--otlp-timeout", self.otlp_timeout.clone()),
            ("otlp.ca", "--otlp-ca", self.otlp_ca.clone()),
            ("otlp.signals", "--otlp-signals", self.otlp_signals.clone()),
            ("collect.listen", "--listen", self.listen.clone()),
            (
                "collect.listen_token",
                "--listen-token",
                self.listen_token.clone(),
            ),
            (
                "collect.shutdown_timeout",
                "--shutdown-timeout",
                self.shutdown_timeout.clone(),
            ),
        ];
        let given = flags.into_iter();
        given
            .filter_map(|(key, flag, value)| Some((key, flag, value?)))
            .collect()
    }
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, Error> {
    let mut flags = url_flag(globals);
    flags.extend(args.settings());
    let mut context = Context::load_with(globals, &flags)?;
    let log = Log::new(args.log_format, globals.color, globals.verbosity());
    let settings = context.settings.clone();
    let plan = Plan {
        target: context.target()?,
        consumer: consumer_name(&settings),
        settings,
        log: log.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Collect(error.into()))?;
    let strays = Context::strays();
    if args.check {
        let console = &context.console;
        strays
            .iter()
            .for_each(|stray| console.warning(&stray.to_string()));
        return runtime.block_on(check::run(&plan, args.output, &mut context.screen));
    }
    strays.iter().for_each(|stray| log.warn(&stray.to_string()));
    let ended = runtime.block_on(serve(plan, &log));
    // A second signal does not wait for what still delivers.
    runtime.shutdown_background();
    ended
}

/// Runs until a signal, then drains; a second signal ends it at once.
async fn serve(plan: Plan, log: &Log) -> Result<Exit, Error> {
    let refused = |error: std::io::Error| Error::Collect(error.into());
    let mut signals = Signals::listen().map_err(refused)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(refused)?;
    let timeout = plan.settings.collect.shutdown_timeout;
    log.info(&format!(
        "collecting as {} from {}",
        plan.consumer, plan.target
    ));
    for line in outline(&plan)? {
        log.info(&line);
    }
    let collect = &plan.settings.collect;
    let token = collect.listen_token.as_deref();
    let web = collect.listen.as_deref().map(|at| Web::bind(at, token));
    let web = web.transpose()?;
    let mut notifier = Notifier::from_environment();
    let pause = notifier.pause(LOOK);
    let mut figures = Figures::new(&plan.settings, &plan.consumer, log)?;
    let (collector, watchers) = Collector::start(plan)?;
    let Watchers {
        alerts,
        vitals,
        outage,
    } = watchers;
    let collector = Arc::new(collector);
    if let Some(figures) = &figures {
        figures.show(&collector);
    }
    if let Some(web) = web {
        log.info(&format!("listening on http://{}", web.address()));
        web.serve(Arc::clone(&collector))?;
    }
    let heartbeat = Heartbeat::start(Arc::clone(&collector)).map_err(refused)?;
    let (stop_alerts, stopped) = oneshot::channel::<()>();
    let told = log.clone();
    let tell = Box::new(move |level, text: &str| told.say(level, text));
    let watching = tokio::spawn(alerts.run(vitals, (tell, outage), async move {
        // Dropped or sent, it is time.
        let _ = stopped.await;
    }));
    loop {
        tokio::select! {
            signal = signals.stop() => {
                log.info(&format!("{signal}: delivering what is on its way"));
                break;
            }
            _ = hangup.recv() => {
                log.info("SIGHUP: opening files anew");
                collector.reopen();
            }
            () = time::sleep(pause) => {
                if let Some(figures) = &mut figures {
                    figures.look();
                }
                if let Some(thread) = collector.broken() {
                    log.error(&format!("a bug in emp: the thread {thread} ended by itself"));
                    return Ok(Exit::Code(exit_code::BUG));
                }
                if notifier.listens() {
                    notifier.tell(&collector.report());
                    notifier.alive(pause);
                }
            }
        }
    }
    notifier.stopping(timeout);
    let drained = tokio::task::spawn_blocking(move || {
        let remains = collector.drain(timeout);
        heartbeat.end(remains);
        if let Some(figures) = figures {
            figures.end();
        }
        remains
    });
    let drained = async {
        drop(stop_alerts);
        let (remains, _) = tokio::join!(drained, watching);
        remains
    };
    tokio::pin!(drained);
    loop {
        tokio::select! {
            remains = &mut drained => return Ok(end(remains.unwrap_or_default(), log)),
            signal = signals.stop() => {
                log.warn(&format!("{signal} again: stopping now"));
                return Ok(Exit::Signal(signal.number));
            }
            () = time::sleep(pause) => notifier.alive(pause),
        }
    }
}

fn end(remains: Remains, log: &Log) -> Exit {
    let Remains {
        undelivered,
        spooled,
        unacknowledged,
    } = remains;
    let events = |count| quantity::number_of(count, "event");
    if unacknowledged > 0 {
        log.warn(&format!(
            "{} could not be acknowledged: every output has them, and they come again",
            events(unacknowledged)
        ));
    }
    if undelivered + spooled == 0 {
        log.info("everything is delivered");
        return Exit::Yes;
    }
    log.warn(&format!(
        "stopped with {} undelivered: {spooled} in the spool, {undelivered} unacknowledged in Redis",
        events(undelivered + spooled)
    ));
    Exit::Code(exit_code::UNDELIVERED)
}

/// The signals that a collector answers to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// A signal that asks for an end.
struct Asked {
    number: i32,
    name: &'static str,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn stop(&mut self) -> Asked {
        let (number, name) = tokio::select! {
            _ = self.terminate.recv() => (SignalKind::terminate().as_raw_value(), "SIGTERM"),
            _ = self.interrupt.recv() => (SignalKind::interrupt().as_raw_value(), "SIGINT"),
        };
        Asked { number, name }
    }
}
