//! What keys and answers do, as sentences.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, DebtState, HandMark, InvalidAdmissionNumber,
    Mark, Reason, Session, SessionId, SessionState, StudentName, Target,
};
use crate::services::export::{Format, List};
use crate::services::{FirstPinRefusal, Pin, PinMark, SignIn, SignInRefusal, Trouble};
use crate::tui::model::DemoStaff;
use crate::tui::staff::{
    BoardPage, Choice, Delivery, Extent, ListOrder, OpeningTexts, Page, Place, Purpose, Shown,
};
use crate::tui::testing::{
    answer, lecturer, lectures, long_history, neighbours, press, receipt, recorded, repaint,
    roster, session, sign_in, signed_in, unit, usual_screen, wait,
};

mod visits;

fn check_in(number: &str) -> Effect {
    Effect::CheckIn {
        session: session().id,
        number: number.to_owned(),
        name: None,
    }
}

fn stroke(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    update(model, Msg::Stroke(stroke))
}

fn refused(refusal: Refusal) -> CheckInAnswer {
    CheckInAnswer::Refused(refusal)
}

fn page(model: &Model) -> &Page {
    match &model.staff.as_ref().unwrap().place {
        Place::Office(office) => &office.page,
        Place::Door(_) | Place::FirstPin(_) => panic!("somebody is signed in"),
    }
}

/// The key of a choice of the menu.
fn key_of(model: &Model, choice: Choice) -> String {
    let menu = Choice::menu(model.picture.shown.is_some());
    let at = menu.iter().position(|&one| one == choice).unwrap();
    Choice::digit(at).to_string()
}

fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    let key = key_of(model, choice);
    press(model, &key)
}

fn note(model: &Model) -> Option<&str> {
    model.staff.as_ref()?.note.as_deref()
}

#[test]
fn enter_submits_what_was_typed_once() {
    let mut model = usual_screen();
    assert_eq!(press(&mut model, "adm/1\n\n\n"), [check_in("adm/1")]);
    assert_eq!(answer(&mut model, recorded()), None);
    assert!(model.entry.outcome.is_some());
    assert!(model.entry.field.is_blank());
}

#[test]
fn enter_on_an_empty_field_does_nothing() {
    let mut model = usual_screen();
    assert_eq!(press(&mut model, "\n   \n"), []);
}

#[test]
fn keys_typed_while_an_answer_is_awaited_are_kept() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    assert_eq!(press(&mut model, "ADM2"), []);
    assert_eq!(answer(&mut model, recorded()), None);
    assert_eq!(model.entry.field.text(), "ADM2");
    assert!(model.entry.outcome.is_some(), "and take no result away");
    assert_eq!(press(&mut model, "3\n"), [check_in("ADM23")]);
}

#[test]
fn a_card_read_while_an_answer_is_awaited_is_submitted_after_it() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    assert_eq!(press(&mut model, "\nADM2\n\nADM3\n"), []);
    assert_eq!(answer(&mut model, recorded()), Some(check_in("ADM2")));
    assert_eq!(answer(&mut model, recorded()), Some(check_in("ADM3")));
    assert_eq!(answer(&mut model, recorded()), None);
}

#[test]
fn every_ending_of_a_barcode_reader_submits_once() {
    for ending in [
        &[Stroke::Enter][..],
        &[Stroke::Tab],
        &[Stroke::Enter, Stroke::Enter],
    ] {
        let mut model = usual_screen();
        let mut effects = press(&mut model, "01234567890123456789");
        effects.extend(ending.iter().filter_map(|&key| stroke(&mut model, key)));
        assert_eq!(effects, [check_in("01234567890123456789")]);
        assert_eq!(answer(&mut model, recorded()), None);
        assert!(
            model.entry.outcome.is_some(),
            "the second line break takes nothing away"
        );
    }
}

#[test]
fn a_line_break_that_comes_after_the_answer_is_an_echo() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, recorded());
    assert_eq!(press(&mut model, "\n"), []);
    assert!(model.entry.outcome.is_some());
}

#[test]
fn escape_clears() {
    let mut model = usual_screen();
    press(&mut model, "ADM");
    stroke(&mut model, Stroke::Escape);
    assert_eq!(press(&mut model, "\n"), []);
}

#[test]
fn a_half_typed_entry_is_cleared_after_fifteen_seconds() {
    let mut model = usual_screen();
    press(&mut model, "ADM");
    wait(&mut model, 14);
    assert_eq!(model.entry.field.text(), "ADM");
    press(&mut model, "1");
    wait(&mut model, 14);
    assert_eq!(model.entry.field.text(), "ADM1");
    wait(&mut model, 1);
    assert_eq!(model.entry.field.text(), "");
}

#[test]
fn a_result_goes_after_its_time() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, recorded());
    wait(&mut model, 3);
    assert!(model.entry.outcome.is_some());
    wait(&mut model, 1);
    assert!(model.entry.outcome.is_none());
}

#[test]
fn the_next_key_ends_a_result_and_starts_the_next_entry() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, recorded());
    press(&mut model, "7");
    assert!(model.entry.outcome.is_none());
    assert_eq!(model.entry.field.text(), "7");
}

#[test]
fn enter_ends_a_result_only_when_it_was_there_to_be_read() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, recorded());
    press(&mut model, "\n");
    assert!(model.entry.outcome.is_some());
    wait(&mut model, 1);
    press(&mut model, "\n");
    assert!(model.entry.outcome.is_none());
}

