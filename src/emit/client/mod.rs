//! `EventClient`: one call, anywhere, that never blocks and never fails its caller.
//!
//! A call checks level and sampling, stamps the time and puts the event into a bounded queue in
//! memory. A thread of its own does everything else: it masks secrets and makes the event safe, in
//! Redis or in the journal. A second thread talks to Redis, so that a server that hangs holds up
//! nothing: at most the events of the last flush interval (50 ms unless configured) are in memory
//! alone.

pub(super) mod failure;
mod finish;
mod inbox;
mod queue;
mod sender;
mod worker;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use self::finish::Finish;
use self::inbox::Inbox;
use self::queue::Pending;
use self::sender::Desk;
use self::worker::Worker;
use super::ledger::Ledger;
use super::policy::Policy;
use super::trace::{self, TraceParent};
use super::{Context, Emitter};
use crate::config::Settings;
use crate::event::{Id, Ids, Level, MAX_EVENT_BYTES};
use crate::time::Clock;

/// How long the server may take for a batch: nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The shortest time for gathering, and for an answer of Redis.
const SHORTEST: Duration = Duration::from_millis(1);

/// A payload that is surely more than an event may hold, by a rough look.
const UNFIT_BYTES: usize = 2 * MAX_EVENT_BYTES;

/// What became of a client's events so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// In Redis.
    pub sent: u64,
    /// In the journal, from where they go to Redis later.
    pub kept: u64,
    /// Left out by level or sampling.
    pub sampled: u64,
    /// Dropped because the queue was full.
    pub dropped: u64,
    /// No events: a type with white space, a payload over 1 MiB. Each left an error event.
    pub refused: u64,
    /// Lost: neither Redis nor the journal took them.
    pub lost: u64,
}

/// Emits the events of one service. Clones are cheap and share queue and thread.
///
/// ```
/// use emp_cli::EventClient;
/// use serde_json::json;
///
/// let client = EventClient::disabled(); // in a service: EventClient::new("worker")
/// client.event("worker.ready", json!({ "connectors": 2 }));
/// let job = client.with_job("job_123");
/// job.event("job.claimed", json!({ "claimTimeMs": 12 }));
/// job.error(&std::io::Error::other("out of memory"), json!({ "step": "upload" }));
/// ```
#[derive(Clone, Debug)]
pub struct EventClient {
    inner: Option<Arc<Inner>>,
    ids: Arc<Ids>,
}

#[derive(Debug)]
struct Inner {
    inbox: Arc<Inbox>,
    policy: Arc<Policy>,
    drop_timeout: Duration,
}

/// What is logged while an event is delivered must not become an event.
fn silence_thread() {
    #[cfg(feature = "tracing")]
    super::layer::silence_thread();
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.inbox.stop(self.drop_timeout);
    }
}

impl EventClient {
    /// A client for a service, configured as `emp config show` tells: environment, `emp.toml`, the
    /// user's file. A configuration that makes no sense is told once on standard error, and what
    /// of it makes sense counts. With `EMP_DISABLED=1` the client does nothing.
    pub fn new(service: &str) -> Self {
        let (settings, problem) = Settings::of_process();
        if let Some(problem) = problem {
            Self::complain(&problem.to_string());
        }
        Self::with_settings(service, &settings)
    }

    /// A client with settings of the caller's own.
    pub fn with_settings(service: &str, settings: &Settings) -> Self {
        Self::start(service, settings, PATIENCE, |header| {
            Self::complain(&trace::invalid(header));
        })
    }

    /// A client for a process that ends soon: a server that lets it wait has no more time than for
    /// one `emp emit`, so that its events are in the journal before the end. The caller warns of
    /// an invalid `TRACEPARENT`.
    #[cfg(feature = "cli")]
    pub(crate) fn for_command(service: &str, settings: &Settings) -> Self {
        Self::start(service, settings, settings.timeout, |_| {})
    }

