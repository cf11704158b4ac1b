//! The measurements' own Redis, on a free port of the loopback interface.

use std::cell::RefCell;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use redis::{Connection, FromRedisValue};

/// A server that keeps everything in memory; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
    link: RefCell<Connection>,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut child = Command::new(program)
            .current_dir(folder)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("redis.log"))?)
            .spawn()
            .context("cannot run redis-server")?;
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
        let start = Instant::now();
        loop {
            if let Ok(link) = client.get_connection() {
                return Ok(Self {
                    child,
                    port,
                    link: RefCell::new(link),
                });
            }
            if let Some(status) = child.try_wait()? {
                bail!("redis-server ended with {status}; see {}", folder.display());
            }
            if start.elapsed() > Duration::from_secs(10) {
                let _ = child.kill();
                bail!("redis-server does not answer");
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn port(&self) -> String {
        self.port.to_string()
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: u8) -> String {
        match database {
            0 => format!("redis://127.0.0.1:{}", self.port),
            _ => format!("redis://127.0.0.1:{}/{database}", self.port),
        }
    }

    /// A connection to one of its databases.
    pub(crate) fn connect(&self, database: u8) -> Result<Connection> {
        Ok(redis::Client::open(self.url(database))?.get_connection()?)
    }

    /// Runs a command on the default database.
    pub(crate) fn run<T: FromRedisValue>(&self, words: &[&str]) -> Result<T> {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        Ok(command.query(&mut *self.link.borrow_mut())?)
    }

    /// Entries ever added to a stream, trimmed ones included.
    pub(crate) fn added(&self, stream: &str) -> Result<usize> {
        let info: std::collections::HashMap<String, redis::Value> =
            self.run(&["XINFO", "STREAM", stream])?;
        let added = info
            .get("entries-added")
            .context("needs Redis 7 or newer")?;
        Ok(redis::from_redis_value(added.clone())?)
    }

    /// Name and version, as `INFO` tells them.
    pub(crate) fn version(&self) -> Result<String> {
        let info: String = self.run(&["INFO", "server"])?;
        let value = |name: &str| {
            info.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::trim)
        };
        Ok(match value("valkey_version") {
            Some(version) => format!("Valkey {version}"),
            None => format!(
                "Redis {}",
                value("redis_version").unwrap_or("of unknown version")
            ),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
