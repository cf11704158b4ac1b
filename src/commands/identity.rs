//! The ids that `emit` makes on request, and prints for whoever works on under them.

use uuid::Uuid;

use crate::emit::trace::{TraceParent, traceparent};
use crate::error::Error;
use crate::event::{Event, Id, span_id, trace_id};

/// Flags that make ids and print them, one a line, in the order of this list.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Identity {
    /// Print the id of the event
    #[arg(long)]
    print_id: bool,
    /// Make a job id, job-UUID, for the event and print it
    #[arg(long, conflicts_with = "job_id")]
    new_job: bool,
    /// Make a request id, req-UUID, for the event and print it
    #[arg(long, conflicts_with = "request_id")]
    new_request: bool,
    /// Begin a new trace, whatever TRACEPARENT says
    #[arg(long, conflicts_with = "trace_id")]
    new_trace: bool,
    /// Make a span id for the event and print the TRACEPARENT for what it begins
    #[arg(long)]
    print_traceparent: bool,
}

impl Identity {
    /// Gives an event the ids that were asked for. They are there before anything else is filled.
    pub(super) fn fill(&self, event: &mut Event) {
        if self.new_job {
            event.ids.set(Id::Job, format!("job-{}", Uuid::new_v4()));
        }
        if self.new_request {
            let request = format!("req-{}", Uuid::new_v4());
            event.ids.set(Id::Request, request);
        }
        if self.new_trace {
            event.ids.set(Id::Trace, trace_id());
        }
        if self.print_traceparent {
            event.ids.set(Id::Span, span_id());
        }
    }

    /// The lines to print about a complete event.
    ///
    /// # Errors
    /// When its trace id is none that a header can carry.
    pub(super) fn lines(&self, event: &Event) -> Result<Vec<String>, Error> {
        let id = |id| event.id(id).unwrap_or_default().to_owned();
        let mut lines = Vec::new();
        if self.print_id {
            lines.push(event.event_id.clone().unwrap_or_default());
        }
        if self.new_job {
            lines.push(id(Id::Job));
        }
        if self.new_request {
            lines.push(id(Id::Request));
        }
        if self.print_traceparent {
            let header = traceparent(&id(Id::Trace), &id(Id::Span));
            if TraceParent::parse(&header).is_none() {
                return Err(Error::usage_hint(
                    format!("no TRACEPARENT can carry the trace {}", id(Id::Trace)),
                    "a trace id is 32 lower-case hex digits, not all zero",
                ));
            }
            lines.push(header);
        }
        Ok(lines)
    }
}
