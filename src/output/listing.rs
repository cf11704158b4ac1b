//! A list of events in one of the output formats.

use std::io;

use super::{Form, Highlighter, Screen};
use crate::event::Event;

/// Prints events one after the other; as one JSON array where that is asked for.
pub struct Listing<'a> {
    screen: &'a mut Screen,
    form: Form,
    array: bool,
    highlight: Highlighter<'a>,
    shown: u64,
}

impl<'a> Listing<'a> {
    /// A list in `form`; `array` puts JSON lines between brackets.
    pub fn new(
        screen: &'a mut Screen,
        form: Form,
        array: bool,
        highlight: Highlighter<'a>,
    ) -> Self {
        Self {
            screen,
            form,
            array,
            highlight,
            shown: 0,
        }
    }

    /// Prints one event.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.array {
            self.screen
                .text(if self.shown == 0 { "[\n" } else { ",\n" })?;
            self.screen.event_json(event)?;
        } else {
            self.screen.event(event, self.form, self.highlight)?;
        }
        self.shown += 1;
        Ok(())
    }

    /// Hands what was printed to a reader that waits, as after each event of a live stream.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }

    /// Ends the list and returns how many events it holds.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn finish(self) -> io::Result<u64> {
        if self.array {
            self.screen
                .text(if self.shown == 0 { "[]\n" } else { "\n]\n" })?;
        }
        self.screen.flush()?;
        Ok(self.shown)
    }
}
