//! Several kiosks at one lecture, over Google's emulator: each with a store of its own.

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
use crate::random;
use crate::store::{
    AuditContext, ClassList, CodedSession, ImportedStudent, NewCheckIn, NewLecturer, NewSession,
    NewUnit, Newcomers, NotMeAt, Publishing, Rules, Store,
};
use crate::sync::firestore::{Firestore, FirestoreSettings};
use crate::sync::{Mirror, Publisher, Remote, Work as _, WorkOutcome, Worker};

const START: &str = "2026-11-22T06:00:00Z";

struct Kiosk {
    id: String,
    store: Store,
    clock: Clock,
    firestore: Arc<Firestore>,
    mirror: Mirror,
    folder: tempfile::TempDir,
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn unit() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

fn semester() -> Semester {
    Semester::parse("1").unwrap()
}

fn rules() -> Rules {
    Rules {
        unknown_students: UnknownStudents::Register,
        deliver_to: vec![Target::Firestore],
        zone: nairobi(),
        ..Rules::default()
    }
}

/// What a board says of a student: when, and how late.
type Marks = BTreeMap<String, (Timestamp, u32)>;

impl Kiosk {
    async fn new(emulator: &Emulator, id: &str) -> Self {
        Self::over(emulator.remote(), id).await
    }

    async fn over(firestore: Firestore, id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        store.set_publishing(Publishing::On).await.unwrap();
        let clock = Clock::set_to(moment(START));
        let firestore = Arc::new(firestore);
        let (mirror, _) = Mirror::new(
            store.clone(),
            clock.clone(),
            id.to_owned(),
            rules().windows,
            firestore.clone(),
        );
        Self {
            id: id.to_owned(),
            store,
            clock,
            firestore,
            mirror,
            folder,
        }
    }

    /// What Firestore has of a session.
    async fn published(&self, session: SessionId) -> PublishedSession {
        let found = self.firestore.published_session(session).await;
        found.unwrap().unwrap()
    }

    /// With the unit CS101 and two students on its roster.
    async fn with_school(emulator: &Emulator, id: &str) -> Self {
        Self::new(emulator, id).await.in_school().await
    }

    async fn in_school(self) -> Self {
        let kiosk = self;
        let staff_id = StaffId::parse("S1").unwrap();
        let (store, by, now) = (&kiosk.store, || "test".to_owned(), kiosk.clock.now());
        let lecturer = NewLecturer {
            staff_id: staff_id.clone(),
            name: PersonName::parse("Dr. Smith").unwrap(),
            department: String::new(),
            is_admin: true,
            pin_hash: None,
        };
        store
            .add_lecturer(lecturer, by(), now)
            .await
            .unwrap()
            .unwrap();
        let new = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: Some(10),
        };
        store.add_unit(new, by(), now).await.unwrap().unwrap();
        kiosk
            .import(&[("ADM/1", "Jane Doe"), ("ADM/2", "John Roe")])
            .await;
        kiosk
    }

