//! What a success says of what it left out.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;

use super::answer::Answer;
use super::client::Client;
use crate::collect::output::Verdict;

/// What an answer means for a batch.
pub(super) fn verdict(answer: Answer, client: &Client) -> Verdict {
    match answer.verdict(client) {
        Ok(message) => of_message(&message, client),
        Err(verdict) => verdict,
    }
}

/// The answers of all signals have the same form. One that cannot be read is still a success.
fn of_message(message: &[u8], client: &Client) -> Verdict {
    let answer = ExportLogsServiceResponse::decode(message).unwrap_or_default();
    let partial = answer.partial_success.unwrap_or_default();
    let rejected = u64::try_from(partial.rejected_log_records).unwrap_or(0);
    if rejected == 0 && partial.error_message.is_empty() {
        return Verdict::Delivered;
    }
    let target = client.target();
    Verdict::Partial {
        rejected,
        reason: format!(
            "{}: {}",
            target.shown(),
            target.without_secrets(&partial.error_message)
        ),
    }
}
