//! The emitter: it may neither delay, nor break, nor fill its host.
//!
//! An event goes to Redis within the time it is given; else to the journal; and only if that
//! fails too is it lost, which the caller is told. A breaker, remembered between processes, keeps
//! a loop of emits from waiting for the same dead server again and again. What waits in the
//! journal is drained by later emitters, oldest first.

mod breaker;
mod bulk;
mod context;
mod delivery;
mod emitter;
mod error;

pub use bulk::{Bulk, Tally};
pub use context::Context;
pub use delivery::Delivery;
pub use emitter::Emitter;
pub use error::Error;
