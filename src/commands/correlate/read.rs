//! Events beside those of one job: the newest, or those of the window.

use super::Args;
use crate::commands::Context;
use crate::commands::select::Selection;
use crate::error::Error;
use crate::event::Event;
use crate::output::Progress;
use crate::store::{Answer, Scan};

/// Events around a job that are looked at where no window is given.
const NEWEST: usize = 20_000;

/// Hands on every event of the window, whatever the filters say.
pub(super) fn everything(
    args: &Args,
    selection: &Selection,
    context: &Context,
    take: &mut dyn FnMut(&Event),
) -> Result<Answer, Error> {
    let (since, until) = args.window.bounds(&context.clock)?;
    let progress = Progress::spinner(&context.console, "reading");
    let looked_at = |count| progress.add(count);
    let scan = Scan {
        streams: selection.streams(),
        since,
        until,
        progress: &looked_at,
        ..Scan::default()
    };
    let mut reader = context.reader(args.select.from.as_deref())?;
    let answer = reader.each::<Error>(&scan, &mut |event| {
        take(event);
        Ok(())
    })?;
    progress.clear();
    Ok(answer)
}

/// Hands on what happened around a job: everything in the window, or the newest events. Nothing where
/// the place can be read only once.
pub(super) fn surroundings(
    args: &Args,
    selection: &Selection,
    context: &Context,
    take: &mut dyn FnMut(&Event),
) -> Result<(), Error> {
    let from = args.select.from.as_deref();
    if from == Some("-") {
        let note =
            "standard input can be read once only: the job is told without what is around it";
        context.console.note(note);
        return Ok(());
    }
    let (since, until) = args.window.bounds(&context.clock)?;
    if since.is_some() || until.is_some() {
        let mut answer = everything(args, selection, context, take)?;
        return context.report(&mut answer);
    }
    let progress = Progress::spinner(&context.console, "reading");
    let looked_at = |count| progress.add(count);
    let scan = Scan {
        streams: selection.streams(),
        progress: &looked_at,
        ..Scan::default()
    };
    // What cannot be read was told where the job itself was read.
    let newest = context.reader(from)?.newest(&scan, NEWEST);
    progress.clear();
    if let Ok((events, _)) = newest {
        events.iter().for_each(take);
    }
    Ok(())
}
