//! Whether the endpoints can be reached and take what would be sent.

use super::client::{Client, Signal};
use super::{Error, partial};
use crate::collect::output::Verdict;
use crate::config::{OtlpSettings, OtlpTarget};

/// What one endpoint answered.
#[derive(Debug)]
pub(crate) struct Reached {
    /// What would be sent there.
    pub(crate) signal: Signal,
    /// The address.
    pub(crate) url: String,
    /// [`Verdict::Delivered`] where all is well.
    pub(crate) verdict: Verdict,
}

/// Sends a request without content to the endpoint of each signal, all at once.
///
/// # Errors
/// When certificates cannot be used.
pub(crate) async fn check(settings: &OtlpSettings) -> Result<Vec<Reached>, Error> {
    let (logs, traces, metrics) = tokio::join!(
        reach(Signal::Logs, settings.logs.as_ref()),
        reach(Signal::Traces, settings.traces.as_ref()),
        reach(Signal::Metrics, settings.metrics.as_ref()),
    );
    Ok([logs?, traces?, metrics?].into_iter().flatten().collect())
}

async fn reach(signal: Signal, target: Option<&OtlpTarget>) -> Result<Option<Reached>, Error> {
    let Some(target) = target else {
        return Ok(None);
    };
    let mut client = Client::new(signal, target)?;
    let answer = client.call(Vec::new()).await;
    Ok(Some(Reached {
        signal,
        url: target.shown().to_owned(),
        verdict: partial::verdict(answer, &client),
    }))
}
