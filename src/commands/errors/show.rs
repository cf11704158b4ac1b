//! `emp errors show`: one kind in full.

use super::super::Context;
use super::super::report::ReportArgs;
use super::reading::{Asked, Reach};
use crate::error::{Error, Exit};
use crate::output::errors::DetailView;
use crate::quantity;
use crate::query::errors::{Detail, Meaning};

/// Kinds that are named where several are meant.
const CANDIDATES: usize = 10;

/// Show one kind of failure: its samples with stacks, its jobs, its share by machine and version
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp errors show 5f0c2a91
  emp errors show 'CUDA out of memory' --last 24h
  emp errors show 5f0c2a91 --explain
  emp errors show 5f0c2a91 -o json | jq -r '.jobs[].job'")]
pub struct Args {
    /// The kind's id as `emp errors` shows it, or a part of its words
    #[arg(value_name = "KIND", required = true)]
    kind: Vec<String>,
    /// Say why its errors are one kind
    #[arg(long, help_heading = "Output")]
    explain: bool,
    #[command(flatten)]
    pub(super) asked: Asked,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

pub(super) fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let (options, asked) = args.asked.options(context)?;
    let typed = args.kind.join(" ");
    if typed.trim().is_empty() {
        return Err(Error::usage("the kind is empty"));
    }
    let names = options.clone();
    let mut detail = Detail::new(&typed, options);
    let take = &mut |failure| {
        if names.takes(&failure) {
            detail.push(failure);
        }
    };
    let mut read = asked.failures(&[], Reach::Before, true, context, take)?;
    let report = match detail.finish(&read.witness, args.explain) {
        Meaning::One(report) => report,
        Meaning::Several(candidates, more) => return Err(several(&typed, &candidates, more)),
        Meaning::Nothing => {
            read.explain_nothing(context)?;
            context.console.note(&format!(
                "  hint: no kind of failure is called `{typed}`; `emp errors` lists them with their ids"
            ));
            read.report(context)?;
            return Ok(Exit::No);
        }
    };
    let again = args.asked.again();
    let view = DetailView {
        report: &report,
        again: &again,
    };
    args.report.print(&view, context)?;
    read.report(context)?;
    Ok(Exit::Yes)
}

/// A text that means several kinds: they are the hint, the most frequent first.
fn several(typed: &str, candidates: &[(String, String, u64)], more: u64) -> Error {
    let mut hint = String::from("type the id of one of these, the most frequent first:");
    for (id, text, count) in candidates.iter().take(CANDIDATES) {
        let text = crate::output::escape(text);
        let count = quantity::number_of(*count, "failure");
        hint += &format!("\n    {id}  {text}  ({count})");
    }
    let beyond = u64::try_from(candidates.len().saturating_sub(CANDIDATES)).unwrap_or(0);
    if more + beyond > 0 {
        hint += &format!("\n    and {} more", more + beyond);
    }
    Error::usage_hint(format!("`{typed}` means several kinds of failures"), hint)
}
