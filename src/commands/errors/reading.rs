//! What all views of errors share: which failures they are asked about, and reading them.

use std::cell::RefCell;

use clap::Args;

use super::super::Context;
use super::super::select::{SelectArgs, Selection, WindowArgs};
use crate::error::Error;
use crate::event::Event;
use crate::output::Progress;
use crate::output::report::shell_word;
use crate::query::errors::{Failure, Linker, Options, Witness};
use crate::store::Answer;

/// How far before a window failures are looked at, to know what is new.
const HISTORY_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Which failures.
#[derive(Args, Clone, Debug)]
pub struct Asked {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) window: WindowArgs,
}

/// Which events are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those of the window.
    Window,
    /// Also those of the days before.
    Before,
}

/// What was read.
pub(super) struct Read {
    /// Since when there are events.
    pub(super) witness: Witness,
    answer: Answer,
    selection: Selection,
}

impl Asked {
    /// The question to the analyses, and to the sources without names of errors.
    pub(super) fn options(&self, context: &Context) -> Result<(Options, Self), Error> {
        let mut asked = self.clone();
        let names = asked.select.take_error_names();
        let (since, until) = self.window.bounds(&context.clock)?;
        let options = Options {
            since,
            until,
            now: context.clock.now,
            names,
        };
        Ok((options, asked))
    }

    /// What `--from` names.
    pub(super) fn from(&self) -> Option<&str> {
        self.select.from.as_deref()
    }

    /// The flags that lead other commands to the same window: ` --last 1h`, or nothing.
    pub(super) fn again(&self) -> String {
        let flag = |name: &str, value: &Option<String>| match value {
            Some(value) => format!(" --{name} {}", shell_word(value)),
            None => String::new(),
        };
        [
            flag("since", &self.window.since),
            flag("until", &self.window.until),
            flag("last", &self.window.last),
        ]
        .concat()
    }

    /// Hands on every failure, linked and in the order of time.
    ///
    /// # Errors
    /// When no source can be read, or the question makes no sense.
    pub(super) fn failures(
        &self,
        query: &[String],
        reach: Reach,
        with_stacks: bool,
        context: &Context,
        take: &mut dyn FnMut(Failure),
    ) -> Result<Read, Error> {
        let mut linker = Linker::default();
        let accept = |event: &Event| Failure::is_told_by(event);
        let read = self.events(query, reach, &accept, context, &mut |event| {
            linker.push(Failure::read(event, with_stacks), take);
        })?;
        linker.finish(take);
        Ok(read)
    }

    /// Hands on every event that `accept` takes, in the order of time.
    ///
    /// # Errors
    /// When no source can be read, or the question makes no sense.
    pub(super) fn events(
        &self,
        query: &[String],
        reach: Reach,
        accept: &dyn Fn(&Event) -> bool,
        context: &Context,
        take: &mut dyn FnMut(&Event),
    ) -> Result<Read, Error> {
        let selection = Selection::new(query, &self.select, &self.window, context)?;
        let witness = RefCell::new(Witness::default());
        let progress = Progress::spinner(&context.console, "reading");
        let accept = |event: &Event| {
            witness.borrow_mut().see(event);
            accept(event) && selection.filter.matches(event)
        };
        let looked_at = |count| progress.add(count);
        let mut scan = selection.scan(&accept, &looked_at);
        if reach == Reach::Before {
            scan.since = scan.since.map(|since| since.plus(-HISTORY_MS));
        }
        let mut reader = context.reader(self.select.from.as_deref())?;
        let answer = reader.sorted::<Error>(&scan, &mut |event| {
            take(event);
            Ok(())
        })?;
        progress.clear();
        let mut witness = witness.into_inner();
        if selection.since().is_none()
            && let Some((oldest, newest)) = answer.span()
        {
            witness.see_at(oldest);
            witness.see_at(newest);
        }
        Ok(Read {
            witness,
            answer,
            selection,
        })
    }
}

impl Read {
    /// Says what was looked at in vain.
    ///
    /// # Errors
    /// When that is no answer, for what was asked for may be where nobody could look.
    pub(super) fn explain_nothing(&mut self, context: &Context) -> Result<(), Error> {
        self.selection.explain_nothing(&self.answer, context);
        match context.unread(&mut self.answer) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Says what went wrong beside the answer, once that is shown.
    ///
    /// # Errors
    /// When a source broke off.
    pub(super) fn report(&mut self, context: &Context) -> Result<(), Error> {
        context.report(&mut self.answer)
    }
}
