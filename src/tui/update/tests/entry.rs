//! What a student types, and what the field does with it.

use super::*;
use crate::tui::testing::{drawn, receipt, said, taken_back, text_of};
use crate::words::Screen;

#[test]
fn enter_submits_what_was_typed_once() {
    let mut model = usual_screen();
    assert_eq!(press(&mut model, "adm/1\n\n\n"), [check_in("adm/1")]);
    assert_eq!(answer(&mut model, Ok(recorded())), None);
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
    assert_eq!(answer(&mut model, Ok(recorded())), None);
    assert_eq!(model.entry.field.text(), "ADM2");
    assert!(model.entry.outcome.is_some(), "and take no result away");
    assert_eq!(press(&mut model, "3\n"), [check_in("ADM23")]);
}

#[test]
fn a_card_read_while_an_answer_is_awaited_is_submitted_after_it() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    assert_eq!(press(&mut model, "\nADM2\n\nADM3\n"), []);
    assert_eq!(answer(&mut model, Ok(recorded())), Some(check_in("ADM2")));
    assert_eq!(answer(&mut model, Ok(recorded())), Some(check_in("ADM3")));
    assert_eq!(answer(&mut model, Ok(recorded())), None);
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
        assert_eq!(answer(&mut model, Ok(recorded())), None);
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
    answer(&mut model, Ok(recorded()));
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
    answer(&mut model, Ok(recorded()));
    wait(&mut model, 3);
    assert!(model.entry.outcome.is_some());
    wait(&mut model, 1);
    assert!(model.entry.outcome.is_none());
}

#[test]
fn the_next_key_ends_a_result_and_starts_the_next_entry() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, Ok(recorded()));
    press(&mut model, "7");
    assert!(model.entry.outcome.is_none());
    assert_eq!(model.entry.field.text(), "7");
}

#[test]
fn enter_ends_a_result_only_when_it_was_there_to_be_read() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, Ok(recorded()));
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
        [Effect::CheckIn(Entry {
            name: Some("Zawadi Otieno".to_owned()),
            ..entry("ADM9")
        })]
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
    assert_eq!(answer(&mut model, Ok(recorded())), Some(check_in("ADM2")));
}

#[test]
fn escape_typed_ahead_takes_back_only_what_was_typed_before_it() {
    let mut model = usual_screen();
    press(&mut model, "ADM9\n");
    press(&mut model, "ADM1");
    stroke(&mut model, Stroke::Escape);
    press(&mut model, "ADM2\n");
    assert_eq!(answer(&mut model, Ok(recorded())), Some(check_in("ADM2")));
}

#[test]
fn escape_from_the_name_makes_room_for_what_was_typed_ahead() {
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
    let empty = crate::domain::InvalidPersonName(crate::domain::InvalidText::Empty);
    answer(&mut model, refused(Refusal::InvalidName(empty)));
    assert!(model.entry.outcome.is_some(), "and says why");
    let named = Entry {
        name: Some("Z".to_owned()),
        ..entry("ADM9")
    };
    assert_eq!(model.entry.stage, EntryStage::Name(named));
}

#[test]
fn the_field_is_free_again_after_a_student_leaves_the_name_empty() {
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
    assert_eq!(
        model.entry.field.text().chars().count(),
        TextField::MAX_CHARS
    );
}

#[test]
fn text_pasted_into_the_staff_menu_chooses_nothing() {
    let mut model = usual_screen();
    sign_in(&mut model);
    assert_eq!(update(&mut model, Msg::Paste("111333".to_owned())), None);
    assert_eq!(note(&model), None);
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
    repaint(&mut model, |snapshot| snapshot.shown = None);
    assert_eq!(press(&mut model, "ADM1\n"), []);
    assert!(model.entry.field.is_blank());
}

