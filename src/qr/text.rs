//! A symbol as lines of text for standard output.
//!
//! Both drawings set every colour themselves: a symbol drawn in the terminal's own colours is
//! inverted on half of the screens, and half of the readers cannot read an inverted one.

use std::fmt::Write as _;

use super::{QUIET_ZONE, Symbol};

/// Black and white of the 256-colour cube: exactly 0 and 255, where themes redefine 0 to 15.
const LIGHT: u8 = 231;
const DARK: u8 = 16;

const RESET: &str = "\x1b[0m";

impl Symbol {
    /// Two modules a character, one above the other; for every terminal but the Linux console,
    /// whose fonts mostly lack half blocks. Lines end with a newline and the default colours.
    ///
    /// The colours are painted as background wherever they can be, because a background reaches
    /// the edges of its cell and a glyph may not.
    #[must_use]
    pub fn half_blocks(&self) -> String {
        let side = self.side() + 2 * QUIET_ZONE;
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            for x in 0..side {
                let upper = self.is_dark_within(QUIET_ZONE, x, y);
                let lower = self.is_dark_within(QUIET_ZONE, x, y + 1);
                let colour = |dark| if dark { DARK } else { LIGHT };
                // Writing to a String cannot fail.
                let _ = if upper == lower {
                    write!(text, "\x1b[48;5;{}m ", colour(upper))
                } else {
                    write!(text, "\x1b[38;5;{};48;5;{}m▄", colour(lower), colour(upper))
                };
            }
            text += RESET;
            text.push('\n');
        }
        text
    }

    /// Two characters a module, for the Linux console: full blocks in bright white on black. The
    /// console has no bright background, only bright text, and its fonts all have the full block.
    #[must_use]
    pub fn full_blocks(&self) -> String {
        let side = self.side() + 2 * QUIET_ZONE;
        let mut text = String::new();
        for y in 0..side {
            text += "\x1b[38;5;15;48;5;0m";
            for x in 0..side {
                text += if self.is_dark_within(QUIET_ZONE, x, y) {
                    "  "
                } else {
                    "██"
                };
            }
            text += RESET;
            text.push('\n');
        }
        text
    }
}
