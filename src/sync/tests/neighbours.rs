//! Several kiosks at one lecture, over Google's emulator: each with a store of its own.

mod clocks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::contract::{Mood, OtherSide as _};
use super::emulator::{Emulator, emulator};
use super::fake_firestore::{FakeFirestore, emulated};
use super::reports::nairobi;
use crate::clock::Clock;
use crate::domain::*;
use crate::store::{
    CodedSession, Hand, ImportedStudent, NewCheckIn, NewLecturer, NewSession, NewUnit, Publishing,
    Rules, Store, StoreError,
};
use crate::sync::firestore::FirestoreRemote;
use crate::sync::{Mirror, Publisher, Remote, Worker};

const START: &str = "2026-11-22T06:00:00Z";

struct Kiosk {
    id: String,
    store: Store,
    clock: Clock,
    firestore: Arc<FirestoreRemote>,
    mirror: Mirror,
    _folder: tempfile::TempDir,
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn unit() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

fn rules() -> Rules {
    Rules {
        windows: Windows {
            opens_before: Duration::from_secs(600),
            on_time: Duration::from_secs(600),
        },
        unknown_students: UnknownStudents::Register,
        block_shared_device: false,
        planned_lessons: 12,
        thresholds: Thresholds {
            required_percent: 75,
            warning_percent: 80,
        },
        deliver_to: vec![Target::Firestore],
        zone: nairobi(),
    }
}

/// What a board says of a student: when, and how late.
type Marks = BTreeMap<String, (Timestamp, u32)>;

impl Kiosk {
    async fn new(emulator: &Emulator, id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        store.set_publishing(Publishing::On).await.unwrap();
        let clock = Clock::set_to(moment(START));
        let firestore = Arc::new(emulator.remote());
        let (mirror, _) = Mirror::new(
            store.clone(),
            clock.clone(),
            id.to_owned(),
            firestore.clone(),
        );
        Self {
            id: id.to_owned(),
            store,
            clock,
            firestore,
            mirror,
            _folder: folder,
        }
    }

    /// With the unit CS101 and two students on its roster.
    async fn with_school(emulator: &Emulator, id: &str) -> Self {
        let kiosk = Self::new(emulator, id).await;
        let staff_id = StaffId::parse("S1").unwrap();
        let (store, by, now) = (&kiosk.store, || "test".to_owned(), kiosk.clock.now());
        let lecturer = NewLecturer {
            staff_id: staff_id.clone(),
            name: StudentName::parse("Dr. Smith").unwrap(),
            department: String::new(),
            is_admin: true,
            pin_hash: None,
        };
        store.add_lecturer(lecturer, by(), now).await.unwrap();
        let new = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: Some(10),
        };
        store.add_unit(new, by(), now).await.unwrap();
        kiosk
            .import(&[("ADM/1", "Jane Doe"), ("ADM/2", "John Roe")])
            .await;
        kiosk
    }

    async fn import(&self, students: &[(&str, &str)]) {
        let students = students.iter().map(|(number, name)| ImportedStudent {
            admission_number: AdmissionNumber::parse(number).unwrap(),
            name: StudentName::parse(name).ok(),
            email: String::new(),
            phone: String::new(),
        });
        let on = nairobi().date(self.clock.now());
        let by = "test".to_owned();
        self.store
            .import_students(unit(), students.collect(), on, by, self.clock.now())
            .await
            .unwrap();
    }

    async fn opens(&self) -> SessionId {
        let now = self.clock.now();
        let new = NewSession {
            unit: unit(),
            semester: Semester::parse("1").unwrap(),
            starts_at: now,
            ends_at: now + Duration::from_secs(7200),
            date: nairobi().date(now),
            venue: Venue::parse("Room 101").unwrap(),
            unset_start: (!self.clock.trusted()).then(|| self.clock.uptime()),
        };
        let opened = self.store.open_session(new, 13, "test".to_owned(), now);
        opened.await.unwrap().session.id
    }

