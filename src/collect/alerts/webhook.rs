//! Posts notices: JSON or a message of Slack, signed where a secret is set.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url, redirect};
use ring::hmac;
use rustls::{ClientConfig, RootCertStore};

use super::deliver::Attempt;
use super::notice::Notice;
use crate::config::{NotifySettings, Shape};

/// The header that proves who posted.
const SIGNATURE: &str = "X-Emp-Signature";
/// The header by which copies of a notice are known.
const NOTICE_ID: &str = "X-Emp-Notice-Id";

/// Where notices are posted.
pub(super) struct Webhook {
    client: Client,
    url: Url,
    shape: Shape,
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

impl Webhook {
    /// The webhook of the settings; the error is a reason for people, without secrets.
    pub(super) fn new(settings: &NotifySettings) -> Result<Option<Self>, String> {
        let Some(address) = &settings.webhook else {
            return Ok(None);
        };
        let url: Url = address
            .parse()
            .map_err(|error| format!("notify.webhook is no address: {error}"))?;
        let client = Client::builder()
            .user_agent(concat!("emp/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            // A redirected post becomes something else, and goes where nobody said.
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .tls_backend_preconfigured(tls()?);
        let client = client
            .build()
            .map_err(|error| format!("notices cannot be posted: {error}"))?;
        let key = settings.secret.as_deref();
        Ok(Some(Self {
            client,
            url,
            shape: settings.shape,
            key: key.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
        }))
    }

    pub(super) async fn attempt(&self, notice: &Notice) -> Attempt {
        let body = match self.shape {
            Shape::Json => notice.json(),
            Shape::Slack => notice.slack(),
        };
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(NOTICE_ID, &notice.id);
        if let Some(key) = &self.key {
            request = request.header(SIGNATURE, signature(key, body.as_bytes()));
        }
        match request.body(body).send().await {
            Ok(response) => {
                let after = response.headers().get(RETRY_AFTER);
                let after = after.and_then(|after| after.to_str().ok()?.parse().ok());
                verdict(response.status(), after.map(Duration::from_secs))
            }
            Err(error) => {
                // The address may hold a secret.
                let error = error.without_url();
                let reason = match (error.is_timeout(), error.is_connect()) {
                    (true, _) => "did not answer in time".to_owned(),
                    (_, true) => "cannot be reached".to_owned(),
                    _ => format!("cannot be used: {error}"),
                };
                Attempt::Failed {
                    reason,
                    after: None,
                }
            }
        }
    }
}

fn verdict(status: StatusCode, after: Option<Duration>) -> Attempt {
    let reason = format!("answers {}", status.as_u16());
    match status {
        status if status.is_success() => Attempt::Done,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Attempt::Failed { reason, after }
        }
        status if status.is_server_error() => Attempt::Failed { reason, after },
        _ => Attempt::Refused { reason },
    }
}

/// `sha256=` and the HMAC of the body in hex, as GitHub signs its webhooks.
fn signature(key: &hmac::Key, body: &[u8]) -> String {
    let tag = hmac::sign(key, body);
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={hex}")
}

/// Trusts the system's authorities.
fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    // A system without any can still post to http://.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_signed_as_anybody_can_check() {
        // RFC 4231, test case 2.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        assert_eq!(
            signature(&key, b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_may_work_later_is_tried_again() {
        let is_final = |code: u16| {
            let status = StatusCode::from_u16(code).expect("a status");
            !matches!(verdict(status, None), Attempt::Failed { .. })
        };
        assert!(
            [408, 429, 500, 502, 503, 504]
                .into_iter()
                .all(|code| !is_final(code))
        );
        assert!(
            [200, 204, 301, 400, 401, 404, 410]
                .into_iter()
                .all(is_final)
        );
        let after = Some(Duration::from_secs(7));
        let Attempt::Failed { after: told, .. } = verdict(StatusCode::TOO_MANY_REQUESTS, after)
        else {
            panic!("no failure");
        };
        assert_eq!(told, after);
    }
}
