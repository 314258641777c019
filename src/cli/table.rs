//! Tables of text, aligned by the width that a terminal shows.

use std::io::IsTerminal as _;

use unicode_width::UnicodeWidthStr as _;

/// A table with headings.
pub(super) struct Table<const COLUMNS: usize> {
    headings: [&'static str; COLUMNS],
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table without rows. A heading that begins with a space right-aligns its column, for numbers.
    pub(super) fn new(headings: [&'static str; COLUMNS]) -> Self {
        Self {
            headings,
            rows: Vec::new(),
        }
    }

    /// A table with a row for each item.
    pub(super) fn of<T>(
        headings: [&'static str; COLUMNS],
        items: &[T],
        cells: impl Fn(&T) -> [String; COLUMNS],
    ) -> Self {
        let rows = items.iter().map(cells).collect();
        Self { headings, rows }
    }

    pub(super) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells);
    }

    /// The table, or `nothing` if it has no rows.
    pub(super) fn text(&self, nothing: &str) -> String {
        if self.rows.is_empty() {
            return format!("{nothing}\n");
        }
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
            let cells = self.rows.iter().map(|row| row[column].width());
            cells
                .chain([self.headings[column].trim().width()])
                .max()
                .unwrap_or(0)
        });
        let headings = self.headings.map(|heading| heading.trim().to_owned());
        let mut text = self.line(&headings, &widths);
        if is_styled() {
            text = format!("\u{1b}[1m{}\u{1b}[0m\n", text.trim_end());
        }
        for row in &self.rows {
            text.push_str(&self.line(row, &widths));
        }
        text
    }

    fn line(&self, cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let blanks = " ".repeat(widths[column].saturating_sub(cell.width()));
            if self.headings[column].starts_with(' ') {
                line.push_str(&blanks);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&blanks);
            }
            line.push_str("  ");
        }
        format!("{}\n", line.trim_end())
    }
}

/// Whether to print bold: on a terminal that can, and without `NO_COLOR`.
fn is_styled() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && !set("NO_COLOR")
        && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(["NAME", " COUNT"]);
        table.row(["李小龙".to_owned(), "7".to_owned()]);
        table.row(["Þórdís".to_owned(), "1200".to_owned()]);
        assert_eq!(
            table.text("none"),
            "NAME    COUNT\n李小龙      7\nÞórdís   1200\n"
        );
    }

    #[test]
    fn an_empty_table_says_so() {
        assert_eq!(
            Table::new(["NAME"]).text("no lecturers yet"),
            "no lecturers yet\n"
        );
    }
}
