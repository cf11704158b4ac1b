//! Why events could not be read or kept.

use std::io;
use std::path::PathBuf;

/// An error of a source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address makes no sense.
    #[error("`{url}` is no address that emp can use: {reason}")]
    Address {
        /// The address without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not answer, or stopped answering.
    #[error("cannot reach Redis at {server}: {reason}")]
    Unreachable {
        /// The address without its password.
        server: String,
        /// What the system says.
        reason: String,
        /// Whether time ran out, as opposed to a refusal.
        timed_out: bool,
    },
    /// The server refuses the user, the password or the command.
    #[error("Redis at {server} refuses access: {reason}")]
    Refused {
        /// The address without its password.
        server: String,
        /// The server's words.
        reason: String,
    },
    /// The key holds something that is no stream.
    #[error("the key `{key}` at {server} holds no stream")]
    WrongType {
        /// The address without its password.
        server: String,
        /// The key.
        key: String,
    },
    /// The consumer group is not there (any more).
    #[error("the stream `{key}` at {server} has no such consumer group: {reason}")]
    NoGroup {
        /// The address without its password.
        server: String,
        /// The key.
        key: String,
        /// The server's words.
        reason: String,
    },
    /// The server sends a value, an entry say, that is larger than anything emp takes.
    #[error("Redis at {server} sends a value of more than {} MiB", .limit >> 20)]
    TooLarge {
        /// The address without its password.
        server: String,
        /// Bytes that are taken.
        limit: usize,
    },
    /// The server takes no writes until somebody changes something: it is out of memory, a
    /// replica, or cannot save.
    #[error("Redis at {server} takes no events: {reason}")]
    NotWritable {
        /// The address without its password.
        server: String,
        /// The server's words.
        reason: String,
    },
    /// The server answers with another error (loading, too many clients, ...).
    #[error("Redis at {server} answers: {reason}")]
    Server {
        /// The address without its password.
        server: String,
        /// The server's words.
        reason: String,
    },
    /// The journal cannot be opened, read or written.
    #[error("cannot use the journal {path}: {reason}")]
    Journal {
        /// Its file.
        path: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file, or `standard input`.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Unwritable {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Sorted results cannot be kept on disk.
    #[error("cannot keep sorted results in a temporary file: {reason}")]
    Sort {
        /// What the system says.
        reason: String,
    },
    /// Whoever takes the events wants no more of them, and knows why. It ends a scan and is not
    /// shown.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// Whether the call was wrong, rather than the world.
    pub fn is_usage(&self) -> bool {
        use io::ErrorKind::{AlreadyExists, IsADirectory, NotFound, PermissionDenied};
        match self {
            Self::Address { .. } => true,
            Self::Unwritable { source, .. } => matches!(
                source.kind(),
                AlreadyExists | IsADirectory | NotFound | PermissionDenied
            ),
            _ => false,
        }
    }

    /// Whether the same call may work later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Server { .. })
    }

    /// Whether the other side let us wait in vain.
    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::Unreachable {
                timed_out: true,
                ..
            }
        )
    }

    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Address { .. } => vec![
                "use redis://[user:password@]host[:port][/db], rediss://… or redis+unix:///path"
                    .to_owned(),
            ],
            Self::Unreachable { .. } => vec![
                "start Redis, or name another with --url or EMP_URL".to_owned(),
                "`emp config show` tells where the address comes from".to_owned(),
            ],
            Self::Refused { .. } => vec![
                "check user and password in the address; `emp config show` tells where it comes from"
                    .to_owned(),
            ],
            Self::WrongType { key, .. } => vec![format!(
                "`redis-cli TYPE {key}` shows what it holds; other stream names are set in emp.toml"
            )],
            Self::NotWritable { reason, .. } => vec![
                match reason.split(' ').next() {
                    Some("OOM") => "raise `maxmemory`, or free memory; `emp health` shows both",
                    Some("READONLY") => "it is a replica: name its primary with --url or EMP_URL",
                    Some("MISCONF") => "it cannot save to its disk; its own log tells why",
                    _ => "`redis-cli INFO replication` shows whether its replicas are there",
                }
                .to_owned(),
            ],
            Self::NoGroup { .. } | Self::Server { .. } | Self::TooLarge { .. } => Vec::new(),
            Self::Journal { .. } => {
                vec!["EMP_JOURNAL or `journal.path` in emp.toml names another file".to_owned()]
            }
            Self::File { .. } => vec![
                "a source is a file, - for standard input, an address with ://, or `journal`"
                    .to_owned(),
            ],
            Self::Unwritable { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                vec!["--force replaces it, --output-file names another".to_owned()]
            }
            Self::Unwritable { .. } => vec!["--output-file names another place".to_owned()],
            Self::Stopped => Vec::new(),
            Self::Sort { .. } => vec!["TMPDIR names another folder for temporary files".to_owned()],
        }
    }
}
