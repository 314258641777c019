//! Check-ins with waiting deliveries, written directly into a database.

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use kiosk::domain::{
    AdmissionNumber, Channel, CheckInAnswer, PersonName, Reading, Semester, SessionId, StaffId,
    Target, Timestamp, UnitCode, UnknownStudents, Venue, Zone,
};
use kiosk::store::{NewCheckIn, NewLecturer, NewSession, NewUnit, Rules, Store};

/// An open session, and the targets of its check-ins.
pub struct Queue {
    pub store: Store,
    session: SessionId,
    targets: Vec<Target>,
    /// The time of every check-in.
    at: Timestamp,
    students: usize,
}

impl Queue {
    /// A new database with a session that began at `at`.
    pub async fn create(path: &Path, at: Timestamp, targets: &[Target]) -> Self {
        let store = Store::open(path).expect("a database can be made");
        let staff_id = StaffId::parse("S1").expect("an id");
        let lecturer = NewLecturer {
            staff_id: staff_id.clone(),
            name: PersonName::parse("Dr. Smith").expect("a name"),
            department: String::new(),
            is_admin: true,
            pin_hash: None,
        };
        let unit = NewUnit {
            code: UnitCode::parse("CS101").expect("a code"),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        let session = NewSession {
            unit: unit.code.clone(),
            semester: Semester::parse("1").expect("a semester"),
            starts_at: at,
            ends_at: at + Duration::from_secs(7200),
            date: zone().date(at),
            venue: Venue::default(),
            unset_start: None,
            planned: None,
        };
        let by = || "test".to_owned();
        store
            .add_lecturer(lecturer, by(), at)
            .await
            .expect("a lecturer")
            .expect("not refused");
        store
            .add_unit(unit, by(), at)
            .await
            .expect("a unit")
            .expect("not refused");
        let opened = store.open_session(session, 13, by(), at).await;
        let session = opened.expect("a session").expect("a session").session.id;
        Self::of(store, session, at, targets)
    }

    /// More check-ins to a session that is open.
    pub fn of(store: Store, session: SessionId, at: Timestamp, targets: &[Target]) -> Self {
        Self {
            store,
            session,
            targets: targets.to_vec(),
            at,
            students: 0,
        }
    }

    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Checks in so many new students.
    pub async fn check_in(&mut self, count: usize) {
        let numbers = self.students..self.students + count;
        self.students += count;
        let check_ins = numbers.map(|number| {
            let new = NewCheckIn {
                attendance_id: kiosk::random::uuid(),
                session: self.session,
                admission_number: number_of(number),
                student_name: Some(PersonName::parse("Zoë Ødegård").expect("a name")),
                insists: false,
                typed_as: kiosk::domain::TypedAs::Number,
                // Nobody takes it back: the portal is told at once.
                channel: Channel::Cli,
                device: None,
                routing: kiosk::domain::Routing::Named,
                read: Reading::of(self.at),
            };
            self.store.check_in(new, self.rules())
        });
        for answer in join_all(check_ins).await {
            let answer = answer.expect("a check-in is recorded");
            assert!(
                matches!(answer, Ok(CheckInAnswer::Recorded(_))),
                "{answer:?}"
            );
        }
    }

    /// The admission numbers of all students so far, sorted.
    pub fn numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = (0..self.students)
            .map(|number| number_of(number).as_str().to_owned())
            .collect();
        numbers.sort();
        numbers
    }

    fn rules(&self) -> Rules {
        Rules {
            unknown_students: UnknownStudents::Register,
            deliver_to: self.targets.clone(),
            zone: zone(),
            ..Rules::default()
        }
    }
}

pub fn zone() -> Zone {
    Zone::parse("Africa/Nairobi").expect("a zone")
}

fn number_of(student: usize) -> AdmissionNumber {
    AdmissionNumber::parse(&format!("SCT211-{student:05}/2026")).expect("a number")
}
