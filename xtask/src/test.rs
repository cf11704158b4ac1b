//! `cargo xtask test`: obtains what the tests need, then runs every test.

use std::process::ExitCode;

use anyhow::Result;

use crate::{clients, place, servers};

/// Obtain a Redis server and real clients, then run every test
///
/// What stands after `--` goes to `cargo test`: `cargo xtask test -- --test cli timeline`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Passed on to `cargo test`
    #[arg(last = true)]
    cargo_test: Vec<String>,
}

/// Ends with the exit code of `cargo test`.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut test = place::cargo()?;
    test.args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(["--features", place::EVERY_FEATURE])
        .args(&args.cargo_test);
    test.env(servers::SERVER_VARIABLE, servers::obtain()?)
        .envs(clients::obtain()?);
    let code = test.status()?.code().unwrap_or(101);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(101)))
}
