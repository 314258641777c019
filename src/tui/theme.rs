//! The colours of the screen by their meaning.
//!
//! Every style names its foreground and background. On the Linux console a colour that is left to
//! the terminal keeps the brightness of whatever was drawn before it, and bold, dim and underline
//! become other colours; so there only plain named colours are used.

use ratatui::style::{Color, Modifier, Style};

use super::terminal::{Colours, Glyphs, QrInk, Terminal};

/// The meaning of a part of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Text that needs no emphasis.
    Text,
    /// Text that is read first.
    Strong,
    /// Labels and hints, which may be overlooked.
    Quiet,
    /// The bars at the top and bottom.
    Bar,
    /// Text in a bar that is read first.
    BarStrong,
    /// The entry field and what is typed in it.
    Field,
    /// Lines, boxes and the empty part of a bar.
    Line,
    /// A key to press, and what is active.
    Accent,
    /// Something is in order.
    Good,
    /// Something that needs attention.
    Warning,
    /// Something that is wrong.
    Bad,
}

/// The colour of a whole panel, by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The check-in is recorded, on time.
    Good,
    /// The check-in is recorded with a remark: late or pending.
    Remark,
    /// Nothing changed, and nothing is wrong.
    Known,
    /// The check-in is not recorded.
    Bad,
}

/// The styles of this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The characters that may be used.
    pub glyphs: Glyphs,
    /// How the symbol is drawn, if at all.
    pub qr_ink: Option<QrInk>,
    palette: Palette,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Palette {
    /// Chosen colours: 24-bit, or the nearest of the 256-colour cube.
    Chosen { exact: bool },
    /// The named colours, eight of them as background.
    Named,
    /// Black and white by name, for a console whose colours must not be left open.
    BlackAndWhite,
    /// The terminal's own two colours, with bold and reverse.
    Plain,
}

impl Theme {
    /// The theme that suits a terminal.
    #[must_use]
    pub fn of(terminal: &Terminal) -> Self {
        let palette = match terminal.colours {
            Colours::True => Palette::Chosen { exact: true },
            Colours::Indexed => Palette::Chosen { exact: false },
            Colours::Sixteen => Palette::Named,
            Colours::Mono if terminal.is_console => Palette::BlackAndWhite,
            Colours::Mono => Palette::Plain,
        };
        Self {
            glyphs: terminal.glyphs,
            qr_ink: terminal.qr_ink,
            palette,
        }
    }

    /// The style with emphasis, where the terminal shows that without another colour.
    #[must_use]
    pub fn emphasised(&self, style: Style) -> Style {
        match self.glyphs {
            Glyphs::Full => style.add_modifier(Modifier::BOLD),
            Glyphs::Console => style,
        }
    }

    /// The style of a role.
    #[must_use]
    pub fn role(&self, role: Role) -> Style {
        match self.palette {
            Palette::Chosen { exact } => chosen_role(role, exact),
            Palette::Named => named_role(role),
            Palette::BlackAndWhite => {
                let reversed = matches!(role, Role::Bar | Role::BarStrong | Role::Field);
                let bright = matches!(role, Role::Strong | Role::Accent | Role::Bad);
                match (reversed, bright) {
                    (true, _) => ink(Color::Black, Color::Gray),
                    (_, true) => ink(Color::White, Color::Black),
                    _ => ink(Color::Gray, Color::Black),
                }
            }
            Palette::Plain => {
                let modifiers = match role {
                    Role::Text | Role::Quiet | Role::Line | Role::Good => Modifier::empty(),
                    Role::Strong | Role::Accent | Role::Warning | Role::Bad => Modifier::BOLD,
                    Role::Bar | Role::Field => Modifier::REVERSED,
                    Role::BarStrong => Modifier::REVERSED | Modifier::BOLD,
                };
                ink(Color::Reset, Color::Reset).add_modifier(modifiers)
            }
        }
    }

    /// The style of text on a panel of this tone.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Style {
        match self.palette {
            Palette::Chosen { exact } => {
                let (rgb, indexed) = match tone {
                    Tone::Good => ((22, 101, 52), 22),
                    Tone::Remark => ((133, 77, 14), 94),
                    Tone::Known => ((30, 64, 175), 19),
                    Tone::Bad => ((153, 27, 27), 88),
                };
                ink(pick((255, 255, 255), 231, exact), pick(rgb, indexed, exact))
            }
            Palette::Named => match tone {
                Tone::Good => ink(Color::Black, Color::Green),
                Tone::Remark => ink(Color::White, Color::Magenta),
                Tone::Known => ink(Color::White, Color::Blue),
                Tone::Bad => ink(Color::White, Color::Red),
            },
            // Without colours the word and the sign tell the outcomes apart.
            Palette::BlackAndWhite | Palette::Plain => self.role(Role::Bar),
        }
    }
}

