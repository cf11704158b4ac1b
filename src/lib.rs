//! `emp` reads and writes the events of a distributed job queue.
//!
//! The library holds the rooms the binary is built from; `ARCHITECTURE.md` is their map.

pub mod child;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod emit;
pub mod error;
pub mod event;
mod glob;
pub mod output;
pub mod quantity;
pub mod query;
pub mod signal;
pub mod store;
pub mod time;

pub use emit::EventClient;
pub use error::{Error, Exit};
pub use event::Event;
