//! Lectures: opened, closed, reopened, by whom, and which of them is shown.

use super::*;
use crate::store::{Event, next_event};

#[tokio::test]
async fn reopening_never_shortens_a_class_and_closing_never_revives_one() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let sessions = &school.sessions;
    sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
    let reason = || "closed too early".to_owned();
    let early = sessions
        .reopen(Actor::Shell("S1"), session.id, reason())
        .await
        .unwrap();
    assert_eq!(
        early.unwrap().ends_at,
        session.ends_at,
        "two hours are left"
    );
    school.clock.advance(minutes(300));
    sessions.close_ended().await.unwrap();
    let late = sessions
        .reopen(Actor::Shell("S1"), session.id, reason())
        .await
        .unwrap();
    assert_eq!(late.unwrap().ends_at, school.clock.now() + minutes(15));

    sessions
        .cancel(Actor::Shell("S1"), session.id, reason())
        .await
        .unwrap();
    let closed = sessions
        .close(Actor::Shell("S1"), session.id)
        .await
        .unwrap();
    assert_eq!(
        closed.state,
        SessionState::Cancelled,
        "it would count as held"
    );
}

#[tokio::test]
async fn sessions_are_numbered_once_and_capped() {
    let school = School::with(|policy| policy.max_sessions = 2).await;
    let (first, _) = school.lecture().await;
    let twin = school
        .sessions
        .open(
            Actor::Shell("S1"),
            opening(Some(first.starts_at), minutes(60)),
        )
        .await
        .unwrap_err();
    assert!(twin.to_string().contains("number 1"), "{twin}");
    school
        .sessions
        .cancel(Actor::Shell("S1"), first.id, "ill".to_owned())
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
        .sessions
        .open(Actor::Shell("S1"), opening(None, minutes(60)))
        .await
        .unwrap_err();
    assert!(over.to_string().contains("had its 2 sessions"), "{over}");
}