    async fn publishes(&self) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Publisher::new(store, clock, self.id.clone(), self.firestore.clone())
            .drain()
            .await
            .unwrap();
        let counts = self.store.publication_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.parked), (0, 0));
    }

    async fn joins(&self, id: SessionId) -> CodedSession {
        let published = self.firestore.published_session(id).await.unwrap().unwrap();
        let roster = self.firestore.published_roster(&published).await.unwrap();
        let roster = roster.expect("nobody writes it at present");
        let joined = self
            .store
            .join_session(published, roster, "test".to_owned(), self.clock.now())
            .await
            .unwrap();
        let (crate::store::Joined::Now(coded) | crate::store::Joined::Before(coded)) = joined;
        coded
    }

    async fn checks_in(&self, session: SessionId, number: &str, is_trusted: bool) -> Uuid {
        let attendance_id = Uuid::new_v4();
        let answer = self
            .try_check_in(session, number, is_trusted, attendance_id)
            .await;
        assert!(matches!(answer, CheckInAnswer::Recorded(_)), "{answer:?}");
        attendance_id
    }

    async fn try_check_in(
        &self,
        session: SessionId,
        number: &str,
        clock_trusted: bool,
        attendance_id: Uuid,
    ) -> CheckInAnswer {
        let new = NewCheckIn {
            attendance_id,
            session,
            admission_number: AdmissionNumber::parse(number).unwrap(),
            student_name: Some(StudentName::parse("Jane Doe").unwrap()),
            channel: Channel::Keypad,
            device_mark: None,
            read: Reading {
                trusted: clock_trusted,
                ..self.clock.reading()
            },
        };
        self.store.check_in(new, rules()).await.unwrap()
    }

    fn hand(&self) -> Hand {
        Hand {
            actor: "S1".to_owned(),
            channel: Channel::Lecturer,
            now: self.clock.now(),
            steady: self.clock.steady(),
            clock_trusted: true,
            uptime: self.clock.uptime(),
        }
    }

    async fn corrects(&self, session: SessionId, number: &str, correction: Correction) {
        let order = CorrectionOrder {
            session,
            admission_number: AdmissionNumber::parse(number).unwrap(),
            correction,
            name: None,
            reason: Reason::parse("seen by the lecturer").unwrap(),
        };
        let hand = self.hand();
        let answer = self.store.correct(order, rules(), hand).await.unwrap();
        assert!(matches!(answer, CorrectionAnswer::Done(_)), "{answer:?}");
    }

    async fn delivers(&self) {
        let remote: Arc<dyn Remote> = self.firestore.clone();
        let (mut worker, _) = Worker::new(
            self.store.clone(),
            self.clock.clone(),
            self.id.clone(),
            remote,
        );
        worker.drain().await.unwrap();
        let counts = self.store.counts(Target::Firestore).await.unwrap();
        assert_eq!((counts.waiting, counts.parked), (0, 0));
    }

    /// Looks now, however short ago the last look was.
    async fn looks(&mut self) {
        let (mirror, _) = Mirror::new(
            self.store.clone(),
            self.clock.clone(),
            self.id.clone(),
            self.firestore.clone(),
        );
        // A mirror that knows of no look before, as after a restart.
        self.mirror = mirror;
        self.mirror.step().await.unwrap();
    }

    async fn marks(&self, session: SessionId) -> Marks {
        let roster = self.store.roster(session, self.clock.now(), rules());
        let roster = roster.await.unwrap().unwrap();
        let present = roster.lines.into_iter().filter_map(|line| {
            Some((
                line.admission_number.to_string(),
                (line.at?, line.late_minutes),
            ))
        });
        present.collect()
    }

    async fn state(&self, session: SessionId) -> SessionState {
        self.store
            .session(session)
            .await
            .unwrap()
            .unwrap()
            .session
            .state
    }
}

