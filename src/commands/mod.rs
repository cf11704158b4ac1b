//! One file a subcommand: its arguments, whose doc comments are the help, and one `run`.
//!
//! Commands fetch through `store`, ask `query` and print through `output`. They never call each
//! other; what several share is in `context` (settings, clock, screen) and `select` (the flags and
//! the window of every query).

pub mod collect;
pub mod completions;
pub mod config;
mod context;
pub mod correlate;
pub mod demo;
pub mod emit;
pub mod errors;
pub mod export;
pub mod health;
mod identity;
mod live;
pub mod man;
mod payload;
pub mod perf;
mod report;
pub mod run;
pub mod search;
mod select;
pub mod shell_hook;
mod status;
pub mod stream;
mod subject;
pub mod timeline;
mod usual;
mod vitals;

pub use context::Context;
