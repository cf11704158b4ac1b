//! Since when and until when there are events at all, failures or not.

use crate::event::{Event, Millis};

/// Streams that are told apart.
const STREAMS: usize = 64;

/// Takes every event that is looked at.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    streams: Vec<(String, Millis)>,
    span: Option<(Millis, Millis)>,
}

impl Witness {
    /// Takes an event.
    pub fn see(&mut self, event: &Event) {
        let at = event.timestamp;
        self.see_at(at);
        let stream = event.stream().unwrap_or_default();
        if let Some((_, oldest)) = self.streams.iter_mut().find(|(known, _)| known == stream) {
            *oldest = at.min(*oldest);
        } else if self.streams.len() < STREAMS {
            self.streams.push((stream.to_owned(), at));
        }
    }

    /// Takes an instant at which there was an event.
    pub fn see_at(&mut self, at: Millis) {
        let (oldest, newest) = self.span.unwrap_or((at, at));
        self.span = Some((oldest.min(at), newest.max(at)));
    }

    /// The oldest and the newest event.
    pub fn span(&self) -> Option<(Millis, Millis)> {
        self.span
    }

    /// The oldest event of a stream.
    pub(super) fn oldest_of(&self, stream: &str) -> Option<Millis> {
        let mut streams = self.streams.iter();
        let found = streams.find(|(known, _)| known == stream);
        found.map(|(_, oldest)| *oldest)
    }
}
