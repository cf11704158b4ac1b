//! `emp errors patterns`: errors by name.

use super::super::Context;
use super::super::report::ReportArgs;
use super::reading::{Asked, Reach};
use crate::error::{Error, Exit};
use crate::output::errors::PatternsView;
use crate::output::report::Form;
use crate::query::errors::Patterns;

/// Show errors by name: what they say again and again, and where they gather
///
/// A name gathers on a machine (or worker, version, job type) if that has at least 80 % of five or
/// more of its failures, and less than 80 % of all.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp errors patterns
  emp errors patterns --type ValidationError
  emp errors patterns --last 24h -o csv")]
pub struct Args {
    /// What to look for among what fails; everything without it
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    pub(super) asked: Asked,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

pub(super) fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let (options, asked) = args.asked.options(context)?;
    let mut patterns = Patterns::new(options);
    let take = &mut |failure| patterns.push(&failure);
    let mut read = asked.failures(&args.query, Reach::Window, false, context, take)?;
    let report = patterns.finish(&read.witness);
    let found = report.failures > 0;
    if !found {
        read.explain_nothing(context)?;
    }
    if found || args.report.output != Form::Text {
        let again = args.asked.again();
        let view = PatternsView {
            report: &report,
            again: &again,
        };
        args.report.print(&view, context)?;
    }
    read.report(context)?;
    Ok(if found { Exit::Yes } else { Exit::No })
}
