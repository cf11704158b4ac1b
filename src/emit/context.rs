//! What an event takes from its surroundings where the caller says nothing, and what is handed on
//! to a child process so that its events are linked.

use super::trace::{TraceParent, ids_of_tracestate, traceparent, tracestate};
use crate::event::{Event, Id, Ids, Millis, event_id_at, trace_id, trace_id_of};

/// The service of an event for which nobody gave one.
pub const DEFAULT_SERVICE: &str = "shell";

/// The variables that carry ids, our own and those that others set for the same thing. Our own
/// wins, and is what a child gets.
const ID_VARIABLES: [(Id, &str, Option<&str>); 6] = [
    (Id::Trace, "EMP_TRACE_ID", None),
    (Id::Job, "EMP_JOB_ID", None),
    (Id::Worker, "EMP_WORKER_ID", Some("WORKER_ID")),
    (Id::Machine, "EMP_MACHINE_ID", Some("MACHINE_ID")),
    (Id::User, "EMP_USER_ID", None),
    (Id::Request, "EMP_REQUEST_ID", None),
];

/// Fields of an event that say where it comes from, each with the variables that fill it; the
/// first that is set wins.
const FIELDS: [(&str, &[&str]); 3] = [
    ("environment", &["EMP_ENVIRONMENT", "NODE_ENV"]),
    (
        "region",
        &["EMP_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
    ),
    ("version", &["EMP_SERVICE_VERSION", "npm_package_version"]),
];

/// The field that names one running instance of a service.
const INSTANCE: &str = "instanceId";

/// Defaults for the events of one emitter.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Who speaks.
    pub service: Option<String>,
    /// Ids that link the event to others.
    pub ids: Ids,
    /// Further fields, with their values.
    pub fields: Vec<(&'static str, String)>,
    /// A `TRACEPARENT` that cannot be used.
    pub invalid_traceparent: Option<String>,
    /// `EMP_INSTANCE_ID`.
    instance: Option<String>,
}

impl Context {
    /// What the environment says: ids (`EMP_JOB_ID` and the like), `TRACEPARENT` for the trace and
    /// the parent span, `TRACESTATE` for machine, worker and job, and where this process runs
    /// (`NODE_ENV`, `AWS_REGION` and the like).
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>, service: Option<String>) -> Self {
        let mut ids = Ids::default();
        for (id, own, generic) in ID_VARIABLES {
            let value = env(own).or_else(|| generic.and_then(env));
            ids.set(id, value.unwrap_or_default());
        }
        let header = env("TRACEPARENT");
        let parent = header.as_deref().and_then(TraceParent::parse);
        if let Some(TraceParent { trace, parent }) = parent {
            ids.set(Id::Trace, trace);
            ids.set(Id::ParentSpan, parent);
        }
        let invalid_traceparent = header.clone().filter(|_| parent.is_none());
        if invalid_traceparent.is_some() {
            // Whatever else names a trace may be of another request.
            ids.set(Id::Trace, "");
        }
        for (id, value) in ids_of_tracestate(&env("TRACESTATE").unwrap_or_default()).iter() {
            if ids.get(id).is_none() {
                ids.set(id, value);
            }
        }
        if let (None, Some(machine), Some(index)) = (
            ids.get(Id::Worker),
            ids.get(Id::Machine),
            env("EMP_WORKER_INDEX"),
        ) {
            let worker = format!("{machine}-worker-{index}");
            ids.set(Id::Worker, worker);
        }
        let field = |(name, variables): (&'static str, &[&str])| {
            let value = variables.iter().find_map(|variable| env(variable));
            value.map(|value| (name, value))
        };
        Self {
            service,
            ids,
            fields: FIELDS.into_iter().filter_map(field).collect(),
            invalid_traceparent,
            instance: env("EMP_INSTANCE_ID"),
        }
    }

    /// Fills what the event leaves open: service, ids, time, event id, and a trace: that of the
    /// environment, else the job's, else one of its own. An event that has an event id was completed
    /// where it happened: it takes no further fields.
    pub fn complete(&self, event: &mut Event, now: Millis) {
        if event.service.is_empty() {
            event.service = self
                .service
                .clone()
                .unwrap_or_else(|| DEFAULT_SERVICE.to_owned());
        }
        // A parent belongs to its trace: one without the other would link what is not linked.
        let own_trace = event.id(Id::Trace).is_some();
        for (id, value) in self.ids.iter() {
            let of_trace = matches!(id, Id::Trace | Id::Span | Id::ParentSpan);
            if event.id(id).is_none() && !(own_trace && of_trace) {
                event.ids.set(id, value);
            }
        }
        // What was read from a stream elsewhere keeps its trace, or has none.
        if event.id(Id::Trace).is_none() && event.entry().is_none() {
            let trace = event.id(Id::Job).map_or_else(trace_id, trace_id_of);
            event.ids.set(Id::Trace, trace);
        }
        if event.timestamp == Millis::default() {
            event.timestamp = now;
        }
        if event.event_id.is_none() {
            event.event_id = Some(event_id_at(event.timestamp));
            self.add_fields(event);
        }
    }

    fn add_fields(&self, event: &mut Event) {
        let instance = self.instance(&event.ids).map(|value| (INSTANCE, value));
        for (name, value) in self.fields.iter().cloned().chain(instance) {
            if !event.extra.iter().any(|(taken, _)| taken == name) {
                event.push_extra(name, value);
            }
        }
    }

    /// What was given, or for `auto` machine and worker as one name where both are known.
    fn instance(&self, ids: &Ids) -> Option<String> {
        match self.instance.as_deref()? {
            "auto" => {
                let (machine, worker) = (ids.get(Id::Machine)?, ids.get(Id::Worker)?);
                Some(format!("machine-{machine}.{worker}"))
            }
            given => Some(given.to_owned()),
        }
    }
}

