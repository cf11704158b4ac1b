//! What a process that runs for long says on standard error: one line per important change.

use std::io::{self, Write};

use owo_colors::OwoColorize;

use super::{Role, escape};
use crate::event::Level;
use crate::time::Clock;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Time, level and a sentence
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// Standard error of a process that runs for long. A line that cannot be written is no reason to
/// stop.
#[derive(Clone, Debug)]
pub struct Log {
    format: LogFormat,
    color: bool,
    least: Level,
}

impl Log {
    /// A log as the command line asks for it.
    pub fn new(format: LogFormat, color: super::ColorChoice, verbosity: super::Verbosity) -> Self {
        Self {
            format,
            color: format == LogFormat::Text && color.enabled(&io::stderr()),
            least: match verbosity {
                super::Verbosity::Quiet => Level::Error,
                super::Verbosity::Normal => Level::Info,
                super::Verbosity::Verbose => Level::Debug,
            },
        }
    }

    /// What only somebody who looks for it wants to know.
    pub fn detail(&self, text: &str) {
        self.say(Level::Debug, text);
    }

    /// A change for the good, or of a state.
    pub fn info(&self, text: &str) {
        self.say(Level::Info, text);
    }

    /// Something that is not as it should be.
    pub fn warn(&self, text: &str) {
        self.say(Level::Warn, text);
    }

    /// Something that somebody has to mend.
    pub fn error(&self, text: &str) {
        self.say(Level::Error, text);
    }

    /// Something of a level that is only known when it happens.
    pub fn say(&self, level: Level, text: &str) {
        if level < self.least {
            return;
        }
        let now = Clock::system_now();
        let line = match self.format {
            LogFormat::Json => serde_json::json!({
                "timestamp": now.to_string(),
                "level": level.as_str(),
                "message": text,
            })
            .to_string(),
            LogFormat::Text => {
                let (time, name) = (now.to_string(), format!("{:5}", level.as_str()));
                let role = match level {
                    Level::Error => Role::Bad,
                    Level::Warn => Role::Doubt,
                    Level::Info | Level::Debug => Role::Dim,
                };
                let text = escape(text);
                match self.color {
                    true => format!(
                        "{} {} {text}",
                        time.style(Role::Dim.style()),
                        name.style(role.style())
                    ),
                    false => format!("{time} {name} {text}"),
                }
            }
        };
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}
