//! What is known of a job before spans are made of it.

use super::milestone::{Milestone, Text, in_order};
use super::packed::{Log, Marks};
use crate::event::Millis;
use crate::query::timeline::{Note, Options, Outcome, Types, starts, walk};

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

/// Where a job stands, as far as its log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether an event began it, or began it anew.
    pub(crate) begins: bool,
    /// Whether it has ended: an attempt after the last end opens it again.
    pub(crate) has_ended: bool,
    /// Whether it was told before, and whether there is more to tell since.
    pub(crate) marks: Marks,
}

impl Standing {
    pub(crate) fn of(log: &Log, options: &Options) -> Self {
        let (mut begins, mut begun, mut ended) = (false, None, None);
        let marks = log.skim(|at, event_type| {
            let (starts, ends) = (starts(event_type), options.ends(event_type));
            begins |= starts;
            let latest = if ends { &mut ended } else { &mut begun };
            *latest = (*latest).max(Some(at).filter(|_| starts || ends));
        });
        // Where nothing begins after an end there is no need to read the story.
        let is_plain = ended.is_some() && begun < ended;
        let by_story = || Story::new("", log.read().milestones, options)?.end;
        Self {
            begins,
            has_ended: is_plain || by_story().is_some(),
            marks,
        }
    }
}
