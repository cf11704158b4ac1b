//! What fails: failures by kind, one kind in full, what two have in common.
//!
//! A [`Failure`] is read from every event that says that something failed. A [`Linker`] puts together
//! those that tell of the same one, and [`Errors`], [`Detail`], [`Patterns`] and [`Pair`] take what
//! comes out of it. They know nothing of where events come from, and no clock.

mod detail;
mod explain;
mod failure;
mod groups;
mod link;
mod patterns;
mod pulse;
mod report;
mod story;
mod tally;
#[cfg(test)]
mod tests;
mod witness;

pub use detail::{Detail, DetailReport, JobShare, Meaning};
pub use explain::{Explanation, Pair, Side};
pub use failure::{Also, Failure};
pub use link::Linker;
pub use patterns::{Pattern, Patterns, PatternsReport, Template};
pub use pulse::State;
pub use report::{Errors, ErrorsReport, Row, Window};
pub use story::{Story, Told, tell};
pub use tally::{Share, Shares};
pub use witness::Witness;

use crate::event::Millis;
use crate::glob::Glob;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The beginning of the window, where one was named. What is older is what happened before.
    pub since: Option<Millis>,
    /// Its end, where one was named.
    pub until: Option<Millis>,
    /// The instant at which it is asked.
    pub now: Millis,
    /// Names of errors, with `*` and `?`; none for all.
    pub names: Vec<String>,
}

impl Options {
    /// Whether a failure has one of the names.
    pub fn takes(&self, failure: &Failure) -> bool {
        let fits = |name: &String| {
            let name = Glob::plain(name);
            name.matches(&failure.kind.name)
                || name.matches(failure.event_type.trim_start_matches("error."))
        };
        self.names.is_empty() || self.names.iter().any(fits)
    }
}
