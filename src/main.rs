//! The binary: parse, run, exit code.

use std::panic;
use std::process::ExitCode;

use emp_cli::Exit;
use emp_cli::cli::{self, Cli};
use emp_cli::error::exit_code;
use emp_cli::output::Console;
use emp_cli::signal;

fn main() -> ExitCode {
    // A bug is told in one line; the default hook would print a backtrace.
    panic::set_hook(Box::new(|_| {}));
    match panic::catch_unwind(run) {
        Ok(code) => code,
        Err(cause) => {
            Console::default().bug(cause.as_ref());
            exit_code::BUG.into()
        }
    }
}

fn run() -> ExitCode {
    if std::env::var_os("COMPLETE").is_some() {
        clap_complete::CompleteEnv::with_factory(cli::command).complete();
    }
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let console = Console::new(cli.globals().color, cli.globals().verbosity());
    match cli.run() {
        Ok(exit) => {
            if let Exit::Signal(number) = exit {
                signal::end_by(number);
            }
            exit.code().into()
        }
        Err(error) if error.is_broken_pipe() => exit_code::YES.into(),
        Err(error) => {
            console.error(&error);
            error.exit_code().into()
        }
    }
}
