//! Looking at the screen.

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::domain::{
    AdmissionNumber, Board, CheckInAnswer, Correction, CorrectionOrder, CorrectionRefusal,
    DeliveryState, Excused, Forecast, HandMark, InvalidText, JudgedAnew, LectureHere, Listing,
    PersonName, Punctuality, Refusal, Roster, SessionEdit, SessionState, Standing, Target, Totals,
    UnitCode, Venue, sample,
};
use crate::qr::payload;
use crate::services::{Snapshot, StoreError};
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::request::{DeliveryLine, Purpose, StaffAnswer};
use crate::tui::site::DemoStaff;
use crate::tui::stroke::Stroke;
use crate::tui::testing::{
    answer, at, console_glyphs, drawn, exam_record, excuse, half_cells, history, lectures,
    long_history, merged, press, receipt, recorded, remote_sessions, repaint, reply, roster,
    roster_with_guests, said, screen, session, sign_in, taken_back, text_of, unchanged, unit,
    usual_screen, with_session,
};
use crate::tui::update;
use crate::words::StaffScreen;

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
        states_of_requests(variables),
        states_of_lists(variables),
        states_of_decisions(variables),
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
fn answered(variables: &[(&str, &str)], with: Result<CheckInAnswer, Refusal>) -> Model {
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
    let mut name = answered(variables, Err(Refusal::NameNeeded));
    press(&mut name, "Zawadi");
    let suggestion = receipt().student.admission_number;
    let near = changed(variables, |model| {
        press(model, "adm/2023/o01\n");
        answer(model, Err(Refusal::NearNumber { suggestion }));
    });
    let here = |session| LectureHere {
        session,
        is_listed: true,
        recorded_at: None,
        is_removed: false,
    };
    let lectures = vec![here(receipt().session), here(receipt().session)];
    let mut which = answered(variables, Err(Refusal::WhichLecture { lectures }));
    press(&mut which, "2");
    vec![
        ("which", which),
        ("idle", screen(variables)),
        ("typing", typed("adm/2023/0")),
        ("saving", typed("adm/2023/001\n")),
        ("name", name),
        ("near", near),
    ]
}

fn states_of_outcome(variables: &[(&str, &str)]) -> States {
    let mut late = receipt();
    late.punctuality = Punctuality::late(12);
    let mut pending = receipt();
    pending.pending = true;
    let mut stranger = receipt();
    stranger.listing = Listing::Stranger;
    (stranger.percentage, stranger.standing) = (None, None);
    let mut behind = receipt();
    behind.standing = Some(sample::standing(5, 7, 12));
    let record = |receipt| answered(variables, Ok(CheckInAnswer::Recorded(Box::new(receipt))));
    let refuse = |refusal| answered(variables, Err(refusal));
    let marked = Ok(CheckInAnswer::MarkedElsewhere(Box::new(receipt())));
    vec![
        ("present", record(receipt())),
        ("late", record(late)),
        ("behind", record(behind)),
        ("pending", record(pending)),
        ("stranger", record(stranger)),
        ("marked", answered(variables, marked)),
        ("taken_back", answered(variables, Ok(taken_back()))),
        ("unknown", refuse(Refusal::UnknownStudent)),
        ("refused", refuse(Refusal::OutOfOrder)),
        ("hostile", hostile(variables)),
    ]
}

