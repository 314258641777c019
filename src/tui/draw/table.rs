//! Rows of which one is chosen, and tables of them.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::canvas::{Canvas, below, shifted, top};
use crate::tui::theme::Role;
use crate::words::{Label, Voice};

/// From this width on a table has its wide columns.
const WIDE: u16 = 64;

/// A list in columns.
pub struct ListTable<const N: usize> {
    /// The names of the columns.
    pub heads: [Label; N],
    /// The columns' widths on a wide screen.
    pub wide: [u16; N],
    /// The columns' widths on a narrow screen; a column of width 0 is left out.
    pub narrow: [u16; N],
}

impl<const N: usize> ListTable<N> {
    /// Draws the heads, and below them as many items as there is room for, the chosen one among them.
    pub fn draw<T>(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        voice: Voice,
        items: &[T],
        chosen: usize,
        cells: impl Fn(&T) -> [String; N],
    ) {
        self.heads(canvas, shifted(top(area, 1), 2), voice);
        let area = below(area, 1);
        let chosen = chosen.min(items.len().saturating_sub(1));
        let first = first_row(chosen, items.len(), area.height);
        for (row, (index, item)) in area.rows().zip(items.iter().enumerate().skip(first)) {
            let style = row_style(canvas, row, index == chosen);
            self.row(canvas, shifted(row, 2), &cells(item), style);
        }
    }

    /// Writes the names of the columns.
    pub fn heads(&self, canvas: &mut Canvas, row: Rect, voice: Voice) {
        let quiet = canvas.theme.role(Role::Quiet);
        let heads = self.heads.map(|head| voice.say(head).to_uppercase());
        self.row(canvas, row, &heads, quiet);
    }

    /// The columns' widths in a row of a width.
    #[must_use]
    pub fn widths(&self, row: u16) -> [u16; N] {
        if row >= WIDE { self.wide } else { self.narrow }
    }

    /// Writes one row, wide or narrow.
    pub fn row(&self, canvas: &mut Canvas, row: Rect, cells: &[String; N], style: Style) {
        let mut rest = row;
        for (text, width) in cells.iter().zip(self.widths(row.width)) {
            if width > 0 {
                rest = cell(canvas, rest, width, text, style);
            }
        }
    }
}

/// The first row to be drawn, so that the chosen one is in sight with some on either side.
#[must_use]
pub fn first_row(chosen: usize, count: usize, height: u16) -> usize {
    let height = usize::from(height);
    let lowest = count.saturating_sub(height);
    chosen.saturating_sub(height / 2).min(lowest)
}

/// Fills a row, marks the chosen one, and returns the style of what is written on it.
pub fn row_style(canvas: &mut Canvas, row: Rect, is_chosen: bool) -> Style {
    let role = if is_chosen {
        Role::BarStrong
    } else {
        Role::Text
    };
    let style = canvas.theme.role(role);
    canvas.fill(row, style);
    // Not by colour alone.
    canvas.left(row, if is_chosen { ">" } else { " " }, style);
    style
}

/// A row of one text.
pub fn text_row(canvas: &mut Canvas, row: Rect, text: &str, is_chosen: bool) {
    let style = row_style(canvas, row, is_chosen);
    canvas.left(shifted(row, 2), text, style);
}

/// Writes a text into columns of its own and returns the rest of the row.
pub fn cell(canvas: &mut Canvas, row: Rect, width: u16, text: &str, style: Style) -> Rect {
    let place = Rect {
        width: row.width.min(width.saturating_sub(1)),
        ..row
    };
    canvas.left(place, text, style);
    shifted(row, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_row_is_always_in_sight() {
        for count in 0..40 {
            for height in 1..20 {
                for chosen in 0..count {
                    let first = first_row(chosen, count, height);
                    assert!(first <= chosen && chosen < first + usize::from(height));
                    assert!(first == 0 || first + usize::from(height) <= count);
                }
            }
        }
    }
}
