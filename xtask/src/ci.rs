//! `cargo xtask ci`: every check that a change must pass, each by name.
//!
//! A step that fails does not hide the later ones.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{codegen, place, rules, test, tools};

/// Run every check that a change must pass
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run these steps only
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = names())]
    only: Vec<String>,
    /// Leave these steps out
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = names())]
    skip: Vec<String>,
}

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// The cheap ones first.
const STEPS: [Step; 9] = [
    Step {
        name: "fmt",
        run: fmt,
    },
    Step {
        name: "sizes",
        run: || broken(rules::sizes(&place::sources()?)),
    },
    Step {
        name: "doors",
        run: || broken(rules::doors(&place::sources()?)),
    },
    Step {
        name: "words",
        run: || broken(rules::words(&place::sources()?)),
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "client",
        run: client,
    },
    Step {
        name: "codegen",
        run: codegen::check,
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "test",
        run: tests,
    },
];

fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Ends with 1 if any step failed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let chosen = |step: &&Step| {
        let listed = |names: &[String]| names.iter().any(|name| name == step.name);
        (args.only.is_empty() || listed(&args.only)) && !listed(&args.skip)
    };
    let mut done: Vec<(&str, Duration, bool)> = Vec::new();
    for step in STEPS.iter().filter(chosen) {
        println!("── {}", step.name);
        let start = Instant::now();
        let outcome = (step.run)();
        if let Err(error) = &outcome {
            println!("{error:#}");
        }
        done.push((step.name, start.elapsed(), outcome.is_ok()));
    }
    println!("── summary");
    for (name, took, ok) in &done {
        let verdict = if *ok { "ok" } else { "FAILED" };
        println!("{name:8} {verdict:6} {:7.1} s", took.as_secs_f64());
    }
    let all = done.iter().all(|(_, _, ok)| *ok);
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cargo(args: &[&str]) -> Result<Command> {
    let mut cargo = place::cargo()?;
    cargo.args(args);
    Ok(cargo)
}

fn fmt() -> Result<()> {
    tools::run(&mut cargo(&["fmt", "--all", "--check"])?)
}

fn clippy() -> Result<()> {
    let workspace = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        place::EVERY_FEATURE,
        "--locked",
        "--quiet",
    ];
    tools::run(cargo(&workspace)?.args(["--", "-D", "warnings"]))
}

/// The library as a service takes it: it builds without a warning, with and without `tracing`,
/// and brings nothing along that only the command line needs.
fn client() -> Result<()> {
    let bare = ["--package", "emp-cli", "--locked", "--no-default-features"];
    for features in ["client", "client,tracing"] {
        let mut check = cargo(&["clippy", "--quiet", "--features", features])?;
        tools::run(check.args(bare).args(["--", "-D", "warnings"]))?;
    }
    let tree = ["tree", "--edges", "normal", "--prefix", "none"];
    let tree = tools::stdout_of(cargo(&tree)?.args(["--features", "client"]).args(bare))?;
    broken(foreign(&tree, &CLI_ONLY))
}

/// Crates of the command line: what a service must not pay for.
const CLI_ONLY: [&str; 10] = [
    "anstream",
    "clap",
    "comfy-table",
    "crossterm",
    "indicatif",
    "opentelemetry",
    "owo-colors",
    "reqwest",
    "tokio",
    "tonic",
];

/// Lines of a `cargo tree` that name one of these crates.
fn foreign(tree: &str, names: &[&str]) -> Vec<String> {
    let name = |line: &&str| {
        line.split(' ')
            .next()
            .is_some_and(|name| names.contains(&name))
    };
    let mut lines: Vec<_> = tree.lines().filter(name).map(str::to_owned).collect();
    lines.dedup();
    lines
}

fn doc() -> Result<()> {
    let workspace = ["doc", "--workspace", "--no-deps", "--locked", "--quiet"];
    let mut doc = cargo(&workspace)?;
    doc.args(["--features", place::EVERY_FEATURE]);
    tools::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn tests() -> Result<()> {
    if test::run(&test::Args::default())? != ExitCode::SUCCESS {
        bail!("tests failed");
    }
    Ok(())
}

/// A step over the sources fails with every place that breaks its rule.
fn broken(places: Vec<String>) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    bail!("{}", places.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_found_by_their_whole_name() {
        let tree = "emp-cli v0.1.0\nclap v4.6.7\nclap_lex v1.0.0\ntoml v1.2.0 (*)";
        assert_eq!(foreign(tree, &CLI_ONLY), ["clap v4.6.7"]);
    }
}
