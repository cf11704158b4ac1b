//! One job or trace, and everything around it.

use std::thread;

use super::Args;
use super::read::{Near, Surroundings};
use crate::commands::Context;
use crate::commands::context::Place;
use crate::commands::select::Selection;
use crate::commands::subject::{Sought, explain_nothing, search};
use crate::error::{Error, Exit};
use crate::event::{Event, Id, Millis};
use crate::query::correlate::around::Around;
use crate::query::correlate::case::{Case, job_of_trace};
use crate::query::subject::{Found, Subject};
use crate::query::timeline::Timeline;
use crate::store::Reader;

pub(super) fn run(id: &str, args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let selection = Selection::new(&[], &args.select, &args.window, context)?;
    let mut surroundings = Surroundings::begin(args, &selection, context)?;
    let reader = &mut surroundings.reader;
    let Some((found, begins)) = find(id, args, &selection, reader, context)? else {
        return Ok(Exit::No);
    };
    let Subject { kind, id } = found.subject.clone();
    let options = context.timeline_options();
    let (found, asked, other_jobs) = match kind {
        Id::Job => (found, None, Vec::new()),
        Id::Trace => match job_of_trace(found.events(), &options) {
            None => (found, None, Vec::new()),
            Some((job, others)) => {
                let asked = Some(found.subject.clone());
                // Not every event of the job has to carry the trace.
                let whole = Place::read_once(args.select.from.as_deref())
                    .is_none()
                    .then(|| find(&job, args, &selection, reader, context))
                    .transpose()?
                    .flatten()
                    .map(|(whole, _)| whole)
                    .filter(|whole| whole.subject.kind == Id::Job);
                let events = || named(found.events(), &job);
                let subject = Subject {
                    kind: Id::Job,
                    id: job.clone(),
                };
                let whole = whole.unwrap_or_else(|| Found::new(subject, events()));
                (whole, asked, others)
            }
        },
        kind => return Err(unfit(kind, &id)),
    };
    let Some(mut timeline) = Timeline::build(found, &options) else {
        return Ok(Exit::No);
    };
    if let Some(begins) = begins {
        timeline.held_from(&context.settings.events.name, begins);
    }
    let mut around = Around::new(&timeline);
    let see = &mut |event: &Event| around.push(event);
    let Near { events, jobs } = surroundings.finish(args, &selection, context, see)?;
    // Either takes as long as the other, and all that was read is here: the processors are free.
    thread::scope(|scope| {
        if jobs.events() > 0 {
            scope.spawn(|| timeline.compare(&jobs, &options));
        }
        events.iter().for_each(|event| around.push(event));
    });
    around.jobs = jobs;
    // To free them takes a while, and nobody has to wait for it.
    thread::spawn(move || drop(events));
    let case = Case::new(timeline, &around, &options).asked(asked, other_jobs);
    args.report.print(&case, context)?;
    Ok(Exit::Yes)
}

/// The events of an id, and where the stream of events begins; `None` where there are none, which is
/// said.
pub(super) fn find(
    id: &str,
    args: &Args,
    selection: &Selection,
    reader: &mut Reader,
    context: &mut Context,
) -> Result<Option<(Found, Option<Millis>)>, Error> {
    match search(id, &args.select, selection, reader, None, context)? {
        Sought::Found(found, begins, _) => Ok(Some((found, begins))),
        Sought::Nothing(answer) => {
            explain_nothing(id, answer, selection, context)?;
            Ok(None)
        }
    }
}

fn named(events: &[Event], job: &str) -> Vec<Event> {
    let of_job = events.iter().filter(|event| event.id(Id::Job) == Some(job));
    of_job.cloned().collect()
}

/// An id that names neither a job nor a trace.
pub(super) fn unfit(kind: Id, id: &str) -> Error {
    use crate::output::report::shell_word;
    let (noun, flag, id_word) = (kind.noun(), kind.noun(), shell_word(id));
    Error::usage_hint(
        format!("`{id}` is a {noun}, not a job"),
        format!(
            "`emp correlate --failed --{flag}-id {id_word}` for the jobs that name it, `emp timeline \
             {id_word}` for its events"
        ),
    )
}
