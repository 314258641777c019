//! Stories about lectures that open by themselves.

use super::*;

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A lecture of CS101 on 23 November 2026, in UTC.
pub(super) fn lecture(starts: &str, ends: &str, venue: &str) -> PlannedLecture {
    PlannedLecture {
        unit: unit(),
        starts_at: at(&format!("2026-11-23T{starts}:00Z")),
        ends_at: at(&format!("2026-11-23T{ends}:00Z")),
        venue: Venue::parse(venue).unwrap(),
        group: None,
        voluntary: None,
    }
}

pub(super) async fn in_hall_1() -> School {
    School::with(|policy| policy.venue = Venue::parse("Hall 1").unwrap()).await
}

impl School {
    pub(super) async fn plans(&self, lectures: Vec<PlannedLecture>) -> Vec<LectureChange> {
        let imported = self.timetable.import(lectures, "shell").await;
        imported.unwrap().changes
    }

    /// How many sessions opened by themselves at a moment.
    pub(super) async fn opened_at(&self, time: &str) -> usize {
        let moment = at(&format!("2026-11-23T{time}:00Z"));
        self.clock.advance(moment.since(self.clock.now()));
        self.sessions.close_ended().await.unwrap();
        self.timetable.open_due().await.unwrap().len()
    }
}

#[tokio::test]
async fn a_lecture_opens_by_itself_at_its_opening_time_and_once() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "hall 1")])
        .await;
    assert_eq!(school.opened_at("05:49").await, 0);
    assert_eq!(school.opened_at("05:50").await, 1);
    assert_eq!(school.opened_at("05:50").await, 0);
    let (session, _) = school.sessions.shown().await.unwrap().unwrap();
    assert_eq!(session.starts_at, at("2026-11-23T06:00:00Z"));
    school
        .sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
    assert_eq!(
        school.opened_at("06:10").await,
        0,
        "closed by hand stays closed"
    );
    let today = school.timetable.today(Actor::Shell("shell")).await.unwrap();
    assert!(matches!(
        today[0].state,
        LectureState::Opened {
            state: SessionState::Closed,
            ..
        }
    ));
}

#[tokio::test]
async fn a_kiosk_that_was_off_at_the_opening_opens_late_and_after_the_end_not_at_all() {
    for (on_again, opened) in [("07:59", 1), ("08:00", 0), ("09:00", 0)] {
        let school = in_hall_1().await;
        school
            .plans(vec![lecture("06:00", "08:00", "Hall 1")])
            .await;
        assert_eq!(school.opened_at(on_again).await, opened, "{on_again}");
    }
}

#[tokio::test]
async fn each_kiosk_opens_what_is_held_in_its_venue() {
    let school = in_hall_1().await;
    let groups = [
        lecture("06:00", "08:00", "Hall 1"),
        lecture("06:00", "08:00", "Hall 2"),
    ];
    school.plans(groups.to_vec()).await;
    assert_eq!(school.opened_at("06:00").await, 1);
    let open = school.store.open_sessions().await.unwrap();
    assert_eq!(open[0].session.venue.as_str(), "Hall 1");
}

#[tokio::test]
async fn what_was_cancelled_never_opens() {
    let school = in_hall_1().await;
    let lectures = [
        lecture("06:00", "08:00", "Hall 1"),
        lecture("10:00", "12:00", "Hall 1"),
    ];
    school.plans(lectures.to_vec()).await;
    assert_eq!(school.opened_at("05:55").await, 1);
    let (session, _) = school.sessions.shown().await.unwrap().unwrap();
    let why = || "strike".to_owned();
    school
        .sessions
        .cancel(Actor::Shell("S1"), session.id, why())
        .await
        .unwrap();
    assert_eq!(school.opened_at("06:00").await, 0);
    let second = school.timetable.today(Actor::Shell("shell")).await.unwrap()[1].id;
    school
        .timetable
        .cancel_lecture(Actor::Shell("S1"), second, why())
        .await
        .unwrap();
    assert_eq!(
        school.plans(lectures.to_vec()).await,
        [LectureChange::Unchanged, LectureChange::Unchanged]
    );
    assert_eq!(school.opened_at("10:00").await, 0);
}

