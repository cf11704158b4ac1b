//! What leaves the process, and in which form: levels, sampling, secrets.
//!
//! The order is fixed: a level that is too low is left out first, then sampling decides, and what
//! stays has its secrets masked. Errors are never left out.

mod redaction;
mod sampling;

pub use redaction::Redaction;
pub use sampling::Sampling;

use crate::config::Settings;
use crate::event::{Event, Id, Level};

/// The rules of one emitter.
#[derive(Debug)]
pub struct Policy {
    level: Level,
    sampling: Sampling,
    redaction: Redaction,
}

/// Name of the field that says which share of such events is kept, so that counts can be scaled
/// back.
pub(crate) const SAMPLE_RATE: &str = "sampleRate";

impl Policy {
    /// The rules that the settings state.
    pub fn new(settings: &Settings) -> Self {
        Self {
            level: settings.level,
            sampling: Sampling::new(settings.sample.clone(), settings.rate_limit),
            redaction: Redaction::new(&settings.redact),
        }
    }

    /// The share of events like this one that is kept if this one is; `None` if it is not.
    ///
    /// `trace` decides for all events of a trace alike; `now_ms` moves the rate limit along.
    pub(super) fn admit(
        &self,
        event_type: &str,
        level: Level,
        trace: Option<&str>,
        now_ms: i64,
    ) -> Option<f64> {
        if level == Level::Error || event_type.starts_with("error.") {
            return Some(1.0);
        }
        if level < self.level {
            return None;
        }
        self.sampling.admit(event_type, trace, now_ms)
    }

    /// Whether a finished event leaves the process. One that does has its secrets masked, and tells
    /// the share that is kept of events like it.
    pub fn apply(&self, event: &mut Event) -> bool {
        let trace = event.id(Id::Trace);
        let now_ms = event.timestamp.get();
        let admitted = self.admit(&event.event_type, event.level(), trace, now_ms);
        if let Some(rate) = admitted {
            note_rate(event, rate);
            self.redact(event);
        }
        admitted.is_some()
    }

    /// Masks what looks like a secret.
    pub fn redact(&self, event: &mut Event) {
        self.redaction.apply(event);
    }
}

/// Notes that the event stands for others like it that were left out.
pub(super) fn note_rate(event: &mut Event, rate: f64) {
    if rate < 1.0 {
        event.push_extra(SAMPLE_RATE, rate.to_string());
    }
}
