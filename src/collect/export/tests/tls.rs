//! TLS with an authority of one's own, and with a certificate of the client's.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;

use super::*;
use crate::config::Identity;

fn openssl(dir: &Path, command: &str) {
    let status = Command::new("openssl")
        .args(command.split_ascii_whitespace())
        .current_dir(dir)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("openssl can be started");
    assert!(status.success(), "openssl {command}");
}

/// An authority `ca`, what it signed (`server`, `client`), and one that nobody knows (`other`).
fn certificates() -> TempDir {
    let dir = TempDir::new().expect("a folder");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for name in ["ca", "other"] {
        let command = format!(
            "req -x509 {key} -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem \
             -addext basicConstraints=critical,CA:TRUE"
        );
        openssl(dir.path(), &command);
    }
    fs::write(dir.path().join("san"), "subjectAltName=DNS:localhost\n").expect("a file");
    for name in ["server", "client"] {
        let command = format!("req {key} -subj /CN={name} -keyout {name}.key -out {name}.csr");
        openssl(dir.path(), &command);
        let command = format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
             -extfile san -out {name}.pem"
        );
        openssl(dir.path(), &command);
    }
    dir
}

fn server(dir: &Path, asks_clients: bool) -> ServerConfig {
    let read = |name: &str| fs::read(dir.join(name)).expect("a file");
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let certificate = CertificateDer::from_pem_slice(&read("server.pem")).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(&read("server.key")).expect("PEM");
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(&read("ca.pem")).expect("PEM");
    roots.add(ca).expect("an authority");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let config = match asks_clients {
        true => config.with_client_cert_verifier(verifier.build().expect("a verifier")),
        false => config.with_no_client_auth(),
    };
    let mut config = config
        .with_single_cert(vec![certificate], key)
        .expect("a certificate");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_no_other() {
    let dir = certificates();
    let read = |name: &str| fs::read(dir.path().join(name)).expect("a file");
    let receiver = Receiver::start_tls(server(dir.path(), false));
    for protocol in BOTH {
        let mut target = target(&receiver.url(), protocol);
        target.ca = Some(read("ca.pem"));
        assert_eq!(verdict(&target, b"x"), Verdict::Delivered, "{protocol:?}");
        for ca in [Some(read("other.pem")), None] {
            target.ca = ca;
            let refused = verdict(&target, b"x");
            let text = format!("{refused:?}");
            assert!(matches!(refused, Verdict::Retry { .. }), "{text}");
            assert!(text.contains("invalid peer certificate"), "{text}");
        }
    }
}

#[test]
fn a_client_shows_its_certificate() {
    let dir = certificates();
    let read = |name: &str| fs::read(dir.path().join(name)).expect("a file");
    let identity = |key| {
        let (certificate, key) = (read("client.pem"), read(key));
        Some(Identity { certificate, key })
    };
    let receiver = Receiver::start_tls(server(dir.path(), true));
    for protocol in BOTH {
        let mut target = target(&receiver.url(), protocol);
        target.ca = Some(read("ca.pem"));
        let refused = verdict(&target, b"x");
        assert!(matches!(refused, Verdict::Retry { .. }), "{refused:?}");
        target.identity = identity("client.key");
        assert_eq!(verdict(&target, b"x"), Verdict::Delivered, "{protocol:?}");
        // A key of another certificate is found before anything is sent.
        target.identity = identity("server.key");
        let error = Client::new(Signal::Logs, &target).expect_err("no pair");
        assert!(
            error
                .to_string()
                .contains("cannot prepare OTLP to https://localhost"),
            "{error}"
        );
    }
}
