//! Who is taken in, who is turned away, and what is noticed of them.

use std::sync::Arc;

use super::*;
use crate::domain::Ticket;
use crate::services::Request;
use crate::store::KioskKeys;
use crate::words::Voice;

#[tokio::test]
async fn a_first_check_in_is_recorded_and_a_second_finds_the_first() {
    let school = School::start().await;
    school.lecture().await;
    let first = recorded(school.types(" adm/2023/001", "John Doe").await);
    assert_eq!(first.student.admission_number.as_str(), "ADM/2023/001");
    assert_eq!(first.standing.as_ref().unwrap().of_plan.to_string(), "8.33");
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

impl School {
    async fn by_phone(
        &self,
        number: &str,
        name: &str,
        phone: Option<DeviceId>,
    ) -> Result<CheckInAnswer, Refusal> {
        let session = self.store.open_sessions().await.unwrap().remove(0).session;
        let entrance = Entrance::Session(session.id);
        self.check_in(number, name, entrance, Channel::Phone, phone)
            .await
    }

    /// What was done to a student's record or name, by whom: first thing first.
    async fn done_to(&self, number: &str) -> Vec<(String, String)> {
        let filter = AuditFilter {
            limit: 50,
            ..AuditFilter::default()
        };
        let lines = self.corrections.trail(Actor::Shell("shell"), filter).await;
        let lines = lines.unwrap().into_iter().rev().filter(|line| {
            let record = line.record.as_ref();
            line.subject == number
                || record.is_some_and(|record| record.admission_number.as_str() == number)
        });
        lines.map(|line| (line.actor, line.action)).collect()
    }
}

#[tokio::test]
async fn a_repeat_says_whose_it_is_on_the_phone_that_made_it_and_to_staff_alone() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.lecture().await;
    let phone = Some(school.desk.new_device());
    let first = recorded(school.by_phone("ADM/1", "", phone).await);
    school.clock.advance(minutes(3));
    let shell = school.check_in("ADM/1", "", Entrance::Current, Channel::Cli, None);
    for answer in [school.by_phone("ADM/1", "", phone).await, shell.await] {
        let Ok(CheckInAnswer::AlreadyMarked(receipt)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(receipt.student.name.unwrap().as_str(), "Jane Doe");
        assert!(receipt.standing.is_some());
    }
    let other = Some(school.desk.new_device());
    for answer in [
        school.by_phone("ADM/1", "", other).await,
        school.by_phone("ADM/1", "Jane Doe", None).await,
        school.types("ADM/1", "").await,
    ] {
        let Ok(CheckInAnswer::MarkedElsewhere(receipt)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(
            (receipt.attendance_id, receipt.checked_in_at),
            (first.attendance_id, first.checked_in_at)
        );
        let figures = (receipt.standing, receipt.percentage);
        assert_eq!((receipt.student.name, figures), (None, (None, None)));
    }
    // The id, which a repeat tells, opens no more than the repeat.
    for (device, shown) in [(phone, true), (other, false), (None, false)] {
        let receipt = school.desk.receipt(first.attendance_id, device).await;
        let receipt = receipt.unwrap().unwrap();
        assert_eq!(receipt.student.name.is_some(), shown);
        assert_eq!(receipt.standing.is_some(), shown);
    }
    assert_eq!(school.done_to("ADM/1").await, [], "nobody typed a name");
}

#[tokio::test]
async fn another_name_typed_with_a_number_that_is_marked_is_kept_for_staff() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    let (mine, other) = (school.desk.new_device(), school.desk.new_device());
    let id = recorded(school.by_phone("ADM/1", "doe jane", Some(mine)).await).attendance_id;
    let staff = Actor::Shell("shell");
    already_marked(school.by_phone("ADM/1", "Peter Pan", Some(other)).await);
    already_marked(school.by_phone("ADM/1", "Peter Pan", Some(other)).await);
    already_marked(school.types("ADM/1", "Captain Hook").await);
    let roster = school.sessions.roster(staff, session.id).await.unwrap();
    let line = &roster.lines[0];
    assert_eq!(line.flags.to_string(), "name_mismatch");
    assert_eq!(line.name.as_ref().unwrap().as_str(), "Jane Doe");
    let done = school.done_to("ADM/1").await;
    let [(phone, first), (keypad, second)] = &done[..] else {
        panic!("{done:?}");
    };
    assert!(
        phone.starts_with("phone:") && keypad == "keypad",
        "{done:?}"
    );
    assert_eq!([&**first, &**second], ["attendance.name_typed"; 2]);
    let student = AdmissionNumber::parse("ADM/1").unwrap();
    let history = school
        .corrections
        .history(staff, &unit(), None, &student)
        .await;
    let history = history.unwrap().unwrap();
    let lecture = history.lectures.last().unwrap();
    let voice = Voice::english(school.desk.zone());
    let said = lecture.corrections.iter();
    let said: Vec<String> = said.map(|line| voice.change(&line.change)).collect();
    assert_eq!(
        said,
        ["present; typed: Peter Pan", "present; typed: Captain Hook"]
    );
    // It is no decision of staff: the phone still says "not me".
    let ticket = school
        .desk
        .issue_ticket(session.id, Some(mine))
        .await
        .unwrap();
    let taken = school
        .desk
        .take_back_on_phone(id, &ticket, Some(mine))
        .await;
    assert!(
        matches!(taken, Ok(CheckInAnswer::TakenBack(_))),
        "{taken:?}"
    );
}

#[tokio::test]
async fn a_name_given_in_a_lecture_is_changed_there_on_the_phone_that_gave_it() {
    let school = School::start().await;
    school.lecture().await;
    let (mine, other) = (school.desk.new_device(), school.desk.new_device());
    let id = recorded(school.by_phone("ADM/9", "Amnia Belo", Some(mine)).await).attendance_id;
    already_marked(school.by_phone("ADM/9", "Somebody Else", Some(other)).await);
    let name = |receipt: Receipt| receipt.student.name.unwrap().to_string();
    let receipt = school.receipt(id).await;
    assert_eq!(receipt.flags.to_string(), "name_mismatch");
    assert_eq!(name(receipt), "Amnia Belo");
    let again = already_marked(school.by_phone("ADM/9", "Amina Bello", Some(mine)).await);
    assert_eq!(name(again), "Amina Bello");
    let due = school.due(Target::Portal).await;
    let told = due[0].report.student_name.as_ref();
    assert_eq!(told.unwrap().as_str(), "Amina Bello");
    let done = school.done_to("ADM/9").await;
    let (by, action) = done.last().unwrap();
    assert_eq!(action, "student.named");
    assert!(by.starts_with("phone:"), "{by}");
    // In any later lecture it stays, on every phone.
    school.next_lecture().await;
    let id = recorded(school.by_phone("ADM/9", "", Some(other)).await).attendance_id;
    already_marked(school.by_phone("ADM/9", "Somebody Else", Some(other)).await);
    let receipt = school.receipt(id).await;
    assert_eq!(receipt.flags.to_string(), "name_mismatch");
    assert_eq!(name(receipt), "Amina Bello");
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
async fn a_name_given_once_is_replaced_by_nobody_who_types_another() {
    let school = School::start().await;
    school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/1", "Mickey Mouse").await);
    assert_eq!(receipt.student.name.unwrap().as_str(), "John Doe");
    assert_eq!(receipt.flags.to_string(), "name_mismatch");
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/1", "doe john").await);
    assert_eq!(receipt.flags, Flags::NONE);
}

#[tokio::test]
async fn a_pending_student_counts_for_nothing_and_is_owed_to_nobody() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert!(receipt.pending);
    assert_eq!((receipt.standing, receipt.percentage), (None, None));
    assert_eq!(receipt.delivery.firestore, RemoteAnswer::Disabled);
    let totals = school.totals(&session).await;
    assert_eq!((totals.guests, totals.present, totals.expected), (1, 0, 0));
    assert!(already_marked(school.types("ADM/1", "").await).pending);
    school.next_lecture().await;
    assert!(
        recorded(school.types("ADM/1", "").await).pending,
        "still on no roster"
    );
    school.enrol("ADM/2", Some("Jane Roe")).await;
    assert!(!recorded(school.types("ADM/2", "").await).pending);
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
    let starts_at = Some(school.clock.now() + minutes(30));
    let (session, _) = school.opens(opening(starts_at, minutes(60))).await;
    assert_eq!(
        refused(school.types("ADM/1", "A").await),
        Refusal::NotYetOpen {
            opens_at: session.starts_at - minutes(10)
        }
    );
    school.clock.advance(minutes(20));
    assert_eq!(
        recorded(school.types("ADM/1", "A").await)
            .punctuality
            .minutes(),
        0
    );
    school.clock.advance(minutes(27));
    let late = recorded(school.types("ADM/2", "B").await);
    assert_eq!(
        (late.punctuality.minutes(), late.flags.to_string().as_str()),
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
    school
        .sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
    school
        .sessions
        .reopen(
            Actor::Shell("S1"),
            session.id,
            "closed too early".to_owned(),
        )
        .await
        .unwrap();
    assert_eq!(
        recorded(school.types("ADM/2", "B").await).flags.to_string(),
        "after_reopen"
    );
    assert!(matches!(
        school
            .sessions
            .reopen(Actor::Shell("S1"), session.id, "again".to_owned())
            .await,
        Err(SessionError::Refused(_))
    ));
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
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), session.id)
        .await
        .unwrap();
    let flagged: Vec<&str> = roster
        .lines
        .iter()
        .filter(|line| line.flags.has(Flag::Burst))
        .map(|line| line.admission_number.as_str())
        .collect();
    assert_eq!(flagged, ["ADM/1", "ADM/2", "ADM/3"]);
}

