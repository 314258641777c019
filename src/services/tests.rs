//! Stories at the desk, told with a real database and a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::Clock;
use crate::domain::*;
use crate::store::{
    ImportedStudent, NewUnit, PublicationOutcome, Publishing, Settled, Settlement, Store,
};

/// A kiosk without doors.
pub(super) struct School {
    folder: tempfile::TempDir,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) desk: Desk,
    registrar: Registrar,
    pub(super) timetable: Timetable,
}

impl School {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A unit CS101 of Dr. Smith with no roster, at 08:00 in Nairobi.
    pub(super) async fn with(decide: impl FnOnce(&mut Policy)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let clock = Clock::set_to(Timestamp::parse("2026-11-23T05:00:00Z").unwrap());
        let mut policy = Policy {
            deliver_to: Target::ALL.to_vec(),
            ..Policy::default()
        };
        decide(&mut policy);
        let policy = Arc::new(policy);
        let keys = store.kiosk_keys("").await.unwrap();
        let school = Self {
            desk: Desk::new(store.clone(), clock.clone(), keys, policy.clone()),
            registrar: Registrar::new(
                store.clone(),
                clock.clone(),
                policy.zone,
                policy.planned_lessons,
            ),
            timetable: Timetable::new(store.clone(), clock.clone(), policy.clone()),
            folder,
            store,
            clock,
        };
        let staff_id = StaffId::parse("S1").unwrap();
        let name = StudentName::parse("Dr. Smith").unwrap();
        school
            .registrar
            .add_lecturer(staff_id.clone(), name, String::new(), true, None, "shell")
            .await
            .unwrap();
        let unit = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        school.registrar.add_unit(unit, "shell").await.unwrap();
        school
    }

    pub(super) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("kiosk.db")
    }

    /// Opens a two-hour session that starts now.
    pub(super) async fn lecture(&self) -> (Session, SessionKey) {
        let opening = Opening {
            unit: unit(),
            semester: None,
            starts_at: None,
            lasts: minutes(120),
            venue: None,
        };
        self.timetable.open(opening, "shell").await.unwrap()
    }

    /// The end of this lecture and the beginning of the next week's.
    pub(super) async fn next_lecture(&self) -> (Session, SessionKey) {
        self.clock.advance(Duration::from_secs(7 * 24 * 3600));
        self.timetable.close_ended().await.unwrap();
        self.lecture().await
    }

    pub(super) async fn types(&self, number: &str, name: &str) -> CheckInAnswer {
        self.check_in(number, name, Entrance::Current, Channel::Keypad, None)
            .await
    }

    async fn check_in(
        &self,
        number: &str,
        name: &str,
        entrance: Entrance,
        channel: Channel,
        device: Option<DeviceId>,
    ) -> CheckInAnswer {
        let request = Request {
            admission_number: number.to_owned(),
            student_name: name.to_owned(),
            entrance,
            channel,
            device,
        };
        self.desk.check_in(request).await
    }

    pub(super) async fn enrol(&self, number: &str, name: Option<&str>) {
        let student = ImportedStudent {
            admission_number: AdmissionNumber::parse(number).unwrap(),
            name: name.map(|name| StudentName::parse(name).unwrap()),
            email: String::new(),
            phone: String::new(),
        };
        self.registrar
            .import(unit(), vec![student], "shell")
            .await
            .unwrap();
    }

    /// A painter for an address of its own and no remotes.
    fn painter(&self) -> (Painter, tokio::sync::watch::Receiver<Arc<Picture>>) {
        let finder = Finder::new("http://kiosk.test", "127.0.0.1:1".parse().unwrap(), None);
        Painter::new(
            self.store.clone(),
            self.desk.clone(),
            self.timetable.clone(),
            finder,
            Vec::new(),
        )
    }

    async fn totals(&self, session: &Session) -> Totals {
        self.store
            .board(session.id, 10)
            .await
            .unwrap()
            .unwrap()
            .totals
    }
}

fn unit() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

#[track_caller]
fn recorded(answer: CheckInAnswer) -> Receipt {
    match answer {
        CheckInAnswer::Recorded(receipt) => *receipt,
        other => panic!("not recorded: {other:?}"),
    }
}

#[track_caller]
fn already_marked(answer: CheckInAnswer) -> Receipt {
    match answer {
        CheckInAnswer::AlreadyMarked(receipt) => *receipt,
        other => panic!("not already marked: {other:?}"),
    }
}

