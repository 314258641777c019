//! "Not me": a check-in that is taken back at the door that has just made it.

use super::corrections::number;
use super::other_kiosks::shared;
use super::*;
use crate::store::Withdrawn;

impl School {
    /// Types a number, and answers the id of its record.
    async fn keys_in(&self, number: &str) -> uuid::Uuid {
        recorded(self.types(number, "").await).attendance_id
    }

    /// A phone sends a number, with the ticket of its form.
    async fn sends(&self, number: &str, phone: DeviceId) -> (uuid::Uuid, String) {
        let session = self.store.open_sessions().await.unwrap().remove(0).session;
        let ticket = self
            .desk
            .issue_ticket(session.id, Some(phone))
            .await
            .unwrap();
        let form = Entrance::Form {
            code: String::new(),
            ticket: ticket.clone(),
        };
        let sent = self
            .check_in(number, "", form, Channel::Phone, Some(phone))
            .await;
        (recorded(sent).attendance_id, ticket)
    }

    async fn on_board(&self, session: &Session, student: &str) -> RosterLine {
        let by = Actor::Shell("shell");
        let roster = self.sessions.roster(by, session.id).await.unwrap();
        let mut lines = roster.lines.into_iter();
        lines
            .find(|line| line.admission_number == number(student))
            .unwrap()
    }

    /// Whom a target would be told of now, and what.
    async fn would_tell(&self, target: Target) -> Vec<(String, Operation)> {
        let due = self
            .store
            .due(target, String::new(), self.clock.now(), 100, None);
        let due = due.await.unwrap().into_iter();
        due.map(|it| (it.report.admission_number.to_string(), it.operation))
            .collect()
    }

    async fn delivers(&self, target: Target) {
        let now = self.clock.now();
        let due = self.store.due(target, String::new(), now, 100, None).await;
        let settled = due.unwrap().into_iter().map(|it| Settled {
            attendance_id: it.report.attendance_id,
            edition: it.edition,
            settlement: Settlement::Delivered {
                document_id: it.report.attendance_id.to_string(),
                answer: String::new(),
            },
        });
        let settled = settled.collect();
        self.store.settle(target, settled, now).await.unwrap();
    }

    async fn acts(&self, student: &str) -> Vec<(String, String)> {
        let filter = AuditFilter {
            student: Some(number(student)),
            limit: 50,
            ..AuditFilter::default()
        };
        let lines = self.corrections.trail(Actor::Shell("shell"), filter).await;
        let lines = lines.unwrap().into_iter().rev();
        lines.map(|line| (line.actor, line.action)).collect()
    }
}

#[track_caller]
fn taken_back(answer: Result<CheckInAnswer, Refusal>) -> Receipt {
    match answer {
        Ok(CheckInAnswer::TakenBack(receipt)) => *receipt,
        other => panic!("not taken back: {other:?}"),
    }
}

fn not_me(why: NotMeRefusal) -> Refusal {
    Refusal::NotMe(why)
}

async fn school_of(students: &[&str]) -> (School, Session) {
    let school = School::start().await;
    for student in students {
        school.enrol(student, Some("Jane Doe")).await;
    }
    let (session, _) = school.lecture().await;
    (school, session)
}

#[tokio::test]
async fn a_mark_that_is_taken_back_counts_nothing_and_the_right_owner_checks_in() {
    let (school, session) = school_of(&["ADM/1"]).await;
    let id = school.keys_in("ADM/1").await;
    let receipt = taken_back(school.desk.take_back_at_keyboard(id).await);
    assert_eq!(
        (receipt.attendance_id, receipt.standing, receipt.percentage),
        (id, None, None)
    );
    let totals = school.totals(&session).await;
    assert_eq!((totals.expected, totals.not_yet, totals.guests), (1, 1, 0));
    let line = school.on_board(&session, "ADM/1").await;
    assert_eq!(
        (line.at, line.flags.to_string().as_str()),
        (None, "taken_back")
    );

    school.clock.advance(minutes(15));
    let (again, _) = school.sends("ADM/1", school.desk.new_device()).await;
    assert_eq!(again, id, "the record is made anew");
    let line = school.on_board(&session, "ADM/1").await;
    assert_eq!(
        (line.status, line.at, line.channel, line.flags.to_string()),
        (
            AttendanceStatus::Late,
            Some(school.clock.now()),
            Some(Channel::Phone),
            "late".to_owned()
        )
    );
    already_marked(school.types("ADM/1", "").await);
    let said = |actor: &str, action: &str| (actor.to_owned(), action.to_owned());
    assert_eq!(
        school.acts("ADM/1").await,
        [
            said("keypad", "attendance.taken_back"),
            said("phone", "attendance.checked_in")
        ]
    );
}

