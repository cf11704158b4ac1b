//! Columns and cells of a table.

use crate::output::Role;

/// A text column is never cut below this.
pub(super) const NARROWEST: usize = 12;

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What `--columns` calls it.
    pub(super) name: &'static str,
    pub(super) head: &'static str,
    pub(super) right: bool,
    /// 0 stays whatever the width; of the others the greatest goes first.
    pub(super) rank: u8,
    /// Shown only when asked for.
    pub(super) extra: bool,
    /// Whether long text in it may be cut, and to how many cells at least.
    pub(super) flexible: bool,
    pub(super) least: usize,
}

impl Column {
    /// A column of text that is shown in full.
    pub fn text(name: &'static str, head: &'static str) -> Self {
        Self {
            name,
            head,
            right: false,
            rank: 0,
            extra: false,
            flexible: false,
            least: NARROWEST,
        }
    }

    /// A column of numbers.
    pub fn number(name: &'static str, head: &'static str) -> Self {
        Self {
            right: true,
            ..Self::text(name, head)
        }
    }

    /// Gives way on a narrow screen: the greatest rank first.
    pub fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Shown only when `--columns` names it.
    pub fn extra(self) -> Self {
        Self {
            extra: true,
            ..self
        }
    }

    /// Long text is cut to what is left of the width.
    pub fn flexible(self) -> Self {
        Self {
            flexible: true,
            ..self
        }
    }

    /// Cells that it has while there is a column that can give way in its place.
    pub fn least(self, least: usize) -> Self {
        Self { least, ..self }
    }
}

/// One cell: what people read, and what programs read of it.
#[derive(Clone, Debug)]
pub struct Cell {
    pub(super) text: String,
    pub(super) value: Option<String>,
    pub(super) role: Role<'static>,
}

impl Cell {
    /// A cell that is the same for people and programs. The text is escaped when it is shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: None,
            role: Role::Plain,
        }
    }

    /// What a program reads in the place of the text.
    pub fn value(self, value: impl ToString) -> Self {
        Self {
            value: Some(value.to_string()),
            ..self
        }
    }

    /// Its meaning, which colours it.
    pub fn role(self, role: Role<'static>) -> Self {
        Self { role, ..self }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}