#[test]
fn an_unknown_number_asks_for_the_name_and_is_sent_with_it() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    answer(&mut model, refused(Refusal::NameNeeded));
    assert!(model.entry.outcome.is_none(), "the field asks, not a panel");
    assert_eq!(press(&mut model, "\n"), [], "an echo is no name");
    assert_eq!(
        press(&mut model, "Zawadi Otieno\n"),
        [Effect::CheckIn {
            session: session().id,
            number: "ADM9".to_owned(),
            name: Some("Zawadi Otieno".to_owned()),
        }]
    );
}

#[test]
fn what_was_typed_ahead_is_not_taken_for_a_name() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    press(&mut model, "ADM2\n");
    assert_eq!(answer(&mut model, refused(Refusal::NameNeeded)), None);
    assert!(model.entry.field.is_blank());
    press(&mut model, "Zawadi\n");
    assert_eq!(answer(&mut model, recorded()), Some(check_in("ADM2")));
}

#[test]
fn escape_typed_ahead_takes_back_only_what_was_typed_before_it() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    press(&mut model, "ADM1");
    stroke(&mut model, Stroke::Escape);
    press(&mut model, "ADM2\n");
    assert_eq!(answer(&mut model, recorded()), Some(check_in("ADM2")));
}

#[test]
fn whoever_gives_up_on_the_name_makes_room_for_what_was_typed_ahead() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    press(&mut model, "ADM2\n");
    answer(&mut model, refused(Refusal::NameNeeded));
    let effect = update(&mut model, Msg::Stroke(Stroke::Escape));
    assert_eq!(effect, Some(check_in("ADM2")));
}

#[test]
fn the_next_students_card_is_not_taken_for_the_name_of_who_walked_away() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    answer(&mut model, refused(Refusal::NameNeeded));
    let next = "adm/2023/002";
    assert_eq!(press(&mut model, &format!("{next}\n")), [check_in(next)]);
}

#[test]
fn a_name_that_cannot_be_used_is_asked_for_again() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    answer(&mut model, refused(Refusal::NameNeeded));
    press(&mut model, "Z\n");
    let empty = crate::domain::InvalidStudentName(crate::domain::InvalidText::Empty);
    answer(&mut model, refused(Refusal::InvalidName(empty)));
    assert!(model.entry.outcome.is_some(), "and says why");
    let number = "ADM9".to_owned();
    assert_eq!(model.entry.stage, Stage::Name { number });
}

#[test]
fn whoever_walks_away_from_the_name_gives_the_field_to_the_next() {
    for leave in [Stroke::Escape, Stroke::Staff] {
        let mut model = usual_screen();
        press(&mut model, "ADM9\n");
        answer(&mut model, refused(Refusal::NameNeeded));
        if leave == Stroke::Staff {
            wait(&mut model, 15);
        } else {
            stroke(&mut model, leave);
        }
        assert_eq!(press(&mut model, "ADM2\n"), [check_in("ADM2")]);
    }
}

#[test]
fn a_refusal_is_shown_and_the_field_is_free() {
    let mut model = usual_screen();
    press(&mut model, "???\n");
    let pattern = InvalidAdmissionNumber::Pattern;
    answer(&mut model, refused(Refusal::InvalidNumber(pattern)));
    assert!(model.entry.outcome.is_some());
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn pasted_text_is_text() {
    let mut model = usual_screen();
    let text = format!("ADM\r\n\x1b[31m1{}", "x".repeat(100_000));
    assert_eq!(update(&mut model, Msg::Paste(text)), None);
    assert!(model.entry.field.text().starts_with("ADM[31m1xx"));
    assert_eq!(model.entry.field.text().chars().count(), Field::MAX_CHARS);
}

#[test]
fn text_pasted_into_the_staff_menu_chooses_nothing() {
    let mut model = usual_screen();
    sign_in(&mut model);
    assert_eq!(update(&mut model, Msg::Paste("111333".to_owned())), None);
    assert_eq!(note(&model), None);
}

#[test]
fn somebody_new_gets_a_first_pin_where_an_administrator_confirms_it() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "S2");
    stroke(&mut model, Stroke::FirstPin);
    let type_in = |model: &mut Model, texts: [&str; 4]| {
        let mut last = None;
        for text in texts {
            press(model, text);
            last = stroke(model, Stroke::Enter);
        }
        last
    };
    assert_eq!(type_in(&mut model, ["1111", "1112", "ADMIN", "2468"]), None);
    assert!(note(&model).unwrap().contains("two different PINs"));
    assert_eq!(
        stroke(&mut model, Stroke::Enter),
        None,
        "both are empty again"
    );
    press(&mut model, "1111");
    stroke(&mut model, Stroke::Enter);
    press(&mut model, "1111");
    for _ in 0..2 {
        stroke(&mut model, Stroke::Enter);
    }
    let wanted = Effect::SetFirstPin {
        staff_id: "S2".to_owned(),
        pin: Pin::parse("1111").unwrap(),
        administrator: "ADMIN".to_owned(),
        administrator_pin: "2468".to_owned(),
    };
    assert_eq!(stroke(&mut model, Stroke::Enter), Some(wanted));
    let wrong = FirstPinRefusal::Administrator(SignInRefusal::Wrong);
    update(&mut model, Msg::FirstPin(Err(wrong)));
    assert!(note(&model).unwrap().starts_with("Administrator: "));
    press(&mut model, "1357");
    assert!(
        stroke(&mut model, Stroke::Enter).is_some(),
        "only that is typed again"
    );
    let sign_in = SignIn {
        lecturer: lecturer(false),
        pin: PinMark::default(),
    };
    update(&mut model, Msg::FirstPin(Ok(sign_in)));
    assert!(matches!(page(&model), Page::Home(_)));
}

