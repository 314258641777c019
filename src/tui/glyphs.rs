//! Making any text harmless and legible in the cells of a terminal.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::terminal::Glyphs;

/// Shown in place of a character that the font does not have.
const UNKNOWN: char = '?';

impl Glyphs {
    /// The text as this terminal can show it. Where only the console's characters exist, others
    /// become their base letter or a question mark: the console gives a cell even to characters
    /// that have no width, and everything behind them would be displaced.
    #[must_use]
    pub fn legible(self, text: &str) -> Cow<'_, str> {
        if self == Self::Full || text.chars().all(on_every_console) {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len());
        for character in text.nfc() {
            if on_every_console(character) {
                shown.push(character);
            } else if let Some(instead) = replacement(character) {
                shown.push_str(instead);
            } else if character.width() != Some(0) {
                let base = std::iter::once(character).nfkd().next();
                shown.push(
                    base.filter(|&base| on_every_console(base))
                        .unwrap_or(UNKNOWN),
                );
            }
        }
        Cow::Owned(shown)
    }

    /// As [`legible`](Self::legible), cut to `width` columns; a text that was cut says so.
    #[must_use]
    pub fn fitted(self, text: &str, width: u16) -> Cow<'_, str> {
        let text = self.legible(text);
        let width = usize::from(width);
        if text.width() <= width {
            return text;
        }
        let ellipsis = match self {
            Self::Full => "…",
            Self::Console => "..",
        };
        let room = width.saturating_sub(ellipsis.width());
        let mut kept = 0;
        for (start, character) in text.char_indices() {
            let end = start + character.len_utf8();
            if text[..end].width() > room {
                break;
            }
            kept = end;
        }
        let mut shown = text[..kept].to_owned();
        if ellipsis.width() <= width {
            shown.push_str(ellipsis);
        }
        Cow::Owned(shown)
    }
}

/// Whether every default font of the Linux console has this character; the list is measured, see
/// `tests/data/console-glyphs.txt`.
fn on_every_console(character: char) -> bool {
    // The rest of Latin-1 but for seven signs, and a few lines, blocks, arrows and comparisons.
    matches!(character, ' '..='~' | '\u{a0}'..='\u{ff}') && !"\u{ad}¯³¹¾Þþ".contains(character)
        || "─│┌┐└┘├┤┬┴┼█░▒■▲▶▼◀•←↑→↓≤≥≈".contains(character)
}

/// Typography that has a plain form.
fn replacement(character: char) -> Option<&'static str> {
    Some(match character {
        '‘' | '’' | 'ʼ' => "'",
        '“' | '”' => "\"",
        '–' | '—' => "-",
        '…' => "...",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::console_glyphs;

    #[test]
    fn what_is_shown_on_the_console_is_in_its_fonts() {
        let measured = console_glyphs();
        for code in 0..0x3000_u32 {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            if on_every_console(character) {
                assert!(
                    measured.contains(&character) || character == ' ',
                    "{character:?}"
                );
            }
        }
    }

    #[test]
    fn the_console_gets_base_letters_and_question_marks() {
        let shown = |text| Glyphs::Console.legible(text).into_owned();
        assert_eq!(shown("Zoë Müller"), "Zoë Müller");
        assert_eq!(shown("Nguyễn Văn Ấn"), "Nguyen Van An");
        assert_eq!(shown("e\u{301}"), "é");
        assert_eq!(shown("x\u{301}\u{302}"), "x");
        assert_eq!(shown("محمد"), "????");
        assert_eq!(shown("王小明"), "???");
        assert_eq!(shown("👩‍🎓"), "??");
        assert_eq!(shown("O’Neil – …"), "O'Neil - ...");
    }

    #[test]
    fn a_long_text_is_cut_at_the_column_and_says_so() {
        assert_eq!(Glyphs::Full.fitted("Programming", 11), "Programming");
        assert_eq!(Glyphs::Full.fitted("Programming", 6), "Progr…");
        assert_eq!(Glyphs::Console.fitted("Programming", 6), "Prog..");
        assert_eq!(Glyphs::Full.fitted("王小明", 4), "王…");
        assert_eq!(Glyphs::Console.fitted("Programming", 1), "");
        assert_eq!(Glyphs::Full.fitted("Programming", 0), "");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_ever_wider_than_its_place(text in "\\PC{0,40}", width in 0_u16..30) {
            for glyphs in [Glyphs::Full, Glyphs::Console] {
                proptest::prop_assert!(glyphs.fitted(&text, width).width() <= usize::from(width));
            }
        }
    }
}