#[test]
fn out_of_order_nothing_is_typed_until_it_is_over() {
    let mut model = usual_screen();
    repaint(&mut model, |snapshot| {
        snapshot.trouble = Some(StoreError::Full);
    });
    assert_eq!(press(&mut model, "ADM1\n"), []);
    repaint(&mut model, |snapshot| snapshot.trouble = None);
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn a_fault_shows_in_the_status_line_and_check_in_goes_on() {
    let mut model = usual_screen();
    repaint(&mut model, |snapshot| {
        snapshot.fault = Some(StoreError::Busy);
    });
    let text = text_of(&drawn(&model, 120, 40));
    let status_line = text.lines().last().unwrap_or_default();
    assert!(status_line.contains(&said(Screen::Fault)), "{text}");
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn an_answer_arrives_although_the_session_is_gone() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\nADM2\n");
    repaint(&mut model, |snapshot| snapshot.shown = None);
    assert_eq!(
        answer(&mut model, Ok(recorded())),
        None,
        "nobody checks in to nothing"
    );
    assert!(model.entry.outcome.is_some());
}

#[test]
fn an_entry_that_broke_off_is_not_taken_for_a_record() {
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    update(&mut model, Msg::CheckInBrokeOff);
    let outcome = model.entry.outcome.as_ref().unwrap();
    assert_eq!(outcome.answer, refused(Refusal::OutOfOrder));
    assert_eq!(press(&mut model, "ADM1\n"), [check_in("ADM1")]);
}

#[test]
fn a_clock_set_back_keeps_nothing_on_the_screen() {
    let mut model = usual_screen();
    sign_in(&mut model);
    press(&mut model, "ADM");
    model.show_hint("hint");
    let mut result = usual_screen();
    press(&mut result, "ADM1\n");
    answer(&mut result, Ok(recorded()));
    for model in [&mut model, &mut result] {
        let an_hour_ago = model.now - Duration::from_secs(3600);
        update(model, Msg::Clock(an_hour_ago));
        wait(model, 120);
        assert!(model.staff.is_none() && model.hint.is_none());
        assert!(model.entry.outcome.is_none());
    }
}

/// A number near one of the list was typed, and the question is a second old.
fn asked_for_014() -> Model {
    let mut model = usual_screen();
    press(&mut model, "ADM/2023/O14\n");
    assert_eq!(answer(&mut model, near("ADM/2023/014")), None);
    wait(&mut model, 1);
    model
}

#[test]
fn a_near_number_asks_and_each_key_gives_its_answer() {
    let model = asked_for_014();
    let text = text_of(&drawn(&model, 80, 24));
    for said in [
        "Did you mean",
        "ADM/2023/014",
        "ADM/2023/O14",
        "Nothing is recorded yet. 14 s",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert!(text_of(&drawn(&model, 40, 12)).contains("What I typed is right"));
    assert_eq!(
        press(&mut asked_for_014(), "\n"),
        [check_in("ADM/2023/014")]
    );
    let insists = Entry {
        insists: true,
        ..entry("ADM/2023/O14")
    };
    let tab = stroke(&mut asked_for_014(), Stroke::Tab);
    assert_eq!(tab, Some(Effect::CheckIn(insists)));
    let mut model = asked_for_014();
    assert_eq!(stroke(&mut model, Stroke::Escape), None);
    assert_eq!(model.entry, EntryForm::empty(model.entry.touched_at));
}

#[test]
fn what_a_student_insists_on_stays_so_while_the_name_is_asked() {
    let mut model = asked_for_014();
    stroke(&mut model, Stroke::Tab);
    answer(&mut model, refused(Refusal::NameNeeded));
    let named = Entry {
        name: Some("Grace".to_owned()),
        insists: true,
        ..entry("ADM/2023/O14")
    };
    assert_eq!(press(&mut model, "Grace\n"), [Effect::CheckIn(named)]);
}

#[test]
fn an_echo_answers_no_question_and_no_key_makes_it_stay() {
    let mut model = usual_screen();
    press(&mut model, "ADM/2023/O14\n");
    answer(&mut model, near("ADM/2023/014"));
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(
        stroke(&mut model, Stroke::Tab),
        None,
        "another ending of a reader"
    );
    wait(&mut model, 14);
    stroke(&mut model, Stroke::Left);
    assert!(matches!(model.entry.stage, EntryStage::Asked(_)));
    wait(&mut model, 1);
    assert_eq!(model.entry.stage, EntryStage::Number);
}

#[test]
fn the_next_students_card_answers_no_question() {
    let mut model = asked_for_014();
    assert_eq!(
        press(&mut model, "ADM/2023/002\n"),
        [check_in("ADM/2023/002")]
    );
}

/// Two lectures are open; the second is the one on the screen.
fn which() -> (Model, [SessionId; 2]) {
    let other = Session {
        id: SessionId::from_uuid(Uuid::from_u128(7)),
        unit_name: "Calculus".to_owned(),
        ..session()
    };
    let here = |session: Session, is_listed| LectureHere {
        session,
        is_listed,
        recorded_at: None,
        is_removed: false,
    };
    let ids = [other.id, session().id];
    let lectures = vec![here(other, true), here(session(), false)];
    let mut model = usual_screen();
    press(&mut model, "ADM1\n");
    answer(&mut model, refused(Refusal::WhichLecture { lectures }));
    (model, ids)
}

#[test]
fn a_digit_or_an_arrow_marks_a_lecture_and_enter_takes_it() {
    let chosen = |session| {
        Effect::CheckIn(Entry {
            session,
            is_chosen: true,
            ..entry("ADM1")
        })
    };
    let (model, [marked, other]) = which();
    for (width, height) in [(80, 24), (40, 12)] {
        let text = text_of(&drawn(&model, width, height));
        for said in [
            "Which lecture",
            ">1  ",
            "Calculus",
            " 2  ",
            "Enter take",
            "Nothing is recorded yet",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
    let text = text_of(&drawn(&model, 80, 24));
    assert!(text.contains("you are on this list") && text.contains("you are not on this list"));
    assert_eq!(press(&mut model.clone(), "\n"), [], "an echo");
    let mut later = model.clone();
    wait(&mut later, 1);
    assert_eq!(press(&mut later.clone(), "\n"), [chosen(marked)]);
    let mut by_digit = later.clone();
    assert_eq!(press(&mut by_digit, "2"), [], "it is only marked");
    assert!(text_of(&drawn(&by_digit, 40, 12)).contains(">2  "));
    assert_eq!(press(&mut by_digit.clone(), "\n"), [chosen(other)]);
    // An arrow goes on from there, and a digit after it marks again.
    stroke(&mut by_digit, Stroke::Up);
    assert_eq!(press(&mut by_digit.clone(), "\n"), [chosen(marked)]);
    assert_eq!(press(&mut by_digit, "2\n"), [chosen(other)]);
    let mut by_arrow = later;
    stroke(&mut by_arrow, Stroke::Down);
    stroke(&mut by_arrow, Stroke::Down);
    assert_eq!(press(&mut by_arrow, "\n"), [chosen(other)]);
    // The next card, also one that begins with the number of a line, answers nothing.
    for card in ["ADM2", "2026001", "1026001", "22", "9"] {
        let mut scanned = model.clone();
        wait(&mut scanned, 1);
        let keys = format!("{card}\n");
        assert_eq!(press(&mut scanned, &keys), [check_in(card)]);
    }
    // Nor is a digit that was typed before it a part of it.
    let mut marked_before = model.clone();
    wait(&mut marked_before, 1);
    press(&mut marked_before, "2");
    wait(&mut marked_before, 1);
    assert_eq!(press(&mut marked_before, "ADM2\n"), [check_in("ADM2")]);
    let mut left = model;
    wait(&mut left, 15);
    assert_eq!(left.entry.stage, EntryStage::Number);
}

/// A record of this very moment, and one that was taken back.
fn just_recorded(model: &mut Model) {
    model.now = receipt().checked_in_at;
    press(model, "ADM/1\n");
    answer(model, Ok(recorded()));
}

#[test]
fn one_key_takes_back_what_was_just_recorded_and_puts_it_back() {
    let mut model = usual_screen();
    just_recorded(&mut model);
    let (take, put) = (
        Effect::TakeBack(receipt().attendance_id),
        Effect::PutBack(receipt().attendance_id),
    );
    assert!(text_of(&drawn(&model, 80, 24)).contains("- not me (10 s)"));
    assert_eq!(press(&mut model, "-"), std::slice::from_ref(&take));
    answer(&mut model, Ok(taken_back()));
    let shown = text_of(&drawn(&model, 80, 24));
    for part in [
        "Taken back: ADM/2023/001",
        "- put it back (10 s)",
        "Now type your own number.",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("Njeri"), "{shown}");
    assert_eq!(press(&mut model, "-"), [put]);
    answer(&mut model, Ok(recorded()));
    // Also once the panel has gone.
    model.entry.outcome = None;
    assert_eq!(press(&mut model, "-"), [take]);
}

#[test]
fn not_me_is_for_ten_seconds_an_empty_field_and_this_keyboards_own_record() {
    let mut model = usual_screen();
    just_recorded(&mut model);
    wait(&mut model, 9);
    assert!(text_of(&drawn(&model, 80, 24)).contains("- not me (1 s)"));
    assert_eq!(press(&mut model, "A-"), [], "the field holds text");
    stroke(&mut model, Stroke::Escape);
    wait(&mut model, 1);
    assert_eq!(press(&mut model, "-"), []);
    assert_eq!(model.entry.field.text(), "-");

    let mut model = usual_screen();
    just_recorded(&mut model);
    press(&mut model, "ADM/2\n");
    let known = CheckInAnswer::MarkedElsewhere(Box::new(receipt()));
    answer(&mut model, Ok(known));
    assert_eq!(press(&mut model, "-"), [], "somebody else's record");

    let mut model = usual_screen();
    model.now = receipt().checked_in_at;
    press(&mut model, "ADM/1\n-");
    answer(&mut model, Ok(recorded()));
    assert_eq!(model.entry.field.text(), "-", "typed before the answer");

    let mut model = usual_screen();
    just_recorded(&mut model);
    assert_eq!(update(&mut model, Msg::Paste("-".to_owned())), None);

    let mut model = usual_screen();
    model.site.not_me_key = '*';
    just_recorded(&mut model);
    assert_eq!(press(&mut model, "-"), []);
    stroke(&mut model, Stroke::Escape);
    assert_eq!(press(&mut model, "*").len(), 1);
}
