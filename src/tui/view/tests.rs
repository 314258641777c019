//! Looking at the screen.

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::domain::{
    AdmissionNumber, Board, CheckInAnswer, Correction, CorrectionOrder, CorrectionRefusal,
    DebtState, Forecast, HandMark, InvalidText, Refusal, Roster, SessionState, Standing,
    StudentName, Target, Totals, Venue,
};
use crate::qr::payload;
use crate::services::words::correction_refusal;
use crate::services::{Picture, Trouble};
use crate::tui::model::{DemoStaff, Model};
use crate::tui::msg::{Msg, Stroke};
use crate::tui::staff::{Delivery, Purpose};
use crate::tui::testing::{
    answer, at, console_glyphs, drawn, half_cells, history, lectures, long_history, neighbours,
    press, receipt, recorded, repaint, roster, screen, session, sign_in, text_of, unit,
    usual_screen, with_session,
};
use crate::tui::{update, words};

const CONSOLE: &[(&str, &str)] = &[("TERM", "linux")];
const TRUE_COLOUR: &[(&str, &str)] = &[("TERM", "xterm"), ("COLORTERM", "truecolor")];
const INDEXED: &[(&str, &str)] = &[("TERM", "xterm-256color")];
const SIXTEEN: &[(&str, &str)] = &[("TERM", "xterm")];
const NO_COLOR: &[(&str, &str)] = &[("TERM", "xterm"), ("NO_COLOR", "1")];
const CONSOLE_NO_COLOR: &[(&str, &str)] = &[("TERM", "linux"), ("NO_COLOR", "1")];
const VT: &[(&str, &str)] = &[("TERM", "vt220")];
const TERMINALS: [&[(&str, &str)]; 7] = [
    CONSOLE,
    TRUE_COLOUR,
    INDEXED,
    SIXTEEN,
    NO_COLOR,
    CONSOLE_NO_COLOR,
    VT,
];

