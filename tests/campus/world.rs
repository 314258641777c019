//! Three kiosks for a day: lectures that one opens and the others join, students by a seed, cuts of the network.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kiosk::app::{Kiosk, Parts, Remotes};
use kiosk::clock::Clock;
use kiosk::domain::{
    AdmissionNumber, Channel, CheckInAnswer, ListedPlace, PersonName, SessionId, StaffId, Target,
    Timestamp, UnitCode, Venue,
};
use kiosk::random;
use kiosk::services::{
    Actor, ClassList, Entrance, ImportedStudent, Opening, Policy, Request, Services,
};
use kiosk::store::{NewUnit, Publishing, Store};
use kiosk::sync::firestore::{CredentialSources, Firestore, FirestoreSettings};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::firestore::{Line, Server};

const KIOSKS: u32 = 3;
/// From seven in the morning, Nairobi time.
const START: &str = "2026-11-23T04:00:00Z";
const MINUTE: Duration = Duration::from_secs(60);
/// When lectures begin, since the start, and how long they last.
const LECTURES: [(Duration, Duration); 3] = [
    (Duration::from_secs(3600), Duration::from_secs(2400)),
    (Duration::from_secs(3 * 3600), Duration::from_secs(2400)),
    (Duration::from_secs(5 * 3600), Duration::from_secs(2400)),
];
const STUDENTS: u32 = 60;
/// What is left at the end has this long to be delivered.
const SETTLING: Duration = Duration::from_secs(2 * 3600);

/// A check-in that a student was told is recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledged {
    pub attendance_id: String,
    pub session: String,
    pub number: String,
}

/// How a run ended.
pub struct Day {
    pub server: Arc<Server>,
    pub acknowledged: BTreeSet<Acknowledged>,
    /// Deliveries and publications that were not settled in the end, in words.
    pub unsettled: Vec<String>,
}

struct Machine {
    id: String,
    kiosk: Kiosk,
    services: Services,
}

/// Runs a day on a runtime of its own, in virtual time. The same seed gives the same day.
pub fn live(seed: u64) -> Day {
    let _seeded = random::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(live_within())
}

async fn live_within() -> Day {
    let start = Timestamp::parse(START).expect("a time");
    let server = Arc::new(Server::open(start));
    // In memory where the system has such a folder: a commit waits for the disk otherwise.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.expect("a folder");
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let mut machines = Vec::new();
    for number in 1..=KIOSKS {
        let database = folder.path().join(format!("kiosk-{number}.db"));
        let machine = Machine::start(number, &database, &server, start, (&stop, &mut tasks)).await;
        machines.push(Arc::new(machine));
    }
    let mut acknowledged = BTreeSet::new();
    for (begins, lasts) in LECTURES {
        sleep_until(&server, begins).await;
        let session = machines[0].opens(lasts).await;
        let mut arrivals = JoinSet::new();
        for machine in &machines {
            arrivals.spawn(Arc::clone(machine).takes_part(Arc::clone(&server), session, lasts));
        }
        while let Some(taken) = arrivals.join_next().await {
            acknowledged.extend(taken.expect("no arrival fails"));
        }
    }
    let mut unsettled = Vec::new();
    let end = server.now() + SETTLING;
    for machine in &machines {
        while let Some(left) = machine.unsettled().await {
            if server.now() > end {
                unsettled.push(left);
                break;
            }
            tokio::time::sleep(MINUTE).await;
        }
    }
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no part of a kiosk fails");
    }
    for machine in &machines {
        machine.kiosk.store.close().await;
    }
    Day {
        server,
        acknowledged,
        unsettled,
    }
}

async fn sleep_until(server: &Server, at: Duration) {
    tokio::time::sleep(at.saturating_sub(server.now())).await;
}

