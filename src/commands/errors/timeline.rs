//! `emp errors timeline`: what failed in one job, in order.

use super::super::Context;
use super::super::report::ReportArgs;
use super::super::select::Selection;
use super::super::subject::{Sought, explain_nothing, search};
use super::reading::Asked;
use crate::error::{Error, Exit};
use crate::output::errors::StoryView;
use crate::query::errors::tell;
use crate::query::timeline::Timeline;

/// Show what failed in a job, in order, with what came just before
///
/// The id may also be that of a trace, worker, machine, user or request, or the beginning of one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp errors timeline job_123
  emp errors timeline --job-id job_123
  emp errors timeline comfyui-3 --last 1h -o jsonl")]
pub struct Args {
    /// Id of a job, trace, worker, machine, user or request, or its beginning
    #[arg(value_name = "ID", add = super::super::completions::jobs())]
    id: Option<String>,
    #[command(flatten)]
    pub(super) asked: Asked,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

pub(super) fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let select = &args.asked.select;
    let id = match (&args.id, select.subjects().0) {
        (Some(id), _) => id,
        (None, [id]) => id,
        _ => {
            let hint = "emp errors timeline job_123";
            return Err(Error::usage_hint("name one job", hint));
        }
    };
    let selection = Selection::new(&[], select, &args.asked.window, context)?;
    let reader = &mut context.reader(select.from.as_deref())?;
    let found = match search(id, select, &selection, reader, None, context)? {
        Sought::Found(found, ..) => found,
        Sought::Nothing(answer) => {
            explain_nothing(id, answer, &selection, context)?;
            return Ok(Exit::No);
        }
    };
    let options = context.timeline_options();
    let Some(timeline) = Timeline::build(found, &options) else {
        return Ok(Exit::No);
    };
    let story = tell(&timeline);
    let again = args.asked.again();
    let view = StoryView {
        story: &story,
        again: &again,
    };
    args.report.print(&view, context)?;
    Ok(match story.failures.is_empty() {
        true => Exit::No,
        false => Exit::Yes,
    })
}
