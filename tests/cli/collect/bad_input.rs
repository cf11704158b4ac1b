//! What people set wrongly and what others write: each is a clear word or a count, nothing dies of
//! it, and nothing goes round and round.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Collector, add, wait_until_acknowledged};
use crate::support::otlp::{Receiver, Reply};
use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// How long a process is watched.
const WATCHED: Duration = Duration::from_secs(1);

/// Seconds of a processor that it has used.
fn used(running: &Running) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", running.pid())).expect("it runs");
    // The name may hold spaces; user and system time are the 12th and 13th after it.
    let (_, after) = stat.rsplit_once(") ").expect("a name");
    let times = after.split(' ').skip(11).take(2);
    let ticks: u32 = times
        .map(|ticks| ticks.parse::<u32>().expect("a number"))
        .sum();
    f64::from(ticks) / 100.0
}

/// What it does is done: from here on it may only wait. A loop would take all of a processor.
fn assert_rests(collector: &Collector) {
    let (start, before) = (Instant::now(), used(&collector.running));
    wait_for("some time", || (start.elapsed() > WATCHED).then_some(()));
    let used = used(&collector.running) - before;
    let said = collector.running.stderr();
    assert!(
        used < 0.25 * start.elapsed().as_secs_f64(),
        "{used} s of a processor: {said}"
    );
    assert!(said.lines().count() < 20, "{said}");
}

/// An OTLP output that does not work says why, once; the file has everything meanwhile.
fn tells(args: &[&str], reason: &str) {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.write(
        "emp.toml",
        "[collect]\nbatch_delay = \"50ms\"\nshutdown_timeout = \"50ms\"\n",
    );
    let args = [args, &["--otlp-signals", "logs"]].concat();
    let collector = Collector::start(&sandbox, "one", &args);
    add(&redis, 1..=9);
    collector
        .running
        .wait_for_error("otlp logs: cannot deliver");
    // They are in the spool by now.
    wait_until_acknowledged(&redis);
    assert_eq!(collector.events().len(), 9);
    assert_rests(&collector);
    let (said, code) = collector.stop();
    assert!(said.contains(reason), "{args:?}: {said}");
    assert_eq!(said.matches("cannot deliver").count(), 1, "{said}");
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("stopped with 9 events undelivered"), "{said}");
}

#[test]
fn an_endpoint_where_nobody_is() {
    tells(&["--otlp-endpoint", "http://127.0.0.1:1"], "refused");
    tells(
        &["--otlp-endpoint", "http://nowhere.invalid:4317"],
        "nowhere.invalid",
    );
}

#[test]
fn an_endpoint_that_is_none_of_otlp() {
    let receiver = Receiver::start_deciding(|_| Reply::Http(404, Vec::new(), b"no".to_vec()));
    for (protocol, hint) in [
        ("http/protobuf", "(it may take no logs: otlp.signals"),
        (
            "grpc",
            "(it may be an endpoint for HTTP: --otlp-protocol http/protobuf; or it may take no logs",
        ),
    ] {
        let args = [
            "--otlp-endpoint",
            &receiver.url(),
            "--otlp-protocol",
            protocol,
        ];
        tells(&args, hint);
    }
}

#[test]
fn the_protocol_of_another_port() {
    let redis = TestRedis::start();
    // It speaks neither HTTP nor gRPC.
    let url = redis.tcp_url().replace("redis://", "http://");
    for (protocol, reason) in [
        ("http/protobuf", &*url),
        (
            "grpc",
            "(it may be an endpoint for HTTP: --otlp-protocol http/protobuf)",
        ),
    ] {
        tells(
            &["--otlp-endpoint", &url, "--otlp-protocol", protocol],
            reason,
        );
    }
}

