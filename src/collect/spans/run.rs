//! What metrics want to know of a job.

use smol_str::SmolStr;

use crate::event::Millis;
use crate::query::timeline::Outcome;

/// The most steps that are told of a job.
pub(super) const MAX_STEPS: usize = 256;

/// One job from its first event to its last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobRun {
    /// The job.
    pub(crate) job: String,
    /// Its type, where an event tells.
    pub(crate) job_type: Option<SmolStr>,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// When it began.
    pub(crate) started: Millis,
    /// When it ended; of an unfinished one, when it was last heard of.
    pub(crate) ended: Millis,
    /// How long it waited for its first worker, in milliseconds.
    pub(crate) queue_wait: Option<i64>,
    /// How often it was attempted, as far as events tell.
    pub(crate) attempts: u32,
    /// What was done for it, the first 256.
    pub(crate) steps: Vec<RunStep>,
}

/// Something that was done for a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunStep {
    /// What: `connector.processing`.
    pub(crate) name: SmolStr,
    /// Who did it.
    pub(crate) service: SmolStr,
    /// How long it took, in milliseconds.
    pub(crate) ms: i64,
    /// Whether it failed.
    pub(crate) failed: bool,
}
