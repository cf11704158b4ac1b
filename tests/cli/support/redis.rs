//! A Redis of the test's own, on a unix socket and on a free port, ended on drop.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use redis::{Connection, FromRedisValue};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::wait_for;

/// A private server.
pub struct TestRedis {
    folder: TempDir,
    args: Vec<String>,
    port: u16,
    server: Option<Child>,
    link: RefCell<Option<Connection>>,
}

impl TestRedis {
    /// A server that keeps everything in memory.
    pub fn start() -> Self {
        Self::with_args(&["--appendonly", "no"])
    }

    /// A server with more arguments: `["--appendonly", "yes", "--appendfsync", "always"]`. Its
    /// files are in a folder of its own, kept over [`restart`](Self::restart).
    pub fn with_args(args: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("emp-redis-")
            .tempdir()
            .expect("a folder");
        let args = args.iter().map(ToString::to_string).collect();
        let mut redis = Self {
            folder,
            args,
            port: 0,
            server: None,
            link: RefCell::default(),
        };
        // A free port may be taken by somebody else before the server has it.
        let started = (0..5).any(|_| {
            redis.port = free_port();
            redis.try_start()
        });
        assert!(started, "redis-server does not start:\n{}", redis.log());
        redis
    }

    /// Its address, over the unix socket.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket())
    }

    /// Its address, over the port.
    pub fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The path of its unix socket.
    pub fn socket(&self) -> String {
        self.folder.path().join("redis.sock").display().to_string()
    }

    /// Runs a command, as `redis-cli` would, and reads the reply as the type that is asked for.
    ///
    /// # Panics
    /// When the server answers with an error or with something else.
    pub fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut link = self.link.borrow_mut();
        let link = link.get_or_insert_with(|| self.connect().expect("redis answers"));
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command
            .query(link)
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Adds an entry with these fields, under an id of the server's clock.
    pub fn add(&self, stream: &str, fields: &[(&str, &str)]) -> String {
        self.add_at(stream, "*", fields)
    }

    /// Adds an entry under an id.
    pub fn add_at(&self, stream: &str, id: &str, fields: &[(&str, &str)]) -> String {
        let mut words = vec!["XADD", stream, id];
        words.extend(fields.iter().flat_map(|(name, value)| [*name, *value]));
        self.run(&words)
    }

    /// The fields of every entry in a stream, as they lie there, but for bytes that are no text.
    pub fn entries(&self, stream: &str) -> Vec<BTreeMap<String, String>> {
        let entries: Vec<(String, BTreeMap<String, Vec<u8>>)> =
            self.run(&["XRANGE", stream, "-", "+"]);
        let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
        let fields = entries.into_iter().map(|(_, fields)| fields);
        fields
            .map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name, text(value)))
                    .collect()
            })
            .collect()
    }

    /// Entries in a stream.
    pub fn len(&self, stream: &str) -> u64 {
        self.run(&["XLEN", stream])
    }

    /// Ends the server as a crash would: SIGKILL.
    pub fn kill9(&mut self) {
        self.link.take();
        if let Some(mut server) = self.server.take() {
            // Either fails only when the server is gone already.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Makes the server hang: it takes connections and bytes, and answers nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Ends the hanging.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let server = self.server.as_ref().expect("the server runs");
        kill_process(Pid::from_child(server), signal).expect("sent");
    }

    /// Starts the server again on the same socket, port and files, after [`kill9`](Self::kill9)
    /// if it still runs.
    pub fn restart(&mut self) {
        self.kill9();
        assert!(
            self.try_start(),
            "redis-server does not start again:\n{}",
            self.log()
        );
    }

    /// Starts the server and waits until it answers; `false` if it ends before.
    fn try_start(&mut self) -> bool {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("a log file");
        let server = Command::new(server_program())
            .current_dir(self.folder.path())
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--unixsocket", &self.socket(), "--save", ""])
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server runs");
        let server = self.server.insert(server);
        let folder = self.folder.path().display().to_string();
        let answers = wait_for("redis-server to answer", || {
            if server.try_wait().expect("a child").is_some() {
                return Some(false);
            }
            // Over the port: a socket file may be left from the server's life before.
            let mut link = connect(&format!("redis://127.0.0.1:{}", self.port))?;
            // While it loads its files the server answers with an error. Somebody else's server
            // on the same port has another folder.
            let (_, dir): (String, String) = redis::cmd("CONFIG")
                .arg(&["GET", "dir"])
                .query(&mut link)
                .ok()?;
            let _: String = redis::cmd("PING").query(&mut link).ok()?;
            same_file(&dir, &folder).then_some(true)
        });
        if !answers {
            self.server = None;
        }
        answers
    }

    fn connect(&self) -> Option<Connection> {
        connect(&self.url())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        self.kill9();
    }
}

fn connect(url: &str) -> Option<Connection> {
    redis::Client::open(url)
        .expect("an address")
        .get_connection()
        .ok()
}

fn same_file(a: &str, b: &str) -> bool {
    fs::canonicalize(a).ok() == fs::canonicalize(b).ok()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn server_program() -> String {
    if let Ok(named) = env::var("EMP_TEST_REDIS_SERVER") {
        return named;
    }
    let found = Command::new("redis-server")
        .arg("--version")
        .output()
        .is_ok();
    assert!(
        found,
        "no redis-server: run `cargo xtask test`, which obtains one"
    );
    "redis-server".to_owned()
}
