//! How serious an event is.

use std::fmt;

/// Levels in rising order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For whoever debugs the emitter.
    Debug,
    /// What happens when all is well, and the level of an event that carries none.
    #[default]
    Info,
    /// Odd, but handled.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// Reads a level as loggers of all kinds spell it: in any case, with `trace`, `warning`,
    /// `fatal` and `critical` folded into the nearest of the four.
    pub fn parse(text: &str) -> Option<Self> {
        const SPELLINGS: [(&str, Level); 11] = [
            ("debug", Level::Debug),
            ("trace", Level::Debug),
            ("verbose", Level::Debug),
            ("info", Level::Info),
            ("information", Level::Info),
            ("warn", Level::Warn),
            ("warning", Level::Warn),
            ("error", Level::Error),
            ("err", Level::Error),
            ("fatal", Level::Error),
            ("critical", Level::Error),
        ];
        SPELLINGS
            .iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map(|(_, level)| *level)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
