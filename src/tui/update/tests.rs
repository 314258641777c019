//! What keys and answers do, as sentences.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, DeliveryState, HandMark, InvalidAdmissionNumber,
    Mark, PersonName, Reason, Session, SessionId, SessionState, Target,
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

fn delivery(tail: u128) -> Delivery {
    Delivery {
        attendance_id: Uuid::from_u128(tail),
        target: Target::Portal,
        state: DeliveryState::Parked,
        attempts: 2,
        clock_untrusted: false,
        next_attempt_at: usual_screen().now,
        last_error: Some("no such unit".to_owned()),
        checked_in_at: usual_screen().now,
        number: format!("***00{tail}"),
    }
}

fn repainted(model: &mut Model) -> Option<Effect> {
    let picture = Arc::clone(&model.picture);
    update(model, Msg::Snapshot(picture))
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

/// The form for the lists of a session, once it knows the folders.
fn list_form() -> Model {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "x"), [Effect::FindPlaces]);
    assert_eq!(press(&mut model, "\n"), [], "not before there is a folder");
    let places = ["/data/exports", "/media/stick"].map(PathBuf::from);
    update(&mut model, Msg::Places(places.to_vec()));
    model
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
        1 => Just(Msg::BrokeOff(RequestKind::Session)),
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

mod board;
mod deliveries;
mod entry;
mod exports;
mod opening;
mod sessions;
mod staff;
mod timetable;
mod visits;
