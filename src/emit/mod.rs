//! The emitter: it may neither delay, nor break, nor fill its host.
//!
//! An event goes to Redis within the time it is given; else to the journal; and only if that
//! fails too is it lost, which the caller is told. A breaker, remembered between processes, keeps
//! a loop of emits from waiting for the same dead server again and again. What waits in the
//! journal is drained by later emitters, oldest first.

mod breaker;
#[cfg(feature = "cli")]
mod bulk;
mod client;
mod context;
mod delivery;
mod emitter;
mod error;
#[cfg(feature = "tracing")]
mod layer;
mod ledger;
mod policy;
mod streams;
pub mod trace;

#[cfg(feature = "cli")]
pub use bulk::{Bulk, Tally};
pub use client::{EventClient, Stats};
pub use context::{Context, DEFAULT_SERVICE, variables};
pub use delivery::Delivery;
pub use emitter::Emitter;
pub use error::Error;
#[cfg(feature = "tracing")]
pub use layer::TracingLayer;
pub use policy::{Policy, Redaction};

/// Whether `EMP_DISABLED` makes every emitter of this process a silent no-op.
pub fn is_disabled(env: &dyn Fn(&str) -> Option<String>) -> bool {
    env("EMP_DISABLED").is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
