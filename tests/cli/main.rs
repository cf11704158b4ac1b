//! The binary, as a person or a script runs it: one module a command.
//!
//! Hermetic: a cleared environment, a fixed clock, zone and width, a private Redis
//! (see `support`). Run with `cargo xtask test`, which obtains what these tests need.
#![cfg(test)]

mod clients;
mod exit_codes;
mod harness;
mod help;
mod support;
mod terminal;
