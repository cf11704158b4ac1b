//! A real server, private to one test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::resp::{self, Reply};
use super::target::Target;
use super::wire::{Connection, Timeouts};

/// A `redis-server` on a unix socket, ended on drop.
pub(crate) struct Server {
    child: Child,
    dir: TempDir,
    options: Vec<String>,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        let dir = TempDir::new().expect("a folder for the server");
        Self::start_in(dir, options)
    }

    pub(crate) fn start_in(dir: TempDir, options: &[&str]) -> Self {
        let options: Vec<_> = options.iter().map(ToString::to_string).collect();
        let child = spawn(dir.path(), &options);
        Self {
            child,
            dir,
            options,
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server has ended");
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.dir.path(), &self.options);
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    pub(crate) fn target(&self) -> Target {
        Target::parse(&self.url(), None).expect("an address")
    }

    /// One command, for rooms that know no replies: its answer as text.
    pub(crate) fn ask(&self, command: &[&str]) -> Option<String> {
        match self.run(command) {
            Reply::Int(number) => Some(number.to_string()),
            reply => reply.text().map(str::to_owned),
        }
    }

    pub(super) fn connect(&self) -> Connection {
        Connection::reading(&self.target(), Timeouts::default()).expect("a connection")
    }

    /// Entries in a stream.
    pub(crate) fn length(&self, stream: &str) -> u64 {
        self.run(&["XLEN", stream]).count().expect("a number")
    }

    /// One command; an error is a failure of the test.
    pub(super) fn run(&self, command: &[&str]) -> Reply {
        self.run_all([words(command)]).pop().expect("a reply")
    }

    /// Many commands in one go.
    pub(super) fn run_all(&self, commands: impl IntoIterator<Item = Vec<Vec<u8>>>) -> Vec<Reply> {
        let mut connection = self.connect();
        let mut count = 0;
        for command in commands {
            let parts: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
            resp::command(&mut connection.output, &parts);
            count += 1;
        }
        connection.send().expect("sent");
        let replies = (0..count).map(|_| match connection.reply().expect("a reply") {
            Reply::Error(text) => panic!("the server answers {text}"),
            reply => reply,
        });
        replies.collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(dir: &Path, options: &[String]) -> Child {
    let mut child = Command::new("redis-server")
        .args([
            "--port",
            "0",
            "--unixsocket",
            "s",
            "--save",
            "",
            "--dir",
            ".",
        ])
        .args(options)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot start redis-server: {error}; `cargo xtask test` installs it")
        });
    let mut log = BufReader::new(child.stdout.take().expect("its log")).lines();
    let mut seen = Vec::new();
    let ready = log.by_ref().map_while(Result::ok).any(|line| {
        let ready = line.contains("eady to accept connections");
        seen.push(line);
        ready
    });
    assert!(ready, "redis-server did not start:\n{}", seen.join("\n"));
    // Without a reader, the server would block once the pipe is full.
    thread::spawn(move || log.for_each(drop));
    child
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Ten seconds from now.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// A command, for [`Server::run_all`].
pub(super) fn words(command: &[&str]) -> Vec<Vec<u8>> {
    let words = command.iter().map(|word| word.as_bytes().to_vec());
    words.collect()
}
