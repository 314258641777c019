//! What keys and answers do, as sentences.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, DeliveryState, HandMark, InvalidAdmissionNumber,
    LectureHere, PersonName, Reason, Session, SessionId, SessionState, Target,
};
use crate::services::export::{Format, List};
use crate::services::{FirstPinRefusal, Pin, PinVersion, SignIn, SignInRefusal, StoreError};
use crate::tui::request::{
    DeliveryLine, ListOrder, OpeningTexts, Purpose, ReadLimit, RequestKind, SignInRequest,
    StaffAnswer, StaffRequest,
};
use crate::tui::site::DemoStaff;
use crate::tui::staff::{
    BoardView, ExamPage, ExcuseForm, ExportForm, LiveBoardPage, Menu, MenuChoice, SessionList,
    SignInForm, StaffPage, TodayPage, UnitsPage,
};
use crate::tui::testing::{
    answer, asked, break_off, exam_record, excuse, history, lecturer, lectures, long_history,
    press, receipt, recorded, remote_sessions, repaint, reply, reply_of, roster,
    roster_with_guests, said, session, sign_in, signed_in, unit, usual_screen, wait,
};
use crate::words::{QuestionText, StaffScreen};

fn check_in(number: &str) -> Effect {
    Effect::CheckIn(entry(number))
}

fn entry(number: &str) -> Entry {
    Entry {
        session: session().id,
        is_chosen: false,
        number: number.to_owned(),
        name: None,
        insists: false,
    }
}

fn stroke(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    update(model, Msg::Stroke(stroke))
}

fn refused(refusal: Refusal) -> Result<CheckInAnswer, Refusal> {
    Err(refusal)
}

/// "Did you mean this number?"
fn near(suggestion: &str) -> Result<CheckInAnswer, Refusal> {
    let suggestion = AdmissionNumber::parse(suggestion).unwrap();
    Err(Refusal::NearNumber { suggestion })
}

/// The open page, if it is of this type.
fn page<P: StaffPage>(model: &Model) -> Option<&P> {
    let page: &dyn Any = model.staff.as_ref().unwrap().page();
    page.downcast_ref()
}

fn is_on<P: StaffPage>(model: &Model) -> bool {
    page::<P>(model).is_some()
}

/// The key of a choice of the menu.
fn key_of(model: &Model, choice: MenuChoice) -> String {
    let menu = MenuChoice::menu(model.snapshot.shown.is_some());
    let at = menu.iter().position(|&one| one == choice).unwrap();
    MenuChoice::digit(at).to_string()
}

fn choose(model: &mut Model, choice: MenuChoice) -> Vec<Effect> {
    let key = key_of(model, choice);
    press(model, &key)
}

fn note(model: &Model) -> Option<&str> {
    model.staff.as_ref()?.note()
}

fn delivery(tail: u128) -> DeliveryLine {
    DeliveryLine {
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
    let snapshot = Arc::clone(&model.snapshot);
    update(model, Msg::Snapshot(snapshot))
}

/// The session list with one session on it.
fn list_of(listed: Session) -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let read = asked(StaffRequest::ListSessions(ReadLimit::default()));
    assert_eq!(choose(&mut model, MenuChoice::Sessions), [read]);
    reply(&mut model, StaffAnswer::Sessions(Ok(vec![listed])));
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
    assert_eq!(press(&mut model, "x"), [asked(StaffRequest::FindFolders)]);
    assert_eq!(press(&mut model, "\n"), [], "not before there is a folder");
    let places = ["/data/exports", "/media/stick"].map(PathBuf::from);
    reply(&mut model, StaffAnswer::Folders(places.to_vec()));
    model
}

fn read_roster() -> Effect {
    asked(StaffRequest::ReadRoster(session().id))
}

/// The board with a roster on it.
fn live_board() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    assert_eq!(choose(&mut model, MenuChoice::Board), [read_roster()]);
    show_roster(&mut model);
    model
}

fn show_roster(model: &mut Model) -> Option<Effect> {
    let roster = Arc::new(roster());
    reply(model, StaffAnswer::Roster(session().id, Ok(roster)))
}

fn board(model: &Model) -> &LiveBoardPage {
    page(model).expect("the board")
}

