//! The symbol, and the address in letters beside it.

use super::*;

/// What a camera in front of the screen reads.
fn scanned(buffer: &Buffer) -> Option<String> {
    const PIXELS: usize = 4;
    let lit = half_cells(buffer);
    let mut snapshot = rqrr::PreparedImage::prepare_from_greyscale(
        lit[0].len() * PIXELS,
        lit.len() * PIXELS,
        |x, y| lit[y / PIXELS][x / PIXELS],
    );
    let grids = snapshot.detect_grids();
    Some(grids.first()?.decode().ok()?.1)
}

fn expected_address(model: &Model) -> String {
    let code = model.shown_code().unwrap().code;
    payload("http://192.168.100.200:8080", code.as_str())
}

#[test]
fn the_symbol_reads_on_every_screen_that_has_room_for_it() {
    for variables in [
        CONSOLE,
        TRUE_COLOUR,
        INDEXED,
        SIXTEEN,
        NO_COLOR,
        CONSOLE_NO_COLOR,
    ] {
        for (width, height) in [
            (80, 24),
            (80, 25),
            (100, 30),
            (120, 40),
            (128, 48),
            (240, 67),
        ] {
            let model = screen(variables);
            let is_console = variables[0] == ("TERM", "linux");
            if is_console && width < 112 {
                // These fonts have no half blocks, and whole blocks need more room.
                assert_eq!(scanned(&drawn(&model, width, height)), None);
                continue;
            }
            assert_eq!(
                scanned(&drawn(&model, width, height)),
                Some(expected_address(&model)),
                "{variables:?} at {width}x{height}"
            );
        }
    }
}

#[test]
fn the_symbol_stays_while_an_outcome_is_shown() {
    for (name, model) in states(TRUE_COLOUR) {
        if matches!(
            name,
            "typing" | "saving" | "name" | "present" | "marked" | "unknown"
        ) {
            assert_eq!(
                scanned(&drawn(&model, 80, 24)),
                Some(expected_address(&model)),
                "{name}"
            );
        }
    }
}

#[test]
fn there_is_no_symbol_where_nobody_can_check_in_by_phone() {
    for (name, model) in states(TRUE_COLOUR) {
        if matches!(
            name,
            "not_yet" | "over" | "no_address" | "no_session" | "out_of_order" | "sign_in"
        ) {
            assert_eq!(scanned(&drawn(&model, 80, 24)), None, "{name}");
            assert_eq!(scanned(&drawn(&model, 240, 67)), None, "{name}");
        }
    }
}

#[test]
fn the_address_and_the_code_stand_in_letters_too() {
    for (variables, width, height) in [
        (TRUE_COLOUR, 80, 24),
        (TRUE_COLOUR, 120, 40),
        (TRUE_COLOUR, 40, 12),
        (VT, 60, 16),
    ] {
        let model = screen(variables);
        let text = text_of(&drawn(&model, width, height));
        assert!(text.contains("192.168.100.200:8080"), "{text}");
        assert!(
            text.contains(&model.shown_code().unwrap().code.grouped()),
            "{text}"
        );
    }
}
