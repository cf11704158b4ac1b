//! What a collector is started with, what it gives back, and what is left at its end.

use tokio::sync::watch;

use super::Error;
use super::alerts::{Alerts, Rules, Vitals};
use super::outage::Outage;
use crate::config::Settings;
use crate::output::Log;
use crate::store::redis::Target;
use crate::time::Clock;

/// What a collector is made of.
pub(crate) struct Plan {
    /// The server.
    pub(crate) target: Target,
    /// All settings.
    pub(crate) settings: Settings,
    /// Name in the consumer groups.
    pub(crate) consumer: String,
    /// Where changes are told.
    pub(crate) log: Log,
}

/// What watches over the system, and wants to be run.
pub(crate) struct Watchers {
    /// The rules of alerts.
    pub(crate) alerts: Alerts,
    /// What they are told.
    pub(crate) vitals: watch::Receiver<Vitals>,
    /// Where they tell that Redis is away.
    pub(crate) outage: Outage,
}

/// The rules of alerts, checked.
///
/// # Errors
/// When one makes no sense, or notices could not be posted.
pub(super) fn alerts(plan: &Plan) -> Result<Alerts, Error> {
    let Settings { events, errors, .. } = &plan.settings;
    let rules = Rules::new(&plan.settings.alerts, &Clock::system())?;
    let notify = &plan.settings.notify;
    let target = plan.target.clone();
    Alerts::new(rules, notify, (events, errors), target, &plan.consumer)
        .map_err(|reason| Error::Notify { reason })
}

/// What is left at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remains {
    /// Entries that some output does not have; they stay unacknowledged in Redis.
    pub(crate) undelivered: u64,
    /// Items that wait in spools.
    pub(crate) spooled: u64,
    /// Entries that every output has, and that could not be acknowledged.
    pub(crate) unacknowledged: u64,
}
