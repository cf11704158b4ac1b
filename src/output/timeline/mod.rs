//! Draws a timeline: who it is about, every event, where the time went, and how it stands.

mod details;
mod foot;
mod glyphs;
mod head;
mod lanes;
mod rows;
mod usual;

use std::io;

use glyphs::Glyphs;
use rows::Columns;
pub(crate) use usual::expectation;

use super::Screen;
use crate::event::Event;
use crate::quantity;
use crate::query::timeline::Timeline;

/// Draws all of a timeline. With `full`, no row is cut or folded, and every gap and handoff is
/// listed.
///
/// # Errors
/// When the output is closed or full.
pub fn draw(timeline: &Timeline, screen: &mut Screen, full: bool) -> io::Result<()> {
    let picture = Live::start(timeline, screen, full)?;
    rows::open_gap(timeline, Glyphs::of(screen), screen)?;
    picture.summary(timeline, screen)
}

/// How much of a length of time is no time, but a difference of clocks.
fn clocks_differ(ms: i64) -> String {
    match ms {
        0 => String::new(),
        ms => format!(", clocks differ by {}", quantity::duration(ms.abs())),
    }
}

/// A timeline that grows while it is watched.
#[derive(Debug)]
pub struct Live {
    full: bool,
    last: Option<Event>,
}

impl Live {
    /// Draws what is known so far: the head and the rows.
    ///
    /// # Errors
    /// When the output is closed or full.
    pub fn start(timeline: &Timeline, screen: &mut Screen, full: bool) -> io::Result<Self> {
        let glyphs = Glyphs::of(screen);
        head::draw(timeline, glyphs, screen)?;
        screen.line("")?;
        rows::draw(timeline, glyphs, screen, full)?;
        let last = timeline.rows.last().map(|row| row.event.clone());
        Ok(Self { full, last })
    }

    /// Draws the rows of events that came since, in the order in which they came. `timeline`
    /// must hold them already. The time since the line above is negative for a late one.
    ///
    /// # Errors
    /// When the output is closed or full.
    pub fn update(
        &mut self,
        timeline: &Timeline,
        fresh: &[Event],
        screen: &mut Screen,
    ) -> io::Result<()> {
        let glyphs = Glyphs::of(screen);
        let columns = Columns::of(timeline, screen);
        for event in fresh {
            let Some(row) = timeline.rows.iter().rev().find(|row| row.event == *event) else {
                continue;
            };
            let mut row = row.clone();
            row.delta_ms = self
                .last
                .as_ref()
                .map(|last| event.timestamp.since(last.timestamp));
            row.gap_before = row.delta_ms.is_some_and(|delta| delta >= timeline.gap_ms);
            rows::separators(timeline, &row, self.last.as_ref(), glyphs, screen)?;
            rows::row(timeline, &row, &columns, glyphs, screen, self.full)?;
            self.last = Some(event.clone());
        }
        screen.flush()
    }

    /// Draws the rest: the head again, whose figures are final now, lanes, gaps, handoffs and the
    /// state.
    ///
    /// # Errors
    /// When the output is closed or full.
    pub fn finish(self, timeline: &Timeline, screen: &mut Screen) -> io::Result<()> {
        let glyphs = Glyphs::of(screen);
        rows::open_gap(timeline, glyphs, screen)?;
        screen.line("")?;
        head::draw(timeline, glyphs, screen)?;
        self.summary(timeline, screen)
    }

    fn summary(self, timeline: &Timeline, screen: &mut Screen) -> io::Result<()> {
        let glyphs = Glyphs::of(screen);
        lanes::draw(timeline, glyphs, screen)?;
        usual::draw(timeline, glyphs, screen)?;
        foot::draw(timeline, glyphs, screen, self.full)
    }
}

/// The name of a service as it is shown.
fn service(name: &str) -> std::borrow::Cow<'_, str> {
    if name.is_empty() {
        "-".into()
    } else {
        super::escape(name)
    }
}

/// The type of an event as it is shown.
fn event_type(name: &str) -> std::borrow::Cow<'_, str> {
    if name.is_empty() {
        "(no type)".into()
    } else {
        super::escape(name)
    }
}

/// `1 event`, `2 events`.
fn count(number: usize, noun: &str) -> String {
    quantity::number_of(u64::try_from(number).unwrap_or(u64::MAX), noun)
}

#[cfg(test)]
mod pictures;
#[cfg(test)]
mod tests;
