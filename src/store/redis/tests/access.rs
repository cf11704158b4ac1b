use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::super::server::{Server, free_port};
use super::super::{RedisSource, Target, Timeouts};
use crate::event::Event;
use crate::store::{Coverage, Error, Scan, Sink, Source};

/// Takes everything and keeps nothing.
pub(super) struct Ignore;

impl Sink for Ignore {
    fn event(&mut self, _event: &mut Event) -> Result<(), Error> {
        Ok(())
    }
}

fn scan(url: &str, ca_file: Option<&Path>) -> Result<Coverage, Error> {
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        reply: Duration::from_millis(500),
    };
    let scan = Scan {
        streams: &["s".to_owned()],
        ..Scan::default()
    };
    RedisSource::new(Target::parse(url, ca_file)?, timeouts).scan(&scan, &mut Ignore)
}

fn refusal(url: &str) -> String {
    match scan(url, None).expect_err("refused") {
        error @ Error::Refused { .. } => {
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!error.is_retryable());
            error.to_string()
        }
        error => panic!("{error}"),
    }
}

#[test]
fn users_passwords_and_databases() {
    let port = free_port().to_string();
    let server = Server::start(&["--port", &port, "--bind", "127.0.0.1"]);
    server.run(&["XADD", "s", "*", "a", "b"]);
    server.run(&[
        "ACL",
        "SETUSER",
        "dev/1",
        "on",
        ">secret:#/",
        "~s",
        "+xrange",
        "+xrevrange",
        "+select",
    ]);
    server.run(&[
        "ACL", "SETUSER", "blind", "on", ">secret", "~other", "+@all",
    ]);
    server.run(&["COPY", "s", "s", "DB", "2"]);
    server.run(&["XTRIM", "s", "MAXLEN", "0"]);
    server.run(&["CONFIG", "SET", "requirepass", "secret"]);
    let host = format!("127.0.0.1:{port}");

    let scanned = |url: String| scan(&url, None).map(|coverage| coverage.scanned);
    assert_eq!(scanned(format!("redis://:secret@{host}")).ok(), Some(0));
    assert_eq!(scanned(format!("redis://:secret@{host}/2")).ok(), Some(1));
    assert_eq!(
        scanned(format!(
            "redis://dev%2F1:secret%3A%23%2F@localhost:{port}/2"
        ))
        .ok(),
        Some(1)
    );
    assert_eq!(
        scanned(format!("{}?db=2&pass=secret", server.url())).ok(),
        Some(1)
    );

    assert!(refusal(&format!("redis://{host}")).contains("NOAUTH"));
    assert!(refusal(&host).contains("NOAUTH"));
    assert!(refusal(&format!("redis://:secret2@{host}")).contains("WRONGPASS"));
    assert!(refusal(&format!("redis://me:secret@{host}")).contains("WRONGPASS"));
    assert!(refusal(&format!("redis://blind:secret@{host}")).contains("NOPERM"));
    assert!(refusal(&format!("redis://:secret@{host}/99")).contains("out of range"));
}

#[test]
fn a_password_that_the_server_repeats_is_hidden() {
    let answer = "-ERR unknown command `AUTH`, with args beginning with: `secret`\r\n";
    let text = refusal(&format!("redis://:secret@{}", fake(answer.as_bytes())));
    assert!(text.contains("beginning with: `***`"), "{text}");
}

/// A server that answers the same to everything, once.
fn fake(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(answer);
        // Stays open until the client has gone.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    address
}

