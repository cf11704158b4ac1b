//! Clocks that are off, so that a timeline can say that its times are.

use serde::Serialize;

use super::Timeline;
use crate::event::Event;
use crate::query::jobs::Jobs;

/// A clock that is off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// Whose it is.
    pub service: String,
    /// The machine or worker; empty where events name none.
    pub host: String,
    /// How far it is ahead of the server's, in milliseconds; negative is behind.
    pub ahead_ms: i64,
}

impl Timeline {
    /// Finds out which clocks are off, by the entries of these events and of what else happened. Times
    /// stay as they were said.
    pub fn read_clocks(&mut self, others: Option<&Jobs>) {
        let mut jobs = others.map(Jobs::clocks_only).unwrap_or_default();
        self.rows.iter().for_each(|row| jobs.push(&row.event));
        self.clocks.clear();
        for row in &self.rows {
            let (service, host) = (&row.event.service, row.event.host().unwrap_or_default());
            let is_this = |clock: &Clock| clock.service == *service && clock.host == host;
            let ahead_ms = jobs.surely_ahead_ms(service, host);
            if ahead_ms != 0 && !self.clocks.iter().any(is_this) {
                self.clocks.push(Clock {
                    service: service.clone(),
                    host: host.to_owned(),
                    ahead_ms,
                });
            }
        }
    }

    /// How far the clock of whoever says this is ahead, in milliseconds; 0 for one in step.
    pub fn ahead_ms(&self, event: &Event) -> i64 {
        let mut clocks = self.clocks.iter();
        let host = event.host().unwrap_or_default();
        let found = clocks.find(|clock| clock.service == event.service && clock.host == host);
        found.map_or(0, |clock| clock.ahead_ms)
    }

    /// How much of the time between two rows is a difference of clocks, in milliseconds.
    pub fn clocks_between(&self, from: usize, to: usize) -> i64 {
        let ahead = |row: usize| {
            let row = self.rows.get(row);
            row.map_or(0, |row| self.ahead_ms(&row.event))
        };
        ahead(to) - ahead(from)
    }
}