#[track_caller]
fn refused(answer: CheckInAnswer) -> Refusal {
    match answer {
        CheckInAnswer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_session_is_owed_to_other_kiosks_once_however_often_it_changes() {
    let school = School::start().await;
    let owed = async || school.store.publication_counts().await.unwrap().waiting;
    let (first, _) = school.lecture().await;
    assert_eq!(owed().await, 0, "a kiosk that nobody hears owes nothing");
    school.store.set_publishing(Publishing::On).await.unwrap();
    school.timetable.close(first.id, "shell").await.unwrap();
    school
        .timetable
        .reopen(first.id, "early".to_owned(), "shell")
        .await
        .unwrap();
    assert_eq!(owed().await, 1);
    let due = school
        .store
        .due_publications("here".to_owned(), school.clock.now());
    let due = due.await.unwrap();
    assert_eq!(due[0].published.session.state, SessionState::Open);

    // What is said by the time of a later change is not all there is to say.
    school
        .timetable
        .cancel(first.id, "ill".to_owned(), "shell")
        .await
        .unwrap();
    let outcome = PublicationOutcome::Published;
    school
        .store
        .settle_publication(first.id, due[0].edition, outcome)
        .await
        .unwrap();
    assert_eq!(owed().await, 1);
    school.store.set_publishing(Publishing::Off).await.unwrap();
    assert_eq!(owed().await, 0);
}

#[tokio::test]
async fn a_first_check_in_is_recorded_and_a_second_finds_the_first() {
    let school = School::start().await;
    school.lecture().await;
    let first = recorded(school.types(" adm/2023/001", "John Doe").await);
    assert_eq!(first.student.admission_number.as_str(), "ADM/2023/001");
    assert_eq!(first.standing.of_plan.to_string(), "8.33");
    school.clock.advance(minutes(3));
    let again = already_marked(
        school
            .check_in(
                "ADM/2023/001",
                "",
                Entrance::Session(first.session.id),
                Channel::Phone,
                None,
            )
            .await,
    );
    assert_eq!(again.attendance_id, first.attendance_id);
    assert_eq!(
        (again.checked_in_at, again.channel),
        (first.checked_in_at, Channel::Keypad)
    );
    assert_eq!(school.desk.attendance_count(None).await.unwrap(), 1);
}

#[tokio::test]
async fn the_percentage_of_each_lecture_is_that_of_the_rule() {
    let school = School::start().await;
    let mut shown = Vec::new();
    school.lecture().await;
    for lecture in 1..=13 {
        if lecture > 1 {
            school.next_lecture().await;
        }
        shown.push(
            recorded(school.types("ADM/1", "John Doe").await)
                .standing
                .of_plan
                .to_string(),
        );
    }
    assert_eq!(
        shown,
        [
            "8.33", "16.67", "25.00", "33.33", "41.67", "50.00", "58.33", "66.67", "75.00",
            "83.33", "91.67", "100.00", "100.00"
        ]
    );
}

#[tokio::test]
async fn a_cancelled_lecture_counts_for_nobody() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    school
        .timetable
        .cancel(session.id, "strike".to_owned(), "S1")
        .await
        .unwrap();
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/1", "").await);
    assert_eq!((receipt.standing.attended, receipt.standing.held), (1, 1));
    assert_eq!(
        refused(
            school
                .check_in(
                    "ADM/2",
                    "Jane",
                    Entrance::Session(session.id),
                    Channel::Cli,
                    None
                )
                .await
        ),
        Refusal::SessionClosed
    );
}

#[tokio::test]
async fn lectures_before_one_joined_are_not_held_against_one() {
    let school = School::start().await;
    school.lecture().await;
    school.next_lecture().await;
    recorded(school.types("ADM/1", "Early Bird").await);
    let late_joiner = recorded(school.types("ADM/2", "Late Joiner").await);
    assert_eq!(
        (late_joiner.standing.attended, late_joiner.standing.held),
        (1, 1)
    );
    school.next_lecture().await;
    let bird = recorded(school.types("ADM/1", "").await);
    assert_eq!((bird.standing.attended, bird.standing.held), (2, 2));
}

#[tokio::test]
async fn a_roster_and_a_receipt_tell_the_same_standing() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Early Bird")).await;
    school.enrol("ADM/2", Some("Often Away")).await;
    let mut receipts = Vec::new();
    for lecture in 0..6 {
        let (session, _) = school.next_lecture().await;
        recorded(school.types("ADM/1", "").await);
        if lecture % 2 == 0 {
            recorded(school.types("ADM/2", "").await);
        }
        if lecture >= 3 {
            receipts = vec![recorded(school.types("ADM/3", "Late Joiner").await)];
        }
        if lecture == 4 {
            let reason = "strike".to_owned();
            let cancelled = school.timetable.cancel(session.id, reason, "S1");
            cancelled.await.unwrap();
        }
    }
    receipts.push(already_marked(school.types("ADM/1", "").await));
    receipts.push(recorded(school.types("ADM/4", "Newcomer").await));
    let (shown, _) = school.timetable.find(None).await.unwrap().unwrap();
    let roster = school.timetable.roster(shown.id).await.unwrap().unwrap();
    assert_eq!(roster.lines.len(), 4);
    for receipt in receipts {
        let number = &receipt.student.admission_number;
        let line = roster
            .lines
            .iter()
            .find(|line| line.admission_number == *number);
        assert_eq!(line.unwrap().standing, receipt.standing, "{number}");
    }
    let away = &roster.lines[1].standing;
    assert_eq!(
        (away.attended, away.held),
        (2, 5),
        "one of three was cancelled"
    );
}

#[tokio::test]
async fn a_new_number_needs_a_name_and_a_known_one_does_not() {
    let school = School::start().await;
    school.lecture().await;
    assert_eq!(
        refused(school.types("ADM/1", " ").await),
        Refusal::NameNeeded
    );
    recorded(school.types("ADM/1", "John Doe").await);
    school.enrol("ADM/2", None).await;
    assert_eq!(recorded(school.types("ADM/2", "").await).student.name, None);
}

#[tokio::test]
async fn a_student_cannot_rename_a_name_of_the_roster() {
    let school = School::start().await;
    school.lecture().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let receipt = recorded(school.types("ADM/1", "Mickey Mouse").await);
    assert_eq!(receipt.student.name.unwrap().as_str(), "Jane Doe");
    assert_eq!(receipt.flags.to_string(), "name_mismatch");
    school.enrol("ADM/2", Some("John Roe")).await;
    assert_eq!(
        recorded(school.types("ADM/2", "roe john").await).flags,
        Flags::NONE
    );
}

#[tokio::test]
async fn a_name_of_ones_own_may_be_mended() {
    let school = School::start().await;
    school.lecture().await;
    recorded(school.types("ADM/1", "Jhon Doe").await);
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert_eq!(receipt.student.name.unwrap().as_str(), "John Doe");
    assert_eq!(receipt.flags, Flags::NONE);
}

#[tokio::test]
async fn a_pending_student_counts_for_nothing_and_is_owed_to_nobody() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert!(receipt.pending);
    assert_eq!(receipt.standing.of_plan, Percentage::ZERO);
    assert_eq!(receipt.delivery.firestore, RemoteAnswer::Disabled);
    let totals = school.totals(&session).await;
    assert_eq!((totals.pending, totals.present, totals.enrolled), (1, 0, 0));
    assert!(already_marked(school.types("ADM/1", "").await).pending);
    school.next_lecture().await;
    assert!(
        recorded(school.types("ADM/1", "").await).pending,
        "still on no roster"
    );
}

