//! `cargo xtask bench`: emp beside what a person would run instead, on the same data, in turn.
//!
//! Figures of one machine mean little; ratios of two medians from the same run mean more. Nothing
//! here decides whether a change may go in.

mod answers;
mod collector;
mod contests;
mod data;
mod measure;
mod raw;
mod report;
mod server;
mod stage;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{place, servers};

/// Measure emp beside what people use instead, and print the ratios
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A tenth of the data and few repetitions: the shape of the result, not the result
    #[arg(long)]
    quick: bool,
    /// Run these contests only
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = contests::names())]
    only: Vec<String>,
    /// Measure this program instead of building one: another version, to compare
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Put the table into docs/performance.md
    #[arg(long, conflicts_with_all = ["quick", "only", "binary"])]
    write: bool,
}

/// Measures, prints the table, and writes `target/bench/bench.json`.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let emp = match &args.binary {
        Some(binary) => binary.canonicalize().context("no such binary")?,
        None => place::release_binary()?,
    };
    let redis = servers::obtain()?;
    let folder = place::target()?.join("bench");
    fs::create_dir_all(&folder)?;
    let stage = stage::Stage::new(&folder, emp, &redis, args.quick)?;

    let mut rows = Vec::new();
    let mut whole = true;
    for contest in contests::CONTESTS {
        if !args.only.is_empty() && !args.only.iter().any(|name| name == contest.name) {
            continue;
        }
        println!("── {}", contest.name);
        match (contest.run)(&stage) {
            Ok(more) => rows.extend(more),
            Err(error) => {
                println!("failed: {error:#}");
                whole = false;
            }
        }
    }

    let machine = report::machine(stage.server.version()?);
    let json = folder.join("bench.json");
    fs::write(&json, report::json(&machine, args.quick, &rows)?)
        .with_context(|| format!("cannot write {}", json.display()))?;
    println!("{}\n{machine}\n{}", report::table(&rows), json.display());
    if args.write && whole {
        let page = place::root()?.join("docs/performance.md");
        let text = fs::read_to_string(&page)?;
        fs::write(
            &page,
            report::replace(&text, &report::markdown(&machine, &rows))?,
        )?;
        println!("wrote docs/performance.md");
    }
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
