//! `emp collect --check`: what a collector would find, without one.

use clap::ValueEnum;

use crate::collect::{self, Plan};
use crate::error::{Error, Exit};
use crate::output::{self, Screen};
use crate::query::health::Verdict;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Looks at everything once; the answer is no where something does not work.
pub(super) async fn run(plan: &Plan, format: Format, screen: &mut Screen) -> Result<Exit, Error> {
    let report = collect::check(plan).await?;
    match format {
        Format::Text => output::health::draw_in_words(&report, ["ready", "not ready"], screen)?,
        Format::Json => screen.json(&report)?,
    }
    screen.flush()?;
    Ok(match report.verdict {
        Verdict::Fail => Exit::No,
        Verdict::Ok | Verdict::Warn => Exit::Yes,
    })
}