type States = Vec<(&'static str, Model)>;

/// Every state of the screen, by name.
fn states(variables: &[(&str, &str)]) -> States {
    [
        states_of_entry(variables),
        states_of_outcome(variables),
        states_of_session(variables),
        states_of_staff(variables),
        states_of_errands(variables),
        states_of_lists(variables),
    ]
    .concat()
}

/// The screen after a change.
fn changed(variables: &[(&str, &str)], change: impl FnOnce(&mut Model)) -> Model {
    let mut model = screen(variables);
    change(&mut model);
    model
}

/// The screen after an answer.
fn answered(variables: &[(&str, &str)], with: CheckInAnswer) -> Model {
    changed(variables, |model| {
        press(model, "adm/2023/001\n");
        answer(model, with);
    })
}

fn states_of_entry(variables: &[(&str, &str)]) -> States {
    let typed = |keys| {
        changed(variables, |model| {
            press(model, keys);
        })
    };
    let mut name = answered(variables, CheckInAnswer::Refused(Refusal::NameNeeded));
    press(&mut name, "Zawadi");
    vec![
        ("idle", screen(variables)),
        ("typing", typed("adm/2023/0")),
        ("saving", typed("adm/2023/001\n")),
        ("name", name),
    ]
}

fn states_of_outcome(variables: &[(&str, &str)]) -> States {
    let mut late = receipt();
    late.late_minutes = 12;
    let mut pending = receipt();
    pending.pending = true;
    let record = |receipt| answered(variables, CheckInAnswer::Recorded(Box::new(receipt)));
    let refuse = |refusal| answered(variables, CheckInAnswer::Refused(refusal));
    let marked = CheckInAnswer::AlreadyMarked(Box::new(receipt()));
    vec![
        ("present", record(receipt())),
        ("late", record(late)),
        ("pending", record(pending)),
        ("marked", answered(variables, marked)),
        ("unknown", refuse(Refusal::UnknownStudent)),
        ("refused", refuse(Refusal::OutOfOrder)),
        ("hostile", hostile(variables)),
    ]
}

/// Long, wide, right to left, combining and joined: whatever the domain lets through.
fn hostile(variables: &[(&str, &str)]) -> Model {
    let mut receipt = receipt();
    let name = "محمد 王小明 e\u{301}\u{302} 👩‍🎓 Ünïcødé ".repeat(6);
    receipt.student.name = StudentName::parse(&name).ok();
    receipt.session.unit_name = "非常に長い講義の名前 ".repeat(20);
    let mut model = answered(variables, CheckInAnswer::Recorded(Box::new(receipt)));
    with_session(&mut model, |board| {
        board.session.unit_name = "非常に長い講義の名前 ".repeat(20);
        board.session.lecturer_name = "د. أمينة ".repeat(20);
        board.session.venue = Venue::parse(&"Ω≈ç√".repeat(20)).unwrap();
    });
    let shown = model.entry.outcome.clone();
    press(&mut model, "👩‍🎓王e\u{301}");
    model.entry.outcome = shown;
    model
}

fn states_of_session(variables: &[(&str, &str)]) -> States {
    let repainted = |change: fn(&mut Picture)| changed(variables, |model| repaint(model, change));
    let with_board =
        |change: fn(&mut Board)| changed(variables, |model| with_session(model, change));
    vec![
        (
            "not_yet",
            changed(variables, |model| model.now = at("08:45:10")),
        ),
        (
            "over",
            with_board(|board| board.session.state = SessionState::Closed),
        ),
        (
            "nobody_yet",
            with_board(|board| {
                board.arrivals.clear();
                board.totals = Totals {
                    enrolled: 60,
                    absent: 60,
                    ..Totals::default()
                };
            }),
        ),
        ("no_address", repainted(|picture| picture.address = None)),
        ("no_session", repainted(|picture| picture.shown = None)),
        (
            "out_of_order",
            repainted(|picture| {
                picture.trouble = Some(Trouble {
                    code: "DISK-FULL",
                    sentence: "the disk is full".to_owned(),
                });
            }),
        ),
    ]
}

fn states_of_staff(variables: &[(&str, &str)]) -> States {
    let signing_in = changed(variables, |model| {
        update(model, Msg::Stroke(Stroke::Staff));
        press(model, "t-104\n12");
    });
    let first_pin = changed(variables, |model| {
        update(model, Msg::Stroke(Stroke::Staff));
        press(model, "t-105");
        update(model, Msg::Stroke(Stroke::FirstPin));
        press(model, "1234\n1234\nT-104\n12");
    });
    let menu = changed(variables, |model| {
        sign_in(model);
        press(model, "2");
    });
    let units = changed(variables, list_units);
    let opening = changed(variables, |model| {
        list_units(model);
        press(model, "\n");
    });
    let demo = changed(variables, |model| {
        model.site.demo = Some(DemoStaff {
            staff_id: "ADMIN".to_owned(),
            pin: "2468".to_owned(),
        });
    });
    vec![
        ("sign_in", signing_in),
        ("first_pin", first_pin),
        ("menu", menu),
        ("units", units),
        ("opening", opening),
        ("demo", demo),
    ]
}

fn list_units(model: &mut Model) {
    sign_in(model);
    press(model, "3");
    let units = [
        ("CS101", "Introduction to Programming"),
        ("CS204", "Operating Systems"),
    ];
    let units = units.map(|(code, name)| unit(code, name)).to_vec();
    update(model, Msg::Units(Purpose::Opening, Ok(units)));
}

/// The page that a key of the menu leads to, once it is answered, with more keys pressed.
fn on_page(variables: &[(&str, &str)], key: &str, answer: Msg, keys: &str) -> Model {
    changed(variables, |model| {
        sign_in(model);
        press(model, key);
        update(model, answer);
        press(model, keys);
    })
}

fn states_of_errands(variables: &[(&str, &str)]) -> States {
    let on_page = |key, answer, keys| on_page(variables, key, answer, keys);
    let folders = ["/var/lib/kiosk/data/exports", "/media/kiosk/EXAM LISTS"];
    let folders = Msg::Places(folders.map(std::path::PathBuf::from).to_vec());
    let form = changed(variables, |model| {
        sign_in(model);
        press(model, "6");
        let units = vec![unit("CS101", "Introduction to Programming")];
        update(model, Msg::Units(Purpose::Lists, Ok(units)));
        press(model, "\n");
        update(model, folders);
    });
    let mut written = form.clone();
    let path = std::path::Path::new("/var/lib/kiosk/data/exports");
    let name = "CS101-semester-1-who-may-sit-the-exam.xlsx";
    let sentence = crate::tui::words::written(path, name, 60);
    update(&mut written, Msg::Noted(Ok(sentence)));
    let mut full = form.clone();
    let error = crate::services::export::FileError::NoRoom(path.join(name));
    let sentence = crate::tui::words::not_written(path, &error);
    update(&mut full, Msg::Noted(Err(sentence)));
    let offline = "Firestore cannot be asked: timed out.".to_owned();
    let lectures_page = |keys| on_page("4", Msg::Lectures(Ok(lectures())), keys);
    let mut blocked = lectures_page("");
    update(&mut blocked, Msg::Stroke(Stroke::Down));
    vec![
        ("lists", form),
        ("lists_written", written),
        ("lists_full", full),
        ("today", lectures_page("")),
        ("today_blocked", blocked),
        ("today_help", lectures_page("?")),
        (
            "today_none",
            on_page("4", Msg::Lectures(Ok(Vec::new())), ""),
        ),
        ("join", on_page("7", Msg::Neighbours(Ok(neighbours())), "")),
        ("join_asking", on_page("7", Msg::Resized, "")),
        (
            "join_none",
            on_page("7", Msg::Neighbours(Ok(Vec::new())), ""),
        ),
        (
            "join_offline",
            on_page("7", Msg::Neighbours(Err(offline)), ""),
        ),
    ]
}

fn states_of_lists(variables: &[(&str, &str)]) -> States {
    let on_page = |key, answer, keys| on_page(variables, key, answer, keys);
    let board = |keys| on_page("1", Msg::Roster(session().id, Ok(Arc::new(roster()))), keys);
    let nobody = Roster {
        lines: Vec::new(),
        totals: Totals::default(),
        ..roster()
    };
    let nobody = Msg::Roster(session().id, Ok(Arc::new(nobody)));
    let mut cancelled = session();
    cancelled.state = SessionState::Cancelled;
    cancelled.number = 3;
    let sessions = Msg::Sessions(Ok(vec![session(), cancelled]));
    let mut student = board("\n");
    update(&mut student, Msg::History(Ok(Arc::new(history()))));
    let mut why = board("\nw");
    update(&mut why, Msg::History(Ok(Arc::new(long_history()))));
    let mut newcomer = board("+adm/2023/777\n");
    update(
        &mut newcomer,
        Msg::NameNeeded(Box::new(order_of_a_stranger())),
    );
    let mut held = on_page("8", Msg::Deliveries(Ok(deliveries())), "");
    repaint(&mut held, |picture| picture.clock_not_set = true);
    let mut reason = board("z");
    press(&mut reason, "Wrong row");
    let mut draining = on_page("8", Msg::Deliveries(Ok(deliveries())), "");
    drain(&mut draining);
    vec![
        ("extend", on_page("5", sessions.clone(), "e")),
        ("board", board("")),
        ("board_search", board("/br")),
        ("board_student", student),
        ("board_reason", reason),
        ("board_wall", board("p")),
        ("board_below", board("fffffs")),
        ("board_nobody", on_page("1", nobody, "")),
        ("board_help", board("?")),
        ("board_why", why),
        ("board_number", board("+adm/2023/777")),
        ("board_newcomer", newcomer),
        ("sessions", on_page("5", sessions.clone(), "")),
        (
            "sessions_none",
            on_page("5", Msg::Sessions(Ok(Vec::new())), ""),
        ),
        ("cancel", on_page("5", sessions, "cFire drill")),
        ("deliveries", draining),
        ("deliveries_clock", held),
        (
            "deliveries_none",
            on_page("8", Msg::Deliveries(Ok(Vec::new())), ""),
        ),
    ]
}

/// A mark for a number that is on no list.
fn order_of_a_stranger() -> CorrectionOrder {
    CorrectionOrder {
        session: session().id,
        admission_number: AdmissionNumber::parse("ADM/2023/777").unwrap(),
        correction: Correction::Mark(HandMark::Present),
        name: None,
        reason: None,
    }
}

/// Firestore takes a long queue, and the portal is away.
fn drain(model: &mut Model) {
    for waiting in [5000, 4000, 1234] {
        let mut picture = (*model.picture).clone();
        picture.remotes[0].counts.waiting = waiting;
        picture.remotes[0].drain.note(model.now, waiting);
        picture.remotes[0].counts.oldest_waiting = Some(at("08:01:00"));
        picture.remotes[1].counts.oldest_waiting = Some(at("09:01:00"));
        picture.remotes[1].counts.parked = 1;
        update(model, Msg::Picture(Arc::new(picture)));
        let later = model.now + std::time::Duration::from_secs(4);
        update(model, Msg::Clock(later));
    }
}

fn deliveries() -> Vec<Delivery> {
    let line = |target, state, attempts, error: Option<&str>| Delivery {
        attendance_id: uuid::Uuid::nil(),
        target,
        state,
        attempts,
        clock_untrusted: error.is_none(),
        next_attempt_at: at("09:06:02"),
        last_error: error.map(str::to_owned),
        checked_in_at: at("09:01:10"),
        number: "***017".to_owned(),
    };
    vec![
        line(Target::Firestore, DebtState::Waiting, 0, None),
        line(Target::Portal, DebtState::Waiting, 3, Some("timed out")),
        line(
            Target::Portal,
            DebtState::Parked,
            1,
            Some("no such unit: CS101"),
        ),
    ]
}

/// What a camera in front of the screen reads.
fn scanned(buffer: &Buffer) -> Option<String> {
    const PIXELS: usize = 4;
    let lit = half_cells(buffer);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(
        lit[0].len() * PIXELS,
        lit.len() * PIXELS,
        |x, y| lit[y / PIXELS][x / PIXELS],
    );
    let grids = picture.detect_grids();
    Some(grids.first()?.decode().ok()?.1)
}

fn expected_address(model: &Model) -> String {
    let code = model.live_code().unwrap().code;
    payload("http://192.168.100.200:8080", code.as_str())
}

#[test]
fn every_state_looks_as_it_did() {
    for (name, model) in states(TRUE_COLOUR) {
        for (size, (width, height)) in [
            ("narrow", (40, 12)),
            ("standard", (80, 24)),
            ("wide", (120, 40)),
            ("huge", (240, 67)),
        ] {
            insta::assert_snapshot!(
                format!("{name}_{size}"),
                text_of(&drawn(&model, width, height))
            );
        }
    }
}

/// The page of every place, with its help over it.
fn with_help(variables: &[(&str, &str)]) -> States {
    let mut all = states(variables);
    for (_, model) in &mut all {
        model.help = Some(model.now);
    }
    all
}

#[test]
fn the_help_of_every_page_is_there_to_its_last_word() {
    for (name, model) in with_help(TRUE_COLOUR) {
        let text = text_of(&drawn(&model, 80, 24));
        let (_, lines) = crate::tui::words::help(&model);
        for (_, meaning) in lines {
            let last = meaning.split(' ').next_back().unwrap();
            assert!(text.contains(last), "{last} in {name}:\n{text}");
        }
        assert!(text.contains("any key"), "{text}");
    }
}

/// The help of each page, by its page: the states share them.
fn helps(variables: &[(&str, &str)]) -> States {
    let mut seen = std::collections::HashSet::new();
    let mut all = with_help(variables);
    all.retain(|(_, model)| seen.insert(crate::tui::words::help(model).0));
    all
}

#[test]
fn every_help_looks_as_it_did() {
    for (name, model) in helps(TRUE_COLOUR) {
        for (size, (width, height)) in [
            ("standard", (80, 24)),
            ("wide", (120, 40)),
            ("huge", (240, 67)),
        ] {
            let text = text_of(&drawn(&model, width, height));
            insta::assert_snapshot!(format!("help_{name}_{size}"), text);
        }
    }
}

/// The screen of a kiosk that cannot start.
fn held(variables: &[(&str, &str)], width: u16, height: u16) -> Buffer {
    let trouble = Trouble {
        code: "PORT",
        sentence: "port 8080 is taken by another program".to_owned(),
    };
    let theme = screen(variables).theme;
    let backend = ratatui::backend::TestBackend::new(width, height);
    let mut terminal = ratatui::Terminal::new(backend).unwrap();
    let drawn = terminal.draw(|frame| super::out_of_order(frame, theme, &trouble));
    drawn.unwrap().buffer.clone()
}

#[test]
fn a_kiosk_that_cannot_start_looks_as_it_did() {
    for (size, (width, height)) in [
        ("standard", (80, 24)),
        ("wide", (120, 40)),
        ("huge", (240, 67)),
    ] {
        let text = text_of(&held(TRUE_COLOUR, width, height));
        insta::assert_snapshot!(format!("held_{size}"), text);
        assert_eq!(text_of(&held(NO_COLOR, width, height)), text);
    }
}

#[test]
fn the_console_looks_as_it_did() {
    for (name, model) in states(CONSOLE) {
        insta::assert_snapshot!(format!("{name}_console"), text_of(&drawn(&model, 80, 24)));
    }
}

#[test]
fn without_colours_it_looks_as_it_did() {
    for (name, model) in states(NO_COLOR) {
        insta::assert_snapshot!(format!("{name}_no_color"), text_of(&drawn(&model, 80, 24)));
    }
}

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
        ("no_session", &["No class is open"]),
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
            // Big letters are drawn, and stand in the snapshots.
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
fn a_note_is_there_to_its_last_word_and_leaves_the_keys() {
    let refusal = CorrectionRefusal::NoTypedName;
    let note = correction_refusal(&refusal, screen(&[]).site.zone).sentence();
    for (width, height) in [(80, 24), (40, 12)] {
        let mut model = on_page(&[], "1", Msg::Resized, "");
        let roster = Arc::new(roster());
        update(&mut model, Msg::Roster(session().id, Ok(roster)));
        update(&mut model, Msg::Noted(Err(note.clone())));
        let text = text_of(&drawn(&model, width, height));
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(&note), "{note} in\n{text}");
        assert!(text.contains("Esc"), "\n{text}");
    }
}

