//! Chores of the repository: `cargo xtask <chore>`.
//!
//! Each chore is one file with its arguments and one `run`; this file is the parser and the
//! table.
#![expect(
    clippy::print_stdout,
    reason = "a chore talks to the person who runs it; there is no output to keep apart"
)]

mod bench;
mod ci;
mod clients;
mod codegen;
mod dist;
mod place;
mod reference;
mod rules;
mod servers;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the repository
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Test(test::Args),
    Ci(ci::Args),
    Codegen(codegen::Args),
    Bench(bench::Args),
    Dist(dist::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Ci(args) => ci::run(&args),
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Dist(args) => dist::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        println!("error: {error:#}");
        ExitCode::FAILURE
    })
}
