//! Durations and instants as people type them, against a now and a zone that the caller gives.
//!
//! Nothing here reads a clock, but for [`Clock::system`].

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::{EntryId, Millis};

/// A text that is no time or duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}")]
pub struct Error {
    text: String,
    what: &'static str,
}

impl Error {
    /// What to type instead.
    pub fn hints(&self) -> Vec<String> {
        vec![match self.what {
            DURATION => "write a number with a unit: 250ms, 15s, 5m, 2h, 1d, 1h30m".to_owned(),
            _ => "write 15m (ago), yesterday, 10:30, 2025-09-27 10:30, RFC 3339, epoch seconds or \
                  milliseconds, or a stream entry id"
                .to_owned(),
        }]
    }
}

const DURATION: &str = "duration";
const TIME: &str = "time";

/// Now and here.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The instant that `15m` is measured from.
    pub now: Millis,
    /// The zone that `10:30` is meant in.
    pub zone: TimeZone,
}

impl Clock {
    /// The machine's clock and zone.
    pub fn system() -> Self {
        Self {
            now: Millis::try_from(Timestamp::now()).unwrap_or_default(),
            zone: TimeZone::system(),
        }
    }
}
