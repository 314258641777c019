//! Stories at the desk, told with a real database and a clock that is moved by hand.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::Clock;
use crate::domain::*;
use crate::store::{ImportedStudent, NewUnit, Publishing, Settled, Settlement, Store};

const HOUR: Duration = Duration::from_secs(3600);

/// A kiosk without doors.
pub(super) struct School {
    folder: tempfile::TempDir,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) services: Services,
}

impl Deref for School {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

/// Whatever was done: the projections follow from what was said.
impl Drop for School {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Ok(differences) = crate::store::rebuild(&self.database()) {
            assert!(differences.is_empty(), "{differences:#?}");
        }
    }
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
            ..crate::app::policy(&crate::config::Config::default(), Vec::new())
        };
        decide(&mut policy);
        let keys = store.kiosk_keys("", clock.now()).await.unwrap();
        let school = Self {
            services: Services::new(&store, &clock, &keys, &Arc::new(policy)),
            folder,
            store,
            clock,
        };
        let staff_id = StaffId::parse("S1").unwrap();
        let name = PersonName::parse("Dr. Smith").unwrap();
        school
            .administration
            .add_lecturer(
                Actor::Shell("shell"),
                staff_id.clone(),
                name,
                String::new(),
                true,
                None,
            )
            .await
            .unwrap();
        let unit = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        school
            .administration
            .add_unit(Actor::Shell("shell"), unit)
            .await
            .unwrap();
        school
    }

    pub(super) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("kiosk.db")
    }

    /// Opens a two-hour session that starts now.
    pub(super) async fn lecture(&self) -> (Session, SessionKey) {
        self.opens(opening(None, minutes(120))).await
    }

    async fn opens(&self, opening: Opening) -> (Session, SessionKey) {
        self.sessions
            .open(Actor::Shell("shell"), opening)
            .await
            .unwrap()
    }

    /// The end of this lecture and the beginning of the next week's.
    pub(super) async fn next_lecture(&self) -> (Session, SessionKey) {
        self.clock.advance(Duration::from_secs(7 * 24 * 3600));
        self.sessions.close_ended().await.unwrap();
        self.lecture().await
    }

    /// A record as the store has it.
    async fn receipt(&self, id: uuid::Uuid) -> Receipt {
        let (now, rules) = (self.clock.now(), self.desk.policy().rules());
        let found = self.store.receipt(id, now, rules).await.unwrap();
        found.unwrap().0
    }

    pub(super) async fn types(&self, number: &str, name: &str) -> Result<CheckInAnswer, Refusal> {
        self.desk.check_in(request(number, name)).await
    }

    async fn check_in(
        &self,
        number: &str,
        name: &str,
        entrance: Entrance,
        channel: Channel,
        device: Option<DeviceId>,
    ) -> Result<CheckInAnswer, Refusal> {
        let request = Request {
            entrance,
            channel,
            device,
            ..request(number, name)
        };
        self.desk.check_in(request).await
    }

    pub(super) async fn enrol(&self, number: &str, name: Option<&str>) {
        self.import(vec![listed(number, name)]).await;
    }

    /// Imports a class list; whoever is new on it counts from today.
    /// Plans a lecture of an hour; answers when it begins.
    async fn plans_in_an_hour(&self) -> Timestamp {
        let starts_at = self.clock.now() + HOUR;
        let lecture = PlannedLecture {
            unit: unit(),
            starts_at,
            ends_at: starts_at + HOUR,
            venue: Venue::default(),
            group: None,
            voluntary: None,
        };
        let planned = self.timetable.import(vec![lecture], "shell").await;
        planned.unwrap();
        starts_at
    }

    async fn import(&self, students: Vec<ImportedStudent>) -> ImportSummary {
        let list = ClassList {
            unit: unit(),
            semester: self.administration.semester().clone(),
            students,
            newcomers: Some(Newcomers::From(self.administration.today())),
        };
        let imported = self
            .administration
            .import(Actor::Shell("shell"), list)
            .await;
        imported.unwrap().summary
    }

    /// A screen with an address of its own and no remotes.
    fn screen(&self) -> Screen {
        let finder = Finder::new("http://kiosk.test", "127.0.0.1:1".parse().unwrap(), None);
        let (scheduler, ticks) = Scheduler::new(self.store.clone(), &self.services);
        let (publisher, snapshot) = SnapshotPublisher::new(
            self.store.clone(),
            &self.services,
            finder,
            ticks,
            Vec::new(),
            None,
        );
        Screen {
            scheduler,
            publisher,
            snapshot,
        }
    }

    /// When the portal is told of what has just been recorded: once nobody can take it back any more.
    fn portal_time(&self) -> Timestamp {
        self.clock.now() + Channel::Phone.not_me_for()
    }

    async fn totals(&self, session: &Session) -> Totals {
        self.store
            .board(session.id, 10, self.clock.now(), self.desk.policy().rules())
            .await
            .unwrap()
            .unwrap()
            .totals
    }
}