#[test]
fn a_header_with_a_wrong_token_is_not_shown() {
    let receiver = Receiver::start_deciding(|taken| {
        let token = taken.headers["authorization"].to_str().expect("text");
        Reply::Http(401, Vec::new(), format!("{token} is unknown").into_bytes())
    });
    let args = [
        "--otlp-endpoint",
        &receiver.url(),
        "--otlp-header",
        "Authorization=Bearer s3cr3t",
    ];
    tells(&args, "HTTP 401: *** is unknown");
}

#[test]
fn a_certificate_that_nobody_knows() {
    let receiver = Receiver::start_tls(self_signed());
    for protocol in ["http/protobuf", "grpc"] {
        let args = [
            "--otlp-endpoint",
            &receiver.url(),
            "--otlp-protocol",
            protocol,
        ];
        tells(&args, "certificate");
    }
}

fn self_signed() -> ServerConfig {
    let folder = tempfile::tempdir().expect("a folder");
    let command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
                   -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                   -keyout key.pem -out certificate.pem";
    let status = Command::new("openssl")
        .args(command.split_ascii_whitespace())
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("openssl can be started").success());
    let read = |name: &str| fs::read(Path::join(folder.path(), name)).expect("a file");
    let certificate = CertificateDer::from_pem_slice(&read("certificate.pem")).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(&read("key.pem")).expect("PEM");
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

#[test]
fn a_disk_that_is_full() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.write("emp.toml", "[collect]\nshutdown_timeout = \"50ms\"\n");
    let spool = sandbox.work().join("spool").display().to_string();
    let args = [
        "collect",
        "--listen",
        "none",
        "--file",
        "/dev/full",
        "--spool",
        &spool,
    ];
    let running = Running::spawn(sandbox.command(&args));
    let collector = Collector {
        running,
        file: "/dev/full".into(),
    };
    add(&redis, 1..=9);
    let reason = "file: cannot deliver, keeps what comes and tries again in";
    collector.running.wait_for_error(reason);
    wait_until_acknowledged(&redis);
    assert_rests(&collector);
    let (said, code) = collector.stop();
    assert!(
        said.contains("cannot write /dev/full: No space left on device"),
        "{said}"
    );
    assert_eq!(code, Some(4), "{said}");
}

#[test]
fn a_key_that_is_no_stream() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for stream in ["emp:events", "emp:errors"] {
        redis.run::<()>(&["SADD", stream, "a member"]);
    }
    let collector = Collector::start(&sandbox, "one", &[]);
    for stream in ["emp:events", "emp:errors"] {
        let reason = format!("the key `{stream}` at");
        collector.running.wait_for_error(&reason);
    }
    assert_rests(&collector);
    let (said, code) = collector.stop();
    assert!(
        said.contains("`redis-cli TYPE emp:events` shows what it holds"),
        "{said}"
    );
    assert_eq!(code, Some(0), "{said}");
}

/// An entry of any bytes is an event; one that is too large to be read is put aside, and those
/// behind it are read.
#[test]
fn entries_that_no_reader_can_decode() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    add(&redis, [1]);
    let half = "x".repeat(70 << 20);
    let giant = redis.add("emp:events", &[("data", &half), ("more", &half)]);
    drop(half);
    redis.add("emp:events", &[("", ""), ("data", r#"{"n":2}"#)]);
    redis.add(
        "emp:events",
        &[("eventType", "\u{1b}[2J\0"), ("data", r#"{"n":3}"#)],
    );
    redis.add(
        "emp:events",
        &[("timestamp", "never"), ("data", r#"{"n":4}"#), ("v", "x")],
    );
    let collector = Collector::start(&sandbox, "one", &[]);
    collector
        .running
        .wait_for_error(&format!("the entry {giant} is too large to be read"));
    wait_until_acknowledged(&redis);
    wait_for("those around it", || {
        (collector.events().len() == 4).then_some(())
    });
    let dead = redis.entries("emp:dead");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["dead.entry"], giant);
    assert_eq!(dead[0]["dead.reason"], "the entry is too large to be read");
    assert_rests(&collector);
    let (said, code) = collector.stop();
    assert_eq!(code, Some(0), "{said}");
}
