//! The ids that one event carries.

use std::fmt;
use std::ops::Range;

use super::Id;

/// The ids of one event. One that is empty is none.
#[derive(Clone, Default)]
pub struct Ids {
    /// All of them, in the order in which they were set: an event has one text to look for, not eight.
    text: String,
    /// Where each begins and ends there.
    places: [(u32, u32); Id::ALL.len()],
}

impl Ids {
    /// The value of one id.
    pub fn get(&self, id: Id) -> Option<&str> {
        let value = self.text.get(self.range(id))?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// Sets or replaces one id; an empty value is no id, nor is one with which they would be more than
    /// 4 GB.
    pub fn set(&mut self, id: Id, value: impl AsRef<str>) {
        self.remove(id);
        let value = value.as_ref();
        let start = self.text.len();
        let place = |at| u32::try_from(at).ok();
        if let (Some(start), Some(end)) = (place(start), place(start + value.len())) {
            self.places[id as usize] = (start, end);
            self.text.push_str(value);
        }
    }

    fn remove(&mut self, id: Id) {
        let old = self.range(id);
        if old.is_empty() {
            return;
        }
        let (start, end) = std::mem::take(&mut self.places[id as usize]);
        for later in self.places.iter_mut().filter(|place| place.0 >= end) {
            later.0 -= end - start;
            later.1 -= end - start;
        }
        self.text.drain(old);
    }

    fn range(&self, id: Id) -> Range<usize> {
        let (start, end) = self.places[id as usize];
        start as usize..end as usize
    }

    /// Takes all of them out, and keeps their room.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.places = Default::default();
    }

    /// The ids that are there, in wire order.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &str)> {
        Id::ALL
            .into_iter()
            .filter_map(|id| self.get(id).map(|value| (id, value)))
    }
}

/// In whatever order they were set.
impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Ids {}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_taken_out() {
        let mut ids = Ids::default();
        let all = |ids: &Ids| {
            let texts = ids
                .iter()
                .map(|(id, value)| format!("{}={value}", id.noun()));
            texts.collect::<Vec<_>>().join(" ")
        };
        ids.set(Id::Worker, "w1");
        ids.set(Id::Trace, "t");
        ids.set(Id::Job, "j");
        assert_eq!(all(&ids), "trace=t job=j worker=w1");
        ids.set(Id::Worker, "w-22");
        ids.set(Id::Trace, "");
        assert_eq!(all(&ids), "job=j worker=w-22");
        assert_eq!((ids.get(Id::Trace), ids.get(Id::User)), (None, None));
        ids.set(Id::Job, "jö");
        ids.set(Id::Request, "r");
        assert_eq!(all(&ids), "job=jö worker=w-22 request=r");
        let mut other = Ids::default();
        other.set(Id::Request, "r");
        other.set(Id::Job, "jö");
        assert_ne!(ids, other);
        other.set(Id::Worker, "w-22");
        assert_eq!(ids, other);
        ids.clear();
        assert_eq!(ids, Ids::default());
        ids.set(Id::Span, "s");
        assert_eq!(all(&ids), "span=s");
    }
}
