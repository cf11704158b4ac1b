//! Messages arrive as they were, with the headers that are configured.

use super::*;

#[test]
fn messages_and_headers_arrive_as_they_were() {
    for protocol in BOTH {
        for gzip in [false, true] {
            let receiver = Receiver::start();
            let mut target = target(&receiver.url(), protocol);
            target.gzip = gzip;
            target.headers = vec![
                ("Authorization".to_owned(), "Bearer s3cret".to_owned()),
                ("content-type".to_owned(), "text/plain".to_owned()),
            ];
            let message = b"a message ".repeat(100_000);
            assert_eq!(verdict(&target, &message), Verdict::Delivered);
            let [taken] = &receiver.taken()[..] else {
                panic!("one request");
            };
            assert_eq!(taken.message, message);
            let header = |name| {
                taken
                    .headers
                    .get(name)
                    .and_then(|value| value.to_str().ok())
            };
            let (path, kind) = match protocol {
                Protocol::Grpc => (
                    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
                    "application/grpc",
                ),
                Protocol::Http => ("/v1/logs", "application/x-protobuf"),
            };
            assert_eq!(taken.path.trim_start_matches(&receiver.url()), path);
            assert_eq!(header("content-type"), Some(kind));
            assert_eq!(header("authorization"), Some("Bearer s3cret"));
            let agent = header("user-agent").expect("an agent");
            assert!(agent.starts_with("emp/"), "{agent}");
            if protocol == Protocol::Grpc {
                assert_eq!(header("te"), Some("trailers"));
            }
        }
    }
}

#[test]
fn a_query_is_kept_and_a_proxy_is_not_asked() {
    let receiver = Receiver::start();
    let mut target = target(&receiver.url(), Protocol::Http);
    target.url += "?key=s3cret";
    assert_eq!(verdict(&target, b""), Verdict::Delivered);
    assert_eq!(receiver.taken()[0].path, "/v1/logs?key=s3cret");
    assert!(!target.shown().contains("s3cret"));
}

/// A receiver that goes away and comes back on the same port is found again, and so is one that
/// closed an idle connection.
#[test]
fn a_lost_connection_is_made_again() {
    for protocol in BOTH {
        run(async {
            let receiver = Receiver::start();
            let target = target(&receiver.url(), protocol);
            let mut client = Client::new(Signal::Logs, &target).expect("a client");
            let answer = client.call(b"1".to_vec()).await;
            assert_eq!(partial::verdict(answer, &client), Verdict::Delivered);
            let port = receiver.port();
            drop(receiver);
            let answer = client.call(b"2".to_vec()).await;
            let lost = partial::verdict(answer, &client);
            assert!(
                matches!(lost, Verdict::Retry { .. }),
                "{protocol:?}: {lost:?}"
            );
            let receiver = Receiver::start_at(port);
            let answer = client.call(b"3".to_vec()).await;
            assert_eq!(
                partial::verdict(answer, &client),
                Verdict::Delivered,
                "{protocol:?}"
            );
            assert_eq!(receiver.taken()[0].message, b"3");
        });
    }
}

/// A lane stops waiting when it has to end.
#[test]
fn a_call_that_is_dropped_leaves_the_client_whole() {
    for protocol in BOTH {
        run(async {
            let receiver = Receiver::start();
            let target = target(&receiver.url(), protocol);
            let mut client = Client::new(Signal::Logs, &target).expect("a client");
            receiver.then(Reply::Silence);
            {
                let mut call = std::pin::pin!(client.call(b"1".to_vec()));
                while receiver.taken().is_empty() {
                    tokio::select! {
                        answer = &mut call => panic!("{answer:?}"),
                        () = tokio::task::yield_now() => {}
                    }
                }
            }
            let answer = client.call(b"2".to_vec()).await;
            assert_eq!(
                partial::verdict(answer, &client),
                Verdict::Delivered,
                "{protocol:?}"
            );
        });
    }
}

/// Each lane has a runtime of its own, which may not be the one in which the output was made.
#[test]
fn a_client_outlives_its_runtime() {
    for protocol in BOTH {
        let receiver = Receiver::start();
        let target = target(&receiver.url(), protocol);
        let mut client = Client::new(Signal::Logs, &target).expect("a client");
        let first = run(client.call(b"1".to_vec()));
        assert_eq!(
            partial::verdict(first, &client),
            Verdict::Delivered,
            "{protocol:?}"
        );
        // The connection went with the runtime: at worst one attempt finds that out.
        let second = run(client.call(b"2".to_vec()));
        if partial::verdict(second, &client) != Verdict::Delivered {
            let third = run(client.call(b"3".to_vec()));
            assert_eq!(
                partial::verdict(third, &client),
                Verdict::Delivered,
                "{protocol:?}"
            );
        }
    }
}

#[test]
fn check_asks_every_signal_once() {
    for protocol in BOTH {
        let receiver = Receiver::start();
        let mut settings = settings(target(&receiver.url(), protocol));
        settings.traces = None;
        let reached = run(super::super::check(&settings)).expect("clients");
        let found: Vec<_> = reached
            .iter()
            .map(|one| (one.signal, &one.verdict))
            .collect();
        let well = &Verdict::Delivered;
        assert_eq!(found, [(Signal::Logs, well), (Signal::Metrics, well)]);
        assert!(
            receiver
                .taken()
                .iter()
                .all(|taken| taken.message.is_empty())
        );
        drop(receiver);
        let reached = run(super::super::check(&settings)).expect("clients");
        let failed =
            |one: &super::super::check::Reached| matches!(one.verdict, Verdict::Retry { .. });
        assert!(reached.iter().all(failed), "{reached:?}");
    }
}
