//! The exam list, and what staff decide there.

use super::*;
use crate::services::LectureSettled;
use crate::tui::request::{EnrolmentChange, StudentPlace};

fn read_exam() -> Effect {
    asked(StaffRequest::ReadExam(session().unit_code, None))
}

/// The exam list of a unit.
fn exam() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Lists);
    let units = vec![unit("CS101", "Programming")];
    reply(&mut model, StaffAnswer::Units(Purpose::Lists, Ok(units)));
    assert_eq!(press(&mut model, "\n"), [read_exam()]);
    show(&mut model, exam_record());
    model
}

fn show(model: &mut Model, record: crate::services::UnitRecord) {
    let record = Ok(Arc::new(record));
    reply(model, StaffAnswer::Exam(session().unit_code, record));
}

fn chosen(model: &Model) -> String {
    page::<ExamPage>(model)
        .unwrap()
        .chosen()
        .unwrap_or_default()
}

fn lecture(id: u128) -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(id))
}

fn go_to(model: &mut Model, row: usize) {
    stroke(model, Stroke::Home);
    for _ in 0..row {
        stroke(model, Stroke::Down);
    }
}

#[test]
fn what_is_to_be_decided_comes_first_and_then_the_students_by_decision() {
    let mut model = exam();
    let mut all = Vec::new();
    for row in 0..8 {
        go_to(&mut model, row);
        all.push(chosen(&model));
    }
    let tails: Vec<&str> = all.iter().map(|text| &text[text.len() - 3..]).collect();
    assert!(
        all[0].starts_with("2026-11-01") && all[1].starts_with("2026-11-08"),
        "{all:?}"
    );
    // Nothing is to be decided of the lecture of which other kiosks have not told.
    assert_eq!(tails[2..], ["001", "002", "003", "004", "005", "006"]);
    stroke(&mut model, Stroke::End);
    assert_eq!(chosen(&model), "ADM/2023/006");
}

#[test]
fn a_lecture_was_held_or_was_not_once_that_is_confirmed() {
    for (key, settled) in [
        ("h", LectureSettled::Held),
        ("H", LectureSettled::Held),
        ("n", LectureSettled::NotHeld),
        ("N", LectureSettled::NotHeld),
    ] {
        let mut model = exam();
        assert_eq!(press(&mut model, key), [], "it asks first");
        let wanted = asked(StaffRequest::SettleLecture(lecture(2), settled));
        assert_eq!(press(&mut model, "\n"), [wanted]);
        let read = reply(&mut model, StaffAnswer::Noted(Ok("Settled.".to_owned())));
        assert_eq!(read, Some(read_exam()), "the decisions are others now");
        let mut model = exam();
        press(&mut model, key);
        stroke(&mut model, Stroke::Escape);
        assert_eq!(press(&mut model, "\n"), []);
    }
}

#[test]
fn a_lecture_that_was_never_opened_can_only_have_been_not_held() {
    let mut model = exam();
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "h\n"), []);
    let keys = crate::tui::testing::text_of(&crate::tui::testing::drawn(&model, 80, 24));
    assert!(!keys.contains("it was held"), "{keys}");
    let refusal = crate::domain::SessionRefusal::NeverOpened(lecture(3));
    assert_eq!(note(&model), None, "the next key took it away");
    press(&mut model, "h");
    let sentence = usual_screen().site.voice.say(&refusal);
    assert_eq!(note(&model), Some(&*sentence));
    let wanted = asked(StaffRequest::SettleLecture(
        lecture(3),
        LectureSettled::NotHeld,
    ));
    assert_eq!(press(&mut model, "n\n"), [wanted]);
}

#[test]
fn the_keys_of_a_lecture_do_nothing_to_a_student_and_the_other_way_round() {
    let mut model = exam();
    assert_eq!(press(&mut model, "io\n"), []);
    go_to(&mut model, 2);
    assert_eq!(press(&mut model, "hn\n"), []);
    assert!(model.staff.as_ref().unwrap().question().is_none());
}

#[test]
fn a_student_of_the_exam_list_is_enrolled_and_withdrawn() {
    let mut model = exam();
    go_to(&mut model, 2);
    let place = StudentPlace {
        unit: session().unit_code,
        semester: session().semester,
        number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
    };
    let read = asked(StaffRequest::ReadEnrolment(place));
    assert_eq!(press(&mut model, "i"), [read]);
    reply(&mut model, StaffAnswer::Enrolment(Ok(Arc::new(history()))));
    let asks = press(&mut model, "\n");
    assert!(
        matches!(&asks[..], [Effect::Request(_, _, StaffRequest::ChangeEnrolment(order))]
            if matches!(order.change, EnrolmentChange::Enrol(_))),
        "{asks:?}"
    );
    reply(&mut model, StaffAnswer::Noted(Ok("Enrolled.".to_owned())));
    let asks = press(&mut model, "o\n");
    assert!(
        matches!(&asks[..], [Effect::Request(_, _, StaffRequest::ChangeEnrolment(order))]
            if matches!(order.change, EnrolmentChange::Withdraw(_))),
        "{asks:?}"
    );
}

#[test]
fn the_choice_stays_with_the_student_when_a_lecture_is_settled() {
    let mut model = exam();
    go_to(&mut model, 4);
    assert_eq!(chosen(&model), "ADM/2023/003");
    let mut record = exam_record();
    for student in &mut record.students {
        student.lines[1].reason = crate::domain::CountReason::NotHeld;
    }
    show(&mut model, record.clone());
    assert_eq!(chosen(&model), "ADM/2023/003");
    record.students.remove(2);
    show(&mut model, record);
    assert!(chosen(&model).starts_with("2026-11-08"), "the first again");
}

#[test]
fn the_list_of_another_unit_is_not_shown() {
    let mut model = exam();
    let mut other = exam_record();
    other.students.clear();
    let elsewhere = crate::domain::UnitCode::parse("MA110").unwrap();
    reply(
        &mut model,
        StaffAnswer::Exam(elsewhere, Ok(Arc::new(other))),
    );
    stroke(&mut model, Stroke::End);
    assert_eq!(chosen(&model), "ADM/2023/006");
}

#[test]
fn strangers_whose_marks_were_removed_are_not_listed() {
    let mut model = exam();
    let mut record = exam_record();
    let stranger = record.students.iter_mut().find(|it| it.standing.is_none());
    for line in &mut stranger.unwrap().lines {
        line.status = None;
    }
    show(&mut model, record);
    stroke(&mut model, Stroke::End);
    assert_eq!(chosen(&model), "ADM/2023/005");
}
