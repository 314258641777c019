//! The board, and what is done to the student who is chosen there.

use super::*;
use crate::domain::{AttendanceStatus, StudentHistory, UnitCode};
use crate::tui::staff::MergePage;
use crate::tui::testing::{drawn, merged, text_of};

#[test]
fn text_pasted_into_the_search_is_searched_for() {
    let mut model = live_board();
    press(&mut model, "/");
    update(&mut model, Msg::Paste("brian".to_owned()));
    assert_eq!(listed(&model), ["002"]);
}

fn listed(model: &Model) -> Vec<String> {
    let lines = board(model).lines_from(0);
    lines
        .map(|line| line.admission_number.as_str()[9..].to_owned())
        .collect()
}

#[test]
fn the_board_is_read_again_when_somebody_arrives() {
    let mut model = live_board();
    assert_eq!(repainted(&mut model), Some(read_roster()));
    assert_eq!(repainted(&mut model), None);
    assert_eq!(show_roster(&mut model), Some(read_roster()));
    break_off(&mut model, RequestKind::Refresh);
    assert_eq!(repainted(&mut model), Some(read_roster()));
}

#[test]
fn the_board_is_filtered_and_sorted() {
    let mut model = live_board();
    assert_eq!(listed(&model), ["001", "002", "003", "004", "005"]);
    for wanted in [
        vec!["004", "005"],
        vec!["002"],
        vec!["003"],
        vec!["002", "003"],
        vec!["005"],
        vec![],
        vec!["001", "002", "003", "004", "005"],
    ] {
        press(&mut model, "f");
        assert_eq!(listed(&model), wanted);
    }
    for wanted in [
        ["001", "002", "004", "005", "003"],
        ["002", "001", "003", "004", "005"],
        ["005", "002", "003", "004", "001"],
        ["003", "004", "005", "002", "001"],
        ["001", "002", "003", "004", "005"],
    ] {
        press(&mut model, "s");
        assert_eq!(listed(&model), wanted);
    }
}

/// The board of a class with guests.
fn board_with_guests() -> Model {
    let mut model = live_board();
    let roster = Arc::new(roster_with_guests());
    reply(&mut model, StaffAnswer::Roster(session().id, Ok(roster)));
    model
}

#[test]
fn guests_stand_at_the_end_in_every_order_and_have_a_filter() {
    let mut model = board_with_guests();
    for _ in 0..5 {
        let listed = listed(&model);
        assert_eq!(listed.len(), 7);
        let mut guests = listed[5..].to_vec();
        guests.sort();
        assert_eq!(guests, ["007", "008"], "{listed:?}");
        assert_eq!(board(&model).first_guest(), Some(5));
        press(&mut model, "s");
    }
    press(&mut model, "ffffff");
    assert_eq!(listed(&model), ["007", "008"]);
    press(&mut model, "f");
    assert_eq!(listed(&model).len(), 7, "everybody again");
}

#[test]
fn the_exam_list_of_the_unit_is_a_key_of_the_board() {
    let mut model = live_board();
    let semester = session().semester;
    let read = asked(StaffRequest::ReadExam(session().unit_code, Some(semester)));
    assert_eq!(press(&mut model, "t"), [read]);
    assert!(is_on::<ExamPage>(&model));
    assert_eq!(stroke(&mut model, Stroke::Escape), Some(read_roster()));
    assert!(is_on::<LiveBoardPage>(&model));
}

#[test]
fn the_search_narrows_with_every_letter_and_escape_widens_again() {
    let mut model = live_board();
    press(&mut model, "/b");
    assert_eq!(listed(&model), ["002", "004"]);
    press(&mut model, "r");
    assert_eq!(listed(&model), ["002"]);
    press(&mut model, "\n");
    assert_eq!(board(&model).search.text(), "br");
    press(&mut model, "f");
    assert_eq!(listed(&model), Vec::<String>::new());
    stroke(&mut model, Stroke::Escape);
    assert_eq!(listed(&model).len(), 5);
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<Menu>(&model));
}

