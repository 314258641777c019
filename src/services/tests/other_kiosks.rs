//! Whose sessions of other kiosks a lecturer sees and joins.

use futures_util::future::BoxFuture;

use super::timetable::smith;
use super::*;
use crate::domain::{
    KioskRecord, PublishedSession, RosterEdition, RosterEntry, SessionChange, SharedCheckIn,
};
use crate::services::{Actor, Noticeboard, OtherKioskError, OtherKiosks};

/// A board with one session of another kiosk on it, of a unit that is not known here.
#[derive(Debug)]
struct Board(PublishedSession);

impl Noticeboard for Board {
    fn open_sessions(&self) -> BoxFuture<'_, Result<Vec<PublishedSession>, String>> {
        Box::pin(async { Ok(vec![self.0.clone()]) })
    }

    fn session(&self, _: SessionId) -> BoxFuture<'_, Result<Option<PublishedSession>, String>> {
        Box::pin(async { Ok(Some(self.0.clone())) })
    }

    fn roster<'a>(
        &'a self,
        _: &'a PublishedSession,
    ) -> BoxFuture<'a, Result<Option<Vec<RosterEntry>>, String>> {
        Box::pin(async { Ok(Some(Vec::new())) })
    }
}

pub(super) fn next_door(school: &School) -> (OtherKiosks, SessionId) {
    let board = Board(published(school));
    let id = board.0.session.id;
    let (store, clock) = (school.store.clone(), school.clock.clone());
    let here = "here".to_owned();
    let other_kiosks = OtherKiosks::new(store, clock, Arc::new(school.desk.policy().clone()), here)
        .over(Some(Arc::new(board)));
    (other_kiosks, id)
}

fn published(school: &School) -> PublishedSession {
    let now = school.clock.now();
    let session = Session {
        id: SessionId::from_uuid(uuid::Uuid::from_u128(7)),
        unit_code: UnitCode::parse("MA110").unwrap(),
        unit_name: "Mathematics".to_owned(),
        lecturer_name: "Dr. Smith".to_owned(),
        semester: Semester::parse("1").unwrap(),
        number: 1,
        starts_at: now,
        ends_at: now + minutes(120),
        venue: Venue::default(),
        state: SessionState::Open,
        reopened_at: None,
    };
    PublishedSession {
        date: school.desk.zone().date(now),
        session,
        staff_id: StaffId::parse("S1").unwrap(),
        planned_lessons: None,
        kiosk_id: "next-door".to_owned(),
        change: SessionChange {
            at: now,
            by: "next-door".to_owned(),
        },
        kiosks: Vec::new(),
        withdrawn: Vec::new(),
        taken_back: Vec::new(),
        roster: Some(RosterEdition {
            version: String::new(),
            pages: 0,
        }),
    }
}

#[tokio::test]
async fn a_session_that_begins_at_another_time_there_judges_the_records_here() {
    let school = School::start().await;
    let (other_kiosks, id) = next_door(&school);
    let by = Actor::Shell("shell");
    let mut there = published(&school);
    other_kiosks.join(by, id).await.unwrap();
    school.clock.advance(minutes(5));
    recorded(school.types("ADM/1", "Jane Doe").await);
    recorded(school.types("ADM/2", "Jane Doe").await);
    let order = CorrectionOrder {
        session: id,
        admission_number: AdmissionNumber::parse("ADM/2").unwrap(),
        correction: Correction::Mark(HandMark::Late { minutes: Some(3) }),
        name: None,
        reason: Reason::parse("seen").unwrap(),
    };
    school.corrections.correct(by, order).await.unwrap();
    there.session.starts_at = there.session.starts_at - minutes(30);
    there.session.venue = Venue::parse("Lab 3").unwrap();
    there.change.at = school.clock.now();
    let (windows, read) = (school.desk.policy().windows, school.clock.reading());
    let here = "here".to_owned();
    let followed = school
        .store
        .follow_session(there.clone(), here, windows, read);
    followed.await.unwrap();
    let now = school.sessions.get(by, id).await.unwrap();
    assert_eq!(
        (now.starts_at, now.venue),
        (there.session.starts_at, there.session.venue)
    );
    let late = |student: &str, late| (student.to_owned(), AttendanceStatus::Late, late);
    let expected = [late("ADM/1", 35), late("ADM/2", 3)];
    assert_eq!(school.marks(id).await, expected, "staff judged the second");

    let shorter = SessionEdit {
        ends_at: Some(NewEnd::At(now.ends_at - minutes(30))),
        ..SessionEdit::default()
    };
    let effect = school.sessions.preview_edit(by, id, shorter).await;
    assert!(effect.unwrap().other_kiosks, "they follow");
}

