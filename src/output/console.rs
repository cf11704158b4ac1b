//! Standard error: notes, warnings and errors around the data.

use std::error::Error as _;
use std::io::{self, IsTerminal, Write};

use owo_colors::OwoColorize;

use super::{Role, escape};
use crate::Error;

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors, warnings and notes.
    #[default]
    Normal,
    /// Also what emp does on the way.
    Verbose,
}

/// Standard error.
#[derive(Clone, Debug, Default)]
pub struct Console {
    color: bool,
    verbosity: Verbosity,
}

impl Console {
    /// A console as the command line and the environment ask for it.
    pub fn new(color: super::ColorChoice, verbosity: Verbosity) -> Self {
        Self {
            color: color.enabled(&io::stderr()),
            verbosity,
        }
    }

    /// Whether progress may be drawn.
    pub fn shows_progress(&self) -> bool {
        self.verbosity > Verbosity::Quiet && io::stderr().is_terminal()
    }

    /// Something that a person wants to know beside the data.
    pub fn note(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.write(&escape_lines(text));
        }
    }

    /// Something that is not as it should be, though the command goes on.
    pub fn warning(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.labelled(Role::Doubt, "warning", text);
        }
    }

    /// What emp does on the way, for `-v`.
    pub fn detail(&self, text: &str) {
        if self.verbosity > Verbosity::Normal {
            self.labelled(Role::Dim, "detail", text);
        }
    }

    /// Why the command failed, what caused it, and what to try next.
    pub fn error(&self, error: &Error) {
        self.labelled(Role::Bad, "error", &error.to_string());
        let mut cause = error.source();
        while let Some(inner) = cause {
            self.labelled(Role::Dim, "  caused by", &inner.to_string());
            cause = inner.source();
        }
        for hint in error.hints() {
            self.labelled(Role::Good, "  hint", &hint);
        }
    }

    /// A bug in emp, from what a panic carries.
    pub fn bug(&self, cause: &(dyn std::any::Any + Send)) {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| cause.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("no message");
        self.labelled(Role::Bad, "error", &format!("a bug in emp: {text}"));
        self.labelled(
            Role::Good,
            "  hint",
            "please report it with the command that you typed",
        );
    }

    fn labelled(&self, role: Role<'_>, label: &str, text: &str) {
        let label = if self.color {
            label.style(role.style()).to_string()
        } else {
            label.to_owned()
        };
        self.write(&format!("{label}: {}", escape_lines(text)));
    }

    /// A console that is gone is no reason to stop.
    fn write(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Escapes each line; line breaks of emp's own messages stay.
fn escape_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escape).collect();
    lines.join("\n")
}
