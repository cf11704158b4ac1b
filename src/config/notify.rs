//! Where notices of alerts go: `notify.*`.

use std::time::Duration;

use super::Error;
use super::keys;
use super::layers::Layers;

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

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

/// Scheme and host of an address. The rest may hold a secret: those of Slack are nothing else.
pub(super) fn mask_webhook(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return MASK.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
    {
        host if host == rest => url.to_owned(),
        // A careless password may hold a slash: then what looks like the host is a part of it.
        _ if rest[authority.len()..].contains('@') => format!("{scheme}://{MASK}"),
        host => format!("{scheme}://{host}/{MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_and_host_of_a_webhook_are_shown() {
        for (url, shown) in [
            ("https://hooks.example/T0/B0/x", "https://hooks.example/***"),
            ("http://user:word@h:8080", "http://h:8080/***"),
            ("http://user:w/o@h:8080", "http://***"),
            ("http://h:8080", "http://h:8080"),
            ("hooks.example/T0", "***"),
        ] {
            assert_eq!(mask_webhook(url), shown);
        }
    }
}
