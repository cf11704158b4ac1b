//! `emp demo --plant`: hours of a job system as lines of JSON, and the truth about them.

use std::path::{Path, PathBuf};

use super::Context;
use crate::config::Origin;
use crate::demo::{FEWEST_JOBS, Plant, TrialOptions, trial};
use crate::error::{Error, Exit};
use crate::output::{Form, Listing};

/// Jobs without --jobs: four hours.
const JOBS: usize = 2_000;

/// What is asked of a planted run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Practice")]
pub struct PlantArgs {
    /// Print hours of events with these causes planted in them, one JSON object a line: all, none,
    /// or some of bad-machine, slow-step, race, stuck, new-error, skewed-clock. Takes 500 jobs or more
    #[arg(long, value_name = "CAUSES", value_parser = Plant::parse, conflicts_with_all = ["rate", "keep"])]
    pub(super) plant: Option<Plant>,
    /// Write what was planted where to this file, as JSON
    #[arg(long, value_name = "FILE", requires = "plant", value_hint = clap::ValueHint::FilePath)]
    truth: Option<PathBuf>,
}

/// Prints the events of a trial that ends now.
pub(super) fn run(
    plant: &Plant,
    args: &PlantArgs,
    jobs: Option<u32>,
    seed: u64,
    context: &mut Context,
) -> Result<Exit, Error> {
    let jobs = jobs.map_or(JOBS, |jobs| jobs as usize);
    if jobs < FEWEST_JOBS {
        return Err(Error::usage(format!(
            "--plant needs {FEWEST_JOBS} jobs or more: among fewer, causes and chance look alike"
        )));
    }
    let settings = &context.settings;
    if let Origin::Flag(flag) = settings.origin("redis.url") {
        return Err(Error::usage_hint(
            format!("--plant prints events and writes none to Redis, whatever {flag} names"),
            "write them to a file, and read that: `emp demo --plant all > events.jsonl`, then `emp \
             errors --from events.jsonl`",
        ));
    }
    let options = TrialOptions {
        jobs,
        seed,
        end: context.clock.now,
        plant: plant.clone(),
    };
    let trial = trial(&options).named(&settings.events.name, &settings.errors.name);
    if let Some(file) = &args.truth {
        let truth = serde_json::to_string_pretty(trial.truth()).map_err(std::io::Error::from);
        truth
            .and_then(|truth| std::fs::write(file, truth + "\n"))
            .map_err(|error| unwritten(file, &error))?;
    }
    let mut listing = Listing::new(&mut context.screen, Form::Json, false, &|_| Vec::new());
    for event in trial {
        listing.event(&event)?;
    }
    listing.finish()?;
    Ok(Exit::Yes)
}

fn unwritten(file: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot write {}: {error}", file.display()))
}