/// Two kiosks that share an open session.
async fn hall(emulator: &Emulator) -> (Kiosk, Kiosk, SessionId) {
    let a = Kiosk::with_school(emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let b = Kiosk::new(emulator, "kiosk-b").await;
    b.joins(session).await;
    b.publishes().await;
    (a, b, session)
}

#[tokio::test]
async fn whoever_joins_gets_unit_lecturer_and_class_list() {
    let Some(emulator) = emulator() else { return };
    let (a, b, session) = hall(&emulator).await;
    let units = b.store.units(12).await.unwrap();
    assert_eq!(units.len(), 1);
    assert_eq!(
        (units[0].name.as_str(), units[0].planned_lessons),
        ("Programming", 10)
    );
    assert_eq!(units[0].lecturer_name, "Dr. Smith");
    let theirs = a.store.roster_entries(unit()).await.unwrap();
    assert_eq!(b.store.roster_entries(unit()).await.unwrap(), theirs);

    let here = b.joins(session).await;
    let there = a.store.session(session).await.unwrap().unwrap();
    assert_eq!(here.session, there.session);
    let published = a
        .firestore
        .published_session(session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(published.kiosks, ["kiosk-a", "kiosk-b"]);
    assert_eq!(
        (published.others("kiosk-a"), published.others("kiosk-b")),
        (1, 1)
    );
}

#[tokio::test]
async fn what_is_known_better_here_stays() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    a.import(&[("ADM/3", "Their Name"), ("ADM/4", "Roster Name")])
        .await;
    let session = a.opens().await;
    a.publishes().await;

    let b = Kiosk::with_school(&emulator, "kiosk-b").await;
    b.import(&[("ADM/3", "Our Name")]).await;
    b.clock.advance(Duration::from_secs(60));
    let own = b.opens().await;
    // A name that a student gave gives way to a roster's, and the number that is taken here to the next.
    b.checks_in(own, "ADM/4", true).await;
    let joined = b.joins(session).await.session;
    assert_eq!(joined.number, 2);
    let names: BTreeMap<String, String> = b
        .store
        .known_students(None)
        .await
        .unwrap()
        .into_iter()
        .map(|student| {
            (
                student.admission_number.to_string(),
                student.name.unwrap().to_string(),
            )
        })
        .collect();
    assert_eq!(names["ADM/3"], "Our Name");
    assert_eq!(names["ADM/4"], "Roster Name");

    // And what is called otherwise here stays so there.
    let by = "test".to_owned();
    b.store
        .close_session(session, by, b.clock.now())
        .await
        .unwrap();
    b.publishes().await;
    let published = a
        .firestore
        .published_session(session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(published.session.number, 1);
    assert_eq!(published.session.state, SessionState::Closed);
}

#[tokio::test]
async fn a_kiosk_with_a_session_of_its_own_at_that_start_does_not_join() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let b = Kiosk::with_school(&emulator, "kiosk-b").await;
    b.opens().await;
    let published = b
        .firestore
        .published_session(session)
        .await
        .unwrap()
        .unwrap();
    let refused = b
        .store
        .join_session(published, Vec::new(), "test".to_owned(), b.clock.now());
    assert!(matches!(refused.await, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn a_check_in_there_is_on_the_board_here_and_is_marked_already() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(1260));
    let id = a.checks_in(session, "ADM/1", true).await;
    let unknown = a.checks_in(session, "ADM/9", true).await;
    a.delivers().await;
    b.looks().await;
    assert_eq!(b.marks(session).await, a.marks(session).await);
    assert_eq!(b.marks(session).await["ADM/1"].1, 21);
    let counts = b.store.counts(Target::Firestore).await.unwrap();
    assert_eq!(counts.waiting, 0, "nothing is owed of it here");
    let answer = b.try_check_in(session, "ADM/1", true, Uuid::new_v4()).await;
    let CheckInAnswer::AlreadyMarked(receipt) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(receipt.attendance_id, id);
    assert_eq!(receipt.channel, Channel::Remote);
    assert_eq!(receipt.checked_in_at, a.clock.now());
    b.looks().await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
    assert!(
        b.store
            .receipt(unknown, b.clock.now(), rules())
            .await
            .unwrap()
            .is_some()
    );
}

/// Both are away and take the same student; they come back in the order told.
async fn contest(a_trusted: bool, b_trusted: bool, a_first: bool) {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    // At B a quarter of an hour after A.
    b.clock.advance(Duration::from_secs(900));
    let at_a = a.checks_in(session, "ADM/1", a_trusted).await;
    let at_b = b.checks_in(session, "ADM/1", b_trusted).await;
    if a_first {
        a.delivers().await;
        b.delivers().await;
    } else {
        b.delivers().await;
        a.delivers().await;
    }
    a.looks().await;
    b.looks().await;
    a.looks().await;

    let a_stands = a_trusted || !b_trusted;
    let (standing, other) = if a_stands { (at_a, at_b) } else { (at_b, at_a) };
    let expected = if a_stands {
        (moment(START), 0)
    } else {
        (moment(START) + Duration::from_secs(900), 15)
    };
    for kiosk in [&a, &b] {
        assert_eq!(
            kiosk.marks(session).await["ADM/1"],
            expected,
            "{}",
            kiosk.id
        );
        let board = kiosk.store.board(session, 10).await.unwrap().unwrap();
        assert_eq!(board.totals.present + board.totals.late, 1);
        let contested = kiosk.store.contested(session).await.unwrap();
        assert_eq!(contested.len(), 1);
        let ids: Vec<Uuid> = contested[0]
            .records
            .iter()
            .map(|record| record.attendance_id)
            .collect();
        assert_eq!(ids, [standing, other], "both stay visible at {}", kiosk.id);
    }
    let claims = emulator
        .documents(&format!("/sessions/{session}"), "students")
        .await;
    assert_eq!(claims.len(), 1);
    let claim = &claims[0].1;
    assert_eq!(claim["attendance_id"]["stringValue"], standing.to_string());
    let also = &claim["also"]["arrayValue"]["values"];
    assert_eq!(also.as_array().unwrap().len(), 1);
    assert_eq!(
        also[0]["mapValue"]["fields"]["attendance_id"]["stringValue"],
        other.to_string()
    );
    let timeline: BTreeMap<String, Value> = emulator
        .documents("", "attendance_records")
        .await
        .into_iter()
        .map(|(name, fields)| (name.rsplit_once('/').unwrap().1.to_owned(), fields))
        .collect();
    assert_eq!(timeline.len(), 2);
    assert_eq!(
        timeline[&standing.to_string()]["counts"]["booleanValue"],
        true
    );
    let loser = &timeline[&other.to_string()];
    assert_eq!(loser["counts"]["booleanValue"], false);
    assert_eq!(loser["superseded_by"]["stringValue"], standing.to_string());
    assert_eq!(loser["admission_number"]["stringValue"], "ADM/1");
}

#[tokio::test]
async fn the_earlier_stands_when_it_is_delivered_first() {
    contest(true, true, true).await;
}

#[tokio::test]
async fn the_earlier_stands_when_it_is_delivered_last() {
    contest(true, true, false).await;
}

#[tokio::test]
async fn a_clock_that_was_not_set_gives_way_in_either_order() {
    contest(false, true, true).await;
    contest(false, true, false).await;
}

#[tokio::test]
async fn between_two_clocks_that_were_not_set_the_earlier_stands() {
    contest(false, false, false).await;
}

#[tokio::test]
async fn a_record_that_gave_way_is_still_delivered_as_it_was_made() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    b.clock.advance(Duration::from_secs(900));
    let at_b = b.checks_in(session, "ADM/1", true).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    // B hears of A's before it delivers its own.
    b.looks().await;
    assert_eq!(b.marks(session).await["ADM/1"], (moment(START), 0));
    b.delivers().await;
    let records = emulator.documents("", "attendance_records").await;
    let own = records
        .iter()
        .find(|(name, _)| name.ends_with(&at_b.to_string()))
        .unwrap();
    assert_eq!(own.1["timestamp"]["timestampValue"], "2026-11-22T06:15:00Z");
    assert_eq!(own.1["late_minutes"]["integerValue"], "15");
    assert_eq!(own.1["channel"]["stringValue"], "keypad");
    assert_eq!(own.1["counts"]["booleanValue"], false);
}

#[tokio::test]
async fn a_time_that_is_put_right_is_told_though_another_record_stands() {
    let Some(emulator) = emulator() else { return };
    let (a, b, session) = hall(&emulator).await;
    let stands = a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    // B's machine started without knowing the time, and lags by a minute.
    let right = b.clock.now() + Duration::from_secs(900);
    b.clock.turn_to(right - Duration::from_secs(60));
    b.clock.set_trusted(false);
    let other = b.checks_in(session, "ADM/1", false).await;
    b.delivers().await;

    b.clock.turn_to(right);
    b.clock.set_trusted(true);
    let (read, windows) = (b.clock.reading(), rules().windows);
    let done = b.store.put_times_right(read, windows, nairobi()).await;
    assert_eq!(done.unwrap().records, 1);
    b.delivers().await;
    let timeline = emulator.documents("", "attendance_records").await;
    let (_, own) = timeline
        .iter()
        .find(|(name, _)| name.ends_with(&other.to_string()))
        .unwrap();
    assert_eq!(own["timestamp"]["timestampValue"], "2026-11-22T06:15:00Z");
    assert_eq!(own["counts"]["booleanValue"], false);
    let students = format!("/sessions/{session}");
    let claims = emulator.documents(&students, "students").await;
    let claim = &claims[0].1;
    assert_eq!(claim["attendance_id"]["stringValue"], stands.to_string());
    let also = claim["also"]["arrayValue"]["values"].as_array().unwrap();
    assert_eq!(also.len(), 1);
    let evidence = &also[0]["mapValue"]["fields"];
    assert_eq!(evidence["attendance_id"]["stringValue"], other.to_string());
    assert_eq!(
        evidence["timestamp"]["timestampValue"],
        "2026-11-22T06:15:00Z"
    );
}

#[tokio::test]
async fn a_time_that_is_put_right_may_change_which_record_stands() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(300));
    let at_a = a.checks_in(session, "ADM/1", false).await;
    a.delivers().await;
    // Neither knows the time; B believes that it is later than it is.
    b.clock.turn_to(moment(START) + Duration::from_secs(600));
    b.clock.set_trusted(false);
    let at_b = b.checks_in(session, "ADM/1", false).await;
    b.delivers().await;
    let claimant = async || {
        let claims = emulator
            .documents(&format!("/sessions/{session}"), "students")
            .await;
        let claim = claims[0].1.clone();
        (
            claim["attendance_id"]["stringValue"]
                .as_str()
                .unwrap()
                .to_owned(),
            claim["also"]["arrayValue"]["values"]
                .as_array()
                .unwrap()
                .len(),
        )
    };
    assert_eq!(claimant().await, (at_a.to_string(), 1));

    b.clock.turn_to(moment(START) + Duration::from_secs(60));
    b.clock.set_trusted(true);
    let (read, windows) = (b.clock.reading(), rules().windows);
    let done = b.store.put_times_right(read, windows, nairobi()).await;
    assert_eq!(done.unwrap().records, 1);
    b.delivers().await;
    assert_eq!(claimant().await, (at_b.to_string(), 1));
    a.looks().await;
    let put_right = moment(START) + Duration::from_secs(60);
    assert_eq!(a.marks(session).await["ADM/1"].0, put_right);
}

