//! The harness: a sandbox for the binary, a private Redis, a pseudo-terminal, and a wait that has
//! a deadline.

mod client;
#[expect(dead_code, reason = "the unit tests of the outputs use the rest")]
pub mod otlp;
mod pace;
mod redis;
pub mod rotel;
mod running;
mod sandbox;
mod tty;
mod wait;

pub use client::{Client, missing};
pub use pace::let_pass;
pub use redis::TestRedis;
pub use running::Running;
pub use sandbox::{Sandbox, errors};
pub use tty::Terminal;
pub use wait::{wait_for, wait_within};
