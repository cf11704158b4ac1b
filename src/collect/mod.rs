//! The collector: follows both streams, hands every event to each output at that output's own
//! pace, and acknowledges an entry once every output has it or it is safe on this machine.
//!
//! [`intake`] reads a stream, [`lane`] leads to an output, [`receipt`] travels with an event and
//! acknowledges its entry, [`acker`] does so in Redis. The engine knows outputs by what they take
//! and how they answer ([`output`]); only `export/` speaks OTLP.

mod acker;
pub(crate) mod alerts;
mod check;
mod dead;
mod engine;
mod error;
mod export;
mod figures;
mod file;
mod heartbeat;
mod intake;
pub(crate) mod jobs;
mod keeper;
mod lane;
mod meters;
mod notify;
mod outage;
mod outline;
mod output;
mod overtake;
mod pause;
mod plan;
mod priority;
mod receipt;
mod report;
pub(crate) mod spans;
mod spool;
mod stop;
mod web;

pub(crate) use check::check;
pub(crate) use engine::Collector;
pub use error::Error;
pub(crate) use figures::Figures;
pub(crate) use heartbeat::Heartbeat;
pub(crate) use lane::{LaneReport, Mark};
pub(crate) use notify::Notifier;
pub(crate) use outline::outline;
pub(crate) use plan::{Plan, Remains, Watchers};
pub(crate) use report::{Report, StreamReport, Told};
pub(crate) use web::{Web, probe};