#[tokio::test]
async fn a_kiosk_that_could_not_say_that_it_joined_is_heard_after_the_end() {
    let Some(emulator) = emulator() else { return };
    let mut a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let b = Kiosk::new(&emulator, "kiosk-b").await;
    b.joins(session).await;
    b.checks_in(session, "ADM/1", true).await;

    // B's network is gone; A reads the session to its end and has seen nobody.
    let closed = a
        .store
        .close_session(session, "S1".to_owned(), a.clock.now());
    closed.await.unwrap();
    a.publishes().await;
    a.looks().await;
    assert_eq!(a.marks(session).await.len(), 0);

    a.clock.advance(Duration::from_secs(24 * 3600));
    b.publishes().await;
    b.delivers().await;
    a.looks().await;
    assert_eq!(a.marks(session).await.len(), 1);
}

#[tokio::test]
async fn three_kiosks_come_to_one_answer() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let mut c = Kiosk::new(&emulator, "kiosk-c").await;
    c.joins(session).await;
    b.clock.advance(Duration::from_secs(120));
    c.clock.advance(Duration::from_secs(60));
    a.clock.advance(Duration::from_secs(180));
    for kiosk in [&a, &b, &c] {
        kiosk.checks_in(session, "ADM/1", true).await;
    }
    // The worst order: each one overtakes the one before.
    a.delivers().await;
    b.delivers().await;
    c.delivers().await;
    for kiosk in [&mut a, &mut b, &mut c] {
        kiosk.looks().await;
        assert_eq!(
            kiosk.marks(session).await["ADM/1"].0,
            moment(START) + Duration::from_secs(60)
        );
        let contested = kiosk.store.contested(session).await.unwrap();
        assert_eq!(contested[0].records.len(), 3);
    }
    let records = emulator.documents("", "attendance_records").await;
    let counting = records
        .iter()
        .filter(|(_, fields)| fields["counts"]["booleanValue"] == true);
    assert_eq!(counting.count(), 1);
}

