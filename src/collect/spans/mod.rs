//! Spans out of events: what a job did, when, and what caused what.
//!
//! - [`Milestone`]: the few facts of one event of a job, and the packed form in which a job's log
//!   keeps them;
//! - [`assemble`]: the milestones of one job become its spans, and a [`JobRun`] for metrics, which
//!   [`job_run`] makes alone;
//! - [`Span`]: what becomes of it, ready for any backend.
//!
//! Pure: no I/O, no clock. It knows nothing of Redis, of OTLP, or of who else reads the job.

mod assemble;
mod draft;
mod events;
mod ids;
mod milestone;
mod nest;
mod packed;
mod pairs;
mod pick;
pub(crate) mod run;
mod span;
mod story;
mod turns;

pub(crate) use assemble::{Trace, assemble, job_run};
pub(super) use ids::hex;
pub(crate) use milestone::{Milestone, Text, stream_tag};
pub(crate) use packed::{Log, Marks, pack, pack_left_out, pack_told};
pub(crate) use run::JobRun;
#[cfg(test)]
pub(crate) use span::SpanEvent;
pub(crate) use span::{Attribute, Link, Span, SpanKind, Value};
pub(crate) use story::Standing;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