#[tokio::test]
async fn a_lecture_goes_to_no_other_unit_while_nobody_knows_who_else_takes_part() {
    let school = School::start().await;
    school.store.set_publishing(Publishing::On).await.unwrap();
    let maths = school.another_unit("MA110").await;
    let (session, _) = school.lecture().await;
    let edit = SessionEdit {
        unit: Some(maths),
        ..SessionEdit::default()
    };
    let by = Actor::Shell("shell");
    let moves = async || {
        let edited = school.sessions.edit(by, session.id, edit.clone(), None);
        edited.await.map(|effect| effect.other_kiosks)
    };
    let store = &school.store;
    let refusal = Err(SessionRefusal::MayBeShared(session.id).into());
    store.note_credentials(true).await.unwrap();
    assert_eq!(moves().await, refusal, "it was never read");
    store.note_mirrored(session.id, 0, None).await.unwrap();
    let error = "no network".to_owned();
    let noted = store.note_mirror_error(session.id, error);
    noted.await.unwrap();
    assert_eq!(moves().await, refusal, "the network has gone");

    store.note_credentials(false).await.unwrap();
    assert_eq!(moves().await, Ok(false), "without credentials it is alone");
    let undone = school.sessions.undo_edit(by, session.id, None).await;
    assert_eq!(undone.map(|effect| effect.other_kiosks), Ok(false));
    store.note_credentials(true).await.unwrap();
    store.note_mirrored(session.id, 0, None).await.unwrap();
    assert_eq!(moves().await, Ok(false));
}

#[tokio::test]
async fn a_lecturer_sees_and_joins_only_what_is_theirs() {
    let school = School::start().await;
    let (other_kiosks, id) = next_door(&school);
    let stranger = Lecturer {
        staff_id: StaffId::parse("S2").unwrap(),
        ..smith()
    };
    assert_eq!(
        other_kiosks.list_remote(Actor::Lecturer(&stranger)).await,
        Ok(Vec::new())
    );
    let refused = other_kiosks.join(Actor::Lecturer(&stranger), id).await;
    assert!(
        matches!(refused, Err(OtherKioskError::Forbidden(_))),
        "{refused:?}"
    );
    let admin = Lecturer {
        is_admin: true,
        ..stranger
    };
    for who in [smith(), admin] {
        assert_eq!(
            other_kiosks
                .list_remote(Actor::Lecturer(&who))
                .await
                .unwrap()
                .len(),
            1
        );
        let (session, _) = other_kiosks.join(Actor::Lecturer(&who), id).await.unwrap();
        assert_eq!(session.id, id);
    }
    let listed = other_kiosks
        .list_remote(Actor::Lecturer(&smith()))
        .await
        .unwrap();
    assert!(listed[0].is_joined);
}

