//! Every answer means what the specification says.

use std::net::TcpListener;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceResponse,
};
use prost::Message;
use tonic_types::{ErrorDetails, StatusExt};

use super::*;

/// Each kind of verdict, with what it carries beside words.
#[derive(Debug, PartialEq)]
enum Kind {
    Delivered,
    Partial(u64),
    Retry(Option<u64>),
    Denied,
    Unsupported,
    Refused,
}

fn kind(verdict: &Verdict) -> Kind {
    match verdict {
        Verdict::Delivered => Kind::Delivered,
        Verdict::Partial { rejected, .. } => Kind::Partial(*rejected),
        Verdict::Retry { after, .. } => Kind::Retry(after.map(|after| after.as_secs())),
        Verdict::Denied { .. } => Kind::Denied,
        Verdict::Unsupported { .. } => Kind::Unsupported,
        Verdict::Refused { .. } => Kind::Refused,
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

/// `google.rpc.RetryInfo` in a status, as gRPC's header has it.
fn retry_info(seconds: u64) -> String {
    let delay = Some(Duration::from_secs(seconds));
    let details = ErrorDetails::with_retry_info(delay);
    let status = tonic::Status::with_error_details(tonic::Code::Unavailable, "busy", details);
    base64(status.details())
}

#[test]
fn codes_of_grpc() {
    let receiver = Receiver::start();
    let target = target(&receiver.url(), Protocol::Grpc);
    let none = String::new;
    for (code, details, expected) in [
        (1, none(), Kind::Retry(None)),
        (2, none(), Kind::Refused),
        (3, none(), Kind::Refused),
        (4, none(), Kind::Retry(None)),
        (5, none(), Kind::Refused),
        (6, none(), Kind::Refused),
        (7, none(), Kind::Denied),
        (8, none(), Kind::Refused),
        (8, retry_info(7), Kind::Retry(Some(7))),
        (8, retry_info(0), Kind::Retry(Some(0))),
        (9, none(), Kind::Refused),
        (10, none(), Kind::Retry(None)),
        (11, none(), Kind::Retry(None)),
        (12, none(), Kind::Unsupported),
        (13, none(), Kind::Refused),
        (14, none(), Kind::Retry(None)),
        (14, retry_info(120), Kind::Retry(Some(120))),
        (14, "?no base64?".to_owned(), Kind::Retry(None)),
        (14, base64(b"no status"), Kind::Retry(None)),
        (15, none(), Kind::Retry(None)),
        (16, none(), Kind::Denied),
        (99, none(), Kind::Refused),
    ] {
        receiver.then(Reply::Grpc(code, "what%20it%20says %", details));
        let verdict = verdict(&target, b"x");
        assert_eq!(kind(&verdict), expected, "{code}: {verdict:?}");
        assert!(
            format!("{verdict:?}").contains("what it says %"),
            "{verdict:?}"
        );
    }
}

#[test]
fn statuses_of_http() {
    let receiver = Receiver::start();
    let target = target(&receiver.url(), Protocol::Http);
    for (status, expected) in [
        (200, Kind::Delivered),
        (202, Kind::Delivered),
        (301, Kind::Unsupported),
        (307, Kind::Unsupported),
        (400, Kind::Refused),
        (401, Kind::Denied),
        (403, Kind::Denied),
        (404, Kind::Unsupported),
        (405, Kind::Unsupported),
        (413, Kind::Refused),
        (415, Kind::Unsupported),
        (422, Kind::Refused),
        (429, Kind::Retry(None)),
        (500, Kind::Refused),
        (501, Kind::Unsupported),
        (502, Kind::Retry(None)),
        (503, Kind::Retry(None)),
        (504, Kind::Retry(None)),
    ] {
        let location = vec![("location", "/elsewhere".to_owned())];
        receiver.then(Reply::Http(status, location, b"why not".to_vec()));
        let verdict = verdict(&target, b"x");
        assert_eq!(kind(&verdict), expected, "{status}: {verdict:?}");
        if status > 299 {
            assert!(format!("{verdict:?}").contains(&format!("HTTP {status}: why not")));
        }
    }
    assert!(
        receiver
            .taken()
            .iter()
            .all(|taken| taken.path == "/v1/logs")
    );
}

#[test]
fn retry_after_is_honoured() {
    let receiver = Receiver::start();
    let target = target(&receiver.url(), Protocol::Http);
    for status in [429, 503] {
        let header = vec![("retry-after", "120".to_owned())];
        receiver.then(Reply::Http(status, header, Vec::new()));
        assert_eq!(kind(&verdict(&target, b"x")), Kind::Retry(Some(120)));
    }
    let past = vec![("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())];
    receiver.then(Reply::Http(503, past, Vec::new()));
    assert_eq!(kind(&verdict(&target, b"x")), Kind::Retry(Some(0)));
}

#[test]
fn what_is_rejected_is_counted() {
    let answer = |rejected, words: &str| {
        let partial_success = Some(ExportLogsPartialSuccess {
            rejected_log_records: rejected,
            error_message: words.to_owned(),
        });
        ExportLogsServiceResponse { partial_success }.encode_to_vec()
    };
    let receiver = Receiver::start();
    for protocol in BOTH {
        let target = target(&receiver.url(), protocol);
        for (rejected, words, expected) in [
            (3, "too old", Kind::Partial(3)),
            (3, "", Kind::Partial(3)),
            (0, "", Kind::Delivered),
            (0, "use another endpoint", Kind::Partial(0)),
            (-1, "", Kind::Delivered),
        ] {
            for reply in [Reply::Message as fn(_) -> _, Reply::Gzip] {
                receiver.then(reply(answer(rejected, words)));
                let verdict = verdict(&target, b"x");
                assert_eq!(kind(&verdict), expected, "{protocol:?}");
                assert!(format!("{verdict:?}").contains(words), "{verdict:?}");
            }
        }
        // A backend that answers in a form of its own has taken it all the same.
        receiver.then(Reply::Message(b"{\"partialSuccess\":{}}".to_vec()));
        assert_eq!(kind(&verdict(&target, b"x")), Kind::Delivered);
    }
}

#[test]
fn what_is_no_answer_is_tried_again() {
    let receiver = Receiver::start();
    for protocol in BOTH {
        let mut target = target(&receiver.url(), protocol);
        receiver.then(Reply::Half);
        assert_eq!(
            kind(&verdict(&target, b"x")),
            Kind::Retry(None),
            "{protocol:?}"
        );
        target.timeout = Duration::from_millis(50);
        receiver.then(Reply::Silence);
        let silence = verdict(&target, b"x");
        assert_eq!(kind(&silence), Kind::Retry(None), "{protocol:?}");
        assert!(
            format!("{silence:?}").contains("no answer within 50 ms"),
            "{silence:?}"
        );
    }
    // A gateway in front of gRPC answers as HTTP does.
    let target = target(&receiver.url(), Protocol::Grpc);
    for (status, expected) in [
        (503, Kind::Retry(Some(9))),
        (401, Kind::Denied),
        (404, Kind::Unsupported),
        (200, Kind::Retry(None)),
    ] {
        let after = vec![("retry-after", "9".to_owned())];
        receiver.then(Reply::Http(status, after, b"<html>".to_vec()));
        assert_eq!(kind(&verdict(&target, b"x")), expected, "{status}");
    }
}

#[test]
fn nobody_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for protocol in BOTH {
        let target = target(&format!("http://127.0.0.1:{port}"), protocol);
        let verdict = verdict(&target, b"x");
        assert_eq!(kind(&verdict), Kind::Retry(None));
        assert!(
            format!("{verdict:?}").contains("onnection refused"),
            "{verdict:?}"
        );
    }
}

#[test]
fn reasons_hold_no_secrets() {
    let receiver = Receiver::start();
    for protocol in BOTH {
        let mut target = target(&receiver.url(), protocol);
        target.headers = vec![("authorization".to_owned(), "Bearer s3cret".to_owned())];
        receiver.then(match protocol {
            Protocol::Grpc => Reply::Grpc(16, "no such token: s3cret", String::new()),
            Protocol::Http => Reply::Http(401, Vec::new(), b"no such token: s3cret".to_vec()),
        });
        let verdict = verdict(&target, b"x");
        assert_eq!(kind(&verdict), Kind::Denied);
        assert!(
            format!("{verdict:?}").contains("no such token: ***"),
            "{verdict:?}"
        );
    }
}