/// The variables for a child process whose events belong to the span in `ids`; `state` is the
/// `tracestate` that came from outside.
pub fn variables(ids: &Ids, state: &str) -> Vec<(&'static str, String)> {
    let mut variables = Vec::new();
    if let (Some(trace), Some(span)) = (ids.get(Id::Trace), ids.get(Id::Span)) {
        // A trace id of somebody's own form makes no header that others could read.
        let header = traceparent(trace, span);
        if TraceParent::parse(&header).is_some() {
            variables.push(("TRACEPARENT", header));
        }
    }
    for (id, own, _) in ID_VARIABLES {
        variables.extend(ids.get(id).map(|value| (own, value.to_owned())));
    }
    variables.extend(tracestate(ids, state).map(|state| ("TRACESTATE", state)));
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "8d12404289e478577467c87b7b93f785";
    const PARENT: &str = "00-8d12404289e478577467c87b7b93f785-00f067aa0ba902b7-01";

    fn completed(env: &[(&str, &str)], mut event: Event) -> Event {
        let env = |name: &str| {
            let found = env.iter().find(|(seen, _)| *seen == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Context::from_env(&env, None).complete(&mut event, Millis::clamped(5));
        event
    }

    #[test]
    fn the_environment_fills_what_is_open() {
        let mut event = Event::default();
        event.ids.set(Id::Machine, "given");
        let event = completed(
            &[
                ("EMP_WORKER_ID", "own"),
                ("WORKER_ID", "generic"),
                ("MACHINE_ID", "m1"),
                ("EMP_TRACE_ID", "weaker than the header"),
                ("TRACEPARENT", PARENT),
            ],
            event,
        );
        assert_eq!(event.service, "shell");
        assert_eq!(event.id(Id::Worker), Some("own"));
        assert_eq!(event.id(Id::Machine), Some("given"));
        assert_eq!(event.id(Id::Trace), Some(TRACE));
        assert_eq!(event.id(Id::ParentSpan), Some("00f067aa0ba902b7"));
        assert_eq!(event.timestamp, Millis::clamped(5));
        assert!(event.event_id.is_some());
        assert_eq!(event.extra, []);
    }

    #[test]
    fn a_trace_of_its_own_takes_no_foreign_parent() {
        let mut event = Event::default();
        event.ids.set(Id::Trace, "mine");
        let event = completed(&[("TRACEPARENT", PARENT)], event);
        assert_eq!(event.id(Id::ParentSpan), None);
    }

    #[test]
    fn an_invalid_header_begins_a_trace_and_is_remembered() {
        let env = |name: &str| (name == "TRACEPARENT").then(|| "00-xyz".to_owned());
        let context = Context::from_env(&env, None);
        assert_eq!(context.invalid_traceparent.as_deref(), Some("00-xyz"));
        assert_eq!(context.ids.get(Id::Trace), None);
        let event = completed(&[("TRACEPARENT", "00-xyz")], Event::default());
        assert_eq!(event.id(Id::Trace).map(str::len), Some(32));
    }

    #[test]
    fn new_events_say_where_they_come_from() {
        let env = [
            ("NODE_ENV", "production"),
            ("AWS_DEFAULT_REGION", "eu-1"),
            ("AWS_REGION", "us-1"),
            ("npm_package_version", "1.2.3"),
            ("MACHINE_ID", "m1"),
            ("EMP_WORKER_INDEX", "2"),
            ("EMP_INSTANCE_ID", "auto"),
        ];
        let mut event = Event::default();
        event.push_extra("region", "own");
        let event = completed(&env, event);
        let extra: Vec<_> = event
            .extra
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        assert_eq!(
            extra,
            [
                "region=own",
                "environment=production",
                "version=1.2.3",
                "instanceId=machine-m1.m1-worker-2"
            ]
        );
        let old = Event {
            event_id: Some("0".to_owned()),
            ..Event::default()
        };
        assert_eq!(completed(&env, old).extra, []);
    }

    #[test]
    fn what_a_child_gets_reads_back() {
        let mut ids = Ids::default();
        for (id, value) in [
            (Id::Trace, TRACE),
            (Id::Span, "00f067aa0ba902b7"),
            (Id::Job, "j"),
            (Id::Request, "r"),
        ] {
            ids.set(id, value);
        }
        let variables = variables(&ids, "other=1");
        let env = |name: &str| {
            let found = variables.iter().find(|(seen, _)| *seen == name);
            found.map(|(_, value)| value.clone())
        };
        assert_eq!(env("TRACESTATE").as_deref(), Some("emp=job:j,other=1"));
        let child = Context::from_env(&env, None).ids;
        assert_eq!(child.get(Id::Trace), Some(TRACE));
        assert_eq!(child.get(Id::ParentSpan), Some("00f067aa0ba902b7"));
        assert_eq!(child.get(Id::Job), Some("j"));
        assert_eq!(child.get(Id::Request), Some("r"));
    }
}