#[tokio::test]
async fn a_site_may_take_only_its_own_students() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Reject).await;
    school.lecture().await;
    assert_eq!(
        refused(school.types("ADM/1", "John Doe").await),
        Refusal::UnknownStudent
    );
    school.enrol("ADM/1", Some("John Doe")).await;
    recorded(school.types("ADM/1", "").await);
}

#[tokio::test]
async fn windows_open_late_and_close() {
    let school = School::start().await;
    let opening = Opening {
        unit: unit(),
        semester: None,
        starts_at: Some(school.clock.now() + minutes(30)),
        lasts: minutes(60),
        venue: None,
    };
    let (session, _) = school.timetable.open(opening, "S1").await.unwrap();
    assert_eq!(
        refused(school.types("ADM/1", "A").await),
        Refusal::NotYetOpen {
            opens_at: session.starts_at - minutes(10)
        }
    );
    school.clock.advance(minutes(20));
    assert_eq!(recorded(school.types("ADM/1", "A").await).late_minutes, 0);
    school.clock.advance(minutes(27));
    let late = recorded(school.types("ADM/2", "B").await);
    assert_eq!(
        (late.late_minutes, late.flags.to_string().as_str()),
        (17, "late")
    );
    school.clock.advance(minutes(44));
    assert_eq!(
        refused(school.types("ADM/3", "C").await),
        Refusal::NoSession
    );
    let by_id = school
        .check_in(
            "ADM/3",
            "C",
            Entrance::Session(session.id),
            Channel::Cli,
            None,
        )
        .await;
    assert_eq!(refused(by_id), Refusal::SessionClosed);
}

#[tokio::test]
async fn what_comes_after_a_reopening_is_flagged() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "A").await);
    school.timetable.close(session.id, "S1").await.unwrap();
    school
        .timetable
        .reopen(session.id, "closed too early".to_owned(), "S1")
        .await
        .unwrap();
    assert_eq!(
        recorded(school.types("ADM/2", "B").await).flags.to_string(),
        "after_reopen"
    );
    assert!(matches!(
        school
            .timetable
            .reopen(session.id, "again".to_owned(), "S1")
            .await,
        Err(crate::store::StoreError::Conflict(_))
    ));
}

#[tokio::test]
async fn reopening_never_shortens_a_class_and_closing_never_revives_one() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let timetable = &school.timetable;
    timetable.close(session.id, "S1").await.unwrap();
    let reason = || "closed too early".to_owned();
    let early = timetable.reopen(session.id, reason(), "S1").await.unwrap();
    assert_eq!(early.ends_at, session.ends_at, "two hours are left");
    school.clock.advance(minutes(300));
    timetable.close_ended().await.unwrap();
    let late = timetable.reopen(session.id, reason(), "S1").await.unwrap();
    assert_eq!(late.ends_at, school.clock.now() + minutes(15));

    timetable.cancel(session.id, reason(), "S1").await.unwrap();
    let closed = timetable.close(session.id, "S1").await.unwrap();
    assert_eq!(
        closed.state,
        SessionState::Cancelled,
        "it would count as held"
    );
}

#[tokio::test]
async fn three_numbers_in_fifteen_seconds_are_a_burst() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    for number in ["ADM/1", "ADM/2", "ADM/3"] {
        recorded(school.types(number, "Somebody").await);
        school.clock.advance(Duration::from_secs(7));
    }
    school.clock.advance(minutes(1));
    recorded(school.types("ADM/4", "Patient").await);
    let roster = school.timetable.roster(session.id).await.unwrap().unwrap();
    let flagged: Vec<&str> = roster
        .lines
        .iter()
        .filter(|line| line.flags.has(Flag::Burst))
        .map(|line| line.admission_number.as_str())
        .collect();
    assert_eq!(flagged, ["ADM/1", "ADM/2", "ADM/3"]);
}

