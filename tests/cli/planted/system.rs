//! A job system of 2,000 jobs with causes planted in it, in a file, and what emp says of it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use emp_cli::demo::{Plant, TrialOptions, Truth, trial};
use emp_cli::event::{Millis, json};
use serde::de::DeserializeOwned;

use crate::support::Sandbox;

/// The time that a sandbox takes for now.
const NOW_MS: i64 = 1_758_969_000_000;

/// The events of a trial, in a file of a sandbox.
pub struct System {
    sandbox: Sandbox,
    pub file: PathBuf,
    /// What was planted where.
    pub truth: Truth,
}

impl System {
    pub fn new(seed: u64, plant: &str) -> Self {
        let sandbox = Sandbox::new();
        let events = trial(&TrialOptions {
            jobs: 2_000,
            seed,
            end: Millis::clamped(NOW_MS),
            plant: Plant::parse(plant).expect("causes"),
        });
        let truth = events.truth().clone();
        let file = sandbox.work().join("events.jsonl");
        let mut lines = BufWriter::new(File::create(&file).expect("a file"));
        for event in events {
            writeln!(lines, "{}", json::write(&event)).expect("a line");
        }
        lines.into_inner().expect("all lines");
        Self {
            sandbox,
            file,
            truth,
        }
    }

    /// What a command says of it as JSON, whether the answer is good or bad.
    pub fn ask<T: DeserializeOwned>(&self, args: &[&str]) -> T {
        let mut command = self.sandbox.command(args);
        command.args(["-o", "json", "--from"]).arg(&self.file);
        let output = command.output().expect("emp runs");
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "emp {args:?}: {output:#?}"
        );
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "emp {args:?}: {error} in {}",
                String::from_utf8_lossy(&output.stdout)
            )
        })
    }
}