#[tokio::test]
async fn what_is_done_to_a_session_at_one_kiosk_is_done_at_all() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let by = || "test".to_owned();
    a.store
        .close_session(session, by(), a.clock.now())
        .await
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Closed);

    // And back; B's clock is behind, which must not make its word the older one.
    a.clock.advance(Duration::from_secs(600));
    let now = b.clock.now();
    let until = now + Duration::from_secs(900);
    b.store
        .reopen_session(session, until, "early".to_owned(), by(), now)
        .await
        .unwrap();
    b.publishes().await;
    a.looks().await;
    assert_eq!(a.state(session).await, SessionState::Open);
    a.store
        .cancel_session(session, "ill".to_owned(), by(), a.clock.now())
        .await
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Cancelled);
}

#[tokio::test]
async fn the_later_of_two_changes_stands_whoever_publishes_first() {
    let Some(emulator) = emulator() else { return };
    for a_first in [true, false] {
        let (mut a, mut b, session) = hall(&emulator).await;
        let by = || "test".to_owned();
        a.clock.advance(Duration::from_secs(60));
        b.clock.advance(Duration::from_secs(120));
        a.store
            .close_session(session, by(), a.clock.now())
            .await
            .unwrap();
        b.store
            .cancel_session(session, "ill".to_owned(), by(), b.clock.now())
            .await
            .unwrap();
        if a_first {
            a.publishes().await;
            b.publishes().await;
        } else {
            b.publishes().await;
            a.publishes().await;
        }
        a.looks().await;
        b.looks().await;
        for kiosk in [&a, &b] {
            assert_eq!(
                kiosk.state(session).await,
                SessionState::Cancelled,
                "{}",
                kiosk.id
            );
        }
    }
}

