//! rotel, a real OpenTelemetry collector, which prints what it receives. `cargo xtask test` obtains
//! it.

use std::env;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::wait::wait_for;

/// A collector on ports of its own, ended on drop.
pub struct Rotel {
    child: Child,
    folder: TempDir,
    grpc: u16,
    http: u16,
}

impl Rotel {
    /// Starts one; `None` where `cargo xtask test` has said that this machine has none.
    pub fn start() -> Option<Self> {
        let missing = env::var("EMP_TEST_MISSING").unwrap_or_default();
        if missing.split(',').any(|name| name == "rotel") {
            return None;
        }
        let program = env::var_os("EMP_TEST_ROTEL").unwrap_or_else(|| {
            panic!("EMP_TEST_ROTEL is not set: run `cargo xtask test`, which obtains rotel")
        });
        let folder = TempDir::new().expect("a folder");
        let (grpc, http) = (free_port(), free_port());
        let mut command = Command::new(program);
        command
            .arg("start")
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}")])
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{http}")])
            .args([
                "--exporter",
                "blackhole",
                "--debug-log-verbosity",
                "detailed",
            ]);
        for signal in ["traces", "metrics", "logs"] {
            command.args(["--debug-log", signal]);
        }
        let log = File::create(folder.path().join("log")).expect("a file");
        let copy = log.try_clone().expect("a file");
        let child = command
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy)
            .spawn()
            .expect("rotel can be started");
        for port in [grpc, http] {
            wait_for("rotel", || TcpStream::connect(("127.0.0.1", port)).ok());
        }
        Some(Self {
            child,
            folder,
            grpc,
            http,
        })
    }

    /// Its address for gRPC, without a path.
    pub fn grpc(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc)
    }

    /// Its address for HTTP, without a path.
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// Asks it to end, and gives back all that it printed.
    pub fn end(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it runs");
        wait_for("the end of rotel", || {
            self.child.try_wait().expect("a child")
        });
        self.printed()
    }

    /// All that it has printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
