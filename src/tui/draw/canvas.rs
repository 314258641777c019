//! Text, big letters, boxes and bars.
//!
//! All text on the screen is written here, so that nothing is wider than its place and no character
//! is missing in the font.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::{Block, BorderType, Widget as _};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::tui::big;
use crate::tui::terminal::Glyphs;
use crate::tui::theme::Theme;

/// A buffer and the theme it is drawn in.
pub struct Canvas<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: Theme,
}

impl Canvas<'_> {
    /// The columns that a text takes.
    pub fn width_of(&self, text: &str) -> u16 {
        u16::try_from(self.theme.glyphs.legible(text).width()).unwrap_or(u16::MAX)
    }

    /// Clears every cell of an area and sets its style.
    pub fn fill(&mut self, area: Rect, style: Style) {
        for position in area.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.set_symbol(" ").set_style(style);
            }
        }
    }

    /// Writes a line at the left of `area`'s first row and returns the columns used.
    pub fn left(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return 0;
        }
        let text = self.theme.glyphs.fitted(text, area.width);
        let (end, _) = self
            .buffer
            .set_stringn(area.x, area.y, &text, area.width.into(), style);
        end - area.x
    }

    /// As [`left`](Self::left), at the right.
    pub fn right(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        let width = self.width_of(text).min(area.width);
        self.left(shifted(area, area.width - width), text, style)
    }

    /// As [`left`](Self::left), in the middle.
    pub fn centred(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        let width = self.width_of(text).min(area.width);
        self.left(shifted(area, (area.width - width) / 2), text, style)
    }

    /// Writes pieces of a line in the middle, or nothing and `false` where they do not fit.
    pub fn centred_parts(&mut self, row: Rect, parts: &[(&str, Style)]) -> bool {
        let width = parts.iter().map(|(text, _)| self.width_of(text)).sum();
        let Some(spare) = row.width.checked_sub(width) else {
            return false;
        };
        let mut rest = shifted(row, spare / 2);
        for (text, style) in parts {
            let used = self.left(rest, text, *style);
            rest = shifted(rest, used);
        }
        true
    }

    /// Writes a text over as many rows as it needs, and returns the rows used.
    pub fn wrapped(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        self.wrapped_by(Self::left, area, text, style)
    }

    /// As [`wrapped`](Self::wrapped), each line in the middle.
    pub fn wrapped_centred(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        self.wrapped_by(Self::centred, area, text, style)
    }

    fn wrapped_by(
        &mut self,
        write: fn(&mut Self, Rect, &str, Style) -> u16,
        area: Rect,
        text: &str,
        style: Style,
    ) -> u16 {
        let lines = self.lines_of(text, area.width);
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        for (row, line) in area.rows().zip(lines) {
            write(self, row, &line, style);
        }
        rows.min(area.height)
    }

    /// The rows that [`wrapped`](Self::wrapped) would use.
    pub fn rows_of(&self, text: &str, width: u16) -> u16 {
        u16::try_from(self.lines_of(text, width).len()).unwrap_or(u16::MAX)
    }

    fn lines_of(&self, text: &str, width: u16) -> Vec<String> {
        let text = self.theme.glyphs.legible(text);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if line.width() + 1 + word.width() <= usize::from(width) => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.extend(pieces(word, width.into())),
            }
        }
        lines
    }

    /// The columns of a text in big letters, where every letter has a big form.
    pub fn big_width(text: &str) -> Option<u16> {
        u16::try_from(big::rows(text)?[0].len()).ok()
    }

    /// Writes big letters at the top left of `area`; `false`, and nothing is written, when they do not fit.
    pub fn big(&mut self, area: Rect, text: &str, style: Style) -> bool {
        let Some(rows) = big::rows(text) else {
            return false;
        };
        if rows[0].len() > usize::from(area.width) || area.height < big::HEIGHT {
            return false;
        }
        for (row, blocks) in area.rows().zip(rows) {
            for (column, block) in (0_u16..).zip(blocks.chars()) {
                if block == '#' {
                    self.block(shifted(row, column), 1, style);
                }
            }
        }
        true
    }

    /// Fills columns with the foreground of a style: as background where that may be, because a
    /// full block of many fonts leaves a hairline, and as glyphs on the console, whose backgrounds
    /// are darker than its glyphs.
    fn block(&mut self, row: Rect, columns: u16, style: Style) {
        let row = Rect {
            width: columns.min(row.width),
            ..row
        };
        match style.fg {
            Some(ink) if self.theme.glyphs == Glyphs::Full && ink != Color::Reset => {
                self.fill(row, style.bg(ink));
            }
            _ => {
                self.left(row, &"█".repeat(row.width.into()), style);
            }
        }
    }

    /// As [`big`](Self::big), in the middle.
    pub fn big_centred(&mut self, area: Rect, text: &str, style: Style) -> bool {
        let width = Self::big_width(text).unwrap_or(u16::MAX);
        width <= area.width && self.big(shifted(area, (area.width - width) / 2), text, style)
    }

    /// Draws a box around `area`'s edge and returns the inside.
    pub fn frame(&mut self, area: Rect, style: Style) -> Rect {
        let border = match self.theme.glyphs {
            Glyphs::Full => BorderType::Rounded,
            Glyphs::Console => BorderType::Plain,
        };
        let block = Block::bordered()
            .border_type(border)
            .border_style(style)
            .style(style);
        let inside = block.inner(area);
        block.render(area.intersection(self.buffer.area), self.buffer);
        inside
    }

    /// A bar of which each of `parts` out of `whole` is filled in its style, and the rest is light
    /// shade. A small part has at least one cell, and an incomplete bar is never full.
    pub fn bar(&mut self, row: Rect, parts: &[(u32, Style)], whole: u32, rest: Style) {
        let width = u32::from(row.width);
        self.left(row, &"░".repeat(row.width.into()), rest);
        let (mut drawn, mut sum) = (0, 0);
        for &(part, style) in parts {
            sum = (sum + part).min(whole);
            let mut end = (u64::from(sum) * u64::from(width) + u64::from(whole) / 2)
                .checked_div(whole.into())
                .map_or(0, |end| u32::try_from(end).unwrap_or(width));
            if part > 0 {
                end = end.max(drawn + 1);
            }
            if sum < whole {
                end = end.min(width.saturating_sub(1));
            }
            let length = end.min(width).saturating_sub(drawn);
            let from = shifted(row, u16::try_from(drawn).unwrap_or(row.width));
            self.block(from, u16::try_from(length).unwrap_or(row.width), style);
            drawn += length;
        }
    }
}

/// Splits a word that is wider than a line, such as a path, into pieces.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        let last = pieces.len() - 1;
        let letter_width = letter.width().unwrap_or(0);
        if !pieces[last].is_empty() && pieces[last].width() + letter_width > width {
            pieces.push(String::from(letter));
        } else {
            pieces[last].push(letter);
        }
    }
    pieces
}

/// The area without its first columns.
pub fn shifted(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect {
        x: area.x + columns,
        width: area.width - columns,
        ..area
    }
}

/// The area without its last columns.
pub fn without_right(area: Rect, columns: u16) -> Rect {
    Rect {
        width: area.width.saturating_sub(columns),
        ..area
    }
}

/// The area without its first rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// The first rows of the area.
pub fn top(area: Rect, rows: u16) -> Rect {
    Rect {
        height: rows.min(area.height),
        ..area
    }
}

/// The middle columns of the area.
pub fn middle(area: Rect, width: u16) -> Rect {
    let width = width.min(area.width);
    Rect {
        width,
        ..shifted(area, (area.width - width) / 2)
    }
}

/// The area without a margin on either side.
pub fn inset(area: Rect, columns: u16, rows: u16) -> Rect {
    area.inner(ratatui::layout::Margin::new(columns, rows))
}
