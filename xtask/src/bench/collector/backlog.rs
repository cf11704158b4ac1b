//! A backlog, collected.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use redis::Connection;
use serde_json::Value;

use super::backend::Backend;
use super::process::Process;
use super::{collector, sweep};
use crate::bench::data::{self, Ids};
use crate::bench::measure::{Output, Runner, Sample, in_turn};
use crate::bench::raw;
use crate::bench::report::{Aim, Row};
use crate::bench::stage::{Stage, YOUNG, thousands};

const GROUP: &str = "telemetry-collectors";
const RAW_GROUP: &str = "raw";
/// How often it is looked how far the collector has come.
const LOOK: Duration = Duration::from_millis(10);
/// How often each side has its turn: one turn differs from the next by a tenth and more.
const ROUNDS: usize = 21;
/// How long a backlog may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// To a file, beside the raw rate.
pub(in crate::bench) fn to_file(stage: &Stage) -> Result<Vec<Row>> {
    let count = fill(stage)?;
    let own: Runner<'_> = Box::new(|| file_round(stage, count));
    let runs = in_turn(&mut [own, drained(stage, count)], stage.rounds(ROUNDS))?;
    let work = format!("`emp collect` to a file, {} entries", thousands(count));
    let aim = Aim::Speed(0.5);
    Ok(vec![Row::beside(&work, BESIDE, &runs[0], &runs[1], aim)])
}

/// To OTLP over gzip, beside the raw rate.
pub(in crate::bench) fn to_otlp(stage: &Stage) -> Result<Vec<Row>> {
    let count = fill(stage)?;
    let backend = Backend::start()?;
    let own: Runner<'_> = Box::new(|| {
        let before = backend.taken();
        let args = ["--file", "none", "--otlp-endpoint", &backend.url()];
        let more = ["--otlp-protocol", "http/protobuf"];
        let signals = ["--otlp-signals", "logs,traces"];
        let args = [&args[..], &more, &signals].concat();
        let sample = round(stage, count, &args, &|| {
            let (logs, traces) = backend.taken();
            Ok(logs + traces)
        })?;
        let after = backend.taken();
        let (logs, traces) = (after.0 - before.0, after.1 - before.1);
        // Compressed, an event is some 40 bytes, and a span no less.
        let least = count as u64 * 10;
        ensure!(
            logs > least && traces > least,
            "the backend has {logs} bytes of logs and {traces} of traces"
        );
        Ok(sample)
    });
    let runs = in_turn(&mut [own, drained(stage, count)], stage.rounds(ROUNDS))?;
    let work = format!("`emp collect` to OTLP, gzip, {} entries", thousands(count));
    let aim = Aim::Speed(0.5);
    Ok(vec![Row::beside(&work, BESIDE, &runs[0], &runs[1], aim)])
}

const BESIDE: &str = "`XREADGROUP` and `XACK`, drained raw";

/// The timeline of one job with the index that a collector has made, beside the scan.
pub(in crate::bench) fn timeline(stage: &Stage) -> Result<Vec<Row>> {
    let count = fill(stage)?;
    file_round(stage, count)?;
    let (job, _) = data::middle_job(count);
    let url = stage.server.url(YOUNG);
    let asks = |flags: &'static [&'static str]| -> Runner<'_> {
        let (url, job) = (&url, &job);
        Box::new(move || {
            let args = ["timeline", job, "-o", "json"];
            stage.once(stage.emp("home", url, &args).args(flags), Output::Some)
        })
    };
    // A scan says the same, so the index was not merely quick to find nothing.
    let said = |flags: &[&str]| -> Result<Value> {
        let args = ["timeline", &job, "-o", "json"];
        let output = stage.emp("home", &url, &args).args(flags).output()?;
        Ok(serde_json::from_slice::<Value>(&output.stdout)?["rows"].take())
    };
    ensure!(
        said(&[])? == said(&["--no-index"])?,
        "index and scan do not agree"
    );
    let runs = in_turn(&mut [asks(&[]), asks(&["--no-index"])], stage.rounds(9))?;
    let work = format!(
        "`emp timeline` of one job among {} entries",
        thousands(count)
    );
    let beside = "the same with `--no-index`, full scan";
    Ok(vec![Row::beside(
        &work,
        beside,
        &runs[0],
        &runs[1],
        Aim::Speed(50.0),
    )])
}

