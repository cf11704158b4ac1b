//! Causes that can be planted in a trial, by name, and the truth of what was planted where.
//!
//! The room knows no events: what a cause does to them stands in `trial`.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::event::Millis;

/// Something that is wrong in a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Jobs of one machine fail far more often than others.
    BadMachine,
    /// One step takes three times as long since a while.
    SlowStep,
    /// A job is claimed by two workers at once, another is completed before it started.
    Race,
    /// Three jobs hang in different steps.
    Stuck,
    /// An error that nobody has seen before, among old ones.
    NewError,
    /// The clock of one machine is ahead.
    SkewedClock,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::BadMachine,
        Self::SlowStep,
        Self::Race,
        Self::Stuck,
        Self::NewError,
        Self::SkewedClock,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadMachine => "bad-machine",
            Self::SlowStep => "slow-step",
            Self::Race => "race",
            Self::Stuck => "stuck",
            Self::NewError => "new-error",
            Self::SkewedClock => "skewed-clock",
        }
    }
}

/// What to plant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plant(BTreeSet<Cause>);

impl Plant {
    /// Reads `all`, `none`, or names separated by commas.
    ///
    /// # Errors
    /// The name that is none, and those that are.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self(Cause::ALL.into())),
            "none" => return Ok(Self::default()),
            _ => {}
        }
        let cause = |name: &str| {
            let mut causes = Cause::ALL.into_iter();
            causes
                .find(|cause| cause.name() == name)
                .ok_or_else(|| format!("no cause is called {name:?}; {}", Self::names()))
        };
        text.split(',')
            .map(cause)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn names() -> String {
        let names: Vec<_> = Cause::ALL.iter().map(|cause| cause.name()).collect();
        format!("there are all, none, {}", names.join(", "))
    }

    /// Whether this is to be planted.
    pub fn has(&self, cause: Cause) -> bool {
        self.0.contains(&cause)
    }
}

/// What was planted where: nothing where a field is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Truth {
    /// What makes this run differ from others.
    pub seed: u64,
    /// Number of jobs.
    pub jobs: usize,
    /// The first instant.
    #[serde(serialize_with = "rfc3339")]
    pub start: Millis,
    /// The last one, which is now.
    #[serde(serialize_with = "rfc3339")]
    pub end: Millis,
    /// The machine whose jobs fail.
    pub bad_machine: Option<String>,
    /// The step that takes longer.
    pub slow_step: Option<SlowStep>,
    /// The job that two workers claimed.
    pub claimed_twice: Option<String>,
    /// The job that was completed before it started.
    pub completed_early: Option<String>,
    /// The jobs that hang.
    pub stuck: Vec<Hanging>,
    /// The error that is new.
    pub new_error: Option<NewError>,
    /// The machine whose clock is ahead.
    pub skewed_clock: Option<SkewedClock>,
}

/// A step that takes longer than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowStep {
    /// Who works on it.
    pub service: &'static str,
    /// What begins and ends.
    pub step: &'static str,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub since: Millis,
    /// How many times as long it takes.
    pub factor: i64,
}

/// A job that hangs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hanging {
    /// The job.
    pub job_id: String,
    /// The last that was said of it.
    pub after: &'static str,
}

/// An error that was not there before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewError {
    /// Its name.
    pub name: &'static str,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub since: Millis,
}

/// A clock that is ahead.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkewedClock {
    /// The machine that it is on.
    pub machine_id: String,
    /// By how much.
    pub ahead_ms: i64,
}

fn rfc3339<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_go_by_name() {
        let all = Plant::parse("all").expect("all");
        assert!(Cause::ALL.into_iter().all(|cause| all.has(cause)));
        assert_eq!(Plant::parse("none"), Ok(Plant::default()));
        for cause in Cause::ALL {
            let one = Plant::parse(cause.name()).expect("a name");
            assert_eq!(one.0.into_iter().collect::<Vec<_>>(), [cause]);
        }
        let two = Plant::parse("race,stuck").expect("names");
        assert!(two.has(Cause::Race) && two.has(Cause::Stuck) && !two.has(Cause::NewError));
        let refused = Plant::parse("race,rust").expect_err("no name");
        assert!(
            refused.contains("\"rust\"") && refused.contains("slow-step"),
            "{refused}"
        );
    }
}