#[tokio::test]
async fn a_lecture_that_was_opened_by_hand_is_not_opened_again() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.opened_at("05:40").await;
    let (session, _) = school.lecture().await;
    assert_eq!(school.opened_at("06:00").await, 0);
    let today = school.timetable.today(Actor::Shell("shell")).await.unwrap();
    assert!(
        matches!(&today[0].state, LectureState::Opened { session: id, .. } if *id == session.id)
    );
}

#[tokio::test]
async fn what_was_opened_by_hand_is_for_whom_the_timetable_plans_it() {
    let school = in_hall_1().await;
    let of_group = PlannedLecture {
        group: Group::parse("B").ok(),
        ..lecture("06:00", "08:00", "Hall 1")
    };
    school.plans(vec![of_group]).await;
    // A list without the column says nothing of groups.
    let again = school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    assert_eq!(again, [LectureChange::Unchanged]);
    school.opened_at("05:40").await;
    let (session, _) = school.lecture().await;
    assert_eq!(school.opened_at("06:00").await, 0);
    let by = Actor::Shell("shell");
    let fact = school.timetable.lecture_fact(by, session.id).await.unwrap();
    let words = (
        fact.group.map(|it| it.to_string()),
        fact.lesson.map(|it| it.to_string()),
    );
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(words, (said("B"), said("2026-W48-1")));
}

#[tokio::test]
async fn a_session_is_the_lecture_that_begins_within_half_an_hour_of_it() {
    for (opened, is_the_lecture) in [
        ("05:30", false),
        ("05:31", true),
        ("06:29", true),
        ("06:30", false),
    ] {
        let school = in_hall_1().await;
        school
            .clock
            .turn_to(at(&format!("2026-11-23T{opened}:00Z")));
        let (session, _) = school.lecture().await;
        school
            .plans(vec![lecture("06:00", "08:00", "Hall 1")])
            .await;
        assert_eq!(school.opened_at("06:31").await, 0);
        let today = school.timetable.today(Actor::Shell("shell")).await.unwrap();
        let state = &today[0].state;
        let is_linked =
            matches!(state, LectureState::Opened { session: id, .. } if *id == session.id);
        assert_eq!(is_linked, is_the_lecture, "{opened}: {state:?}");
        assert!(is_linked || matches!(state, LectureState::Blocked { .. }));
    }
}

#[tokio::test]
async fn a_lecture_that_was_blocked_is_tried_again_after_a_minute() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    school.clock.turn_to(at("2026-11-23T05:20:00Z"));
    let (in_the_way, _) = school.lecture().await;
    assert_eq!(school.opened_at("06:00").await, 0);
    let closed = school.sessions.close(Actor::Shell("S1"), in_the_way.id);
    closed.await.unwrap();
    assert_eq!(school.opened_at("06:00").await, 0, "not at once");
    assert_eq!(school.opened_at("06:01").await, 1);
}

/// Dr. Smith, whose unit it is.
pub(super) fn smith() -> Lecturer {
    Lecturer {
        staff_id: StaffId::parse("S1").unwrap(),
        name: "Dr. Smith".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    }
}

#[tokio::test]
async fn a_lecture_is_opened_by_hand_with_its_own_times_wherever_it_was_to_be() {
    let school = in_hall_1().await;
    school.plans(vec![lecture("06:00", "08:00", "Lab 7")]).await;
    let planned = school.timetable.today(Actor::Shell("shell")).await.unwrap()[0].id;
    let opened = school
        .timetable
        .open_lecture(Actor::Lecturer(&smith()), planned)
        .await;
    let session = opened.unwrap();
    assert_eq!(session.venue.as_str(), "Hall 1", "here");
    assert_eq!(
        (session.starts_at, session.ends_at),
        (at("2026-11-23T06:00:00Z"), at("2026-11-23T08:00:00Z"))
    );
    let today = school.timetable.today(Actor::Shell("shell")).await.unwrap();
    let state = LectureState::Opened {
        session: session.id,
        state: SessionState::Open,
    };
    assert_eq!(today[0].state, state, "at once");
    let again = school
        .timetable
        .open_lecture(Actor::Lecturer(&smith()), planned)
        .await;
    assert!(again.is_err(), "{again:?}");
    assert_eq!(school.opened_at("06:00").await, 0);
}

