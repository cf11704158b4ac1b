//! What must hold for every query and every event.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{clock, event};
use crate::event::{Id, json, may_match, wire};
use crate::query::Filter;

/// Pieces of queries, so that most of what is put together can be read and many match.
const PIECES: [&str; 60] = [
    "a",
    "ab",
    "AB",
    "k",
    "5",
    "5.0",
    "50",
    "é",
    "É",
    "x",
    "_",
    ".",
    ":",
    ":",
    ":",
    ":~",
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "*",
    "*",
    "?",
    "\"",
    "\"",
    "'",
    "\\",
    "\\n",
    "(",
    ")",
    " ",
    " ",
    " ",
    " ",
    " OR ",
    " AND ",
    "NOT ",
    "-",
    "-",
    "!",
    "service",
    "type",
    "job",
    "id",
    "level",
    "warn",
    "data",
    "data.a",
    "data.x.a",
    "tenant",
    "timestamp",
    "15m",
    "1KB",
    "true",
    "null",
    "{",
    ",",
    "\n",
    "[ab]",
];

fn query() -> impl Strategy<Value = String> {
    let term = (
        select(
            &[
                "service", "type", "job", "id", "level", "data", "data.a", "data.x", "data.x.a",
                "data.x.0", "tenant", "a", "x", "user", "v", "eventId", "stream",
            ][..],
        ),
        select(&[":", ":", ":", ":~", "=", "!=", ">", "<="][..]),
        value(),
    )
        .prop_map(|(field, op, value)| format!("{field}{op}{value}"));
    let term = prop_oneof![term, value()];
    let joined = vec(
        (
            select(&["", "", "-"][..]),
            term,
            select(&[" ", " ", " OR "][..]),
        ),
        1..4,
    )
    .prop_map(|terms| {
        let text: String = terms
            .into_iter()
            .map(|(not, term, between)| format!("{not}{term}{between}"))
            .collect();
        text.trim_end_matches(" OR ").to_owned()
    });
    prop_oneof![
        3 => joined,
        1 => vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        select(
            &[
                "a", "5", "b*", "*", "true", "null", "warn", "é", "1e1", "10", "ab", "*a*", "?",
                "k"
            ][..]
        )
        .prop_map(str::to_owned),
        "[abAB5.kéÉ*?]{1,4}",
        "\"[abAB5 :,{}é\\\\\\\\]{1,4}\"",
        // What stands between JSON tokens, and what differs by more than case.
        select(&["'5,'", "'\",'", "'{\"'", "'},\"a'", "'k?'", "k?"][..]).prop_map(str::to_owned),
    ]
}

/// Texts that fit what the queries ask for.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[abAB5.kéÉ]{0,4}",
        1 => "[ab5 :,{}\"\\\\\n\u{7f}\u{212a}é]{0,6}",
        1 => select(&["true", "5.0", "warn", "WARNING", "10"][..]).prop_map(str::to_owned),
    ]
}

fn data() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => text().prop_map(|text| serde_json::Value::from(text).to_string()),
        2 => select(&["5", "5.0", "5e0", "50e-1", "1e1", "10", "-5", "true", "null"][..])
            .prop_map(str::to_owned),
    ];
    let value = leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            vec((key(), inner), 0..3).prop_map(|items| object(&items)),
        ]
    });
    let fields = vec((key(), value), 0..4).prop_map(|items| object(&items));
    prop_oneof![5 => fields, 1 => text()]
}

fn key() -> impl Strategy<Value = String> {
    select(&["a", "x", "x.a", "ab", "jobId", "user_id", "é", "\\u0061"][..]).prop_map(str::to_owned)
}

fn object(items: &[(String, String)]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    // The line breaks are dropped when the event is decoded.
    format!("{{\n{}\n}}", items.join("\n,"))
}

