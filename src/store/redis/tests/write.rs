use std::time::{Duration, Instant};

use super::super::server::{Server, soon};
use super::super::{Target, Writer};
use crate::event::{Event, Id, Millis};
use crate::store::Error;

fn event(number: i64) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(1_700_000_000_000 + number),
        service: "worker".to_owned(),
        event_type: "job.claimed".to_owned(),
        ..Event::default()
    };
    event.ids.set(Id::Job, format!("job_{number}"));
    event
}

#[test]
fn events_arrive_as_the_wire_table_says() {
    let server = Server::start(&[]);
    let mut writer = Writer::connect(&server.target(), Duration::from_secs(5)).expect("connected");
    let sent = [event(1), event(2)];
    let answers = writer
        .add(&[("a", None, &sent[0]), ("b", Some(10), &sent[1])], soon())
        .expect("answers");
    let ids: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("added"))
        .collect();
    let reply = server.run(&["XRANGE", "a", "-", "+"]);
    let entry = &reply.values()[0];
    assert_eq!(entry.values()[0].text(), Some(&*ids[0].to_string()));
    let fields: Vec<_> = entry.values()[1]
        .values()
        .iter()
        .filter_map(|field| field.text())
        .collect();
    let expected = [
        "timestamp",
        "1700000000001",
        "service",
        "worker",
        "eventType",
        "job.claimed",
        "jobId",
        "job_1",
    ];
    assert_eq!(fields, expected);
    assert_eq!(server.length("b"), 1);
}

#[test]
fn batches_overlap_and_the_stream_is_cut() {
    let server = Server::start(&["--stream-node-max-entries", "100"]);
    let mut writer = Writer::connect(&server.target(), Duration::from_secs(5)).expect("connected");
    let mut answered = 0;
    for batch in 0..20 {
        for number in 0..500 {
            writer.queue("s", Some(1000), &event(batch * 500 + number));
        }
        assert!(writer.queued_bytes() > 500 * 50);
        writer.send(soon()).expect("sent");
        // All but the batch that was just sent.
        let done = writer
            .receive(writer.awaited() - 500, soon())
            .expect("answers");
        answered += done.into_iter().filter(Result::is_ok).count();
    }
    answered += writer.receive(usize::MAX, soon()).expect("answers").len();
    assert_eq!((answered, writer.awaited()), (10_000, 0));
    assert!((1000..1200).contains(&server.length("s")));
}

#[test]
fn one_event_can_fail_alone() {
    let server = Server::start(&[]);
    server.run(&["SET", "text", "x"]);
    let mut writer = Writer::connect(&server.target(), Duration::from_secs(5)).expect("connected");
    let event = event(1);
    let answers = writer
        .add(
            &[
                ("s", None, &event),
                ("text", None, &event),
                ("s", None, &event),
            ],
            soon(),
        )
        .expect("answers");
    assert!(matches!(
        &answers[..],
        [Ok(_), Err(Error::WrongType { key, .. }), Ok(_)] if key == "text"
    ));
    assert_eq!(server.length("s"), 2);
}

#[test]
fn a_server_without_memory_says_so() {
    let server = Server::start(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
    let mut writer = Writer::connect(&server.target(), Duration::from_secs(5)).expect("connected");
    let event = event(1);
    let answers = writer.add(&[("s", None, &event)], soon()).expect("answers");
    match &answers[0] {
        Err(error @ Error::NotWritable { reason, .. }) => {
            assert!(reason.starts_with("OOM") && !error.is_retryable());
            assert!(error.hints()[0].contains("maxmemory"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_silent_server_costs_the_time_that_was_given() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    let target = Target::parse(&address, None).expect("an address");
    let start = Instant::now();
    let deadline = start + Duration::from_millis(200);
    let mut writer = Writer::connect(&target, Duration::from_millis(200)).expect("connected");
    let error = writer
        .add(&[("s", None, &event(1))], deadline)
        .expect_err("silence");
    assert!(
        matches!(
            error,
            Error::Unreachable {
                timed_out: true,
                ..
            }
        ),
        "{error}"
    );
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn nothing_is_written_to_a_wrong_database() {
    let server = Server::start(&["--databases", "2"]);
    let target = Target::parse(&format!("{}?db=7", server.url()), None).expect("an address");
    let error = Writer::connect(&target, Duration::from_secs(5)).expect_err("no database 7");
    assert!(
        matches!(&error, Error::Refused { reason, .. } if reason.contains("out of range")),
        "{error}"
    );
    let target = Target::parse(&format!("{}?db=1", server.url()), None).expect("an address");
    let mut writer = Writer::connect(&target, Duration::from_secs(5)).expect("connected");
    writer
        .add(&[("s", None, &event(1))], soon())
        .expect("answers");
    assert_eq!(server.length("s"), 0, "database 0");
}
