use super::super::server::{Server, free_port};
use super::super::{RedisSource, Target, Timeouts};
use super::access::Ignore;
use crate::store::{Coverage, Error, Scan, Source};

fn scan(source: &mut RedisSource, streams: &[String]) -> Result<Coverage, Error> {
    let scan = Scan {
        streams,
        ..Scan::default()
    };
    source.scan(&scan, &mut Ignore)
}

#[test]
fn entries_are_counted_on_the_way_to_them() {
    let server = Server::start(&[]);
    for stream in ["a", "a", "b"] {
        server.run(&["XADD", stream, "*", "x", "y"]);
    }
    let streams = ["a", "b", "none"].map(str::to_owned);
    let mut source = RedisSource::new(server.target(), Timeouts::default());
    assert_eq!(source.count(&streams), Some(3));
    let connections = || server.ask(&["INFO", "stats"]).expect("facts");
    let number = |facts: String| {
        let mut lines = facts.lines();
        lines.find_map(|line| {
            let count = line.strip_prefix("total_connections_received:")?;
            count.trim().parse::<u64>().ok()
        })
    };
    let before = number(connections()).expect("a number");
    assert_eq!(scan(&mut source, &streams).expect("an answer").scanned, 3);
    // Only the one that asks for the number came.
    assert_eq!(number(connections()), Some(before + 1));
    assert_eq!(scan(&mut source, &streams).expect("an answer").scanned, 3);
    server.run(&["SET", "text", "x"]);
    assert_eq!(source.count(&["text".to_owned()]), None);
    assert!(matches!(
        scan(&mut source, &["text".to_owned()]),
        Err(Error::WrongType { .. })
    ));
}

#[test]
fn nobody_waits_twice_for_a_server_that_is_away() {
    let port = free_port().to_string();
    let target = Target::parse(&format!("redis://127.0.0.1:{port}"), None).expect("an address");
    let mut source = RedisSource::new(target, Timeouts::default());
    let streams = ["a".to_owned()];
    assert_eq!(source.count(&streams), None);
    let _server = Server::start(&["--port", &port, "--bind", "127.0.0.1"]);
    assert!(matches!(
        scan(&mut source, &streams),
        Err(Error::Unreachable { .. })
    ));
    assert!(scan(&mut source, &streams).is_ok());
}
