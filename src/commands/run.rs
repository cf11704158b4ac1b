//! `emp run`: a command, with its beginning and its end as events.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::time::Duration;

use serde_json::{Value, json};

use super::Context;
use super::context::env;
use crate::child::{self, Ended, Wrapped};
use crate::cli::Globals;
use crate::emit::{self, EventClient, Redaction, trace};
use crate::error::{Error, Exit};
use crate::event::{Id, Level, span_id, trace_id};
use crate::time;

/// How long the end of a command may wait for its events to be safe.
const FLUSH: Duration = Duration::from_secs(2);

/// How long a server may let us wait at most, for the connection and then for the answer, so that
/// there is time left for the journal.
const PATIENCE: Duration = Duration::from_millis(900);

/// What a command exits with whose time was over, as coreutils' timeout has it.
const TIMED_OUT: u8 = 124;

/// Run a command, and emit when it starts and how it ends
///
/// The command runs as it would alone: standard input, output and error, signals and the exit code
/// are its own, whatever happens to the events. It gets TRACEPARENT, EMP_TRACE_ID and the ids given
/// here, so that what it emits is linked. A command that cannot be started exits with 127 or 126,
/// as in a shell; one that ran out of --timeout with 124.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp run -- ./deploy.sh staging
  emp run --job-id job_123 --name render -- python render.py --steps 20
  emp run --timeout 10m --heartbeat 30s -- ./train.sh
  emp run --capture -- make test")]
pub struct Args {
    /// Who says it [default: shell]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The job that the command works on
    #[arg(long, value_name = "ID", alias = "jobId")]
    job_id: Option<String>,
    /// The worker it runs in
    #[arg(long, value_name = "ID", alias = "workerId")]
    worker_id: Option<String>,
    /// The machine it runs on
    #[arg(long, value_name = "ID", alias = "machineId")]
    machine_id: Option<String>,
    /// What to call it in its events [default: the program's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// End it after this time: TERM first, KILL ten seconds later; 0s is never
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    /// Emit command.heartbeat this often while it runs
    #[arg(long, value_name = "DURATION")]
    heartbeat: Option<String>,
    /// Keep the last lines of standard error for the event even where it is a terminal
    #[arg(long)]
    capture: bool,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, Error> {
    let duration = |text: &Option<String>| text.as_deref().map(time::parse_duration).transpose();
    let set = |time: &Duration| !time.is_zero();
    let timeout = duration(&args.timeout)?.filter(set);
    let heartbeat = duration(&args.heartbeat)?.filter(set);
    let (context, fault) = Context::salvage(globals);
    if let Some(fault) = fault {
        context.console.error(&fault);
    }
    let span = Span::new(&args, &context);
    let program = args
        .command
        .first()
        .map(|program| program.to_string_lossy().into_owned());
    let program = program.unwrap_or_default();
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| base_name(&program).to_owned());
    let about = |more: Value| merge(json!({ "command": name }), more);

    span.client.event(
        "command.started",
        about(json!({ "argv": shown(&args.command, &context) })),
    );
    let wrapped = Wrapped {
        argv: args.command.clone(),
        env: span.env.clone(),
        capture: args.capture || !std::io::stderr().is_terminal(),
        timeout,
        heartbeat,
    };
    let ended = wrapped.run(|elapsed| {
        let beat = about(json!({ "elapsedMs": millis(elapsed) }));
        span.client
            .event_at(Level::Debug, "command.heartbeat", beat);
    });
    let exit = match ended {
        Ok(ended) => {
            span.tell_end(&ended, &about);
            exit(&ended)
        }
        Err(error) => {
            let code = child::exit_code_of(&error);
            let why = about(json!({ "error": error.to_string(), "exitCode": code }));
            span.client.event_at(Level::Error, "command.failed", why);
            let what = format!("cannot run {program}: {error}");
            context.console.error(&Error::usage(what));
            Exit::Code(code)
        }
    };
    span.conclude(&context);
    Ok(exit)
}

/// The command's own span, and what links others to it.
struct Span {
    client: EventClient,
    env: Vec<(&'static str, String)>,
}

impl Span {
    fn new(args: &Args, context: &Context) -> Self {
        let service = args
            .service
            .clone()
            .or_else(|| context.settings.service.clone());
        let outer = emit::Context::from_env(&env, service);
        if let Some(header) = &outer.invalid_traceparent {
            context.console.warning(&trace::invalid(header));
        }
        let mut ids = outer.ids.clone();
        for (id, value) in [
            (Id::Job, &args.job_id),
            (Id::Worker, &args.worker_id),
            (Id::Machine, &args.machine_id),
        ] {
            if let Some(value) = value {
                ids.set(id, value.as_str());
            }
        }
        if ids.get(Id::Trace).is_none() {
            ids.set(Id::Trace, trace_id());
        }
        ids.set(Id::Span, span_id());

        let service = outer.service.as_deref().unwrap_or(emit::DEFAULT_SERVICE);
        let mut settings = context.settings.clone();
        settings.timeout = settings.timeout.min(PATIENCE);
        let mut client = EventClient::for_command(service, &settings);
        for (id, value) in ids.iter() {
            client = client.with_id(id, value);
        }
        let state = env("TRACESTATE").unwrap_or_default();
        Self {
            client,
            env: emit::variables(&ids, &state),
        }
    }

    /// Waits until the events are safe, and says where they are not.
    fn conclude(&self, context: &Context) {
        let safe = self.client.flush(FLUSH);
        let lost = self.client.stats().lost;
        if lost > 0 {
            context.console.warning(&format!(
                "{lost} events of this command are lost: neither Redis nor the journal took them"
            ));
        } else if !safe {
            context
                .console
                .warning("events of this command may be lost: they could not be kept in time");
        }
    }

    fn tell_end(&self, ended: &Ended, about: &dyn Fn(Value) -> Value) {
        let mut how = json!({ "durationMs": millis(ended.duration) });
        let signal = child::signal_of(ended.status);
        if let Some(code) = ended.status.code() {
            how["exitCode"] = code.into();
        }
        if let Some(signal) = signal {
            how["signal"] = signal_name(signal).into();
        }
        if ended.timed_out {
            how["reason"] = "timeout".into();
        }
        if ended.status.success() && !ended.timed_out {
            self.client.event("command.completed", about(how));
            return;
        }
        if let Some(words) = ended
            .last_words
            .as_deref()
            .filter(|words| !words.is_empty())
        {
            how["stderr"] = words.into();
        }
        self.client
            .event_at(Level::Error, "command.failed", about(how));
    }
}

/// The wrapper ends as the command did.
fn exit(ended: &Ended) -> Exit {
    if ended.timed_out {
        return Exit::Code(TIMED_OUT);
    }
    match (ended.status.code(), child::signal_of(ended.status)) {
        (Some(code), _) => Exit::Code(u8::try_from(code & 0xff).unwrap_or(1)),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::No,
    }
}

fn signal_name(signal: i32) -> String {
    let name = signal_hook::low_level::signal_name(signal);
    name.map_or_else(|| signal.to_string(), str::to_owned)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The arguments as they were typed but for secrets, at most so many.
fn shown(argv: &[OsString], context: &Context) -> Vec<String> {
    const MOST: usize = 50;
    let text = |arg: &OsString| arg.to_string_lossy().into_owned();
    let masked =
        Redaction::new(&context.settings.redact).arguments(argv.iter().take(MOST).map(text));
    // Cut after it is masked: half a secret looks like none.
    let cut = |arg: String| arg.chars().take(200).collect();
    masked.into_iter().map(cut).collect()
}

fn merge(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}
