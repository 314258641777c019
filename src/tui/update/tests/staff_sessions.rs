//! Answers that come when the person who asked has left, and somebody else is there.

use super::*;
use crate::tui::msg::StaffReply;

fn let_in() -> StaffAnswer {
    StaffAnswer::SignedIn(Ok(signed_in(true)))
}

#[test]
fn an_answer_to_a_sign_in_that_was_left_lets_nobody_else_in() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "t-104\n1234\n").len(), 1);
    let answer = reply_of(&model, let_in());
    stroke(&mut model, Stroke::Staff);
    stroke(&mut model, Stroke::Staff);
    update(&mut model, answer);
    assert!(is_on::<SignInForm>(&model), "somebody else's form");

    press(&mut model, "t-104\n1234\n");
    let answer = reply_of(&model, let_in());
    update(&mut model, answer);
    assert!(is_on::<Menu>(&model), "their own answer");
}

/// One answer of every kind that the staff area takes.
fn answers() -> Vec<StaffAnswer> {
    let order = |tail: &str| Box::new(order(tail, Correction::Unmark, None));
    vec![
        let_in(),
        StaffAnswer::SignedIn(Err(SignInRefusal::Wrong)),
        StaffAnswer::Units(Purpose::Opening, Ok(vec![unit("CS101", "Programming")])),
        StaffAnswer::Lectures(Ok(lectures())),
        StaffAnswer::RemoteSessions(Ok(remote_sessions())),
        StaffAnswer::Folders(vec![PathBuf::from("/media/stick")]),
        StaffAnswer::Sessions(Ok(vec![session()])),
        StaffAnswer::Roster(session().id, Ok(Arc::new(roster()))),
        StaffAnswer::Roster(session().id, Err("No disk.".to_owned())),
        StaffAnswer::History(Err("No disk.".to_owned())),
        StaffAnswer::ReasonNeeded(order("001")),
        StaffAnswer::NameNeeded(order("777")),
        StaffAnswer::Deliveries(Ok(vec![delivery(1)])),
        StaffAnswer::Noted(Ok("ADM/2023/001: absent.".to_owned())),
        StaffAnswer::Done(Ok("CS101 is open until 11:00".to_owned())),
        StaffAnswer::Done(Err("The disk is full.".to_owned())),
        StaffAnswer::MayLeave,
        StaffAnswer::AccessRevoked,
    ]
}

#[test]
fn what_one_asked_for_is_neither_shown_to_the_next_nor_throws_them_out() {
    for choice in [
        None,
        Some(MenuChoice::Open),
        Some(MenuChoice::Board),
        Some(MenuChoice::Today),
        Some(MenuChoice::Sessions),
        Some(MenuChoice::Join),
        Some(MenuChoice::Deliveries),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        let late = answers().into_iter().map(|answer| reply_of(&model, answer));
        let broken_off = StaffReply {
            staff_session: model.staff_session,
            kind: RequestKind::Session,
            answer: None,
        };
        let late: Vec<Msg> = late.chain([Msg::Reply(broken_off)]).collect();
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
    let answer = reply_of(&model, StaffAnswer::Done(Ok("CS101 is closed.".to_owned())));
    stroke(&mut model, Stroke::Staff);
    update(&mut model, answer);
    assert_eq!(model.hint.unwrap().text, "CS101 is closed.");
}

#[test]
fn a_student_is_answered_when_another_staff_session_begins() {
    for answer in [
        Msg::CheckedIn(Box::new(Ok(recorded()))),
        Msg::CheckInBrokeOff,
    ] {
        let mut model = usual_screen();
        press(&mut model, "ADM1\n");
        stroke(&mut model, Stroke::Staff);
        stroke(&mut model, Stroke::Staff);
        update(&mut model, answer);
        assert!(model.entry.outcome.is_some());
    }
}

#[test]
fn a_reason_is_asked_for_only_on_the_board_of_its_session() {
    for ask in [StaffAnswer::ReasonNeeded, StaffAnswer::NameNeeded] {
        let mut model = live_board();
        let order = CorrectionOrder {
            session: SessionId::from_uuid(Uuid::from_u128(9)),
            admission_number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
            correction: Correction::Unmark,
            name: None,
            reason: None,
        };
        press(&mut model, "u");
        reply(&mut model, ask(Box::new(order)));
        assert_eq!(model.staff.as_ref().unwrap().question(), None);
    }
}
