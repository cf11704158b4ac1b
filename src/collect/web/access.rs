//! Who is answered: a name check on loopback, a token where one is set.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONNECTION, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::hmac;

use super::{Site, answers};

/// Pages that show what a collector does; the others say only yes or no.
const SHOWING: [&str; 2] = ["/status", "/metrics"];
/// What both tokens sign.
const MESSAGE: &[u8] = b"emp listen token";

/// Who may ask.
pub(super) struct Access {
    is_local: bool,
    /// The token's signature: comparing two takes the same time whatever they are.
    signature: Option<hmac::Tag>,
}

impl Access {
    /// For a place that only this machine can reach, or one that all can; with or without a token.
    pub(super) fn new(is_local: bool, token: Option<&str>) -> Self {
        Self {
            is_local,
            signature: token.map(|token| hmac::sign(&key(token), MESSAGE)),
        }
    }

    /// Why a request is turned away.
    fn refusal(&self, path: &str, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str());
        if self.is_local
            && let Some(host) = text(HOST)
            && !host.is_ok_and(is_this_machine)
        {
            let hint = "this collector answers to localhost and 127.0.0.1 only\n\
                        hint: --listen another address, with a token";
            return Some((StatusCode::FORBIDDEN, hint));
        }
        let signature = self.signature.as_ref()?;
        let given = text(AUTHORIZATION).and_then(Result::ok).and_then(bearer);
        let is_right = given
            .is_some_and(|given| hmac::verify(&key(given), MESSAGE, signature.as_ref()).is_ok());
        (SHOWING.contains(&path) && !is_right).then_some((
            StatusCode::UNAUTHORIZED,
            "a token is needed\nhint: curl -H \"Authorization: Bearer $EMP_LISTEN_TOKEN\"",
        ))
    }
}

fn key(token: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes())
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a `Host` names loopback.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Stands before every page. A connection carries one request: then its time and its bytes are
/// bounded by those of one.
pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let refusal = site.access.refusal(request.uri().path(), request.headers());
    let mut response = match refusal {
        None => next.run(request).await,
        Some((status, reason)) => answers::text(status, reason).into_response(),
    };
    let headers = response.headers_mut();
    if refusal.is_some_and(|(status, _)| status == StatusCode::UNAUTHORIZED) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn asked(access: &Access, path: &str, headers: &[(HeaderName, &str)]) -> Option<u16> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a header");
            (name.clone(), value)
        });
        let refusal = access.refusal(path, &headers.collect());
        refusal.map(|(status, _)| status.as_u16())
    }

    #[test]
    fn loopback_answers_to_no_other_name() {
        let access = Access::new(true, None);
        for (host, refused) in [
            ("localhost", None),
            ("LOCALHOST:9464", None),
            ("emp.localhost:9464", None),
            ("127.0.0.1:9464", None),
            ("127.9.9.9", None),
            ("[::1]:9464", None),
            ("evil.example", Some(403)),
            ("localhost.evil.example:9464", Some(403)),
            ("127.0.0.1.evil.example", Some(403)),
            ("10.0.0.1:9464", Some(403)),
            ("[::2]:9464", Some(403)),
            ("", Some(403)),
        ] {
            assert_eq!(
                asked(&access, "/healthz", &[(HOST, host)]),
                refused,
                "{host}"
            );
        }
        assert_eq!(
            asked(&access, "/status", &[]),
            None,
            "HTTP/1.0 names nobody"
        );
        let open = Access::new(false, Some("sesame"));
        assert_eq!(asked(&open, "/healthz", &[(HOST, "evil.example")]), None);
    }

    #[test]
    fn a_token_guards_what_shows_something() {
        let access = Access::new(false, Some("sesame"));
        for (given, refused) in [
            ("Bearer sesame", None),
            ("bearer  sesame", None),
            ("Bearer sesam", Some(401)),
            ("Bearer sesamee", Some(401)),
            ("Bearer ", Some(401)),
            ("Bearer", Some(401)),
            ("Basic sesame", Some(401)),
        ] {
            for path in ["/status", "/metrics"] {
                assert_eq!(
                    asked(&access, path, &[(AUTHORIZATION, given)]),
                    refused,
                    "{given}"
                );
            }
        }
        assert_eq!(asked(&access, "/status", &[]), Some(401));
        for path in ["/healthz", "/readyz", "/other"] {
            assert_eq!(asked(&access, path, &[]), None);
        }
    }
}
