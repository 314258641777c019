//! Enrolling and withdrawing the student who is chosen on the board or the exam list.

use super::*;
use crate::domain::{Enrolment, EnrolmentSource, Group, Interval, Mark, StudentHistory};
use crate::tui::request::{EnrolmentChange, EnrolmentOrder, StudentPlace};

fn day(month: u32, day: u32) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::from_ymd_opt(2026, month, day)
}

fn place(tail: &str) -> StudentPlace {
    StudentPlace {
        unit: session().unit_code,
        semester: session().semester,
        number: AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap(),
    }
}

fn changed(tail: &str, change: EnrolmentChange) -> Effect {
    let place = place(tail);
    asked(StaffRequest::ChangeEnrolment(Box::new(EnrolmentOrder {
        place,
        change,
    })))
}

fn by_staff(from: Option<chrono::NaiveDate>) -> Interval {
    Interval::from(from, EnrolmentSource::Staff)
}

/// What enrolling the first student asks for, with the day that is offered.
fn offered(history: StudentHistory) -> Interval {
    let mut model = live_board();
    assert_eq!(
        press(&mut model, "i"),
        [asked(StaffRequest::ReadEnrolment(place("001")))]
    );
    reply(&mut model, StaffAnswer::Enrolment(Ok(Arc::new(history))));
    match &press(&mut model, "\n")[..] {
        [Effect::Request(_, _, StaffRequest::ChangeEnrolment(order))] => {
            assert_eq!(order.place, place("001"));
            match &order.change {
                EnrolmentChange::Enrol(interval) => interval.clone(),
                EnrolmentChange::Withdraw(_) => panic!("{order:?}"),
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_enrolled_from_the_first_lecture_to_which_they_came() {
    let mut stranger = history();
    stranger.enrolment = Enrolment::default();
    // Of three lectures the mark of the second was removed, and they came to the third.
    assert_eq!(offered(stranger.clone()), by_staff(day(11, 22)));
    stranger.lectures[1].record.as_mut().unwrap().mark = Mark::Late;
    assert_eq!(offered(stranger.clone()), by_staff(day(11, 15)));
    stranger.lectures[1].lecture.state = crate::domain::LectureStage::Cancelled;
    assert_eq!(offered(stranger.clone()), by_staff(day(11, 22)));
    stranger.lectures.clear();
    assert_eq!(offered(stranger), by_staff(day(11, 22)), "today");
}

#[test]
fn an_enrolment_is_offered_as_it_is_and_one_that_has_ended_begins_today() {
    let group = Group::parse("A").ok();
    let with = |until, withdrawn| {
        let interval = Interval {
            until,
            withdrawn,
            group: group.clone(),
            ..Interval::from(day(9, 1), EnrolmentSource::Roster)
        };
        let enrolment = Enrolment::of(vec![interval]);
        offered(StudentHistory {
            enrolment,
            ..history()
        })
    };
    let expected = |from, until| Interval {
        until,
        group: group.clone(),
        ..by_staff(from)
    };
    assert_eq!(with(None, false), expected(day(9, 1), None));
    assert_eq!(with(day(12, 1), false), expected(day(9, 1), day(12, 1)));
    let again = "a withdrawal of today is undone";
    assert_eq!(
        with(day(11, 22), true),
        expected(day(9, 1), None),
        "{again}"
    );
    assert_eq!(with(day(11, 21), true), expected(day(11, 22), None));
}

#[test]
fn another_day_is_typed_and_none_is_the_beginning_of_the_semester() {
    for (typed, from) in [("2026-10-05", day(10, 5)), ("", None)] {
        let mut model = live_board();
        press(&mut model, "I");
        reply(&mut model, StaffAnswer::Enrolment(Ok(Arc::new(history()))));
        for _ in 0..10 {
            stroke(&mut model, Stroke::Backspace);
        }
        let wanted = changed("001", EnrolmentChange::Enrol(by_staff(from)));
        assert_eq!(press(&mut model, &format!("{typed}\n")), [wanted]);
    }
    let mut model = live_board();
    press(&mut model, "i");
    reply(&mut model, StaffAnswer::Enrolment(Ok(Arc::new(history()))));
    assert_eq!(press(&mut model, "x\n"), []);
    assert_eq!(note(&model), Some(&*said(QuestionText::DateInvalid)));
}

#[test]
fn a_student_is_withdrawn_with_today_or_another_last_day_once_that_is_confirmed() {
    for key in ["o", "O"] {
        let mut model = live_board();
        assert_eq!(press(&mut model, key), [], "it asks first");
        let wanted = changed("001", EnrolmentChange::Withdraw(day(11, 22).unwrap()));
        assert_eq!(press(&mut model, "\n"), [wanted]);
    }
    let mut model = live_board();
    press(&mut model, "o");
    for _ in 0..10 {
        stroke(&mut model, Stroke::Backspace);
    }
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(QuestionText::DateInvalid)));
    let wanted = changed("001", EnrolmentChange::Withdraw(day(11, 2).unwrap()));
    assert_eq!(press(&mut model, "2026-11-02\n"), [wanted]);
    let mut model = live_board();
    press(&mut model, "o");
    stroke(&mut model, Stroke::Escape);
    assert_eq!(press(&mut model, "\n").len(), 1, "the student opens");
    assert_eq!(board(&model).view, BoardView::Student);
}

#[test]
fn a_stranger_cannot_be_withdrawn() {
    let mut model = live_board();
    let roster = Arc::new(roster_with_guests());
    reply(&mut model, StaffAnswer::Roster(session().id, Ok(roster)));
    stroke(&mut model, Stroke::End);
    assert_eq!(press(&mut model, "o"), []);
    let number = "ADM/2022/008".to_owned();
    let sentence = said(StaffScreen::NotEnrolled { number });
    assert_eq!(note(&model), Some(&*sentence));
}

#[test]
fn an_enrolment_that_cannot_be_read_is_said() {
    let mut model = live_board();
    press(&mut model, "i");
    reply(
        &mut model,
        StaffAnswer::Enrolment(Err("No disk.".to_owned())),
    );
    assert_eq!(note(&model), Some("No disk."));
}
