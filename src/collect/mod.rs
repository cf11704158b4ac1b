//! The collector: follows both streams, hands every event to each output at that output's own
//! pace, and acknowledges an entry once every output has it or it is safe on this machine.
//!
//! It knows outputs by what they take and how they answer ([`output`]); only `export/` speaks OTLP.

pub(crate) mod export;
mod output;
pub(crate) mod spans;
