//! What belongs together: everything around one job, two jobs side by side, what sets failed or slow
//! jobs apart from others, and what happened in an order that cannot be.
//!
//! Events and tables of jobs come in, plain data goes out. Nothing is said that events do not carry,
//! and nothing is claimed on few of them.

pub(crate) mod against;
pub(crate) mod around;
pub(crate) mod beside;
pub(crate) mod case;
mod chance;
pub(crate) mod contrast;
pub(crate) mod facts;
mod path;
pub(crate) mod races;
mod verdict;

pub(crate) use path::{Doing, Leg, Spot, Usually};

#[cfg(test)]
mod tests;
