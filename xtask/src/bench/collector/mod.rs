//! The collector: a backlog to a file and to OTLP beside the same entries drained raw, its memory
//! and its round trips, and what its index is good for.

mod backend;
mod backlog;
mod live;
mod process;

use anyhow::Result;

pub(super) use backlog::{timeline, to_file, to_otlp};
pub(super) use live::memory;

use super::stage::Stage;

/// A collector that keeps everything, and whose cap nothing comes near.
fn collector(stage: &Stage, home: &str, database: u8, args: &[&str]) -> std::process::Command {
    let mut emp = stage.emp(home, &stage.server.url(database), &["collect", "--no-trim"]);
    emp.args(["--consumer", "bench", "--listen", "127.0.0.1:0"])
        .args(args)
        // It must not be taken for a collector whose stream is about to be cut.
        .env("EMP_EVENTS_MAX_LEN", "100000000");
    emp
}

/// Sweeps away what collectors left in a database, so that the next begins like the first.
fn sweep(stage: &Stage, database: u8) -> Result<()> {
    let mut link = stage.server.connect(database)?;
    for (stream, group) in [
        ("emp:events", "telemetry-collectors"),
        ("emp:errors", "error-collectors"),
    ] {
        // There may be neither.
        let _: Result<u64, _> = redis::cmd("XGROUP")
            .arg(&["DESTROY", stream, group])
            .query(&mut link);
    }
    for pattern in ["emp:index:*", "emp:collector:*", "emp:collectors*"] {
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg(&["MATCH", pattern, "COUNT", "5000"])
                .query(&mut link)?;
            if !keys.is_empty() {
                let _: u64 = redis::cmd("UNLINK").arg(&keys).query(&mut link)?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
    }
    Ok(())
}
