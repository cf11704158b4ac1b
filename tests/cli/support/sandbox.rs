//! A folder and an environment of the test's own, for the binary to run in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use tempfile::TempDir;

use super::TestRedis;

/// The time that the binary takes for now.
const NOW: &str = "2025-09-27T10:30:00Z";

/// Where nothing listens: a server that refuses at once.
const NO_REDIS: &str = "redis://127.0.0.1:1";

/// A home folder, a work folder and an environment, gone when it is dropped.
pub struct Sandbox {
    folder: TempDir,
    url: String,
}

impl Sandbox {
    /// A sandbox in which Redis refuses connections.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("emp-test-")
            .tempdir()
            .expect("a folder");
        for name in ["home", "work", "state", "config", "cache", "tmp"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self {
            folder,
            url: NO_REDIS.to_owned(),
        }
    }

    /// A sandbox with that server.
    pub fn with(redis: &TestRedis) -> Self {
        Self::at(&redis.url())
    }

    /// A sandbox with whatever is at that address.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::new()
        }
    }

    /// `emp` with these arguments, to be asserted on.
    pub fn emp(&self, args: &[&str]) -> assert_cmd::Command {
        assert_cmd::Command::from_std(self.command(args))
    }

    /// `emp` with these arguments, to be spawned.
    pub fn command(&self, args: &[&str]) -> process::Command {
        let mut emp = process::Command::new(env!("CARGO_BIN_EXE_emp"));
        emp.args(args).current_dir(self.work()).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            emp.env("PATH", path);
        }
        emp.env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("TMPDIR", self.path("tmp"))
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("EMP_NOW", NOW)
            .env("EMP_WIDTH", "100")
            // A busy machine must not send an event to the journal that a test expects in Redis.
            .env("EMP_TIMEOUT", "20s")
            // Collectors of tests that run at the same time must not meet at the default port.
            .env("EMP_LISTEN", "none")
            .env("EMP_URL", &self.url)
            .env("EMP_JOURNAL", self.journal());
        emp
    }

    /// What `emp` prints to standard output when it succeeds.
    ///
    /// # Panics
    /// When it fails, with everything it said.
    pub fn stdout(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("emp runs");
        assert!(output.status.success(), "emp {args:?}: {output:#?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Every event that `emp search` finds with these arguments, as JSON.
    ///
    /// # Panics
    /// When it fails for another reason than that there is none.
    pub fn found(&self, args: &[&str]) -> Vec<serde_json::Value> {
        let args = [&["search", "-o", "jsonl"], args].concat();
        let output = self.command(&args).output().expect("emp runs");
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "emp {args:?}: {output:#?}"
        );
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    /// The journal's file.
    pub fn journal(&self) -> PathBuf {
        self.path("state").join("emp").join("journal.db")
    }

    /// The folder that `emp` runs in.
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Writes a file into the folder that `emp` runs in.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.work().join(name);
        fs::write(&file, content).expect("a file");
        file
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}

/// How many errors `emp` told on standard error.
pub fn errors(said: &str) -> usize {
    said.lines()
        .filter(|line| line.starts_with("error: "))
        .count()
}