#[tokio::test]
async fn a_lecture_that_was_cancelled_at_another_door_is_not_opened() {
    let school = in_hall_1().await;
    school
        .plans(vec![lecture("06:00", "08:00", "Hall 1")])
        .await;
    let planned = school.timetable.today(Actor::Shell("shell")).await.unwrap()[0].id;
    let ill = "ill".to_owned();
    let cancelled = school
        .timetable
        .cancel_lecture(Actor::Shell("shell"), planned, ill)
        .await;
    cancelled.unwrap();
    let refused = school
        .timetable
        .open_lecture(Actor::Lecturer(&smith()), planned)
        .await;
    assert_eq!(
        refused.unwrap_err(),
        SessionError::Refused(SessionRefusal::Cancelled { unit: unit() })
    );
    assert!(
        school
            .sessions
            .list(Actor::Shell("shell"), 9)
            .await
            .unwrap()
            .is_empty()
    );
    let today = school.timetable.today(Actor::Shell("shell")).await.unwrap();
    assert_eq!(today[0].state, LectureState::Cancelled);
}

#[tokio::test]
async fn two_lectures_a_day_are_two_also_when_the_first_runs_over() {
    let school = in_hall_1().await;
    let lectures = [
        lecture("06:00", "08:00", "Hall 1"),
        lecture("08:00", "10:00", "Hall 1"),
    ];
    school.plans(lectures.to_vec()).await;
    assert_eq!(school.opened_at("06:00").await, 1);
    let (first, _) = school.sessions.shown().await.unwrap().unwrap();
    school
        .sessions
        .extend(Actor::Shell("S1"), first.id, minutes(20))
        .await
        .unwrap();
    assert_eq!(school.opened_at("08:00").await, 0);
    let state = async || {
        let today = school.timetable.today(Actor::Shell("shell")).await;
        today.unwrap().remove(1).state
    };
    let blocked = |problem| LectureState::Blocked { problem };
    let in_the_way = NoRoom::SameTimeAndPlace { number: 1 };
    let in_the_way = SessionRefusal::NoRoom {
        unit: unit(),
        why: in_the_way,
    };
    let in_the_way = blocked(LectureProblem::Refused(in_the_way));
    assert_eq!(state().await, in_the_way);

    // What an earlier version wrote down is shown as it is.
    let prose = "CS101 has a session open at that time and place already";
    let sql = format!("UPDATE lectures SET problem = '{prose}' WHERE problem IS NOT NULL");
    crate::store::bare::execute(&school.database(), &sql).unwrap();
    let in_words = LectureProblem::Words(prose.to_owned());
    assert_eq!(state().await, blocked(in_words));
    assert_eq!(school.opened_at("08:21").await, 1);
}

#[tokio::test]
async fn a_lecture_past_midnight_is_of_the_day_on_which_it_began() {
    let school = in_hall_1().await;
    // 23:00 to 01:00 in Nairobi.
    school
        .plans(vec![lecture("20:00", "22:00", "Hall 1")])
        .await;
    assert_eq!(school.opened_at("21:30").await, 1, "half past midnight");
    let (session, _) = school.sessions.shown().await.unwrap().unwrap();
    assert_eq!(session.date(school.desk.zone()).to_string(), "2026-11-23");
    assert_eq!(session.time_slot(school.desk.zone()), "23:00 - 01:00");
}

