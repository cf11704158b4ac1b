//! OTLP over HTTP: a POST for each message.

use jiff::Timestamp;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity};

use super::answer::{Answer, NO_TLS, SPEAKS_NO_TLS, retry_after, words};
use super::client::{LARGEST_ANSWER, USER_AGENT, packed, unpacked};
use super::error::cause;
use crate::config::OtlpTarget;

const PROTOBUF: &str = "application/x-protobuf";

#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    headers: HeaderMap,
}

impl Http {
    /// What is wrong comes as a sentence without secrets.
    pub(super) fn new(target: &OtlpTarget) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            // A variable that is meant for browsers must not lead events elsewhere, and gRPC knows
            // of no proxy either.
            .no_proxy()
            // A redirected POST loses its body, and its headers hold tokens.
            .redirect(Policy::none())
            .connect_timeout(target.timeout)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1);
        if let Some(ca) = &target.ca {
            let ca = Certificate::from_pem_bundle(ca).map_err(|error| cause(&error))?;
            builder = builder.tls_certs_only(ca);
        } else if !target.is_tls {
            // The system's authorities are some hundred kilobytes that nobody asks.
            builder = builder.tls_certs_only([]);
        }
        if let Some(own) = &target.identity {
            let pem = [own.certificate.as_slice(), b"\n", own.key.as_slice()].concat();
            let identity = Identity::from_pem(&pem).map_err(|error| cause(&error))?;
            builder = builder.identity(identity);
        }
        let mut headers = headers(target);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
        if target.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self {
            client: builder.build().map_err(|error| cause(&error))?,
            headers,
        })
    }

    pub(super) async fn call(&mut self, target: &OtlpTarget, message: Vec<u8>) -> Answer {
        let request = self
            .client
            .post(&target.url)
            .headers(self.headers.clone())
            .body(packed(message, target.gzip, 0));
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => unreachable(error),
        }
    }
}

/// The headers that are configured. Settings have been checked: every one can be sent.
pub(super) fn headers(target: &OtlpTarget) -> HeaderMap {
    let pairs = target.headers.iter().filter_map(|(name, value)| {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    });
    pairs.collect()
}

async fn read(mut response: reqwest::Response) -> Answer {
    let status = response.status();
    let header = |name| response.headers().get(name)?.to_str().ok();
    let after = header(RETRY_AFTER).and_then(|text| retry_after(text, Timestamp::now()));
    let is_protobuf = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with(PROTOBUF));
    let is_gzip = header(CONTENT_ENCODING) == Some("gzip");
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_ANSWER => {
                body.extend_from_slice(&chunk);
            }
            // Too long to be an answer: what it begins with says enough.
            Ok(_) => break,
            // Whether it took the message is unknown: its status may have been a success.
            Err(error) => return unreachable(error),
        }
    }
    if is_gzip {
        body = unpacked(&body).unwrap_or_default();
    }
    match status.is_success() {
        true => Answer::Message(body),
        false => Answer::Http {
            status: status.as_u16(),
            after,
            words: words(&body, is_protobuf),
        },
    }
}

/// Without the address, which may hold a token, and which whoever reports it names anyway.
fn unreachable(error: reqwest::Error) -> Answer {
    let cause = cause(&error.without_url());
    // A server of gRPC begins with bytes that are no HTTP/1.1, before or after our request.
    let foreign = ["invalid HTTP version", "unexpected message"];
    let hint = if cause.contains(NO_TLS) {
        format!(" ({SPEAKS_NO_TLS})")
    } else if foreign.iter().any(|words| cause.contains(words)) {
        " (it may be an endpoint for gRPC: --otlp-protocol grpc)".to_owned()
    } else {
        String::new()
    };
    Answer::Unreachable(format!("{cause}{hint}"))
}
