//! Two jobs step by step, or one beside the usual course of its type.

use super::Args;
use super::one::{find, unfit};
use super::read::{Near, Surroundings};
use crate::commands::Context;
use crate::commands::context::Place;
use crate::commands::select::Selection;
use crate::error::{Error, Exit};
use crate::event::Id;
use crate::quantity;
use crate::query::correlate::beside;
use crate::query::correlate::facts::Facts;
use crate::query::course::{ENOUGH, Model};
use crate::query::subject::Found;

pub(super) fn run(a: &str, b: &str, args: &Args, context: &mut Context) -> Result<Exit, Error> {
    once_only(args)?;
    let selection = Selection::new(&[], &args.select, &args.window, context)?;
    let mut surroundings = Surroundings::begin(args, &selection, context)?;
    let reader = &mut surroundings.reader;
    let mut facts = Facts::default();
    let (mut own, mut ids) = (Vec::new(), Vec::new());
    for typed in [a, b] {
        let Some((found, _)) = find(typed, args, &selection, reader, context)? else {
            return Ok(Exit::No);
        };
        if found.subject.kind != Id::Job {
            return Err(unfit(found.subject.kind, &found.subject.id));
        }
        let id = found.subject.id.clone();
        if !ids.contains(&id) {
            found.events().iter().for_each(|event| facts.push(event));
            own.push(found);
        }
        ids.push(id);
    }
    // Only what clocks tell is of use of the others.
    let Near { jobs, .. } = surroundings.finish(args, &selection, context, &mut |_| {})?;
    let mut jobs = jobs.clocks_only();
    let own = own.iter().flat_map(Found::events);
    own.for_each(|event| jobs.push(event));
    let options = context.timeline_options();
    let courses = ids.iter().map(|id| jobs.course(id, &options));
    let courses: Option<Vec<_>> = courses.collect();
    let Some([a, b]) = courses.as_deref() else {
        return Ok(Exit::No);
    };
    args.report.print(&beside::two(a, b, &facts), context)?;
    Ok(Exit::Yes)
}

/// A job beside the usual course of its type.
pub(super) fn usual(id: &str, args: &Args, context: &mut Context) -> Result<Exit, Error> {
    once_only(args)?;
    let selection = Selection::new(&[], &args.select, &args.window, context)?;
    let mut surroundings = Surroundings::begin(args, &selection, context)?;
    let reader = &mut surroundings.reader;
    let Some((found, _)) = find(id, args, &selection, reader, context)? else {
        return Ok(Exit::No);
    };
    if found.subject.kind != Id::Job {
        return Err(unfit(found.subject.kind, &found.subject.id));
    }
    let Near { jobs: others, .. } = surroundings.finish(args, &selection, context, &mut |_| {})?;
    let mut own = others.clocks_only();
    found.events().iter().for_each(|event| own.push(event));
    let options = context.timeline_options();
    let course = own.course(&found.subject.id, &options);
    let Some(course) = course else {
        return Ok(Exit::No);
    };
    let model = Model::of_type(&others, course.job_type, &options);
    match beside::usual(&course, &model) {
        Some(beside) => {
            args.report.print(&beside, context)?;
            Ok(Exit::Yes)
        }
        None => {
            let known = model.jobs_of(course.job_type);
            let read = if known == 1 { "was" } else { "were" };
            let known = quantity::number_of(known, "completed job");
            context.console.note(&format!(
                "{known} of its type {read} read: {ENOUGH} tell what is usual"
            ));
            context
                .console
                .note("  hint: a wider window, such as --last 7d, reads more");
            Ok(Exit::No)
        }
    }
}

fn once_only(args: &Args) -> Result<(), Error> {
    if let Some(name) = Place::read_once(args.select.from.as_deref()) {
        return Err(Error::usage_hint(
            format!("{name} can be read once only, and this needs more"),
            "write it to a file and name that with --from",
        ));
    }
    Ok(())
}
