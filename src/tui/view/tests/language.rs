//! Whether every word on the screen comes from the catalogue.

use super::*;
use crate::domain::{Basis, CountingPolicy, ExcusedCounts};
use crate::services::UnitRecord;
use crate::tui::request::RequestKind;
use crate::tui::testing::break_off;
use crate::words::latin_words;

const PSEUDO: &[(&str, &str)] = &[
    ("TERM", "xterm"),
    ("COLORTERM", "truecolor"),
    ("LANGUAGE", "pseudo"),
];

/// What the fixtures hold, which no language changes.
const DATA: &[&str] = &[
    "ADM/2023/001 adm t-104 ADMIN CS101 CS204 MA110",
    "Amina Njeri Wanjiku, Brian Otieno, Caleb Kiprop, Zoë Maina, Zawadi, Dr. Amina Smith",
    "Introduction to Programming, Operating Systems, Discrete Mathematics",
    "Otieno Odhiambo, Wanjiru Kamau",
    "Main campus, Room 101, room 101, Great hall, hall-left, hall-right",
    "http://192.168.100.200:8080 /var/lib/kiosk/data/exports /media/kiosk/EXAM LISTS",
    // What somebody typed.
    "Wrong row, Fire drill, left at once, opened by mistake, br, nobody",
    // What remotes and services answered.
    "timed out, no such unit, Firestore cannot be asked: timed out.",
    "MA110 has had all 12 sessions of this semester",
];

/// Rules that say something of everything.
fn strict_policy() -> CountingPolicy {
    CountingPolicy {
        basis: Basis::Planned,
        excused: ExcusedCounts::Absent,
        lates_per_absence: 3,
        minimum_lectures: 4,
        ..CountingPolicy::default()
    }
}

/// Questions, notes and orders that no picture is kept of.
fn more_states() -> States {
    let mut closed = session();
    closed.state = SessionState::Closed;
    let sessions = StaffAnswer::Sessions(Ok(vec![closed]));
    let on_board = |keys: &str| {
        let roster = StaffAnswer::Roster(session().id, Ok(Arc::new(roster())));
        on_page(PSEUDO, "1", roster, keys)
    };
    let repainted = |change: fn(&mut Snapshot)| {
        changed(PSEUDO, |model| {
            repaint(model, |snapshot| snapshot.shown = None);
            repaint(model, change);
        })
    };
    let mut reason = on_board("");
    let order = Box::new(order_of_a_stranger());
    reply(&mut reason, StaffAnswer::ReasonNeeded(order));
    let mut lecture = on_page(PSEUDO, "4", StaffAnswer::Lectures(Ok(lectures())), "");
    press(&mut lecture, "c");
    let mut no_excuse = on_board("E");
    let nobody = AdmissionNumber::parse("ADM/2023/001").unwrap();
    let this = Excused::Lecture(session().id);
    let once = StaffAnswer::Excuses(nobody.clone(), Ok(vec![excuse(this)]));
    let mut excused_once = no_excuse.clone();
    reply(&mut excused_once, once);
    reply(&mut no_excuse, StaffAnswer::Excuses(nobody, Ok(Vec::new())));
    update(&mut no_excuse, Msg::Stroke(Stroke::Tab));
    press(&mut no_excuse, "2026-11-21\n");
    let mut never_opened = on_exam(PSEUDO, "");
    update(&mut never_opened, Msg::Stroke(Stroke::Down));
    press(&mut never_opened, "h");
    let mut by_plan = on_exam(PSEUDO, "");
    let record = UnitRecord {
        policy: strict_policy(),
        complete: true,
        ..exam_record()
    };
    let record = StaffAnswer::Exam(session().unit_code, Ok(Arc::new(record)));
    reply(&mut by_plan, record);
    let mut states = vec![
        ("excuse_too_early", no_excuse),
        ("excused_once", excused_once),
        ("never_opened", never_opened),
        ("by_plan", by_plan),
        ("not_held", on_exam(PSEUDO, "n")),
        ("reason", reason),
        ("cancel_lecture", lecture),
        ("reopen", on_page(PSEUDO, "5", sessions.clone(), "r")),
        ("not_open", on_page(PSEUDO, "5", sessions, "e")),
        ("merge", on_board("g")),
        ("merge_number", on_board("gADM/2023/005")),
        ("empty_answer", on_board("g\n")),
        ("extend", on_board("e")),
        ("board_lists", on_board("x")),
        (
            "confirm",
            changed(PSEUDO, |model| {
                sign_in(model);
                press(model, "2");
            }),
        ),
        (
            "not_set_up",
            repainted(|snapshot| snapshot.not_set_up = true),
        ),
        (
            "awaits_clock",
            repainted(|snapshot| snapshot.lecture_awaits_clock = true),
        ),
    ];
    for keys in [
        "", "f", "fs", "ffss", "fffsss", "ffffssss", "fffff", "ffffff", "/nobody",
    ] {
        states.push(("board_order", on_board(keys)));
    }
    for kind in [
        RequestKind::SignIn,
        RequestKind::Refresh,
        RequestKind::Open,
        RequestKind::Correction,
        RequestKind::Change,
        RequestKind::Retry,
        RequestKind::Session,
        RequestKind::Export,
    ] {
        let mut model = on_board("");
        break_off(&mut model, kind);
        states.push(("broken_off", model));
    }
    states
}

#[test]
fn every_word_on_the_screen_comes_from_the_catalogue() {
    let data: Vec<&str> = DATA.iter().flat_map(|text| latin_words(text)).collect();
    // A long text is cut where the screen is narrow, and by the box of a help.
    let is_data = |word: &str| {
        let is_cut = |whole: &&str| whole.starts_with(word) || whole.ends_with(word);
        data.iter().any(is_cut)
    };
    // The version of the rules is hexadecimal.
    let versions = [CountingPolicy::default(), strict_policy()].map(|policy| policy.version());
    for (name, model) in [states(PSEUDO), with_help(PSEUDO), more_states()].concat() {
        let code = model.shown_code().map(|shown| shown.code.grouped());
        let code = code.unwrap_or_default();
        for (width, height) in [(40, 12), (80, 24), (240, 67)] {
            let text = text_of(&drawn(&model, width, height));
            for line in text.lines() {
                let mut line = line.replace(&code, "");
                for version in &versions {
                    line = line.replace(version, "");
                }
                let strange = latin_words(&line).find(|word| !is_data(word));
                assert_eq!(strange, None, "{line} in {name}");
            }
        }
    }
}