#[tokio::test]
async fn a_clock_that_runs_ahead_ends_a_session_for_its_own_kiosk_only() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    b.clock.advance(Duration::from_secs(24 * 3600));
    b.store
        .close_ended_sessions(b.clock.reading())
        .await
        .unwrap();
    assert_eq!(b.state(session).await, SessionState::Closed);
    b.publishes().await;
    a.looks().await;
    assert_eq!(a.state(session).await, SessionState::Open);
}

/// Writes claims as another kiosk would, all taken by the server in one moment.
async fn put_claims(
    emulator: &Emulator,
    session: SessionId,
    numbers: std::ops::Range<usize>,
    synced_at: &str,
) {
    let root = emulator.root();
    let writes: Vec<Value> = numbers
        .map(|number| {
            json!({"update": {
                "name": format!("{root}/sessions/{session}/students/N-{number:04}"),
                "fields": {
                    "attendance_id": {"stringValue": Uuid::new_v4().to_string()},
                    "kiosk_id": {"stringValue": "kiosk-z"},
                    "admission_number": {"stringValue": format!("N-{number:04}")},
                    "student_name": {"stringValue": "Jane Doe"},
                    "timestamp": {"timestampValue": START},
                    "channel": {"stringValue": "phone"},
                    "attendance_percentage": {"doubleValue": 8.33},
                    "late_minutes": {"integerValue": "0"},
                    "synced_at": {"timestampValue": synced_at},
                },
            }})
        })
        .collect();
    emulator
        .call(Method::POST, ":commit", &json!({"writes": writes}))
        .await;
}

