//! `emp` reads and writes the events of a distributed job queue.
//!
//! The library holds the rooms the binary is built from; `ARCHITECTURE.md` is their map. A service
//! that only emits takes it with `default-features = false, features = ["client"]` and begins with
//! [`EventClient`].

#[cfg(feature = "cli")]
pub mod child;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
mod collect;
#[cfg(feature = "cli")]
pub mod commands;
pub mod config;
#[cfg(feature = "cli")]
pub mod demo;
mod digest;
pub mod emit;
#[cfg(feature = "cli")]
pub mod error;
pub mod event;
mod glob;
#[cfg(feature = "cli")]
mod maps;
#[cfg(feature = "cli")]
pub mod output;
pub mod quantity;
#[cfg(feature = "cli")]
pub mod query;
#[cfg(feature = "cli")]
pub mod signal;
pub mod store;
pub mod time;

pub use emit::EventClient;
#[cfg(feature = "cli")]
pub use error::{Error, Exit};
pub use event::Event;

/// The examples of `docs/client.md`, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/client.md")]
struct ClientPage;