#[test]
fn text_pasted_into_the_search_is_searched_for() {
    let mut model = live_board();
    press(&mut model, "/");
    update(&mut model, Msg::Paste("brian".to_owned()));
    assert_eq!(listed(&model), ["002"]);
}

#[test]
fn an_interrupt_ends_nothing_but_a_demonstration() {
    let mut model = usual_screen();
    press(&mut model, "ADM1");
    assert_eq!(stroke(&mut model, Stroke::Interrupt), None);
    assert_eq!(model.entry.field.text(), "ADM1");
    assert!(model.hint.is_some());
    wait(&mut model, 4);
    assert!(model.hint.is_none());
    model.site.demo = Some(DemoStaff {
        staff_id: "ADMIN".to_owned(),
        pin: "1234".to_owned(),
    });
    assert_eq!(stroke(&mut model, Stroke::Interrupt), Some(Effect::Leave));
}

#[test]
fn without_a_session_nothing_is_typed() {
    let mut model = usual_screen();
    repaint(&mut model, |picture| picture.shown = None);
    assert_eq!(press(&mut model, "ADM1\n"), []);
    assert!(model.entry.field.is_blank());
}

#[test]
fn out_of_order_nothing_is_typed_until_it_is_over() {
    let mut model = usual_screen();
    repaint(&mut model, |picture| {
        picture.trouble = Some(Trouble {
            code: "DISK-FULL",
            sentence: "the disk is full".to_owned(),
        });
    });
    assert_eq!(press(&mut model, "ADM1\n"), []);
    repaint(&mut model, |picture| picture.trouble = None);
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn an_answer_arrives_although_the_session_is_gone() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\nADM2\n");
    repaint(&mut model, |picture| picture.shown = None);
    assert_eq!(
        answer(&mut model, recorded()),
        None,
        "nobody checks in to nothing"
    );
    assert!(model.entry.outcome.is_some());
}

#[test]
fn an_entry_that_broke_off_is_not_taken_for_a_record() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    update(&mut model, Msg::BrokeOff(Errand::CheckIn));
    let outcome = model.entry.outcome.as_ref().unwrap();
    assert_eq!(outcome.answer, refused(Refusal::OutOfOrder));
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn staff_sign_in_with_id_and_pin() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "\n"), []);
    let effects = press(&mut model, "t-104\n12345\n");
    assert_eq!(
        effects,
        [Effect::SignIn {
            staff_id: "t-104".to_owned(),
            pin: "12345".to_owned(),
        }]
    );
    assert_eq!(format!("{effects:?}"), "[SignIn]", "a PIN is not for logs");
    assert_eq!(press(&mut model, "x\n\n"), [], "one try at a time");
}

#[test]
fn a_wrong_pin_says_so_and_can_be_tried_again() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    update(&mut model, Msg::SignedIn(Err(SignInRefusal::Wrong)));
    assert_eq!(note(&model), Some(words::WRONG_PIN));
    assert_eq!(
        press(&mut model, "2222\n").len(),
        1,
        "the id is still there"
    );
}

#[test]
fn too_many_wrong_pins_wait() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    let until = model.now + Duration::from_secs(20);
    update(
        &mut model,
        Msg::SignedIn(Err(SignInRefusal::Locked { until })),
    );
    assert_eq!(note(&model), Some("Too many wrong tries. Wait 20 seconds."));
    assert_eq!(press(&mut model, "2222\n"), []);
    wait(&mut model, 20);
    assert_eq!(press(&mut model, "\n").len(), 1);
}

#[test]
fn the_staff_area_closes_when_it_is_left() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    wait(&mut model, 29);
    assert!(model.staff.is_some());
    wait(&mut model, 1);
    assert!(model.staff.is_none());

    sign_in(&mut model);
    wait(&mut model, 119);
    stroke(&mut model, Stroke::Down);
    wait(&mut model, 119);
    assert!(model.staff.is_some());
    wait(&mut model, 1);
    assert!(model.staff.is_none());
}

#[test]
fn a_clock_set_back_keeps_nothing_on_the_screen() {
    let mut model = usual_screen();
    sign_in(&mut model);
    press(&mut model, "ADM");
    hint(&mut model, "hint");
    let mut result = usual_screen();
    press(&mut result, "ADM1\n");
    answer(&mut result, recorded());
    for model in [&mut model, &mut result] {
        let an_hour_ago = model.now - Duration::from_secs(3600);
        update(model, Msg::Clock(an_hour_ago));
        wait(model, 120);
        assert!(model.staff.is_none() && model.hint.is_none());
        assert!(model.entry.outcome.is_none());
    }
}

#[test]
fn an_answer_for_somebody_who_left_signs_nobody_in() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    wait(&mut model, 30);
    update(&mut model, Msg::SignedIn(Ok(signed_in(true))));
    assert!(model.staff.is_none());
}

