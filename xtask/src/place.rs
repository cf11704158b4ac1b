//! Where things are: the repository, cargo's target folder, the files that are kept in git.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::tools;

/// The features of emp beside those that it has by default.
pub(crate) const EVERY_FEATURE: &str = "emp-cli/tracing";

/// The root of the repository.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
    let root = Path::new(&manifest)
        .parent()
        .context("xtask has no parent folder")?;
    Ok(root.to_owned())
}

/// Cargo's target folder.
pub(crate) fn target() -> Result<PathBuf> {
    let root = root()?;
    Ok(match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder),
        None => root.join("target"),
    })
}

/// Cargo as it runs this chore, in the root of the repository.
pub(crate) fn cargo() -> Result<Command> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()?);
    // What cargo tells the program it runs would confuse, and rebuild, what that program builds.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            cargo.env_remove(name);
        }
    }
    cargo.env_remove("CARGO_MANIFEST_DIR");
    Ok(cargo)
}

/// A text file of the repository.
pub(crate) struct Source {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

/// Every text file that git keeps or would keep, generated ones included.
pub(crate) fn sources() -> Result<Vec<Source>> {
    let root = root()?;
    let mut git = Command::new("git");
    git.current_dir(&root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = tools::stdout_of(&mut git)?;
    let mut sources = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // A file that was deleted but not yet committed is still listed; pictures are no text.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            sources.push(Source {
                path: path.to_owned(),
                text,
            });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

/// The release binary, built if it must be.
pub(crate) fn release_binary() -> Result<PathBuf> {
    println!("building the release binary");
    let mut build = cargo()?;
    build.args(["build", "--release", "--locked", "--bin", "emp"]);
    tools::run(&mut build)?;
    Ok(target()?.join("release").join("emp"))
}
