//! Running programs against the clock, in turn.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wait4::Wait4;

/// One run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sample {
    /// From before the program is started until it has ended.
    pub(crate) wall: Duration,
    /// Peak of its resident memory in bytes, or of the largest program it waited for. Memory of
    /// this process just before the start is a floor, so it must stay small.
    pub(crate) peak: u64,
}

/// What a program's standard output is good for.
#[derive(Clone, Copy)]
pub(crate) enum Output {
    /// Nobody reads it.
    Dropped,
    /// It must have this many lines, or the program did not do the work.
    Lines(usize),
    /// It must have lines.
    Some,
    /// The same, of a program that may end with 1, which is a negative answer.
    Answer,
}

/// Runs a program once.
pub(crate) fn once(command: &mut Command, output: Output, notes: &Path) -> Result<Sample> {
    let reads = !matches!(output, Output::Dropped);
    command
        .stdout(if reads { Stdio::piped() } else { Stdio::null() })
        .stderr(File::create(notes)?);
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let lines = match child.stdout.take() {
        Some(stdout) => BufReader::with_capacity(1 << 16, stdout)
            .split(b'\n')
            .count(),
        None => 0,
    };
    let ended = child.wait4()?;
    let wall = start.elapsed();
    let said = || fs::read_to_string(notes).unwrap_or_default();
    let is_answer = matches!(output, Output::Answer) && ended.status.code() == Some(1);
    ensure!(
        ended.status.success() || is_answer,
        "{command:?} ended with {}: {}",
        ended.status,
        said()
    );
    match output {
        Output::Dropped => {}
        Output::Lines(wanted) => {
            ensure!(
                lines == wanted,
                "{command:?} printed {lines} lines, not {wanted}: {}",
                said()
            );
        }
        Output::Some | Output::Answer => {
            ensure!(lines > 0, "{command:?} printed nothing: {}", said())
        }
    }
    Ok(Sample {
        wall,
        peak: ended.rusage.maxrss,
    })
}

/// Several runs of one thing.
#[derive(Clone)]
pub(crate) struct Runs(Vec<Sample>);

impl Runs {
    /// Runs that were taken one by one.
    pub(crate) fn new(samples: Vec<Sample>) -> Self {
        Self(samples)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> Duration {
        self.sorted()[self.0.len() / 2]
    }

    pub(crate) fn fastest(&self) -> Duration {
        self.sorted()[0]
    }

    pub(crate) fn slowest(&self) -> Duration {
        self.sorted()[self.0.len() - 1]
    }

    /// The highest peak of memory, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.0
            .iter()
            .map(|sample| sample.peak)
            .max()
            .unwrap_or_default()
    }

    /// How many times as fast these are as others, in the middle of the rounds: what disturbs the machine
    /// disturbs both turns of a round, so that rounds differ by less than turns.
    pub(crate) fn speed_beside(&self, others: &Self) -> f64 {
        let rounds = self.walls().zip(others.walls());
        let mut speeds: Vec<f64> = rounds
            .map(|(own, other)| other.as_secs_f64() / own.as_secs_f64())
            .collect();
        speeds.sort_by(f64::total_cmp);
        speeds[speeds.len() / 2]
    }

    /// How long each took, in the order in which they were run.
    pub(crate) fn walls(&self) -> impl Iterator<Item = Duration> {
        self.0.iter().map(|sample| sample.wall)
    }

    fn sorted(&self) -> Vec<Duration> {
        let mut walls: Vec<Duration> = self.walls().collect();
        walls.sort();
        walls
    }
}

/// Something to run.
pub(crate) type Runner<'a> = Box<dyn FnMut() -> Result<Sample> + 'a>;

/// Runs all of them `rounds` times in turn, so that what disturbs the machine disturbs each alike;
/// every round begins with another. One round before counts for nothing: it warms the caches.
pub(crate) fn in_turn(runners: &mut [Runner<'_>], rounds: usize) -> Result<Vec<Runs>> {
    let mut runs = vec![Runs(Vec::with_capacity(rounds)); runners.len()];
    for runner in runners.iter_mut() {
        runner()?;
    }
    for round in 0..rounds {
        for turn in 0..runners.len() {
            let index = (round + turn) % runners.len();
            runs[index].0.push(runners[index]()?);
        }
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_is_disturbed_disturbs_both() {
        let runs = |seconds: [u64; 3]| {
            let sample = |seconds| Sample {
                wall: Duration::from_secs(seconds),
                peak: 0,
            };
            Runs::new(seconds.map(sample).to_vec())
        };
        let (own, others) = (runs([2, 8, 3]), runs([1, 4, 3]));
        assert_eq!(own.median(), others.median());
        assert_eq!(own.speed_beside(&others), 0.5);
    }
}
