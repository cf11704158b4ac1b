//! Where the stream begins that carries events: others are trimmed later, and what they hold from before
//! is too little to measure by.

use crate::event::{Event, Millis};

/// Looks for it while events pass by in the order of their entries.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    stream: String,
    /// The newest entry of other streams so far.
    others: Option<Millis>,
    /// Nothing more is to be found out.
    over: bool,
}

impl Opening {
    pub(super) fn new(stream: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            others: None,
            over: false,
        }
    }

    /// Where the stream begins, told once, at its first event, where all that came before is older and
    /// comes from other streams.
    pub(super) fn at(&mut self, event: &Event) -> Option<Millis> {
        if self.over {
            return None;
        }
        let Some(heard) = event.heard() else {
            // Without entries nothing is known of streams.
            self.over = true;
            return None;
        };
        if event.stream() != Some(self.stream.as_str()) {
            self.others = self.others.max(Some(heard));
            return None;
        }
        self.over = true;
        self.others.filter(|others| *others <= heard).map(|_| heard)
    }
}