#[tokio::test]
async fn a_burst_is_over_after_fifteen_seconds() {
    for (since_the_first, is_burst) in [(14_999, true), (15_000, true), (15_001, false)] {
        let school = School::start().await;
        school.lecture().await;
        for number in ["ADM/1", "ADM/2"] {
            let receipt = recorded(school.types(number, "Somebody").await);
            assert_eq!(receipt.flags, Flags::NONE, "two are no burst");
        }
        school.clock.advance(Duration::from_millis(since_the_first));
        let third = recorded(school.types("ADM/3", "Somebody").await);
        assert_eq!(third.flags.has(Flag::Burst), is_burst, "{since_the_first}");
    }
}

#[tokio::test]
async fn a_phone_makes_no_burst_of_those_at_the_keypad() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Somebody").await);
    recorded(school.types("ADM/2", "Somebody").await);
    let (by_id, phone) = (
        Entrance::Session(session.id),
        Some(school.desk.new_device()),
    );
    let sent = school.check_in("ADM/3", "Somebody", by_id, Channel::Phone, phone);
    assert_eq!(recorded(sent.await).flags, Flags::NONE);
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
            (Ok(CheckInAnswer::Recorded(receipt)), None) => {
                assert_eq!(receipt.flags.to_string(), "shared_device");
            }
            (Err(refusal), Some(expected)) => assert_eq!(refusal, expected),
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
    let ticket = school.desk.issue_ticket(session.id, phone).await.unwrap();
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

