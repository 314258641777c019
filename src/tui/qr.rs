//! Draws a QR symbol into the cells of a terminal.
//!
//! ```text
//!  ▄▄▄▄▄▄▄▄▄▄▄▄▄    quiet zone, at least 4 modules
//!  ██ ▄▄▄ █▀ ███
//!  ██ ███ █▄▀ ██    a cell is two half-cells, one above the other; at scale 1 each is a
//!  ██▄▄▄▄▄█ ▀▄██    module, at scale 2 a module is two whole cells side by side
//! ```
//!
//! What makes a symbol readable, in the measured order: polarity, module size, quiet zone, and then everything
//! else. So the largest scale is taken first, and the room that is left goes to the quiet zone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Style};

use super::terminal::QrInk;
use crate::qr::{QUIET_ZONE, Symbol};

/// A wider quiet zone brought nothing that could be measured.
const WIDEST_QUIET_ZONE: u16 = 8;

/// The last resort of a small screen: 3 modules cost 3 in 100 readings, 2 cost 10.
const NARROWEST_QUIET_ZONE: u16 = 3;

/// How a symbol fills its room. The unit is a half-cell: one column, half a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Half-cells per module, at least 1.
    scale: u16,
    /// Half-cells from the edge to the symbol.
    quiet: u16,
    /// Half-cells per side, with the quiet zone.
    side: u16,
}

impl Placement {
    /// The best way to draw a symbol of `modules` a side in `room`, or `None` when it does not fit
    /// with a quiet zone: the caller then shows the address in letters.
    #[must_use]
    pub fn fit(modules: usize, room: Size, ink: QrInk) -> Option<Self> {
        let modules = u16::try_from(modules).ok()?;
        let narrower = room.width.min(room.height.saturating_mul(2));
        let standard = u16::try_from(QUIET_ZONE).ok()?;
        let largest_with = |quiet: u16| {
            let largest = narrower / (modules + 2 * quiet);
            match ink {
                QrInk::Painted { .. } => Some(largest),
                // Console fonts split a cell into 7 and 9 rows, so that whole cells come first.
                QrInk::Glyphs { .. } if largest >= 2 => Some(largest - largest % 2),
                QrInk::Glyphs { half_blocks } => half_blocks.then_some(largest),
            }
            .filter(|&scale| scale > 0)
        };
        let scale = largest_with(standard).or_else(|| largest_with(NARROWEST_QUIET_ZONE))?;

        let spare = (narrower - modules * scale) / 2;
        let quiet = spare.min(WIDEST_QUIET_ZONE * scale);
        // Whole cells stay whole: at an even scale the symbol starts on a row.
        let quiet = if scale % 2 == 0 {
            quiet - quiet % 2
        } else {
            quiet
        };
        Some(Self {
            scale,
            quiet,
            side: modules * scale + 2 * quiet,
        })
    }

    /// Half-cells (columns) per module.
    #[must_use]
    pub fn scale(self) -> u16 {
        self.scale
    }

    /// How well it can be read from afar: the module size, and whether the quiet zone is whole.
    #[must_use]
    pub fn merit(self) -> (u16, bool) {
        let whole = u16::try_from(QUIET_ZONE).is_ok_and(|zone| self.quiet >= zone * self.scale);
        (self.scale, whole)
    }

    /// The cells that the drawing covers.
    #[must_use]
    pub fn size(self) -> Size {
        Size::new(self.side, self.side.div_ceil(2))
    }

    /// Draws `symbol`, which has as many modules as were fitted, with its top left corner at `at`.
    /// Cells outside of `buffer` are left out.
    pub fn draw(self, symbol: &Symbol, at: Position, ink: QrInk, buffer: &mut Buffer) {
        let Size { width, height } = self.size();
        for row in 0..height {
            for column in 0..width {
                let upper = self.is_dark(symbol, column, 2 * row);
                let lower = self.is_dark(symbol, column, 2 * row + 1);
                let position = Position::new(at.x + column, at.y + row);
                if let Some(cell) = buffer.cell_mut(position) {
                    let (glyph, style) = cell_of(upper, lower, ink);
                    cell.set_char(glyph).set_style(style);
                }
            }
        }
    }

