//! Every request, carried out by the real services over a real database.

use super::*;
use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, AttendanceStatus, CheckInAnswer, CountReason, Decision, DecisionReason,
    EnrolmentSource, ExcuseCategory, Interval, LectureState, ListedPlace, PersonName,
    PlannedLecture, SessionId, SessionState, StaffId, Target, UnitCode,
};
use crate::services::export::{Format, List};
use crate::services::{
    ClassList, GivenExcuse, ImportedStudent, NewUnit, Newcomers, Pin, Policy, SignInRefusal,
    UnitRecord,
};
use crate::store::Store;
use crate::tui::model::Entry;
use crate::tui::request::Purpose;
use crate::tui::request::StaffSessionId;
use crate::tui::testing::{at, said, usual_screen};

const PIN: &str = "2468";

fn unit() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

fn student(tail: &str) -> AdmissionNumber {
    AdmissionNumber::parse(&format!("ADM/2023/{tail}")).unwrap()
}

fn correction(session: SessionId, tail: &str, correction: Correction) -> StaffRequest {
    StaffRequest::Correct(Box::new(CorrectionOrder {
        session,
        admission_number: student(tail),
        correction,
        name: None,
        reason: None,
    }))
}

/// A kiosk where Dr. Smith is signed in, who has charge of CS101.
struct Room {
    _folder: tempfile::TempDir,
    services: Services,
    clock: Clock,
    site: Arc<Site>,
    by: SignIn,
}

