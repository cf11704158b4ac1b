//! What is known of a job before spans are made of it.

use super::milestone::{Milestone, Text, in_order};
use crate::event::Millis;
use crate::query::timeline::{Note, Options, Outcome, Types, walk};

/// What is known of a job before spans are made of it.
pub(super) struct Story<'a> {
    pub(super) job: &'a str,
    pub(super) options: &'a Options,
    /// In order, each once.
    pub(super) milestones: Vec<Milestone<'a>>,
    /// What the timeline notes about each of them.
    pub(super) notes: Vec<Note>,
    /// Index of the one that ended the job.
    pub(super) end: Option<usize>,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// When the job was over, or was last heard of.
    pub(super) until: Millis,
}

impl<'a> Story<'a> {
    /// `None` where there are no milestones.
    pub(super) fn new(
        job: &'a str,
        milestones: Vec<Milestone<'a>>,
        options: &'a Options,
    ) -> Option<Self> {
        let milestones = in_order(milestones);
        let last = milestones.last()?.at;
        let (notes, end, outcome) = {
            let steps = milestones.iter().map(Milestone::step);
            let walk = walk(steps, true, &mut Types::new(options));
            (walk.notes, walk.end, walk.outcome)
        };
        Some(Self {
            job,
            options,
            notes,
            end,
            outcome: outcome.unwrap_or(Outcome::Unfinished),
            until: end.map_or(last, |end| milestones[end].at),
            milestones,
        })
    }

    /// The first text of a kind.
    pub(super) fn text(&self, text: Text) -> Option<&str> {
        self.milestones.iter().find_map(|one| one.text(text))
    }
}

/// Whether a job has ended, as far as its milestones tell: an attempt after the last end opens
/// it again.
pub(crate) fn has_ended(milestones: Vec<Milestone<'_>>, options: &Options) -> bool {
    let latest = |ends: bool| {
        let of_kind = milestones
            .iter()
            .filter(|one| one.is_end(options) == ends && (ends || one.begins_job()));
        of_kind.map(|one| one.at).max()
    };
    // Where nothing begins after an end there is no need to read the story.
    latest(true).is_some_and(|end| latest(false).is_none_or(|start| start < end))
        || Story::new("", milestones, options).is_some_and(|story| story.end.is_some())
}
