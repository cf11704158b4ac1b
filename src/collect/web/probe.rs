//! Asks a collector on this machine whether it lives, as a container's health check does: without
//! more than a socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
/// Bytes of an answer that are looked at.
const LONGEST: u64 = 4096;

/// Whether the collector that listens at `listen` answers that it lives.
///
/// # Errors
/// With the reason, where it does not.
pub(crate) fn probe(listen: &str, timeout: Duration) -> Result<(), String> {
    let answer = ask(listen, timeout).map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    match (head.starts_with("HTTP/1."), status) {
        (true, "200") => Ok(()),
        (true, status) => {
            let said = body.lines().next().unwrap_or_default();
            Err(format!("it answers {status} {said}").trim_end().to_owned())
        }
        (false, _) => Err("what listens there is no collector".to_owned()),
    }
}

fn ask(listen: &str, timeout: Duration) -> io::Result<String> {
    let address = listen.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&here(address), timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Who listens on all addresses is asked through loopback.
fn here(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn asked(answer: &'static [u8]) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = vec![0; REQUEST.len()];
            stream.read_exact(&mut request).expect("a request");
            stream.write_all(answer).expect("sent");
        });
        let answer = probe(&address, PATIENCE);
        server.join().expect("answered");
        answer
    }

    #[test]
    fn only_a_collector_that_says_so_lives() {
        assert_eq!(asked(b"HTTP/1.1 200 OK\r\n\r\nok\n"), Ok(()));
        for (answer, reason) in [
            (
                &b"HTTP/1.1 503 Service Unavailable\r\n\r\nthe thread x ended by itself\n"[..],
                "it answers 503 the thread x ended by itself",
            ),
            (b"HTTP/1.1 404 Not Found\r\n\r\n", "it answers 404"),
            (b"+PONG\r\n", "what listens there is no collector"),
            (b"", "what listens there is no collector"),
        ] {
            assert_eq!(asked(answer), Err(reason.to_owned()));
        }
        assert_eq!(
            probe("127.0.0.1:1", PATIENCE),
            Err("nobody listens there".to_owned())
        );
        assert!(probe("no address", PATIENCE).is_err());
    }

    #[test]
    fn all_addresses_are_asked_through_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("10.1.2.3:9464", "10.1.2.3:9464"),
        ] {
            let listen: SocketAddr = listen.parse().expect("an address");
            assert_eq!(here(listen).to_string(), asked);
        }
    }
}