#[tokio::test]
async fn more_records_of_one_moment_than_a_page_holds_are_all_read() {
    let Some(emulator) = emulator() else { return };
    let (_, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..1203, "2026-11-22T06:00:01.123456Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 1203);
}

#[tokio::test]
async fn a_claim_that_bears_another_students_id_keeps_nobody_else_out() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    let students = format!("/sessions/{session}");
    let copied = emulator.documents(&students, "students").await;
    let mut fields = copied[0].1.clone();
    fields["admission_number"] = json!({"stringValue": "ADM/2"});
    let name = format!("{}/sessions/{session}/students/ADM~2F2", emulator.root());
    let writes = json!({"writes": [{"update": {"name": name, "fields": fields}}]});
    emulator.call(Method::POST, ":commit", &writes).await;
    put_claims(&emulator, session, 0..1, "2027-01-01T00:00:00Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_commit_that_was_held_is_caught_by_the_overlap() {
    let Some(emulator) = emulator() else { return };
    let (_, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..2, "2026-11-22T06:00:10Z").await;
    b.looks().await;
    // Stamped before those that are read already, and seen only now.
    put_claims(&emulator, session, 2..3, "2026-11-22T06:00:01Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 3);
    let progress = b.store.mirror_progress().await.unwrap();
    assert_eq!(progress[0].read_until, Some(moment("2026-11-22T06:00:10Z")));
}

#[tokio::test]
async fn what_the_overlap_missed_is_read_when_the_session_closes() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..1, "2026-11-22T07:00:00Z").await;
    b.looks().await;
    put_claims(&emulator, session, 1..2, "2026-11-22T06:00:00Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 1);
    a.store
        .close_session(session, "test".to_owned(), a.clock.now())
        .await
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Closed);
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_kiosk_that_was_away_is_heard_after_the_end() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    a.looks().await;
    b.checks_in(session, "ADM/2", true).await;
    let by = "test".to_owned();
    a.store
        .close_session(session, by, a.clock.now())
        .await
        .unwrap();
    a.looks().await;
    assert_eq!(a.store.attendance_count(Some(session)).await.unwrap(), 0);
    b.delivers().await;
    a.clock.advance(Duration::from_secs(20 * 24 * 3600));
    a.looks().await;
    assert_eq!(a.store.attendance_count(Some(session)).await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_is_asked_without_an_open_session() {
    let Some(emulator) = emulator() else { return };
    let mut a = Kiosk::with_school(&emulator, "kiosk-a").await;
    assert_eq!(a.mirror.step().await.unwrap(), None);
    let session = a.opens().await;
    a.publishes().await;
    a.looks().await;
    let rest = a.mirror.step().await.unwrap().unwrap();
    assert!(
        rest > Duration::from_secs(5),
        "nobody else takes part: {rest:?}"
    );
    a.store
        .close_session(session, "test".to_owned(), a.clock.now())
        .await
        .unwrap();
    a.mirror.step().await.unwrap();
    let rest = a.mirror.step().await.unwrap().unwrap();
    assert!(
        rest > Duration::from_secs(5 * 3600),
        "read once more, then seldom: {rest:?}"
    );
    a.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(a.mirror.step().await.unwrap(), None, "then left alone");
}

#[tokio::test]
async fn a_roster_that_changes_is_published_anew_in_whole_pages() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let numbers: Vec<String> = (0..1200).map(|number| format!("R/{number:04}")).collect();
    let many: Vec<(&str, &str)> = numbers
        .iter()
        .map(|number| (number.as_str(), "Jane Doe"))
        .collect();
    a.import(&many).await;
    a.publishes().await;
    let published = a
        .firestore
        .published_session(session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(published.roster.as_ref().unwrap().pages, 3);
    let roster = a
        .firestore
        .published_roster(&published)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(roster, a.store.roster_entries(unit()).await.unwrap());
    let torn = PublishedSession {
        roster: Some(RosterEdition {
            version: "another".to_owned(),
            pages: 3,
        }),
        ..published
    };
    assert_eq!(a.firestore.published_roster(&torn).await.unwrap(), None);

    let extent = crate::sync::firestore::cleanup::Extent::SessionId(session.to_string());
    let found = a
        .firestore
        .read_documents(&extent, |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(
        (found.sessions, found.roster_pages),
        (1, 3),
        "the cleanup knows them"
    );
}

#[tokio::test]
async fn a_mark_taken_back_at_one_kiosk_is_taken_back_at_all() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.looks().await;
    for (correction, present) in [
        (Correction::Unmark, 0),
        (Correction::Mark(HandMark::Present), 1),
    ] {
        a.clock.advance(Duration::from_secs(60));
        a.corrects(session, "ADM/1", correction).await;
        a.delivers().await;
        b.looks().await;
        b.looks().await;
        for kiosk in [&a, &b] {
            let board = kiosk.store.board(session, 10).await.unwrap().unwrap();
            assert_eq!(board.totals.present, present, "{}", kiosk.id);
        }
    }
}

#[tokio::test]
async fn a_mark_taken_back_gives_way_to_one_that_another_kiosk_made_meanwhile() {
    let Some(emulator) = emulator() else { return };
    for a_first in [true, false] {
        for b_is_earlier in [true, false] {
            let (mut a, mut b, session) = hall(&emulator).await;
            let later = if b_is_earlier { &a } else { &b };
            later.clock.advance(Duration::from_secs(60));
            a.checks_in(session, "ADM/1", true).await;
            a.corrects(session, "ADM/1", Correction::Unmark).await;
            b.checks_in(session, "ADM/1", true).await;
            if a_first {
                a.delivers().await;
                b.delivers().await;
            } else {
                b.delivers().await;
                a.looks().await;
                a.delivers().await;
            }
            a.looks().await;
            b.looks().await;
            a.looks().await;
            for kiosk in [&a, &b] {
                let board = kiosk.store.board(session, 10).await.unwrap().unwrap();
                assert_eq!(
                    board.totals.present, 1,
                    "{} {a_first} {b_is_earlier}",
                    kiosk.id
                );
            }
            assert_eq!(a.marks(session).await, b.marks(session).await);
            let claims = emulator
                .documents(&format!("/sessions/{session}"), "students")
                .await;
            assert_eq!(claims.len(), 1);
            assert_eq!(claims[0].1["kiosk_id"]["stringValue"], "kiosk-b");
        }
    }
}

#[tokio::test]
async fn what_another_kiosk_recorded_first_is_not_undone_here() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    b.checks_in(session, "ADM/1", true).await;
    a.clock.advance(Duration::from_secs(60));
    a.corrects(session, "ADM/1", Correction::Mark(HandMark::Present))
        .await;
    b.delivers().await;
    a.delivers().await;
    a.looks().await;
    let undone = a
        .store
        .undo_correction(session, None, None, rules(), a.hand());
    let answer = undone.await.unwrap();
    let CorrectionAnswer::Refused(CorrectionRefusal::OtherKiosk { kiosk_id }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(kiosk_id, "kiosk-b");
    let board = a.store.board(session, 10).await.unwrap().unwrap();
    assert_eq!(board.totals.present, 1);
}

#[tokio::test]
async fn a_correction_of_what_was_not_delivered_yet_is_weighed_like_a_check_in() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(900));
    let early = b.checks_in(session, "ADM/1", true).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.corrects(
        session,
        "ADM/1",
        Correction::Mark(HandMark::Late { minutes: Some(5) }),
    )
    .await;
    b.delivers().await;
    a.looks().await;
    b.looks().await;
    assert_eq!(a.marks(session).await, b.marks(session).await);
    let claims = emulator
        .documents(&format!("/sessions/{session}"), "students")
        .await;
    assert_eq!(
        claims[0].1["attendance_id"]["stringValue"],
        early.to_string()
    );
}

