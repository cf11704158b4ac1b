//! The binary, as a person or a script runs it: one module a command.
//!
//! Hermetic: a cleared environment, a fixed clock, zone and width, a private Redis
//! (see `support`). Run with `cargo xtask test`, which obtains what these tests need.
#![cfg(test)]

mod alerts;
mod answers;
mod bad_input;
mod bulk;
mod chaos;
mod clients;
mod collect;
mod collector_seeing;
mod completions;
mod config;
mod correlate;
mod demo;
mod emit;
mod errors;
mod event_client;
mod examples;
mod exit_codes;
mod export;
mod harness;
mod health;
mod help;
mod identity;
mod index;
mod journal_ladder;
mod kept;
mod lines;
mod perf;
mod places;
mod planted;
mod refusals;
mod run;
mod search;
mod shell_hook;
mod status;
mod stream;
mod stuck;
mod support;
mod terminal;
mod timeline;
