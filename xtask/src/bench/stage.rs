//! What every contest stands on: the binary, a server, a folder for data, and how much of it.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::data::{self, Ids};
use super::measure::{Output, Sample, once};
use super::server::Server;
use crate::tools;

/// Databases of the server. Emits go to the first, so that no side has to choose one.
pub(super) const SMALL: u8 = 1;
pub(super) const LARGE: u8 = 2;
/// As large, and young: an index is trusted for entries of the last weeks.
pub(super) const YOUNG: u8 = 3;
/// Empty, for events that come while a collector works.
pub(super) const LIVE: u8 = 4;

/// Systems with planted causes, about which questions are asked.
pub(super) const ANSWERS_SMALL: u8 = 5;
pub(super) const ANSWERS_LARGE: u8 = 6;

/// What the contests need: the binary, a server, a folder for data, and how much of it.
pub(super) struct Stage {
    emp: PathBuf,
    pub(super) server: Server,
    folder: TempDir,
    quick: bool,
}

impl Stage {
    /// Starts the server. Data lives in a folder below `folder`, gone at the end.
    pub(super) fn new(folder: &Path, emp: PathBuf, redis: &Path, quick: bool) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("data-")
            .tempdir_in(folder)?;
        Ok(Self {
            emp,
            server: Server::start(redis, folder.path())?,
            folder,
            quick,
        })
    }

    /// A tenth of the data when it must be quick.
    pub(super) fn size(&self, full: usize) -> usize {
        if self.quick { full / 10 } else { full }
    }

    pub(super) fn rounds(&self, full: usize) -> usize {
        if self.quick {
            full.div_ceil(10).max(2)
        } else {
            full
        }
    }

    /// A file of the stage.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn once(&self, command: &mut Command, output: Output) -> Result<Sample> {
        once(command, output, &self.path("stderr"))
    }

    /// `emp` with a home of its own below the stage's folder.
    pub(super) fn emp(&self, home: &str, url: &str, args: &[&str]) -> Command {
        let home = self.path(home);
        // If this fails, emp says so.
        let _ = fs::create_dir_all(&home);
        let mut emp = Command::new(&self.emp);
        emp.args(args)
            .env_clear()
            .env("HOME", home)
            .env("EMP_URL", url)
            // Everything is read from the server, unless a contest is about something else.
            .env("EMP_CACHE", "none")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        emp
    }

    pub(super) fn redis_cli(&self, database: u8) -> Result<Command> {
        let mut cli = Command::new(tools::find("redis-cli").context("redis-cli is missing")?);
        cli.args(["-p", &self.server.port()]);
        if database != 0 {
            cli.args(["-n", &database.to_string()]);
        }
        Ok(cli)
    }

    /// Fills a database, unless it has been.
    pub(super) fn fill(&self, database: u8, count: usize, ids: Ids) -> Result<()> {
        let done = self.folder.path().join(format!("filled-{database}"));
        if done.exists() {
            return Ok(());
        }
        println!("filling a stream with {} entries", thousands(count));
        let mut pipe = self.redis_cli(database)?;
        let mut pipe = pipe
            .arg("--pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let stdin = pipe.stdin.take().context("a pipe has an entrance")?;
        data::write_commands(&mut BufWriter::new(stdin), count, ids)?;
        ensure!(pipe.wait()?.success(), "redis-cli --pipe failed");
        File::create(done)?;
        Ok(())
    }
}

/// The same command, to be run again.
pub(super) fn again(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    copy
}

/// `1,000,000`.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    groups.join(",")
}