#[tokio::test]
async fn a_shared_phone_is_flagged_or_blocked() {
    for (policy, expected) in [
        (SharedDevice::Flag, None),
        (SharedDevice::Block, Some(Refusal::DeviceBlocked)),
    ] {
        let school = School::with(|site| site.shared_device = policy).await;
        let (session, _) = school.lecture().await;
        let phone = Some(school.desk.new_device());
        let send = |number| {
            school.check_in(
                number,
                "Somebody",
                Entrance::Session(session.id),
                Channel::Phone,
                phone,
            )
        };
        assert_eq!(recorded(send("ADM/1").await).flags, Flags::NONE);
        already_marked(send("ADM/1").await);
        match (send("ADM/2").await, expected) {
            (CheckInAnswer::Recorded(receipt), None) => {
                assert_eq!(receipt.flags.to_string(), "shared_device");
            }
            (CheckInAnswer::Refused(refusal), Some(expected)) => assert_eq!(refusal, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_form_opened_in_time_may_be_sent_after_its_code() {
    let school = School::start().await;
    let (session, key) = school.lecture().await;
    let code = school.desk.code(&key).to_string();
    assert!(matches!(
        school.desk.find_code(&code.to_lowercase()).await.unwrap(),
        CodeAnswer::Live(_)
    ));
    let phone = Some(school.desk.new_device());
    let ticket = school.desk.issue_ticket(session.id, phone);
    school.clock.advance(Duration::from_secs(100));
    assert!(matches!(
        school.desk.find_code(&code).await.unwrap(),
        CodeAnswer::Expired(_)
    ));
    let send = |number, ticket: &str| {
        let entrance = Entrance::Form {
            code: code.clone(),
            ticket: ticket.to_owned(),
        };
        school.check_in(number, "Somebody", entrance, Channel::Phone, phone)
    };
    recorded(send("ADM/1", &ticket).await);
    assert_eq!(refused(send("ADM/2", "").await), Refusal::CodeExpired);
    school.clock.advance(Duration::from_secs(100));
    assert_eq!(refused(send("ADM/2", &ticket).await), Refusal::CodeExpired);
}

#[tokio::test]
async fn a_code_of_a_closed_class_says_so() {
    let school = School::start().await;
    let (session, key) = school.lecture().await;
    let code = school.desk.code(&key).to_string();
    school.timetable.close(session.id, "S1").await.unwrap();
    let by_code = |code: &str| {
        school.check_in(
            "ADM/1",
            "A",
            Entrance::Code(code.to_owned()),
            Channel::Phone,
            None,
        )
    };
    assert_eq!(refused(by_code(&code).await), Refusal::SessionClosed);
    assert_eq!(refused(by_code("000000").await), Refusal::UnknownCode);
    assert_eq!(refused(by_code("../../etc").await), Refusal::UnknownCode);
}

#[tokio::test]
async fn bad_words_are_refused_before_anything_is_written() {
    let school = School::start().await;
    school.lecture().await;
    for (number, name) in [
        ("", "A"),
        ("ADM/1", "\u{202e}evil"),
        ("\u{1b}[2J", "A"),
        (&"9".repeat(51), "A"),
    ] {
        assert_eq!(
            refused(school.types(number, name).await).outcome(),
            "invalid",
            "{number:?} {name:?}"
        );
    }
    assert_eq!(school.desk.attendance_count(None).await.unwrap(), 0);
}

#[tokio::test]
async fn thirty_two_doors_make_one_record() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let doors = (0..32).map(|_| {
        school.check_in(
            "ADM/1",
            "John Doe",
            Entrance::Session(session.id),
            Channel::Phone,
            None,
        )
    });
    let answers = futures_util::future::join_all(doors).await;
    let recorded = answers
        .iter()
        .filter(|answer| matches!(answer, CheckInAnswer::Recorded(_)))
        .count();
    let marked = answers
        .iter()
        .filter(|answer| matches!(answer, CheckInAnswer::AlreadyMarked(_)))
        .count();
    assert_eq!((recorded, marked), (1, 31));
    assert_eq!(
        school.store.counts(Target::Portal).await.unwrap().waiting,
        1
    );
}

#[tokio::test]
async fn the_record_and_its_debts_are_one() {
    let school = School::start().await;
    school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert_eq!(
        receipt.delivery,
        DeliveryState {
            firestore: RemoteAnswer::Queued,
            portal: RemoteAnswer::Queued
        }
    );
    let debts = school
        .store
        .due(Target::Portal, "k1".to_owned(), school.clock.now(), 10)
        .await
        .unwrap();
    assert_eq!(debts.len(), 1);
    assert_eq!(debts[0].report.attendance_id, receipt.attendance_id);
    assert_eq!(debts[0].report.percentage.to_string(), "8.33");
}

#[tokio::test]
async fn a_remote_that_is_off_is_owed_nothing() {
    let school = School::with(|policy| policy.deliver_to = vec![Target::Firestore]).await;
    school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert_eq!(receipt.delivery.portal, RemoteAnswer::Disabled);
    let json =
        serde_json::to_value(CheckInResult::of_receipt(&receipt, school.desk.zone())).unwrap();
    assert_eq!(
        json["portal"],
        serde_json::json!({"success": true, "message": "disabled"})
    );
    assert_eq!(
        json["firebase"],
        serde_json::json!({"success": false, "queued": true})
    );
    assert_eq!(json["attendance_percentage"], 8.33);
    assert_eq!(json["session"]["time_slot"], "08:00 - 10:00");
}

#[tokio::test]
async fn what_is_reported_later_is_what_was_true_then() {
    let school = School::start().await;
    school.lecture().await;
    let first = recorded(school.types("ADM/1", "John Doe").await);
    school.next_lecture().await;
    recorded(school.types("ADM/1", "").await);
    let debts = school
        .store
        .due(Target::Firestore, "k1".to_owned(), school.clock.now(), 10)
        .await
        .unwrap();
    assert_eq!(debts[0].report.checked_in_at, first.checked_in_at);
    let percentages: Vec<String> = debts
        .iter()
        .map(|debt| debt.report.percentage.to_string())
        .collect();
    assert_eq!(percentages, ["8.33", "16.67"]);
}

#[tokio::test]
async fn the_board_counts_everybody_once() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    for number in ["ADM/1", "ADM/2", "ADM/3"] {
        school.enrol(number, Some("Somebody")).await;
    }
    recorded(school.types("ADM/1", "").await);
    school.clock.advance(minutes(20));
    recorded(school.types("ADM/2", "").await);
    recorded(school.types("ADM/9", "Walk In").await);
    let totals = school.totals(&session).await;
    assert_eq!(
        totals,
        Totals {
            enrolled: 4,
            present: 1,
            late: 2,
            absent: 1,
            pending: 0
        }
    );
    let board = school.store.board(session.id, 2).await.unwrap().unwrap();
    assert_eq!(
        board
            .arrivals
            .iter()
            .map(|arrival| arrival.masked_number.as_str())
            .collect::<Vec<_>>(),
        ["***M/9", "***M/2"]
    );
    let roster = school.timetable.roster(session.id).await.unwrap().unwrap();
    let marks: Vec<(&str, Mark)> = roster
        .lines
        .iter()
        .map(|line| (line.admission_number.as_str(), line.mark))
        .collect();
    assert_eq!(
        marks,
        [
            ("ADM/1", Mark::Present),
            ("ADM/2", Mark::Late),
            ("ADM/3", Mark::Absent),
            ("ADM/9", Mark::Late)
        ]
    );
}

#[tokio::test]
async fn a_student_who_waits_for_approval_is_not_absent_once_on_the_roster() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    school.enrol("ADM/1", Some("John Doe")).await;
    school.enrol("ADM/2", Some("Jane Roe")).await;
    let roster = school.timetable.roster(session.id).await.unwrap().unwrap();
    let marked = |mark| roster.lines.iter().filter(|line| line.mark == mark).count();
    assert_eq!((marked(Mark::Pending), marked(Mark::Absent)), (1, 1));
    let Totals {
        enrolled,
        pending,
        absent,
        ..
    } = school.totals(&session).await;
    assert_eq!((enrolled, pending, absent), (2, 1, 1));
}

#[tokio::test]
async fn a_roster_taken_twice_changes_nothing() {
    let school = School::start().await;
    let list = |name: &str| {
        vec![ImportedStudent {
            admission_number: AdmissionNumber::parse("ADM/1").unwrap(),
            name: Some(StudentName::parse(name).unwrap()),
            email: "a@example.org".to_owned(),
            phone: String::new(),
        }]
    };
    let preview = school
        .registrar
        .preview(unit(), list("Jane"))
        .await
        .unwrap();
    let first = school
        .registrar
        .import(unit(), list("Jane"), "shell")
        .await
        .unwrap();
    assert_eq!(preview.0, first);
    assert_eq!((first.new, first.enrolled), (1, 1));
    let again = school
        .registrar
        .import(unit(), list("Jane"), "shell")
        .await
        .unwrap();
    assert_eq!(
        (again.new, again.changed, again.unchanged, again.enrolled),
        (0, 0, 1, 0)
    );
    let renamed = school
        .registrar
        .import(unit(), list("Janet"), "shell")
        .await
        .unwrap();
    assert_eq!(renamed.changed, 1);
}

#[tokio::test]
async fn sessions_are_numbered_once_and_capped() {
    let school = School::with(|policy| policy.max_sessions = 2).await;
    let (first, _) = school.lecture().await;
    let opening = Opening {
        unit: unit(),
        semester: None,
        starts_at: Some(first.starts_at),
        lasts: minutes(60),
        venue: None,
    };
    let twin = school
        .timetable
        .open(opening.clone(), "S1")
        .await
        .unwrap_err();
    assert!(twin.to_string().contains("number 1"), "{twin}");
    school
        .timetable
        .cancel(first.id, "ill".to_owned(), "S1")
        .await
        .unwrap();
    let (second, _) = school.next_lecture().await;
    let (third, _) = school.next_lecture().await;
    assert_eq!(
        (second.number, third.number),
        (2, 3),
        "a cancelled number is not used again"
    );
    school.clock.advance(minutes(180));
    let over = school
        .timetable
        .open(
            Opening {
                starts_at: None,
                ..opening
            },
            "S1",
        )
        .await
        .unwrap_err();
    assert!(over.to_string().contains("had its 2 sessions"), "{over}");
}

#[tokio::test]
async fn a_lecturer_opens_and_closes_their_own_sessions_and_an_administrator_all() {
    let school = School::start().await;
    for (staff_id, is_admin) in [("T1", false), ("A1", true)] {
        let staff_id = StaffId::parse(staff_id).unwrap();
        let name = StudentName::parse("Dr. Otieno").unwrap();
        let department = String::new();
        let added = school
            .registrar
            .add_lecturer(staff_id, name, department, is_admin, None, "shell");
        added.await.unwrap();
    }
    let theirs = NewUnit {
        code: UnitCode::parse("MA110").unwrap(),
        name: "Mathematics".to_owned(),
        lecturer: StaffId::parse("T1").unwrap(),
        planned_lessons: None,
    };
    school.registrar.add_unit(theirs, "shell").await.unwrap();
    let lecturers = school.registrar.lecturers().await.unwrap();
    let [admin, _smith, otieno] = <[Lecturer; 3]>::try_from(lecturers).unwrap();

    let units_of = async |lecturer: &Lecturer| {
        let units = school.registrar.units_of(lecturer).await.unwrap();
        let codes = units.iter().map(|unit| unit.code.to_string());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(units_of(&otieno).await, ["MA110"]);
    assert_eq!(units_of(&admin).await, ["CS101", "MA110"]);

    let opening = |code: &str| Opening {
        unit: UnitCode::parse(code).unwrap(),
        semester: None,
        starts_at: None,
        lasts: minutes(120),
        venue: None,
    };
    let not_theirs = TimetableError::NotTheirs {
        unit: unit(),
        lecturer_name: "Dr. Smith".to_owned(),
    };
    let timetable = &school.timetable;
    let refused = timetable.open_as(&otieno, opening("CS101")).await;
    assert_eq!(refused.unwrap_err(), not_theirs);
    let (session, _) = timetable.open_as(&admin, opening("CS101")).await.unwrap();
    let refused = timetable.close_as(&otieno, session.id).await;
    assert_eq!(refused.unwrap_err(), not_theirs);
    let closed = timetable.close_as(&admin, session.id).await.unwrap();
    assert_eq!(closed.state, SessionState::Closed);
    let (own, _) = timetable.open_as(&otieno, opening("MA110")).await.unwrap();
    assert!(timetable.close_as(&otieno, own.id).await.is_ok());
}

#[tokio::test]
async fn a_lecture_is_not_opened_a_second_time_while_it_goes_on() {
    let school = School::start().await;
    let (first, _) = school.lecture().await;
    school.clock.advance(minutes(1));
    let again = Opening {
        unit: unit(),
        semester: None,
        starts_at: None,
        lasts: minutes(60),
        venue: None,
    };
    let refused = school.timetable.open(again.clone(), "S1").await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("number 1: close or cancel it"),
        "{refused}"
    );
    let elsewhere = Opening {
        venue: Some(Venue::parse("Hall B").unwrap()),
        ..again.clone()
    };
    assert!(school.timetable.open(elsewhere, "S1").await.is_ok());
    school.timetable.close(first.id, "S1").await.unwrap();
    school.clock.advance(minutes(1));
    assert!(school.timetable.open(again, "S1").await.is_ok());
}

#[tokio::test]
async fn a_session_closes_by_itself_even_after_the_program_was_away() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(121));
    assert_eq!(school.timetable.close_ended().await.unwrap(), [session.id]);
    assert_eq!(
        school
            .timetable
            .find(None)
            .await
            .unwrap()
            .map(|(session, _)| session.id),
        None
    );
}