#[test]
fn the_choice_stays_with_the_student_when_rows_move() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Down);
    assert_eq!(board(&model).chosen_row(), Some(1));
    press(&mut model, "sss");
    let chosen = board(&model).student().unwrap();
    assert!(chosen.admission_number.as_str().ends_with("002"));
    stroke(&mut model, Stroke::End);
    assert_eq!(board(&model).chosen_row(), Some(4));
    stroke(&mut model, Stroke::PageUp);
    assert_eq!(board(&model).chosen_row(), Some(0));
}

/// The roster after somebody checked in at another door.
fn arrived(model: &mut Model, tail: &str) {
    let mut roster = Arc::unwrap_or_clone(board(model).roster.clone().unwrap());
    let mut lines = roster.lines.iter_mut();
    let line = lines.find(|line| line.admission_number.as_str().ends_with(tail));
    line.unwrap().status = AttendanceStatus::Present;
    reply(
        model,
        StaffAnswer::Roster(session().id, Ok(Arc::new(roster))),
    );
}

#[test]
fn a_key_is_about_the_student_who_was_chosen_though_they_leave_the_list() {
    for (key, tail) in [(Stroke::Home, "004"), (Stroke::End, "005")] {
        let mut model = live_board();
        press(&mut model, "f");
        assert_eq!(listed(&model), ["004", "005"], "the absent");
        stroke(&mut model, key);
        arrived(&mut model, tail);
        assert_eq!(listed(&model), ["004", "005"], "nobody moves under a hand");
        let wanted = correction(tail, Correction::Mark(HandMark::Present), None);
        assert_eq!(press(&mut model, "m"), [wanted]);
        reply(&mut model, StaffAnswer::Noted(Ok("Done.".to_owned())));
        // The next student is chosen, and the one who came is no longer listed.
        let (elsewhere, other) = match key {
            Stroke::Home => (Stroke::Down, "005"),
            _ => (Stroke::Up, "004"),
        };
        stroke(&mut model, elsewhere);
        assert_eq!(listed(&model), [other]);
        assert_eq!(board(&model).chosen_row(), Some(0));
    }
}

#[test]
fn the_first_of_a_list_is_chosen_though_nobody_moved() {
    let mut model = live_board();
    press(&mut model, "f");
    arrived(&mut model, "004");
    let wanted = correction("004", Correction::Mark(HandMark::Present), None);
    assert_eq!(press(&mut model, "m"), [wanted]);
}

#[test]
fn who_is_looked_at_stays_whatever_is_listed_behind() {
    let mut model = live_board();
    press(&mut model, "f");
    stroke(&mut model, Stroke::Enter);
    arrived(&mut model, "004");
    for _ in 0..6 {
        press(&mut model, "f");
        let student = board(&model).student().unwrap();
        assert!(student.admission_number.as_str().ends_with("004"));
    }
}

#[test]
fn every_correction_is_a_key_on_the_chosen_student() {
    for (key, wanted) in [
        ("m", Correction::Mark(HandMark::Present)),
        ("l", Correction::Mark(HandMark::Late { minutes: None })),
        ("u", Correction::Unmark),
        ("a", Correction::Approve),
        ("n", Correction::AcceptName),
        ("k", Correction::KeepName),
        ("L", Correction::Mark(HandMark::Late { minutes: None })),
    ] {
        let mut model = live_board();
        stroke(&mut model, Stroke::Down);
        assert_eq!(press(&mut model, key), [correction("002", wanted, None)]);
        assert_eq!(press(&mut model, key), [], "one at a time");
        reply(&mut model, StaffAnswer::Noted(Ok("Done.".to_owned())));
        assert_eq!(note(&model), Some("Done."));
    }
}

#[test]
fn a_reason_is_asked_for_when_one_is_needed() {
    let mut model = live_board();
    let order = order("001", Correction::Unmark, None);
    assert_eq!(press(&mut model, "u").len(), 1);
    reply(&mut model, StaffAnswer::ReasonNeeded(Box::new(order)));
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(QuestionText::ReasonEmpty)));
    let wanted = correction("001", Correction::Unmark, Some("left, mu?"));
    assert_eq!(press(&mut model, "left, mu?\n"), [wanted]);
}

