//! Tells that Redis is away once, and once that it is back, whoever of those that talk to it meets
//! the outage first and last.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::output::Log;
use crate::store::Error;

/// Shared by all who talk to Redis and would tell of its outages.
#[derive(Clone, Debug)]
pub(crate) struct Outage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    /// Who has met it and has not got through since.
    parts: Mutex<BTreeSet<String>>,
}

impl Outage {
    pub(super) fn new(log: Log) -> Self {
        Self(Arc::new(Inner {
            log,
            parts: Mutex::default(),
        }))
    }

    /// A part met an error. Whether that is an outage, which is told here; of anything else it has
    /// to tell by itself.
    pub(super) fn met(&self, part: &str, error: &Error) -> bool {
        if !is_outage(error) {
            self.over(part);
            return false;
        }
        let mut parts = self.parts();
        if parts.is_empty() {
            let hint = error.hints().into_iter().next();
            let hint = hint.map_or_else(String::new, |hint| format!(" (hint: {hint})"));
            let text = format!("Redis is away, trying again: {error}{hint}");
            self.0.log.warn(&text);
        }
        parts.insert(part.to_owned());
        true
    }

    /// A part gets through.
    pub(super) fn over(&self, part: &str) {
        let mut parts = self.parts();
        if parts.remove(part) && parts.is_empty() {
            self.0.log.info("Redis is back: reading again");
        }
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What everybody meets alike.
fn is_outage(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } => true,
        // It is on its way back.
        Error::Server { reason, .. } => reason.starts_with("LOADING"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ColorChoice, LogFormat, Verbosity};

    #[test]
    fn an_outage_lasts_until_the_last_part_gets_through() {
        let log = Log::new(LogFormat::Text, ColorChoice::Never, Verbosity::Quiet);
        let outage = Outage::new(log);
        let gone = Error::Unreachable {
            server: "redis://h".to_owned(),
            reason: "refused".to_owned(),
            timed_out: false,
        };
        let says = |reason: &str| Error::Server {
            server: "redis://h".to_owned(),
            reason: reason.to_owned(),
        };
        assert!(outage.met("emp:events", &gone));
        assert!(outage.met("alerts", &says("LOADING Redis is loading the dataset")));
        outage.over("emp:events");
        assert!(!outage.parts().is_empty());
        assert!(!outage.met("alerts", &says("ERR no such thing")));
        assert!(outage.parts().is_empty(), "it answers, whatever it says");
    }
}
