//! Where notices of alerts go: `notify.*`.

use std::time::Duration;

use super::Error;
use super::keys;
use super::layers::Layers;
use super::mask::{MASK, mask_webhook};

/// The shape of what a webhook gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// The notice, as docs/alerts.md sets it down.
    #[default]
    Json,
    /// A message of Slack.
    Slack,
}

/// Where notices go, and how.
#[derive(Clone, Default)]
pub struct NotifySettings {
    /// The address of a webhook; holds secrets.
    pub webhook: Option<String>,
    /// What is posted there.
    pub shape: Shape,
    /// What signs it.
    pub secret: Option<String>,
    /// A command for `sh -c`.
    pub command: Option<String>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

impl std::fmt::Debug for NotifySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotifySettings")
            .field("webhook", &self.webhook.as_deref().map(mask_webhook))
            .field("shape", &self.shape)
            .field("secret", &self.secret.as_ref().map(|_| MASK))
            .field("command", &self.command)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl NotifySettings {
    pub(super) fn read(layers: &mut Layers, faults: &mut Vec<Error>) -> Self {
        let webhook = layers.optional(keys::NOTIFY_WEBHOOK);
        let fine = |url: &String| has_host(url);
        if let Some(url) = webhook.as_ref().filter(|url| !fine(url)) {
            faults.push(Error::Value {
                key: keys::NOTIFY_WEBHOOK,
                value: mask_webhook(url),
                expected: "address with http:// or https://",
                origin: layers.value(keys::NOTIFY_WEBHOOK).origin,
            });
        }
        let timeout = layers.duration(keys::NOTIFY_TIMEOUT, faults);
        if timeout.is_zero() {
            faults.push(Error::Value {
                key: keys::NOTIFY_TIMEOUT,
                value: layers.text(keys::NOTIFY_TIMEOUT),
                expected: "duration above zero",
                origin: layers.value(keys::NOTIFY_TIMEOUT).origin,
            });
        }
        Self {
            webhook: webhook.filter(fine),
            shape: layers.parsed(keys::NOTIFY_SHAPE, "shape (json, slack)", faults, |text| {
                match text {
                    "json" => Some(Shape::Json),
                    "slack" => Some(Shape::Slack),
                    _ => None,
                }
            }),
            secret: layers.optional(keys::NOTIFY_SECRET),
            command: layers.optional(keys::NOTIFY_COMMAND),
            timeout,
        }
    }
}

fn has_host(url: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
}