/// The use cases with other keys, as after a start of the program.
async fn started_again(school: &School, change: impl FnOnce(&mut KioskKeys)) -> Services {
    let mut keys = school
        .store
        .kiosk_keys("", school.clock.now())
        .await
        .unwrap();
    change(&mut keys);
    let policy = Arc::new(crate::app::policy(
        &crate::config::Config::default(),
        Vec::new(),
    ));
    Services::new(&school.store, &school.clock, &keys, &policy)
}

fn by_form(ticket: String) -> Request {
    Request {
        admission_number: "ADM/1".to_owned(),
        student_name: "Somebody".to_owned(),
        insists: false,
        entrance: Entrance::Form {
            code: "AAAAAA".to_owned(),
            ticket,
        },
        channel: Channel::Phone,
        device: None,
    }
}

#[tokio::test]
async fn the_keys_of_yesterdays_backup_sign_no_ticket_of_todays_lecture() {
    let school = School::start().await;
    let stolen = school
        .store
        .kiosk_keys("", school.clock.now())
        .await
        .unwrap();
    school.clock.advance(minutes(24 * 60));
    let (session, _) = school.lecture().await;
    let forged = Ticket::issue(session.id, None, school.clock.monotonic());
    let sent = by_form(forged.to_field(&stolen.signing_key));
    assert_eq!(
        refused(school.desk.check_in(sent).await),
        Refusal::UnknownCode
    );
}

#[tokio::test]
async fn a_form_that_was_open_during_the_update_is_taken_for_as_long_as_it_would_have_been() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let old = school
        .store
        .kiosk_keys("", school.clock.now())
        .await
        .unwrap();
    let open = Ticket::issue(session.id, None, school.clock.monotonic());
    let field = open.to_field(&old.signing_key);
    school.clock.advance(Duration::from_secs(30));
    // The first start of this version.
    let updated = school.clock.now();
    let services = started_again(&school, |keys| keys.tickets_by_session_since = updated).await;
    recorded(services.desk.check_in(by_form(field)).await);
    // Later the old key signs nothing, in this lecture or another.
    school.clock.advance(Duration::from_secs(600));
    let late = Ticket::issue(session.id, None, school.clock.monotonic());
    let sent = by_form(late.to_field(&old.signing_key));
    assert_eq!(
        refused(services.desk.check_in(sent).await),
        Refusal::UnknownCode
    );
}

