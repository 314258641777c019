//! Colours and characters: what a terminal has of them, and that nothing is told by colour alone.

use super::*;

#[test]
fn nothing_is_told_by_colour_alone() {
    let signs: &[(&str, &[&str])] = &[
        ("present", &["PRESENT"]),
        ("late", &["LATE", "12 minutes late"]),
        ("pending", &["NOTED", "counts"]),
        ("marked", &["MARKED"]),
        ("unknown", &["CHECK IT"]),
        ("refused", &["FAILED"]),
        ("out_of_order", &["OUT OF ORDER", "DISK-FULL"]),
        ("no_session", &["No lecture is open"]),
        ("menu", &["> 2", "Press again"]),
        (
            "board",
            &[
                "• present",
                "! late",
                "? pending",
                "- absent",
                "▲",
                "▼",
                "> ADM",
            ],
        ),
        ("board_student", &["Present at", "▲ good"]),
        (
            "board_why",
            &["+  ", "-  ", "held, absent", "not counted: cancelled"],
        ),
        ("sessions", &["open", "cancelled", "> Sun"]),
        (
            "today",
            &[
                "• open",
                "- planned",
                "! not opened",
                "x cancelled",
                "> 11:00",
            ],
        ),
        ("join", &["open", "joined", "> 09:00"]),
        ("lists", &["> List", "<", ">"]),
        ("lists_written", &["Written:"]),
        ("lists_full", &["The disk is full"]),
        (
            "deliveries",
            &["refused", "offline", "connected", "timed out"],
        ),
        ("deliveries_clock", &["held", "the clock is not"]),
    ];
    let states = states(NO_COLOR);
    for (name, wanted) in signs {
        let (_, model) = states.iter().find(|(state, _)| state == name).unwrap();
        let buffer = drawn(model, 80, 24);
        let letters: String = buffer
            .content()
            .chunks(80)
            .map(|row| {
                row.iter()
                    .map(ratatui::buffer::Cell::symbol)
                    .collect::<String>()
                    + "\n"
            })
            .collect();
        for sign in *wanted {
            // Big letters are drawn as blocks, and checked by the snapshots.
            let is_big = sign.chars().all(|c| c.is_uppercase() || c == ' ');
            assert!(
                is_big || letters.contains(sign),
                "{sign} in {name}:\n{letters}"
            );
        }
        // The symbol is black on white all the same: cameras have no NO_COLOR.
        for cell in buffer.content() {
            if cell.symbol().chars().all(char::is_alphanumeric) {
                let colours = (cell.fg, cell.bg);
                assert_eq!(colours, (Color::Reset, Color::Reset), "{cell:?} in {name}");
            }
        }
    }
}

#[test]
fn the_console_shows_only_characters_of_its_fonts() {
    let allowed = console_glyphs();
    for variables in [CONSOLE, CONSOLE_NO_COLOR] {
        for (name, model) in [states(variables), helps(variables)].concat() {
            for (width, height) in [(40, 12), (80, 24), (128, 48), (240, 67)] {
                for cell in drawn(&model, width, height).content() {
                    let mut glyphs = cell.symbol().chars();
                    let glyph = glyphs.next().unwrap();
                    assert!(
                        allowed.contains(&glyph),
                        "{glyph:?} in {name} at {width}x{height}"
                    );
                    assert_eq!(glyphs.next(), None, "{name}");
                }
            }
        }
    }
}

#[test]
fn the_console_leaves_no_colour_open() {
    for (name, model) in states(CONSOLE) {
        for cell in drawn(&model, 80, 24).content() {
            assert!(cell.fg != Color::Reset && cell.bg != Color::Reset, "{name}");
            assert_eq!(cell.modifier, Modifier::empty(), "{name}");
        }
    }
}

#[test]
fn no_color_shows_no_colour_outside_of_the_symbol() {
    for (name, model) in states(NO_COLOR) {
        for cell in drawn(&model, 80, 24).content() {
            let plain = [Color::Reset, Color::White, Color::Black];
            assert!(
                plain.contains(&cell.fg) && plain.contains(&cell.bg),
                "{name}"
            );
        }
    }
}

#[test]
fn an_outcome_stands_out_without_colours() {
    for (name, model) in states_of_outcome(NO_COLOR) {
        let corner = &drawn(&model, 80, 24)[(79, 22)];
        assert!(corner.modifier.contains(Modifier::REVERSED), "{name}");
    }
}

#[test]
fn outcomes_are_told_apart_without_colours() {
    let mut words = Vec::new();
    for (name, model) in states(NO_COLOR) {
        if matches!(
            name,
            "present" | "late" | "pending" | "marked" | "unknown" | "refused"
        ) {
            words.push(text_of(&drawn(&model, 40, 12)));
        }
    }
    let count = words.len();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), count);
}