#[tokio::test]
async fn a_lecturer_opens_and_closes_their_own_sessions_and_an_administrator_all() {
    let school = School::start().await;
    for (staff_id, is_admin) in [("T1", false), ("A1", true)] {
        let staff_id = StaffId::parse(staff_id).unwrap();
        let name = PersonName::parse("Dr. Otieno").unwrap();
        let department = String::new();
        let added = school.administration.add_lecturer(
            Actor::Shell("shell"),
            staff_id,
            name,
            department,
            is_admin,
            None,
        );
        added.await.unwrap();
    }
    let theirs = NewUnit {
        code: UnitCode::parse("MA110").unwrap(),
        name: "Mathematics".to_owned(),
        lecturer: StaffId::parse("T1").unwrap(),
        planned_lessons: None,
    };
    school
        .administration
        .add_unit(Actor::Shell("shell"), theirs)
        .await
        .unwrap();
    let lecturers = school
        .administration
        .lecturers(Actor::Shell("shell"))
        .await
        .unwrap();
    let [admin, _smith, otieno] = <[Lecturer; 3]>::try_from(lecturers).unwrap();

    let units_of = async |lecturer: &Lecturer| {
        let units = school
            .administration
            .units(Actor::Lecturer(lecturer))
            .await
            .unwrap();
        let codes = units.iter().map(|unit| unit.code.to_string());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(units_of(&otieno).await, ["MA110"]);
    assert_eq!(units_of(&admin).await, ["CS101", "MA110"]);

    let opening = |code: &str| Opening {
        unit: UnitCode::parse(code).unwrap(),
        ..opening(None, minutes(120))
    };
    let not_theirs = SessionError::Forbidden(Forbidden {
        unit: unit(),
        lecturer_name: "Dr. Smith".to_owned(),
    });
    let sessions = &school.sessions;
    let refused = sessions
        .open(Actor::Lecturer(&otieno), opening("CS101"))
        .await;
    assert_eq!(refused.unwrap_err(), not_theirs);
    let (session, _) = sessions
        .open(Actor::Lecturer(&admin), opening("CS101"))
        .await
        .unwrap();
    let refused = sessions.close(Actor::Lecturer(&otieno), session.id).await;
    assert_eq!(refused.unwrap_err(), not_theirs);
    let closed = sessions
        .close(Actor::Lecturer(&admin), session.id)
        .await
        .unwrap();
    assert_eq!(closed.state, SessionState::Closed);
    let (own, _) = sessions
        .open(Actor::Lecturer(&otieno), opening("MA110"))
        .await
        .unwrap();
    assert!(
        sessions
            .close(Actor::Lecturer(&otieno), own.id)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_lecture_is_not_opened_a_second_time_while_it_goes_on() {
    let school = School::start().await;
    let (first, _) = school.lecture().await;
    school.clock.advance(minutes(1));
    let again = opening(None, minutes(60));
    let refused = school
        .sessions
        .open(Actor::Shell("S1"), again.clone())
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("number 1: close or cancel it"),
        "{refused}"
    );
    let elsewhere = Opening {
        venue: Some(Venue::parse("Hall B").unwrap()),
        ..again.clone()
    };
    assert!(
        school
            .sessions
            .open(Actor::Shell("S1"), elsewhere)
            .await
            .is_ok()
    );
    school
        .sessions
        .close(Actor::Shell("S1"), first.id)
        .await
        .unwrap();
    school.clock.advance(minutes(1));
    assert!(
        school
            .sessions
            .open(Actor::Shell("S1"), again)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_session_lasts_a_day_at_most_and_to_its_last_moment() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let extend = |by| {
        school
            .sessions
            .extend(Actor::Shell("shell"), session.id, by)
    };
    let close = || school.store.close_ended_sessions(school.clock.reading());
    let moment = Duration::from_millis(1);
    let refused = extend(22 * HOUR + moment).await;
    assert_eq!(refused, Err(SessionRefusal::TooLong.into()));
    let extended = extend(22 * HOUR).await.unwrap();
    assert_eq!(extended.ends_at.since(session.starts_at), 24 * HOUR);

    school.clock.advance(minutes(1));
    let (other, _) = school
        .opens(Opening {
            venue: Some(Venue::parse("Hall B").unwrap()),
            ..opening(None, minutes(60))
        })
        .await;
    school.clock.advance(HOUR);
    assert_eq!(close().await.unwrap(), [], "the end is inside");
    school.clock.advance(moment);
    let by = |by| school.sessions.extend(Actor::Shell("shell"), other.id, by);
    let now = by(moment).await;
    assert_eq!(now, Err(SessionRefusal::EndHasPassed.into()));
    assert!(by(2 * moment).await.is_ok());
    school.clock.advance(2 * moment);
    assert_eq!(close().await.unwrap(), [other.id]);
}

#[tokio::test]
async fn a_session_closes_by_itself_even_after_the_program_was_away() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(121));
    assert_eq!(school.sessions.close_ended().await.unwrap(), [session.id]);
    assert_eq!(
        school
            .sessions
            .shown()
            .await
            .unwrap()
            .map(|(session, _)| session.id),
        None
    );
}

#[tokio::test]
async fn a_session_that_closes_by_itself_is_announced_and_published() {
    let school = School::start().await;
    let store = &school.store;
    store.set_publishing(Publishing::On).await.unwrap();
    let (session, _) = school.lecture().await;
    let due = async || {
        let now = school.clock.now();
        store
            .due_publications("here".to_owned(), now)
            .await
            .unwrap()
    };
    let opened = due().await.remove(0);
    let published = Settlement::Delivered {
        document_id: String::new(),
        answer: String::new(),
    };
    let settled =
        store.settle_publication(session.id, opened.edition, published, school.clock.now());
    settled.await.unwrap();
    let mut events = store.subscribe();

    school.clock.advance(minutes(121));
    school.sessions.close_ended().await.unwrap();

    let changed = Event::SessionChanged {
        session: session.id,
    };
    let announced = next_event(&mut events, |event| event == changed);
    tokio::time::timeout(Duration::from_secs(5), announced)
        .await
        .expect("the change is announced");
    let closed = due().await.remove(0).published.session;
    assert_eq!(
        (closed.id, closed.state),
        (session.id, SessionState::Closed)
    );
}

#[tokio::test]
async fn the_screen_shows_the_class_of_its_own_room() {
    let school = School::with(|policy| policy.venue = Venue::parse("Hall A").unwrap()).await;
    let open = |venue: &str, start: u64| {
        let starts_at = Some(school.clock.now() + minutes(start));
        let opening = Opening {
            venue: Some(Venue::parse(venue).unwrap()),
            ..opening(starts_at, minutes(60))
        };
        let sessions = school.sessions.clone();
        async move {
            sessions
                .open(Actor::Shell("S1"), opening)
                .await
                .unwrap()
                .0
                .id
        }
    };
    let here = open("Hall A", 1).await;
    let there = open("Hall B", 2).await;
    let later = open("Hall A", 61).await;
    let shown = || async {
        school
            .sessions
            .shown()
            .await
            .unwrap()
            .map(|(session, _)| session.id)
    };
    assert_eq!(shown().await, Some(here));
    school
        .sessions
        .close(Actor::Shell("S1"), here)
        .await
        .unwrap();
    assert_eq!(shown().await, Some(there), "a class elsewhere before none");
    school
        .sessions
        .close(Actor::Shell("S1"), there)
        .await
        .unwrap();
    assert_eq!(
        shown().await,
        Some(later),
        "the next one when none is taking check-ins"
    );
}

#[tokio::test]
async fn the_picture_follows_what_happens() {
    let school = School::start().await;
    let screen = school.screen();
    assert!(screen.look().await.shown.is_none());
    school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    let now = screen.look().await;
    assert_eq!(now.shown.as_ref().unwrap().board.totals.present, 1);
    assert_eq!(now.address.as_deref(), Some("http://kiosk.test"));
}

#[tokio::test]
async fn an_ended_session_leaves_the_snapshot_at_once_and_is_closed_by_the_next_tick() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let screen = school.screen();
    assert!(screen.look().await.shown.is_some());
    school.clock.advance(minutes(121));
    let state = async || {
        let found = school.store.session(session.id).await.unwrap().unwrap();
        found.session.state
    };
    screen.publisher.publish().await;
    assert!(screen.snapshot.borrow().shown.is_none());
    assert_eq!(state().await, SessionState::Open, "reading changes nothing");
    screen.look().await;
    assert_eq!(state().await, SessionState::Closed);
}
