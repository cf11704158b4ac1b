//! Why something is no event that can be emitted, or was not delivered.

use crate::event::MAX_EVENT_BYTES;
use crate::store;

/// An error of emission.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event type cannot be typed back into a query.
    #[error("`{}` is no event type", .event_type.escape_debug())]
    EventType {
        /// What was given.
        event_type: String,
    },
    /// The event is larger than the wire contract allows.
    #[error("the event has {bytes} bytes, more than the {MAX_EVENT_BYTES} that one may have")]
    TooLarge {
        /// Its encoded size.
        bytes: usize,
    },
    /// The payload is nested deeper than readers follow.
    #[error("the payload is nested too deep")]
    TooDeep,
    /// A line of input is longer than any event can be.
    #[error("the line is longer than any event can be")]
    LongLine,
    /// A line of input is no JSON object.
    #[error("no JSON object: {reason}")]
    NotAnObject {
        /// The parser's words.
        reason: String,
    },
    /// Redis did not take the event; the journal did.
    #[error("the event is kept in the journal, for Redis did not take it")]
    Kept(#[source] store::Error),
    /// Redis let an emitter wait a short while ago, so it was not tried; the journal has the event.
    #[error("the event is kept in the journal, for Redis did not answer a short while ago")]
    Waiting,
    /// Neither Redis nor the journal took the event.
    #[error("the event is lost: neither Redis nor the journal took it")]
    Lost(#[source] store::Error),
}

impl Error {
    /// Whether the call was wrong, rather than the world.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::EventType { .. }
            | Self::TooLarge { .. }
            | Self::TooDeep
            | Self::LongLine
            | Self::NotAnObject { .. } => true,
            Self::Kept(cause) | Self::Lost(cause) => cause.is_usage(),
            Self::Waiting => false,
        }
    }

    /// Whether it is the kind of trouble that passes by itself, with nothing lost.
    pub fn will_pass(&self) -> bool {
        match self {
            Self::Kept(cause) => cause.is_retryable(),
            Self::Waiting => true,
            _ => false,
        }
    }

    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::EventType { .. } => {
                vec!["a type is entity.action without white space, such as job.created".to_owned()]
            }
            Self::TooLarge { .. } | Self::LongLine => {
                vec!["store the payload elsewhere and emit where it is".to_owned()]
            }
            Self::TooDeep | Self::NotAnObject { .. } | Self::Waiting => Vec::new(),
            Self::Kept(cause) | Self::Lost(cause) => cause.hints(),
        }
    }
}
