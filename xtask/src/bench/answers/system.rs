//! A system with planted causes in a database of the server, and the jobs in it to ask about.

use std::collections::HashSet;
use std::io::{BufWriter, Write};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use emp_cli::demo::{Plant, Trial, TrialOptions, Truth, trial};
use emp_cli::event::{Event, Id, Millis, wire};

use crate::bench::stage::{Stage, thousands};

/// 2025-09-27T10:30:00Z: what both sides take for now.
pub(super) const NOW: &str = "2025-09-27T10:30:00Z";
const NOW_MS: i64 = 1_758_969_000_000;

/// A trial has about this many events for a job.
const EVENTS_A_JOB: f64 = 16.3;

/// What is in the database.
pub(super) struct System {
    pub(super) events: usize,
    pub(super) truth: Truth,
    /// The last job that failed on the bad machine.
    pub(super) failed: String,
    /// The last job that completed.
    pub(super) completed: String,
}

impl System {
    /// Fills a database with about so many events.
    pub(super) fn fill(stage: &Stage, database: u8, events: usize) -> Result<Self> {
        println!("filling streams with about {} entries", thousands(events));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of jobs"
        )]
        let jobs = (events as f64 / EVENTS_A_JOB) as usize;
        let mut trial = trial(&TrialOptions {
            jobs,
            seed: 1,
            end: Millis::clamped(NOW_MS),
            plant: Plant::parse("all").map_err(anyhow::Error::msg)?,
        });
        let mut pipe = stage.redis_cli(database)?;
        let mut pipe = pipe
            .arg("--pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let stdin = pipe.stdin.take().context("a pipe has an entrance")?;
        let system = write(&mut trial, BufWriter::new(stdin))?;
        ensure!(pipe.wait()?.success(), "redis-cli --pipe failed");
        Ok(system)
    }
}

fn write(trial: &mut Trial, mut out: impl Write) -> Result<System> {
    let truth = trial.truth().clone();
    let mut system = System {
        events: 0,
        failed: String::new(),
        completed: String::new(),
        truth,
    };
    let skewed = system.truth.skewed_clock.as_ref();
    let skewed = skewed.map(|clock| clock.machine_id.clone());
    let mut out_of_step = HashSet::new();
    for event in trial {
        write_command(&mut out, &event)?;
        system.events += 1;
        let Some(job) = event.id(Id::Job) else {
            continue;
        };
        // The scripts put no clock right, so that their order of such a job is another.
        if event.id(Id::Machine) == skewed.as_deref() && skewed.is_some() {
            out_of_step.insert(job.to_owned());
        }
        if out_of_step.contains(job) {
            continue;
        }
        let on_bad = event.id(Id::Machine) == system.truth.bad_machine.as_deref();
        match &*event.event_type {
            "job.failed" if on_bad => system.failed = job.to_owned(),
            "job.completed" => system.completed = job.to_owned(),
            _ => {}
        }
    }
    out.flush()?;
    Ok(system)
}

/// An event as an `XADD` command in the protocol of Redis.
fn write_command(out: &mut impl Write, event: &Event) -> Result<()> {
    let stream = event.stream().context("a stream")?;
    let id = event.entry().context("an entry id")?.to_string();
    let fields = wire::encode(event);
    write!(out, "*{}\r\n", 3 + fields.len() * 2)?;
    for word in ["XADD", stream, &id] {
        write!(out, "${}\r\n{word}\r\n", word.len())?;
    }
    for (name, value) in fields {
        write!(out, "${}\r\n{name}\r\n${}\r\n", name.len(), value.len())?;
        out.write_all(&value)?;
        out.write_all(b"\r\n")?;
    }
    Ok(())
}
