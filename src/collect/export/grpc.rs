//! OTLP over gRPC: unary calls on a channel of tonic's.
//!
//! Source: "gRPC over HTTP2": a message behind a byte that says whether it is compressed and four
//! with its length; the status in the trailers, or in the headers where there is no message.

use std::future::poll_fn;

use http_body_util::{BodyExt, Full, Limited};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use tonic::body::Body;
use tonic::codegen::http::{Request, Response, Version};
use tonic::codegen::{Bytes, Service};
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

use super::answer::{Answer, MAY_BE_HTTP, NO_TLS, SPEAKS_NO_TLS, retry_after};
use super::client::{LARGEST_ANSWER, Signal, USER_AGENT, packed, unpacked};
use super::error::cause;
use super::http::headers;
use crate::config::OtlpTarget;

/// The bytes before a message.
const PREFIX: usize = 5;

#[derive(Debug)]
pub(super) struct Grpc {
    endpoint: Endpoint,
    path: &'static str,
    headers: HeaderMap,
    channel: Option<Channel>,
}

impl Grpc {
    /// What is wrong comes as a sentence without secrets.
    pub(super) fn new(signal: Signal, target: &OtlpTarget) -> Result<Self, String> {
        let prepared = || -> Result<Endpoint, tonic::transport::Error> {
            let mut endpoint = Endpoint::from_shared(target.url.clone())?
                .user_agent(USER_AGENT)?
                .connect_timeout(target.timeout)
                .tcp_nodelay(true);
            if target.is_tls {
                endpoint = endpoint.tls_config(tls(target))?;
            }
            Ok(endpoint)
        };
        let mut headers = headers(target);
        let fixed = [
            (CONTENT_TYPE.as_str(), "application/grpc"),
            ("te", "trailers"),
            ("grpc-accept-encoding", "gzip,identity"),
            (
                "grpc-encoding",
                if target.gzip { "gzip" } else { "identity" },
            ),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Ok(Self {
            endpoint: prepared().map_err(|error| cause(&error))?,
            path: signal.service(),
            headers,
            channel: None,
        })
    }

    pub(super) async fn call(&mut self, target: &OtlpTarget, message: Vec<u8>) -> Answer {
        // A channel lives in the runtime that first uses it.
        let channel = self
            .channel
            .get_or_insert_with(|| self.endpoint.connect_lazy());
        let mut request = Request::new(Body::new(Full::new(framed(message, target.gzip))));
        *request.method_mut() = tonic::codegen::http::Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = self.headers.clone();
        match self.path.parse() {
            Ok(path) => *request.uri_mut() = path,
            Err(_) => return Answer::Unreachable("its address makes no path".to_owned()),
        }
        let answered = match poll_fn(|context| channel.poll_ready(context)).await {
            Ok(()) => channel.call(request).await,
            Err(error) => Err(error),
        };
        let answer = match answered {
            Ok(response) => read(response).await,
            Err(error) => unreachable(&error),
        };
        if matches!(answer, Answer::Unreachable(_)) {
            // The next attempt looks the name up again.
            self.channel = None;
        }
        answer
    }
}

fn unreachable(error: &tonic::transport::Error) -> Answer {
    let cause = cause(error);
    // What a server of HTTP/1.1 says to the first bytes of HTTP/2 is no frame.
    let hint = if cause.contains(NO_TLS) {
        format!(" ({SPEAKS_NO_TLS})")
    } else if cause.contains("frame with invalid size") || cause.contains("broken pipe") {
        format!(" ({MAY_BE_HTTP})")
    } else {
        String::new()
    };
    Answer::Unreachable(format!("{cause}{hint}"))
}

fn tls(target: &OtlpTarget) -> ClientTlsConfig {
    let config = match &target.ca {
        Some(ca) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)),
        None => ClientTlsConfig::new().with_native_roots(),
    };
    match &target.identity {
        Some(own) => config.identity(Identity::from_pem(&own.certificate, &own.key)),
        None => config,
    }
}

fn framed(message: Vec<u8>, gzip: bool) -> Bytes {
    let mut frame = packed(message, gzip, PREFIX);
    let length = u32::try_from(frame.len() - PREFIX).unwrap_or(u32::MAX);
    frame[0] = gzip.into();
    frame[1..PREFIX].copy_from_slice(&length.to_be_bytes());
    frame.into()
}

async fn read(response: Response<Body>) -> Answer {
    let (head, body) = response.into_parts();
    if head.status.as_u16() != 200 {
        // Something on the way answers, which knows nothing of gRPC.
        let after = head
            .headers
            .get(RETRY_AFTER)
            .and_then(|text| text.to_str().ok());
        return Answer::Http {
            status: head.status.as_u16(),
            after: after.and_then(|text| retry_after(text, jiff::Timestamp::now())),
            words: String::new(),
        };
    }
    if let Some(status) = status(&head.headers) {
        return ended(status, Bytes::new());
    }
    match Limited::new(body, LARGEST_ANSWER).collect().await {
        Ok(collected) => {
            let status = collected.trailers().and_then(status);
            match status {
                Some(status) => ended(status, collected.to_bytes()),
                None => Answer::Unreachable("it answers without a status of gRPC".to_owned()),
            }
        }
        Err(error) => Answer::Unreachable(cause(&*error)),
    }
}

fn ended(status: Status, body: Bytes) -> Answer {
    match status.code() {
        Code::Ok => Answer::Message(unframed(&body).unwrap_or_default()),
        _ => Answer::Status(status),
    }
}

/// The message of an answer; `None` where it is none.
fn unframed(body: &[u8]) -> Option<Vec<u8>> {
    let (prefix, message) = body.split_at_checked(PREFIX)?;
    match prefix[0] {
        0 => Some(message.to_owned()),
        _ => unpacked(message),
    }
}

/// The status that headers or trailers tell, if they do. Details that cannot be read are none.
fn status(headers: &HeaderMap) -> Option<Status> {
    let code = Code::from_bytes(headers.get("grpc-status")?.as_bytes());
    let message = headers.get("grpc-message").map(HeaderValue::as_bytes);
    let details = MetadataMap::from_headers(headers.clone());
    let details = details.get_bin("grpc-status-details-bin");
    let details = details.and_then(|details| details.to_bytes().ok());
    Some(Status::with_details(
        code,
        percent_decoded(message.unwrap_or_default()),
        details.unwrap_or_default(),
    ))
}

fn percent_decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let code = match (first, tail.get(..2)) {
            (b'%', Some(code)) => std::str::from_utf8(code)
                .ok()
                .and_then(|code| u8::from_str_radix(code, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