#[test]
fn a_number_is_merged_into_whose_it_is_and_a_correction_taken_back() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "g\n"), []);
    assert!(is_on::<MergePage>(&model));
    let (order, mut effect) = merged();
    effect.kiosks = vec!["hall-2".to_owned()];
    let previewed = asked(StaffRequest::PreviewNumber(Box::new(order.clone())));
    // Each key asks what the number as typed would change.
    assert_eq!(press(&mut model, "adm/2023/005").last(), Some(&previewed));
    let answer = StaffAnswer::NumberEffect(Box::new(order.clone()), Ok(Box::new(effect)));
    reply(&mut model, answer);
    let screen = text_of(&drawn(&model, 80, 24));
    for line in [
        "Board / ADM/2023/003 / merge",
        "Amina Njeri",
        "CS101: 4 of 6 lectures becomes 6 of 7.",
        "is on no list any more.",
        "! Other kiosks have records of it: hall-2.",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    let wanted = asked(StaffRequest::ChangeNumber(Box::new(order)));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    let number = AdmissionNumber::parse("adm/2023/005").unwrap();
    reply(
        &mut model,
        StaffAnswer::NumberIs(number.clone(), "Done.".to_owned()),
    );
    assert!(!is_on::<MergePage>(&model));
    let next = |came| StaffAnswer::UndoNext(session().id, number.clone(), Ok(came));
    let read = asked(StaffRequest::ReadUndo(session().id, number.clone()));
    assert_eq!(press(&mut model, "z"), std::slice::from_ref(&read));
    let came = AdmissionNumber::parse("adm/2023/O41").unwrap();
    reply(&mut model, next(Some(came.clone())));
    let screen = text_of(&drawn(&model, 80, 24));
    let asks = "Is ADM/2023/O41 a student of its own?";
    assert!(screen.contains(asks), "{screen}");
    let undo = asked(StaffRequest::UndoNumber(came));
    assert_eq!(press(&mut model, "\n"), [undo]);
    reply(&mut model, StaffAnswer::Noted(Ok("Its own.".to_owned())));
    assert_eq!(press(&mut model, "z"), [read]);
    reply(&mut model, next(None));
    let reason = "wrong one".to_owned();
    let undo = asked(StaffRequest::Undo(session().id, number.clone(), reason));
    assert_eq!(press(&mut model, "wrong one\n"), [undo]);
}

#[test]
fn a_student_who_leaves_the_list_leaves_no_empty_page() {
    let mut model = live_board();
    press(&mut model, "\n");
    let mut roster = roster();
    roster.lines.remove(0);
    reply(
        &mut model,
        StaffAnswer::Roster(session().id, Ok(Arc::new(roster))),
    );
    let screen = text_of(&drawn(&model, 80, 24));
    assert!(screen.contains("ADM/2023/002"), "{screen}");
    let read = |number| {
        let number = AdmissionNumber::parse(number).unwrap();
        asked(StaffRequest::ReadUndo(session().id, number))
    };
    assert_eq!(press(&mut model, "z"), [read("ADM/2023/002")]);
}

#[test]
fn a_merge_waits_for_its_effect() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    press(&mut model, "gadm/2023/005");
    assert_eq!(press(&mut model, "\n"), [], "its effect is not there yet");
    let (order, effect) = merged();
    let answer = StaffAnswer::NumberEffect(Box::new(order.clone()), Ok(Box::new(effect)));
    let wanted = asked(StaffRequest::ChangeNumber(Box::new(order)));
    assert_eq!(reply(&mut model, answer), Some(wanted));
}