#[test]
fn a_student_cannot_reach_the_menu() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "1133\n\n"), []);
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none());
}

#[test]
fn closing_and_leaving_are_asked_twice() {
    for (choice, effect) in [
        (
            Choice::Close,
            Effect::CloseSession(session().id, lecturer(false)),
        ),
        (Choice::Leave, Effect::AskToLeave),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        assert_eq!(choose(&mut model, choice), []);
        assert!(note(&model).is_some());
        assert_eq!(choose(&mut model, choice), [effect]);
    }
}

#[test]
fn the_program_ends_for_whoever_still_may_and_is_still_there() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Leave);
    choose(&mut model, Choice::Leave);
    assert_eq!(update(&mut model, Msg::MayLeave), Some(Effect::Leave));
    stroke(&mut model, Stroke::Staff);
    assert_eq!(update(&mut model, Msg::MayLeave), None);
}

#[test]
fn another_session_on_the_screen_is_asked_about_anew() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Close);
    let mut picture = (*model.picture).clone();
    let next = SessionId::from_uuid(Uuid::from_u128(7));
    picture.shown.as_mut().unwrap().board.session.id = next;
    update(&mut model, Msg::Picture(Arc::new(picture)));
    assert_eq!(choose(&mut model, Choice::Close), []);
    assert_eq!(
        choose(&mut model, Choice::Close),
        [Effect::CloseSession(next, lecturer(false))]
    );
}

#[test]
fn going_on_to_another_choice_forgets_the_first_asking() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Leave);
    stroke(&mut model, Stroke::Down);
    assert_eq!(choose(&mut model, Choice::Leave), []);
}

/// The unit list, with what is typed there taken.
fn form_of(keys: &str) -> Model {
    let mut model = usual_screen();
    repaint(&mut model, |picture| picture.shown = None);
    sign_in(&mut model);
    assert_eq!(
        press(&mut model, "\n"),
        [Effect::ListUnits(Purpose::Opening, lecturer(false))]
    );
    let units = [("CS101", "Programming"), ("MA110", "Discrete Mathematics")];
    let units = units.map(|(code, name)| unit(code, name)).to_vec();
    update(&mut model, Msg::Units(Purpose::Opening, Ok(units)));
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
        let wanted = Effect::OpenSession(opening(code), lecturer(false));
        assert_eq!(press(&mut model, "\n"), [wanted]);
        assert_eq!(press(&mut model, "\n"), [], "once");
    }
}

#[test]
fn everything_that_is_filled_in_can_be_changed() {
    let mut model = form_of("\n");
    for _ in 0..5 {
        stroke(&mut model, Stroke::Backspace);
    }
    press(&mut model, "10:00");
    stroke(&mut model, Stroke::Tab);
    stroke(&mut model, Stroke::Backspace);
    stroke(&mut model, Stroke::Tab);
    press(&mut model, "b");
    stroke(&mut model, Stroke::BackTab);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    press(&mut model, "a");
    let changed = OpeningTexts {
        start: "10:00".to_owned(),
        minutes: "12".to_owned(),
        venue: "Room 101b".to_owned(),
        semester: "1a".to_owned(),
        ..opening("CS101")
    };
    assert_eq!(
        press(&mut model, "\n"),
        [Effect::OpenSession(changed, lecturer(false))]
    );
}

#[test]
fn a_start_left_as_it_was_offered_is_now_however_late_enter_comes() {
    let mut model = form_of("\n");
    stroke(&mut model, Stroke::Backspace);
    press(&mut model, "5");
    wait(&mut model, 60);
    let wanted = Effect::OpenSession(opening("CS101"), lecturer(false));
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

#[test]
fn a_name_that_no_unit_has_opens_nothing() {
    let mut model = form_of("zzz\n");
    assert!(matches!(page(&model), Page::Units(_)));
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Home(_)));
}

#[test]
fn what_was_done_is_said_on_the_students_screen() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Close);
    choose(&mut model, Choice::Close);
    update(&mut model, Msg::Done(Ok("CS101 is closed.".to_owned())));
    assert!(model.staff.is_none());
    assert_eq!(model.hint.unwrap().text, "CS101 is closed.");
}

#[test]
fn what_was_not_done_is_said_to_staff() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Close);
    choose(&mut model, Choice::Close);
    update(&mut model, Msg::Done(Err("The disk is full.".to_owned())));
    assert_eq!(note(&model), Some("The disk is full."));
    assert_eq!(choose(&mut model, Choice::Back), []);
    assert!(model.staff.is_none(), "and the menu takes keys again");
}

#[test]
fn the_menu_offers_to_close_only_what_is_open() {
    let mut model = usual_screen();
    repaint(&mut model, |picture| picture.shown = None);
    sign_in(&mut model);
    let Page::Home(home) = page(&model) else {
        panic!("a menu");
    };
    assert_eq!(home.chosen, Choice::Open);
    assert!(!Choice::menu(false).contains(&Choice::Close));
}

fn delivery(tail: u128) -> Delivery {
    Delivery {
        attendance_id: Uuid::from_u128(tail),
        target: Target::Portal,
        state: DebtState::Parked,
        attempts: 2,
        clock_untrusted: false,
        next_attempt_at: usual_screen().now,
        last_error: Some("no such unit".to_owned()),
        checked_in_at: usual_screen().now,
        number: format!("***00{tail}"),
    }
}

