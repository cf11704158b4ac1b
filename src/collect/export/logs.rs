//! The output of events as logs.

use super::client::{Client, Signal};
use super::record::Slate;
use super::resource::Request;
use super::{Error, partial};
use crate::collect::output::{Output, Verdict};
use crate::config::OtlpSettings;
use crate::event::Event;

/// Sends each event as a log record.
#[derive(Debug)]
pub(crate) struct Logs {
    client: Client,
    resource: Vec<(String, String)>,
}

impl Logs {
    /// The output, unconnected; `None` where logs are not sent.
    ///
    /// # Errors
    /// When certificates cannot be used.
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Option<Self>, Error> {
        let client = settings
            .logs
            .as_ref()
            .map(|target| Client::new(Signal::Logs, target));
        Ok(client.transpose()?.map(|client| Self {
            client,
            resource: settings.resource.clone(),
        }))
    }
}

impl Output for Logs {
    type Item = Event;

    async fn deliver(&mut self, batch: &[&Event]) -> Verdict {
        let message = message(batch, &self.resource);
        partial::verdict(self.client.call(message).await, &self.client)
    }
}

/// An encoded `ExportLogsServiceRequest` of all events.
pub(super) fn message(batch: &[&Event], configured: &[(String, String)]) -> Vec<u8> {
    let mut request = Request::for_items(batch.len());
    let mut slate = Slate::default();
    for event in batch {
        let (emitter, record, attributes) = slate.write(event);
        request.push(emitter, record, attributes);
    }
    request.encoded(configured)
}
