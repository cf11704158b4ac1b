//! `emp emit`: one event, or many from standard input. Harmless to its caller.

use std::time::Duration;

use clap::ArgGroup;

use super::Context;
use super::context::{clock, env, ticking, url_flag};
use super::identity::Identity;
use super::payload::{Payload, content};
use crate::cli::Globals;
use crate::config::{Inputs, Origin, Settings};
use crate::emit::{self, Bulk, Delivery, Emitter, Policy, Tally};
use crate::error::{Error, Exit};
use crate::event::{Data, Event, Id, Level, Millis, Status, StatusKind};
use crate::output::stdout_bytes;
use crate::signal::Stop;
use crate::store::CLOCK_MARGIN_MS;
use crate::time::{self, Clock};

/// How long a bulk emission waits for the answers to one batch.
const BULK_PATIENCE: Duration = Duration::from_secs(10);

/// How long one emit may spend on what waits in the journal.
const DRAIN_SLICE: Duration = Duration::from_millis(100);

/// Add an event to the stream
///
/// Takes at most --timeout. If Redis does not take the event it goes to the local journal, and
/// from there to Redis by a later emit. The exit code is 0 in every case but wrong usage, unless
/// --strict is given. EMP_DISABLED=1 makes it do nothing at all.
///
/// What is not given comes from the environment: EMP_SERVICE (or OTEL_SERVICE_NAME), EMP_JOB_ID,
/// EMP_WORKER_ID (or WORKER_ID), EMP_MACHINE_ID (or MACHINE_ID), and TRACEPARENT.
#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["event_type", "error", "status", "stdin"]),
    after_help = "Examples:
  emp emit job.created --job-id job_123
  emp emit job.completed --job-id job_123 -d result=ok -d durationMs:=8100
  emp emit --error TimeoutError --message 'no answer from ComfyUI' --job-id job_123
  emp emit job.queued --data @payload.json --at 2025-09-27T10:30:00Z
  emp emit --status job --job-id job_123 -d progress:=42
  tail -f events.ndjson | emp emit --stdin
  export TRACEPARENT=$(emp emit deploy.started --new-trace --print-traceparent)"
)]
pub struct Args {
    /// What happened, as entity.action: job.created, connector.processing_failed
    #[arg(value_name = "EVENT_TYPE")]
    event_type: Option<String>,
    /// Who says it [default: shell]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The job it is about
    #[arg(long, value_name = "ID", alias = "jobId")]
    job_id: Option<String>,
    /// The worker it is about
    #[arg(long, value_name = "ID", alias = "workerId")]
    worker_id: Option<String>,
    /// The machine it is about
    #[arg(long, value_name = "ID", alias = "machineId")]
    machine_id: Option<String>,
    /// The user it is about
    #[arg(long, value_name = "ID", alias = "userId")]
    user_id: Option<String>,
    /// The HTTP request it is about
    #[arg(long, value_name = "ID", alias = "requestId")]
    request_id: Option<String>,
    /// The trace it belongs to, 32 hex digits [default: that of TRACEPARENT, else a new one]
    #[arg(long, value_name = "ID", alias = "traceId")]
    trace_id: Option<String>,
    /// How serious it is: debug, info, warn or error
    #[arg(long, value_name = "LEVEL", value_parser = ["debug", "info", "warn", "error"], hide_possible_values = true, ignore_case = true)]
    level: Option<String>,
    /// A field of data: key=text, or key:=json for numbers, true, lists; repeatable
    #[arg(short = 'd', value_name = "KEY=VALUE", id = "field")]
    fields: Vec<String>,
    /// All of data, as a JSON object, @file or @- for standard input; -d adds to it
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// When it happened [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// Emit an error event, error.NAME, to the stream of errors [default name: Error]
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "Error", conflicts_with = "event_type")]
    error: Option<String>,
    /// What went wrong, as data.message
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// Where it went wrong, as data.stack: a stack trace, @file or @- for standard input
    #[arg(long, value_name = "TEXT")]
    stack: Option<String>,
    /// Publish a live status in place of an event: job and comfyui need --job-id, machine
    /// --machine-id. It enters no stream; the last one is kept for a minute
    #[arg(
        long,
        value_name = "KIND",
        value_parser = ["job", "machine", "comfyui"],
        conflicts_with_all = ["at", "level", "message", "stack", "Identity"]
    )]
    status: Option<String>,
    #[command(flatten)]
    identity: Identity,
    /// How long Redis may take [default: 250ms]
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    /// Exit with 3 when Redis did not take the event, with 2 when a line was refused
    #[arg(long)]
    strict: bool,
    /// Read events from standard input, one JSON object a line
    #[arg(long, conflicts_with_all = ["at", "data", "field", "level", "message", "stack", "Identity"])]
    stdin: bool,
}

pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, Error> {
    if emit::is_disabled(&env) {
        if args.stdin {
            // Whoever writes to us must not be ended by a pipe that nobody reads.
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        }
        // Whoever asked for ids goes on with them.
        let mut event = Event::default();
        args.set_ids(&mut event.ids);
        args.identity.fill(&mut event);
        emit::Context::from_env(&env, None).complete(&mut event, clock().now);
        for line in args.identity.lines(&event)? {
            stdout_bytes(format!("{line}\n").as_bytes())?;
        }
        return Ok(Exit::Yes);
    }
    let (settings, broken) = settings(&args, globals)?;
    let mut context = Context::with(settings, globals);
    let service = args
        .service
        .clone()
        .or_else(|| context.settings.service.clone());
    let defaults = emit::Context::from_env(&env, service);
    if let Some(header) = &defaults.invalid_traceparent {
        context.console.warning(&emit::trace::invalid(header));
    }
    let emitter = Emitter::new(&context.settings);

    let ended = if let Some(kind) = args.status_kind() {
        let status = args.status(kind)?;
        super::status::publish(emitter, &status, args.strict, &context)
    } else if args.stdin {
        let emitter = emitter.with_patience(BULK_PATIENCE);
        bulk(&args, emitter, &defaults, &context)
    } else {
        one(&args, emitter, &defaults, &mut context)
    };
    // The event is safe; now the configuration may complain. It fails the caller only where it is
    // the caller's doing: a file that was named.
    match (broken, ended) {
        (None, ended) => ended,
        (Some(fault), Ok(_)) if args.strict || globals.config.is_some() => Err(fault),
        (Some(fault), ended) => {
            context.console.error(&fault);
            ended
        }
    }
}

