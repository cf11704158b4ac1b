//! Pauses between attempts: longer each time, up to a limit, and never the same for two.

use std::time::Duration;

/// Grows from the first pause to the longest.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `first` to `longest`.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The next pause, a quarter longer or shorter than its turn, so that many who wait for the
    /// same thing do not come back at once.
    pub(super) fn next(&mut self) -> Duration {
        let [random, ..] = uuid::Uuid::new_v4().into_bytes();
        let pause = self.next.mul_f64(0.75 + f64::from(random) / 510.0);
        self.next = (self.next * 2).min(self.longest);
        pause
    }

    /// It worked: begin anew.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}
