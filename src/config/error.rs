//! Why the configuration cannot be used.

use std::path::PathBuf;

use super::Origin;

/// An error of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is no TOML.
    #[error("{} line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A key that means nothing.
    #[error("{}: there is no setting `{key}`", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key as it was written.
        key: String,
        /// The key that may have been meant.
        nearest: Option<&'static str>,
    },
    /// A value that makes no sense.
    #[error("`{value}` is no {expected}, as {key} from {origin}")]
    Value {
        /// The setting.
        key: &'static str,
        /// What was written.
        value: String,
        /// What would make sense.
        expected: &'static str,
        /// Where it was written.
        origin: Origin,
    },
    /// A rule of an alert that makes no sense.
    #[error("{} line {line}: {reason}", path.display())]
    Alert {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
        /// What to write instead.
        hints: Vec<String>,
    },
    /// A value that can be read and not be used.
    #[error("{reason}, as {key} from {origin}")]
    Unusable {
        /// The setting.
        key: String,
        /// Why, without secrets.
        reason: String,
        /// What to write instead.
        hint: String,
        /// Where it was written.
        origin: Origin,
    },
}

impl Error {
    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::File { .. } => {
                vec!["name a file that can be read, or leave --config out".to_owned()]
            }
            Self::Syntax { .. } => {
                vec!["the file is TOML: [redis], then url = \"redis://host:6379\"".to_owned()]
            }
            Self::UnknownKey {
                nearest: Some(nearest),
                ..
            } => vec![format!("did you mean `{nearest}`?")],
            Self::UnknownKey { nearest: None, .. } => {
                vec!["`emp config show` lists every setting".to_owned()]
            }
            Self::Unusable { hint, .. } => vec![hint.clone()],
            Self::Value { .. } => {
                vec!["`emp config show` tells where each value comes from".to_owned()]
            }
            Self::Alert { hints, .. } => hints.clone(),
        }
    }
}

/// The name that was probably meant by one that nobody knows. A name after a dot is enough.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let last = written.rsplit('.').next().unwrap_or_default();
    let likeness = |name: &str| {
        let own = name.rsplit('.').next().unwrap_or_default();
        strsim::jaro_winkler(name, written).max(strsim::jaro_winkler(own, last))
    };
    known
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        // Of two that are alike the first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, name)| name)
}
