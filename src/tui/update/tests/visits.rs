//! Answers that come when whoever asked has left, and somebody else sits there.

use super::*;

/// An answer to what was asked for while the screen was as it is.
fn late(model: &Model, answer: Msg) -> Msg {
    Msg::Reply(model.visit, Box::new(answer))
}

fn let_in() -> Msg {
    Msg::SignedIn(Ok(signed_in(true)))
}

#[test]
fn an_answer_to_a_sign_in_that_was_left_lets_nobody_else_in() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "t-104\n1234\n").len(), 1);
    let answer = late(&model, let_in());
    stroke(&mut model, Stroke::Staff);
    stroke(&mut model, Stroke::Staff);
    update(&mut model, answer);
    let place = &model.staff.as_ref().unwrap().place;
    assert!(matches!(place, Place::Door(_)), "somebody else's form");

    press(&mut model, "t-104\n1234\n");
    let answer = late(&model, let_in());
    update(&mut model, answer);
    assert!(matches!(page(&model), Page::Home(_)), "their own answer");
}

/// One answer of every kind that the staff area takes.
fn answers() -> Vec<Msg> {
    let order = |number: &str| match correction(number, Correction::Unmark, None) {
        Effect::Correct(order, _) => order,
        _ => unreachable!("it is a correction"),
    };
    vec![
        let_in(),
        Msg::SignedIn(Err(SignInRefusal::Wrong)),
        Msg::Units(Purpose::Opening, Ok(vec![unit("CS101", "Programming")])),
        Msg::Lectures(Ok(lectures())),
        Msg::Neighbours(Ok(neighbours())),
        Msg::Places(vec![PathBuf::from("/media/stick")]),
        Msg::Sessions(Ok(vec![session()])),
        Msg::Roster(session().id, Ok(Arc::new(roster()))),
        Msg::Roster(session().id, Err("No disk.".to_owned())),
        Msg::History(Err("No disk.".to_owned())),
        Msg::ReasonNeeded(order("001")),
        Msg::NameNeeded(order("777")),
        Msg::Deliveries(Ok(vec![delivery(1)])),
        Msg::Noted(Ok("ADM/2023/001: absent.".to_owned())),
        Msg::Done(Ok("CS101 is open until 11:00".to_owned())),
        Msg::Done(Err("The disk is full.".to_owned())),
        Msg::MayLeave,
        Msg::BrokeOff(RequestKind::Session),
    ]
}

#[test]
fn what_one_asked_for_is_neither_shown_to_the_next_nor_throws_them_out() {
    for choice in [
        None,
        Some(Choice::Open),
        Some(Choice::Board),
        Some(Choice::Today),
        Some(Choice::Sessions),
        Some(Choice::Join),
        Some(Choice::Deliveries),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        let late = answers().into_iter().map(|answer| late(&model, answer));
        let late: Vec<Msg> = late.collect();
        stroke(&mut model, Stroke::Staff);
        sign_in(&mut model);
        if let Some(choice) = choice {
            choose(&mut model, choice);
        }
        let before = model.staff.clone();
        for answer in late {
            assert_eq!(update(&mut model, answer.clone()), None, "{answer:?}");
            assert_eq!(model.staff, before, "{choice:?}: {answer:?}");
            assert!(model.hint.is_none(), "{answer:?}");
        }
    }
}

#[test]
fn what_is_done_after_one_left_is_said_on_the_students_screen() {
    let mut model = usual_screen();
    sign_in(&mut model);
    let answer = late(&model, Msg::Done(Ok("CS101 is closed.".to_owned())));
    stroke(&mut model, Stroke::Staff);
    update(&mut model, answer);
    assert_eq!(model.hint.unwrap().text, "CS101 is closed.");
}

#[test]
fn a_student_is_answered_whoever_comes_and_goes_in_the_staff_area() {
    for answer in [
        Msg::Answered(Box::new(recorded())),
        Msg::BrokeOff(RequestKind::CheckIn),
    ] {
        let mut model = usual_screen();
        press(&mut model, "ADM1\n");
        let answer = late(&model, answer);
        stroke(&mut model, Stroke::Staff);
        stroke(&mut model, Stroke::Staff);
        update(&mut model, answer);
        assert!(model.entry.outcome.is_some());
    }
}

#[test]
fn a_reason_is_asked_for_only_on_the_board_of_its_session() {
    for ask in [Msg::ReasonNeeded, Msg::NameNeeded] {
        let mut model = live_board();
        let order = CorrectionOrder {
            session: SessionId::from_uuid(Uuid::from_u128(9)),
            admission_number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
            correction: Correction::Unmark,
            name: None,
            reason: None,
        };
        press(&mut model, "u");
        update(&mut model, ask(Box::new(order)));
        let Place::Office(office) = &model.staff.as_ref().unwrap().place else {
            panic!("somebody is signed in");
        };
        assert_eq!(office.question, None);
    }
}
