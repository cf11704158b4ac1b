//! Whose clock is how far ahead of the server's.

use super::names::Name;
use crate::event::Millis;
use crate::maps::Map;
use crate::query::skew::Skew;

/// A clock that is off by less than this is in step, in milliseconds.
const TOLERATED_MS: i64 = 1_000;

/// Hosts whose clocks are told apart; those beyond count by their service.
const MOST: usize = 10_000;

/// A service, and the machine or the worker that it runs on.
type Clock = (Name, Name);

/// Whose clock an event of these goes by.
pub(super) fn clock_of(service: Name, worker: Name, machine: Name) -> Clock {
    let host = if machine.is_none() { worker } else { machine };
    (service, host)
}

/// The clocks of services, told apart by machine or worker where events name one.
#[derive(Clone, Debug, Default)]
pub(super) struct Clocks(Map<Clock, Skew>);

impl Clocks {
    pub(super) fn push(&mut self, (service, host): Clock, at: Millis, arrived: Millis) {
        let key = if self.0.len() < MOST || self.0.contains_key(&(service, host)) {
            (service, host)
        } else {
            (service, Name::default())
        };
        let skew = self.0.entry(key).or_default();
        skew.sample(at.since(arrived), arrived);
    }

    /// Milliseconds that this clock is ahead; 0 where it is in step or cannot be told.
    pub(super) fn ahead_ms(&self, clock: Clock) -> i64 {
        let skew = self.0.get(&clock);
        let skew = skew.or_else(|| self.0.get(&(clock.0, Name::default())));
        let ahead = skew.and_then(Skew::estimate).unwrap_or(0);
        if ahead.abs() < TOLERATED_MS { 0 } else { ahead }
    }

    /// The same, 0 also where only one or two events say so: a time given by hand is no clock.
    pub(super) fn surely_ahead_ms(&self, clock: Clock) -> i64 {
        let skew = self.0.get(&clock);
        match skew.is_some_and(Skew::is_told_often) {
            true => self.ahead_ms(clock),
            false => 0,
        }
    }

    /// The clocks that are off.
    pub(super) fn off(&self) -> impl Iterator<Item = (Name, Name, i64)> {
        self.0.keys().filter_map(|clock| {
            let ahead = self.ahead_ms(*clock);
            (ahead != 0).then_some((clock.0, clock.1, ahead))
        })
    }
}
