//! Events by group, with what each group comes to. Only so many groups are told apart.

use super::history::History;
use crate::event::Millis;
use crate::maps::Map;
use crate::query::jobs::Name;
use crate::query::numbers::{Summary, Trend};

/// Groups that are told apart; what is beyond counts together.
pub(super) const MOST: usize = 500;

/// What the groups beyond the limit are called.
pub const OTHERS: &str = "(others)";

/// What events are called that lack what is grouped by.
pub const NONE: &str = "(none)";

/// Bytes of a name; of a longer one the beginning stands for it.
const LONGEST: usize = 200;

/// In which stretch of time an event lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// In the window that is asked for.
    Now,
    /// Before it, in what it is compared with.
    Before,
    /// Before it, and good only to know what is usual.
    History,
}

/// The groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// Places, by service and name with a zero between them.
    known: Map<Box<str>, usize>,
    /// Places, by what stands for a name.
    by_name: Map<Name, usize>,
    /// The key that is looked up.
    key: String,
    all: Vec<Group>,
    /// Events that there was no room to tell apart.
    pub(super) lumped: u64,
}

/// One group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) service: String,
    pub(super) name: String,
    /// The service that says all of it, as far as there is only one.
    sole: Option<String>,
    /// Whether there are several.
    shared: bool,
    /// Events in the window.
    pub(super) count: u64,
    /// When they were.
    pub(super) trend: Trend,
    /// Lengths in the window.
    pub(super) took: Summary,
    /// Of these, how many were found from a start and an end.
    pub(super) paired: u64,
    /// Events in the window whose length is none.
    pub(super) odd: u64,
    pub(super) before: Option<Box<(u64, Summary)>>,
    pub(super) history: History,
}

impl Groups {
    /// The place of a group, new or known. `own` stands for what it is called, where it may: it is looked
    /// up by that then, and not by its text.
    pub(super) fn place(&mut self, own: Option<Name>, service: &str, name: Option<&str>) -> usize {
        if let Some(at) = own.and_then(|own| self.by_name.get(&own)) {
            return *at;
        }
        let (service, name) = (start(service), start(name.unwrap_or(NONE)));
        let at = match self.find(service, name) {
            Some(at) => at,
            None if self.all.len() < MOST => self.add(service, name),
            None => {
                self.lumped += 1;
                return self
                    .find("", OTHERS)
                    .unwrap_or_else(|| self.add("", OTHERS));
            }
        };
        if let Some(own) = own {
            self.by_name.insert(own, at);
        }
        at
    }

    /// Spares a new text for each event.
    fn find(&mut self, service: &str, name: &str) -> Option<usize> {
        self.key.clear();
        self.key.extend([service, "\0", name]);
        self.known.get(self.key.as_str()).copied()
    }

    fn add(&mut self, service: &str, name: &str) -> usize {
        let at = self.all.len();
        self.all.push(Group {
            service: service.to_owned(),
            name: name.to_owned(),
            ..Group::default()
        });
        self.known.insert(format!("{service}\0{name}").into(), at);
        at
    }

    /// Counts an event.
    pub(super) fn count(&mut self, at: usize, when: Millis, side: Side) {
        let Some(group) = self.all.get_mut(at) else {
            return;
        };
        group.history.count(when);
        match side {
            Side::Now => {
                group.count += 1;
                group.trend.push(when);
            }
            Side::Before => group.before.get_or_insert_default().0 += 1,
            Side::History => {}
        }
    }

    /// Notes who says an event.
    pub(super) fn said_by(&mut self, at: usize, service: &str) {
        let Some(group) = self.all.get_mut(at).filter(|group| !group.shared) else {
            return;
        };
        match &group.sole {
            Some(sole) if sole == start(service) => {}
            Some(_) => (group.sole, group.shared) = (None, true),
            None => group.sole = Some(start(service).to_owned()),
        }
    }

    /// Takes a length.
    pub(super) fn took(&mut self, at: usize, when: Millis, side: Side, ms: f64, paired: bool) {
        let Some(group) = self.all.get_mut(at) else {
            return;
        };
        group.history.length(when, ms);
        match side {
            Side::Now => {
                group.took.push(ms);
                group.paired += u64::from(paired);
            }
            Side::Before => group.before.get_or_insert_default().1.push(ms),
            Side::History => {}
        }
    }

    /// Counts a length that is none.
    pub(super) fn odd(&mut self, at: usize, side: Side) {
        if let Some(group) = self.all.get_mut(at).filter(|_| side == Side::Now) {
            group.odd += 1;
        }
    }

    pub(super) fn all(&self) -> &[Group] {
        &self.all
    }
}

impl Group {
    /// What it is called: the service first, where that is a part of it.
    pub(super) fn label(&self) -> String {
        label(&self.service, &self.name)
    }

    /// The service that says all of it, where there is only one.
    pub(super) fn service(&self) -> Option<&str> {
        let own = Some(self.service.as_str()).filter(|service| !service.is_empty());
        own.or(self.sole.as_deref())
            .filter(|service| !service.is_empty())
    }

    /// What it is called where nothing else tells who says it.
    pub(super) fn full(&self) -> String {
        label(self.service().unwrap_or_default(), &self.name)
    }
}

/// Two names as one.
pub(super) fn label(service: &str, name: &str) -> String {
    if service.is_empty() {
        return name.to_owned();
    }
    format!("{service} {name}")
}

/// The beginning of a name that stands for it.
fn start(text: &str) -> &str {
    let mut end = LONGEST.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::jobs::Names;

    #[test]
    fn groups_beyond_the_limit_count_together() {
        let (mut groups, mut named) = (Groups::default(), Groups::default());
        let (mut names, at) = (Names::default(), Millis::clamped(0));
        for number in 0..100_000 {
            let name = format!("type.{}", number % 50_000);
            let place = groups.place(None, "", Some(&name));
            groups.count(place, at, Side::Now);
            let place = named.place(Some(names.name(&name)), "", Some(&name));
            named.count(place, at, Side::Now);
        }
        for groups in [groups, named] {
            assert_eq!(groups.all().len(), MOST + 1);
            assert!(groups.all()[..MOST].iter().all(|group| group.count == 2));
            let others = groups.all().last().expect("a group");
            assert_eq!((others.name.as_str(), others.count), (OTHERS, 99_000));
            assert_eq!(groups.lumped, 99_000);
        }
    }
}
