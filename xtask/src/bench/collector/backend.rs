//! An OTLP backend that takes everything and keeps nothing.
//!
//! It reads requests, throws their bodies away and answers 200, so that next to none of the machine
//! is its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};

/// An empty message of protobuf says that all was taken.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";

/// A backend at work; its threads end with their connections, the first with this process.
pub(super) struct Backend {
    address: SocketAddr,
    taken: Arc<Taken>,
}

/// Bytes of bodies that were taken.
#[derive(Default)]
struct Taken {
    logs: AtomicU64,
    traces: AtomicU64,
}

impl Backend {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let taken = Arc::new(Taken::default());
        let shared = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&shared);
                // A client that hangs up, or sends what this does not read, fails by itself.
                thread::spawn(move || drop(serve(stream, &taken)));
            }
        });
        Ok(Self { address, taken })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes of logs and of traces so far.
    pub(super) fn taken(&self) -> (u64, u64) {
        let Taken { logs, traces } = &*self.taken;
        (logs.load(Ordering::Relaxed), traces.load(Ordering::Relaxed))
    }
}

fn serve(stream: TcpStream, taken: &Taken) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(1 << 16, stream);
    let mut body = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let signal = match &line {
            line if line.starts_with("POST /v1/logs ") => Some(&taken.logs),
            line if line.starts_with("POST /v1/traces ") => Some(&taken.traces),
            _ => None,
        };
        let mut length = None;
        while line != "\r\n" {
            line.clear();
            input.read_line(&mut line)?;
            let header = line.split_once(':');
            if let Some((_, value)) =
                header.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        body.resize(length.context("a body of unknown length")?, 0);
        input.read_exact(&mut body)?;
        if let Some(signal) = signal {
            signal.fetch_add(body.len() as u64, Ordering::Relaxed);
        }
        output.write_all(ANSWER)?;
    }
}
