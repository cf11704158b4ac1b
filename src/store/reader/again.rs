//! What was read before, as sources: whoever asks again need not read again.

use std::sync::Arc;

use super::super::{Coverage, Error, Scan, Sink, Source};
use super::{Answer, Reader};
use crate::event::Event;

impl Reader {
    /// A reader of events that another one gave, all that there are; `None` where the answer says that
    /// some are missing.
    pub fn again(events: &Arc<Vec<Event>>, answer: &Answer) -> Option<Self> {
        let mut events = Some(Arc::clone(events));
        let sources = answer.coverage.iter().map(|coverage| {
            let events = events.take().unwrap_or_default();
            let coverage = coverage.clone();
            Box::new(Memory { events, coverage }) as Box<dyn Source>
        });
        let sources: Vec<_> = sources.collect();
        (answer.is_whole() && !sources.is_empty()).then(|| Self::new(sources))
    }
}

/// Events in memory. The first source has them, wherever they came from.
struct Memory {
    events: Arc<Vec<Event>>,
    coverage: Coverage,
}

impl Source for Memory {
    fn name(&self) -> String {
        self.coverage.source.clone()
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        for event in &*self.events {
            let is_wanted = |stream: &str| scan.wants_stream(stream.as_bytes());
            if event.stream().is_none_or(is_wanted) && scan.accepts(event) {
                sink.event(&mut event.clone())?;
            }
        }
        Ok(self.coverage.clone())
    }
}
