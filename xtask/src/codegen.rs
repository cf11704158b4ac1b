//! `cargo xtask codegen`: the files that are made from the command tree and from the tables of
//! the library: `completions/`, `man/`, `docs/cli.md`, `docs/config.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use emp_cli::commands::{completions, man};
use emp_cli::error::exit_code;

use crate::{place, reference};

/// Write the generated files: completions, man pages, docs/cli.md, docs/config.md
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if a file is not as it would be written
    #[arg(long)]
    check: bool,
}

/// Folders of which every file is generated.
const FOLDERS: [&str; 2] = ["completions", "man"];

/// Paths from the root, and what belongs there; `None` for a file that must go.
type Files = BTreeMap<String, Option<Vec<u8>>>;

/// Writes the files, or with `--check` compares them.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.check {
        check()?;
        return Ok(ExitCode::SUCCESS);
    }
    let root = place::root()?;
    for (path, content) in drifted(&root)? {
        let file = root.join(&path);
        match content {
            Some(content) => {
                fs::create_dir_all(file.parent().context("a file without a folder")?)?;
                fs::write(&file, content).with_context(|| format!("cannot write {path}"))?;
                println!("wrote {path}");
            }
            None => {
                fs::remove_file(&file).with_context(|| format!("cannot remove {path}"))?;
                println!("removed {path}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails with the files that are not as they would be written.
pub(crate) fn check() -> Result<()> {
    let drifted = drifted(&place::root()?)?;
    if drifted.is_empty() {
        return Ok(());
    }
    let paths: Vec<&str> = drifted.keys().map(String::as_str).collect();
    bail!(
        "out of date; run `cargo xtask codegen`:\n{}",
        paths.join("\n")
    )
}

fn drifted(root: &Path) -> Result<Files> {
    let mut files = generated();
    for folder in FOLDERS {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten() {
            let name = entry?.file_name();
            files
                .entry(format!("{folder}/{}", name.to_string_lossy()))
                .or_insert(None);
        }
    }
    files.retain(|path, content| fs::read(root.join(path)).ok() != *content);
    Ok(files)
}

fn generated() -> Files {
    let mut files = Files::new();
    for (name, script) in completions::scripts() {
        files.insert(format!("completions/{name}"), Some(script));
    }
    for (name, page) in man::pages() {
        files.insert(format!("man/{name}"), Some(page));
    }
    let mut command = emp_cli::cli::command();
    command.build();
    let cli = reference::cli(&command, &exit_code::TABLE);
    files.insert("docs/cli.md".to_owned(), Some(cli.into_bytes()));
    let config = reference::config(emp_cli::config::shown());
    files.insert("docs/config.md".to_owned(), Some(config.into_bytes()));
    files
}
