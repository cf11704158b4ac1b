//! What a command can end with: few kinds of error, each with a heading, hints and an exit code.
//!
//! Rooms have error types of their own; here they meet, and `output` renders them.

use std::io;

use crate::{collect, config, emit, query, store, time};

/// How a command ended when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked, and the answer is yes.
    Yes,
    /// It did what it was asked, and the answer is no: nothing found, unhealthy, job failed.
    No,
    /// A wrapped command ended with this code, and so does emp.
    Code(u8),
    /// A wrapped command was ended by this signal, and so is emp.
    Signal(i32),
}

impl Exit {
    /// What the process ends with, where it ends by itself.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => exit_code::YES,
            Self::No => exit_code::NO,
            Self::Code(code) => code,
            // What a shell makes of a signal.
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(exit_code::BUG),
        }
    }
}

/// Exit codes, as `docs/cli.md` lists them.
pub mod exit_code {
    /// All is well.
    pub const YES: u8 = 0;
    /// A negative answer.
    pub const NO: u8 = 1;
    /// Wrong usage or configuration.
    pub const USAGE: u8 = 2;
    /// No source could be read.
    pub const NO_SOURCE: u8 = 3;
    /// The collector stopped with undelivered events.
    pub const UNDELIVERED: u8 = 4;
    /// A bug in emp.
    pub const BUG: u8 = 70;

    /// Every code with what it means, for the documentation and the test over it.
    pub const TABLE: [(u8, &str); 6] = [
        (YES, "yes: done, found, healthy"),
        (
            NO,
            "a negative answer: nothing found, unhealthy, job failed with --exit-status",
        ),
        (USAGE, "wrong usage or configuration"),
        (NO_SOURCE, "no source could be read"),
        (UNDELIVERED, "the collector stopped with undelivered events"),
        (BUG, "a bug in emp"),
    ];
}

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong, with the words that were typed.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// A query cannot be read.
    #[error(transparent)]
    Query(#[from] query::Error),
    /// A time or a duration cannot be read.
    #[error(transparent)]
    Time(#[from] time::Error),
    /// A source cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An event cannot be emitted (with `--strict`, or because it is no event).
    #[error(transparent)]
    Emit(#[from] emit::Error),
    /// The collector cannot start.
    #[error(transparent)]
    Collect(#[from] collect::Error),
    /// The output cannot be written.
    #[error("cannot write {what}")]
    Output {
        /// What was being written.
        what: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// A usage error that says what to type instead.
    pub fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::Config(_)
            | Self::Query(_)
            | Self::Time(_)
            | Self::Collect(_) => exit_code::USAGE,
            Self::Store(error) if error.is_usage() => exit_code::USAGE,
            Self::Store(_) | Self::Output { .. } => exit_code::NO_SOURCE,
            Self::Emit(error) if error.is_usage() => exit_code::USAGE,
            Self::Emit(_) => exit_code::NO_SOURCE,
        }
    }

    /// What to try next; may be empty.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Usage { hint, .. } => hint.iter().cloned().collect(),
            Self::Config(error) => error.hints(),
            Self::Query(error) => error.hints(),
            Self::Time(error) => error.hints(),
            Self::Store(error) => error.hints(),
            Self::Emit(error) => error.hints(),
            Self::Collect(error) => error.hints(),
            Self::Output { .. } => Vec::new(),
        }
    }

    /// Whether the reader of standard output went away, which is no error to report.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Errors of writing to standard output, the usual case.
impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::Output {
            what: "standard output".to_owned(),
            source,
        }
    }
}