#[test]
fn servers_that_are_no_redis() {
    for (answer, expected) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            "no reply of Redis: `HTTP/1.1 400 Bad Request",
        ),
        (
            b"\x15\x03\x01\x00\x02\x02\x46",
            "it speaks TLS: write rediss://",
        ),
        (b"+OK\r\n", "no reply of Redis"),
        (b"*1\r\n*2\r\n:1\r\n*0\r\n", "no reply of Redis"),
        (b"*1\r\n*2\r\n$1\r\nx\r\n*0\r\n", "no reply of Redis"),
        (b"*99999999999\r\n", "no reply of Redis: `*99999999999"),
        (
            b"-LOADING Redis is loading the dataset in memory\r\n",
            "answers: LOADING Redis is loading",
        ),
        (
            b"-DENIED Redis is running in protected mode\r\n",
            "refuses access: DENIED",
        ),
        (b"*1\r\n", "no answer in time"),
        (b"", "no answer in time"),
    ] {
        let error = scan(&fake(answer), None).expect_err("no Redis");
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
    }
    let text = scan(&format!("127.0.0.1:{}", free_port()), None)
        .expect_err("nobody")
        .to_string();
    assert!(text.ends_with("connection refused"), "{text}");
    let text = scan("redis://nowhere.invalid", None)
        .expect_err("nobody")
        .to_string();
    assert!(
        text.starts_with("cannot reach Redis at redis://nowhere.invalid:6379: "),
        "{text}"
    );
}

/// A server that answers a page with entries outside of what was asked must not keep us forever.
#[test]
fn a_server_that_repeats_a_page_is_left() {
    let entry = "*2\r\n$3\r\n5-0\r\n*0\r\n";
    let (first, last) = (
        format!("*1\r\n{entry}"),
        format!("*1\r\n{}", entry.replace("5-0", "9-0")),
    );
    let page = format!("*128\r\n{}", entry.repeat(128));
    let answer = format!("{first}{last}{page}{page}").into_bytes().leak();
    let error = scan(&fake(answer), None).expect_err("a circle");
    assert!(error.to_string().contains("no reply of Redis"), "{error}");
}

#[test]
fn tls_with_an_own_authority() {
    let dir = TempDir::new().expect("a folder");
    openssl(
        dir.path(),
        &[
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem \
         -addext basicConstraints=critical,CA:TRUE",
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr",
        ],
    );
    std::fs::write(dir.path().join("san"), "subjectAltName=IP:127.0.0.1\n").expect("written");
    openssl(
        dir.path(),
        &[
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem",
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other -keyout other.key -out other.pem",
        ],
    );
    let (ca, other) = (dir.path().join("ca.pem"), dir.path().join("other.pem"));
    let port = free_port().to_string();
    let server = Server::start_in(
        dir,
        &[
            "--tls-port",
            &port,
            "--tls-auth-clients",
            "no",
            "--tls-cert-file",
            "server.pem",
            "--tls-key-file",
            "server.key",
            "--tls-ca-cert-file",
            "ca.pem",
            "--requirepass",
            "secret",
        ],
    );
    let url = format!("rediss://:secret@127.0.0.1:{port}");
    assert_eq!(
        scan(&url, Some(&ca)).map(|coverage| coverage.scanned).ok(),
        Some(0)
    );
    assert_eq!(
        scan(&format!("{url}/#insecure"), None)
            .map(|coverage| coverage.scanned)
            .ok(),
        Some(0)
    );
    for (url, ca) in [
        (url.clone(), Some(&*other)),
        (url.replace("127.0.0.1", "localhost"), Some(&*ca)),
    ] {
        let error = scan(&url, ca).expect_err("not to be trusted");
        let text = error.to_string();
        assert!(
            matches!(
                error,
                Error::Unreachable {
                    timed_out: false,
                    ..
                }
            ),
            "{text}"
        );
        assert!(text.contains("invalid peer certificate"), "{text}");
    }
    let plain = scan(&format!("127.0.0.1:{port}"), None)
        .expect_err("no TLS")
        .to_string();
    assert!(
        plain.contains("it speaks TLS") || plain.contains("closed") || plain.contains("reset"),
        "{plain}"
    );
    let url = server.url().replace("redis+unix", "unix");
    assert!(refusal(&url).contains("NOAUTH"));
}

fn openssl(dir: &Path, commands: &[&str]) {
    for command in commands {
        let status = Command::new("openssl")
            .args(command.split_ascii_whitespace())
            .current_dir(dir)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("openssl can be started");
        assert!(status.success(), "openssl {command}");
    }
}
