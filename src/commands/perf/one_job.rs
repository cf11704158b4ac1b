//! `emp perf JOB`: one job, its steps beside the usual.

use super::Args;
use super::window::Window;
use crate::commands::Context;
use crate::commands::report::{gather, warn_of_late};
use crate::commands::subject::{meaning, no_such_id};
use crate::error::{Error, Exit};
use crate::event::Id;
use crate::output::report::shell_word;
use crate::query::jobs::Jobs;
use crate::query::perf::JobReport;
use crate::query::subject::{Found, Resolver, mentions};

pub(super) fn look(id: &str, args: &Args, context: &mut Context) -> Result<Exit, Error> {
    if id.is_empty() {
        return Err(Error::usage("the id is empty"));
    }
    let window = Window::new(&args.window, "0s", None, context)?;
    let selection = window.selection(&args.select, context)?;
    let mut jobs = Jobs::default();
    let mut resolver = Resolver::new(id);
    let from = args.select.from.as_deref();
    let mut events = 0_u64;
    gather(&selection, from, context, &mut |event| {
        events += 1;
        jobs.push(event);
        if mentions(event, id) {
            resolver.push(std::mem::take(event));
        }
    })?;
    let Some(Found { subject, .. }) = meaning(resolver, id, context)? else {
        if events > 0 {
            let events = crate::quantity::number_of(events, "event");
            context
                .console
                .note(&format!("nothing matches in {events}"));
            no_such_id(id, &selection, context);
        }
        return Ok(Exit::No);
    };
    if subject.kind != Id::Job {
        let word = shell_word(&subject.id);
        return Err(Error::usage_hint(
            format!("{} is a {}, not a job", subject.id, subject.kind.noun()),
            format!(
                "`emp perf --{}-id {word}` shows what it does",
                subject.kind.noun()
            ),
        ));
    }
    warn_of_late(&jobs, context);
    let options = context.timeline_options();
    let Some(report) = JobReport::of(&subject.id, &jobs, &options) else {
        let note = format!(
            "{} is too old among so many jobs; name a window",
            subject.id
        );
        context.console.note(&note);
        return Ok(Exit::No);
    };
    let word = shell_word(&subject.id);
    let mut next = vec![(
        format!("emp timeline {word}"),
        "everything that happened to it",
    )];
    if let Some((step, _)) = report.slowest() {
        let event_type = shell_word(&step.event_type);
        let command = format!("emp perf --by machine --event-type {event_type}");
        next.push((command, "whether a machine does that"));
    }
    next.push(("emp perf --steps".to_owned(), "the usual course of jobs"));
    args.print(&report, next, context)?;
    Ok(Exit::Yes)
}
