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
    /// Nobody can be answered at this address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was written.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// Others could read what they should not.
    #[error("{address} can be reached from other machines and asks for no token")]
    ListenToken {
        /// The address as it was written.
        address: String,
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
    NoOutput {
        /// What is set for one in vain.
        idle: Option<String>,
    },
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
            Self::NoOutput { idle } => {
                let all = "name a file with --file, or an OTLP backend with --otlp-endpoint";
                idle.iter().cloned().chain([all.to_owned()]).collect()
            }
            Self::Listen { source, .. } => vec![match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "another collector may have it: --listen names another port, `--listen none` \
                     none"
                        .to_owned()
                }
                _ => "--listen takes HOST:PORT, such as 127.0.0.1:9464, or `none`".to_owned(),
            }],
            Self::ListenToken { .. } => vec![
                "set EMP_LISTEN_TOKEN to a long random word, or listen on 127.0.0.1".to_owned(),
            ],
            Self::Setting(error) => error.hints(),
            Self::Otlp(error) => error.hints(),
            Self::Notify { .. } => {
                vec!["`notify.webhook` in emp.toml names the address".to_owned()]
            }
            Self::Thread(_) => Vec::new(),
        }
    }
}