    fn is_dark(self, symbol: &Symbol, column: u16, half_row: u16) -> bool {
        let module = |at: u16| {
            at.checked_sub(self.quiet)
                .map(|at| usize::from(at / self.scale))
        };
        match (module(column), module(half_row)) {
            (Some(x), Some(y)) => symbol.is_dark(x, y),
            _ => false,
        }
    }
}

/// The glyph and colours of a cell, from the darkness of its halves.
fn cell_of(upper: bool, lower: bool, ink: QrInk) -> (char, Style) {
    match ink {
        // One style for all cells: a white background would be another, greyer white.
        QrInk::Glyphs { .. } => {
            let glyph = match (upper, lower) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            };
            (glyph, colours(Color::White, Color::Black))
        }
        QrInk::Painted { light, dark } => {
            let paint = |is_dark| if is_dark { dark } else { light };
            let glyph = if upper == lower { ' ' } else { '▄' };
            (glyph, colours(paint(lower), paint(upper)))
        }
    }
}

fn colours(foreground: Color, background: Color) -> Style {
    Style::reset().fg(foreground).bg(background)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::testing::{console_glyphs, half_cells};

    const HALF: QrInk = QrInk::Glyphs { half_blocks: true };
    const WHOLE: QrInk = QrInk::Glyphs { half_blocks: false };
    const TRUE: QrInk = QrInk::Painted {
        light: Color::Rgb(255, 255, 255),
        dark: Color::Rgb(0, 0, 0),
    };
    const CUBE: QrInk = QrInk::Painted {
        light: Color::Indexed(231),
        dark: Color::Indexed(16),
    };
    const NAMED: QrInk = QrInk::Painted {
        light: Color::White,
        dark: Color::Black,
    };

    const SMALL: &str = "http://10.42.0.1/A/K7M2QX";
    const USUAL: &str = "http://192.168.100.200:8080/A/K7M2QX";
    const LONG: &str = "https://attendance.faculty.university.example/check-in/A/K7M2QX";

    fn fitted(modules: usize, width: u16, height: u16, ink: QrInk) -> Option<(u16, u16, u16)> {
        let placement = Placement::fit(modules, Size::new(width, height), ink)?;
        Some((
            placement.scale,
            placement.size().width,
            placement.size().height,
        ))
    }

    /// Looks at the cells as a camera does: each half-cell a square of pixels on a dark screen.
    fn read(buffer: &Buffer) -> Option<String> {
        const PIXELS: usize = 4;
        const BORDER: usize = 8;
        let lit = half_cells(buffer);
        let (columns, rows) = (lit[0].len(), lit.len());
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(
            (columns + 2 * BORDER) * PIXELS,
            (rows + 2 * BORDER) * PIXELS,
            |x, y| match (
                (x / PIXELS).checked_sub(BORDER),
                (y / PIXELS).checked_sub(BORDER),
            ) {
                (Some(x), Some(y)) if x < columns && y < rows => lit[y][x],
                _ => 0,
            },
        );
        let grids = picture.detect_grids();
        Some(grids.first()?.decode().ok()?.1)
    }

    #[test]
    fn a_standard_screen_holds_versions_1_to_4_at_scale_1() {
        for (version, columns, rows) in [(1, 29, 15), (2, 33, 17), (3, 37, 19), (4, 41, 21)] {
            let modules = 17 + 4 * version;
            for ink in [HALF, TRUE] {
                assert_eq!(
                    fitted(modules, columns, rows, ink),
                    Some((1, columns, rows)),
                    "version {version} in exactly its room"
                );
            }
        }
    }

    #[test]
    fn spare_rows_go_to_the_quiet_zone_and_stop_at_eight() {
        assert_eq!(fitted(29, 80, 22, HALF), Some((1, 43, 22)));
        assert_eq!(fitted(29, 60, 30, HALF), Some((1, 45, 23)));
    }

    #[test]
    fn the_console_takes_even_scales_first_and_others_the_largest() {
        assert_eq!(fitted(29, 120, 37, WHOLE), Some((2, 74, 37)));
        assert_eq!(fitted(29, 200, 56, HALF).unwrap().0, 2);
        assert_eq!(fitted(29, 200, 56, TRUE).unwrap().0, 3);
        assert_eq!(fitted(29, 200, 74, HALF).unwrap().0, 4);
    }

    #[test]
    fn without_half_blocks_nothing_smaller_than_scale_2_is_drawn() {
        assert_eq!(
            fitted(29, 73, 37, WHOLE),
            Some((2, 70, 35)),
            "the last resort of 3"
        );
        assert_eq!(fitted(29, 69, 37, WHOLE), None);
        assert_eq!(fitted(29, 80, 22, WHOLE), None);
    }

    #[test]
    fn a_quiet_zone_of_three_is_the_last_resort_and_two_is_refused() {
        assert_eq!(fitted(37, 43, 22, HALF), Some((1, 43, 22)));
        assert_eq!(fitted(37, 41, 22, HALF), None);
        assert_eq!(fitted(37, 43, 20, HALF), None);
        assert_eq!(fitted(29, 0, 0, HALF), None);
    }

    #[test]
    fn every_drawing_reads_back_at_every_scale() {
        for (text, sizes) in [
            (SMALL, [(33, 17), (66, 33), (99, 50), (132, 66)]),
            (USUAL, [(37, 19), (43, 22), (74, 37), (116, 60)]),
            (LONG, [(41, 21), (45, 23), (90, 45), (140, 70)]),
        ] {
            let symbol = Symbol::encode(text).unwrap();
            for ink in [HALF, WHOLE, TRUE, CUBE, NAMED] {
                let mut drawn = 0;
                for (width, height) in sizes {
                    let room = Size::new(width, height);
                    let Some(placement) = Placement::fit(symbol.side(), room, ink) else {
                        continue;
                    };
                    let mut buffer =
                        Buffer::empty(Rect::from((Position::ORIGIN, placement.size())));
                    placement.draw(&symbol, Position::ORIGIN, ink, &mut buffer);
                    assert_eq!(read(&buffer).as_deref(), Some(text), "{ink:?} {room}");
                    drawn += 1;
                }
                assert!(drawn >= 2, "{ink:?} is drawn at least at two sizes");
            }
        }
    }

    #[test]
    fn the_console_is_asked_only_for_glyphs_that_it_has() {
        let symbol = Symbol::encode(USUAL).unwrap();
        let allowed = console_glyphs();
        for (ink, room, extra) in [
            (WHOLE, Size::new(74, 37), ""),
            (HALF, Size::new(74, 37), ""),
            (HALF, Size::new(37, 19), "▀▄"),
        ] {
            let placement = Placement::fit(symbol.side(), room, ink).unwrap();
            let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, room)));
            placement.draw(&symbol, Position::ORIGIN, ink, &mut buffer);
            for cell in buffer.content() {
                let glyph = cell.symbol().chars().next().unwrap();
                assert!(
                    allowed.contains(&glyph) || extra.contains(glyph),
                    "{glyph} in {ink:?}"
                );
                assert_eq!(cell.symbol().chars().count(), 1);
            }
        }
    }

    #[test]
    fn a_drawing_that_hangs_over_the_edge_is_cut_and_does_not_panic() {
        let symbol = Symbol::encode(USUAL).unwrap();
        let placement = Placement::fit(symbol.side(), Size::new(74, 37), TRUE).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 5));
        placement.draw(&symbol, Position::new(4, 3), TRUE, &mut buffer);
    }

    proptest! {
        #[test]
        fn what_fits_stays_in_its_room(
            version in 1_usize..=10,
            width in 0_u16..300,
            height in 0_u16..120,
            half_blocks: bool,
        ) {
            let modules = 17 + 4 * version;
            let room = Size::new(width, height);
            for ink in [QrInk::Glyphs { half_blocks }, TRUE] {
                if let Some(placement) = Placement::fit(modules, room, ink) {
                    let size = placement.size();
                    prop_assert!(size.width <= width && size.height <= height);
                    prop_assert!(placement.quiet >= 3 * placement.scale);
                    prop_assert!(placement.scale % 2 == 0 || ink != WHOLE);
                }
            }
        }
    }
}