/// The settings, and what in them makes no sense. That must not cost an event, so the emitter goes
/// on with the rest.
fn settings(args: &Args, globals: &Globals) -> Result<(Settings, Option<Error>), Error> {
    let mut flags = url_flag(globals);
    if let Some(timeout) = &args.timeout {
        time::parse_duration(timeout)?;
        flags.push(("emit.timeout", "--timeout", timeout.clone()));
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let inputs = Inputs {
        env: &env,
        folder: &folder,
        file: globals.config.as_deref(),
        flags: &flags,
    };
    let (settings, fault) = Settings::salvage(&inputs);
    Ok((settings, fault.map(Error::from)))
}

fn one(
    args: &Args,
    mut emitter: Emitter,
    defaults: &emit::Context,
    context: &mut Context,
) -> Result<Exit, Error> {
    let now = context.clock.now;
    let mut event = args.event(&context.clock)?;
    defaults.complete(&mut event, now);
    let admitted = Policy::new(&context.settings).apply(&mut event);
    Emitter::check(&event)?;
    let lines = args.identity.lines(&event)?;

    let delivery = match admitted {
        true => emitter.deliver(event, now),
        false => {
            context
                .console
                .detail("the event is left out, by its level or by sampling");
            Delivery::default()
        }
    };
    for line in lines {
        context.screen.line(line)?;
    }
    context.screen.flush()?;
    if delivery.sent > 0 {
        match emitter.drain(now, DRAIN_SLICE) {
            Ok(0) => {}
            Ok(moved) => context
                .console
                .detail(&format!("{moved} events moved from the journal to Redis")),
            Err(error) => context
                .console
                .detail(&format!("the journal keeps its events: {error}")),
        }
    }
    tell(&emitter, context);
    conclude(args, delivery, context)
}

/// What a person should know of the journal.
fn tell(emitter: &Emitter, context: &Context) {
    if let Some(aside) = emitter.set_aside() {
        context.console.warning(&format!(
            "the journal was damaged; it lies in {} now, and a new one is begun",
            aside.display()
        ));
    }
    let dropped = emitter.dropped().sum();
    if dropped > 0 {
        context.console.detail(&format!(
            "the journal is full: {dropped} events were dropped, `emp health` counts them"
        ));
    }
}

fn bulk(
    args: &Args,
    mut emitter: Emitter,
    defaults: &emit::Context,
    context: &Context,
) -> Result<Exit, Error> {
    let mut refuse = |number, error: &emit::Error| {
        context
            .console
            .warning(&format!("line {number} is refused: {error}"));
    };
    let now = ticking();
    let policy = Policy::new(&context.settings);
    let mut defaults = defaults.clone();
    args.set_ids(&mut defaults.ids);
    let stop = Stop::install().ok();
    let signal = || stop.as_ref().and_then(Stop::signal);
    let stopped = || signal().is_some();
    let tally = Bulk::new(&mut emitter, &defaults, &policy, &now, &mut refuse)
        .until(&stopped)
        .run(std::io::stdin());
    let Tally {
        delivery,
        refused,
        left_out,
        drained,
        broken_off,
    } = tally;
    let mut parts = vec![format!("{} sent", delivery.sent)];
    for (count, what) in [
        (delivery.kept, "kept in the journal"),
        (delivery.lost, "lost"),
        (refused, "refused"),
        (left_out, "left out by level or sampling"),
        (drained, "moved from the journal to Redis"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let total = delivery.sent + delivery.kept + delivery.lost + refused + left_out;
    let noun = if total == 1 { "event" } else { "events" };
    context
        .console
        .note(&format!("{total} {noun}: {}", parts.join(", ")));
    context.warn_of_cap(delivery.sent);
    tell(&emitter, context);
    let exit = conclude(args, delivery, context)?;
    if let Some(error) = broken_off {
        return Err(Error::usage_hint(
            format!("cannot read standard input: {error}"),
            "what came before it is counted above",
        ));
    }
    // Input of another kind altogether is wrong usage; a bad line among good ones is not.
    if refused > 0 && (args.strict || refused == total) {
        return Err(Error::usage_hint(
            format!("{refused} of {total} lines were refused"),
            "each is named above with its reason; events are one JSON object a line, as `jq -c` \
             writes them",
        ));
    }
    Ok(signal().map_or(exit, Exit::Signal))
}

/// What the delivery means for the exit code, and what is said about it.
fn conclude(args: &Args, delivery: Delivery, context: &Context) -> Result<Exit, Error> {
    let undelivered = delivery.kept + delivery.lost > 0;
    let lost = delivery.lost > 0;
    // An address that makes no sense is the caller's doing only where the caller typed it.
    let is_typed = matches!(context.settings.origin("redis.url"), Origin::Flag(_));
    match delivery.failure() {
        Some(error) if args.strict || (error.is_usage() && is_typed) => Err(error.into()),
        // A server that is away is no news to a script; a server that refuses is, and so is loss.
        Some(error) if lost || !error.will_pass() => {
            context.console.error(&error.into());
            Ok(Exit::Yes)
        }
        Some(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            context.console.detail(&format!("{error}{cause}"));
            Ok(Exit::Yes)
        }
        None if undelivered && args.strict => Err(Error::Emit(emit::Error::Waiting)),
        None => Ok(Exit::Yes),
    }
}

fn unemittable(char: char) -> bool {
    char.is_whitespace() || char.is_control()
}

impl Args {
    /// The event that the flags describe.
    fn event(&self, clock: &Clock) -> Result<Event, Error> {
        let mut event = Event {
            event_type: match &self.error {
                // Whoever reports an error has no time to be told what its name may look like.
                Some(name) => format!("error.{}", name.replace(unemittable, "_")),
                None => self.event_type.clone().unwrap_or_default(),
            },
            timestamp: self.time(clock)?,
            level: self.level.as_deref().and_then(Level::parse),
            service: self.service.clone().unwrap_or_default(),
            ..Event::default()
        };
        if event.says_failure() {
            event.level.get_or_insert(Level::Error);
        }
        self.set_ids(&mut event.ids);
        self.identity.fill(&mut event);
        event.data = self.data()?;
        Ok(event)
    }

    fn status_kind(&self) -> Option<StatusKind> {
        let named = self.status.as_deref()?;
        StatusKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == named)
    }

    fn status(&self, kind: StatusKind) -> Result<Status, Error> {
        let mut ids = crate::event::Ids::default();
        self.set_ids(&mut ids);
        let id = ids.get(kind.id()).ok_or_else(|| {
            let flag = kind.id().noun();
            Error::usage_hint(
                format!("--status {} needs --{flag}-id", kind.as_str()),
                format!(
                    "emp emit --status {} --{flag}-id ID -d progress:=42",
                    kind.as_str()
                ),
            )
        })?;
        Ok(Status {
            kind,
            id: id.to_owned(),
            data: self.data()?.object().cloned().unwrap_or_default(),
        })
    }

    fn set_ids(&self, ids: &mut crate::event::Ids) {
        for (id, value) in [
            (Id::Trace, &self.trace_id),
            (Id::Job, &self.job_id),
            (Id::Worker, &self.worker_id),
            (Id::Machine, &self.machine_id),
            (Id::User, &self.user_id),
            (Id::Request, &self.request_id),
        ] {
            if let Some(value) = value {
                ids.set(id, value.as_str());
            }
        }
    }

    fn time(&self, clock: &Clock) -> Result<Millis, Error> {
        let Some(text) = &self.at else {
            return Ok(clock.now);
        };
        let at = clock.instant(text)?;
        if at.since(clock.now) > CLOCK_MARGIN_MS {
            return Err(Error::usage_hint(
                format!("--at {text} lies more than an hour ahead"),
                "readers look for an event near the time at which it was added",
            ));
        }
        Ok(at)
    }

    fn data(&self) -> Result<Data, Error> {
        let mut payload = match &self.data {
            None => Payload::default(),
            Some(text) => {
                let text = content(text, "--data")?;
                serde_json::from_str(&text).map_err(|error| {
                    Error::usage_hint(
                        format!("--data is no JSON object: {error}"),
                        "write --data '{\"key\": \"value\"}', --data @file, or -d key=value",
                    )
                })?
            }
        };
        if let Some(name) = &self.error {
            payload.text("name", name)?;
        }
        if let Some(message) = &self.message {
            payload.text("message", message)?;
        }
        if let Some(stack) = &self.stack {
            payload.text("stack", &content(stack, "--stack")?)?;
        }
        for field in &self.fields {
            payload.field(field)?;
        }
        Ok(payload.into_data())
    }
}
