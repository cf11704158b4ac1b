//! Which span lies in which: as emitters say by span ids, else by time.

use std::cmp::Reverse;

use super::draft::{Draft, ROOT};
use super::milestone::Milestone;
use crate::maps::Map;

/// How far up a chain of spans is followed.
const MAX_DEPTH: usize = 64;

/// The spans that emitters named in one job.
#[derive(Debug, Default)]
pub(super) struct Named {
    groups: Map<[u8; 8], Group>,
    /// The named span that the root stands for.
    root: Option<[u8; 8]>,
    /// The span outside of the job that caused it.
    pub(super) caller: Option<[u8; 8]>,
}

/// The milestones of one named span, as indices, and what stands for it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) first: usize,
    pub(super) last: usize,
    draft: Option<usize>,
}

impl Named {
    pub(super) fn new(milestones: &[Milestone<'_>]) -> Self {
        let mut groups: Map<[u8; 8], Group> = Map::default();
        for (at, milestone) in milestones.iter().enumerate() {
            let Some(id) = milestone.span else { continue };
            let group = groups.entry(id).or_insert(Group {
                id,
                parent: None,
                first: at,
                last: at,
                draft: None,
            });
            group.last = at;
            group.parent = group.parent.or(milestone.parent);
        }
        let first = milestones.first();
        let mut root = first.and_then(|first| first.span);
        // Clocks differ: what seems to come first may lie in a span that the job names too.
        for _ in 0..MAX_DEPTH {
            let caller = match root.and_then(|root| groups.get(&root)) {
                Some(group) => group.parent,
                None => first.and_then(|first| first.parent),
            };
            match caller {
                Some(id) if groups.contains_key(&id) => root = Some(id),
                caller => {
                    return Self {
                        groups,
                        root,
                        caller,
                    };
                }
            }
        }
        // A circle: nobody outside caused it.
        Self {
            groups,
            root,
            caller: None,
        }
    }

    /// The named spans that nothing stands for yet, in order.
    pub(super) fn vacant(&self) -> Vec<Group> {
        let vacant = |group: &&Group| group.draft.is_none() && Some(group.id) != self.root;
        let mut groups: Vec<_> = self.groups.values().filter(vacant).cloned().collect();
        groups.sort_by_key(|group| (group.first, group.id));
        groups
    }

    /// Whether nothing stands for a named span yet, which is not the root's.
    pub(super) fn is_vacant(&self, id: [u8; 8]) -> bool {
        Some(id) != self.root
            && self
                .groups
                .get(&id)
                .is_some_and(|group| group.draft.is_none())
    }

    /// The span that caused a named one.
    pub(super) fn parent(&self, id: [u8; 8]) -> Option<[u8; 8]> {
        self.groups.get(&id)?.parent
    }

    /// Lets a span stand for a named one.
    pub(super) fn stands_for(&mut self, id: [u8; 8], draft: usize) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.draft = Some(draft);
        }
    }

    /// What stands for a named span, or for the nearest one above it.
    pub(super) fn resolve(&self, mut id: [u8; 8]) -> Option<usize> {
        for _ in 0..MAX_DEPTH {
            if Some(id) == self.root {
                return Some(ROOT);
            }
            let group = self.groups.get(&id)?;
            if group.draft.is_some() {
                return group.draft;
            }
            id = group.parent?;
        }
        None
    }
}

/// Gives every span its parent.
pub(super) fn nest(drafts: &mut [Draft], named: &Named) {
    let around = around(drafts);
    for at in ROOT + 1..drafts.len() {
        let said = drafts[at].scope.and_then(|scope| named.resolve(scope));
        drafts[at].parent = match said.filter(|parent| *parent != at) {
            Some(parent) => parent,
            None if drafts[at].holds_others() => around[at],
            None => ROOT,
        };
    }
    break_circles(drafts);
    for at in ROOT + 1..drafts.len() {
        let parent = &drafts[drafts[at].parent];
        let (start, end) = (parent.start, parent.end);
        if drafts[at].start < start || drafts[at].end > end {
            drafts[at].note("emp.outside_parent", true);
        }
    }
}

/// Of each span the smallest that holds it by time.
fn around(drafts: &[Draft]) -> Vec<usize> {
    let mut around = vec![ROOT; drafts.len()];
    let mut open: Vec<usize> = Vec::new();
    for at in by_time(drafts) {
        open.retain(|other| drafts[*other].end >= drafts[at].start);
        let holds = |other: &&usize| drafts[**other].end >= drafts[at].end;
        if let Some(holder) = open.iter().rev().find(holds) {
            around[at] = *holder;
        }
        open.push(at);
    }
    around
}

/// Indices of the spans that can hold others, the earlier and longer ones first.
fn by_time(drafts: &[Draft]) -> Vec<usize> {
    let mut order: Vec<usize> = (ROOT + 1..drafts.len())
        .filter(|at| drafts[*at].holds_others())
        .collect();
    order.sort_by_key(|at| (drafts[*at].start, Reverse(drafts[*at].end), *at));
    order
}

/// Whoever is its own ancestor is moved below the root.
fn break_circles(drafts: &mut [Draft]) {
    // Spans up to this mark are known to lead to the root.
    let mut safe = vec![false; drafts.len()];
    safe[ROOT] = true;
    for start in ROOT + 1..drafts.len() {
        let mut path = vec![start];
        while let Some(&at) = path.last() {
            let parent = drafts[at].parent;
            if safe[at] || safe[parent] {
                break;
            }
            if path.contains(&parent) {
                drafts[at].parent = ROOT;
                break;
            }
            path.push(parent);
        }
        for at in path {
            safe[at] = true;
        }
    }
}

/// Finds the smallest span around instants that only ever move on.
pub(super) struct Sweep {
    order: Vec<usize>,
    next: usize,
    open: Vec<usize>,
}

impl Sweep {
    pub(super) fn new(drafts: &[Draft]) -> Self {
        Self {
            order: by_time(drafts),
            next: 0,
            open: Vec::new(),
        }
    }

    /// The smallest span around an instant, which is not before the last one asked for.
    pub(super) fn at(&mut self, at: crate::event::Millis, drafts: &[Draft]) -> usize {
        while let Some(&draft) = self.order.get(self.next) {
            if drafts[draft].start > at {
                break;
            }
            self.open.push(draft);
            self.next += 1;
        }
        self.open.retain(|draft| drafts[*draft].end >= at);
        let length = |draft: &usize| drafts[*draft].end.since(drafts[*draft].start);
        let smallest = self
            .open
            .iter()
            .min_by_key(|draft| (length(draft), Reverse(**draft)));
        smallest.copied().unwrap_or(ROOT)
    }
}