#[tokio::test]
async fn the_screen_shows_the_class_of_its_own_room() {
    let school = School::with(|policy| policy.venue = Venue::parse("Hall A").unwrap()).await;
    let open = |venue: &str, start: u64| {
        let opening = Opening {
            unit: unit(),
            semester: None,
            starts_at: Some(school.clock.now() + minutes(start)),
            lasts: minutes(60),
            venue: Some(Venue::parse(venue).unwrap()),
        };
        let timetable = school.timetable.clone();
        async move { timetable.open(opening, "S1").await.unwrap().0.id }
    };
    let here = open("Hall A", 1).await;
    let there = open("Hall B", 2).await;
    let later = open("Hall A", 61).await;
    let shown = || async {
        school
            .timetable
            .find(None)
            .await
            .unwrap()
            .map(|(session, _)| session.id)
    };
    assert_eq!(shown().await, Some(here));
    school.timetable.close(here, "S1").await.unwrap();
    assert_eq!(shown().await, Some(there), "a class elsewhere before none");
    school.timetable.close(there, "S1").await.unwrap();
    assert_eq!(
        shown().await,
        Some(later),
        "the next one when none is taking check-ins"
    );
}

#[tokio::test]
async fn staff_come_in_with_a_pin_and_wait_after_wrong_ones() {
    let school = School::start().await;
    let door = StaffDoor::new(school.store.clone(), school.clock.clone());
    assert!(!door.has_a_key().await.unwrap());
    school
        .registrar
        .set_pin(
            StaffId::parse("s1").unwrap(),
            Pin::parse("4711").unwrap(),
            "shell",
        )
        .await
        .unwrap();
    assert_eq!(
        door.sign_in("s1", "4711").await.unwrap().lecturer.name,
        "Dr. Smith"
    );
    assert_eq!(
        door.sign_in("S2", "4711").await.unwrap_err(),
        SignInRefusal::Wrong
    );
    for _ in 0..5 {
        assert_eq!(
            door.sign_in("S1", "0000").await.unwrap_err(),
            SignInRefusal::Wrong
        );
    }
    let until = school.clock.now() + minutes(1);
    assert_eq!(
        door.sign_in("S1", "4711").await.unwrap_err(),
        SignInRefusal::Locked { until }
    );
    school.clock.advance(minutes(1));
    assert!(door.sign_in("S1", "4711").await.is_ok());
    // A clock that was far ahead when the door was locked does not lock it for years.
    let years = Duration::from_secs(20 * 365 * 24 * 3600);
    school.clock.advance(years);
    for _ in 0..5 {
        let _ = door.sign_in("S1", "0000").await;
    }
    let back = Clock::set_to(school.clock.now() - years);
    let door = StaffDoor::new(school.store.clone(), back);
    assert!(door.sign_in("S1", "4711").await.is_ok());
}

