//! The only printer: text, tables, drawings, JSON, colour, progress.
//!
//! Data goes to standard output through a [`Screen`], everything else to standard error. Text of
//! events passes [`escape`] before it is printed.

mod escape;
mod style;

use std::io::{self, BufWriter, IsTerminal, Write};

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;

pub use escape::{escape, escape_json};
pub use style::Role;

use crate::event::Millis;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that takes it, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Standard output, and what it can show.
pub struct Screen {
    out: Box<dyn Write>,
    color: bool,
    unicode: bool,
    terminal: bool,
    width: usize,
    zone: TimeZone,
}

impl Screen {
    /// Columns where standard output is no terminal and nothing else is said.
    pub const PIPE_WIDTH: usize = 100;

    /// A screen that writes to anything; for tests.
    pub fn to(out: Box<dyn Write>, width: usize, unicode: bool, color: bool) -> Self {
        Self {
            out,
            color,
            unicode,
            terminal: false,
            width,
            zone: TimeZone::UTC,
        }
    }

    /// Whether text may be coloured.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Whether drawings may use more than ASCII.
    pub fn unicode(&self) -> bool {
        self.unicode
    }

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Columns to fill.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The zone in which text output shows times.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Text as its role is shown here. The text must be escaped already.
    pub fn paint(&self, role: Role<'_>, text: &str) -> String {
        if self.color && !text.is_empty() {
            text.style(role.style()).to_string()
        } else {
            text.to_owned()
        }
    }

    /// Local wall clock with milliseconds: `10:30:00.123`.
    pub fn clock(&self, at: Millis) -> String {
        let zoned = at.timestamp().to_zoned(self.zone.clone());
        zoned.strftime("%H:%M:%S%.3f").to_string()
    }

    /// Local date and wall clock: `2025-09-27 10:30:00.123`.
    pub fn date_clock(&self, at: Millis) -> String {
        let zoned = at.timestamp().to_zoned(self.zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.out.write_all(text.as_ref().as_bytes())?;
        self.out.write_all(b"\n")
    }

    /// Hands everything written so far to the reader.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
