//! `cargo xtask dist`: what a release is: the binary, its completions, man pages and licences.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{codegen, place, tools};

/// Build the release archive under target/dist
#[derive(clap::Args)]
pub(crate) struct Args {}

/// What goes beside the binary, as it stands in the repository.
const BESIDE: [&str; 6] = [
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "completions",
    "man",
];

/// Builds the archive and prints its size and the binary's.
pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    codegen::check()?;
    let root = place::root()?;
    let binary = place::release_binary()?;
    let name = format!("emp-{}-{}", version(), host()?);
    let dist = place::target()?.join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::copy(&binary, folder.join("emp"))?;
    tools::run(
        Command::new("cp")
            .current_dir(&root)
            .arg("-r")
            .args(BESIDE)
            .arg(&folder),
    )?;

    let archive = dist.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    // Owners and order of this machine are nobody's concern.
    tar.args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "-czf",
    ]);
    tools::run(tar.arg(&archive).arg("-C").arg(&dist).arg(&name))?;
    for file in [&binary, &archive] {
        let kib = fs::metadata(file)?.len() / 1024;
        println!("{:>7} KiB  {}", kib, file.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn version() -> String {
    emp_cli::cli::command()
        .get_version()
        .unwrap_or("0")
        .to_owned()
}

fn host() -> Result<String> {
    let words = tools::stdout_of(Command::new("rustc").arg("-vV"))?;
    let host = words.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
