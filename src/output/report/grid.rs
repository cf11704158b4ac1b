//! A table whose columns give way where the screen is narrow.

use std::io;

use super::column::{Cell, Column, NARROWEST};
use crate::output::cells::{cut, pad, pad_left, width};
use crate::output::{Role, Screen, escape};

/// Cells between two columns.
const BETWEEN: usize = 2;

/// A column that was asked for and is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no column `{name}`")]
pub struct UnknownColumn {
    name: String,
    known: Vec<&'static str>,
}

impl UnknownColumn {
    /// What to type instead.
    pub fn hint(&self) -> String {
        format!("columns: {}, or all", self.known.join(", "))
    }
}

/// The table.
#[derive(Clone, Debug)]
pub struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// Indices of the columns to show, in order; `None` for the usual ones.
    chosen: Option<Vec<usize>>,
}

impl Grid {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            chosen: None,
        }
    }

    /// Adds a row with a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        cells.resize_with(self.columns.len(), || Cell::new(""));
        self.rows.push(cells);
    }

    /// The same table with its first rows alone.
    pub fn first(&self, rows: usize) -> Self {
        let mut grid = self.clone();
        grid.rows.truncate(rows);
        grid
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns with these names, in this order; `all` for all of them, none for the usual ones.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn choose(mut self, names: &[String]) -> Result<Self, UnknownColumn> {
        if names.is_empty() {
            return Ok(self);
        }
        let mut chosen = Vec::new();
        for name in names {
            let place = |column: &Column| column.name.eq_ignore_ascii_case(name);
            match self.columns.iter().position(place) {
                Some(at) => chosen.push(at),
                None if name == "all" => chosen.extend(0..self.columns.len()),
                None => {
                    return Err(UnknownColumn {
                        name: name.clone(),
                        known: self.columns.iter().map(|column| column.name).collect(),
                    });
                }
            }
        }
        self.chosen = Some(chosen);
        Ok(self)
    }

    /// Writes its first rows as text, and how many more there are.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn draw_first(&self, most: usize, screen: &mut Screen) -> io::Result<()> {
        let more = self.rows.len().saturating_sub(most);
        self.first(most).draw(screen)?;
        if more > 0 {
            let text = format!("and {more} more; -o jsonl and -o csv list all");
            screen.line(screen.paint(Role::Dim, &text))?;
        }
        Ok(())
    }

    /// Writes it as text. On a terminal columns give way and long text is cut; in a pipe a row is
    /// complete.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let (shown, widths) = self.layout(room(screen));
        let heads = shown.iter().map(|at| Cell::new(self.columns[*at].head));
        let heads: Vec<Cell> = heads.map(|cell| cell.role(Role::Strong)).collect();
        let heads: Vec<&Cell> = heads.iter().collect();
        screen.line(self.line(&heads, &shown, &widths, screen))?;
        for row in &self.rows {
            let cells: Vec<&Cell> = shown.iter().map(|at| &row[*at]).collect();
            screen.line(self.line(&cells, &shown, &widths, screen))?;
        }
        Ok(())
    }

    /// Names of the usual columns that the screen is too narrow for.
    pub fn gave_way(&self, screen: &Screen) -> Vec<&'static str> {
        if self.chosen.is_some() {
            return Vec::new();
        }
        let (shown, _) = self.layout(room(screen));
        let columns = self.columns.iter().enumerate();
        let hidden = columns.filter(|(at, column)| !column.extra && !shown.contains(at));
        hidden.map(|(_, column)| column.name).collect()
    }

    /// Writes all columns, or the chosen ones, as comma-separated values (RFC 4180) with a head.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn csv(&self, screen: &mut Screen) -> io::Result<()> {
        let all = (0..self.columns.len()).collect();
        let shown = self.chosen.clone().unwrap_or(all);
        let heads: Vec<_> = shown.iter().map(|at| self.columns[*at].name).collect();
        screen.line(heads.join(","))?;
        for row in &self.rows {
            let values = shown.iter().map(|at| {
                let cell = &row[*at];
                quoted(cell.value.as_deref().unwrap_or(&cell.text))
            });
            screen.line(values.collect::<Vec<_>>().join(","))?;
        }
        Ok(())
    }

    /// The columns that fit, and how wide each is.
    fn layout(&self, room: Option<usize>) -> (Vec<usize>, Vec<usize>) {
        let usual = || {
            let all = 0..self.columns.len();
            all.filter(|at| !self.columns[*at].extra).collect()
        };
        let mut shown: Vec<usize> = self.chosen.clone().unwrap_or_else(usual);
        let natural = |at: usize| {
            let cells = self.rows.iter().map(|row| width(&escape(&row[at].text)));
            cells.max().unwrap_or(0).max(width(self.columns[at].head))
        };
        let mut widths: Vec<usize> = shown.iter().map(|at| natural(*at)).collect();
        let Some(room) = room else {
            return (shown, widths);
        };
        loop {
            let least = shown.iter().zip(&widths).map(|(at, width)| {
                if self.columns[*at].flexible {
                    (*width).min(self.columns[*at].least)
                } else {
                    *width
                }
            });
            let least = least.sum::<usize>() + BETWEEN * shown.len().saturating_sub(1);
            let gives_way = |(_, at): &(usize, &usize)| self.columns[**at].rank > 0;
            let first = shown.iter().enumerate().filter(gives_way);
            let first = first.max_by_key(|(_, at)| self.columns[**at].rank);
            match first {
                Some((place, _)) if least > room && self.chosen.is_none() => {
                    shown.remove(place);
                    widths.remove(place);
                }
                _ => break,
            }
        }
        // What is still too wide is taken from the widest text.
        loop {
            let all = widths.iter().sum::<usize>() + BETWEEN * shown.len().saturating_sub(1);
            let flexible = shown.iter().enumerate();
            let flexible = flexible.filter(|(_, at)| self.columns[**at].flexible);
            let widest = flexible
                .map(|(place, _)| place)
                .max_by_key(|at| widths[*at]);
            match widest {
                Some(place) if all > room && widths[place] > NARROWEST => {
                    let less = (all - room).min(widths[place] - NARROWEST);
                    // Two wide columns share the loss.
                    widths[place] -= less.min(8);
                }
                _ => break,
            }
        }
        (shown, widths)
    }

    fn line(&self, cells: &[&Cell], shown: &[usize], widths: &[usize], screen: &Screen) -> String {
        let ellipsis = if screen.unicode() { "…" } else { "..." };
        let last = shown.len().saturating_sub(1);
        let parts = cells.iter().enumerate().map(|(place, cell)| {
            let text = cut(&escape(&cell.text), widths[place], ellipsis);
            let column = &self.columns[shown[place]];
            let painted = screen.paint(cell.role, &text);
            // Colour takes no cells.
            let missing = if column.right {
                pad_left(&text, widths[place])
            } else {
                pad(&text, widths[place])
            };
            let spaces = missing.len() - text.len();
            match (column.right, place == last) {
                (true, _) => format!("{:spaces$}{painted}", ""),
                (false, true) => painted,
                (false, false) => format!("{painted}{:spaces$}", ""),
            }
        });
        let line = parts.collect::<Vec<_>>().join(&" ".repeat(BETWEEN));
        line.trim_end().to_owned()
    }
}

