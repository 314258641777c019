//! What is to be held today.

use super::*;
use crate::tui::testing::{drawn, text_of};
use crate::words::KeyUse;

/// Today's page with lectures on it, the second of which is held here and not open yet.
fn timetable() -> Model {
    let mut model = usual_screen();
    repaint(&mut model, |snapshot| snapshot.shown = None);
    sign_in(&mut model);
    let read = asked(StaffRequest::ListLectures);
    assert_eq!(choose(&mut model, MenuChoice::Today), [read]);
    reply(&mut model, StaffAnswer::Lectures(Ok(lectures())));
    model
}

#[test]
fn the_next_lecture_of_this_room_is_open_two_keys_after_the_pin() {
    let mut model = timetable();
    let wanted = asked(StaffRequest::OpenLecture(2));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(press(&mut model, "\n"), [], "once");
    reply(
        &mut model,
        StaffAnswer::Done(Ok("CS101 is open.".to_owned())),
    );
    assert!(model.staff.is_none());
}

#[test]
fn a_planned_lecture_that_is_over_says_so_and_is_not_opened() {
    let mut model = timetable();
    model.now = model.now + std::time::Duration::from_secs(12 * 3600);
    let screen = text_of(&drawn(&model, 80, 24));
    assert!(screen.contains("? never opened"), "{screen}");
    assert!(screen.contains("kiosk session enter"), "{screen}");
    assert!(!screen.contains(&said(KeyUse::OpenNow)), "{screen}");
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(StaffScreen::TodayNeverOpened)));
}

#[test]
fn a_lecture_that_was_opened_leads_to_its_board() {
    let mut model = timetable();
    let says = |model: &Model, use_of_enter| {
        let screen = text_of(&drawn(model, 120, 40));
        for key_use in [KeyUse::OpenNow, KeyUse::Board] {
            let key = format!("Enter {}", said(key_use));
            assert_eq!(
                screen.contains(&key),
                Some(key_use) == use_of_enter,
                "{screen}"
            );
        }
    };
    says(&model, Some(KeyUse::OpenNow));
    let screen = text_of(&drawn(&model, 80, 24));
    let below = "Opens by itself at 10:50. Enter opens it now, in this room.";
    assert!(screen.contains(below), "{screen}");
    stroke(&mut model, Stroke::End);
    says(&model, None);
    stroke(&mut model, Stroke::Home);
    says(&model, Some(KeyUse::Board));
    assert_eq!(press(&mut model, "\n"), [read_roster()]);
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<TodayPage>(&model));
}

#[test]
fn a_lecture_is_cancelled_before_its_time_and_closed_once_it_is_open() {
    let mut model = timetable();
    let wanted = asked(StaffRequest::CancelLecture(2, "ill".to_owned()));
    assert_eq!(press(&mut model, "cill\n"), [wanted]);
    reply(&mut model, StaffAnswer::Noted(Ok("Cancelled.".to_owned())));
    stroke(&mut model, Stroke::Home);
    let wanted = asked(StaffRequest::CloseListed(session().id));
    assert_eq!(press(&mut model, "c\n"), [wanted], "not on the screen");
    reply(&mut model, StaffAnswer::Noted(Ok("Closed.".to_owned())));
    assert!(is_on::<TodayPage>(&model));
    stroke(&mut model, Stroke::End);
    assert_eq!(press(&mut model, "c"), []);
    assert_eq!(note(&model), Some(&*said(StaffScreen::CancelledAlready)));
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(StaffScreen::LectureCancelled)));
    let cancelled = lectures().pop().unwrap().lecture;
    let wanted = StaffRequest::ReopenSession(cancelled, "well again".to_owned());
    assert_eq!(press(&mut model, "rwell again\n"), [asked(wanted)]);
}

#[test]
fn a_planned_lecture_over_an_open_one_is_asked_for_twice() {
    let mut model = timetable();
    repaint(&mut model, |snapshot| {
        snapshot.shown = usual_screen().snapshot.shown.clone();
    });
    assert_eq!(press(&mut model, "\n"), []);
    assert!(note(&model).is_some_and(|note| note.contains("until 11:00")));
    let wanted = asked(StaffRequest::OpenLecture(2));
    assert_eq!(press(&mut model, "\n"), [wanted]);
}
