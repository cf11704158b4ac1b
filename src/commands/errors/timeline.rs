//! `emp errors timeline`: what failed in one job, in order.

use std::cell::RefCell;

use super::super::Context;
use super::super::report::ReportArgs;
use super::reading::Asked;
use crate::commands::select::Selection;
use crate::error::{Error, Exit};
use crate::event::{Event, Literal};
use crate::output::Progress;
use crate::output::errors::StoryView;
use crate::query::errors::tell;
use crate::query::subject::{Resolution, Resolver, mentions};
use crate::query::timeline::{Options, Timeline};
use crate::store::Only;

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
    asked: Asked,
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
    if id.is_empty() {
        return Err(Error::usage("the id is empty"));
    }
    let mut selection = Selection::new(&[], select, &args.asked.window, context)?;
    selection.require(Literal::new(id, false));
    let resolver = RefCell::new(Resolver::new(id));
    let accept = |event: &Event| mentions(event, id) && selection.filter.matches(event);
    let progress = Progress::spinner(&context.console, "searching");
    let looked_at = |count| progress.add(count);
    let mut scan = selection.scan(&accept, &looked_at);
    scan.only = (!select.no_index).then_some(Only::Start(id));
    let mut reader = context.reader(select.from.as_deref())?;
    let mut answer = reader.each::<Error>(&scan, &mut |event| {
        resolver.borrow_mut().push(event);
        Ok(())
    })?;
    progress.clear();
    let found = match resolver.into_inner().finish() {
        Resolution::Exact(found) | Resolution::Prefix(found) => Some(found),
        Resolution::Ambiguous { candidates, more } => {
            let names = candidates.iter();
            let names = names.map(|one| format!("{} {}", one.subject.kind.noun(), one.subject.id));
            let mut names: Vec<_> = names.collect();
            if more > 0 {
                names.push(format!("and {more} more"));
            }
            let hint = format!("type more of one of these: {}", names.join(", "));
            return Err(Error::usage_hint(
                format!("`{id}` begins several ids"),
                hint,
            ));
        }
        Resolution::Nothing => None,
    };
    let options = Options {
        gap: context.settings.gap,
        end_events: context.settings.end_events.clone(),
        now: context.clock.now,
    };
    let Some(timeline) = found.and_then(|found| Timeline::build(found, &options)) else {
        selection.explain_nothing(&answer, context);
        if let Some(error) = context.unread(&mut answer) {
            return Err(error);
        }
        context.report(&mut answer)?;
        return Ok(Exit::No);
    };
    let story = tell(&timeline);
    let again = args.asked.again();
    let view = StoryView {
        story: &story,
        again: &again,
    };
    args.report.print(&view, context)?;
    context.report(&mut answer)?;
    Ok(match story.failures.is_empty() {
        true => Exit::No,
        false => Exit::Yes,
    })
}
