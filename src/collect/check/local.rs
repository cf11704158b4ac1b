//! This machine: the file, the spools, and the address to listen at.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::super::error::Error;
use super::super::file::{FileOutput, Found};
use super::super::spool::Spool;
use super::super::web::probe;
use crate::quantity;
use crate::query::health::{Check, Verdict};
use crate::store::Journal;

/// How long a collector that listens where we want to may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// What has to be known of something that only one collector can have.
pub(super) const IN_USE: &str = "a collector that runs has it; another one needs its own";

/// Whether the file can be written.
pub(super) fn file(path: &Path) -> Check {
    let shown = path.display();
    let data = json!({"path": path});
    let check = |message: String| Check::ok("file", "path", message, data);
    match FileOutput::probe(path) {
        Ok(Found::Ready) => check(format!("{shown} can be written")),
        Ok(Found::Missing) => check(format!("{shown} can be made")),
        Ok(Found::InUse) => check(format!("{shown} is being written")).or(Verdict::Warn, IN_USE),
        Err(error) => check(format!("cannot write {shown}: {error}")).or(
            Verdict::Fail,
            "--file names another file, `--file none` writes none",
        ),
    }
}

/// The spool of each output that is on; and those that hold events which nobody would deliver.
pub(super) fn spools(folder: &Path, lanes: &[(&'static str, bool)]) -> Vec<Check> {
    let checks = lanes.iter().filter_map(|(output, is_on)| {
        let path = Spool::place(folder, output);
        let waiting = waiting(&path);
        match (is_on, waiting) {
            (true, found) => Some(spool(output, &path, found)),
            (false, Ok(Some(waiting @ 1..))) => {
                let count = quantity::number_of(waiting, "event");
                let message = format!("{count} wait in {} for {output}", path.display());
                let data = json!({"output": output, "path": path, "waiting": waiting});
                let hint = "the output is off: nobody delivers them until it is on again";
                Some(Check::ok("spool", "left", message, data).or(Verdict::Warn, hint))
            }
            (false, _) => None,
        }
    });
    checks.collect()
}

/// How many wait in a spool; `None` where there is none yet.
fn waiting(path: &Path) -> Result<Option<u64>, String> {
    let journal = Journal::open_existing(path).map_err(|error| error.to_string())?;
    let waiting = journal.map(|journal| journal.len()).transpose();
    waiting.map_err(|error| error.to_string())
}

fn spool(output: &str, path: &Path, found: Result<Option<u64>, String>) -> Check {
    let shown = path.display();
    let waiting = found.clone().ok().flatten();
    let data = json!({"output": output, "path": path, "waiting": waiting});
    let check = |message: String| Check::ok("spool", "path", message, data);
    let fails = "--spool names another folder, one for each collector";
    match found {
        Err(reason) => check(reason).or(Verdict::Fail, fails),
        Ok(None) => match can_make(path) {
            Ok(()) => check(format!("{shown} can be made")),
            Err(error) => check(format!("cannot make {shown}: {error}")).or(Verdict::Fail, fails),
        },
        Ok(Some(waiting)) => {
            let waits = match waiting {
                0 => "is empty".to_owned(),
                waiting => format!(
                    "holds {} from before",
                    quantity::number_of(waiting, "event")
                ),
            };
            let check = check(format!("{shown} {waits}"));
            let is_writable = fs::OpenOptions::new().append(true).open(path);
            match (is_writable, Journal::drain_lock(path)) {
                (Err(error), _) => check.or(
                    Verdict::Fail,
                    format!("it cannot be written: {error}; {fails}"),
                ),
                (Ok(_), None) => check.or(Verdict::Warn, IN_USE),
                (Ok(_), Some(_)) => check,
            }
        }
    }
}

/// Whether a file could be made here, with the folders around it. Makes none of them.
pub(in crate::collect) fn can_make(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let mut folders = path.ancestors().skip(1);
    let nearest = folders.find(|folder| folder.symlink_metadata().is_ok());
    tempfile::tempfile_in(nearest.unwrap_or(Path::new("/"))).map(drop)
}

/// Whether somebody could listen there, from an attempt to.
pub(super) fn listen(address: &str, bound: Result<(), Error>) -> Result<Check, Error> {
    let check = |message: String| Check::ok("http", "listen", message, json!({"address": address}));
    match bound {
        Ok(()) => Ok(check(format!("{address} is free"))),
        Err(error) => match &error {
            Error::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                let check = check(format!("{address} is in use"));
                Ok(match probe(address, PATIENCE) {
                    Ok(_) => check.or(Verdict::Warn, IN_USE),
                    Err(_) => check.or(
                        Verdict::Fail,
                        "by another program: --listen names another port, `--listen none` none",
                    ),
                })
            }
            Error::Listen { source, .. } if source.kind() != io::ErrorKind::InvalidInput => {
                let reason = source.to_string();
                Ok(check(format!("cannot listen on {address}: {reason}"))
                    .or(Verdict::Fail, error.hints().concat()))
            }
            _ => Err(error),
        },
    }
}