#[tokio::test]
async fn the_picture_follows_what_happens() {
    let school = School::start().await;
    let (painter, picture) = school.painter();
    painter.paint().await;
    assert!(picture.borrow().shown.is_none());
    school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    painter.paint().await;
    let now = picture.borrow().clone();
    assert_eq!(now.shown.as_ref().unwrap().board.totals.present, 1);
    assert_eq!(now.address.as_deref(), Some("http://kiosk.test"));
}

#[tokio::test]
async fn while_the_clock_is_not_set_it_is_shown_and_check_ins_are_flagged() {
    let school = School::start().await;
    school.lecture().await;
    let (painter, picture) = school.painter();
    school.clock.set_trusted(false);
    painter.paint().await;
    assert!(picture.borrow().clock_not_set);
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(receipt.flags.to_string(), "clock_untrusted");

    school.clock.set_trusted(true);
    painter.paint().await;
    assert!(!picture.borrow().clock_not_set);
    let later = recorded(school.types("ADM/2", "John Roe").await);
    assert_eq!(later.flags, Flags::NONE);
    let first = school.desk.receipt(receipt.attendance_id).await.unwrap();
    assert!(
        first.unwrap().flags.has(Flag::ClockUntrusted),
        "the flag stays with the record"
    );
}

const HOUR: Duration = Duration::from_secs(3600);

/// Sets the clock by the hour, forward and back.
fn turned(now: Timestamp) -> [Timestamp; 2] {
    [now + HOUR, now - HOUR]
}

#[tokio::test]
async fn codes_and_tickets_that_were_issued_outlive_a_setting_of_the_clock() {
    for back in [0, 1] {
        let school = School::start().await;
        let opening = Opening {
            unit: unit(),
            semester: None,
            // Long enough to be open before and after.
            starts_at: Some(school.clock.now() - HOUR),
            lasts: minutes(300),
            venue: None,
        };
        let (session, key) = school.timetable.open(opening, "shell").await.unwrap();
        let code = school.desk.code(&key).to_string();
        let phone = Some(school.desk.new_device());
        let ticket = school.desk.issue_ticket(session.id, phone);

        school.clock.turn_to(turned(school.clock.now())[back]);
        assert_eq!(
            school.desk.code(&key).to_string(),
            code,
            "still on the screen"
        );
        assert!(matches!(
            school.desk.find_code(&code).await.unwrap(),
            CodeAnswer::Live(_)
        ));
        let send = |number, ticket: &str| {
            let entrance = Entrance::Form {
                code: "AAAAAA".to_owned(),
                ticket: ticket.to_owned(),
            };
            school.check_in(number, "Somebody", entrance, Channel::Phone, phone)
        };
        recorded(send("ADM/1", &ticket).await);
        school.clock.advance(minutes(2));
        recorded(send("ADM/2", &ticket).await);
        assert!(matches!(
            school.desk.find_code(&code).await.unwrap(),
            CodeAnswer::Expired(_)
        ));
        school.clock.advance(minutes(2));
        assert_eq!(refused(send("ADM/3", &ticket).await), Refusal::UnknownCode);
    }
}