#[tokio::test]
async fn a_phone_stays_known_for_half_a_year_after_its_key_was_replaced() {
    let school = School::start().await;
    let phone = school.desk.new_device();
    let cookie = school.desk.device_cookie(phone);
    let until = school
        .administration
        .rotate_keys(Actor::Shell("shell"))
        .await
        .unwrap();
    let services = started_again(&school, |_| {}).await;
    assert_eq!(services.desk.read_device(&cookie), Some(phone));
    assert_ne!(services.desk.device_cookie(phone), cookie);
    school.clock.turn_to(until);
    assert_eq!(services.desk.read_device(&cookie), None);
}

#[tokio::test]
async fn a_code_of_a_closed_class_says_so() {
    let school = School::start().await;
    let (session, key) = school.lecture().await;
    let code = school.desk.code(&key).to_string();
    school
        .sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
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
            refused(school.types(number, name).await).outcome().as_str(),
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
        .filter(|answer| matches!(answer, Ok(CheckInAnswer::Recorded(_))))
        .count();
    let marked = answers
        .iter()
        .filter(|answer| matches!(answer, Ok(CheckInAnswer::MarkedElsewhere(_))))
        .count();
    assert_eq!((recorded, marked), (1, 31));
    assert_eq!(
        school.store.counts(Target::Portal).await.unwrap().waiting,
        1
    );
}

/// A class of ADM/2023/001 to 060, with names.
async fn class(school: &School) {
    let students = (1..=60).map(|n| listed(&format!("ADM/2023/{n:03}"), Some("Somebody Listed")));
    school.import(students.collect()).await;
}

#[tokio::test]
async fn a_number_near_one_of_the_list_is_asked_about_and_recorded_once_it_is_right() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    class(&school).await;
    for typed in [
        "ADM-2023-011",
        "ADM 2023 011",
        "ADM/2O23/011",
        "AMD/2023/011",
    ] {
        for name in ["", "Wilson Typo"] {
            assert_eq!(
                suggested(school.types(typed, name).await),
                "ADM/2023/011",
                "{typed}"
            );
        }
    }
    assert_eq!(school.desk.attendance_count(None).await.unwrap(), 0);
    let right = recorded(school.types("ADM/2023/011", "").await);
    assert_eq!((right.flags, right.listing), (Flags::NONE, Listing::Main));
    // Whoever has checked in already is suggested as well.
    assert_eq!(
        suggested(school.types("ADM-2023-011", "").await),
        "ADM/2023/011"
    );
    assert_eq!(school.totals(&session).await.expected, 60);
}

#[tokio::test]
async fn a_number_that_imitates_another_makes_no_further_student() {
    let school = School::start().await;
    school.lecture().await;
    class(&school).await;
    // A joiner is no difference.
    let joined = recorded(school.types("ADM/2023/\u{200d}010", "").await);
    assert_eq!(joined.listing, Listing::Main);
    for imitated in [
        "\u{410}DM/2023/011",
        "ADM/2023/01\u{661}",
        "ADM/2023/011\u{332}",
        "ADM/2023/011\u{2800}",
    ] {
        let typed = school.types(imitated, "Wilson Odd").await;
        assert_eq!(suggested(typed), "ADM/2023/011", "{imitated}");
        let insists = Request {
            insists: true,
            ..request(imitated, "Wilson Odd")
        };
        let script = Refusal::InvalidNumber(InvalidAdmissionNumber::Script);
        let insisted = school.desk.check_in(insists).await;
        if imitated.contains('\u{661}') {
            // An Arabic digit is a digit.
            assert_eq!(recorded(insisted).flags.to_string(), "near_number");
        } else {
            assert_eq!(refused(insisted), script, "{imitated}");
        }
    }
    let odd = school.types("\u{410}XY/77", "Wilson Odd").await;
    let script = Refusal::InvalidNumber(InvalidAdmissionNumber::Script);
    assert_eq!(refused(odd), script);
}

#[tokio::test]
async fn a_number_of_another_form_that_resembles_a_listed_one_is_asked_about() {
    let school = School::with(|policy| {
        policy.number_pattern = NumberPattern::parse("ADM/[0-9]{4}/[0-9]{3}").unwrap();
    })
    .await;
    school.lecture().await;
    class(&school).await;
    for typed in ["ADM/2023/O11", "ADM-2023-011"] {
        assert_eq!(suggested(school.types(typed, "").await), "ADM/2023/011");
        let insists = Request {
            insists: true,
            ..request(typed, "Wilson New")
        };
        let form = Refusal::InvalidNumber(InvalidAdmissionNumber::Pattern);
        assert_eq!(refused(school.desk.check_in(insists).await), form);
    }
    let form = Refusal::InvalidNumber(InvalidAdmissionNumber::Pattern);
    assert_eq!(refused(school.types("XYZ/77", "Zoe New").await), form);
}

