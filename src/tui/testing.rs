//! What the tests of the screen share: looking at cells.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// The characters that every Linux console font has.
pub(super) fn console_glyphs() -> HashSet<char> {
    include_str!("../../tests/data/console-glyphs.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("both\tU+"))
        .filter_map(|rest| {
            let (code, _) = rest.split_once('\t')?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        })
        .collect()
}

/// The brightness of the upper and lower half of each cell, top to bottom.
pub(super) fn half_cells(buffer: &Buffer) -> Vec<Vec<u8>> {
    let mut rows = Vec::new();
    for cells in buffer.content().chunks(buffer.area.width.into()) {
        let halves = |upper: bool| {
            cells
                .iter()
                .map(|cell| {
                    let inked = match cell.symbol() {
                        "█" => true,
                        "▀" => upper,
                        "▄" => !upper,
                        _ => false,
                    };
                    brightness(if inked { cell.fg } else { cell.bg })
                })
                .collect()
        };
        rows.push(halves(true));
        rows.push(halves(false));
    }
    rows
}

fn brightness(colour: Color) -> u8 {
    match colour {
        Color::Rgb(red, _, _) => red,
        Color::White | Color::Indexed(231) => 255,
        _ => 0,
    }
}