#[test]
fn a_number_that_is_on_no_list_is_added_by_name_and_for_a_reason_only_where_the_service_wants_one()
{
    let mut model = live_board();
    press(&mut model, "+");
    assert_eq!(press(&mut model, "\n"), [], "no number, no mark");
    let order = CorrectionOrder {
        session: session().id,
        admission_number: AdmissionNumber::parse("ADM/2023/777").unwrap(),
        correction: Correction::Mark(HandMark::Present),
        name: None,
        reason: None,
    };
    let corrected = |order: &CorrectionOrder| asked(StaffRequest::Correct(Box::new(order.clone())));
    assert_eq!(press(&mut model, "adm/2023/777\n"), [corrected(&order)]);
    reply(&mut model, StaffAnswer::NameNeeded(Box::new(order.clone())));
    let named = CorrectionOrder {
        name: PersonName::parse("Zawadi Cheptoo").ok(),
        ..order
    };
    assert_eq!(press(&mut model, "Zawadi Cheptoo\n"), [corrected(&named)]);
    // Meanwhile the mark was removed at another door.
    reply(
        &mut model,
        StaffAnswer::ReasonNeeded(Box::new(named.clone())),
    );
    assert_eq!(press(&mut model, "\n"), []);
    let whole = CorrectionOrder {
        reason: Reason::parse("transferred").unwrap(),
        ..named
    };
    assert_eq!(press(&mut model, "transferred\n"), [corrected(&whole)]);
    reply(&mut model, StaffAnswer::Noted(Ok("Present.".to_owned())));
    assert_eq!(note(&model), Some("Present."));
    assert!(is_on::<LiveBoardPage>(&model));
}

#[test]
fn why_the_numbers_are_so_is_a_key_from_the_student_and_scrolls() {
    let mut model = live_board();
    press(&mut model, "\nw");
    assert_eq!(board(&model).view, BoardView::Why);
    let history = Arc::new(long_history());
    reply(&mut model, StaffAnswer::History(Ok(history)));
    stroke(&mut model, Stroke::Down);
    assert_eq!(board(&model).scrolled, 1);
    stroke(&mut model, Stroke::End);
    stroke(&mut model, Stroke::Down);
    assert_eq!(board(&model).scrolled, 29);
    stroke(&mut model, Stroke::Escape);
    assert_eq!(board(&model).view, BoardView::Student);
    stroke(&mut model, Stroke::Escape);
    assert_eq!(board(&model).view, BoardView::Table);
}

#[test]
fn a_students_history_is_read_once_and_again_when_something_changed() {
    let mut model = live_board();
    let wanted = |tail: &str| {
        asked(StaffRequest::ReadHistory(
            session().unit_code,
            session().semester,
            AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap(),
        ))
    };
    assert_eq!(press(&mut model, "\n"), [wanted("001")]);
    assert_eq!(press(&mut model, "\n"), []);
    reply(&mut model, StaffAnswer::History(Err("No disk.".to_owned())));
    assert_eq!(press(&mut model, "\n"), [wanted("001")], "tried again");
    assert_eq!(stroke(&mut model, Stroke::Down), Some(wanted("002")));
    assert_eq!(show_roster(&mut model), None, "nothing is different");
    let mut corrected = roster();
    corrected.lines[1].status = AttendanceStatus::Absent;
    let roster = StaffAnswer::Roster(session().id, Ok(Arc::new(corrected)));
    assert_eq!(reply(&mut model, roster), Some(wanted("002")));
}

#[test]
fn a_history_whose_answer_came_to_another_page_is_read_again() {
    let mut model = live_board();
    let wanted = press(&mut model, "\n").pop();
    assert!(matches!(wanted, Some(Effect::Request(..))));
    press(&mut model, "x");
    reply(&mut model, StaffAnswer::History(Ok(Arc::new(history()))));
    assert_eq!(stroke(&mut model, Stroke::Escape), Some(read_roster()));
    assert_eq!(show_roster(&mut model), wanted);
}

#[test]
fn a_history_of_another_unit_is_not_shown() {
    let mut model = live_board();
    press(&mut model, "\n");
    let elsewhere = StudentHistory {
        unit: UnitCode::parse("MA110").unwrap(),
        ..history()
    };
    reply(&mut model, StaffAnswer::History(Ok(Arc::new(elsewhere))));
    assert_eq!(board(&model).shown_history(), None);
    reply(&mut model, StaffAnswer::History(Ok(Arc::new(history()))));
    assert!(board(&model).shown_history().is_some());
}

#[test]
fn the_projector_outlasts_the_sign_in_but_shows_nobody_the_names() {
    let mut model = live_board();
    press(&mut model, "p");
    assert_eq!(board(&model).view, BoardView::Projector);
    wait(&mut model, 120);
    assert!(model.staff.is_none() && model.for_projector);
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none() && !model.for_projector);
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}
