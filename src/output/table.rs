//! Tables that fit the screen: cells wrap where they must, borders there are none.

use std::io;

use comfy_table::{ContentArrangement, Table, presets};

use super::{Role, Screen, escape};

impl Screen {
    /// Writes a table under its column heads. Cells are escaped here; in a pipe nothing wraps, so
    /// that a line is a row.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn table<const COLUMNS: usize>(
        &mut self,
        heads: [&str; COLUMNS],
        rows: impl IntoIterator<Item = [String; COLUMNS]>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(heads);
        if self.is_terminal() {
            let width = u16::try_from(self.width()).unwrap_or(u16::MAX);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width);
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        for row in rows {
            table.add_row(row.map(|cell| escape(&cell).into_owned()));
        }
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            // Every cell is padded by one space; the first one's only shifts the whole.
            let line = line.strip_prefix(' ').unwrap_or(line);
            match number {
                0 => self.line(self.paint(Role::Strong, line))?,
                _ => self.line(line)?,
            }
        }
        Ok(())
    }
}