#[tokio::test]
async fn a_unit_that_is_somebody_elses_here_is_not_joined_by_whoever_has_it_there() {
    let school = School::start().await;
    let (other_kiosks, id) = next_door(&school);
    let other = StaffId::parse("S2").unwrap();
    let name = PersonName::parse("Dr. Two").unwrap();
    let administration = &school.administration;
    let added = administration.add_lecturer(
        Actor::Shell("shell"),
        other.clone(),
        name,
        String::new(),
        false,
        None,
    );
    added.await.unwrap();
    let unit = NewUnit {
        code: UnitCode::parse("MA110").unwrap(),
        name: "Mathematics".to_owned(),
        lecturer: other,
        planned_lessons: None,
    };
    administration
        .add_unit(Actor::Shell("shell"), unit)
        .await
        .unwrap();
    let of_the_board = Lecturer {
        is_admin: false,
        ..smith()
    };
    let listed = other_kiosks
        .list_remote(Actor::Lecturer(&of_the_board))
        .await;
    assert_eq!(listed, Ok(Vec::new()));
    let refused = other_kiosks
        .join(Actor::Lecturer(&of_the_board), id)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("Dr. Two"), "{refused}");
}

/// What a remote has of a student whom kiosks recorded, this one or others by name.
pub(super) fn shared(school: &School, number: &str, kiosks: &[Option<&str>]) -> SharedCheckIn {
    let records = kiosks.iter().map(|kiosk| KioskRecord {
        attendance_id: crate::random::uuid(),
        kiosk_id: kiosk.map(str::to_owned),
        checked_in_at: school.clock.now(),
        channel: Channel::Phone,
        punctuality: Punctuality::OnTime,
        percentage: Percentage::ZERO,
        flags: Flags::NONE,
        voided: false,
    });
    SharedCheckIn {
        admission_number: AdmissionNumber::parse(number).unwrap(),
        student_name: None,
        records: records.collect(),
    }
}

fn count(school: &School, sql: &str) -> i64 {
    let db = rusqlite::Connection::open(school.database()).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn another_kiosks_record_that_comes_after_staff_removed_this_ones_goes_and_returns_with_it() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let own = recorded(school.types("ADM/1", "Jane Doe").await).attendance_id;
    let number = AdmissionNumber::parse("ADM/1").unwrap();
    let correct = |correction| CorrectionOrder {
        session: session.id,
        admission_number: number.clone(),
        correction,
        name: None,
        reason: Reason::parse("seen").unwrap(),
    };
    let by = Actor::Shell("shell");
    let unmark = correct(Correction::Unmark);
    school.corrections.correct(by, unmark).await.unwrap();
    school.clock.advance(minutes(5));
    let mut there = shared(&school, "ADM/1", &[None, Some("hall-2")]);
    there.records[0].attendance_id = own;
    let now = school.clock.now();
    let taken = school.store.take_shared(session.id, vec![there], now, now);
    taken.await.unwrap();
    let voided = async || {
        let contested = school.store.contested(session.id).await.unwrap();
        let records = contested[0].records.iter();
        records.map(|it| it.voided).collect::<Vec<_>>()
    };
    assert_eq!(voided().await, [true, true]);
    let removed = format!(
        "SELECT count(*) FROM records WHERE kiosk <> 0 AND set_aside AND decided_at = {}",
        now.millis()
    );
    assert_eq!(count(&school, &removed), 1);

    let mark = correct(Correction::Mark(HandMark::Present));
    school.corrections.correct(by, mark).await.unwrap();
    assert_eq!(voided().await, [false, false]);
    assert_eq!(count(&school, &removed), 0);
}

#[tokio::test]
async fn a_student_whom_several_kiosks_recorded_is_counted_once() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    let there = [
        shared(&school, "ADM/1", &[Some("hall-2"), Some("hall-3")]),
        shared(&school, "ADM/2", &[Some("hall-2")]),
        // From before this kiosk lost its database.
        shared(&school, "ADM/3", &[Some("hall-2"), None]),
    ];
    let now = school.clock.now();
    school
        .store
        .take_shared(session.id, there.to_vec(), now, now)
        .await
        .unwrap();
    for counted in [Some(session.id), None] {
        let count = school.desk.attendance_count(counted).await.unwrap();
        assert_eq!(count, 3, "{counted:?}");
    }
    school.next_lecture().await;
    recorded(school.types("ADM/1", "").await);
    assert_eq!(school.desk.attendance_count(None).await.unwrap(), 4);
}
