//! Causes that were planted are named first by the command that should name them, and where nothing
//! was planted nothing is claimed.
//!
//! `EMP_TEST_SEEDS=20` tries as many seeds as `docs/answers.md` tells of; the table there is what
//! this prints. Without it a few are tried, for these systems are large. `EMP_TEST_FIRST_SEED` begins
//! with another than 1: with systems that nothing was mended on.

mod claims;
mod oracle;
mod system;

use std::env;
use std::fmt::Write;

use self::claims::{CLAIMS, Claim};
use self::system::System;

/// Seeds that are tried where nothing says how many.
const FEW: u64 = 2;

/// What became of one claim over all seeds.
struct Row {
    claim: &'static Claim,
    /// Seeds in which what was planted was named first.
    named: u64,
    /// What else was said, by seed.
    missed: Vec<String>,
    /// What was claimed although nothing was planted.
    lies: Vec<String>,
}

#[test]
#[expect(clippy::print_stdout, reason = "the table of a page is taken from it")]
fn planted_causes_are_named_and_nothing_else_is() {
    let seeds = number("EMP_TEST_SEEDS", FEW);
    let first = number("EMP_TEST_FIRST_SEED", 1);
    let mut rows: Vec<Row> = CLAIMS
        .iter()
        .map(|claim| Row {
            claim,
            named: 0,
            missed: Vec::new(),
            lies: Vec::new(),
        })
        .collect();
    for seed in first..first + seeds {
        let (planted, quiet) = (System::new(seed, "all"), System::new(seed, "none"));
        for row in &mut rows {
            let command = row.claim.command;
            match (row.claim.first)(&planted, &planted.ask(command)) {
                Ok(()) => row.named += 1,
                Err(said) => row.missed.push(format!("seed {seed}: {said}")),
            }
            let lies = (row.claim.claimed)(&quiet.ask(command));
            row.lies
                .extend(lies.iter().map(|lie| format!("seed {seed}: {lie}")));
        }
    }
    let table = table(&rows, seeds);
    println!("{table}");
    let flaws: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            let missed = row
                .missed
                .iter()
                .map(|said| format!("{}: {said}", row.claim.cause));
            let lies = row.lies.iter();
            missed.chain(lies.map(|lie| format!("{} is not there: {lie}", row.claim.cause)))
        })
        .collect();
    assert!(flaws.is_empty(), "{table}\n{}", flaws.join("\n"));
}

/// A number out of the environment.
fn number(name: &str, usual: u64) -> u64 {
    match env::var(name) {
        Ok(number) => number.parse().expect("a number"),
        Err(_) => usual,
    }
}

/// The table of `docs/answers.md`.
fn table(rows: &[Row], seeds: u64) -> String {
    let mut table = format!(
        "| planted | asked | named first, of {seeds} | claimed where nothing is, of {seeds} |\n\
         |---|---|---|---|\n"
    );
    for row in rows {
        let (claim, named, lies) = (row.claim, row.named, row.lies.len());
        let command = claim.command.join(" ");
        writeln!(
            table,
            "| {} | `emp {command}` | {named} | {lies} |",
            claim.cause
        )
        .expect("memory");
    }
    table
}