/// The sync monitor with two deliveries on it.
fn monitor() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let wanted = Effect::ListDeliveries(lecturer(false), Extent::default());
    assert_eq!(choose(&mut model, Choice::Deliveries), [wanted]);
    let lines = vec![delivery(1), delivery(2)];
    assert_eq!(update(&mut model, Msg::Deliveries(Ok(lines))), None);
    model
}

fn repainted(model: &mut Model) -> Option<Effect> {
    let picture = Arc::clone(&model.picture);
    update(model, Msg::Picture(picture))
}

#[test]
fn one_delivery_is_tried_again_or_all() {
    let mut model = monitor();
    stroke(&mut model, Stroke::Down);
    let second = Effect::Retry(Uuid::from_u128(2), Target::Portal);
    assert_eq!(press(&mut model, "r"), std::slice::from_ref(&second));
    assert_eq!(press(&mut model, "rR"), [], "one thing at a time");
    let answer = update(&mut model, Msg::Noted(Ok("Tried.".to_owned())));
    assert_eq!(
        answer,
        Some(Effect::ListDeliveries(lecturer(false), Extent::default()))
    );
    assert_eq!(note(&model), Some("Tried."));
    assert_eq!(press(&mut model, "\n"), [second]);
    update(&mut model, Msg::Noted(Err("No.".to_owned())));
    assert_eq!(press(&mut model, "R"), [Effect::RetryAll]);
}

#[test]
fn the_monitor_is_read_again_with_every_picture_but_once_at_a_time() {
    let mut model = monitor();
    let read = Some(Effect::ListDeliveries(lecturer(false), Extent::default()));
    assert_eq!(repainted(&mut model), read);
    assert_eq!(repainted(&mut model), None);
    assert_eq!(update(&mut model, Msg::Deliveries(Ok(Vec::new()))), read);
    assert_eq!(update(&mut model, Msg::Deliveries(Ok(Vec::new()))), None);
    assert_eq!(press(&mut model, "r"), [], "there is none to try");
    stroke(&mut model, Stroke::Escape);
    assert_eq!(repainted(&mut model), None, "nobody looks");
}

#[test]
fn a_session_is_reopened_and_cancelled_only_for_a_reason() {
    for (key, effect) in [
        ("r", Effect::ReopenSession as fn(_, _, _) -> _),
        ("c", Effect::CancelSession),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        choose(&mut model, Choice::Sessions);
        update(&mut model, Msg::Sessions(Ok(vec![closed()])));
        assert_eq!(press(&mut model, &format!("{key}\n")), []);
        assert_eq!(note(&model), Some(words::REASON_NEEDED));
        let wanted = effect(session().id, "fire drill?".to_owned(), lecturer(false));
        assert_eq!(press(&mut model, "fire drill?\n"), [wanted]);
    }
}

/// The session list with one session on it.
fn list_of(listed: Session) -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let read = Effect::ListSessions(lecturer(false), Extent::default());
    assert_eq!(choose(&mut model, Choice::Sessions), [read]);
    update(&mut model, Msg::Sessions(Ok(vec![listed])));
    model
}

fn closed() -> Session {
    Session {
        state: SessionState::Closed,
        ..session()
    }
}

fn extended(minutes: u64) -> Effect {
    let by = Duration::from_secs(60 * minutes);
    Effect::ExtendSession(session().id, by, lecturer(false))
}

#[test]
fn an_open_session_is_extended_by_a_quarter_of_an_hour_or_as_typed() {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "e\n"), [extended(15)]);
    let mut model = live_board();
    press(&mut model, "e");
    stroke(&mut model, Stroke::Backspace);
    stroke(&mut model, Stroke::Backspace);
    press(&mut model, "40");
    assert_eq!(press(&mut model, "\n"), [extended(40)]);
}

#[test]
fn what_is_no_number_of_minutes_extends_nothing() {
    for typed in ["5", "x", "000000", "99999999999999999999"] {
        let mut model = list_of(session());
        press(&mut model, "e");
        stroke(&mut model, Stroke::Backspace);
        stroke(&mut model, Stroke::Backspace);
        let wanted = if typed == "5" {
            vec![extended(5)]
        } else {
            vec![]
        };
        assert_eq!(press(&mut model, &format!("{typed}\n")), wanted, "{typed}");
        if typed != "5" {
            assert_eq!(note(&model), Some(words::EXTENDED_BY_MINUTES));
        }
    }
}

#[test]
fn a_closed_session_is_not_extended() {
    let mut model = list_of(closed());
    assert_eq!(press(&mut model, "e"), []);
    assert_eq!(note(&model), Some(words::NOT_OPEN));
}

#[test]
fn what_was_done_to_a_session_is_said_where_it_was_asked_for() {
    let mut model = list_of(session());
    press(&mut model, "cfire drill\n");
    let answer = update(&mut model, Msg::Noted(Ok("CS101 is cancelled.".to_owned())));
    let read = Effect::ListSessions(lecturer(false), Extent::default());
    assert_eq!(answer, Some(read), "and the list is read again");
    assert_eq!(note(&model), Some("CS101 is cancelled."));
    assert!(matches!(page(&model), Page::Sessions(_)));
}