fn chosen_role(role: Role, exact: bool) -> Style {
    const SCREEN: (u8, u8, u8) = (13, 17, 23);
    const BAR: (u8, u8, u8) = (33, 42, 56);
    let screen = pick(SCREEN, 233, exact);
    let bar = pick(BAR, 236, exact);
    let (rgb, indexed, paper) = match role {
        Role::Text => ((214, 222, 235), 253, screen),
        Role::Strong => ((255, 255, 255), 231, screen),
        Role::Quiet => ((139, 152, 173), 246, screen),
        Role::Bar => ((176, 188, 207), 250, bar),
        Role::BarStrong => ((255, 255, 255), 231, bar),
        Role::Field => ((255, 255, 255), 231, pick((38, 50, 68), 237, exact)),
        Role::Line => ((71, 85, 105), 240, screen),
        Role::Accent => ((125, 211, 252), 117, screen),
        Role::Good => ((134, 239, 172), 120, screen),
        Role::Warning => ((253, 224, 71), 227, screen),
        Role::Bad => ((252, 165, 165), 217, screen),
    };
    let style = ink(pick(rgb, indexed, exact), paper);
    if matches!(role, Role::Strong | Role::BarStrong) {
        style.add_modifier(Modifier::BOLD)
    } else {
        style
    }
}

fn named_role(role: Role) -> Style {
    match role {
        Role::Text => ink(Color::Gray, Color::Black),
        Role::Strong => ink(Color::White, Color::Black),
        Role::Quiet | Role::Line => ink(Color::Cyan, Color::Black),
        Role::Bar => ink(Color::Gray, Color::Blue),
        Role::BarStrong | Role::Field => ink(Color::White, Color::Blue),
        Role::Accent => ink(Color::LightCyan, Color::Black),
        Role::Good => ink(Color::LightGreen, Color::Black),
        Role::Warning => ink(Color::LightYellow, Color::Black),
        Role::Bad => ink(Color::LightRed, Color::Black),
    }
}

fn pick((red, green, blue): (u8, u8, u8), indexed: u8, exact: bool) -> Color {
    if exact {
        Color::Rgb(red, green, blue)
    } else {
        Color::Indexed(indexed)
    }
}

fn ink(foreground: Color, background: Color) -> Style {
    Style::reset().fg(foreground).bg(background)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 11] = [
        Role::Text,
        Role::Strong,
        Role::Quiet,
        Role::Bar,
        Role::BarStrong,
        Role::Field,
        Role::Line,
        Role::Accent,
        Role::Good,
        Role::Warning,
        Role::Bad,
    ];
    const TONES: [Tone; 4] = [Tone::Good, Tone::Remark, Tone::Known, Tone::Bad];

    fn styles(variables: &[(&str, &str)]) -> Vec<Style> {
        let terminal = Terminal::from_variables(
            |name| {
                let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
                Some((*value).to_owned())
            },
            || true,
        );
        let theme = Theme::of(&terminal);
        let roles = ROLES.into_iter().map(|role| theme.role(role));
        roles
            .chain(TONES.into_iter().map(|tone| theme.tone(tone)))
            .collect()
    }

    #[test]
    fn the_console_leaves_no_colour_open_and_uses_no_modifier() {
        for variables in [
            &[("TERM", "linux")][..],
            &[("TERM", "linux"), ("NO_COLOR", "1")],
        ] {
            for style in styles(variables) {
                assert!(!matches!(style.fg, None | Some(Color::Reset)), "{style:?}");
                assert!(
                    matches!(
                        style.bg,
                        Some(
                            Color::Black
                                | Color::Red
                                | Color::Green
                                | Color::Blue
                                | Color::Magenta
                                | Color::Gray
                        )
                    ),
                    "one of the eight backgrounds: {style:?}"
                );
                assert!(style.add_modifier.is_empty(), "{style:?}");
            }
        }
    }

    #[test]
    fn no_color_means_no_colour() {
        for style in styles(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]) {
            assert_eq!(
                (style.fg, style.bg),
                (Some(Color::Reset), Some(Color::Reset))
            );
        }
    }

    #[test]
    fn chosen_colours_can_be_read() {
        for style in styles(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]) {
            let (Some(Color::Rgb(r, g, b)), Some(Color::Rgb(r2, g2, b2))) = (style.fg, style.bg)
            else {
                panic!("{style:?}");
            };
            let contrast = contrast([r, g, b], [r2, g2, b2]);
            // The lines between regions carry no meaning; text meets WCAG 2.2 level AA.
            let needed = if [r, g, b] == [71, 85, 105] { 2.0 } else { 4.5 };
            assert!(contrast >= needed, "{style:?} has {contrast:.1}");
        }
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let luminance = |rgb: [u8; 3]| {
            let [r, g, b] = rgb.map(|channel| {
                let share = f64::from(channel) / 255.0;
                if share <= 0.04045 {
                    share / 12.92
                } else {
                    ((share + 0.055) / 1.055).powf(2.4)
                }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}