#[tokio::test]
async fn a_publisher_that_is_barred_goes_on_quietly_until_it_is_let_in() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let side = FakeFirestore::start().await;
    let settings = emulated(&side.stub.address.to_string(), "school");
    let firestore = Arc::new(FirestoreRemote::new(settings).unwrap());
    let mut publisher = Publisher::new(a.store.clone(), a.clock.clone(), a.id.clone(), firestore);
    a.opens().await;
    side.feel(Mood::Forbidding);
    for _ in 0..3 {
        publisher.step().await.unwrap();
        a.clock.advance(Duration::from_secs(61));
    }
    let due = a
        .store
        .due_publications(a.id.clone(), a.clock.now())
        .await
        .unwrap();
    assert_eq!(due[0].attempts, 1, "written down once, not every minute");
    side.feel(Mood::Well);
    publisher.step().await.unwrap();
    assert_eq!(a.store.publication_counts().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_no_session_up() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    let half_an_hour = Duration::from_secs(1800);
    a.clock.turn_to(a.clock.now() - half_an_hour);
    a.publishes().await;
    let (by, now) = ("test".to_owned(), a.clock.now());
    a.store.close_session(session, by, now).await.unwrap();
    let retried = a.store.retry(None, None, a.clock.steady()).await.unwrap();
    assert_eq!(retried, 1);
    a.publishes().await;
}

#[tokio::test]
async fn a_start_that_is_put_right_where_the_session_was_opened_is_right_where_it_was_joined() {
    let Some(emulator) = emulator() else { return };
    let hour = Duration::from_secs(3600);
    let right = moment(START);
    for wrong in [right - hour, right + hour] {
        let a = Kiosk::with_school(&emulator, "kiosk-a").await;
        a.clock.turn_to(wrong);
        a.clock.set_trusted(false);
        let session = a.opens().await;
        a.publishes().await;
        let mut b = Kiosk::new(&emulator, "kiosk-b").await;
        b.joins(session).await;
        b.publishes().await;

        a.clock.advance(Duration::from_secs(60));
        let right = right + Duration::from_secs(60);
        a.clock.turn_to(right);
        a.clock.set_trusted(true);
        let (read, windows) = (a.clock.reading(), rules().windows);
        let done = a.store.put_times_right(read, windows, nairobi()).await;
        assert_eq!(done.unwrap().sessions, 1);
        a.publishes().await;
        b.looks().await;
        let at_a = a.store.session(session).await.unwrap().unwrap().session;
        let at_b = b.store.session(session).await.unwrap().unwrap().session;
        assert_eq!(
            (at_b.starts_at, at_b.ends_at),
            (at_a.starts_at, at_a.ends_at)
        );
    }
}

#[tokio::test]
async fn a_kiosk_whose_books_were_set_back_hears_of_its_own_records() {
    let Some(emulator) = emulator() else { return };
    let (_, b, session) = hall(&emulator).await;
    let id = b.checks_in(session, "ADM/1", true).await;
    b.delivers().await;
    let mut restored = Kiosk::new(&emulator, "kiosk-b").await;
    restored.joins(session).await;
    restored.looks().await;
    let receipt = restored.store.receipt(id, restored.clock.now(), rules());
    assert_eq!(receipt.await.unwrap().unwrap().channel, Channel::Keypad);
    // Its own to correct.
    restored
        .corrects(session, "ADM/1", Correction::Unmark)
        .await;
    assert!(restored.store.contested(session).await.unwrap().is_empty());
}
