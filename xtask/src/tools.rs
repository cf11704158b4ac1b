//! Programs of the machine: finding them and running them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The program that `name` stands for on the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

/// Whether a file is there and may be run.
pub(crate) fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    let runs = |data: &std::fs::Metadata| {
        std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0
    };
    #[cfg(not(unix))]
    let runs = |_: &std::fs::Metadata| true;
    file.metadata()
        .is_ok_and(|data| data.is_file() && runs(&data))
}

/// Lets everybody run a file.
pub(crate) fn make_runnable(file: &Path) -> Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .with_context(|| format!("cannot make {} runnable", file.display()))?;
    Ok(())
}

/// Installs a package of Debian's, which only root can.
pub(crate) fn install(package: &str) -> Result<()> {
    let apt = find("apt-get").context("there is no apt-get")?;
    let user = stdout_of(Command::new("id").arg("-u"))?;
    if user.trim() != "0" {
        bail!("only root can install it");
    }
    println!("{package} is missing; installing Debian's package");
    let apt = |args: &[&str]| {
        let mut command = Command::new(&apt);
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        run_quietly(&mut command)
    };
    apt(&["update", "-q"])?;
    apt(&["install", "-q", "-y", "--no-install-recommends", package])
}

/// Runs a program whose output the person sees.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", name_of(command)))?;
    if !status.success() {
        bail!("{} failed: {status}", name_of(command));
    }
    Ok(())
}

/// Runs a program quietly; its words count only when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    stdout_of(command).map(drop)
}

/// Runs a program and takes what it prints.
pub(crate) fn stdout_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", name_of(command)))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let last = words
            .trim()
            .lines()
            .next_back()
            .unwrap_or("without a word")
            .to_owned();
        bail!("{} failed ({}): {last}", name_of(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn name_of(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned()
}