fn order(tail: &str, correction: Correction, reason: Option<&str>) -> CorrectionOrder {
    CorrectionOrder {
        session: session().id,
        admission_number: AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap(),
        correction,
        name: None,
        reason: reason.and_then(|reason| Reason::parse(reason).unwrap()),
    }
}

fn correction(tail: &str, correction: Correction, reason: Option<&str>) -> Effect {
    asked(StaffRequest::Correct(Box::new(order(
        tail, correction, reason,
    ))))
}

/// Something that happens: a message, or an answer to the staff session of then.
#[derive(Debug, Clone)]
enum Happening {
    Msg(Msg),
    Answer(StaffAnswer),
    BrokeOff(RequestKind),
}

impl Happening {
    fn apply(self, model: &mut Model) -> Option<Effect> {
        match self {
            Self::Msg(msg) => update(model, msg),
            Self::Answer(answer) => reply(model, answer),
            Self::BrokeOff(kind) => {
                break_off(model, kind);
                None
            }
        }
    }
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let stroke = prop_oneof![
        4 => prop_oneof![Just('A'), Just('1'), Just('3'), Just('4'), Just('6'), Just('7'), Just('p'), Just('e'), Just('?'), Just('-'), any::<char>()].prop_map(Stroke::Character),
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
        Just(Ok(recorded())),
        Just(Ok(CheckInAnswer::MarkedElsewhere(Box::new(receipt())))),
        Just(refused(Refusal::NameNeeded)),
        Just(near("ADM/2023/014")),
        Just(refused(Refusal::NoSession)),
    ];
    prop_oneof![
        8 => stroke.prop_map(|stroke| Happening::Msg(Msg::Stroke(stroke))),
        3 => answers.prop_map(|answer| Happening::Msg(Msg::CheckedIn(Box::new(answer)))),
        1 => "\\PC{0,5}".prop_map(|text| Happening::Msg(Msg::Paste(text))),
        1 => Just(StaffAnswer::SignedIn(Ok(signed_in(true)))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Units(Purpose::Opening, Ok(vec![unit("CS101", "Programming")]))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Roster(session().id, Ok(Arc::new(roster())))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Deliveries(Ok(vec![delivery(1)]))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Exam(session().unit_code, Ok(Arc::new(exam_record())))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Enrolment(Ok(Arc::new(history())))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Finished(Ok("Done.".to_owned()))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Sessions(Ok(vec![session()]))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Lectures(Ok(lectures()))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::RemoteSessions(Ok(remote_sessions()))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Folders(vec![PathBuf::from("/media/stick")])).prop_map(Happening::Answer),
        1 => Just(Happening::BrokeOff(RequestKind::Session)),
        1 => Just(StaffAnswer::Noted(Ok("Done.".to_owned()))).prop_map(Happening::Answer),
        1 => Just(StaffAnswer::Done(Ok("Done.".to_owned()))).prop_map(Happening::Answer),
        1 => (0_i64..40_000).prop_map(|millis| {
            let now = Timestamp::from_millis(usual_screen().now.millis() + millis);
            Happening::Msg(Msg::Clock(now))
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_one_check_in_is_asked_for_at_a_time(
        happenings in proptest::collection::vec(any_happening(), 0..80),
    ) {
        let mut model = usual_screen();
        let mut awaited = false;
        for happening in happenings {
            let answers = matches!(happening, Happening::Msg(Msg::CheckedIn(_)));
            if answers && !awaited {
                // The desk answers only what it was asked.
                continue;
            }
            awaited &= !answers;
            match happening.apply(&mut model) {
                Some(Effect::CheckIn(Entry { number, name, .. })) => {
                    prop_assert!(!awaited, "asked twice");
                    prop_assert!(!number.trim().is_empty());
                    prop_assert!(name.is_none_or(|name| !name.trim().is_empty()));
                    awaited = true;
                }
                Some(Effect::TakeBack(_) | Effect::PutBack(_)) => {
                    prop_assert!(!awaited, "asked twice");
                    awaited = true;
                }
                _ => {}
            }
            prop_assert_eq!(awaited, matches!(model.entry.stage, EntryStage::Waiting(_)));
        }
    }
}

mod board;
mod deliveries;
mod editing;
mod enrolment;
mod entry;
mod exam;
mod excuses;
mod exports;
mod opening;
mod sessions;
mod staff;
mod staff_sessions;
mod timetable;
