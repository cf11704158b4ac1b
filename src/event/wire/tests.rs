use super::*;

fn entry(fields: &[(&str, &str)]) -> Event {
    let fields = fields
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    decode(
        &Arc::from("emp:events"),
        EntryId {
            ms: 1_700_000_000_000,
            seq: 3,
        },
        fields,
    )
}

#[test]
fn the_table_survives_a_round_trip() {
    let fields = [
        ("timestamp", "1700000000123"),
        ("service", "worker"),
        ("eventType", "job.claimed"),
        ("traceId", "8d12404289e478577467c87b7b93f785"),
        ("spanId", "00f067aa0ba902b7"),
        ("parentSpanId", "00f067aa0ba902b8"),
        ("jobId", "job_123"),
        ("workerId", "w1"),
        ("machineId", "m1"),
        ("userId", "u1"),
        ("requestId", "r1"),
        ("level", "warn"),
        ("data", r#"{"claimTimeMs":12}"#),
        ("eventId", "0193f5a8-0000-7000-8000-000000000000"),
        ("v", "1"),
        ("tenant", "acme"),
    ];
    let event = entry(&fields);
    let encoded = encode(&event);
    assert_eq!(encoded.len(), fields.len());
    for ((name, value), (expected_name, expected)) in encoded.iter().zip(fields) {
        assert_eq!(
            (*name, value.as_ref()),
            (expected_name, expected.as_bytes())
        );
    }
}

#[test]
fn nothing_is_left_of_what_an_event_was_before() {
    let text = |text: &'static str| Word::Text(text);
    let bytes = |text: &'static str| Word::Bytes(text.as_bytes());
    let named = |name: &'static str, value| (name.as_bytes(), value);
    let full = [
        named("timestamp", text("1700000000123")),
        named("service", text("worker")),
        named("eventType", text("job.claimed")),
        named("jobId", bytes("job_123")),
        named("level", text("warn")),
        named("data", text(r#"{"workerId":"w"}"#)),
        named("eventId", text("e")),
        named("v", text("1")),
        named("tenant", text("acme")),
    ];
    let (one, other) = (Arc::from("one"), Arc::from("other"));
    let mut event = Event::default();
    decode_into(&mut event, &one, EntryId { ms: 5, seq: 0 }, full);
    assert_eq!(event.id(Id::Worker), Some("w"));
    decode_into(&mut event, &other, EntryId::MIN, []);
    assert_eq!(event, decode(&other, EntryId::MIN, []));
    decode_into(&mut event, &one, EntryId { ms: 5, seq: 0 }, full);
    assert_eq!(event.event_id.as_deref(), Some("e"));
    assert_eq!(event.id(Id::Job), Some("job_123"));
}

#[test]
fn ids_inside_data_are_lifted_and_stay() {
    let event = entry(&[
        ("eventType", "job.created"),
        ("data", r#"{"jobId":"job_1","user_id":7,"workerId":null}"#),
    ]);
    assert_eq!(event.id(Id::Job), Some("job_1"));
    assert_eq!(event.id(Id::User), Some("7"));
    assert_eq!(event.id(Id::Worker), None);
    assert_eq!(event.data.text("jobId"), Some("job_1"));
    let top = entry(&[("jobId", "a"), ("data", r#"{"jobId":"b"}"#)]);
    assert_eq!(top.id(Id::Job), Some("a"));
    assert_eq!(top.data.text("jobId"), Some("b"));
}

#[test]
fn the_entry_lends_its_clock() {
    assert_eq!(entry(&[]).timestamp.get(), 1_700_000_000_000);
    let event = entry(&[("timestamp", "soon")]);
    assert_eq!(event.timestamp.get(), 1_700_000_000_000);
    assert_eq!(event.extra, [("invalid.timestamp".into(), "soon".into())]);
    let text = entry(&[("timestamp", "2023-11-14T22:13:20.123Z")]);
    assert_eq!(text.timestamp.get(), 1_700_000_000_123);
}

#[test]
fn nothing_is_dropped() {
    let event = entry(&[
        ("level", "notice"),
        ("v", "two"),
        ("jobId", "a"),
        ("jobId", "b"),
        ("x", "1"),
        ("x", "2"),
        ("_stream", "mine"),
        ("data", "{broken"),
    ]);
    assert_eq!(event.level(), Level::Info);
    assert_eq!(event.data, Data::Text("{broken".into()));
    let kept: Vec<_> = event
        .extra
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("invalid.level", "notice"),
            ("invalid.v", "two"),
            ("invalid.jobId", "b"),
            ("x", "1"),
            ("x#2", "2"),
            ("invalid._stream", "mine"),
        ]
    );
}

const LARGE: usize = 20_000;

fn large() -> Event {
    let data = format!(
        r#"{{"log":"{}", "jobId":"job_1"}}"#,
        "x y ".repeat(LARGE / 4)
    );
    Event {
        data: Data::from_wire(&data),
        ..entry(&[("eventType", "job.failed"), ("tenant", "acme")])
    }
}

fn read(fields: &[(&str, Cow<'_, [u8]>)]) -> Event {
    let fields = fields
        .iter()
        .map(|(name, value)| (name.as_bytes(), &**value));
    decode(
        &Arc::from("emp:events"),
        EntryId {
            ms: 1_700_000_000_000,
            seq: 3,
        },
        fields,
    )
}

#[test]
fn a_new_reader_opens_a_packed_payload() {
    let event = large();
    let mut fields = encode(&event);
    let bytes: usize = fields
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    assert!(bytes < LARGE / 10 && plain_bytes(&event) > LARGE);
    assert_eq!(
        read(&fields).id(Id::Job),
        Some("job_1"),
        "its ids are lifted"
    );
    assert_eq!(read(&fields).data, event.data);
    assert_eq!(
        read(&fields).extra,
        event.extra,
        "the mark is no field of the event"
    );
    fields.reverse();
    assert_eq!(
        read(&fields).data,
        event.data,
        "whatever the order of the fields"
    );
}

#[test]
fn a_packed_payload_that_cannot_be_opened_is_kept_and_passed_on() {
    let event = large();
    let fields = encode(&event);
    let without_mark: Vec<_> = fields
        .iter()
        .filter(|(name, _)| *name != MARK.0)
        .cloned()
        .collect();
    let mut broken = fields.clone();
    for (name, value) in &mut broken {
        if *name == "data" {
            value.to_mut().truncate(20);
        }
    }
    for (fields, marked) in [(without_mark, false), (broken, true)] {
        let read_back = read(&fields);
        let Data::Text(shown) = &read_back.data else {
            panic!("{:?}", read_back.data);
        };
        assert!(shown.starts_with(r"(\xb5/\xfd"), "{shown}");
        let mark = ("dataEncoding".to_owned(), "zstd".to_owned());
        assert_eq!(read_back.extra.contains(&mark), marked);
        let again = read(&encode(&read_back));
        assert_eq!((again.data, again.extra), (read_back.data, read_back.extra));
    }
}

/// A reader of before there was packing: every value is text, and what is unknown is kept.
#[test]
fn an_old_reader_keeps_what_it_cannot_open() {
    let event = large();
    let mut seen = Event::default();
    let mut builder = Builder::new(&mut seen);
    for (name, value) in encode(&event) {
        builder.field(name.as_bytes(), text(&value));
    }
    builder.finish(None);
    assert!(matches!(seen.data, Data::Text(_)));
    assert_eq!(
        seen.extra,
        [
            ("dataEncoding".to_owned(), "zstd".to_owned()),
            ("tenant".to_owned(), "acme".to_owned())
        ]
    );
}

#[test]
fn other_encodings_and_plain_payloads_are_left_alone() {
    let event = entry(&[("data", r#"{"a":1}"#), ("dataEncoding", "zstd")]);
    assert_eq!(event.data.get("a"), Some(&1.into()));
    assert_eq!(event.extra, [("dataEncoding".into(), "zstd".into())]);
    let event = entry(&[("dataEncoding", "gzip"), ("data", "x")]);
    assert_eq!(event.extra, [("dataEncoding".into(), "gzip".into())]);
}

#[test]
fn bytes_that_are_no_text_stay_visible() {
    let stream = Arc::from("s");
    let fields: [(&[u8], &[u8]); 1] = [(b"service", b"a\xff\xfeb")];
    let event = decode(&stream, EntryId::MIN, fields);
    assert_eq!(event.service, "a\\xff\\xfeb");
}
