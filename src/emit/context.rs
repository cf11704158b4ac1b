//! What an event takes from its surroundings where the caller says nothing.

use super::trace::{TraceParent, ids_of_tracestate};
use crate::event::{Event, Id, Ids, Millis, event_id_at, trace_id, trace_id_of};

/// The service of an event for which nobody gave one.
pub const DEFAULT_SERVICE: &str = "shell";

/// The variables that carry ids, each with what it fills; of two for the same id the first wins.
const ID_VARIABLES: [(&str, Id); 5] = [
    ("EMP_JOB_ID", Id::Job),
    ("EMP_WORKER_ID", Id::Worker),
    ("WORKER_ID", Id::Worker),
    ("EMP_MACHINE_ID", Id::Machine),
    ("MACHINE_ID", Id::Machine),
];

/// Defaults for the events of one emitter.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Who speaks.
    pub service: Option<String>,
    /// Ids that link the event to others.
    pub ids: Ids,
}

impl Context {
    /// What the environment says: `EMP_JOB_ID`, `EMP_WORKER_ID` or `WORKER_ID`, `EMP_MACHINE_ID`
    /// or `MACHINE_ID`, and `TRACEPARENT` for the trace and the parent span.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>, service: Option<String>) -> Self {
        let mut ids = Ids::default();
        for (variable, id) in ID_VARIABLES {
            if let (None, Some(value)) = (ids.get(id), env(variable)) {
                ids.set(id, value);
            }
        }
        if let Some(header) = env("TRACEPARENT")
            && let Some(TraceParent { trace, parent }) = TraceParent::parse(&header)
        {
            ids.set(Id::Trace, trace);
            ids.set(Id::ParentSpan, parent);
        }
        for (id, value) in ids_of_tracestate(&env("TRACESTATE").unwrap_or_default()).iter() {
            if ids.get(id).is_none() {
                ids.set(id, value);
            }
        }
        Self { service, ids }
    }

    /// Fills what the event leaves open: service, ids, time, event id, and a trace: that of the
    /// environment, else the job's, else one of its own.
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-8d12404289e478577467c87b7b93f785-00f067aa0ba902b7-01";

    #[test]
    fn the_environment_fills_what_is_open() {
        let env = |name: &str| match name {
            "EMP_WORKER_ID" => Some("own".to_owned()),
            "WORKER_ID" => Some("generic".to_owned()),
            "MACHINE_ID" => Some("m1".to_owned()),
            "TRACEPARENT" => Some(PARENT.to_owned()),
            _ => None,
        };
        let context = Context::from_env(&env, None);
        let mut event = Event::default();
        event.ids.set(Id::Machine, "given");
        context.complete(&mut event, Millis::clamped(5));
        assert_eq!(event.service, "shell");
        assert_eq!(event.id(Id::Worker), Some("own"));
        assert_eq!(event.id(Id::Machine), Some("given"));
        assert_eq!(
            event.id(Id::Trace),
            Some("8d12404289e478577467c87b7b93f785")
        );
        assert_eq!(event.id(Id::ParentSpan), Some("00f067aa0ba902b7"));
        assert_eq!(event.timestamp, Millis::clamped(5));
        assert!(event.event_id.is_some());
    }

    #[test]
    fn a_trace_of_its_own_takes_no_foreign_parent() {
        let env = |name: &str| (name == "TRACEPARENT").then(|| PARENT.to_owned());
        let mut event = Event::default();
        event.ids.set(Id::Trace, "mine");
        Context::from_env(&env, None).complete(&mut event, Millis::default());
        assert_eq!(event.id(Id::ParentSpan), None);
    }
}