/// What is shown, and what happens by the time of day.
struct Screen {
    scheduler: Scheduler,
    publisher: SnapshotPublisher,
    snapshot: tokio::sync::watch::Receiver<Arc<Snapshot>>,
}

impl Screen {
    /// One tick, and what is shown after it.
    async fn look(&self) -> Arc<Snapshot> {
        self.scheduler.tick().await.unwrap();
        self.publisher.publish().await;
        self.snapshot.borrow().clone()
    }
}

/// What somebody types at the kiosk.
fn request(number: &str, name: &str) -> Request {
    Request {
        admission_number: number.to_owned(),
        student_name: name.to_owned(),
        insists: false,
        entrance: Entrance::Current,
        channel: Channel::Keypad,
        device: None,
    }
}

/// A line of a class list.
fn listed(number: &str, name: Option<&str>) -> ImportedStudent {
    ImportedStudent {
        admission_number: AdmissionNumber::parse(number).unwrap(),
        name: name.map(|name| PersonName::parse(name).unwrap()),
        email: String::new(),
        phone: String::new(),
        place: ListedPlace::default(),
    }
}

fn unit() -> UnitCode {
    UnitCode::parse("CS101").unwrap()
}

/// Of the unit, in the kiosk's own room and semester.
fn opening(starts_at: Option<Timestamp>, lasts: Duration) -> Opening {
    Opening {
        unit: unit(),
        semester: None,
        starts_at,
        lasts,
        venue: None,
    }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

#[track_caller]
fn recorded(answer: Result<CheckInAnswer, Refusal>) -> Receipt {
    match answer {
        Ok(CheckInAnswer::Recorded(receipt)) => *receipt,
        other => panic!("not recorded: {other:?}"),
    }
}

#[track_caller]
fn already_marked(answer: Result<CheckInAnswer, Refusal>) -> Receipt {
    match answer {
        Ok(CheckInAnswer::AlreadyMarked(receipt) | CheckInAnswer::MarkedElsewhere(receipt)) => {
            *receipt
        }
        other => panic!("not already marked: {other:?}"),
    }
}

/// The number that was suggested in place of the typed one.
#[track_caller]
fn suggested(answer: Result<CheckInAnswer, Refusal>) -> String {
    match answer {
        Err(Refusal::NearNumber { suggestion }) => suggestion.to_string(),
        other => panic!("no number suggested: {other:?}"),
    }
}

#[track_caller]
fn refused(answer: Result<CheckInAnswer, Refusal>) -> Refusal {
    match answer {
        Err(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

mod check_ins;
mod clocks;
mod corrections;
mod counting;
mod deliveries;
mod editing;
mod history;
mod not_me;
mod other_kiosks;
mod paper;
mod pins;
mod plans;
mod rights;
mod rosters;
mod routing;
mod sessions;
mod standings;
mod students;
mod timetable;
mod timetable_import;
mod zones;
