//! What is special about an event.

use std::fmt;

use serde::{Serialize, Serializer};

/// What can be special about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    /// It says that something failed.
    Failure,
    /// It ends the job.
    End,
    /// It ended the job, but the job was tried again.
    Retried,
    /// It opens another try.
    NewAttempt,
    /// The same service said the same in this try before.
    Repeat,
    /// The job had ended by then.
    AfterEnd,
}

impl Mark {
    const ALL: [Self; 6] = [
        Self::Failure,
        Self::End,
        Self::Retried,
        Self::NewAttempt,
        Self::Repeat,
        Self::AfterEnd,
    ];

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The marks of an event. There is one of these for every step of all jobs.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// Whether a mark is among them.
    pub fn has(self, mark: Mark) -> bool {
        self.0 & mark.bit() != 0
    }

    /// The marks, in the order of [`Mark`].
    pub fn iter(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.into_iter().filter(move |mark| self.has(*mark))
    }

    pub(super) fn add(&mut self, mark: Mark) {
        self.0 |= mark.bit();
    }

    pub(super) fn remove(&mut self, mark: Mark) {
        self.0 &= !mark.bit();
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Marks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
