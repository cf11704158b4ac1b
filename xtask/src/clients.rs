//! What services and scripts emit from, for the tests that run it for real: `redis-cli`, Python's
//! `redis`, Node's `ioredis`, zsh; and rotel, an OpenTelemetry collector, to which emp sends.
//!
//! A client that cannot be had is named here, before the tests run, and in `EMP_TEST_MISSING`,
//! without which its test fails: nothing is skipped in silence.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{place, servers, tools};

/// Variables that tell the tests where the clients are.
pub(crate) fn obtain() -> Result<Vec<(&'static str, OsString)>> {
    let folder = place::target()?.join("test-clients");
    let mut variables = Vec::new();
    let mut missing = Vec::new();

    if let Some(program) = servers::client()? {
        variables.push(("EMP_TEST_REDIS_CLI", program.into()));
    } else {
        println!("redis-cli is missing: the shell writer is not tested");
        missing.push("redis-cli");
    }
    match python_redis(&folder.join("python")) {
        Ok(path) => variables.push(("EMP_TEST_PYTHONPATH", path)),
        Err(error) => {
            println!("{error:#}: the Python writer is not tested");
            missing.push("python");
        }
    }
    match node_clients(&folder.join("node")) {
        Ok(path) => variables.push(("EMP_TEST_NODE_PATH", path)),
        Err(error) => {
            println!("{error:#}: the ioredis writer is not tested");
            missing.push("node");
        }
    }
    match servers::collector() {
        Ok(program) => variables.push(("EMP_TEST_ROTEL", program.into())),
        Err(error) => {
            println!("{error:#}: sending to a real OpenTelemetry collector is not tested");
            missing.push("rotel");
        }
    }
    if tools::find("zsh").is_none()
        && let Err(error) = tools::install("zsh")
    {
        println!("zsh is missing and cannot be installed ({error:#}): its hook is not tested");
        missing.push("zsh");
    }
    variables.push(("EMP_TEST_MISSING", missing.join(",").into()));
    Ok(variables)
}

fn python_redis(folder: &Path) -> Result<OsString> {
    let Some(python) = tools::find("python3") else {
        bail!("python3 is missing");
    };
    if !folder.join("redis").is_dir() {
        println!("clients: installing redis for Python into target/");
        fs::create_dir_all(folder)?;
        tools::run_quietly(
            Command::new(python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .arg("--target")
                .args([folder.as_os_str(), "redis".as_ref()]),
        )
        .context("redis for Python cannot be installed")?;
    }
    Ok(folder.into())
}

/// Where Node finds `ioredis` and `redis`.
pub(crate) fn node_modules() -> Result<PathBuf> {
    let folder = place::target()?.join("test-clients");
    node_clients(&folder.join("node")).map(PathBuf::from)
}

/// What services write events with, and what the documents' scripts read them with.
const NODE: [&str; 2] = ["ioredis", "redis"];

fn node_clients(folder: &Path) -> Result<OsString> {
    if tools::find("node").is_none() {
        bail!("node is missing");
    }
    let modules = folder.join("node_modules");
    let missing = |name: &&str| !modules.join(name).is_dir();
    if NODE.iter().any(missing) {
        let Some(npm) = tools::find("npm") else {
            bail!("npm is missing");
        };
        println!(
            "clients: installing {} for Node into target/",
            NODE.join(" and ")
        );
        fs::create_dir_all(folder)?;
        tools::run_quietly(
            Command::new(npm)
                .arg("install")
                .arg("--prefix")
                .arg(folder)
                .args(["--ignore-scripts", "--no-audit", "--no-fund"])
                .args(NODE),
        )
        .context("clients for Node cannot be installed")?;
    }
    Ok(modules.into())
}
