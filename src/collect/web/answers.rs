//! One function an address.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use serde::Serialize;

use super::Site;
use crate::collect::meters::{Exposition, render};

/// Status, headers and body.
pub(super) type Answer = (StatusCode, [(HeaderName, &'static str); 2], String);

/// Text for people.
pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    answer(status, "text/plain; charset=utf-8", text.into() + "\n")
}

fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    // Structs with named fields and numbers can always be written.
    let body = serde_json::to_string_pretty(value).unwrap_or_default();
    answer(status, "application/json", body + "\n")
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")];
    (status, headers, body)
}

/// `/healthz`: the process works. What it talks to may be away: to start it anew would mend nothing.
pub(super) async fn alive(State(site): State<Arc<Site>>) -> Answer {
    match site.collector.broken() {
        None => text(StatusCode::OK, "ok"),
        Some(thread) => {
            let reason = format!("the thread {thread} ended by itself");
            text(StatusCode::SERVICE_UNAVAILABLE, reason)
        }
    }
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    reasons: Vec<String>,
}

/// `/readyz`: both streams are read and every output takes what it is given.
pub(super) async fn ready(State(site): State<Arc<Site>>) -> Answer {
    let reasons = site.collector.report().troubles();
    let ready = reasons.is_empty();
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(status, &Ready { ready, reasons })
}

/// `/status`: everything a collector knows of itself.
pub(super) async fn status(State(site): State<Arc<Site>>) -> Answer {
    json(StatusCode::OK, &site.collector.told())
}

/// `/metrics`: for Prometheus.
pub(super) async fn metrics(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let form = Exposition::of(accept);
    let collector = &site.collector;
    let (meters, alerts) = (collector.meters(), collector.alerts());
    let body = render(meters, collector.report(), alerts, form);
    answer(StatusCode::OK, form.content_type(), body)
}

/// `/`: what else there is.
pub(super) async fn pages() -> Answer {
    let pages = "emp collect\n\n\
                 /healthz  the process works\n\
                 /readyz   both streams are read and every output takes what it is given\n\
                 /status   all that it knows of itself, as JSON\n\
                 /metrics  figures for Prometheus";
    text(StatusCode::OK, pages)
}

/// Anything else.
pub(super) async fn unknown(uri: Uri) -> Answer {
    let hint = "there are /healthz, /readyz, /status and /metrics";
    let path: String = uri.path().chars().take(100).collect();
    text(
        StatusCode::NOT_FOUND,
        format!("no such page: {path}\nhint: {hint}"),
    )
}