    fn start(service: &str, settings: &Settings, patience: Duration, warn: impl Fn(&str)) -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if super::is_disabled(&env) {
            return Self::disabled();
        }
        let context = Context::from_env(&env, Some(service.to_owned()));
        if let Some(header) = &context.invalid_traceparent {
            warn(header);
        }
        match Self::spawn(context, settings, patience) {
            Ok(client) => client,
            Err(error) => {
                Self::complain(&format!("no thread for events: {error}"));
                Self::disabled()
            }
        }
    }

    fn spawn(context: Context, settings: &Settings, patience: Duration) -> io::Result<Self> {
        let inbox = Arc::new(Inbox::new(settings.queue, settings.queue_bytes));
        let policy = Arc::new(Policy::new(settings));
        let desk = Arc::new(Desk::default());
        let worker = Worker {
            inbox: Arc::clone(&inbox),
            desk: Arc::clone(&desk),
            ledger: Ledger::new(settings, &settings.journal),
            finish: Finish {
                policy: Arc::clone(&policy),
                context,
            },
            half: (settings.flush_interval / 2).max(SHORTEST),
        };
        // The worker first: when it ends, or never begins, it lets the sender go.
        thread::Builder::new()
            .name("emp-events".to_owned())
            .spawn(move || {
                silence_thread();
                worker.run();
            })?;
        let inner = Inner {
            inbox,
            policy,
            drop_timeout: settings.drop_timeout,
        };
        let client = Self {
            inner: Some(Arc::new(inner)),
            ids: Arc::default(),
        };
        let emitter = Emitter::new(settings).with_patience(patience).lasting();
        thread::Builder::new()
            .name("emp-sender".to_owned())
            .spawn(move || {
                silence_thread();
                sender::run(&desk, emitter);
            })?;
        Ok(client)
    }

    /// A client that does nothing.
    pub fn disabled() -> Self {
        Self {
            inner: None,
            ids: Arc::default(),
        }
    }

    /// Says that something happened. `data` is a JSON object; anything else but null stands under
    /// `value`.
    pub fn event(&self, event_type: &str, data: impl Into<Value>) {
        self.event_at(Level::Info, event_type, data);
    }

    /// Says that something happened, and how serious it is.
    pub fn event_at(&self, level: Level, event_type: &str, data: impl Into<Value>) {
        self.emit(
            Some(level).filter(|level| *level != Level::Info),
            event_type,
            data.into(),
            None,
        );
    }

    /// Says that something happened to a job.
    pub fn job_event(&self, job_id: &str, event_type: &str, data: impl Into<Value>) {
        self.emit(None, event_type, data.into(), Some((Id::Job, job_id)));
    }

    /// Says that something happened to a worker.
    pub fn worker_event(&self, worker_id: &str, event_type: &str, data: impl Into<Value>) {
        self.emit(None, event_type, data.into(), Some((Id::Worker, worker_id)));
    }

    /// Says that something happened to a machine.
    pub fn machine_event(&self, machine_id: &str, event_type: &str, data: impl Into<Value>) {
        self.emit(
            None,
            event_type,
            data.into(),
            Some((Id::Machine, machine_id)),
        );
    }

    /// Says that something failed: an event `error.<Name>` in the stream of errors, with the
    /// error's name, message, causes and, where `RUST_BACKTRACE` asks for one, the backtrace of
    /// this call. `context` adds fields.
    pub fn error<E: std::error::Error + ?Sized>(&self, error: &E, context: impl Into<Value>) {
        self.fail(error, context.into(), None);
    }

    /// Says that a job failed.
    pub fn job_error<E: std::error::Error + ?Sized>(
        &self,
        job_id: &str,
        error: &E,
        context: impl Into<Value>,
    ) {
        self.fail(error, context.into(), Some((Id::Job, job_id)));
    }

    /// Says that something failed in a worker.
    pub fn worker_error<E: std::error::Error + ?Sized>(
        &self,
        worker_id: &str,
        error: &E,
        context: impl Into<Value>,
    ) {
        self.fail(error, context.into(), Some((Id::Worker, worker_id)));
    }

    /// Says that something failed on a machine.
    pub fn machine_error<E: std::error::Error + ?Sized>(
        &self,
        machine_id: &str,
        error: &E,
        context: impl Into<Value>,
    ) {
        self.fail(error, context.into(), Some((Id::Machine, machine_id)));
    }

    /// The same client for what happens within a job.
    #[must_use]
    pub fn with_job(&self, job_id: &str) -> Self {
        self.with_id(Id::Job, job_id)
    }

    /// The same client for what happens within a worker.
    #[must_use]
    pub fn with_worker(&self, worker_id: &str) -> Self {
        self.with_id(Id::Worker, worker_id)
    }

    /// The same client for what happens on a machine.
    #[must_use]
    pub fn with_machine(&self, machine_id: &str) -> Self {
        self.with_id(Id::Machine, machine_id)
    }

    /// The same client for what belongs to a trace, as a W3C `traceparent` names it. One that is
    /// invalid begins a trace of its own, with a warning event.
    #[must_use]
    pub fn with_trace(&self, traceparent: &str) -> Self {
        let mut scoped = self.clone();
        match TraceParent::parse(traceparent) {
            Some(TraceParent { trace, parent }) => {
                let ids = Arc::make_mut(&mut scoped.ids);
                ids.set(Id::Trace, trace);
                ids.set(Id::ParentSpan, parent);
            }
            None => {
                let ids = Arc::make_mut(&mut scoped.ids);
                ids.set(Id::Trace, crate::event::trace_id());
                ids.set(Id::ParentSpan, "");
                let shown: String = traceparent.chars().take(100).collect();
                scoped.event_at(
                    Level::Warn,
                    "emp.traceparent_invalid",
                    serde_json::json!({ "traceparent": shown }),
                );
            }
        }
        scoped
    }

    /// The same client with one id set.
    #[must_use]
    pub fn with_id(&self, id: Id, value: &str) -> Self {
        let mut scoped = self.clone();
        Arc::make_mut(&mut scoped.ids).set(id, value);
        scoped
    }

    /// Waits until every event that was emitted before is in Redis or in the journal, at most
    /// `timeout`; says whether all of them since the flush before are. Events that level or
    /// sampling left out do not count; those that a full queue dropped do.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.inner
            .as_ref()
            .is_none_or(|inner| inner.inbox.flush(timeout))
    }

    /// What became of the events so far; of the last ones it may not be known yet.
    pub fn stats(&self) -> Stats {
        let inner = self.inner.as_ref();
        inner.map_or_else(Stats::default, |inner| inner.inbox.stats())
    }

    fn fail<E: std::error::Error + ?Sized>(
        &self,
        error: &E,
        context: Value,
        id: Option<(Id, &str)>,
    ) {
        if self.inner.is_none() {
            return;
        }
        let (event_type, data) = failure::describe(error, context);
        self.emit(Some(Level::Error), &event_type, data, id);
    }

    /// Emits with the ids of a tracing span beside its own; the span's win.
    #[cfg(feature = "tracing")]
    pub(super) fn emit_with(&self, ids: Ids, level: Level, event_type: &str, data: Value) {
        let mut scoped = self.clone();
        let own = Arc::make_mut(&mut scoped.ids);
        for (id, value) in ids.iter() {
            own.set(id, value);
        }
        scoped.event_at(level, event_type, data);
    }

    fn emit(&self, level: Option<Level>, event_type: &str, data: Value, id: Option<(Id, &str)>) {
        let Some(inner) = &self.inner else {
            return;
        };
        let at = Clock::system_now();
        let trace = self.ids.get(Id::Trace);
        let weight = level.unwrap_or_default();
        let Some(rate) = inner.policy.admit(event_type, weight, trace, at.get()) else {
            inner.inbox.left_out();
            return;
        };
        inner.inbox.push(Pending {
            at,
            level,
            scope: Arc::clone(&self.ids),
            id: id.map(|(id, value)| (id, value.into())),
            rate,
            ..Pending::new(event_type, data, UNFIT_BYTES)
        });
    }

    /// The one thing a client ever prints, once, when it is made.
    #[expect(
        clippy::print_stderr,
        reason = "a library has no other way to its user"
    )]
    fn complain(problem: &str) {
        eprintln!("emp: {problem}");
    }
}
