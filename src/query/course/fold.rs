//! What a service says again and again counts as one step.

use std::iter::once;

use crate::query::jobs::Moved;

/// A step and its immediate repeats.
#[derive(Clone, Copy)]
pub(super) struct Fold<'s, 'a> {
    pub(super) first: &'s Moved<'a>,
    repeats: &'s [&'s Moved<'a>],
}

/// Steps in order, repeats in a row as one.
pub(super) fn fold<'s, 'a>(steps: &'s [&'s Moved<'a>]) -> impl Iterator<Item = Fold<'s, 'a>> {
    let runs = steps.chunk_by(|a, b| a.said == b.said);
    runs.filter_map(|run| {
        let (first, repeats) = run.split_first()?;
        Some(Fold { first, repeats })
    })
}

impl<'s, 'a> Fold<'s, 'a> {
    pub(super) fn last(self) -> &'s Moved<'a> {
        self.repeats.last().unwrap_or(&self.first)
    }

    pub(super) fn times(self) -> u64 {
        u64::try_from(1 + self.repeats.len()).unwrap_or(u64::MAX)
    }

    /// How long it says that something took, each time.
    pub(super) fn took(self) -> impl Iterator<Item = f64> {
        let steps = once(self.first).chain(self.repeats.iter().copied());
        steps.filter_map(|step| step.took_ms)
    }

    /// How long until each repeat.
    pub(super) fn quiet(self) -> impl Iterator<Item = f64> {
        let before = once(self.first).chain(self.repeats.iter().copied());
        let pairs = before.zip(self.repeats);
        pairs.map(|(before, after)| before.until(after))
    }

    /// How long until another step began.
    pub(super) fn until(self, next: Self) -> f64 {
        self.last().until(next.first)
    }
}
