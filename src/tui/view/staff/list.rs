//! Rows of which one is chosen.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, shifted};

/// The first row to be drawn, so that the chosen one is in sight with some on either side.
pub(super) fn first_row(chosen: usize, count: usize, height: u16) -> usize {
    let height = usize::from(height);
    let lowest = count.saturating_sub(height);
    chosen.saturating_sub(height / 2).min(lowest)
}

/// The ground of a row, and the style of what is written on it.
pub(super) fn ground(canvas: &mut Canvas, row: Rect, is_chosen: bool) -> Style {
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
pub(super) fn item(canvas: &mut Canvas, row: Rect, text: &str, is_chosen: bool) {
    let style = ground(canvas, row, is_chosen);
    canvas.left(shifted(row, 2), text, style);
}

/// Writes a text into columns of its own and returns what is left of the row.
pub(super) fn cell(canvas: &mut Canvas, row: Rect, width: u16, text: &str, style: Style) -> Rect {
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
