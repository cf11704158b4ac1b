//! Which events were met before, in bounded memory.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use uuid::Uuid;

use crate::event::Event;
use crate::maps::Recent;

/// Ids that are kept at least. Twice as many take about 11 MB.
const LEAST: usize = 450_000;

/// Stands for an event id: a hash that nobody can foresee, and when the id was made. Among a million
/// events the chance that two ids have the same is one in twenty million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Mark(u64);

impl Mark {
    /// Bits that say when.
    const WHEN: u32 = 8;

    fn new(hash: u64, when: u8) -> Self {
        Self(hash << Self::WHEN | u64::from(when))
    }

    /// The same for ids that were made within a minute.
    fn when(self) -> u8 {
        let [.., when] = self.0.to_be_bytes();
        when
    }
}

/// When an id was made, about to the minute; 0 for one that does not say it.
fn when(id: &Uuid) -> u8 {
    match id.get_version_num() {
        // It begins with milliseconds in 48 bits: this byte counts 65,536 of them.
        7 => id.as_bytes()[3],
        _ => 0,
    }
}

/// The event ids met so far: at least the last 450,000 of them.
pub struct Once {
    met: Recent<Mark>,
    marks: RandomState,
}

impl Default for Once {
    fn default() -> Self {
        Self::of_at_least(LEAST)
    }
}

impl Once {
    fn of_at_least(least: usize) -> Self {
        Self {
            met: Recent::new(least),
            marks: RandomState::default(),
        }
    }

    /// The mark of an event; `None` for one without an id, which is never a repeat.
    pub(super) fn mark(&self, event: &Event) -> Option<Mark> {
        let id = event.event_id.as_deref()?;
        // A UUID is the same however it is spelled.
        Some(match Uuid::try_parse(id) {
            Ok(id) => Mark::new(self.marks.hash_one(id), when(&id)),
            Err(_) => Mark::new(self.marks.hash_one(id), 0),
        })
    }

    /// Whether an id was not met before. From now on it was.
    pub(super) fn add(&mut self, mark: Mark) -> bool {
        self.met.insert(mark.when(), mark)
    }

    /// Whether an event is no repeat of one that was met.
    pub fn is_first(&mut self, event: &Event) -> bool {
        self.mark(event).is_none_or(|mark| self.add(mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str) -> Event {
        Event {
            event_id: Some(id.to_owned()),
            ..Event::default()
        }
    }

    #[test]
    fn marks_of_ids_that_were_made_within_a_minute_lie_together() {
        let once = Once::default();
        let when = |id| once.mark(&event(id)).expect("an id").when();
        let first = when("0193f5a8-0000-7000-8000-000000000000");
        assert_eq!(when("0193f5a8-ffff-7abc-9234-56789abcdef0"), first);
        assert_eq!(when("0193f5a9-0000-7000-8000-000000000000"), first + 1);
        assert_eq!(when("0193f5a8-0000-4000-8000-000000000000"), 0);
        assert_eq!(when("mine"), 0);
    }

    #[test]
    fn repeats_are_known_until_they_are_forgotten() {
        let mut once = Once::of_at_least(2);
        assert!(once.is_first(&Event::default()) && once.is_first(&Event::default()));
        let uuid = "0193f5a8-0000-7000-8000-000000000000";
        assert!(once.is_first(&event(uuid)));
        assert!(once.is_first(&event("mine")));
        assert!(!once.is_first(&event(uuid)));
        assert!(!once.is_first(&event(&uuid.to_uppercase())));
        assert!(!once.is_first(&event("mine")));
        for id in ["third", "fourth", "fifth"] {
            assert!(once.is_first(&event(id)));
        }
        assert!(once.is_first(&event(uuid)), "it was forgotten");
        assert!(!once.is_first(&event("fifth")));
    }
}