#[tokio::test]
async fn a_number_that_was_taken_back_is_absent_once_the_lecture_is_over() {
    let (school, session) = school_of(&["ADM/1"]).await;
    let id = school.keys_in("ADM/1").await;
    taken_back(school.desk.take_back_at_keyboard(id).await);
    school.clock.advance(minutes(121));
    school.sessions.close_ended().await.unwrap();
    let line = school.on_board(&session, "ADM/1").await;
    assert_eq!(line.status, AttendanceStatus::Absent);
    let standing = line.standing.unwrap();
    assert_eq!((standing.attended, standing.held), (0, 1));
}

#[tokio::test]
async fn a_lecture_that_opened_by_itself_is_as_if_nobody_came() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.plans_in_an_hour().await;
    school.clock.advance(HOUR);
    school.timetable.open_due().await.unwrap();
    let id = school.keys_in("ADM/1").await;
    taken_back(school.desk.take_back_at_keyboard(id).await);
    school.clock.advance(HOUR + minutes(1));
    school.sessions.close_ended().await.unwrap();
    let semester = school.administration.semester().clone();
    let (now, rules) = (school.clock.now(), school.desk.policy().rules());
    let books = school.store.unit_record(unit(), semester, None, now, rules);
    let books = books.await.unwrap();
    let standing = books.students[0].standing.clone().unwrap();
    assert_eq!((standing.held, standing.unknown), (0, 1));
}

#[tokio::test]
async fn only_the_door_that_made_it_takes_a_mark_back_and_only_for_a_while() {
    let (school, _) = school_of(&["ADM/1", "ADM/2", "ADM/3"]).await;
    let (mine, other) = (school.desk.new_device(), school.desk.new_device());
    let (by_phone, ticket) = school.sends("ADM/1", mine).await;
    let desk = &school.desk;
    assert_eq!(
        refused(desk.take_back_at_keyboard(by_phone).await),
        not_me(NotMeRefusal::OfAnother)
    );
    let of_other = desk
        .issue_ticket(recorded_session(&school).await, Some(other))
        .await
        .unwrap();
    for (ticket, device) in [(&of_other, other), (&ticket, other), (&of_other, mine)] {
        assert_eq!(
            refused(
                desk.take_back_on_phone(by_phone, ticket, Some(device))
                    .await
            ),
            not_me(NotMeRefusal::OfAnother)
        );
    }
    let nothing = uuid::Uuid::nil();
    assert_eq!(
        refused(desk.take_back_on_phone(nothing, &ticket, Some(mine)).await),
        not_me(NotMeRefusal::NoRecord)
    );
    let typed = school.keys_in("ADM/2").await;
    assert_eq!(
        refused(desk.take_back_on_phone(typed, &ticket, Some(mine)).await),
        not_me(NotMeRefusal::OfAnother)
    );
    school.clock.advance(Duration::from_secs(11));
    assert_eq!(
        refused(desk.take_back_at_keyboard(typed).await),
        not_me(NotMeRefusal::TooLate)
    );
    school.clock.advance(Duration::from_secs(109));
    let on_time = desk.take_back_on_phone(by_phone, &ticket, Some(mine));
    taken_back(on_time.await);
    let twice = desk.take_back_on_phone(by_phone, &ticket, Some(mine));
    taken_back(twice.await);
    let (late, ticket) = school.sends("ADM/3", other).await;
    school.clock.advance(Duration::from_secs(121));
    assert_eq!(
        refused(desk.take_back_on_phone(late, &ticket, Some(other)).await),
        not_me(NotMeRefusal::TooLate)
    );
}

async fn recorded_session(school: &School) -> SessionId {
    school.store.open_sessions().await.unwrap()[0].session.id
}

