//! What services and scripts emit from, for real. `cargo xtask test` obtains it.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// What runs a script that writes events.
#[derive(Clone, Copy)]
pub enum Client {
    /// `redis-cli` in a shell.
    RedisCli,
    /// `redis` in Python.
    Python,
    /// `ioredis` in Node.
    Node,
    /// A shell that is not everywhere.
    Zsh,
}

impl Client {
    /// A program that runs a script of this client from a file; `folder` is the script's own.
    pub fn command(self, folder: &Path) -> Command {
        let needed = |name| {
            env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: run `cargo xtask test`, which obtains the clients")
            })
        };
        match self {
            Self::RedisCli => {
                // It may have another name here, or lie where no search path leads.
                let bin = folder.join("bin");
                fs::create_dir(&bin).expect("a folder");
                symlink(needed("EMP_TEST_REDIS_CLI"), bin.join("redis-cli")).expect("a link");
                let path = env::var("PATH").unwrap_or_default();
                let mut sh = Command::new("sh");
                sh.env("PATH", format!("{}:{path}", bin.display()));
                sh
            }
            Self::Python => {
                let mut python = Command::new("python3");
                python.env("PYTHONPATH", needed("EMP_TEST_PYTHONPATH"));
                python
            }
            Self::Node => {
                let mut node = Command::new("node");
                node.env("NODE_PATH", needed("EMP_TEST_NODE_PATH"));
                node
            }
            Self::Zsh => {
                let mut zsh = Command::new("zsh");
                // Nobody's own files are read.
                zsh.arg("-f");
                zsh
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::RedisCli => "redis-cli",
            Self::Python => "python",
            Self::Node => "node",
            Self::Zsh => "zsh",
        }
    }
}

/// Whether `cargo xtask test` has said that this machine does not have the client. A test may
/// then do nothing; without those words it must run.
pub fn missing(client: Client) -> bool {
    let names = env::var("EMP_TEST_MISSING").unwrap_or_default();
    names.split(',').any(|name| name == client.name())
}
