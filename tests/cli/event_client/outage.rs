//! Redis goes away and comes back: nothing is lost, nothing stands twice, the order holds.

use super::*;

fn persistent() -> TestRedis {
    TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"])
}

#[test]
fn events_of_an_outage_arrive_after_it_in_order_and_once() {
    let mut redis = persistent();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &[]));
    emit(&client, 0..1000);
    delivered(&client, &journal);
    redis.kill9();
    emit(&client, 1000..3000);
    assert!(client.flush(PATIENCE), "the journal has them");
    assert_numbers(&in_journal(&journal), 1000..3000);
    emit(&client, 3000..4000);
    redis.restart();
    // The service goes on while the journal is emptied.
    let mut next = 4000;
    wait_for("the journal to be empty", || {
        emit(&client, next..next + 10);
        next += 10;
        assert!(client.flush(PATIENCE));
        (!Journal::has_backlog(&journal)).then_some(())
    });
    emit(&client, next..next + 1000);
    delivered(&client, &journal);
    assert_numbers(&in_redis(&redis), 0..next + 1000);
    assert!(in_journal(&journal).is_empty());
    let stats = client.stats();
    assert_eq!((stats.sent + stats.kept, stats.lost), (next + 1000, 0));
    assert!(stats.kept >= 2000, "{stats:?}");
}

#[test]
fn a_server_that_hangs_holds_up_nothing() {
    let redis = TestRedis::start();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let client = EventClient::with_settings("worker", &settings(&redis.url(), &journal, &[]));
    emit(&client, 0..100);
    delivered(&client, &journal);
    redis.pause();
    for round in 1..10 {
        emit(&client, round * 100..(round + 1) * 100);
        assert!(client.flush(PATIENCE), "the journal has them");
    }
    assert_numbers(&in_journal(&journal), 100..1000);
    redis.resume();
    delivered(&client, &journal);
    assert_numbers(&in_redis(&redis), 0..1000);
}

#[test]
fn the_end_of_a_client_leaves_everything_safe() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("redis://{}", silent.local_addr().expect("an address"));
    for url in ["redis://127.0.0.1:1", &silent] {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.db");
        let more = [("emit.drop_timeout", "20s")];
        let client = EventClient::with_settings("worker", &settings(url, &journal, &more));
        emit(&client.with_job("job_2"), 0..500);
        drop(client);
        assert_numbers(&in_journal(&journal), 0..500);
    }
}

#[test]
fn clients_that_share_a_journal_keep_their_own_order() {
    let mut redis = persistent();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let settings = settings(&redis.url(), &journal, &[]);
    let clients: Vec<_> = (0..4)
        .map(|number| EventClient::with_settings(&format!("s{number}"), &settings))
        .collect();
    let all = |range: std::ops::Range<u64>| {
        for client in &clients {
            emit(client, range.clone());
            assert!(client.flush(PATIENCE));
        }
    };
    all(0..100);
    delivered(&clients[0], &journal);
    redis.kill9();
    all(100..300);
    redis.restart();
    // While one of them empties the journal, the others go on.
    for round in 3..10 {
        all(round * 100..(round + 1) * 100);
    }
    delivered(&clients[0], &journal);
    all(1000..1100);
    delivered(&clients[0], &journal);
    let events = in_redis(&redis);
    for number in 0..4 {
        let own: Vec<Event> = events
            .iter()
            .filter(|event| event.service == format!("s{number}"))
            .cloned()
            .collect();
        assert_numbers(&own, 0..1100);
    }
}