#[tokio::test]
async fn a_phone_takes_one_back_in_a_lecture_and_the_keyboard_three_in_ten_minutes() {
    let students = ["ADM/1", "ADM/2", "ADM/3", "ADM/4", "ADM/5", "ADM/6"];
    let (school, _) = school_of(&students).await;
    let phone = school.desk.new_device();
    let (first, ticket) = school.sends("ADM/1", phone).await;
    let desk = &school.desk;
    taken_back(desk.take_back_on_phone(first, &ticket, Some(phone)).await);
    // Their owner came meanwhile: the phone has had its one all the same.
    school.sends("ADM/1", desk.new_device()).await;
    let (own, ticket) = school.sends("ADM/2", phone).await;
    assert_eq!(
        refused(desk.take_back_on_phone(own, &ticket, Some(phone)).await),
        not_me(NotMeRefusal::TooOften)
    );
    for number in ["ADM/3", "ADM/4", "ADM/5"] {
        let id = school.keys_in(number).await;
        taken_back(desk.take_back_at_keyboard(id).await);
        school.clock.advance(minutes(1));
    }
    let fourth = school.keys_in("ADM/6").await;
    assert_eq!(
        refused(desk.take_back_at_keyboard(fourth).await),
        not_me(NotMeRefusal::TooOften)
    );
    school.clock.advance(minutes(8));
    let later = school.keys_in("ADM/3").await;
    taken_back(desk.take_back_at_keyboard(later).await);
}

#[tokio::test]
async fn whoever_took_a_mark_back_is_not_on_a_shared_phone_and_in_no_burst() {
    let students = ["ADM/1", "ADM/2", "ADM/3", "ADM/4"];
    let (school, session) = school_of(&students).await;
    let phone = school.desk.new_device();
    let (wrong, ticket) = school.sends("ADM/1", phone).await;
    let desk = &school.desk;
    taken_back(desk.take_back_on_phone(wrong, &ticket, Some(phone)).await);
    school.sends("ADM/2", phone).await;
    let id = school.keys_in("ADM/1").await;
    taken_back(desk.take_back_at_keyboard(id).await);
    school.keys_in("ADM/3").await;
    school.keys_in("ADM/4").await;
    for own in ["ADM/2", "ADM/3", "ADM/4"] {
        let line = school.on_board(&session, own).await;
        assert_eq!(line.flags, Flags::NONE, "{own}");
    }
}

#[tokio::test]
async fn the_portal_waits_until_the_time_is_over_and_firestore_does_not() {
    let (school, _) = school_of(&["ADM/1", "ADM/2"]).await;
    let tell = |number: &str| (number.to_owned(), Operation::Tell);
    let id = school.keys_in("ADM/1").await;
    assert_eq!(school.would_tell(Target::Firestore).await, [tell("ADM/1")]);
    assert_eq!(school.would_tell(Target::Portal).await, []);
    school.delivers(Target::Firestore).await;
    school.clock.advance(Duration::from_secs(9));
    taken_back(school.desk.take_back_at_keyboard(id).await);
    let gone = ("ADM/1".to_owned(), Operation::TakeBack);
    assert_eq!(school.would_tell(Target::Firestore).await, [gone]);
    school.delivers(Target::Firestore).await;
    school.clock.advance(minutes(5));
    assert_eq!(school.would_tell(Target::Portal).await, [], "never told");

    let phone = school.desk.new_device();
    school.sends("ADM/1", phone).await;
    let amend = ("ADM/1".to_owned(), Operation::Amend);
    assert_eq!(school.would_tell(Target::Firestore).await, [amend]);
    school.clock.advance(Duration::from_secs(119));
    assert_eq!(school.would_tell(Target::Portal).await, []);
    school.clock.advance(Duration::from_secs(1));
    assert_eq!(school.would_tell(Target::Portal).await, [tell("ADM/1")]);
    assert!(school.desk.policy().deliver_to.contains(&Target::Portal));
}

#[tokio::test]
async fn what_the_portal_was_told_all_the_same_is_for_a_person_to_correct() {
    let (school, _) = school_of(&["ADM/1"]).await;
    let id = school.keys_in("ADM/1").await;
    // A clock that is set back makes the time longer than the portal waits.
    school.clock.advance(Duration::from_secs(10));
    school.delivers(Target::Portal).await;
    taken_back(school.desk.take_back_at_keyboard(id).await);
    let listed = school.corrections.at_the_portal_by_hand(10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].voided_at, Some(school.clock.now()));
    school.keys_in("ADM/1").await;
    assert_eq!(school.corrections.count_at_the_portal().await.unwrap(), 0);
}