#[test]
fn escape_goes_back_by_the_pages_that_one_came_by() {
    let mut model = list_of(closed());
    press(&mut model, "\n");
    show_roster(&mut model);
    press(&mut model, "x");
    assert!(matches!(page(&model), Page::Lists(_)));
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Board(_)));
    let read = Effect::ListSessions(lecturer(false), Extent::default());
    assert_eq!(stroke(&mut model, Stroke::Escape), Some(read));
    assert!(matches!(page(&model), Page::Sessions(_)));
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Home(_)));
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none());
}

#[test]
fn a_list_longer_than_a_page_is_read_on_at_its_end() {
    let many = |count: u128| {
        let one = |id| Session {
            id: SessionId::from_uuid(Uuid::from_u128(id)),
            ..session()
        };
        Msg::Sessions(Ok((0..count).map(one).collect()))
    };
    let mut model = list_of(session());
    update(&mut model, many(200));
    let more = stroke(&mut model, Stroke::End).unwrap();
    let Effect::ListSessions(_, extent) = more else {
        panic!("{more:?}");
    };
    assert_eq!(extent.lines(), 400);
    update(&mut model, many(250));
    assert_eq!(stroke(&mut model, Stroke::Down), None);
    let Page::Sessions(list) = page(&model) else {
        panic!("the list");
    };
    assert_eq!(list.chosen, 200);
}

/// The form for the lists of a session, once it knows the folders.
fn list_form() -> Model {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "x"), [Effect::FindPlaces]);
    assert_eq!(press(&mut model, "\n"), [], "not before there is a folder");
    let places = ["/data/exports", "/media/stick"].map(PathBuf::from);
    update(&mut model, Msg::Places(places.to_vec()));
    model
}

fn written(list: List, format: Format, place: &str) -> Effect {
    let order = ListOrder {
        list,
        format,
        place: PathBuf::from(place),
    };
    Effect::WriteList(Box::new(order), lecturer(false))
}

#[test]
fn a_session_s_list_is_two_keys_from_the_session() {
    let mut model = list_form();
    let wanted = written(List::Session(session().id), Format::Xlsx, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(press(&mut model, "\n"), [], "once");
    update(&mut model, Msg::Noted(Ok("Written.".to_owned())));
    assert_eq!(note(&model), Some("Written."));
    assert!(matches!(page(&model), Page::Lists(_)), "for another");
}

#[test]
fn list_form_and_folder_are_chosen_and_a_stick_may_come_and_go() {
    let mut model = list_form();
    stroke(&mut model, Stroke::Left);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Right);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Right);
    let exam = List::Exam(unit("CS101", "").code, Some(session().semester));
    let wanted = written(exam.clone(), Format::Csv, "/media/stick");
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(
        update(&mut model, Msg::Noted(Err("Gone.".to_owned()))),
        Some(Effect::FindPlaces)
    );
    update(
        &mut model,
        Msg::Places(vec![PathBuf::from("/data/exports")]),
    );
    let wanted = written(exam, Format::Csv, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

#[test]
fn the_lists_of_a_unit_are_a_choice_of_the_menu() {
    let mut model = usual_screen();
    sign_in(&mut model);
    let wanted = Effect::ListUnits(Purpose::Lists, lecturer(false));
    assert_eq!(choose(&mut model, Choice::Lists), [wanted]);
    let units = vec![unit("CS101", "Programming")];
    update(&mut model, Msg::Units(Purpose::Lists, Ok(units)));
    assert_eq!(press(&mut model, "\n"), [Effect::FindPlaces]);
    update(
        &mut model,
        Msg::Places(vec![PathBuf::from("/data/exports")]),
    );
    let exam = List::Exam(unit("CS101", "").code, None);
    let wanted = written(exam, Format::Xlsx, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

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

/// The page of other kiosks' sessions, while they are asked.
fn join_page() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let asked = Effect::ListNeighbours(lecturer(false));
    assert_eq!(choose(&mut model, Choice::Join), [asked]);
    model
}

#[test]
fn a_session_of_another_kiosk_is_joined_with_a_key() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "\n"), [], "nothing is known yet");
    update(&mut model, Msg::Neighbours(Ok(neighbours())));
    let wanted = Effect::JoinSession(neighbours()[0].session.id, lecturer(false));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    update(&mut model, Msg::Noted(Err("Gone.".to_owned())));
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(words::JOINED_ALREADY));
}

#[test]
fn other_kiosks_are_asked_again_by_a_key_and_not_by_every_picture() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "r"), [], "one question at a time");
    update(&mut model, Msg::Neighbours(Err("No network.".to_owned())));
    assert_eq!(repainted(&mut model), None);
    let asked = Effect::ListNeighbours(lecturer(false));
    assert_eq!(press(&mut model, "r"), [asked]);
    stroke(&mut model, Stroke::Escape);
    update(&mut model, Msg::Neighbours(Ok(neighbours())));
    assert!(matches!(page(&model), Page::Home(_)), "an answer too late");
}

#[test]
fn what_breaks_off_is_named_and_keys_go_on() {
    let mut model = list_form();
    press(&mut model, "\n");
    update(&mut model, Msg::BrokeOff(Errand::Reading));
    assert_eq!(press(&mut model, "\n"), [], "the list is still awaited");
    update(&mut model, Msg::BrokeOff(Errand::List));
    assert_eq!(note(&model), Some(words::broke_off(Errand::List)));
    assert_eq!(press(&mut model, "\n").len(), 1);
}