impl Room {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let model = usual_screen();
        let policy = Arc::new(Policy {
            deliver_to: Target::ALL.to_vec(),
            ..crate::app::policy(&crate::config::Config::default(), Vec::new())
        });
        let keys = store.kiosk_keys("", model.now).await.unwrap();
        let clock = Clock::set_to(model.now);
        let services = Services::new(&store, &clock, &keys, &policy);
        let administration = &services.administration;
        for (staff_id, is_admin, pin) in [
            ("L1", false, Some(PIN)),
            ("A1", true, Some(PIN)),
            ("L2", false, None),
        ] {
            let id = StaffId::parse(staff_id).unwrap();
            let name = PersonName::parse("Dr. Smith").unwrap();
            let pin = pin.map(|pin| Pin::parse(pin).unwrap());
            let added = administration.add_lecturer(
                Actor::Shell("shell"),
                id,
                name,
                String::new(),
                is_admin,
                pin,
            );
            added.await.unwrap();
        }
        let new = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: StaffId::parse("L1").unwrap(),
            planned_lessons: None,
        };
        administration
            .add_unit(Actor::Shell("shell"), new)
            .await
            .unwrap();
        let by = services
            .pin_auth
            .sign_in("L1", PIN, SignInSource::Terminal)
            .await
            .unwrap();
        let site = Site {
            export_folders: ExportFolders::new(folder.path().join("exports")),
            ..model.site
        };
        Self {
            _folder: folder,
            services,
            clock,
            site: Arc::new(site),
            by,
        }
    }

    async fn answer(&self, effect: Effect) -> Msg {
        let answer = carry_out(effect, self.services.clone(), Arc::clone(&self.site));
        answer.await.expect("an answer")
    }

    async fn staff_answer(&self, effect: Effect) -> StaffAnswer {
        match self.answer(effect).await {
            Msg::Reply(reply) => reply.answer.expect("it did not break off"),
            other => panic!("{other:?}"),
        }
    }

    async fn asks(&self, request: StaffRequest) -> StaffAnswer {
        let by = Box::new(self.by.clone());
        self.staff_answer(Effect::Request(StaffSessionId::default(), by, request))
            .await
    }

    /// Has something done, and returns the sentence that says so.
    async fn does(&self, request: StaffRequest) -> String {
        match self.asks(request).await {
            StaffAnswer::Noted(Ok(sentence)) | StaffAnswer::Done(Ok(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    async fn signs_in(&self, request: SignInRequest) -> StaffAnswer {
        self.staff_answer(Effect::SignIn(StaffSessionId::default(), request))
            .await
    }

    /// The latest session of the lecturer.
    async fn session(&self) -> Session {
        let sessions = self.asks(StaffRequest::ListSessions(ReadLimit::default()));
        match sessions.await {
            StaffAnswer::Sessions(Ok(sessions)) => sessions.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Opens a session that begins now.
    async fn opens(&self) -> Session {
        let texts = OpeningTexts {
            unit: unit(),
            start: String::new(),
            minutes: "120".to_owned(),
            venue: "Room 101".to_owned(),
            semester: "1".to_owned(),
        };
        self.does(StaffRequest::OpenSession(texts)).await;
        self.session().await
    }

    async fn checks_in(&self, session: SessionId, tail: &str) {
        let effect = Effect::CheckIn(Entry {
            session,
            is_chosen: false,
            number: student(tail).to_string(),
            name: Some("Amina Njeri".to_owned()),
            insists: false,
        });
        let Msg::CheckedIn(answer) = self.answer(effect).await else {
            panic!("a check-in is answered");
        };
        assert!(
            matches!(*answer, Ok(CheckInAnswer::Recorded(_))),
            "{answer:?}"
        );
    }

    /// Imports a class list from the beginning of the semester.
    async fn class(&self, tails: &[&str]) {
        let students = tails.iter().map(|tail| ImportedStudent {
            admission_number: student(tail),
            name: PersonName::parse("Amina Njeri").ok(),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        });
        let list = ClassList {
            unit: unit(),
            semester: self.services.administration.semester().clone(),
            students: students.collect(),
            newcomers: Some(Newcomers::FromBeginning),
        };
        let shell = Actor::Shell("shell");
        let imported = self.services.administration.import(shell, list).await;
        imported.unwrap();
    }

    async fn exam(&self) -> Arc<UnitRecord> {
        match self.asks(StaffRequest::ReadExam(unit(), None)).await {
            StaffAnswer::Exam(of, Ok(record)) if of == unit() => record,
            other => panic!("{other:?}"),
        }
    }

    async fn excuses(&self, tail: &str) -> Vec<GivenExcuse> {
        let request = StaffRequest::ReadExcuses(unit(), student(tail));
        match self.asks(request).await {
            StaffAnswer::Excuses(of, Ok(given)) if of == student(tail) => given,
            other => panic!("{other:?}"),
        }
    }

    /// Has something done that leaves its page, and returns the sentence that says so.
    async fn finishes(&self, request: StaffRequest) -> Result<String, String> {
        match self.asks(request).await {
            StaffAnswer::Finished(said) => said,
            other => panic!("{other:?}"),
        }
    }

    async fn marks(&self, session: SessionId) -> Vec<AttendanceStatus> {
        match self.asks(StaffRequest::ReadRoster(session)).await {
            StaffAnswer::Roster(id, Ok(roster)) if id == session => {
                roster.lines.iter().map(|line| line.status).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    async fn lectures(&self) -> Vec<(i64, LectureState)> {
        match self.asks(StaffRequest::ListLectures).await {
            StaffAnswer::Lectures(Ok(lectures)) => {
                let lectures = lectures.into_iter();
                lectures
                    .map(|lecture| (lecture.id, lecture.state))
                    .collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_session_is_opened_extended_closed_reopened_and_cancelled() {
    let room = Room::start().await;
    let opened = room.opens().await;
    assert_eq!(opened.state, SessionState::Open);
    let id = opened.id;
    let quarter = Duration::from_mins(15);
    room.does(StaffRequest::ExtendSession(id, quarter)).await;
    assert_eq!(room.session().await.ends_at, opened.ends_at + quarter);
    let reason = || "fire drill".to_owned();
    for (request, state) in [
        (StaffRequest::CloseSession(id), SessionState::Closed),
        (
            StaffRequest::ReopenSession(id, reason()),
            SessionState::Open,
        ),
        (
            StaffRequest::CancelSession(id, reason()),
            SessionState::Cancelled,
        ),
    ] {
        room.does(request.clone()).await;
        assert_eq!(room.session().await.state, state, "{request:?}");
    }
}

#[tokio::test]
async fn a_planned_lecture_is_opened_and_another_cancelled() {
    let room = Room::start().await;
    let planned = |from: &str, until: &str| PlannedLecture {
        unit: unit(),
        starts_at: at(from),
        ends_at: at(until),
        venue: Venue::default(),
        group: None,
        voluntary: None,
    };
    let lectures = vec![
        planned("09:00:00", "11:00:00"),
        planned("14:00:00", "16:00:00"),
    ];
    let imported = room.services.timetable.import(lectures, "shell").await;
    imported.unwrap();
    let [(first, _), (second, _)] = room.lectures().await[..] else {
        panic!("two lectures");
    };
    room.does(StaffRequest::OpenLecture(first)).await;
    let ill = "ill".to_owned();
    room.does(StaffRequest::CancelLecture(second, ill)).await;
    let lectures = room.lectures().await;
    assert!(
        matches!(
            lectures[..],
            [
                (_, LectureState::Opened { .. }),
                (_, LectureState::Cancelled)
            ]
        ),
        "{lectures:?}"
    );
}

#[tokio::test]
async fn a_mark_is_corrected_for_a_reason_and_the_correction_undone() {
    let room = Room::start().await;
    let session = room.opens().await;
    room.checks_in(session.id, "001").await;
    assert_eq!(room.marks(session.id).await, [AttendanceStatus::Present]);
    let removed = correction(session.id, "001", Correction::Unmark);
    let answer = room.asks(removed).await;
    let StaffAnswer::ReasonNeeded(mut order) = answer else {
        panic!("{answer:?}");
    };
    order.reason = Reason::parse("wrong row").unwrap();
    room.does(StaffRequest::Correct(order)).await;
    // Nobody is enrolled by a mark that is gone; the line stays, so that it can be put right.
    assert_eq!(room.marks(session.id).await, [AttendanceStatus::Removed]);
    let reason = "it was the right row".to_owned();
    room.does(StaffRequest::Undo(session.id, student("001"), reason))
        .await;
    assert_eq!(room.marks(session.id).await, [AttendanceStatus::Present]);

    let unknown = Correction::Mark(crate::domain::HandMark::Present);
    let unknown = correction(session.id, "777", unknown);
    let answer = room.asks(unknown).await;
    assert!(matches!(answer, StaffAnswer::NameNeeded(_)), "{answer:?}");

    let semester = session.semester.clone();
    let history = StaffRequest::ReadHistory(unit(), semester, student("001"));
    let answer = room.asks(history).await;
    let StaffAnswer::History(Ok(history)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(history.admission_number, student("001"));
}

#[tokio::test]
async fn a_student_is_excused_for_a_lecture_or_for_days_and_the_excuse_taken_back() {
    let room = Room::start().await;
    room.class(&["001"]).await;
    let session = room.opens().await;
    let today = room.site.voice.zone.date(room.clock.now());
    let category = ExcuseCategory::Medical;
    let order = |covers, of_unit| {
        StaffRequest::Excuse(Box::new(ExcuseOrder {
            student: student("001"),
            unit: of_unit,
            covers,
            category,
        }))
    };
    let days = Excused::Days(today, today + chrono::Days::new(4));
    for (covers, of_unit) in [(Excused::Lecture(session.id), None), (days, Some(unit()))] {
        assert_eq!(room.marks(session.id).await, [AttendanceStatus::NotYet]);
        let sentence = room.finishes(order(covers, of_unit)).await.unwrap();
        assert!(
            sentence.starts_with("ADM/2023/001") && sentence.contains("sick"),
            "{sentence}"
        );
        assert_eq!(room.marks(session.id).await, [AttendanceStatus::Excused]);
        let [given] = &room.excuses("001").await[..] else {
            panic!("one excuse");
        };
        assert_eq!((given.fact.covers, given.fact.category), (covers, category));
        let take_back = StaffRequest::TakeBackExcuse(given.id, student("001"));
        let number = student("001").to_string();
        assert_eq!(
            room.does(take_back).await,
            said(StaffScreen::IsNotExcused { number })
        );
        assert_eq!(room.excuses("001").await, []);
    }
    // For every unit: that is for administrators.
    let refused = room.finishes(order(days, None)).await;
    assert_eq!(refused, Err(said(StaffScreen::AdministratorsOnly)));
    assert_eq!(room.excuses("001").await, []);
}

#[tokio::test]
async fn a_student_is_withdrawn_and_enrolled_again() {
    let room = Room::start().await;
    room.class(&["001"]).await;
    let session = room.opens().await;
    let today = room.site.voice.zone.date(room.clock.now());
    let place = StudentPlace {
        unit: unit(),
        semester: session.semester.clone(),
        number: student("001"),
    };
    let number = student("001").to_string();
    let change = |change| {
        let place = place.clone();
        StaffRequest::ChangeEnrolment(Box::new(EnrolmentOrder { place, change }))
    };
    let yesterday = today - chrono::Days::new(1);
    let sentence = room
        .does(change(EnrolmentChange::Withdraw(yesterday)))
        .await;
    let withdrawn = StaffScreen::IsWithdrawn {
        number: number.clone(),
        last_day: yesterday,
        credit: 0,
        held: 0,
    };
    assert_eq!(sentence, said(withdrawn));
    assert_eq!(room.marks(session.id).await, [], "not expected any more");
    let decision = room.exam().await.students[0].standing.clone().unwrap().exam;
    assert_eq!(decision.decision, Decision::NotEligible);
    assert_eq!(decision.reasons, [DecisionReason::Withdrawn]);

    let again = Interval::from(Some(today), EnrolmentSource::Staff);
    let sentence = room.does(change(EnrolmentChange::Enrol(again))).await;
    let from = Some(today);
    assert_eq!(sentence, said(StaffScreen::IsEnrolled { number, from }));
    assert_eq!(room.marks(session.id).await, [AttendanceStatus::NotYet]);

    let answer = room.asks(StaffRequest::ReadEnrolment(place.clone())).await;
    let StaffAnswer::Enrolment(Ok(history)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(history.enrolment.since(), Some(today));
    let nobody = StudentPlace {
        number: student("777"),
        ..place
    };
    let answer = room.asks(StaffRequest::ReadEnrolment(nobody)).await;
    assert!(
        matches!(answer, StaffAnswer::Enrolment(Err(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_lecture_that_opened_by_itself_and_one_that_never_opened_are_settled() {
    let room = Room::start().await;
    room.class(&["001"]).await;
    let planned = |from: &str, until: &str| PlannedLecture {
        unit: unit(),
        group: None,
        voluntary: None,
        starts_at: at(from),
        ends_at: at(until),
        venue: Venue::default(),
    };
    let lectures = vec![
        planned("09:00:00", "11:00:00"),
        planned("14:00:00", "16:00:00"),
    ];
    let imported = room.services.timetable.import(lectures, "shell").await;
    imported.unwrap();
    room.services.timetable.open_due().await.unwrap();
    room.clock.advance(Duration::from_hours(24));
    room.services.sessions.close_ended().await.unwrap();
    let reasons = async || {
        let record = room.exam().await;
        let lines = record.students[0].lines.iter().map(|line| line.reason);
        let reasons: Vec<CountReason> = lines.collect();
        let ids: Vec<SessionId> = record.lectures.iter().map(|it| it.id).collect();
        (ids, reasons)
    };
    let (ids, before) = reasons().await;
    assert_eq!(before, [CountReason::NeedsDecision, CountReason::NotKnown]);
    let settle = |at: usize, settled| StaffRequest::SettleLecture(ids[at], settled);
    let held = room.does(settle(0, LectureSettled::Held)).await;
    assert_eq!(held, said(StaffScreen::WasHeld));
    let answer = room.asks(settle(1, LectureSettled::Held)).await;
    assert!(matches!(answer, StaffAnswer::Noted(Err(_))), "{answer:?}");
    let not_held = room.does(settle(1, LectureSettled::NotHeld)).await;
    assert_eq!(not_held, said(StaffScreen::WasNotHeld));
    let (_, after) = reasons().await;
    assert_eq!(after, [CountReason::Absent, CountReason::NotHeld]);
}

#[tokio::test]
async fn one_delivery_is_retried_or_all_and_a_lecturer_sees_the_tails_of_numbers() {
    let room = Room::start().await;
    let session = room.opens().await;
    room.checks_in(session.id, "001").await;
    let listed = StaffRequest::ListDeliveries(ReadLimit::default());
    let answer = room.asks(listed).await;
    let StaffAnswer::Deliveries(Ok(lines)) = answer else {
        panic!("{answer:?}");
    };
    let numbers: Vec<&str> = lines.iter().map(|line| line.number.as_str()).collect();
    assert_eq!(numbers, ["***001", "***001"]);
    let one = StaffRequest::Retry(lines[0].attendance_id, lines[0].target);
    assert_eq!(room.does(one).await, said(StaffScreen::Retried { n: 1 }));
    assert_eq!(
        room.does(StaffRequest::RetryAll).await,
        said(StaffScreen::Retried { n: 2 })
    );
}

#[tokio::test]
async fn a_list_is_written_into_a_folder() {
    let room = Room::start().await;
    let session = room.opens().await;
    let answer = room.asks(StaffRequest::FindFolders).await;
    let StaffAnswer::Folders(folders) = answer else {
        panic!("{answer:?}");
    };
    let order = ListOrder {
        list: List::Session(session.id),
        format: Format::Csv,
        folder: folders[0].clone(),
    };
    room.does(StaffRequest::WriteList(Box::new(order))).await;
    assert_eq!(std::fs::read_dir(&folders[0]).unwrap().count(), 1);
}

#[tokio::test]
async fn without_a_network_no_session_of_another_kiosk_is_joined() {
    let room = Room::start().await;
    let answer = room.asks(StaffRequest::ListRemoteSessions).await;
    assert!(
        matches!(answer, StaffAnswer::RemoteSessions(Err(_))),
        "{answer:?}"
    );
    let elsewhere = SessionId::from_uuid(uuid::Uuid::from_u128(7));
    let answer = room.asks(StaffRequest::JoinSession(elsewhere)).await;
    assert!(matches!(answer, StaffAnswer::Done(Err(_))), "{answer:?}");
}

#[tokio::test]
async fn the_units_are_the_lecturers_own_and_the_program_may_end() {
    let room = Room::start().await;
    let answer = room.asks(StaffRequest::ListUnits(Purpose::Lists)).await;
    let StaffAnswer::Units(Purpose::Lists, Ok(units)) = answer else {
        panic!("{answer:?}");
    };
    let codes: Vec<UnitCode> = units.into_iter().map(|unit| unit.code).collect();
    assert_eq!(codes, [unit()]);
    let answer = room.asks(StaffRequest::AskToLeave).await;
    assert!(matches!(answer, StaffAnswer::MayLeave), "{answer:?}");
}

#[tokio::test]
async fn a_wrong_pin_signs_nobody_in_and_an_administrator_confirms_a_first_one() {
    let room = Room::start().await;
    let wrong = SignInRequest::SignIn {
        staff_id: "L1".to_owned(),
        pin: "1357".to_owned(),
    };
    let answer = room.signs_in(wrong).await;
    assert!(
        matches!(answer, StaffAnswer::SignedIn(Err(SignInRefusal::Wrong))),
        "{answer:?}"
    );
    let first = SignInRequest::SetFirstPin {
        staff_id: "L2".to_owned(),
        pin: Pin::parse("1357").unwrap(),
        administrator: "A1".to_owned(),
        administrator_pin: PIN.to_owned(),
    };
    let answer = room.signs_in(first).await;
    let StaffAnswer::FirstPinSet(Ok(sign_in)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(sign_in.lecturer.staff_id.as_str(), "L2");
}

#[tokio::test]
async fn what_panics_breaks_off() {
    let answer = unless_it_panics(async { panic!("on purpose") }).await;
    assert_eq!(answer, None::<()>);
}

#[test]
fn a_blank_start_is_now_and_a_typed_one_near_it() {
    let site = usual_screen().site;
    let past_midnight = Timestamp::parse("2026-11-23T00:00:20+03:00").unwrap();
    let start = |typed: &str| {
        let texts = OpeningTexts {
            unit: unit(),
            start: typed.to_owned(),
            minutes: "120".to_owned(),
            venue: String::new(),
            semester: "1".to_owned(),
        };
        let opening = read_opening(&texts, &site, past_midnight).unwrap();
        opening.starts_at.map(|at| at.to_string())
    };
    assert_eq!(start(" "), None);
    assert_eq!(start("23:59").unwrap(), "2026-11-22T20:59:00.000Z");
}