#[tokio::test]
async fn a_timetable_taken_twice_changes_nothing_and_a_new_room_moves_the_lecture() {
    let school = in_hall_1().await;
    let old = vec![
        lecture("06:00", "08:00", "Hall 1"),
        lecture("10:00", "12:00", "Hall 1"),
    ];
    let preview = school.timetable.preview(old.clone()).await.unwrap().changes;
    assert_eq!(preview, [LectureChange::New, LectureChange::New]);
    assert!(
        school
            .timetable
            .today(Actor::Shell("shell"))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(school.plans(old.clone()).await, preview);
    assert_eq!(
        school.plans(old).await,
        [LectureChange::Unchanged, LectureChange::Unchanged]
    );
    let moved = school
        .plans(vec![lecture("06:00", "08:30", "Hall 2")])
        .await;
    assert_eq!(
        moved,
        [LectureChange::Changed {
            was: PlannedTimes {
                starts_at: at("2026-11-23T06:00:00Z"),
                ends_at: at("2026-11-23T08:00:00Z"),
                venue: Venue::parse("Hall 1").unwrap(),
                semester: Some(Semester::parse("1").unwrap()),
            }
        }]
    );
    assert_eq!(
        school
            .timetable
            .today(Actor::Shell("shell"))
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_lecturer_changes_and_sees_sessions_of_their_own_units_only() {
    let school = in_hall_1().await;
    let (session, _) = school.lecture().await;
    school
        .plans(vec![lecture("10:00", "12:00", "Hall 1")])
        .await;
    let planned = school.timetable.today(Actor::Shell("shell")).await.unwrap()[0].id;
    let stranger = Lecturer {
        staff_id: StaffId::parse("S2").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    };
    let (sessions, timetable) = (&school.sessions, &school.timetable);
    let why = || "because".to_owned();
    assert!(matches!(
        timetable
            .open_lecture(Actor::Lecturer(&stranger), planned)
            .await,
        Err(SessionError::Forbidden(_))
    ));
    let theirs = |error| matches!(error, SessionError::Forbidden(_));
    assert!(theirs(
        sessions
            .close(Actor::Lecturer(&stranger), session.id)
            .await
            .unwrap_err()
    ));
    assert!(theirs(
        sessions
            .cancel(Actor::Lecturer(&stranger), session.id, why())
            .await
            .unwrap_err()
    ));
    assert!(theirs(
        sessions
            .reopen(Actor::Lecturer(&stranger), session.id, why())
            .await
            .unwrap_err()
    ));
    assert!(theirs(
        sessions
            .extend(Actor::Lecturer(&stranger), session.id, minutes(5))
            .await
            .unwrap_err()
    ));
    assert!(theirs(
        sessions
            .roster(Actor::Lecturer(&stranger), session.id)
            .await
            .unwrap_err()
    ));
    assert!(theirs(
        timetable
            .cancel_lecture(Actor::Lecturer(&stranger), planned, why())
            .await
            .unwrap_err()
    ));
    assert!(
        sessions
            .list(Actor::Lecturer(&stranger), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        timetable
            .today(Actor::Lecturer(&stranger))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_extended_session_takes_check_ins_for_longer_and_a_closed_one_is_not_extended() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school
        .sessions
        .extend(Actor::Shell("S1"), session.id, minutes(30))
        .await
        .unwrap();
    school.clock.advance(minutes(140));
    recorded(school.types("ADM/1", "Jane Doe").await);
    assert!(
        school
            .sessions
            .extend(Actor::Shell("S1"), session.id, minutes(24 * 60))
            .await
            .is_err()
    );
    school
        .sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
    assert!(
        school
            .sessions
            .extend(Actor::Shell("S1"), session.id, minutes(30))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_job_that_fails_stops_neither_the_others_nor_check_in() {
    const STUCK: &str =
        "CREATE TRIGGER stuck BEFORE UPDATE OF state ON lectures WHEN OLD.state = 'open'
        BEGIN SELECT RAISE(ABORT, 'stuck'); END";
    let school = in_hall_1().await;
    let (ended, _) = school.lecture().await;
    school
        .plans(vec![lecture("08:00", "10:00", "Hall 1")])
        .await;
    school.clock.turn_to(at("2026-11-23T08:00:00Z"));
    crate::store::bare::execute(&school.database(), STUCK).unwrap();
    let screen = school.screen();
    screen.scheduler.tick().await.unwrap_err();
    let (opened, _) = school.sessions.shown().await.unwrap().unwrap();
    assert_ne!(opened.id, ended.id);

    // It says so, and goes on.
    let looks = async || {
        screen.publisher.publish().await;
        let now = screen.snapshot.borrow().clone();
        let shown = now.shown.as_ref().map(|shown| shown.board.session.id);
        (shown, now.fault.is_some(), now.trouble.clone())
    };
    assert_eq!(looks().await, (Some(opened.id), true, None));
    let repair = "DROP TRIGGER stuck";
    let unreadable = "UPDATE lectures SET venue = char(27) WHERE planned_start IS NOT NULL";
    crate::store::bare::execute(&school.database(), repair).unwrap();
    crate::store::bare::execute(&school.database(), unreadable).unwrap();
    assert_eq!(looks().await, (Some(opened.id), true, None));
    let readable = "UPDATE lectures SET venue = planned_venue WHERE planned_start IS NOT NULL";
    crate::store::bare::execute(&school.database(), readable).unwrap();
}
