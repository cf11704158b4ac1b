//! The parser: global options and the table of commands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

use crate::commands::{
    Context, collect, completions, config, correlate, demo, emit, errors, export, health, man,
    perf, run, search, shell_hook, stream, timeline,
};
use crate::error::{Error, Exit};
use crate::output::{ColorChoice, Verbosity};

/// Why did this job fail, where is it stuck: answers from the event streams of a job queue
///
/// Events live in two Redis Streams, emp:events and emp:errors, and in a local journal while
/// Redis cannot be reached. Anything may write them: `emp emit`, or a plain XADD from any language.
#[derive(Debug, Parser)]
#[command(
    name = "emp",
    version,
    max_term_width = 100,
    infer_subcommands = true,
    after_help = "Examples:
  emp emit job.created --job-id job_123 -d priority=high
  emp timeline job_123
  emp search 'job:job_123 level:error' --last 1h
  emp stream --service worker

Exit codes: 0 yes, 1 a negative answer, 2 usage or configuration, 3 no source could be read,
4 events left undelivered, 70 a bug in emp."
)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Address of Redis: redis://, rediss:// or redis+unix://
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Read settings from this file alone, in place of emp.toml and the user's file
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,
    /// Say nothing but errors beside the data
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what emp does on the way
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

impl Globals {
    /// How much is said on standard error.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Emit(emit::Args),
    Run(run::Args),
    ShellHook(shell_hook::Args),
    Search(search::Args),
    Stream(stream::Args),
    Timeline(timeline::Args),
    Errors(Box<errors::Args>),
    Perf(Box<perf::Args>),
    Correlate(Box<correlate::Args>),
    Health(health::Args),
    Export(export::Args),
    Collect(Box<collect::Args>),
    Demo(demo::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// One command alone. A script starts `emp emit` for every event, and to build the options of all
/// other commands as well takes a tenth of its time; `emp collect` would keep them in its memory.
#[derive(Debug, Parser)]
#[command(name = "emp")]
struct Alone<C: Subcommand> {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: C,
}

#[derive(Debug, Subcommand)]
enum Emit {
    Emit(emit::Args),
}

#[derive(Debug, Subcommand)]
enum Collect {
    Collect(Box<collect::Args>),
}

impl Cli {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// When it asks for help or for something that is not there.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let typed: Vec<OsString> = args.into_iter().collect();
        if let Some(cli) = Self::short_cut(&typed) {
            return Ok(cli);
        }
        let meant: Vec<OsString> = typed.iter().map(excluded).collect();
        if meant != typed
            && let Ok(cli) = Self::try_parse_from(meant)
            && matches!(
                cli.command,
                Command::Search(_)
                    | Command::Stream(_)
                    | Command::Errors(_)
                    | Command::Perf(_)
                    | Command::Correlate(_)
            )
        {
            return Ok(cli);
        }
        Self::try_parse_from(typed).map_err(led)
    }

    /// What [`Self::parse_from`] would answer to a correct `emp emit` or `emp collect`; everything
    /// else, help and errors included, is left to it.
    fn short_cut(words: &[OsString]) -> Option<Self> {
        let (globals, command) = match words.get(1)?.to_str()? {
            "emit" => {
                let Alone { globals, command } = Alone::try_parse_from(words).ok()?;
                let Emit::Emit(args) = command;
                (globals, Command::Emit(args))
            }
            "collect" => {
                let Alone { globals, command } = Alone::try_parse_from(words).ok()?;
                let Collect::Collect(args) = command;
                (globals, Command::Collect(args))
            }
            _ => return None,
        };
        Some(Self { globals, command })
    }

    /// Runs the command that was asked for.
    ///
    /// # Errors
    /// When the command could not do what it was asked.
    pub fn run(self) -> Result<Exit, Error> {
        let globals = self.globals;
        match self.command {
            Command::Emit(args) => emit::run(args, &globals),
            Command::Run(args) => run::run(args, &globals),
            Command::ShellHook(args) => shell_hook::run(args),
            Command::Search(args) => search::run(args, &mut Context::load(&globals)?),
            Command::Stream(args) => stream::run(args, &mut Context::load(&globals)?),
            Command::Timeline(args) => timeline::run(args, &mut Context::load(&globals)?),
            Command::Errors(args) => errors::run(*args, &mut Context::load(&globals)?),
            Command::Perf(args) => perf::run(*args, &mut Context::load(&globals)?),
            Command::Correlate(args) => correlate::run(*args, &mut Context::load(&globals)?),
            Command::Health(args) => health::run(args, &mut Context::load(&globals)?),
            Command::Export(args) => export::run(args, &mut Context::load(&globals)?),
            Command::Collect(args) => collect::run(*args, &globals),
            Command::Demo(args) => demo::run(args, &mut Context::load(&globals)?),
            Command::Config(args) => config::run(args, &globals),
            Command::Completions(args) => completions::run(args),
            Command::Man(args) => man::run(args),
        }
    }

    /// What the errors of this call are reported with.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }
}

/// Leads who asks for `emp collect status` to what tells how a collector stands.
fn led(mut error: clap::Error) -> clap::Error {
    let asked =
        |kind| matches!(error.get(kind), Some(ContextValue::String(word)) if word == "status");
    if asked(ContextKind::InvalidArg) || asked(ContextKind::InvalidSubcommand) {
        let tip = "`emp health` shows collectors and what they feed; GET /status of one is all it \
                   knows";
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}

/// A term of a query that is excluded with a hyphen, such as `-type:job.*`, with the `!` that means
/// the same and is not taken for options. No option looks like that.
fn excluded(word: &OsString) -> OsString {
    let is_term = |term: &str| {
        let name = term.find(|char: char| !(char.is_alphanumeric() || "_.-".contains(char)));
        match name {
            Some(0) => term.starts_with(['(', '"', '\'']),
            // One letter may be an option with its value: `-n=5`.
            Some(at) => at > 1 && term[at..].starts_with([':', '=', '!', '<', '>']),
            None => false,
        }
    };
    match word.to_str().and_then(|word| word.strip_prefix('-')) {
        Some(term) if !term.starts_with('-') && is_term(term) => format!("!{term}").into(),
        _ => word.clone(),
    }
}

/// The whole command line, for completions, man pages and documentation.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_status_is_led_to_it() {
        for line in ["emp collect status", "emp status"] {
            let read = Cli::read(line.split(' ').map(OsString::from));
            let told = read.map(|_| ()).expect_err(line).to_string();
            assert!(
                told.contains("tip: `emp health` shows collectors"),
                "{told}"
            );
        }
        let read = Cli::read(["emp", "collect", "stats"].map(OsString::from));
        let told = read.map(|_| ()).expect_err("no such word").to_string();
        assert!(!told.contains("emp health"), "{told}");
    }

