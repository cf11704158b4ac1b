//! Why a collector cannot start.

use std::io;
use std::path::PathBuf;

use super::export;
use crate::{config, store};

/// Something that has to be mended before a collector can start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file for events cannot be written.
    #[error("cannot write events to {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A spool cannot be used.
    #[error("cannot keep events for {output} while it does not take them")]
    Spool {
        /// The output it belongs to.
        output: &'static str,
        /// Why.
        source: store::Error,
    },
    /// A setting makes no sense.
    #[error(transparent)]
    Setting(#[from] config::Error),
    /// OTLP cannot be sent as it is set.
    #[error(transparent)]
    Otlp(#[from] export::Error),
    /// Notices of alerts could not be posted.
    #[error("cannot post notices of alerts: {reason}")]
    Notify {
        /// Why, without secrets.
        reason: String,
    },
    /// There is no output to collect for.
    #[error("no output is set: events would be acknowledged and go nowhere")]
    NoOutput,
    /// The system does not give what is needed.
    #[error("cannot start a thread")]
    Thread(#[from] io::Error),
}

impl Error {
    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::File { .. } => {
                vec!["--file names another file, `--file none` writes none".to_owned()]
            }
            Self::Spool { .. } => {
                vec!["--spool names another folder, one for each collector".to_owned()]
            }
            Self::NoOutput => {
                vec!["name a file with --file, or an OTLP backend with --otlp-endpoint".to_owned()]
            }
            Self::Setting(error) => error.hints(),
            Self::Otlp(error) => error.hints(),
            Self::Notify { .. } => {
                vec!["`notify.webhook` in emp.toml names the address".to_owned()]
            }
            Self::Thread(_) => Vec::new(),
        }
    }
}
