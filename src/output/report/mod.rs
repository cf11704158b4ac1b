//! What reports are made of: a grid that fits the screen, small pictures of numbers, and what to type
//! next.

mod column;
mod grid;
mod pictures;

use std::io;

use serde::Serialize;

pub use column::{Cell, Column};
pub use grid::{Grid, UnknownColumn};
pub use pictures::{bar, sparkline};

use super::{Role, Screen, escape};

/// Something that a command reports, in every form that it can be printed in.
pub(crate) trait Report: Serialize {
    /// One line of it.
    type Row: Serialize;

    /// Its lines, for a program that reads them one by one.
    fn rows(&self) -> &[Self::Row];

    /// The same lines as a table.
    fn grid(&self, screen: &Screen) -> Grid;

    /// All of it as text for people; `grid` is the table, with the columns that were asked for.
    ///
    /// # Errors
    /// When standard output is closed or full.
    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()>;
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// One JSON object a line of the table
    Jsonl,
    /// Comma-separated values with a head
    Csv,
}

/// Lines that a sentence may take.
const MOST_LINES: usize = 8;

impl Screen {
    /// Prints a report. `columns` are the ones that were asked for, none for the usual ones.
    ///
    /// # Errors
    /// When a column is not known, or standard output is closed or full.
    pub(crate) fn report<R: Report>(
        &mut self,
        report: &R,
        form: Form,
        columns: &[String],
    ) -> Result<(), PrintError> {
        let grid = report.grid(self).choose(columns)?;
        match form {
            Form::Text => report.draw(&grid, self)?,
            Form::Json => self.json(report)?,
            Form::Jsonl => {
                for row in report.rows() {
                    let line = serde_json::to_string(row).map_err(io::Error::from)?;
                    self.line(super::escape_json(&line))?;
                }
            }
            Form::Csv => grid.csv(self)?,
        }
        self.flush()?;
        Ok(())
    }

    /// A sentence on as many lines as it needs. Event text in it is escaped.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub(crate) fn paragraph(&mut self, role: Role<'_>, text: &str) -> io::Result<()> {
        let ellipsis = self.ellipsis();
        for line in super::cells::wrap(&escape(text), self.width(), MOST_LINES, ellipsis) {
            self.line(self.paint(role, &line))?;
        }
        Ok(())
    }

    /// Commands that a person would type next, with what each shows. They read what was read here.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub(crate) fn next_commands(&mut self, commands: &[(String, &str)]) -> io::Result<()> {
        if commands.is_empty() {
            return Ok(());
        }
        let source = self.source.as_ref();
        let source = source.map(|source| format!(" --from {}", shell_word(source)));
        let source = source.unwrap_or_default();
        let commands: Vec<(String, &str)> = commands
            .iter()
            .map(|(command, what)| (escape(&format!("{command}{source}")).into_owned(), *what))
            .collect();
        let widest = commands
            .iter()
            .map(|(command, _)| super::cells::width(command));
        let widest = widest.max().unwrap_or(0).min(60);
        self.line("")?;
        self.line(self.paint(Role::Dim, "next:"))?;
        for (command, what) in commands {
            let command = super::cells::pad(&command, widest);
            let what = self.paint(Role::Dim, &format!("# {what}"));
            self.line(format!("  {command}  {what}"))?;
        }
        Ok(())
    }
}

/// Why a report was not printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// A column that the report does not have.
    #[error(transparent)]
    Column(#[from] UnknownColumn),
    /// Standard output.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Text as one word of a POSIX shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        for (text, word) in [
            ("job_123", "job_123"),
            ("it's; rm", r"'it'\''s; rm'"),
            ("$(x)", "'$(x)'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }
}
