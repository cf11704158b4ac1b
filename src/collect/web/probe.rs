//! Asks a collector on this machine whether it lives, as a container's health check does: without
//! more than a socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Bytes of an answer that are looked at.
const LONGEST: u64 = 64 * 1024;

/// Whether the collector that listens at `listen` answers that it lives; then, why it is not ready,
/// if it is not.
///
/// # Errors
/// With the reason, where it does not.
pub(crate) fn probe(listen: &str, timeout: Duration) -> Result<Vec<String>, String> {
    match ask(listen, "/healthz", timeout)? {
        Answer { status: 200, .. } => {}
        answer => return Err(answer.in_words()),
    }
    let answer = ask(listen, "/readyz", timeout)?;
    Ok(match answer.status {
        200 => Vec::new(),
        _ => reasons(&answer.body).unwrap_or_else(|| vec![answer.in_words()]),
    })
}

/// What `/readyz` says.
fn reasons(body: &str) -> Option<Vec<String>> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let reasons = body.get("reasons")?.as_array()?;
    let reasons = reasons
        .iter()
        .map(|reason| reason.as_str().map(str::to_owned));
    reasons
        .collect::<Option<Vec<_>>>()
        .filter(|reasons| !reasons.is_empty())
}

/// An answer of HTTP.
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn in_words(&self) -> String {
        let said = self.body.lines().next().unwrap_or_default();
        format!("it answers {} {said}", self.status)
            .trim_end()
            .to_owned()
    }
}

fn ask(listen: &str, path: &str, timeout: Duration) -> Result<Answer, String> {
    let answer = exchange(listen, path, timeout).map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.strip_prefix("HTTP/1.");
    let status = status.and_then(|head| head.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or("what listens there is no collector")?;
    Ok(Answer {
        status,
        body: body.to_owned(),
    })
}

fn exchange(listen: &str, path: &str, timeout: Duration) -> io::Result<String> {
    let address = listen.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&here(address), timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
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

    /// What is made of these answers, to one question each.
    fn asked(answers: &'static [&'static str]) -> Result<Vec<String>, String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut request = [0; 1024];
                let mut length = 0;
                while !request[..length].ends_with(b"\r\n\r\n") {
                    length += stream.read(&mut request[length..]).expect("a request");
                }
                stream.write_all(answer.as_bytes()).expect("sent");
            }
        });
        let answer = probe(&address, PATIENCE);
        server.join().expect("answered");
        answer
    }

    #[test]
    fn only_a_collector_that_says_so_lives() {
        for (answer, reason) in [
            (
                &["HTTP/1.1 503 Service Unavailable\r\n\r\nthe thread x ended by itself\n"],
                "it answers 503 the thread x ended by itself",
            ),
            (&["HTTP/1.1 404 Not Found\r\n\r\n"], "it answers 404"),
            (&["+PONG\r\n"], "what listens there is no collector"),
            (&[""], "what listens there is no collector"),
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
    fn one_that_lives_may_not_be_ready() {
        const LIVES: &str = "HTTP/1.1 200 OK\r\n\r\nok\n";
        assert_eq!(asked(&[LIVES, "HTTP/1.1 200 OK\r\n\r\n{}"]), Ok(vec![]));
        let told = |reason: &str| Ok(vec![reason.to_owned()]);
        assert_eq!(
            asked(&[
                LIVES,
                "HTTP/1.1 503 S\r\n\r\n{\"ready\":false,\"reasons\":[\"file: full\"]}"
            ]),
            told("file: full")
        );
        assert_eq!(
            asked(&[LIVES, "HTTP/1.1 503 S\r\n\r\nwait"]),
            told("it answers 503 wait")
        );
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