#[test]
fn what_is_open_is_not_reopened_and_a_question_can_be_taken_back() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Sessions);
    update(&mut model, Msg::Sessions(Ok(vec![session()])));
    press(&mut model, "r");
    assert_eq!(note(&model), Some(words::OPEN_ALREADY));
    press(&mut model, "cx");
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Sessions(_)));
    assert_eq!(press(&mut model, "\n"), [read_roster()]);
}

fn read_roster() -> Effect {
    Effect::ReadRoster(session().id, lecturer(false))
}

/// The board with a roster on it.
fn live_board() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    assert_eq!(choose(&mut model, Choice::Board), [read_roster()]);
    show_roster(&mut model);
    model
}

fn show_roster(model: &mut Model) -> Option<Effect> {
    let roster = Arc::new(roster());
    update(model, Msg::Roster(session().id, Ok(roster)))
}

fn board(model: &Model) -> &BoardPage {
    match page(model) {
        Page::Board(board) => board,
        other => panic!("{other:?}"),
    }
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
    update(&mut model, Msg::BrokeOff(Errand::Reading));
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
    assert!(matches!(page(&model), Page::Home(_)));
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
    line.unwrap().mark = Mark::Present;
    update(model, Msg::Roster(session().id, Ok(Arc::new(roster))));
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
        update(&mut model, Msg::Noted(Ok("Done.".to_owned())));
        // Whoever is gone on to is chosen, and whoever came is not listed any more.
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

fn correction(tail: &str, correction: Correction, reason: Option<&str>) -> Effect {
    let order = CorrectionOrder {
        session: session().id,
        admission_number: AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap(),
        correction,
        name: None,
        reason: reason.and_then(|reason| Reason::parse(reason).unwrap()),
    };
    Effect::Correct(Box::new(order), lecturer(false))
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
        ("M", Correction::Mark(HandMark::Present)),
    ] {
        let mut model = live_board();
        stroke(&mut model, Stroke::Down);
        assert_eq!(press(&mut model, key), [correction("002", wanted, None)]);
        assert_eq!(press(&mut model, key), [], "one at a time");
        update(&mut model, Msg::Noted(Ok("Done.".to_owned())));
        assert_eq!(note(&model), Some("Done."));
    }
}

#[test]
fn a_reason_is_asked_for_when_one_is_needed() {
    let mut model = live_board();
    let Effect::Correct(order, _) = correction("001", Correction::Unmark, None) else {
        unreachable!("it is a correction");
    };
    assert_eq!(press(&mut model, "u").len(), 1);
    update(&mut model, Msg::ReasonNeeded(order));
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(words::REASON_NEEDED));
    let wanted = correction("001", Correction::Unmark, Some("left, mu?"));
    assert_eq!(press(&mut model, "left, mu?\n"), [wanted]);
}

#[test]
fn a_pending_record_is_given_to_whose_it_is_and_a_correction_taken_back() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "g\n"), []);
    let into = AdmissionNumber::parse("adm/2023/005").unwrap();
    let wanted = correction("003", Correction::Merge { into }, None);
    assert_eq!(press(&mut model, "adm/2023/005\n"), [wanted]);
    update(&mut model, Msg::Noted(Ok("Done.".to_owned())));
    let number = AdmissionNumber::parse("adm/2023/003").unwrap();
    let undo = Effect::Undo(
        session().id,
        number,
        "wrong one".to_owned(),
        lecturer(false),
    );
    assert_eq!(press(&mut model, "zwrong one\n"), [undo]);
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
    let asked = |order: &CorrectionOrder| Effect::Correct(Box::new(order.clone()), lecturer(false));
    assert_eq!(press(&mut model, "adm/2023/777\n"), [asked(&order)]);
    update(&mut model, Msg::NameNeeded(Box::new(order.clone())));
    let named = CorrectionOrder {
        name: StudentName::parse("Zawadi Cheptoo").ok(),
        ..order
    };
    assert_eq!(press(&mut model, "Zawadi Cheptoo\n"), [asked(&named)]);
    // Another door was quicker, and took the mark away again.
    update(&mut model, Msg::ReasonNeeded(Box::new(named.clone())));
    assert_eq!(press(&mut model, "\n"), []);
    let whole = CorrectionOrder {
        reason: Reason::parse("transferred").unwrap(),
        ..named
    };
    assert_eq!(press(&mut model, "transferred\n"), [asked(&whole)]);
    update(&mut model, Msg::Noted(Ok("Present.".to_owned())));
    assert_eq!(note(&model), Some("Present."));
    assert!(matches!(page(&model), Page::Board(_)));
}

#[test]
fn why_the_numbers_are_so_is_a_key_from_the_student_and_scrolls() {
    let mut model = live_board();
    press(&mut model, "\nw");
    assert_eq!(board(&model).shown, Shown::Why);
    let history = Arc::new(long_history());
    update(&mut model, Msg::History(Ok(history)));
    stroke(&mut model, Stroke::Down);
    assert_eq!(board(&model).scrolled, 1);
    stroke(&mut model, Stroke::End);
    stroke(&mut model, Stroke::Down);
    assert_eq!(board(&model).scrolled, 29);
    stroke(&mut model, Stroke::Escape);
    assert_eq!(board(&model).shown, Shown::Student);
    stroke(&mut model, Stroke::Escape);
    assert_eq!(board(&model).shown, Shown::Table);
}

