//! `emp shell-hook`: a shell script that reports the commands of a script that fail.

use std::env;

use crate::error::{Error, Exit};
use crate::output::stdout_bytes;

/// What stands in the scripts for this program.
const PROGRAM: &str = "@EMP@";

/// Print a hook for a shell script, which reports its failing commands
///
/// Evaluated at the top of a script, it emits error.ShellCommandFailed with file, line, function
/// and exit code for every command whose failure nothing tests (`if`, `||`, `!`), at most 100 times
/// in one shell. Options, traps, exit code and output of the script stay as they are.
///
/// A trap on ERR (ZERR in zsh) that is there already runs after the hook; one that is set later
/// takes its place. Failures inside functions are told as the call in bash, unless `set -E` is on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  eval \"$(emp shell-hook bash)\"
  eval \"$(emp shell-hook zsh)\"
  command -v emp >/dev/null && eval \"$(emp shell-hook bash)\"     (where emp may be missing)")]
pub struct Args {
    /// The shell that runs the script
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shell {
    /// bash 3.2 or later
    Bash,
    /// zsh 5 or later
    Zsh,
}

pub(crate) fn run(args: Args) -> Result<Exit, Error> {
    let script = match args.shell {
        Shell::Bash => include_str!("hooks/bash.sh"),
        Shell::Zsh => include_str!("hooks/zsh.sh"),
    };
    // The script may change its search path, or its folder.
    let program = env::current_exe().ok();
    let program = program.and_then(|path| path.into_os_string().into_string().ok());
    let program = quoted(program.as_deref().unwrap_or("emp"));
    stdout_bytes(script.replace(PROGRAM, &program).as_bytes())?;
    Ok(Exit::Yes)
}

/// A word that every shell takes to the letter.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_taken_to_the_letter() {
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
