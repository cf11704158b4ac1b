//! `emp errors explain`: why two failures are one kind, or are not.

use super::super::Context;
use super::reading::{Asked, Reach};
use crate::error::{Error, Exit};
use crate::output::errors::draw_explanation;
use crate::query::errors::Pair;

/// Say why two failures are one kind, or are not
///
/// Each is named by the id of its kind, of its event or entry, or of its job; of several the newest
/// is meant. Exits with 1 if they are two kinds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp errors explain 5f0c2a91 c01d77e2
  emp errors explain job_123 job_124
  emp errors explain 1758968407900-0 1758968408000-0 -o json")]
pub struct Args {
    /// Id of a kind, an event, an entry or a job
    #[arg(value_name = "A")]
    one: String,
    /// Another one
    #[arg(value_name = "B")]
    other: String,
    #[command(flatten)]
    asked: Asked,
    /// How to print it
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    context.reads_from(args.asked.from());
    let (options, asked) = args.asked.options(context)?;
    let mut pair = Pair::new(&args.one, &args.other);
    let take = &mut |failure| {
        if options.takes(&failure) {
            pair.push(&failure);
        }
    };
    let mut read = asked.failures(&[], Reach::Window, true, context, take)?;
    let explanation = match pair.finish() {
        Ok(explanation) => explanation,
        Err(name) => {
            read.explain_nothing(context)?;
            context.console.note(&format!(
                "  hint: no failure is called `{name}`; `emp errors` lists the ids of kinds"
            ));
            read.report(context)?;
            return Ok(Exit::No);
        }
    };
    match args.output {
        Format::Text => draw_explanation(&explanation, &mut context.screen)?,
        Format::Json => context.screen.json(&explanation)?,
    }
    context.screen.flush()?;
    read.report(context)?;
    Ok(match explanation.is_one_kind {
        true => Exit::Yes,
        false => Exit::No,
    })
}
