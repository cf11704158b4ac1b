//! What a service says again and again counts as one step.

use crate::query::jobs::{Course, Moved};

/// A step and its immediate repeats.
pub(super) struct Fold<'s, 'a> {
    pub(super) first: &'s Moved<'a>,
    pub(super) last: &'s Moved<'a>,
    pub(super) times: u64,
    pub(super) took: Vec<f64>,
    /// How long until each repeat.
    pub(super) quiet: Vec<f64>,
}

/// The steps of the last try up to its end.
pub(super) fn folded<'s, 'a>(course: &'s Course<'a>) -> Vec<Fold<'s, 'a>> {
    fold(course.last_try().collect())
}

/// Steps in order, repeats in a row as one.
pub(super) fn fold<'s, 'a>(mut steps: Vec<&'s Moved<'a>>) -> Vec<Fold<'s, 'a>> {
    steps.sort_by_key(|step| step.moment);
    let mut folds: Vec<Fold<'s, 'a>> = Vec::new();
    for step in steps {
        match folds.last_mut() {
            Some(fold)
                if fold.first.event_type == step.event_type
                    && fold.first.service == step.service =>
            {
                #[expect(clippy::cast_precision_loss, reason = "a length of time")]
                let quiet = step.moment.since(fold.last.moment).max(0) as f64;
                fold.quiet.push(quiet);
                fold.last = step;
                fold.times += 1;
                fold.took.extend(step.took_ms);
            }
            _ => folds.push(Fold {
                first: step,
                last: step,
                times: 1,
                took: step.took_ms.into_iter().collect(),
                quiet: Vec::new(),
            }),
        }
    }
    folds
}
