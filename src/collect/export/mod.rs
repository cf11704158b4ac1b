//! OTLP: events as logs, jobs as traces, and metrics, over gRPC or HTTP.
//!
//! [`Logs`] and [`Traces`] are outputs: they turn a batch into one request, send it once, and say
//! what became of it as the specification of OTLP has it. Lanes retry and keep. This room knows
//! nothing of queues, spools and streams.

mod answer;
mod attributes;
mod check;
mod client;
mod error;
mod grpc;
mod http;
mod logs;
mod metrics;
mod partial;
mod record;
mod resource;
mod traces;
mod value;

pub(crate) use check::check;
pub use error::Error;
pub(crate) use logs::Logs;
pub(crate) use metrics::{Meters, meter_provider};
pub(crate) use traces::Traces;

#[cfg(test)]
mod tests;
