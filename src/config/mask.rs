//! What is shown of a value that holds a secret.

use super::keys::{self, Key};
use super::otlp;

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

/// The value of a setting as it may be shown: of an address the password is masked, of headers the
/// values, of a webhook all but the host, of any other secret all of it.
pub(super) fn masked(key: &Key, text: &str) -> String {
    let is_address = key.name == keys::URL || key.name.ends_with("endpoint");
    match key.name {
        _ if !key.secret => text.to_owned(),
        keys::NOTIFY_WEBHOOK => mask_webhook(text),
        _ if is_address => mask_password(text),
        name if name.ends_with("headers") => otlp::mask_headers(text),
        _ => MASK.to_owned(),
    }
}

/// Replaces the passwords of an address by `***`: the one of the user, and that of `?pass=`, as
/// addresses of sockets have it.
pub(crate) fn mask_password(url: &str) -> String {
    let url = mask_user(url);
    let Some(start) = url.find("pass=").map(|at| at + 5) else {
        return url;
    };
    let end = url[start..].find('&').map_or(url.len(), |at| start + at);
    format!("{}***{}", &url[..start], &url[end..])
}

fn mask_user(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    // The last `@`: a careless password may hold others.
    let Some(at) = url[start..].rfind('@').map(|at| start + at) else {
        return url.to_owned();
    };
    let at = if at < end {
        at
    } else {
        url[start..end].rfind('@').map_or(at, |inner| start + inner)
    };
    match url[start..at].find(':') {
        Some(colon) => format!("{}:***{}", &url[..start + colon], &url[at..]),
        None => url.to_owned(),
    }
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
