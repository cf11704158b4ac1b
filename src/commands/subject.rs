//! What a typed id means, with its events: for every command that is about one subject.

use super::Context;
use super::select::{SelectArgs, Selection};
use super::usual::Recent;
use crate::error::Error;
use crate::event::{Event, Literal, Millis};
use crate::output::Progress;
use crate::quantity;
use crate::query::subject::{Candidate, Found, Resolution, Resolver, Subject, mentions};
use crate::store::{Answer, Only, Reader};

/// What a search for an id came to.
pub(super) enum Sought {
    /// Its events, where the stream of events begins, and whether all places could be asked: another
    /// look would wait in vain, else.
    Found(Found, Option<Millis>, bool),
    /// There are none; what was looked at.
    Nothing(Answer),
}

/// Finds what an id means: that of a job, trace, worker, machine, user or request, or the beginning
/// of one. Reads by the index where there is one; meets what came last where there is none.
///
/// # Errors
/// When the id is empty or begins several ids, or no source can be read.
pub(super) fn search(
    id: &str,
    select: &SelectArgs,
    selection: &Selection,
    reader: &mut Reader,
    recent: Option<&mut Recent>,
    context: &mut Context,
) -> Result<Sought, Error> {
    if id.is_empty() {
        return Err(Error::usage("the id is empty"));
    }
    let mut resolver = Resolver::new(id);
    let accept = |event: &Event| mentions(event, id) && selection.filter.matches(event);
    let progress = Progress::spinner(&context.console, "searching");
    let looked_at = |count| progress.add(count);
    let literal = Literal::new(id, false);
    let literals: Vec<Literal> = literal.into_iter().chain(selection.literals()).collect();
    let mut scan = selection.scan(&accept, &looked_at);
    scan.literals = &literals;
    scan.only = (!select.no_index).then_some(Only::Start(id));
    if let Some(recent) = &recent {
        scan = recent.on_the_way(scan, context);
    }
    let mut answer = reader.each::<Error>(&scan, &mut |event| {
        resolver.push(std::mem::take(event));
        Ok(())
    })?;
    progress.clear();
    if let Some(recent) = recent {
        recent.asked(&answer);
    }
    context.report(&mut answer)?;
    let all = answer.unread.is_none();
    let begins = answer.begins(&context.settings.events.name);
    let begins = begins.or(context.export.as_ref().and_then(|export| export.begins));
    Ok(match meaning(resolver, id, context)? {
        Some(found) => Sought::Found(found, begins, all),
        None => Sought::Nothing(answer),
    })
}

/// What an id turned out to mean, if anything; that it is the beginning of one is told.
///
/// # Errors
/// When it begins several ids.
pub(super) fn meaning(
    resolver: Resolver,
    id: &str,
    context: &Context,
) -> Result<Option<Found>, Error> {
    Ok(match resolver.finish() {
        Resolution::Exact(found) => Some(found),
        Resolution::Prefix(found) => {
            let Subject { kind, id: full } = &found.subject;
            let text = format!("{id} is the {} {full}", kind.noun());
            context.console.note(&text);
            Some(found)
        }
        Resolution::Ambiguous { candidates, more } => {
            return Err(ambiguous(id, &candidates, more, context));
        }
        Resolution::Nothing => None,
    })
}

/// Says what was searched in vain.
///
/// # Errors
/// When what was asked for may be where nobody could look.
pub(super) fn explain_nothing(
    id: &str,
    mut answer: Answer,
    selection: &Selection,
    context: &Context,
) -> Result<(), Error> {
    selection.explain_nothing(&answer, context);
    if let Some(error) = context.unread(&mut answer) {
        return Err(error);
    }
    no_such_id(id, selection, context);
    Ok(())
}

/// Says that nothing has an id, and where else to look.
pub(super) fn no_such_id(id: &str, selection: &Selection, context: &Context) {
    let place = if selection.has_window() {
        "no event in the window"
    } else {
        "no event"
    };
    context.console.note(&format!(
        "  hint: {place} has the id `{id}`, or one that begins so; `emp search` looks for words in \
         data as well"
    ));
}

/// An id that is not one: the candidates, newest first, are the hint.
fn ambiguous(typed: &str, candidates: &[Candidate], more: u64, context: &Context) -> Error {
    let mut hint = String::from("type more of one of these, newest first:");
    for Candidate {
        subject,
        events,
        last_seen,
    } in candidates
    {
        let (kind, id) = (subject.kind.noun(), &subject.id);
        let seen = context.screen.day_clock(*last_seen);
        let events = quantity::number_of(*events, "event");
        hint += &format!("\n    {kind} {id}  ({events}, last {seen})");
    }
    if more > 0 {
        hint += &format!("\n    and {more} more");
    }
    Error::usage_hint(format!("`{typed}` begins several ids"), hint)
}
