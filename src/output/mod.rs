//! The only printer: text, tables, drawings, JSON, colour, progress.
//!
//! Data goes to standard output through a [`Screen`], everything else to standard error. Text of
//! events passes [`escape`] before it is printed.

mod cells;
mod console;
mod correlate;
pub(crate) mod errors;
mod escape;
mod event;
pub mod health;
mod listing;
mod log;
pub(crate) mod perf;
mod progress;
pub(crate) mod report;
pub(crate) mod status;
pub(crate) mod stuck;
mod style;
mod table;
pub mod timeline;

use std::io::{self, BufWriter, IsTerminal, Write};

use jiff::tz::TimeZone;
use owo_colors::OwoColorize;

pub use console::{Console, Verbosity};
pub use escape::{escape, escape_json};
pub use event::{Form, Highlighter, details};
pub use listing::Listing;
pub use log::{Log, LogFormat};
pub use progress::Progress;
pub use status::StatusBoard;
pub use style::Role;

use crate::event::Millis;
use crate::time::Zone;

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

impl ColorChoice {
    /// Whether a stream is to be coloured. `NO_COLOR` (any value) and `TERM=dumb` mean never,
    /// `CLICOLOR_FORCE` always, unless the command line decides.
    fn enabled<S: IsTerminal>(self, stream: &S) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if set("CLICOLOR_FORCE") => true,
            Self::Auto => {
                stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Standard output, and what it can show.
pub struct Screen {
    out: Box<dyn Write>,
    color: bool,
    unicode: bool,
    terminal: bool,
    width: usize,
    zone: Zone,
    /// Where what is shown was read, if not where commands read by themselves.
    source: Option<String>,
}

impl Screen {
    /// Columns where no output is a terminal and nothing else is said.
    pub const PIPE_WIDTH: usize = 100;

    /// Standard output as the command line and the environment ask for it. `EMP_WIDTH` sets the
    /// width, for scripts that want the same picture everywhere.
    pub fn stdout(color: ColorChoice, zone: Zone) -> Self {
        let out = io::stdout();
        let terminal = out.is_terminal();
        let asked = std::env::var("EMP_WIDTH")
            .ok()
            .and_then(|width| width.parse().ok());
        // Of a pipe to a pager nothing is known, but whoever reads it sits at the same terminal.
        let measured = || {
            let width = terminal_size::terminal_size_of(&out);
            let width = width.or_else(|| terminal_size::terminal_size_of(io::stderr()));
            width.map(|(width, _)| usize::from(width.0))
        };
        Self {
            color: color.enabled(&out),
            unicode: takes_unicode(),
            terminal,
            width: asked
                .or_else(measured)
                .unwrap_or(Self::PIPE_WIDTH)
                .clamp(40, 500),
            zone,
            source: None,
            out: Box::new(BufWriter::with_capacity(64 * 1024, out)),
        }
    }

    /// A screen that writes to anything; for tests.
    pub fn to(out: Box<dyn Write>, width: usize, unicode: bool, color: bool) -> Self {
        Self {
            out,
            color,
            unicode,
            terminal: false,
            width,
            zone: TimeZone::UTC.into(),
            source: None,
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

    /// Whether lines have to fit the width: on a terminal, and where somebody asks for a width. A pipe is
    /// as wide as it needs to be.
    pub(crate) fn is_narrow(&self) -> bool {
        self.terminal || std::env::var_os("EMP_WIDTH").is_some()
    }

    /// Columns to fill.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Notes what `--from` names: the commands that are proposed name it, too.
    pub(crate) fn reads_from(&mut self, from: Option<&str>) {
        // Standard input has been read by then.
        self.source = from.filter(|from| *from != "-").map(str::to_owned);
    }

    /// The zone in which text output shows times.
    pub fn zone(&self) -> &TimeZone {
        self.zone.get()
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
        let zoned = at.timestamp().to_zoned(self.zone().clone());
        zoned.strftime("%H:%M:%S%.3f").to_string()
    }

    /// Month, day and wall clock, as event lines begin: `09-27 10:30:00.123`.
    pub fn day_clock(&self, at: Millis) -> String {
        let zoned = at.timestamp().to_zoned(self.zone().clone());
        zoned.strftime("%m-%d %H:%M:%S%.3f").to_string()
    }

    /// Local date and wall clock: `2025-09-27 10:30:00.123`.
    pub fn date_clock(&self, at: Millis) -> String {
        let zoned = at.timestamp().to_zoned(self.zone().clone());
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

    /// Writes text as it is.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Writes a value as JSON over several lines.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        // Line breaks between the tokens are the only ones that pretty JSON has.
        for line in text.lines() {
            self.line(escape_json(line))?;
        }
        Ok(())
    }

    /// Empties the terminal, for a picture that is drawn anew.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn clear(&mut self) -> io::Result<()> {
        self.text("\x1b[H\x1b[2J\x1b[3J")
    }

    /// Hands everything written so far to the reader.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether the locale names UTF-8, as POSIX looks it up: `LC_ALL`, then `LC_CTYPE`, then `LANG`.
/// Where none is set, a pipe or a modern terminal takes it; `TERM=linux` and `TERM=dumb` do not.
fn takes_unicode() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"));
    let utf8 = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    utf8 && term != "linux" && term != "dumb"
}

/// Writes generated text, such as a completion script, to standard output.
///
/// # Errors
/// When standard output is closed or full.
pub fn stdout_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