#[tokio::test]
async fn whoever_insists_is_new_flagged_and_asked_no_more() {
    let school = School::start().await;
    school.lecture().await;
    class(&school).await;
    let insists = |name: &str| Request {
        insists: true,
        ..request("ADM/2023/O11", name)
    };
    let nameless = school.desk.check_in(insists("")).await;
    assert_eq!(refused(nameless), Refusal::NameNeeded);
    let new = recorded(school.desk.check_in(insists("Wilson New")).await);
    assert_eq!(new.flags.to_string(), "near_number");
    assert_eq!(new.listing, Listing::Stranger);
    school.next_lecture().await;
    let again = recorded(school.types("ADM/2023/O11", "").await);
    assert_eq!(again.flags, Flags::NONE);
    // Insisting changes nothing where nothing resembles.
    let other = Request {
        insists: true,
        ..request("XYZ/77", "Zoe New")
    };
    assert_eq!(
        recorded(school.desk.check_in(other).await).flags,
        Flags::NONE
    );
}

#[tokio::test]
async fn whoever_has_insisted_in_one_unit_is_not_asked_in_another() {
    let school = School::start().await;
    school.lecture().await;
    class(&school).await;
    let insists = Request {
        insists: true,
        ..request("ADM/2023/O11", "Wilson New")
    };
    recorded(school.desk.check_in(insists).await);
    let unit = school.another_unit("MA101").await;
    let list = ClassList {
        unit: unit.clone(),
        semester: school.administration.semester().clone(),
        students: vec![listed("ADM/2023/011", Some("Somebody Listed"))],
        newcomers: Some(Newcomers::FromBeginning),
    };
    let by = Actor::Shell("shell");
    school.administration.import(by, list).await.unwrap();
    school.clock.advance(Duration::from_secs(24 * 3600));
    school.sessions.close_ended().await.unwrap();
    let next = Opening {
        unit,
        ..opening(None, minutes(60))
    };
    school.opens(next).await;
    let known = recorded(school.types("ADM/2023/O11", "").await);
    assert_eq!(known.flags, Flags::NONE);
    assert_eq!(
        suggested(school.types("ADM-2023-011", "").await),
        "ADM/2023/011"
    );
}

#[tokio::test]
async fn known_numbers_and_those_near_several_or_of_other_days_are_not_asked_about() {
    let school = School::start().await;
    school.lecture().await;
    school.enrol("ADM/2023/011", Some("Jane Doe")).await;
    school.enrol("ADM/2023/012", Some("Jane Roe")).await;
    recorded(school.types("ADM/2023/012", "").await);
    assert_eq!(
        refused(school.types("ADM/2023/013", "").await),
        Refusal::NameNeeded
    );
    let place = Place {
        unit: unit(),
        semester: school.administration.semester().clone(),
        number: AdmissionNumber::parse("ADM/2023/011").unwrap(),
    };
    let withdraw = PlaceChange::Withdraw(school.administration.today());
    let by = Actor::Shell("shell");
    let withdrawn = school.administration.change_enrolment(by, place, withdraw);
    withdrawn.await.unwrap();
    assert_eq!(
        suggested(school.types("ADM-2023-011", "").await),
        "ADM/2023/011"
    );
    school.next_lecture().await;
    // What is left of this day's list.
    assert_eq!(
        suggested(school.types("ADM-2023-011", "").await),
        "ADM/2023/012"
    );
}

#[tokio::test]
async fn a_code_typed_as_a_number_says_so_unless_a_student_has_it() {
    let school = School::start().await;
    let (_, key) = school.lecture().await;
    let code = school.desk.code(&key);
    let is_a_code = Refusal::InvalidNumber(InvalidAdmissionNumber::Code);
    school.clock.advance(minutes(1));
    for name in ["", "Wilson Code"] {
        for typed in [code.to_string(), code.grouped().to_lowercase()] {
            assert_eq!(refused(school.types(&typed, name).await), is_a_code);
        }
    }
    // What a scanner reads off the screen, and an address without the code.
    for address in [
        format!("http://192.0.2.7:8080/A/{code}"),
        "HTTP://192.0.2.7/A".to_owned(),
    ] {
        assert_eq!(
            refused(school.types(&address, "Wilson Url").await),
            is_a_code
        );
    }
    assert_eq!(
        refused(school.types("154321", "").await),
        Refusal::NameNeeded
    );
    school.enrol(code.as_str(), Some("Jane Doe")).await;
    recorded(school.types(code.as_str(), "").await);
}
