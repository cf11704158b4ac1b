//! `emp completions`: what a shell offers on TAB.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::{Shell, generate};

use super::Context;
use crate::cli::{self, Globals};
use crate::error::{Error, Exit};
use crate::event::{Event, Id, Millis};
use crate::output::stdout_bytes;
use crate::store::redis::{RedisSource, Timeouts};
use crate::store::{self, JournalSource, Scan, Sink, Source};

/// Print completions for a shell
///
/// The printed script completes commands and flags. For values too (recent job ids, services that
/// were seen) use the dynamic completion of the examples.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp completions bash > ~/.local/share/bash-completion/completions/emp
  emp completions zsh > ~/.zfunc/_emp
  echo 'source <(COMPLETE=bash emp)' >> ~/.bashrc     (also offers ids and services)
  echo 'source <(COMPLETE=zsh emp)' >> ~/.zshrc
  echo 'COMPLETE=fish emp | source' >> ~/.config/fish/config.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: Args) -> Result<Exit, Error> {
    stdout_bytes(&script(args.shell))?;
    Ok(Exit::Yes)
}

/// The completion script of a shell.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut cli::command(), "emp", &mut script);
    script
}

/// Every file of `completions/`: its name and content.
pub fn scripts() -> Vec<(String, Vec<u8>)> {
    let shells = [
        (Shell::Bash, "emp.bash"),
        (Shell::Zsh, "_emp"),
        (Shell::Fish, "emp.fish"),
        (Shell::PowerShell, "_emp.ps1"),
        (Shell::Elvish, "emp.elv"),
    ];
    let file = |(shell, name): (Shell, &str)| (name.to_owned(), script(shell));
    shells.into_iter().map(file).collect()
}

pub(super) fn services() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, |event| Some(event.service.clone())))
}

pub(super) fn event_types() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        candidates(typed, |event| Some(event.event_type.clone()))
    })
}

pub(super) fn jobs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        candidates(typed, |event| event.id(Id::Job).map(str::to_owned))
    })
}

/// How long the server may take: a person waits for TAB.
const BUDGET: Duration = Duration::from_millis(50);

/// Events looked at.
const RECENT: usize = 500;

/// Candidates offered.
const OFFERED: usize = 50;

/// Values of recent events that begin with what was typed, newest first. Silent when there is no
/// answer in time.
fn candidates(typed: &OsStr, value: impl Fn(&Event) -> Option<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let mut offered: Vec<String> = Vec::new();
    for value in recent().iter().filter_map(value) {
        let fits = value.starts_with(&*typed) && !value.chars().any(char::is_control);
        if fits && !value.is_empty() && !offered.contains(&value) {
            offered.push(value);
        }
        if offered.len() == OFFERED {
            break;
        }
    }
    offered.into_iter().map(CompletionCandidate::new).collect()
}

/// Events of Redis and the journal, newest first.
fn recent() -> Vec<Event> {
    let Ok(context) = Context::load(&Globals::default()) else {
        return Vec::new();
    };
    let settings = &context.settings;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let scan = Scan {
        streams: &streams,
        newest_first: true,
        ..Scan::default()
    };
    let timeouts = Timeouts {
        connect: BUDGET,
        reply: BUDGET,
    };
    let mut recent = Recent::default();
    if let Ok(target) = context.target() {
        // What came before a failure is offered.
        let _ = RedisSource::new(target, timeouts).scan(&scan, &mut recent);
    }
    let _ = JournalSource::new(&settings.journal).scan(&scan, &mut recent);
    recent
        .0
        .sort_by_key(|event| std::cmp::Reverse(event.timestamp));
    recent.0
}

#[derive(Default)]
struct Recent(Vec<Event>);

impl Sink for Recent {
    fn event(&mut self, event: &mut Event) -> Result<(), store::Error> {
        self.0.push(std::mem::take(event));
        Ok(())
    }

    fn reached(&mut self, _oldest: Millis) -> ControlFlow<()> {
        if self.0.len() < RECENT {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