/// Long, wide, right to left, combining and joined: all that the domain accepts.
fn hostile(variables: &[(&str, &str)]) -> Model {
    let mut receipt = receipt();
    let name = "محمد 王小明 e\u{301}\u{302} 👩‍🎓 Ünïcødé ".repeat(6);
    receipt.student.name = PersonName::parse(&name).ok();
    receipt.session.unit_name = "非常に長い講義の名前 ".repeat(20);
    let mut model = answered(variables, Ok(CheckInAnswer::Recorded(Box::new(receipt))));
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
    let repainted = |change: fn(&mut Snapshot)| changed(variables, |model| repaint(model, change));
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
                    expected: 60,
                    not_yet: 60,
                    ..Totals::default()
                };
            }),
        ),
        ("no_address", repainted(|snapshot| snapshot.address = None)),
        ("no_session", repainted(|snapshot| snapshot.shown = None)),
        (
            "out_of_order",
            repainted(|snapshot| {
                snapshot.trouble = Some(StoreError::Full);
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
    reply(model, StaffAnswer::Units(Purpose::Opening, Ok(units)));
}

/// The page that a key of the menu leads to, once it is answered, with more keys pressed.
fn on_page(variables: &[(&str, &str)], key: &str, answer: StaffAnswer, keys: &str) -> Model {
    changed(variables, |model| {
        sign_in(model);
        press(model, key);
        reply(model, answer);
        press(model, keys);
    })
}

/// The exam list of a unit, with more keys pressed.
fn on_exam(variables: &[(&str, &str)], keys: &str) -> Model {
    changed(variables, |model| {
        sign_in(model);
        press(model, "6");
        let units = vec![unit("CS101", "Introduction to Programming")];
        reply(model, StaffAnswer::Units(Purpose::Lists, Ok(units)));
        press(model, "\n");
        let record = Ok(Arc::new(exam_record()));
        reply(model, StaffAnswer::Exam(session().unit_code, record));
        press(model, keys);
    })
}

/// The exam list, and what is asked there and on the board about enrolments and excuses.
fn states_of_decisions(variables: &[(&str, &str)]) -> States {
    let guests = StaffAnswer::Roster(session().id, Ok(Arc::new(roster_with_guests())));
    let board = |keys| on_page(variables, "1", guests.clone(), keys);
    let mut last_guest = board("");
    update(&mut last_guest, Msg::Stroke(Stroke::End));
    let number = AdmissionNumber::parse("ADM/2023/001").unwrap();
    let excusing = |given| {
        let mut model = board("E");
        reply(&mut model, StaffAnswer::Excuses(number.clone(), Ok(given)));
        model
    };
    let mut excused = excusing(Vec::new());
    press(&mut excused, "3");
    let first = session().date(excused.site.voice.zone);
    let days = Excused::Days(first, first + chrono::Days::new(4));
    let mut student = on_exam(variables, "");
    for _ in 0..5 {
        update(&mut student, Msg::Stroke(Stroke::Down));
    }
    let mut enrol = board("i");
    reply(&mut enrol, StaffAnswer::Enrolment(Ok(Arc::new(history()))));
    vec![
        ("board_guests", board("")),
        ("board_last_guest", last_guest),
        ("excuse", excused),
        ("excuse_back", excusing(vec![excuse(days)])),
        ("exam", on_exam(variables, "")),
        ("exam_student", student),
        ("exam_settle", on_exam(variables, "h")),
        ("enrol", enrol),
        ("withdraw", board("o")),
    ]
}

/// The details of the lecture on the screen, with an earlier start typed.
fn details(variables: &[(&str, &str)]) -> Model {
    let mut model = on_page(variables, "4", StaffAnswer::Lectures(Ok(lectures())), "");
    update(&mut model, Msg::Stroke(Stroke::Home));
    press(&mut model, "d08:45");
    let edit = SessionEdit {
        starts_at: Some(at("08:45:00")),
        ..SessionEdit::default()
    };
    let judged = |number: &str, name, arrived: &str, minutes| JudgedAnew {
        number: AdmissionNumber::parse(number).unwrap(),
        name: PersonName::parse(name).ok(),
        at: at(arrived),
        before: Punctuality::OnTime,
        after: Punctuality::late(minutes),
    };
    let mut effect = unchanged();
    effect.after.starts_at = at("08:45:00");
    effect.records = 39;
    effect.by_hand = 2;
    effect.judged = vec![
        judged("ADM/2023/001", "Amina Njeri", "09:04:00", 19),
        judged("ADM/2023/009", "Isaac Wekesa", "09:00:00", 15),
    ];
    let nobody = judged("ADM/2023/010", "Joyce", "09:01:00", 16);
    effect.judged.extend(vec![nobody; 29]);
    reply(
        &mut model,
        StaffAnswer::EditEffect(Box::new(edit), Ok(Box::new(effect))),
    );
    model
}

/// Another start of the lecture on the screen, about to be undone.
fn undoing(variables: &[(&str, &str)]) -> Model {
    let mut model = on_page(variables, "4", StaffAnswer::Lectures(Ok(lectures())), "");
    update(&mut model, Msg::Stroke(Stroke::Home));
    press(&mut model, "z");
    let mut effect = unchanged();
    effect.before.starts_at = at("08:45:00");
    effect.records = 39;
    effect.judged = vec![JudgedAnew {
        number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
        name: PersonName::parse("Amina Njeri").ok(),
        at: at("09:04:00"),
        before: Punctuality::late(19),
        after: Punctuality::OnTime,
    }];
    let answer = StaffAnswer::UndoEffect(session().id, Ok(Box::new(effect)));
    reply(&mut model, answer);
    model
}

/// A number that became a student's, about to be one of its own again.
fn undoing_number(variables: &[(&str, &str)]) -> Model {
    let roster = StaffAnswer::Roster(session().id, Ok(Arc::new(roster())));
    let mut model = on_page(variables, "1", roster, "z");
    let [came, right] = ["ADM/2023/O01", "ADM/2023/001"];
    let [came, right] = [came, right].map(|number| AdmissionNumber::parse(number).unwrap());
    reply(
        &mut model,
        StaffAnswer::UndoNext(session().id, right, Ok(Some(came))),
    );
    model
}

/// A number of the board, about to be merged into the student whose it is.
fn merging(variables: &[(&str, &str)]) -> Model {
    let roster = StaffAnswer::Roster(session().id, Ok(Arc::new(roster())));
    let mut model = on_page(variables, "1", roster, "");
    update(&mut model, Msg::Stroke(Stroke::Down));
    update(&mut model, Msg::Stroke(Stroke::Down));
    press(&mut model, "gADM/2023/005");
    let (order, effect) = merged();
    let answer = StaffAnswer::NumberEffect(Box::new(order), Ok(Box::new(effect)));
    reply(&mut model, answer);
    model
}

/// The lecture on the screen, about to be moved to another unit.
fn moving(variables: &[(&str, &str)]) -> Model {
    let mut model = on_page(variables, "4", StaffAnswer::Lectures(Ok(lectures())), "");
    update(&mut model, Msg::Stroke(Stroke::Home));
    press(&mut model, "M");
    let units = [
        ("CS101", "Introduction to Programming"),
        ("CS204", "Operating Systems"),
        ("MA110", "Discrete Mathematics"),
    ];
    let units = units.map(|(code, name)| unit(code, name)).to_vec();
    reply(&mut model, StaffAnswer::Units(Purpose::Opening, Ok(units)));
    let to = UnitCode::parse("CS204").unwrap();
    let edit = SessionEdit {
        unit: Some(to.clone()),
        ..SessionEdit::default()
    };
    let mut effect = unchanged();
    effect.after.unit = to;
    effect.records = 40;
    let apart = ["Wanjiru Kamau", "Otieno Daniel", "Faith"].map(|name| {
        let number = AdmissionNumber::parse("ADM/2023/001").unwrap();
        (number, PersonName::parse(name).ok())
    });
    effect.unlisted = Some(apart.to_vec());
    reply(
        &mut model,
        StaffAnswer::EditEffect(Box::new(edit), Ok(Box::new(effect))),
    );
    update(&mut model, Msg::Stroke(Stroke::Tab));
    press(&mut model, "opened by mistake");
    model
}

fn states_of_requests(variables: &[(&str, &str)]) -> States {
    let on_page = |key, answer, keys| on_page(variables, key, answer, keys);
    let folders = ["/var/lib/kiosk/data/exports", "/media/kiosk/EXAM LISTS"];
    let folders = StaffAnswer::Folders(folders.map(std::path::PathBuf::from).to_vec());
    let mut form = on_exam(variables, "x");
    reply(&mut form, folders);
    let voice = form.site.voice;
    let mut written = form.clone();
    let folder = "/var/lib/kiosk/data/exports".to_owned();
    let sentence = voice.say(StaffScreen::Written {
        name: "CS101-semester-1-who-may-sit-the-exam.xlsx".to_owned(),
        lines: 60,
        folder: folder.clone(),
    });
    reply(&mut written, StaffAnswer::Noted(Ok(sentence)));
    let mut full = form.clone();
    let why = voice.say(StaffScreen::DiskFull);
    let sentence = voice.say(StaffScreen::NotWritten { why, folder });
    reply(&mut full, StaffAnswer::Noted(Err(sentence)));
    let join_asking = changed(variables, |model| {
        sign_in(model);
        press(model, "7");
    });
    let offline = "Firestore cannot be asked: timed out.".to_owned();
    let lectures_page = |keys| on_page("4", StaffAnswer::Lectures(Ok(lectures())), keys);
    let mut blocked = lectures_page("");
    update(&mut blocked, Msg::Stroke(Stroke::Down));
    vec![
        ("lists", form),
        ("lists_written", written),
        ("lists_full", full),
        ("today", lectures_page("")),
        ("today_blocked", blocked),
        ("today_help", lectures_page("?")),
        ("details", details(variables)),
        ("move", moving(variables)),
        ("merge", merging(variables)),
        ("undo", undoing(variables)),
        ("undo_number", undoing_number(variables)),
        (
            "today_none",
            on_page("4", StaffAnswer::Lectures(Ok(Vec::new())), ""),
        ),
        (
            "join",
            on_page("7", StaffAnswer::RemoteSessions(Ok(remote_sessions())), ""),
        ),
        ("join_asking", join_asking),
        (
            "join_none",
            on_page("7", StaffAnswer::RemoteSessions(Ok(Vec::new())), ""),
        ),
        (
            "join_offline",
            on_page("7", StaffAnswer::RemoteSessions(Err(offline)), ""),
        ),
    ]
}

fn states_of_lists(variables: &[(&str, &str)]) -> States {
    let on_page = |key, answer, keys| on_page(variables, key, answer, keys);
    let board = |keys| {
        on_page(
            "1",
            StaffAnswer::Roster(session().id, Ok(Arc::new(roster()))),
            keys,
        )
    };
    let nobody = Roster {
        lines: Vec::new(),
        totals: Totals::default(),
        ..roster()
    };
    let nobody = StaffAnswer::Roster(session().id, Ok(Arc::new(nobody)));
    let mut cancelled = session();
    cancelled.state = SessionState::Cancelled;
    cancelled.number = 3;
    let sessions = StaffAnswer::Sessions(Ok(vec![session(), cancelled]));
    let mut student = board("\n");
    reply(&mut student, StaffAnswer::History(Ok(Arc::new(history()))));
    let mut why = board("\nw");
    reply(&mut why, StaffAnswer::History(Ok(Arc::new(long_history()))));
    let mut newcomer = board("+adm/2023/777\n");
    reply(
        &mut newcomer,
        StaffAnswer::NameNeeded(Box::new(order_of_a_stranger())),
    );
    let mut held = on_page("8", StaffAnswer::Deliveries(Ok(deliveries())), "");
    repaint(&mut held, |snapshot| snapshot.clock_not_set = true);
    let mut reason = board("z");
    let first = AdmissionNumber::parse("ADM/2023/001").unwrap();
    reply(
        &mut reason,
        StaffAnswer::UndoNext(session().id, first, Ok(None)),
    );
    press(&mut reason, "Wrong row");
    let mut draining = on_page("8", StaffAnswer::Deliveries(Ok(deliveries())), "");
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
            on_page("5", StaffAnswer::Sessions(Ok(Vec::new())), ""),
        ),
        ("cancel", on_page("5", sessions, "cFire drill")),
        ("deliveries", draining),
        ("deliveries_clock", held),
        (
            "deliveries_none",
            on_page("8", StaffAnswer::Deliveries(Ok(Vec::new())), ""),
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
        let mut snapshot = (*model.snapshot).clone();
        snapshot.remotes[0].counts.waiting = waiting;
        snapshot.remotes[0].drain.note(model.now, waiting);
        snapshot.remotes[0].counts.oldest_waiting = Some(at("08:01:00"));
        snapshot.remotes[1].counts.oldest_waiting = Some(at("09:01:00"));
        snapshot.remotes[1].counts.parked = 1;
        update(model, Msg::Snapshot(Arc::new(snapshot)));
        let later = model.now + std::time::Duration::from_secs(4);
        update(model, Msg::Clock(later));
    }
}

fn deliveries() -> Vec<DeliveryLine> {
    let line = |target, state, attempts, error: Option<&str>| DeliveryLine {
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
        line(Target::Firestore, DeliveryState::Waiting, 0, None),
        line(Target::Portal, DeliveryState::Waiting, 3, Some("timed out")),
        line(
            Target::Portal,
            DeliveryState::Parked,
            1,
            Some("no such unit: CS101"),
        ),
    ]
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
        let (_, lines) = super::help::help(&model);
        for &(_, meaning) in lines {
            let meaning = said(meaning);
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
    all.retain(|(_, model)| seen.insert(said(super::help::help(model).0)));
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
    let cause = "port 8080 is taken by another program";
    let Model { theme, site, .. } = screen(variables);
    let backend = ratatui::backend::TestBackend::new(width, height);
    let mut terminal = ratatui::Terminal::new(backend).unwrap();
    let drawn = terminal.draw(|frame| super::cannot_start(frame, theme, cause, site.voice));
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

mod colours;
mod language;
mod sentences;
mod symbol;