#[tokio::test]
async fn a_wait_at_the_staff_door_is_as_long_as_it_is() {
    for back in [0, 1] {
        let school = School::start().await;
        let staff_id = StaffId::parse("S1").unwrap();
        let pin = Pin::parse("4711").unwrap();
        school
            .registrar
            .set_pin(staff_id, pin, "shell")
            .await
            .unwrap();
        let door = StaffDoor::new(school.store.clone(), school.clock.clone());
        for _ in 0..5 {
            door.sign_in("S1", "0000").await.unwrap_err();
        }
        school.clock.turn_to(turned(school.clock.now())[back]);
        let until = school.clock.now() + minutes(1);
        assert_eq!(
            door.sign_in("S1", "4711").await.unwrap_err(),
            SignInRefusal::Locked { until },
            "shown by the clock on the wall"
        );
        school.clock.advance(minutes(1));
        assert!(door.sign_in("S1", "4711").await.is_ok());
    }
}

/// What the database says of a record's time: now, first, late minutes, flags.
async fn times_of(school: &School, id: uuid::Uuid) -> (Timestamp, u32, String) {
    let receipt = school.desk.receipt(id).await.unwrap().unwrap();
    (
        receipt.checked_in_at,
        receipt.late_minutes,
        receipt.flags.to_string(),
    )
}

#[tokio::test]
async fn times_of_a_clock_that_was_not_set_are_put_right_once_it_is() {
    let school = School::start().await;
    // The machine came up at a time it remembered: five hours and three minutes slow.
    let slow = minutes(5 * 60 + 3);
    let opening = Opening {
        unit: unit(),
        semester: None,
        // A lecture that somebody gave its true time, though the clock was far from it.
        starts_at: Some(school.clock.now() + slow - minutes(5)),
        lasts: minutes(120),
        venue: None,
    };
    let (named, _) = school.timetable.open(opening, "shell").await.unwrap();
    school.clock.set_trusted(false);
    let (lecture, _) = school.lecture().await;
    let arrives = |number: &'static str| {
        school.check_in(
            number,
            "Jane",
            Entrance::Session(lecture.id),
            Channel::Keypad,
            None,
        )
    };
    let early = recorded(arrives("ADM/1").await).attendance_id;
    school.clock.advance(minutes(12));
    let late = recorded(arrives("ADM/2").await).attendance_id;
    let (_, minutes_late, flags) = times_of(&school, late).await;
    assert_eq!((minutes_late, flags.as_str()), (12, "late,clock_untrusted"));
    let too_early = school
        .check_in(
            "ADM/3",
            "Jane",
            Entrance::Session(named.id),
            Channel::Keypad,
            None,
        )
        .await;
    assert!(matches!(refused(too_early), Refusal::NotYetOpen { .. }));

    // A time server answers. Nothing of the lecture is over, though its first times have passed; and
    // until the machine says so, nobody vouches for the new time.
    let (painter, _) = school.painter();
    school.clock.turn_to(school.clock.now() + slow);
    painter.paint().await;
    let found = school.timetable.find(Some(lecture.id)).await.unwrap();
    let (session, _) = found.unwrap();
    assert_eq!(
        (session.starts_at, session.state),
        (lecture.starts_at, SessionState::Open)
    );
    school.clock.set_trusted(true);
    painter.paint().await;
    let found = school.timetable.find(Some(lecture.id)).await.unwrap();
    let (session, _) = found.unwrap();
    assert_eq!(session.starts_at, lecture.starts_at + slow);
    assert_eq!(session.ends_at, lecture.ends_at + slow);
    assert_eq!(session.state, SessionState::Open);

    let right = session.starts_at;
    let of = |flags: &str| flags.to_owned();
    assert_eq!(
        times_of(&school, early).await,
        (right, 0, of("clock_untrusted"))
    );
    assert_eq!(
        times_of(&school, late).await,
        (right + minutes(12), 12, of("late,clock_untrusted"))
    );
    // The next look finds nothing more to do, and who comes now is as punctual as they are.
    painter.paint().await;
    assert_eq!(times_of(&school, early).await.0, right);
    school.clock.advance(minutes(1));
    let next = recorded(arrives("ADM/4").await);
    assert_eq!(
        (next.late_minutes, next.flags.to_string()),
        (13, of("late"))
    );
}

#[tokio::test]
async fn a_corrected_time_decides_anew_who_is_late_and_drops_nobody() {
    let school = School::start().await;
    let start = school.clock.now();
    // The lecture's true times are known; the clock is 30 minutes slow.
    school.clock.set_trusted(false);
    let opening = Opening {
        unit: unit(),
        semester: None,
        starts_at: Some(start),
        lasts: minutes(60),
        venue: None,
    };
    let (session, _) = school.timetable.open(opening, "shell").await.unwrap();
    let on_time = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(on_time.late_minutes, 0);
    school.clock.advance(minutes(35));
    let at_the_end = recorded(school.types("ADM/2", "John Roe").await);
    school.clock.turn_to(school.clock.now() + minutes(30));
    school.clock.set_trusted(true);
    let timekeeper = school.timetable.timekeeper();
    let corrected = timekeeper.look().await.unwrap().corrected;
    assert_eq!(
        (corrected.records, corrected.sessions, corrected.told_before),
        (2, 0, 0)
    );
    assert_eq!(timekeeper.look().await.unwrap().corrected.records, 0);

    let late = "late,clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, on_time.attendance_id).await,
        (start + minutes(30), 30, late)
    );
    let outside = "late,clock_untrusted,outside_windows".to_owned();
    assert_eq!(
        times_of(&school, at_the_end.attendance_id).await,
        (start + minutes(65), 65, outside)
    );
    assert_eq!(school.totals(&session).await.late, 2, "both stand");
    // The remotes are told the right time, and owe nobody an excuse.
    let due = school
        .store
        .due(Target::Portal, "k1".to_owned(), school.clock.steady(), 10)
        .await
        .unwrap();
    let told: Vec<_> = due
        .iter()
        .map(|debt| (debt.report.checked_in_at, debt.report.late_minutes))
        .collect();
    assert_eq!(told, [(start + minutes(30), 30), (start + minutes(65), 65)]);
}

