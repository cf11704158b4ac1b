//! A time without a connection: how long it lasts, when to try again, what to tell.

use std::time::{Duration, Instant};

use crate::store::Error;

/// The first and the longest pause between two attempts to connect.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A time without a connection.
pub(super) struct Outage {
    pub(super) since: Instant,
    next_pause: Duration,
    told: Option<String>,
}

impl Outage {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            next_pause: BACKOFF.0,
            told: None,
        }
    }

    /// Twice as long each time, give or take a quarter, so that many followers do not come back
    /// at once.
    pub(super) fn pause(&mut self) -> Duration {
        let [random, ..] = uuid::Uuid::new_v4().into_bytes();
        let pause = self.next_pause.mul_f64(0.75 + f64::from(random) / 510.0);
        self.next_pause = (self.next_pause * 2).min(BACKOFF.1);
        pause
    }

    /// Whether the reason differs from the one that was told last.
    pub(super) fn is_news(&mut self, error: &Error) -> bool {
        let reason = error.to_string();
        let news = self.told.as_ref() != Some(&reason);
        self.told = Some(reason);
        news
    }
}
