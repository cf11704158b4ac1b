//! The window that is asked for, and how far before it events tell what is usual.

use crate::commands::Context;
use crate::commands::select::{SelectArgs, Selection, WindowArgs};
use crate::error::Error;
use crate::event::Millis;
use crate::query::jobs::Jobs;
use crate::time::parse_duration;

/// The window where a baseline asks for one and nobody names it.
const LAST_MS: i64 = 60 * 60 * 1000;

/// The window, and what is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Its beginning; `None` for everything.
    pub(super) since: Option<Millis>,
    /// Its end.
    pub(super) until: Option<Millis>,
    /// Beginning of the time that it is compared with.
    pub(super) before: Option<Millis>,
    /// Beginning of all that is read.
    from: Option<Millis>,
}

impl Window {
    /// From flags; `back_ms` is the length of the baseline before the window.
    ///
    /// # Errors
    /// When a time cannot be read.
    pub(super) fn new(
        args: &WindowArgs,
        history: &str,
        back_ms: Option<i64>,
        context: &Context,
    ) -> Result<Self, Error> {
        let (since, until) = args.bounds(&context.clock)?;
        let history = length_ms(history)?;
        let now = until.unwrap_or(context.clock.now);
        let since = match (since, back_ms) {
            (None, Some(_)) => Some(now.plus(-LAST_MS)),
            (since, _) => since,
        };
        let before = since.zip(back_ms).map(|(since, back)| since.plus(-back));
        let usual = since.map(|since| since.plus(-history.max(back_ms.unwrap_or(0))));
        Ok(Self {
            since,
            until,
            before,
            from: usual,
        })
    }

    /// The question to a source: the window, and what lies before it.
    ///
    /// # Errors
    /// When a query cannot be read.
    pub(super) fn selection(
        &self,
        select: &SelectArgs,
        context: &Context,
    ) -> Result<Selection, Error> {
        let args = WindowArgs {
            since: self.from.map(|from| from.to_string()),
            until: self.until.map(|until| until.to_string()),
            last: None,
        };
        Selection::new(&[], select, &args, context)
    }

    /// The window, or from the first event to the last.
    pub(super) fn span(&self, jobs: &Jobs, context: &Context) -> Option<(Millis, Millis)> {
        let (first, last) = jobs.span()?;
        let until = match self.since {
            Some(_) => self.until.unwrap_or(context.clock.now.max(last)),
            None => self.until.unwrap_or(last).min(last),
        };
        Some((self.since.unwrap_or(first), until))
    }

    /// Says that the window is empty although there is something before it.
    pub(super) fn explain_nothing(&self, earlier: u64, context: &Context) {
        let Some(since) = self.since.filter(|_| earlier > 0) else {
            return;
        };
        let since = context.screen.date_clock(since);
        let events = crate::quantity::number_of(earlier, "event");
        let note = format!("nothing happened since {since}; {events} lie before that");
        context.console.note(&note);
    }
}

/// A length of time in milliseconds.
pub(super) fn length_ms(text: &str) -> Result<i64, Error> {
    let length = parse_duration(text)?;
    Ok(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
}
