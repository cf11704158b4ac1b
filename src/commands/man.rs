//! `emp man`: the manual pages.

use std::path::{Path, PathBuf};

use crate::cli;
use crate::error::{Error, Exit};
use crate::output::stdout_bytes;

/// Print the manual page, or write one for every command
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp man | man -l -
  emp man --dir ~/.local/share/man/man1")]
pub struct Args {
    /// Write the pages of emp and of every command into this folder
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> Result<Exit, Error> {
    match args.dir {
        None => stdout_bytes(&render(cli::command()))?,
        Some(folder) => {
            let wrong = |path: &Path| {
                let what = path.display().to_string();
                move |source| Error::Output { what, source }
            };
            std::fs::create_dir_all(&folder).map_err(wrong(&folder))?;
            for (name, page) in pages() {
                let path = folder.join(name);
                std::fs::write(&path, page).map_err(wrong(&path))?;
            }
        }
    }
    Ok(Exit::Yes)
}

/// Every page with its file name: `emp.1`, `emp-search.1`, ...
pub fn pages() -> Vec<(String, Vec<u8>)> {
    let mut root = cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![("emp.1".to_owned(), render(root.clone()))];
    let mut below: Vec<clap::Command> = root.get_subcommands().cloned().collect();
    while let Some(command) = below.pop() {
        if command.is_hide_set() {
            continue;
        }
        below.extend(command.get_subcommands().cloned());
        let name = command
            .get_display_name()
            .unwrap_or_else(|| command.get_name());
        pages.push((format!("{name}.1"), render(command)));
    }
    pages.sort();
    pages
}

fn render(command: clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(command).render(&mut page);
    page
}