    #[test]
    fn terms_are_told_from_options() {
        for (typed, meant) in [
            ("-type:job.*", "!type:job.*"),
            ("-data.n>5", "!data.n>5"),
            ("-level!=info", "!level!=info"),
            ("-type:a job:b", "!type:a job:b"),
            ("-(a OR b)", "!(a OR b)"),
            ("-n", "-n"),
            ("-n=5", "-n=5"),
            ("-1h", "-1h"),
            ("-failed", "-failed"),
            ("-failed job:b", "-failed job:b"),
            ("--job-id=a", "--job-id=a"),
            ("--a:b", "--a:b"),
            ("-", "-"),
            ("a-b:c", "a-b:c"),
        ] {
            assert_eq!(excluded(&typed.into()), meant);
        }
    }

    #[test]
    fn only_queries_exclude() {
        let read = |line: &str| Cli::read(line.split(' ').map(OsString::from));
        for line in [
            "emp search a -type:b -n 5",
            "emp sea -name:b",
            "emp --url u stream -type:b",
            "emp emit a.b -dname=value",
        ] {
            assert!(read(line).is_ok(), "{line}");
        }
        for line in [
            "emp timeline -type:b",
            "emp health -type:b",
            "emp search -type",
        ] {
            let kind = read(line).map(|_| ()).expect_err(line).kind();
            assert_eq!(kind, clap::error::ErrorKind::UnknownArgument, "{line}");
        }
    }

    #[test]
    fn the_short_cut_reads_what_the_whole_parser_reads() {
        for line in [
            "emit job.created --job-id job_1 -d a=b -d n:=1 --url redis://h -q",
            "emit --stdin --strict --config emp.toml",
            "emit --error TimeoutError --message m --color never",
            "emit --error",
            "emit a.b --timestamp 1",
            "emit --help",
            "emit --version",
            "emit -q -v a.b",
            "emit",
            "emit search",
            "collect",
            "collect --check -o json --url redis://h --config emp.toml -v",
            "collect --file a.log --otlp-header a=b --otlp-header c=d --log-format json -q",
            "collect --otlp-endpoint http://h:4318 --consumer c --no-index --listen none",
            "collect -o json",
            "collect status",
            "collect --help",
            "coll",
            "emi a.b",
            "-v emit a.b",
            "search emit",
        ] {
            let words: Vec<OsString> = ["emp"]
                .into_iter()
                .chain(line.split(' '))
                .map(OsString::from)
                .collect();
            let whole = Cli::try_parse_from(&words).ok();
            let short = Cli::short_cut(&words);
            let named = words[1] == "emit" || words[1] == "collect";
            let usual = whole.is_some() && named;
            assert_eq!(short.is_some(), usual, "{line}");
            if let Some(short) = short {
                let whole = whole.expect("both read it");
                assert_eq!(format!("{short:?}"), format!("{whole:?}"), "{line}");
            }
        }
    }
}