#[test]
fn what_the_rest_of_the_semester_asks_for_is_there_to_its_last_word() {
    for forecast in [
        Forecast::MustAttend(1),
        Forecast::MustAttend(10),
        Forecast::CannotReach,
    ] {
        let mut receipt = receipt();
        receipt.standing = Standing {
            attended: 24,
            held: 30,
            forecast,
            ..receipt.standing
        };
        let expected = words::forecast(&receipt.standing, 75);
        let model = answered(&[], CheckInAnswer::Recorded(Box::new(receipt)));
        let text = text_of(&drawn(&model, 80, 24));
        // Beside the symbol.
        let panel = text.lines().map(|line| line.chars().skip(40).collect());
        let panel: Vec<String> = panel.collect();
        let words: Vec<&str> = panel
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        assert!(words.join(" ").contains(&expected), "{expected} in\n{text}");
    }
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
            text.contains(&model.live_code().unwrap().code.grouped()),
            "{text}"
        );
    }
}

#[test]
fn a_clock_that_is_not_set_is_named_in_the_status_line() {
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        for not_set in [true, false] {
            let mut model = screen(TRUE_COLOUR);
            repaint(&mut model, |picture| picture.clock_not_set = not_set);
            let text = text_of(&drawn(&model, width, height));
            let line = text.lines().last().unwrap();
            assert_eq!(line.contains("Clock not set"), not_set, "{line}");
        }
    }
}

