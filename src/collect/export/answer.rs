//! What an endpoint answers, and what that means for a batch.
//!
//! Source: "OpenTelemetry Protocol Specification", 1.x: which answers may be tried again, and when.

use std::time::Duration;

use jiff::Timestamp;
use prost::Message;
use tonic::Code;
use tonic_types::StatusExt;

use super::client::Client;
use crate::collect::output::Verdict;
use crate::config::Protocol;

/// Words of others are cut to this many characters.
const LONGEST_REASON: usize = 300;

/// What to try where gRPC meets something else.
pub(super) const MAY_BE_HTTP: &str =
    "it may be an endpoint for HTTP: --otlp-protocol http/protobuf";

/// What the other side sent was no TLS.
pub(super) const NO_TLS: &str = "InvalidContentType";
/// What to try then.
pub(super) const SPEAKS_NO_TLS: &str = "it may speak no TLS: http:// in place of https://";

/// How one call ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// The message of a success.
    Message(Vec<u8>),
    /// A status of gRPC other than success.
    Status(tonic::Status),
    /// A status of HTTP other than success.
    Http {
        /// Its number.
        status: u16,
        /// What `Retry-After` says.
        after: Option<Duration>,
        /// What the body says.
        words: String,
    },
    /// No answer that could be understood.
    Unreachable(String),
}

impl Answer {
    /// What it means; a success is for whoever knows the message.
    pub(super) fn verdict(self, client: &Client) -> Result<Vec<u8>, Verdict> {
        let target = client.target();
        let url = target.shown();
        let reason = |said: String| {
            let said: String = said.chars().take(LONGEST_REASON).collect();
            format!("{url}: {}", target.without_secrets(said.trim()))
        };
        // A server of gRPC says what is wrong in its own way, with 200.
        let is_foreign = target.protocol == Protocol::Grpc && matches!(self, Self::Http { .. });
        let verdict = match self {
            Self::Message(message) => return Ok(message),
            Self::Unreachable(said) => Verdict::Retry {
                reason: reason(said),
                after: None,
            },
            Self::Status(status) => {
                let code = status.code();
                let name = name(code);
                let said = match status.message() {
                    "" => name.to_owned(),
                    message => format!("{name}: {message}"),
                };
                of_code(code, retry_delay(&status), reason(said))
            }
            Self::Http {
                status,
                after,
                words,
            } => {
                let said = match words.as_str() {
                    "" => format!("HTTP {status}"),
                    words => format!("HTTP {status}: {words}"),
                };
                of_status(status, after, reason(said))
            }
        };
        Err(match verdict {
            Verdict::Unsupported { reason } => {
                let signal = client.signal().name();
                let hint = match is_foreign {
                    true => format!("{MAY_BE_HTTP}; or it may take no {signal}: otlp.signals"),
                    false => format!("it may take no {signal}: otlp.signals"),
                };
                Verdict::Unsupported {
                    reason: format!("{reason} ({hint})"),
                }
            }
            verdict => verdict,
        })
    }
}

/// The table of the specification, "OTLP/gRPC Response".
fn of_code(code: Code, after: Option<Duration>, reason: String) -> Verdict {
    match code {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Verdict::Retry { reason, after },
        // Only with a time is it a server that wants a rest; else the batch is too much for it.
        Code::ResourceExhausted if after.is_some() => Verdict::Retry { reason, after },
        Code::Unauthenticated | Code::PermissionDenied => Verdict::Denied { reason },
        Code::Unimplemented => Verdict::Unsupported { reason },
        _ => Verdict::Refused { reason },
    }
}

/// "OTLP/HTTP Response". What speaks of the address or of the form of a request, not of what is in
/// it, is said of every batch alike.
fn of_status(status: u16, after: Option<Duration>, reason: String) -> Verdict {
    match status {
        429 | 502 | 503 | 504 => Verdict::Retry { reason, after },
        401..=403 | 407 => Verdict::Denied { reason },
        300..=399 | 404..=406 | 410 | 415 | 426 | 501 | 505 => Verdict::Unsupported { reason },
        _ => Verdict::Refused { reason },
    }
}

/// When a server that is busy wants to be asked again.
fn retry_delay(status: &tonic::Status) -> Option<Duration> {
    let info = status.get_details_retry_info()?;
    Some(info.retry_delay.unwrap_or_default())
}

/// `Retry-After`: seconds, or a date.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// What the body of an error says: the message of a `google.rpc.Status`, or text.
pub(super) fn words(body: &[u8], is_protobuf: bool) -> String {
    if is_protobuf {
        let status = tonic_types::Status::decode(body);
        return status.map(|status| status.message).unwrap_or_default();
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * LONGEST_REASON)]);
    if text.trim_start().starts_with('<') {
        // Made for browsers, by something between: the status says as much.
        return "a page of HTML".to_owned();
    }
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

/// The name that every language gives the code.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().expect("a time");
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn bodies_say_why() {
        let status = tonic_types::Status {
            code: 3,
            message: "no resource".to_owned(),
            details: Vec::new(),
        };
        assert_eq!(words(&status.encode_to_vec(), true), "no resource");
        assert_eq!(words(b"\xff\xff", true), "");
        assert_eq!(words(b"  too\n\tlarge", false), "too large");
        assert_eq!(
            words(b"\n<!DOCTYPE html><h1>502</h1>", false),
            "a page of HTML"
        );
    }
}