#[test]
fn a_students_history_is_read_once_and_again_when_something_changed() {
    let mut model = live_board();
    let wanted = |tail: &str| {
        Effect::ReadHistory(
            session().unit_code,
            session().semester,
            AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap(),
            lecturer(false),
        )
    };
    assert_eq!(press(&mut model, "\n"), [wanted("001")]);
    assert_eq!(press(&mut model, "\n"), []);
    update(&mut model, Msg::History(Err("No disk.".to_owned())));
    assert_eq!(press(&mut model, "\n"), [wanted("001")], "tried again");
    assert_eq!(stroke(&mut model, Stroke::Down), Some(wanted("002")));
    assert_eq!(show_roster(&mut model), None, "nothing is different");
    let mut corrected = roster();
    corrected.lines[1].mark = crate::domain::Mark::Absent;
    let roster = Msg::Roster(session().id, Ok(Arc::new(corrected)));
    assert_eq!(update(&mut model, roster), Some(wanted("002")));
}

#[test]
fn the_projector_outlasts_the_sign_in_but_shows_nobody_the_names() {
    let mut model = live_board();
    press(&mut model, "p");
    assert_eq!(board(&model).shown, Shown::Projector);
    wait(&mut model, 120);
    assert!(model.staff.is_none() && model.on_the_wall);
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none() && !model.on_the_wall);
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn help_is_a_key_away_and_takes_none() {
    let mut model = live_board();
    press(&mut model, "?");
    assert!(model.help.is_some());
    stroke(&mut model, Stroke::Escape);
    assert!(model.help.is_none());
    assert!(matches!(page(&model), Page::Board(_)), "only the help went");
    press(&mut model, "/?");
    assert_eq!(board(&model).search.text(), "?", "where letters are text");

    let mut model = usual_screen();
    press(&mut model, "?");
    assert_eq!(model.entry.field.text(), "?");
    stroke(&mut model, Stroke::Help);
    wait(&mut model, 15);
    assert!(model.help.is_none());
}

#[test]
fn staff_who_read_the_help_are_signed_out_like_others() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Help);
    wait(&mut model, 120);
    assert!(model.staff.is_none() && model.help.is_none());
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let stroke = prop_oneof![
        4 => prop_oneof![Just('A'), Just('1'), Just('3'), Just('4'), Just('6'), Just('7'), Just('p'), Just('e'), Just('?'), any::<char>()].prop_map(Stroke::Character),
        4 => Just(Stroke::Enter),
        1 => Just(Stroke::Tab),
        1 => Just(Stroke::Escape),
        1 => Just(Stroke::Backspace),
        1 => Just(Stroke::Left),
        1 => Just(Stroke::Down),
        1 => Just(Stroke::Staff),
        1 => Just(Stroke::Interrupt),
    ];
    let answers = prop_oneof![
        Just(recorded()),
        Just(CheckInAnswer::AlreadyMarked(Box::new(receipt()))),
        Just(refused(Refusal::NameNeeded)),
        Just(refused(Refusal::NoSession)),
    ];
    prop_oneof![
        8 => stroke.prop_map(Msg::Stroke),
        3 => answers.prop_map(|answer| Msg::Answered(Box::new(answer))),
        1 => "\\PC{0,5}".prop_map(Msg::Paste),
        1 => Just(Msg::SignedIn(Ok(signed_in(true)))),
        1 => Just(Msg::Units(Purpose::Opening, Ok(vec![unit("CS101", "Programming")]))),
        1 => Just(Msg::Roster(session().id, Ok(Arc::new(roster())))),
        1 => Just(Msg::Deliveries(Ok(vec![delivery(1)]))),
        1 => Just(Msg::Sessions(Ok(vec![session()]))),
        1 => Just(Msg::Lectures(Ok(lectures()))),
        1 => Just(Msg::Neighbours(Ok(neighbours()))),
        1 => Just(Msg::Places(vec![PathBuf::from("/media/stick")])),
        1 => Just(Msg::BrokeOff(Errand::Session)),
        1 => Just(Msg::Noted(Ok("Done.".to_owned()))),
        1 => Just(Msg::Done(Ok("Done.".to_owned()))),
        1 => (0_i64..40_000).prop_map(|millis| {
            Msg::Clock(Timestamp::from_millis(usual_screen().now.millis() + millis))
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_one_check_in_is_asked_for_at_a_time(
        messages in proptest::collection::vec(any_msg(), 0..80),
    ) {
        let mut model = usual_screen();
        let mut awaited = false;
        for msg in messages {
            let answers = matches!(msg, Msg::Answered(_));
            if answers && !awaited {
                // The desk answers only what it was asked.
                continue;
            }
            awaited &= !answers;
            if let Some(Effect::CheckIn { number, name, .. }) = update(&mut model, msg) {
                prop_assert!(!awaited, "asked twice");
                prop_assert!(!number.trim().is_empty());
                prop_assert!(name.is_none_or(|name| !name.trim().is_empty()));
                awaited = true;
            }
            prop_assert_eq!(awaited, matches!(model.entry.stage, Stage::Waiting { .. }));
        }
    }
}
