//! Whose clock is how far ahead of the server's.

use super::names::Name;
use crate::event::Millis;
use crate::maps::Map;
use crate::query::skew::Skew;

/// A clock that is off by less than this is in step, in milliseconds.
const TOLERATED_MS: i64 = 1_000;

/// Hosts whose clocks are told apart; those beyond count by their service.
const MOST: usize = 10_000;

/// The clocks of services, told apart by machine or worker where events name one.
#[derive(Clone, Debug, Default)]
pub(super) struct Clocks(Map<(Name, Name), Skew>);

impl Clocks {
    pub(super) fn push(&mut self, service: Name, host: Name, at: Millis, arrived: Millis) {
        let key = if self.0.len() < MOST || self.0.contains_key(&(service, host)) {
            (service, host)
        } else {
            (service, Name::default())
        };
        let skew = self.0.entry(key).or_default();
        skew.sample(at.since(arrived), arrived);
    }

    /// Milliseconds that this clock is ahead; 0 where it is in step or cannot be told.
    pub(super) fn ahead_ms(&self, service: Name, host: Name) -> i64 {
        let skew = self.0.get(&(service, host));
        let skew = skew.or_else(|| self.0.get(&(service, Name::default())));
        let ahead = skew.and_then(Skew::estimate).unwrap_or(0);
        if ahead.abs() < TOLERATED_MS { 0 } else { ahead }
    }

    /// The same, 0 also where only one or two events say so: a time given by hand is no clock.
    pub(super) fn surely_ahead_ms(&self, service: Name, host: Name) -> i64 {
        let skew = self.0.get(&(service, host));
        match skew.is_some_and(Skew::is_told_often) {
            true => self.ahead_ms(service, host),
            false => 0,
        }
    }

    /// The clocks that are off.
    pub(super) fn off(&self) -> impl Iterator<Item = (Name, Name, i64)> {
        self.0.keys().filter_map(|(service, host)| {
            let ahead = self.ahead_ms(*service, *host);
            (ahead != 0).then_some((*service, *host, ahead))
        })
    }
}
