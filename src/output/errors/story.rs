//! The failures of one job, in order.

use std::io;

use serde::Serialize;

use super::{block, command, short, wrapped};
use crate::event::Id;
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::errors::{Story, Told};

/// Lines of a stack that are shown.
const STACK: usize = 5;

/// A job and how to come back to it.
#[derive(Serialize)]
pub(crate) struct StoryView<'a> {
    /// What failed.
    #[serde(flatten)]
    pub(crate) story: &'a Story,
    /// Flags that lead other commands to the same events.
    #[serde(skip)]
    pub(crate) again: &'a str,
}

impl Report for StoryView<'_> {
    type Row = Told;

    fn rows(&self) -> &[Told] {
        &self.story.failures
    }

    fn grid(&self, _: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::number("offsetMs", "after"),
            Column::number("attempt", "try"),
            Column::text("service", "service"),
            Column::text("id", "kind"),
            Column::text("error", "error").flexible(),
        ]);
        for told in &self.story.failures {
            let id = told.failure.kind_id();
            grid.row([
                Cell::new(quantity::delta(told.offset_ms)).value(told.offset_ms),
                Cell::new(told.attempt.to_string()),
                Cell::new(told.failure.service.clone()),
                Cell::new(short(&id)).value(&id),
                Cell::new(told.fingerprint.clone()),
            ]);
        }
        grid
    }

    fn draw(&self, _: &Grid, screen: &mut Screen) -> io::Result<()> {
        let story = self.story;
        let failures = u64::try_from(story.failures.len()).unwrap_or(u64::MAX);
        let failures = quantity::number_of(failures, "failure");
        let tries = match story.attempts {
            0 | 1 => String::new(),
            tries => format!(" in {tries} tries"),
        };
        let job_type = story.job_type.as_ref();
        let job_type = job_type
            .map(|text| format!(" ({})", escape(text)))
            .unwrap_or_default();
        let state = match story.outcome {
            Some(_) => format!(
                "; {} after {}",
                escape(&story.state),
                quantity::duration(story.duration_ms)
            ),
            None => String::new(),
        };
        let head = format!(
            "{} {}{job_type}: {failures}{tries}{state}",
            story.subject,
            escape(&story.id)
        );
        screen.line(screen.paint(Role::Strong, &head))?;
        let mut attempt = 0;
        for told in &story.failures {
            screen.line("")?;
            if story.attempts > 1 && told.attempt != attempt {
                attempt = told.attempt;
                screen.line(screen.paint(Role::Dim, &format!("try {attempt}")))?;
            }
            self.told(told, screen)?;
        }
        let next = self.next();
        screen.next_commands(&next)
    }
}

impl StoryView<'_> {
    fn told(&self, told: &Told, screen: &mut Screen) -> io::Result<()> {
        let failure = &told.failure;
        let service = format!("[{}]", escape(&failure.service));
        screen.line(format!(
            "{} {} {} {}",
            quantity::delta(told.offset_ms),
            screen.paint(Role::Service(&failure.service), &service),
            screen.paint(Role::Bad, &escape(&told.fingerprint)),
            screen.paint(Role::Dim, short(&failure.kind_id())),
        ))?;
        let mut place: Vec<String> = Vec::new();
        if let Some(after) = &told.after {
            place.push(format!("after {after}"));
        }
        for (id, word) in [(Id::Worker, "worker"), (Id::Machine, "machine")] {
            place.extend(failure.id(id).map(|id| format!("{word} {id}")));
        }
        let also = failure.also.iter().map(|also| also.event_type.as_str());
        let also: Vec<_> = also.collect();
        if !also.is_empty() {
            place.push(format!("also told by {}", also.join(", ")));
        }
        if !place.is_empty() {
            wrapped(Role::Dim, &escape(&place.join("; ")), screen)?;
        }
        match (&failure.stack, &failure.message) {
            (Some(stack), _) => block(stack, "  ", STACK, screen),
            (None, Some(message)) => block(message, "  ", STACK, screen),
            (None, None) => Ok(()),
        }
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let mut next = Vec::new();
        if let Some(last) = self.story.failures.last() {
            let id = last.failure.kind_id();
            next.push((
                command("errors show", short(&id), self.again),
                "who else met the last one",
            ));
        }
        next.push((
            command("timeline", &self.story.id, self.again),
            "all events, not only failures",
        ));
        next
    }
}
