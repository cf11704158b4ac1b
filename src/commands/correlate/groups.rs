//! Many jobs: what sets some apart, and what happened in an order that cannot be.

use std::collections::HashSet;

use super::Args;
use super::read::everything;
use crate::commands::Context;
use crate::commands::report::warn_of_late;
use crate::commands::select::Selection;
use crate::digest::digest;
use crate::error::{Error, Exit};
use crate::event::Id;
use crate::query::Filter;
use crate::query::correlate::against::{Group, compare};
use crate::query::correlate::facts::Facts;
use crate::query::correlate::races;
use crate::query::jobs::Jobs;
use crate::time;

/// Jobs by their ids, in little space.
#[derive(Default)]
struct Chosen(HashSet<u128>);

impl Chosen {
    fn add(&mut self, id: &str) {
        self.0.insert(digest(id.as_bytes()));
    }

    fn has(&self, id: &str) -> bool {
        self.0.contains(&digest(id.as_bytes()))
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    if args.against.is_some() && args.words.is_empty() {
        return Err(Error::usage_hint(
            "--against needs a query to compare with",
            "emp correlate 'data.model:sdxl' --against '*'",
        ));
    }
    let selection = Selection::new(&args.words, &args.select, &args.window, context)?;
    let against = args.against.as_ref();
    let against = against.map(|text| Filter::parse(text, &context.clock));
    let against = against.transpose()?;
    let limit = match args.slow.as_deref() {
        None | Some("") => None,
        Some(text) => {
            let ms = time::parse_duration(text)?.as_millis();
            Some(i64::try_from(ms).unwrap_or(i64::MAX))
        }
    };
    let (mut jobs, mut facts) = (Jobs::default(), Facts::default());
    let (mut chosen, mut rest) = (Chosen::default(), Chosen::default());
    let mut answer = everything(args, &selection, context, &mut |event| {
        jobs.push(event);
        let Some(id) = event.id(Id::Job) else { return };
        if !args.races {
            facts.push(event);
        }
        if selection.filter.matches(event) {
            chosen.add(id);
        }
        if against.as_ref().is_some_and(|filter| filter.matches(event)) {
            rest.add(id);
        }
    })?;
    if chosen.0.is_empty() {
        selection.explain_nothing(&answer, context);
        if let Some(error) = context.unread(&mut answer) {
            return Err(error);
        }
        if jobs.events() > 0 {
            let note = "  hint: only events with a job id count here";
            context.console.note(note);
        }
        context.report(&mut answer)?;
        return Ok(Exit::No);
    }
    context.report(&mut answer)?;
    warn_of_late(&jobs, context);
    let options = context.timeline_options();
    let is_in = |id: &str| chosen.has(id);
    if args.races {
        let found = races::races(&jobs, &is_in, &options);
        args.report.print(&found, context)?;
        return Ok(Exit::Yes);
    }
    let is_rest = |id: &str| rest.has(id);
    let all = |_: &str| true;
    let (group, is_in): (_, &dyn Fn(&str) -> bool) = match (&against, &args.slow) {
        (Some(_), _) => {
            let group = Group::Matched {
                group: &is_in,
                rest: &is_rest,
            };
            (group, &all)
        }
        (None, Some(_)) => (Group::Slow(limit), &is_in),
        (None, None) => (Group::Failed, &is_in),
    };
    let comparison = compare(&jobs, &facts, &group, is_in, &options);
    args.report.print(&comparison, context)?;
    Ok(Exit::Yes)
}