/// A value as a field of a line of comma-separated values.
fn quoted(value: &str) -> String {
    if value.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value.to_owned()
}

/// How wide a table may be.
fn room(screen: &Screen) -> Option<usize> {
    screen.is_narrow().then(|| screen.width())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new([
            Column::text("what", "what").flexible(),
            Column::number("count", "count"),
            Column::text("trend", "trend").rank(2),
            Column::text("users", "users").rank(1),
            Column::text("secret", "secret").extra(),
        ]);
        grid.row([
            "a long text that says what it is about".into(),
            Cell::new("1,024").value(1024),
            "12345678".into(),
            "user_1, user_2".into(),
            "x".into(),
        ]);
        grid
    }

    fn names(grid: &Grid, room: Option<usize>) -> (Vec<&'static str>, usize) {
        let (shown, widths) = grid.layout(room);
        let names = shown.iter().map(|at| grid.columns[*at].name).collect();
        (
            names,
            widths.iter().sum::<usize>() + BETWEEN * (shown.len() - 1),
        )
    }

    #[test]
    fn columns_give_way_by_rank() {
        let grid = grid();
        assert_eq!(names(&grid, None).0, ["what", "count", "trend", "users"]);
        assert_eq!(names(&grid, Some(40)).0, ["what", "count", "users"]);
        assert_eq!(names(&grid, Some(25)).0, ["what", "count"]);
        for room in [20, 25, 40, 60, 80] {
            assert!(names(&grid, Some(room)).1 <= room, "{room}");
        }
    }

    #[test]
    fn asked_columns_stay_in_their_order() {
        let names_of = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let chosen = grid()
            .choose(&names_of(&["count", "secret"]))
            .expect("known");
        assert_eq!(names(&chosen, Some(10)).0, ["count", "secret"]);
        let wrong = grid().choose(&names_of(&["counts"])).expect_err("unknown");
        assert!(wrong.hint().contains("trend"), "{}", wrong.hint());
    }

    #[test]
    fn values_are_quoted() {
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