#[tokio::test]
async fn staff_give_a_mark_again_that_was_taken_back_and_their_word_stands() {
    let (school, session) = school_of(&["ADM/1", "ADM/2"]).await;
    let id = school.keys_in("ADM/1").await;
    taken_back(school.desk.take_back_at_keyboard(id).await);
    let present = |student: &str, why: &str| CorrectionOrder {
        session: session.id,
        admission_number: number(student),
        correction: Correction::Mark(HandMark::Present),
        name: None,
        reason: Reason::parse(why).unwrap(),
    };
    let by = Actor::Shell("S1");
    let given = school.corrections.correct(by, present("ADM/1", "")).await;
    let given = given.unwrap();
    assert_eq!(
        (given.before, given.mark),
        (Some(Mark::TakenBack), Mark::Present)
    );
    assert_eq!(school.totals(&session).await.present, 1);
    let undone = school.corrections.undo(by, session.id, None, None).await;
    assert_eq!(undone.unwrap().mark, Mark::TakenBack);
    // A staff undo takes back what staff did, not what somebody did at a door.
    assert!(matches!(
        school.corrections.undo(by, session.id, None, None).await,
        Err(CorrectionError::Refused(CorrectionRefusal::NothingToUndo))
    ));

    let second = school.keys_in("ADM/2").await;
    let late = CorrectionOrder {
        correction: Correction::Mark(HandMark::Late { minutes: Some(3) }),
        ..present("ADM/2", "seen")
    };
    school.corrections.correct(by, late).await.unwrap();
    assert_eq!(
        refused(school.desk.take_back_at_keyboard(second).await),
        not_me(NotMeRefusal::Decided)
    );
}

#[tokio::test]
async fn the_keyboard_puts_back_what_it_took_back() {
    let (school, session) = school_of(&["ADM/1"]).await;
    let id = school.keys_in("ADM/1").await;
    let desk = &school.desk;
    assert_eq!(
        refused(desk.put_back(id).await),
        not_me(NotMeRefusal::Decided)
    );
    taken_back(desk.take_back_at_keyboard(id).await);
    let receipt = recorded(desk.put_back(id).await);
    assert!(receipt.standing.is_some());
    assert_eq!(school.totals(&session).await.present, 1);
    taken_back(desk.take_back_at_keyboard(id).await);
    school.clock.advance(Duration::from_secs(11));
    assert_eq!(
        refused(desk.put_back(id).await),
        not_me(NotMeRefusal::TooLate)
    );
}

#[tokio::test]
async fn a_number_on_no_list_that_was_taken_back_is_forgotten() {
    let (school, session) = school_of(&[]).await;
    let id = recorded(school.types("ADM/9", "Jane Roe").await).attendance_id;
    assert_eq!(school.totals(&session).await.present, 1);
    taken_back(school.desk.take_back_at_keyboard(id).await);
    let totals = school.totals(&session).await;
    assert_eq!((totals.expected, totals.guests), (0, 0));
}

#[tokio::test]
async fn what_was_taken_back_at_another_kiosk_blocks_nobody_here() {
    let (school, session) = school_of(&["ADM/1", "ADM/2"]).await;
    let there = ["ADM/1", "ADM/2"].map(|number| shared(&school, number, &[Some("hall-2")]));
    let ids = there.clone().map(|it| it.records[0].attendance_id);
    school.clock.advance(minutes(1));
    // ADM/2 came to both: the earlier record stands, and Firestore has it.
    school.keys_in("ADM/2").await;
    school.delivers(Target::Firestore).await;
    let now = school.clock.now();
    let taken = school
        .store
        .take_shared(session.id, there.to_vec(), now, now);
    taken.await.unwrap();
    already_marked(school.types("ADM/1", "").await);
    let gone = Withdrawn {
        removed: Vec::new(),
        taken_back: ids.to_vec(),
    };
    let taken = school.store.take_withdrawn(session.id, gone, now, now);
    taken.await.unwrap();
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.not_yet), (1, 1));
    let amend = ("ADM/2".to_owned(), Operation::Amend);
    assert_eq!(school.would_tell(Target::Firestore).await, [amend]);
    school.keys_in("ADM/1").await;
    assert_eq!(school.totals(&session).await.present, 2);
}

#[tokio::test]
async fn any_other_record_stands_before_one_that_was_taken_back() {
    let (school, session) = school_of(&["ADM/1"]).await;
    let id = school.keys_in("ADM/1").await;
    taken_back(school.desk.take_back_at_keyboard(id).await);
    school.clock.advance(minutes(1));
    let there = shared(&school, "ADM/1", &[Some("hall-2")]);
    let now = school.clock.now();
    let taken = school.store.take_shared(session.id, vec![there], now, now);
    taken.await.unwrap();
    let line = school.on_board(&session, "ADM/1").await;
    assert_eq!(
        (line.status, line.channel, line.flags),
        (
            AttendanceStatus::Present,
            Some(Channel::Remote),
            Flags::NONE
        )
    );
    already_marked(school.types("ADM/1", "").await);
}
