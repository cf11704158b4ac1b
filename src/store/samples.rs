//! Random events for the tests of this room.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::event::{EntryId, Event, wire};

/// The streams that [`events`] come from.
pub(super) const STREAMS: [&str; 2] = ["emp:events", "emp:errors"];

/// The earliest timestamp of [`events`]; they lie within [`SPAN_MS`] of it.
pub(super) const START: i64 = 1_700_000_000_000;
pub(super) const SPAN_MS: i64 = 12;

/// Texts that try an encoder.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,4}",
        2 => any::<String>(),
        1 => prop::sample::select(vec![
            "", "null", "{}", "[]", "\"", "\"a\"", "{\"a\":1}", "12", "true", "\\u0041", "\u{1b}[31m",
            "\u{0}", "\u{7f}", "\u{2028}", "a\nb",
        ])
        .prop_map(str::to_owned),
    ]
}

fn data() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        (text(), text()).prop_map(|(name, value)| serde_json::json!({ name: value }).to_string()),
        prop::sample::select(vec![
            r#"{"big":12345678901234567890123,"a":1.10,"a":2}"#,
            "{ \"jobId\" : \"job_7\",\n \"user_id\": 7, \"x\": null }",
            r#"{"deep":{"a":[1,{"b":"\u00e9\ud800"}]}}"#,
        ])
        .prop_map(str::to_owned),
    ]
}

/// One event, decoded from an entry of a stream as any client may write it.
pub(super) fn event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "service", "jobId", "traceId", "workerId", "level", "v", "timestamp", "_stream", "x", "",
        ])
        .prop_map(str::to_owned),
        1 => text(),
    ];
    (
        prop::sample::select(STREAMS.to_vec()),
        0..SPAN_MS,
        prop::sample::select(vec!["job.created", "job.failed", "error.TypeError"]),
        data(),
        vec((name, text()), 0..5),
        0u64..1000,
    )
        .prop_map(|(stream, after, event_type, data, others, seq)| {
            let at = (START + after).to_string();
            let mut fields = vec![
                ("timestamp", at.as_str()),
                ("eventType", event_type),
                ("data", &data),
            ];
            fields.extend(
                others
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            );
            let fields = fields
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            let entry = EntryId {
                ms: START.unsigned_abs(),
                seq,
            };
            wire::decode(&Arc::from(stream), entry, fields)
        })
}

/// Events in the order in which they were added, some with an id, some of them twice, none with
/// an entry id.
pub(super) fn events(most: usize) -> impl Strategy<Value = Vec<Event>> {
    let one = (
        event(),
        0u8..3,
        option::weighted(0.2, any::<prop::sample::Index>()),
    );
    vec(one, 0..most).prop_map(|drawn| {
        let mut events: Vec<Event> = Vec::with_capacity(drawn.len());
        for (number, (mut event, id, repeat)) in drawn.into_iter().enumerate() {
            event.event_id = match id {
                0 => None,
                1 => Some(format!("id-{number}")),
                _ => Some(crate::event::event_id_at(event.timestamp)),
            };
            if let Some(origin) = &mut event.origin {
                origin.entry = None;
            }
            if let Some(repeat) = repeat.filter(|_| !events.is_empty()) {
                event = repeat.get(&events).clone();
            }
            events.push(event);
        }
        events
    })
}
