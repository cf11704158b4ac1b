//! How far each group is behind, and when trimming overtakes it, from one look at the server and
//! the one before.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::alerts::GroupVitals;
use crate::config::Settings;
use crate::event::Millis;
use crate::query::health::forecast::{Load, overtaken_in_ms};
use crate::store::redis::{ServerFacts, StreamFacts};

/// What is remembered from look to look.
#[derive(Default)]
pub(super) struct Overtake {
    /// By stream and group: when it was looked at, entries added by then, and those not read.
    before: HashMap<(String, String), (Instant, u64, u64)>,
}

impl Overtake {
    /// Takes a look in.
    pub(super) fn look(&mut self, facts: &ServerFacts, settings: &Settings) -> Vec<GroupVitals> {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.before);
        let mut vitals = Vec::new();
        for stream in &facts.streams {
            let own = [&settings.events, &settings.errors];
            let own = own.into_iter().find(|own| own.name == stream.name);
            let cap = own.map_or(u64::MAX, |own| own.max_len);
            for group in stream.groups.iter().flatten() {
                let key = (stream.name.clone(), group.name.clone());
                let last = before.remove(&key);
                let seen = group.lag.zip(stream.entries_added);
                let overtakes_in = seen
                    .zip(last)
                    .and_then(|((lag, added), last)| overtaken(last, (now, added, lag), cap));
                if let Some((lag, added)) = seen {
                    self.before.insert(key, (now, added, lag));
                }
                vitals.push(GroupVitals {
                    stream: stream.name.clone(),
                    group: group.name.clone(),
                    lag: group.lag,
                    overtakes_in,
                });
            }
        }
        vitals
    }
}

fn overtaken(
    (then, added_then, lag_then): (Instant, u64, u64),
    (now, added, lag): (Instant, u64, u64),
    cap: u64,
) -> Option<Duration> {
    let seconds = now.duration_since(then).as_secs_f64();
    let more = added.checked_sub(added_then)?;
    // What was added and waits no longer was read, or was lost.
    let read = (more + lag_then).saturating_sub(lag);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let load = Load {
        added_per_second: more as f64 / seconds,
        read_per_second: read as f64 / seconds,
        unread: lag,
        cap,
    };
    let in_ms = overtaken_in_ms(&load)?;
    Some(Duration::from_millis(u64::try_from(in_ms).unwrap_or(0)))
}

/// Up to when everything that arrived has been read: by the group that is furthest behind, of
/// these two.
pub(super) fn read_to(facts: &ServerFacts, settings: &Settings) -> Option<Millis> {
    let ours = [
        (&settings.events.name, &settings.collect.events_group),
        (&settings.errors.name, &settings.collect.errors_group),
    ];
    let read_to = |stream: &StreamFacts| {
        let (_, name) = ours.into_iter().find(|(name, _)| **name == stream.name)?;
        let mut groups = stream.groups.iter().flatten();
        let group = groups.find(|group| group.name == *name)?;
        match group.lag {
            Some(0) => facts.time,
            _ => Some(group.last_delivered?.time()),
        }
    };
    let all: Option<Vec<_>> = facts.streams.iter().map(read_to).collect();
    all?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_come_from_two_looks() {
        let then = Instant::now();
        let now = then + Duration::from_secs(10);
        let at = |added, lag| overtaken((then, 1000, 500), (now, added, lag), 10_000);
        // 100 a second are added and none is read: 8,500 fit.
        assert_eq!(at(2000, 1500), Some(Duration::from_secs(85)));
        // Half of them are read.
        assert_eq!(at(2000, 1000), Some(Duration::from_secs(180)));
        assert_eq!(at(2000, 500), None, "it keeps up");
        assert_eq!(at(900, 0), None, "another stream");
    }
}