#[test]
fn lectures_that_wait_for_the_clock_are_named_where_no_class_is_open() {
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        for awaits in [true, false] {
            let mut model = screen(TRUE_COLOUR);
            repaint(&mut model, |picture| {
                picture.shown = None;
                picture.lecture_awaits_clock = awaits;
            });
            let text = text_of(&drawn(&model, width, height));
            assert_eq!(text.contains("clock is not set"), awaits, "{text}");
            assert!(
                text.contains("ask your lecturer") || text.contains("lecturer"),
                "{text}"
            );
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
                        glyph == ' ' || allowed.contains(&glyph),
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

#[test]
fn the_public_screen_shows_no_name_but_the_current_students() {
    let text = text_of(&drawn(&usual_screen(), 240, 67));
    assert!(text.contains("***017"));
    assert!(!text.contains("Njeri"));
    let mut model = usual_screen();
    press(&mut model, "adm/2023/001\n");
    answer(&mut model, recorded());
    assert!(text_of(&drawn(&model, 80, 24)).contains("Amina Njeri Wanjiku"));
}

#[test]
fn a_pin_is_never_on_the_screen() {
    let mut model = usual_screen();
    update(&mut model, Msg::Stroke(Stroke::Staff));
    press(&mut model, "t-104\n97531");
    let text = text_of(&drawn(&model, 80, 24));
    assert!(text.contains("*****") && !text.contains("97531"));
}

#[test]
fn every_refusal_says_what_to_do() {
    use crate::domain::{InvalidAdmissionNumber, InvalidStudentName};
    for refusal in [
        Refusal::NoSession,
        Refusal::NotYetOpen {
            opens_at: at("08:50:00"),
        },
        Refusal::SessionClosed,
        Refusal::CodeExpired,
        Refusal::UnknownCode,
        Refusal::UnknownStudent,
        Refusal::InvalidNumber(InvalidAdmissionNumber::Pattern),
        Refusal::InvalidName(InvalidStudentName(InvalidText::Unprintable)),
        Refusal::MarkRemoved,
        Refusal::DeviceBlocked,
        Refusal::RateLimited {
            retry_after: std::time::Duration::from_secs(9),
        },
        Refusal::OutOfOrder,
    ] {
        let mut model = usual_screen();
        press(&mut model, "adm/2023/001\n");
        let word =
            crate::tui::words::verdict(&CheckInAnswer::Refused(refusal.clone()), model.site.zone);
        answer(&mut model, CheckInAnswer::Refused(refusal.clone()));
        let text = text_of(&drawn(&model, 80, 24));
        let last_word = word.sentence.split(' ').next_back().unwrap();
        assert!(text.contains(last_word), "{refusal:?}:\n{text}");
    }
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    let text = text_of(&drawn(&usual_screen(), 39, 11));
    assert!(text.starts_with("Too small: 39x11. Needs 40x12."), "{text}");
    assert!(text_of(&drawn(&usual_screen(), 20, 5)).contains("Needs"));
}

#[test]
fn a_name_of_wide_letters_moves_nothing_else() {
    for (_, model) in states(TRUE_COLOUR) {
        for (width, height) in [(40, 12), (80, 24)] {
            let text = text_of(&drawn(&model, width, height));
            for line in text.lines() {
                assert!(
                    unicode_width::UnicodeWidthStr::width(line) <= width.into(),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn no_small_size_panics() {
    for variables in [CONSOLE, TRUE_COLOUR] {
        let states = states(variables);
        for width in 1..=46 {
            for height in 1..=16 {
                let (_, model) = &states[usize::from(width * 7 + height) % states.len()];
                drawn(model, width, height);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_size_panics_in_any_state(
        terminal in 0..TERMINALS.len(),
        state in any::<prop::sample::Index>(),
        width in 1_u16..=250,
        height in 1_u16..=80,
        address in "https?://[a-z.]{1,90}(:[0-9]{1,5})?",
    ) {
        let mut states = states(TERMINALS[terminal]);
        let at = state.index(states.len());
        let (_, model) = &mut states[at];
        repaint(model, |picture| picture.address = picture.address.as_ref().map(|_| address));
        drawn(model, width, height);
    }
}