/// A random number below `limit`.
fn below(limit: u32) -> u32 {
    random::number() % limit
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

impl Machine {
    async fn start(
        number: u32,
        database: &Path,
        server: &Arc<Server>,
        start: Timestamp,
        (stop, tasks): (&CancellationToken, &mut JoinSet<()>),
    ) -> Self {
        let id = format!("kiosk-{number}");
        let drift = i32::try_from(below(100)).expect("a small number") - 50;
        let clock = Clock::of_runtime(start, number, drift);
        let store = Store::open_inline(database).expect("the database opens");
        let keys = store.kiosk_keys(&id, clock.now()).await.expect("keys");
        let published = store.set_publishing(Publishing::On).await;
        published.expect("sessions are published");
        let policy = Policy {
            deliver_to: vec![Target::Firestore],
            ..kiosk::app::policy(&kiosk::config::Config::default(), Vec::new())
        };
        let settings = FirestoreSettings {
            project_id: "campus".to_owned(),
            database: "(default)".to_owned(),
            credentials: CredentialSources::default(),
            emulator: Some("within".to_owned()),
            max_records_per_second: 0,
            zone: policy.zone,
        };
        let cuts = (0..3).map(|_| {
            let from = seconds(below(6 * 3600));
            (from, from + seconds(120 + below(1800)))
        });
        let line = Line {
            kiosk: id.clone(),
            server: Arc::clone(server),
            cuts: cuts.collect(),
        };
        let remotes = Remotes {
            firestore: Some(Arc::new(Firestore::within(settings, Arc::new(line)))),
            portal: None,
        };
        let kiosk = Kiosk::over(store, clock, keys, Arc::new(policy));
        let parts = Parts::of(&kiosk, &remotes, true);
        let services = parts.services.clone();
        let machine = Self {
            id,
            kiosk,
            services,
        };
        machine.registers().await;
        parts.spawn(stop, tasks);
        machine
    }

    async fn registers(&self) {
        let administration = &self.services.administration;
        let staff_id = StaffId::parse("S1").expect("an id");
        let name = PersonName::parse("Dr. Smith").expect("a name");
        let added = administration.add_lecturer(
            Actor::Shell("test"),
            staff_id.clone(),
            name,
            String::new(),
            true,
            None,
        );
        added.await.expect("a lecturer");
        let new = NewUnit {
            code: unit(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: Some(10),
        };
        administration
            .add_unit(Actor::Shell("test"), new)
            .await
            .expect("a unit");
        let students = (0..STUDENTS).map(|number| ImportedStudent {
            admission_number: AdmissionNumber::parse(&admission_number(number)).expect("a number"),
            name: PersonName::parse("Jane Doe").ok(),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        });
        let list = ClassList {
            unit: unit(),
            semester: administration.semester().clone(),
            students: students.collect(),
            newcomers: None,
        };
        let imported = administration.import(Actor::Shell("test"), list);
        imported.await.expect("a roster");
    }

    async fn opens(&self, lasts: Duration) -> SessionId {
        let opening = Opening {
            unit: unit(),
            starts_at: None,
            lasts,
            semester: None,
            venue: Some(Venue::parse("Room 101").expect("a venue")),
        };
        let opened = self.services.sessions.open(Actor::Shell("test"), opening);
        opened.await.expect("a session opens").0.id
    }

    /// Joins a session as soon as that can be, and takes the students who come, until it ends.
    async fn takes_part(
        self: Arc<Self>,
        server: Arc<Server>,
        session: SessionId,
        lasts: Duration,
    ) -> Vec<Acknowledged> {
        let end = server.now() + lasts;
        while let Err(error) = self.joins(session).await {
            server
                .trace
                .note(&self.id, &format!("cannot join: {error}"));
            tokio::time::sleep(seconds(20)).await;
            if server.now() >= end {
                return Vec::new();
            }
        }
        let mut acknowledged = Vec::new();
        while server.now() < end {
            tokio::time::sleep(Duration::from_millis((1000 + below(90_000)).into())).await;
            let number = admission_number(below(STUDENTS));
            let request = Request {
                admission_number: number.clone(),
                student_name: String::new(),
                insists: false,
                entrance: Entrance::Session(session),
                channel: Channel::Keypad,
                device: None,
            };
            let answer = self.services.desk.check_in(request).await;
            server
                .trace
                .note(&self.id, &format!("{number}: {answer:?}"));
            if let Ok(CheckInAnswer::Recorded(receipt)) = answer {
                acknowledged.push(Acknowledged {
                    attendance_id: receipt.attendance_id.to_string(),
                    session: session.to_string(),
                    number,
                });
            }
        }
        acknowledged
    }

    async fn joins(&self, session: SessionId) -> Result<(), String> {
        if self
            .kiosk
            .store
            .session(session)
            .await
            .is_ok_and(|known| known.is_some())
        {
            return Ok(());
        }
        let joined = self
            .services
            .other_kiosks
            .join(Actor::Shell("test"), session);
        joined.await.map(drop).map_err(|error| error.to_string())
    }

    /// What is still to be delivered, in words.
    async fn unsettled(&self) -> Option<String> {
        let store = &self.kiosk.store;
        let records = store.counts(Target::Firestore).await.expect("counts");
        let sessions = store.publication_counts().await.expect("counts");
        let left = (
            records.waiting,
            records.parked,
            sessions.waiting,
            sessions.parked,
        );
        (left != (0, 0, 0, 0)).then(|| format!("{}: {left:?}", self.id))
    }
}

fn unit() -> UnitCode {
    UnitCode::parse("CS101").expect("a code")
}

fn admission_number(student: u32) -> String {
    format!("ADM/{student:03}")
}
