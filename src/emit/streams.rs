//! Which stream an event belongs to.

use crate::config::{Settings, StreamSettings};
use crate::event::Event;

/// The two streams: events and errors.
#[derive(Clone, Debug)]
pub(super) struct Streams([StreamSettings; 2]);

impl Streams {
    pub(super) fn new(settings: &Settings) -> Self {
        Self([settings.events.clone(), settings.errors.clone()])
    }

    /// The stream an event belongs to: the one it was read from if that is one of ours, else the
    /// one for its type.
    pub(super) fn of(&self, event: &Event) -> &StreamSettings {
        let [events, errors] = &self.0;
        match event.stream() {
            Some(stream) if stream == events.name => events,
            Some(stream) if stream == errors.name => errors,
            _ if event.is_error_event() => errors,
            _ => events,
        }
    }

    /// The cap of a stream that is one of ours.
    pub(super) fn max_len(&self, name: &str) -> Option<u64> {
        let stream = self.0.iter().find(|stream| stream.name == name);
        stream.map(|stream| stream.max_len)
    }
}
