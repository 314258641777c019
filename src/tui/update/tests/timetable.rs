//! What is to be held today.

use super::*;

/// Today's page with lectures on it, the second of which is held here and not open yet.
fn timetable() -> Model {
    let mut model = usual_screen();
    repaint(&mut model, |picture| picture.shown = None);
    sign_in(&mut model);
    let read = Effect::ListLectures(lecturer(false));
    assert_eq!(choose(&mut model, Choice::Today), [read]);
    update(&mut model, Msg::Lectures(Ok(lectures())));
    model
}

#[test]
fn the_next_lecture_of_this_room_is_open_two_keys_after_the_pin() {
    let mut model = timetable();
    let wanted = Effect::OpenLecture(2, lecturer(false));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(press(&mut model, "\n"), [], "once");
    update(&mut model, Msg::Done(Ok("CS101 is open.".to_owned())));
    assert!(model.staff.is_none());
}

#[test]
fn a_lecture_that_was_opened_leads_to_its_board() {
    let mut model = timetable();
    stroke(&mut model, Stroke::Home);
    assert_eq!(press(&mut model, "\n"), [read_roster()]);
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Today(_)));
}

#[test]
fn a_lecture_is_cancelled_before_its_time_and_only_then() {
    let mut model = timetable();
    let wanted = Effect::CancelLecture(2, "ill".to_owned(), lecturer(false));
    assert_eq!(press(&mut model, "cill\n"), [wanted]);
    update(&mut model, Msg::Noted(Ok("Cancelled.".to_owned())));
    stroke(&mut model, Stroke::Home);
    assert_eq!(press(&mut model, "c"), []);
    assert_eq!(note(&model), Some(words::OPENED_OR_CANCELLED));
    stroke(&mut model, Stroke::End);
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(words::LECTURE_CANCELLED));
}
