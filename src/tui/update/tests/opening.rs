//! A session opened by staff.

use super::*;

/// The unit list, with what is typed there taken.
fn form_of(keys: &str) -> Model {
    let mut model = usual_screen();
    repaint(&mut model, |snapshot| snapshot.shown = None);
    sign_in(&mut model);
    assert_eq!(
        press(&mut model, "\n"),
        [asked(StaffRequest::ListUnits(Purpose::Opening))]
    );
    let units = [("CS101", "Programming"), ("MA110", "Discrete Mathematics")];
    let units = units.map(|(code, name)| unit(code, name)).to_vec();
    reply(&mut model, StaffAnswer::Units(Purpose::Opening, Ok(units)));
    assert_eq!(press(&mut model, keys), []);
    model
}

fn opening(code: &str) -> OpeningTexts {
    OpeningTexts {
        unit: unit(code, "").code,
        start: String::new(),
        minutes: "120".to_owned(),
        venue: "Room 101".to_owned(),
        semester: "1".to_owned(),
    }
}

#[test]
fn a_known_unit_is_open_three_keys_after_the_pin() {
    // One in the menu, one in the list, one in the form.
    for (keys, code) in [("\n", "CS101"), ("disc\n", "MA110"), ("ma1\n", "MA110")] {
        let mut model = form_of(keys);
        let wanted = asked(StaffRequest::OpenSession(opening(code)));
        assert_eq!(press(&mut model, "\n"), [wanted]);
        assert_eq!(press(&mut model, "\n"), [], "once");
    }
}

#[test]
fn everything_that_is_filled_in_can_be_changed() {
    let mut model = form_of("\n");
    press(&mut model, "10:00");
    stroke(&mut model, Stroke::Tab);
    stroke(&mut model, Stroke::Backspace);
    stroke(&mut model, Stroke::Tab);
    press(&mut model, "Lab 3");
    stroke(&mut model, Stroke::BackTab);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::End);
    press(&mut model, "a");
    let changed = OpeningTexts {
        start: "10:00".to_owned(),
        minutes: "12".to_owned(),
        venue: "Lab 3".to_owned(),
        semester: "1a".to_owned(),
        ..opening("CS101")
    };
    assert_eq!(
        press(&mut model, "\n"),
        [asked(StaffRequest::OpenSession(changed))]
    );
}

#[test]
fn a_start_left_as_it_was_offered_is_now_however_late_enter_comes() {
    let mut model = form_of("\n");
    stroke(&mut model, Stroke::Backspace);
    press(&mut model, "5");
    wait(&mut model, 60);
    let wanted = asked(StaffRequest::OpenSession(opening("CS101")));
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

#[test]
fn a_name_that_no_unit_has_opens_nothing() {
    let mut model = form_of("zzz\n");
    assert!(is_on::<UnitsPage>(&model));
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<Menu>(&model));
}

#[test]
fn a_lecture_over_an_open_one_is_asked_for_twice() {
    let mut model = form_of("\n");
    repaint(&mut model, |snapshot| {
        snapshot.shown = usual_screen().snapshot.shown.clone();
    });
    assert_eq!(press(&mut model, "\n"), []);
    let over = StaffScreen::OpensOver {
        unit: "CS101".to_owned(),
        until: "11:00".to_owned(),
    };
    assert_eq!(note(&model), Some(&*said(over)));
    stroke(&mut model, Stroke::Tab);
    assert_eq!(
        press(&mut model, "\n"),
        [],
        "another key takes the question back"
    );
    let wanted = asked(StaffRequest::OpenSession(opening("CS101")));
    assert_eq!(press(&mut model, "\n"), [wanted]);
}
