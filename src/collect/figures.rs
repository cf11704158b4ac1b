//! Sends the collector's figures over OTLP, and notices whether that works.

use std::sync::Arc;
use std::time::Duration;

use super::export::{self, meter_provider};
use super::output::Verdict;
use super::{Collector, Error};
use crate::config::Settings;
use crate::output::Log;

/// How long the last figures may take.
const LAST: Duration = Duration::from_secs(2);

/// What sends figures.
pub(crate) struct Figures {
    sender: export::Meters,
    failing: bool,
    log: Log,
}

impl Figures {
    /// As the settings have it; `None` where figures are not sent.
    ///
    /// # Errors
    /// When the settings make no sense.
    pub(crate) fn new(
        settings: &Settings,
        consumer: &str,
        log: &Log,
    ) -> Result<Option<Self>, Error> {
        let sender = meter_provider(&settings.otlp()?, consumer)?;
        Ok(sender.map(|sender| Self {
            sender,
            failing: false,
            log: log.clone(),
        }))
    }

    /// From now on those of this collector are sent.
    pub(crate) fn show(&self, collector: &Arc<Collector>) {
        let (meters, alerts) = (collector.meters(), collector.alerts().clone());
        let collector = Arc::clone(collector);
        meters.register(self.sender.provider(), alerts, move || collector.report());
    }

    /// Tells once when they no longer arrive, and when they do again.
    pub(crate) fn look(&mut self) {
        let failure = match self.sender.last() {
            None => return,
            Some(Verdict::Delivered) => None,
            Some(Verdict::Partial { reason, .. }) => Some(reason),
            Some(
                Verdict::Retry { reason, .. }
                | Verdict::Denied { reason }
                | Verdict::Unsupported { reason }
                | Verdict::Refused { reason },
            ) => Some(reason),
        };
        match (&failure, self.failing) {
            (Some(reason), false) => self.log.warn(&format!("otlp metrics: not taken: {reason}")),
            (None, true) => self.log.info("otlp metrics: taken again"),
            _ => {}
        }
        self.failing = failure.is_some();
    }

    /// Sends the last ones.
    pub(crate) fn end(self) {
        // What is not sent by then is told by nobody else, and no event is lost with it.
        let _ = self.sender.shutdown(LAST);
    }
}