/// Entries that end now: an index is trusted for entries of the last weeks.
fn fill(stage: &Stage) -> Result<usize> {
    let count = stage.size(1_000_000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let since = u64::try_from(now)?.saturating_sub(data::span_ms(count));
    stage.fill(YOUNG, count, Ids::Since(since))?;
    Ok(count)
}

/// The raw rate.
fn drained(stage: &Stage, count: usize) -> Runner<'_> {
    Box::new(move || {
        sweep(stage, YOUNG)?;
        let mut link = stage.server.connect(YOUNG)?;
        let group = |words: &[&str], link: &mut Connection| {
            redis::cmd("XGROUP").arg(words).query::<redis::Value>(link)
        };
        group(&["CREATE", "emp:events", RAW_GROUP, "0"], &mut link)?;
        let sample = raw::drain(&stage.server.port(), YOUNG, RAW_GROUP, count)?;
        group(&["DESTROY", "emp:events", RAW_GROUP], &mut link)?;
        Ok(sample)
    })
}

/// One backlog into a file, which has all of it then.
fn file_round(stage: &Stage, count: usize) -> Result<Sample> {
    let folder = stage.path("collected");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let path = folder.join("events.log");
    let args = ["--file", path.to_str().context("a path that is no text")?];
    let sample = round(stage, count, &args, &|| size_of(&folder))?;
    let lines = lines_in(&folder)?;
    fs::remove_dir_all(&folder)?;
    ensure!(lines == count, "{lines} of {count} lines in the file");
    Ok(sample)
}

/// From the start of a collector until everything is acknowledged and `delivered` grows no more.
fn round(
    stage: &Stage,
    count: usize,
    args: &[&str],
    delivered: &dyn Fn() -> Result<u64>,
) -> Result<Sample> {
    sweep(stage, YOUNG)?;
    let home = stage.path("collector");
    let _ = fs::remove_dir_all(&home);
    let mut link = stage.server.connect(YOUNG)?;
    let mut emp = collector(stage, "collector", YOUNG, args);
    // Nothing is thrown away, so that it can be counted.
    emp.env("EMP_COLLECT_FILE_TOTAL", "10GB");
    // How long the last batch waits for more events says nothing of speed: all others are full.
    emp.env("EMP_BATCH_DELAY", "20ms");
    let start = Instant::now();
    let mut process = Process::start(&mut emp, &stage.path("collector-notes"))?;
    let (mut before, mut last, mut done) = (delivered()?, Duration::ZERO, None);
    let status = loop {
        let now = delivered()?;
        if now != before {
            (before, last) = (now, start.elapsed());
        }
        process.peak();
        if done.is_none() && is_done(&mut link, count)? {
            done = Some(start.elapsed());
            process.stop()?;
        }
        if let Some(status) = process.ended()? {
            break status;
        }
        ensure!(start.elapsed() < PATIENCE, "the collector takes too long");
        thread::sleep(LOOK);
    };
    // What went to a spool is acknowledged before it is delivered.
    let wall = done.context("the collector ended by itself")?.max(last);
    if !status.success() {
        let notes = fs::read_to_string(stage.path("collector-notes"))?;
        bail!("the collector ended with {status}: {notes}");
    }
    let peak = process.peak();
    Ok(Sample { wall, peak })
}

/// Whether the group was given everything and has acknowledged it.
fn is_done(link: &mut Connection, count: usize) -> Result<bool> {
    let groups: Vec<std::collections::HashMap<String, redis::Value>> = redis::cmd("XINFO")
        .arg(&["GROUPS", "emp:events"])
        .query(link)?;
    let group = groups.iter().find(|group| {
        let name = group.get("name").cloned();
        name.and_then(|name| redis::from_redis_value::<String>(name).ok())
            .as_deref()
            == Some(GROUP)
    });
    let number =
        |name: &str| -> Option<usize> { redis::from_redis_value(group?.get(name)?.clone()).ok() };
    Ok(number("entries-read") == Some(count) && number("pending") == Some(0))
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for file in fs::read_dir(folder)? {
        // It may be given another name at this moment.
        size += file?.metadata().map_or(0, |file| file.len());
    }
    Ok(size)
}

fn lines_in(folder: &Path) -> Result<usize> {
    let mut lines = 0;
    for file in fs::read_dir(folder)? {
        // Never a whole file: the memory of this program is the least that a child's can be.
        let mut input = BufReader::with_capacity(1 << 16, File::open(file?.path())?);
        loop {
            let part = input.fill_buf()?;
            let length = part.len();
            if length == 0 {
                break;
            }
            lines += part.iter().filter(|byte| **byte == b'\n').count();
            input.consume(length);
        }
    }
    Ok(lines)
}
