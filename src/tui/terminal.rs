//! What this terminal can show: its kind, its colours, and whether it has half blocks.
//!
//! Over SSH, in tmux and in xterm the `TERM` variable decides. On the Linux console itself the
//! kernel is asked which characters the loaded font has, because no default console font of
//! Debian has the half blocks, while the kernel's own font has them.

use ratatui::style::Color;

use super::console;

/// The colours that a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// 24 bits, announced by `COLORTERM`.
    True,
    /// The 256 indexed colours.
    Indexed,
    /// The 16 named colours.
    Sixteen,
    /// None, because the terminal has none or `NO_COLOR` is set.
    Mono,
}

/// The characters that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Those that every console font has; see `tests/data/console-glyphs.txt`.
    Console,
    /// Those that the fonts of modern terminals have.
    Full,
}

/// How the modules of a QR symbol are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrInk {
    /// Light modules are bright white glyphs on black: the Linux console has no background
    /// brighter than two thirds grey.
    Glyphs {
        /// Whether the font has `▀` and `▄`; without them only even scales can be drawn.
        half_blocks: bool,
    },
    /// Modules are background colours, which reach the edges of a cell with every font.
    Painted {
        /// The colour of the light modules.
        light: Color,
        /// The colour of the dark modules.
        dark: Color,
    },
}

/// What is known about the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Whether this is the Linux console, with its eight backgrounds and its leaking brightness.
    pub is_console: bool,
    /// The colours for text.
    pub colours: Colours,
    /// The characters for text.
    pub glyphs: Glyphs,
    /// How to draw the QR; `None` where black and white are unknown: a symbol in unknown colours is inverted
    /// on half of the screens.
    pub qr_ink: Option<QrInk>,
}

impl Terminal {
    /// Asks the environment and, on the Linux console, the kernel.
    #[must_use]
    pub fn detect() -> Self {
        Self::from_variables(|name| std::env::var(name).ok(), console::has_half_blocks)
    }

    /// As [`detect`](Self::detect), from the given variables; the font is asked about only on the
    /// Linux console.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
        console_has_half_blocks: impl FnOnce() -> bool,
    ) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let no_color = set("NO_COLOR").is_some();
        if term == "linux" || term.starts_with("linux-") {
            return Self {
                is_console: true,
                colours: if no_color {
                    Colours::Mono
                } else {
                    Colours::Sixteen
                },
                glyphs: Glyphs::Console,
                qr_ink: Some(QrInk::Glyphs {
                    half_blocks: console_has_half_blocks(),
                }),
            };
        }
        let colours = colours_of(&term, set("COLORTERM").as_deref());
        Self {
            is_console: false,
            // NO_COLOR is about text. The symbol is a picture, and without its black and white it
            // is not readable, so it keeps them.
            colours: if no_color { Colours::Mono } else { colours },
            glyphs: if colours == Colours::Mono {
                Glyphs::Console
            } else {
                Glyphs::Full
            },
            qr_ink: painted(colours),
        }
    }
}

fn colours_of(term: &str, colorterm: Option<&str>) -> Colours {
    if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        return Colours::True;
    }
    if term.contains("256") {
        return Colours::Indexed;
    }
    // A terminal without a name, and the monochrome ones that terminfo knows.
    if matches!(term, "" | "dumb" | "unknown")
        || term.starts_with("vt")
        || term.ends_with("-m")
        || term.ends_with("-mono")
    {
        return Colours::Mono;
    }
    Colours::Sixteen
}

fn painted(colours: Colours) -> Option<QrInk> {
    let (light, dark) = match colours {
        Colours::True => (Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0)),
        Colours::Indexed => (Color::Indexed(231), Color::Indexed(16)),
        Colours::Sixteen => (Color::White, Color::Black),
        Colours::Mono => return None,
    };
    Some(QrInk::Painted { light, dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(variables: &[(&str, &str)]) -> Terminal {
        Terminal::from_variables(
            |name| {
                let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
                Some((*value).to_owned())
            },
            || false,
        )
    }

    #[test]
    fn the_linux_console_is_asked_about_its_font_and_others_are_not() {
        let console =
            Terminal::from_variables(|name| (name == "TERM").then(|| "linux".into()), || true);
        assert_eq!(console.qr_ink, Some(QrInk::Glyphs { half_blocks: true }));
        assert_eq!(console.glyphs, Glyphs::Console);
        let xterm = Terminal::from_variables(
            |name| (name == "TERM").then(|| "xterm-256color".into()),
            || unreachable!("only the console has a kernel font"),
        );
        assert!(!xterm.is_console);
    }

    #[test]
    fn colours_follow_term_and_colorterm() {
        for (term, colorterm, colours) in [
            ("xterm-256color", "truecolor", Colours::True),
            ("xterm-256color", "24bit", Colours::True),
            ("xterm-direct", "", Colours::True),
            ("tmux-256color", "", Colours::Indexed),
            ("xterm", "", Colours::Sixteen),
            ("screen", "", Colours::Sixteen),
            ("vt220", "", Colours::Mono),
            ("dumb", "", Colours::Mono),
            ("", "", Colours::Mono),
        ] {
            let found = terminal(&[("TERM", term), ("COLORTERM", colorterm)]);
            assert_eq!(found.colours, colours, "{term} {colorterm}");
        }
    }

    #[test]
    fn no_color_leaves_the_text_plain_and_the_symbol_black_and_white() {
        let plain = terminal(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]);
        assert_eq!(plain.colours, Colours::Mono);
        assert!(matches!(plain.qr_ink, Some(QrInk::Painted { .. })));
        let empty = terminal(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]);
        assert_eq!(
            empty.colours,
            Colours::Indexed,
            "an empty NO_COLOR is not set"
        );
    }

    #[test]
    fn a_terminal_without_colours_gets_no_symbol() {
        assert_eq!(terminal(&[("TERM", "vt100")]).qr_ink, None);
    }
}