#[tokio::test]
async fn who_was_late_by_a_fast_clock_only_is_late_no_more() {
    let school = School::start().await;
    let start = school.clock.now();
    school.clock.set_trusted(false);
    let opening = Opening {
        unit: unit(),
        semester: None,
        starts_at: Some(start - minutes(25)),
        lasts: minutes(60),
        venue: None,
    };
    school.timetable.open(opening, "shell").await.unwrap();
    let late = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(late.late_minutes, 25);
    school.clock.turn_to(start - minutes(20));
    school.clock.set_trusted(true);
    school.timetable.timekeeper().look().await.unwrap();
    let flags = "clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, late.attendance_id).await,
        (start - minutes(20), 0, flags)
    );
}

#[tokio::test]
async fn records_of_an_earlier_run_that_never_knew_the_time_stay_flagged() {
    let school = School::start().await;
    school.clock.set_trusted(false);
    let (_, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    let next_run = school.clock.after_reboot();
    next_run.turn_to(next_run.now() + HOUR);
    next_run.set_trusted(true);
    let policy = Arc::new(school.desk.policy().clone());
    let corrected = Timekeeper::new(school.store.clone(), next_run, policy);
    assert_eq!(corrected.look().await.unwrap().corrected.records, 0);
    let flags = "clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, receipt.attendance_id).await,
        (receipt.checked_in_at, 0, flags)
    );
}

#[tokio::test]
async fn waits_of_an_earlier_run_do_not_outlast_it() {
    let school = School::start().await;
    school.lecture().await;
    let boot = school.clock.uptime().boot;
    let zero = school.clock.steady_zero_by_now();
    school.store.steady_zero(boot, zero).await.unwrap();
    let attendance_id = recorded(school.types("ADM/1", "Jane Doe").await).attendance_id;
    let postponed = Settled {
        attendance_id,
        revision: 0,
        settlement: Settlement::Postponed {
            error: "no network".to_owned(),
            next_attempt_at: school.clock.steady() + minutes(5),
        },
    };
    let now = school.clock.steady();
    let settled = school
        .store
        .settle(Target::Portal, vec![postponed], now)
        .await;
    settled.unwrap();

    // The clock has no battery, and wakes up half an hour behind.
    let next_run = school.clock.after_reboot();
    next_run.turn_to(next_run.now() - minutes(30));
    let (boot, fresh) = (next_run.uptime().boot, next_run.steady_zero_by_now());
    let zero = school.store.steady_zero(boot, fresh).await.unwrap();
    next_run.keep_steady_from(zero);
    let next = school.store.next_due(Target::Portal).await.unwrap();
    assert!(next.unwrap() <= next_run.steady());
}

#[tokio::test]
async fn deliveries_can_be_watched_and_tried_again() {
    let school = School::start().await;
    school.lecture().await;
    let mut ids = Vec::new();
    for number in ["ADM/1", "ADM/2", "ADM/3"] {
        ids.push(recorded(school.types(number, "Jane Doe").await).attendance_id);
        school.clock.advance(Duration::from_secs(20));
    }
    let (_status, status) = tokio::sync::watch::channel(RemoteStatus::Connected);
    let (hand, in_hand) = tokio::sync::watch::channel(Arc::from([ids[1]]));
    let portal = WatchedRemote {
        target: Target::Portal,
        status,
        in_hand,
    };
    let deliveries = Deliveries::new(school.store.clone(), school.clock.clone(), vec![portal]);
    let of_portal = async || deliveries.progress().await.unwrap().remove(1);
    let before = of_portal().await;
    assert_eq!(
        (before.counts.waiting, before.delivering, before.backlog),
        (3, 1, 3)
    );
    assert_eq!(before.status, RemoteStatus::Connected);

    let answer = "é".repeat(5000);
    let settled = [
        (
            ids[0],
            Settlement::Delivered {
                document_id: "p1".to_owned(),
                answer: answer.clone(),
            },
        ),
        (
            ids[2],
            Settlement::Parked {
                error: "no".to_owned(),
                answer,
            },
        ),
    ]
    .map(|(attendance_id, settlement)| Settled {
        attendance_id,
        revision: 0,
        settlement,
    })
    .to_vec();
    let now = school.clock.steady();
    school
        .store
        .settle(Target::Portal, settled, now)
        .await
        .unwrap();
    let after = of_portal().await;
    assert_eq!((after.counts.waiting, after.counts.parked), (1, 1));
    assert_eq!((after.drained, after.backlog, after.last_minute), (2, 3, 1));

    // The wall clock is set; times of the list are those that people read.
    school.clock.turn_to(school.clock.now() + HOUR);
    let all = Page {
        offset: 0,
        limit: 10,
    };
    let lines = deliveries.page(Some(Target::Portal), all).await.unwrap();
    let stand: Vec<_> = lines
        .iter()
        .map(|line| (line.attendance_id, line.state))
        .collect();
    assert_eq!(
        stand,
        [(ids[2], DebtState::Parked), (ids[1], DebtState::Delivering)],
        "what waits for a person stands first"
    );
    assert_eq!(lines[0].last_answer.as_ref().unwrap().len(), 4096);
    assert!(lines[1].next_attempt_at > school.clock.now() - minutes(2));
    hand.send_replace(Arc::from([]));
    let next = Page {
        offset: 1,
        limit: 1,
    };
    let lines = deliveries.page(Some(Target::Portal), next).await.unwrap();
    assert_eq!((lines.len(), lines[0].state), (1, DebtState::Waiting));

    assert_eq!(deliveries.retry(ids[2], None).await, Ok(2), "at both");
    assert_eq!(of_portal().await.counts.parked, 0);
    assert_eq!(
        deliveries.retry(ids[0], Some(Target::Portal)).await,
        Ok(0),
        "told is told"
    );
    assert_eq!(deliveries.retry_all(None).await, Ok(5));
    school.clock.advance(minutes(1));
    assert_eq!(of_portal().await.last_minute, 0);
}
mod corrections;
mod history;
mod long_rosters;
mod neighbours;
mod pins;
mod plans;
mod rights;
mod timetable;
mod zones;
