//! What became of events that were emitted.

use std::ops::Add;

use super::Error;
use crate::store;

/// Counts of events by where they went, with the first reason for each failure.
#[derive(Debug, Default)]
pub struct Delivery {
    /// How many Redis took.
    pub sent: u64,
    /// How many the journal keeps.
    pub kept: u64,
    /// How many are lost.
    pub lost: u64,
    /// Why Redis did not take one; `None` also while the breaker keeps emitters away.
    pub cause: Option<store::Error>,
    /// Why the journal did not take one.
    pub loss: Option<store::Error>,
}

impl Delivery {
    /// The failure to report, if not everything is in Redis and somebody knows why.
    pub fn failure(self) -> Option<Error> {
        match (self.loss, self.cause) {
            (Some(loss), _) => Some(Error::Lost(loss)),
            (None, Some(cause)) => Some(Error::Kept(cause)),
            (None, None) => None,
        }
    }
}

impl Add for Delivery {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            kept: self.kept + other.kept,
            lost: self.lost + other.lost,
            cause: self.cause.or(other.cause),
            loss: self.loss.or(other.loss),
        }
    }
}
