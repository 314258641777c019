//! Excusing the student who is chosen on the board, and taking that back.

use super::*;
use crate::domain::{ExcuseCategory, Excused};
use crate::services::{ExcuseOrder, GivenExcuse};
use crate::tui::msg::StaffReply;

fn number(tail: &str) -> AdmissionNumber {
    AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap()
}

fn day(day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

/// The board, once the excuses of the second student are read.
fn excusing(given: Vec<GivenExcuse>) -> Model {
    let mut model = live_board();
    stroke(&mut model, Stroke::Down);
    let read = asked(StaffRequest::ReadExcuses(
        session().unit_code,
        number("002"),
    ));
    assert_eq!(press(&mut model, "E"), [read]);
    assert_eq!(press(&mut model, "m"), [], "keys wait");
    reply(&mut model, StaffAnswer::Excuses(number("002"), Ok(given)));
    model
}

fn excused(covers: Excused, category: ExcuseCategory) -> Effect {
    let of_unit = matches!(covers, Excused::Days(..)).then(|| session().unit_code);
    asked(StaffRequest::Excuse(Box::new(ExcuseOrder {
        student: number("002"),
        unit: of_unit,
        covers,
        category,
    })))
}

#[test]
fn a_digit_says_why_and_enter_excuses_from_this_lecture() {
    let this = Excused::Lecture(session().id);
    for (digit, category) in [
        ("", ExcuseCategory::Medical),
        ("1", ExcuseCategory::Medical),
        ("2", ExcuseCategory::Official),
        ("3", ExcuseCategory::Family),
        ("4", ExcuseCategory::Religious),
        ("5", ExcuseCategory::Other),
        ("56", ExcuseCategory::Other),
        ("50", ExcuseCategory::Other),
    ] {
        let mut model = excusing(Vec::new());
        assert!(is_on::<ExcuseForm>(&model));
        assert_eq!(press(&mut model, digit), []);
        assert_eq!(
            press(&mut model, "\n"),
            [excused(this, category)],
            "{digit}"
        );
        assert_eq!(press(&mut model, "\n"), [], "once");
    }
}

#[test]
fn the_arrows_choose_why_too() {
    let mut model = excusing(Vec::new());
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Up);
    let wanted = excused(Excused::Lecture(session().id), ExcuseCategory::Official);
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

#[test]
fn a_last_day_excuses_from_all_lectures_of_the_unit_until_then() {
    let mut model = excusing(Vec::new());
    press(&mut model, "2");
    stroke(&mut model, Stroke::Tab);
    update(&mut model, Msg::Paste("2026-11-26".to_owned()));
    let days = Excused::Days(day(22), day(26));
    assert_eq!(
        press(&mut model, "\n"),
        [excused(days, ExcuseCategory::Official)]
    );
}

#[test]
fn a_day_that_is_none_or_before_the_lecture_excuses_nobody() {
    for (typed, sentence) in [
        ("26-11-26", said(QuestionText::DateInvalid)),
        ("tomorrow", said(QuestionText::DateInvalid)),
        ("2026-11-21", said(StaffScreen::ExcuseTooEarly)),
    ] {
        let mut model = excusing(Vec::new());
        stroke(&mut model, Stroke::Tab);
        assert_eq!(press(&mut model, &format!("{typed}\n")), [], "{typed}");
        assert_eq!(note(&model), Some(&*sentence));
        assert!(is_on::<ExcuseForm>(&model));
    }
}

#[test]
fn after_the_excuse_the_board_is_read_again_and_says_so() {
    let mut model = excusing(Vec::new());
    press(&mut model, "\n");
    let read = reply(&mut model, StaffAnswer::Finished(Ok("Excused.".to_owned())));
    assert_eq!(read, Some(read_roster()));
    assert!(is_on::<LiveBoardPage>(&model));
    assert_eq!(note(&model), Some("Excused."));

    let mut model = excusing(Vec::new());
    press(&mut model, "\n");
    let read = reply(
        &mut model,
        StaffAnswer::Finished(Err("No disk.".to_owned())),
    );
    assert_eq!(read, None);
    assert!(is_on::<ExcuseForm>(&model), "to try again");
    assert_eq!(note(&model), Some("No disk."));
    assert_eq!(stroke(&mut model, Stroke::Escape), Some(read_roster()));
    assert!(is_on::<LiveBoardPage>(&model));
}

#[test]
fn the_excuse_that_there_is_is_taken_back_once_that_is_confirmed() {
    let this = excuse(Excused::Lecture(session().id));
    let mut days = excuse(Excused::Days(day(20), day(22)));
    days.id = crate::domain::ExcuseId::from_uuid(Uuid::from_u128(10));
    for (given, wanted) in [
        (vec![days.clone(), this.clone()], &this),
        (vec![days.clone()], &days),
    ] {
        let mut model = excusing(given);
        assert!(is_on::<LiveBoardPage>(&model));
        assert_eq!(press(&mut model, "x"), [], "the question has the keys");
        let wanted = asked(StaffRequest::TakeBackExcuse(wanted.id, number("002")));
        assert_eq!(press(&mut model, "\n"), [wanted]);
    }
    let mut model = excusing(vec![this]);
    assert_eq!(stroke(&mut model, Stroke::Escape), None);
    let asks = press(&mut model, "\n");
    let is_read = matches!(
        &asks[..],
        [Effect::Request(_, _, StaffRequest::ReadHistory(..))]
    );
    assert!(is_read, "nothing is taken back: {asks:?}");
    assert_eq!(board(&model).view, BoardView::Student);
}

#[test]
fn what_came_of_an_excuse_is_not_said_on_the_students_screen() {
    for kind in [RequestKind::Change, RequestKind::Session] {
        let mut model = excusing(Vec::new());
        press(&mut model, "\n");
        stroke(&mut model, Stroke::Staff);
        assert!(model.staff.is_none());
        let answer = StaffAnswer::Noted(Ok("ADM/2023/002 is excused: sick.".to_owned()));
        let Msg::Reply(reply) = reply_of(&model, answer) else {
            panic!("an answer");
        };
        update(&mut model, Msg::Reply(StaffReply { kind, ..reply }));
        let is_said = model.hint.is_some();
        assert_eq!(is_said, kind == RequestKind::Session, "{kind:?}");
    }
}

#[test]
fn an_excuse_for_other_days_or_another_lecture_is_not_taken_back() {
    let elsewhere = SessionId::from_uuid(Uuid::from_u128(77));
    let model = excusing(vec![
        excuse(Excused::Days(day(19), day(21))),
        excuse(Excused::Lecture(elsewhere)),
    ]);
    assert!(is_on::<ExcuseForm>(&model));
}

#[test]
fn what_cannot_be_read_is_said_and_a_small_e_still_extends() {
    let mut model = live_board();
    press(&mut model, "E");
    let problem = StaffAnswer::Excuses(number("001"), Err("No disk.".to_owned()));
    reply(&mut model, problem);
    assert_eq!(note(&model), Some("No disk."));
    let quarter = Duration::from_mins(15);
    let wanted = asked(StaffRequest::ExtendSession(session().id, quarter));
    assert_eq!(press(&mut model, "e\n"), [wanted]);
}