    async fn import(&self, students: &[(&str, &str)]) {
        let students = students.iter().map(|(number, name)| ImportedStudent {
            admission_number: AdmissionNumber::parse(number).unwrap(),
            name: PersonName::parse(name).ok(),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        });
        let list = ClassList {
            unit: unit(),
            semester: Semester::parse("1").unwrap(),
            students: students.collect(),
            newcomers: Some(Newcomers::FromBeginning),
        };
        let (by, read) = ("test".to_owned(), self.clock.reading());
        let imported = self.store.import_students(list, rules(), by, read).await;
        imported.unwrap().unwrap();
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
            planned: None,
        };
        let opened = self.store.open_session(new, 13, "test".to_owned(), now);
        opened.await.unwrap().unwrap().session.id
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
            .unwrap()
            .unwrap();
        let (crate::store::Joined::Now(coded) | crate::store::Joined::Before(coded)) = joined;
        coded
    }

    async fn checks_in(&self, session: SessionId, number: &str, is_trusted: bool) -> Uuid {
        let attendance_id = random::uuid();
        let answer = self
            .try_check_in(session, number, is_trusted, attendance_id)
            .await;
        assert!(
            matches!(answer, Ok(CheckInAnswer::Recorded(_))),
            "{answer:?}"
        );
        attendance_id
    }

    async fn try_check_in(
        &self,
        session: SessionId,
        number: &str,
        clock_trusted: bool,
        attendance_id: Uuid,
    ) -> Result<CheckInAnswer, Refusal> {
        let new = NewCheckIn {
            attendance_id,
            session,
            admission_number: AdmissionNumber::parse(number).unwrap(),
            student_name: Some(PersonName::parse("Jane Doe").unwrap()),
            insists: false,
            typed_as: crate::domain::TypedAs::Number,
            channel: Channel::Keypad,
            device: None,
            routing: crate::domain::Routing::Named,
            read: Reading {
                trusted: clock_trusted,
                ..self.clock.reading()
            },
        };
        self.store.check_in(new, rules()).await.unwrap()
    }

    fn hand(&self) -> AuditContext {
        AuditContext {
            actor: "S1".to_owned(),
            channel: Channel::Lecturer,
            now: self.clock.now(),
            monotonic: self.clock.monotonic(),
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
        assert!(answer.is_ok(), "{answer:?}");
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
            rules().windows,
            self.firestore.clone(),
        );
        // A mirror that knows of no look before, as after a restart.
        self.mirror = mirror;
        self.mirror.step().await.unwrap();
    }

    /// Looks where that is due, and answers for how long nothing is; `None`: there is nothing to look at.
    async fn rests(&mut self) -> Option<Duration> {
        let WorkOutcome::Waiting { until } = self.mirror.step().await.unwrap() else {
            panic!("a mirror has looked at everything when its step ends");
        };
        until.map(|until| until.since(self.clock.monotonic()))
    }

    async fn marks(&self, session: SessionId) -> Marks {
        let roster = self.store.roster(session, self.clock.now(), rules());
        let roster = roster.await.unwrap().unwrap();
        let present = roster.lines.into_iter().filter_map(|line| {
            Some((
                line.admission_number.to_string(),
                (line.at?, line.punctuality.minutes()),
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
    let units = b
        .store
        .units(
            semester(),
            CountingPolicy::default(),
            chrono::NaiveDate::MIN,
        )
        .await
        .unwrap();
    assert_eq!(units.len(), 1);
    assert_eq!(
        (units[0].name.as_str(), units[0].policy.planned_lessons),
        ("Programming", 10)
    );
    assert_eq!(units[0].lecturer_name, "Dr. Smith");
    let theirs = a
        .store
        .roster_entries(unit(), semester(), chrono::NaiveDate::MIN)
        .await
        .unwrap();
    assert_eq!(
        b.store
            .roster_entries(unit(), semester(), chrono::NaiveDate::MIN)
            .await
            .unwrap(),
        theirs
    );

    let here = b.joins(session).await;
    let there = a.store.session(session).await.unwrap().unwrap();
    assert_eq!(here.session, there.session);
    let published = a.published(session).await;
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
    let published = a.published(session).await;
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
    let published = b.published(session).await;
    let refused = b
        .store
        .join_session(published, Vec::new(), "test".to_owned(), b.clock.now());
    assert!(matches!(
        refused.await,
        Ok(Err(JoinRefusal::SameStartHere { .. }))
    ));
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
        let done = a.store.correct_times(read, windows, nairobi()).await;
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

mod clocks;
mod contested;
mod corrections;
mod reading;
mod sessions;

#[tokio::test]
async fn a_kiosk_without_credentials_is_alone_with_its_lectures() {
    let settings = FirestoreSettings {
        emulator: None,
        ..emulated("", "")
    };
    let firestore = Firestore::new(settings).unwrap();
    let mut kiosk = Kiosk::over(firestore, "kiosk-a").await.in_school().await;
    let maths = NewUnit {
        code: UnitCode::parse("MA110").unwrap(),
        name: "Mathematics".to_owned(),
        lecturer: StaffId::parse("S1").unwrap(),
        planned_lessons: None,
    };
    let (code, now) = (maths.code.clone(), kiosk.clock.now());
    let added = kiosk.store.add_unit(maths, "test".to_owned(), now);
    added.await.unwrap().unwrap();
    let session = kiosk.opens().await;
    let moves = async |kiosk: &Kiosk| {
        let edit = SessionEdit {
            unit: Some(code.clone()),
            ..SessionEdit::default()
        };
        let (site, read) = ((rules(), 13), kiosk.clock.reading());
        let preview = kiosk.store.preview_edit(session, edit, site, read);
        preview.await.unwrap().map(|effect| effect.other_kiosks)
    };
    assert_eq!(moves(&kiosk).await, Ok(false), "nothing was tried yet");
    kiosk.mirror.step().await.unwrap();
    let progress = kiosk.store.mirror_progress().await.unwrap().remove(0);
    let error = progress.last_error.unwrap();
    assert!(error.contains("credentials"), "{error}");
    assert_eq!(moves(&kiosk).await, Ok(false));
}