fn fields() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    const NAMES: [&str; 11] = [
        "service",
        "eventType",
        "jobId",
        "userId",
        "level",
        "eventId",
        "v",
        "tenant",
        "a",
        "timestamp",
        "tenant",
    ];
    (vec((select(&NAMES[..]), text()), 0..8), data()).prop_map(|(mut fields, data)| {
        fields.push(("data", data));
        fields
    })
}

/// Field names and values one after the other, as a source may hold them.
fn joined<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    fields
        .flat_map(|(name, value)| [name, "\n", value, "\n"])
        .collect::<String>()
        .into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = Filter::parse(&text, &clock()) {
            prop_assert!(error.column() <= text.chars().count() + 1);
            prop_assert!(error.hints().len() >= 2);
        }
    }

    #[test]
    fn any_pieces_are_read_or_refused(query in query()) {
        if let Err(error) = Filter::parse(&query, &clock()) {
            prop_assert!(error.column() <= query.chars().count() + 1);
        }
    }

    #[test]
    fn what_is_printed_reads_back(query in query()) {
        if let Ok(filter) = Filter::parse(&query, &clock()) {
            let printed = filter.to_string();
            let again = Filter::parse(&printed, &clock());
            prop_assert_eq!(again.as_ref(), Ok(&filter), "{} -> {}", query, printed);
        }
    }

    #[test]
    fn literals_are_in_whatever_matches(query in query(), fields in fields()) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        let borrowed: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let event = event(&borrowed);
        if filter.matches(&event) {
            let literals = filter.literals();
            let encoded: Vec<_> = wire::encode(&event)
                .into_iter()
                .map(|(name, value)| (name, String::from_utf8(value.into_owned()).expect("text")))
                .collect();
            for raw in [
                joined(borrowed.into_iter()),
                joined(encoded.iter().map(|(name, value)| (*name, value.as_str()))),
                json::write(&event).into_bytes(),
            ] {
                prop_assert!(may_match(&literals, &raw), "{literals:?} {}", String::from_utf8_lossy(&raw));
            }
        }
    }

    #[test]
    fn exact_ids_are_in_whatever_matches(query in query(), fields in fields()) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        let borrowed: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let event = event(&borrowed);
        if filter.matches(&event) {
            for (kind, value) in filter.exact_ids() {
                let kinds = kind.map_or(Id::SUBJECTS.to_vec(), |kind| vec![kind]);
                let held = kinds.into_iter().any(|kind| event.id(kind) == Some(&value));
                prop_assert!(held, "{value}");
            }
        }
    }

    #[test]
    fn literals_are_in_entries_that_are_no_text(
        query in query(), service in vec(select(&b"abxf5\xff\xfe\xc3\xa9"[..]), 0..5),
    ) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        let entry = crate::event::EntryId::MIN;
        let fields = [(&b"service"[..], service.as_slice())];
        let event = wire::decode(&std::sync::Arc::from("s"), entry, fields);
        if filter.matches(&event) {
            prop_assert!(may_match(&filter.literals(), &service));
        }
    }

    #[test]
    fn an_exclusion_is_the_opposite(query in query(), fields in fields()) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        if query.trim().is_empty() {
            return Ok(());
        }
        let opposite = Filter::parse(&format!("-({query})"), &clock()).expect("a query");
        let borrowed: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let event = event(&borrowed);
        prop_assert_ne!(filter.matches(&event), opposite.matches(&event));
    }

    #[test]
    fn what_is_said_of_a_type_holds_for_its_events(query in query(), fields in fields()) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        let borrowed: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let event = event(&borrowed);
        if let Some(said) = filter.of_type(&event.event_type) {
            prop_assert_eq!(filter.matches(&event), said);
        }
    }

    #[test]
    fn highlights_are_sorted_and_within_characters(query in query(), text in text()) {
        let Ok(filter) = Filter::parse(&query, &clock()) else { return Ok(()) };
        let mut end = None;
        for range in filter.highlights(&text) {
            prop_assert!(range.start < range.end && end.is_none_or(|end| range.start > end));
            prop_assert!(text.get(range.clone()).is_some());
            end = Some(range.end);
        }
    }
}
