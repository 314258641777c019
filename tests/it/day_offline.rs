//! A day without a network: eight lectures, two restarts, and everything delivered with its original values.
//!
//! The suite uses a small class; `KIOSK_TEST_DAY=1000` sets a thousand students, 5,000 check-ins.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kiosk::app;
use kiosk::clock::Clock;
use kiosk::domain::{Channel, CheckInAnswer, SessionId, Target, Timestamp, UnitCode};
use kiosk::services::{Actor, Entrance, Opening, Policy, Request};
use kiosk::store::Store;
use serde_json::Value;

use crate::support::firestore::Firestore;
use crate::support::kiosk::Kiosk;
use crate::support::portal::{Mood, Portal};
use crate::support::queue::zone;
use crate::support::tools::report;

const STUDENTS: usize = 100;
const LECTURES: usize = 8;
/// How many of them each student attends.
const ATTENDED: usize = 5;
/// Concurrent check-ins: as many as the store's queue accepts.
const AT_ONCE: usize = 200;

/// A check-in as it was made: time, lateness and percentage.
#[derive(Debug, PartialEq)]
struct Made {
    at: Timestamp,
    late_minutes: i64,
    percentage: f64,
}

/// All check-ins by session and admission number.
type Day = BTreeMap<(String, String), Made>;

#[tokio::test(flavor = "multi_thread")]
async fn a_day_offline_is_delivered_as_it_was() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let students: usize = std::env::var("KIOSK_TEST_DAY").map_or(STUDENTS, |count| {
        count.parse().expect("KIOSK_TEST_DAY is a number")
    });
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let portal = Portal::open().await;
    let nowhere = remotes("127.0.0.1:1", &firestore.project, "http://127.0.0.1:1");
    let mut day = Day::new();
    // Yesterday, so that nothing is in the future of the program that delivers it.
    let clock = Clock::set_to(Clock::system().now() - Duration::from_secs(24 * 3600));
    let began = Instant::now();
    for lectures in [0..3, 3..6, 6..LECTURES] {
        // A restart: another program opens the database.
        let store = Store::open(&kiosk.data().join("kiosk.db")).expect("the kiosk's database");
        let open = open(&store, &clock).await;
        for lecture in lectures {
            hold(&open, &clock, lecture, students, &mut day).await;
        }
        store.close().await;
        assert!(!sync(&kiosk, &nowhere), "there is no network");
    }
    let records = day.len();
    assert_eq!(records, students * ATTENDED);
    let count = |sql: &str| kiosk.count(sql);
    let queued = i64::try_from(records * Target::ALL.len()).expect("a small number");
    assert_eq!(
        count("SELECT count(*) FROM outbox WHERE state = 'waiting'"),
        queued
    );
    let made_in = began.elapsed();

    // First the network answers with a sign-in page: nothing is delivered and nothing is lost.
    portal.becomes(Mood::ShowsAPage);
    let captive = remotes(
        portal.url.trim_start_matches("http://"),
        &firestore.project,
        &portal.url,
    );
    assert!(!sync(&kiosk, &captive));
    assert_eq!(
        count("SELECT count(*) FROM outbox WHERE state = 'delivered'"),
        0
    );
    portal.becomes(Mood::Takes);
    kiosk.done(&["sync", "retry"]);
    let pages = portal.calls().len();

    let back = remotes(&firestore.address, &firestore.project, &portal.url);
    let began = Instant::now();
    assert!(sync(&kiosk, &back), "everything is delivered");
    report(&format!(
        "a day offline: {records} check-ins of {students} students in {LECTURES} lectures, made in {:.1} s, \
         delivered to both remotes in {:.1} s",
        made_in.as_secs_f64(),
        began.elapsed().as_secs_f64()
    ));
    assert_eq!(
        count("SELECT count(*) FROM outbox WHERE state <> 'delivered'"),
        0
    );
    assert_eq!(in_firestore(&firestore).await, day);
    let calls = portal.calls().split_off(pages);
    assert_eq!(calls.len(), records, "no record is delivered twice");
    assert_eq!(
        at_the_portal(&calls.into_iter().map(|call| call.body).collect::<Vec<_>>()),
        {
            // The portal gets whole seconds and no lateness.
            let whole = |made: Made| Made {
                at: Timestamp::from_millis(made.at.millis() / 1000 * 1000),
                late_minutes: 0,
                ..made
            };
            day.into_iter()
                .map(|(key, made)| (key, whole(made)))
                .collect()
        }
    );
}

/// The use cases over a database, with the clock of the test.
async fn open(store: &Store, clock: &Clock) -> app::Kiosk {
    let keys = store
        .kiosk_keys("", clock.now())
        .await
        .expect("the kiosk's keys");
    let policy = Policy {
        deliver_to: Target::ALL.to_vec(),
        zone: zone(),
        ..kiosk::app::policy(&kiosk::config::Config::default(), Vec::new())
    };
    app::Kiosk::over(store.clone(), clock.clone(), keys, Arc::new(policy))
}

/// A lecture of an hour; students check in over twenty minutes, before and after the on-time window.
async fn hold(kiosk: &app::Kiosk, clock: &Clock, lecture: usize, students: usize, day: &mut Day) {
    let opening = Opening {
        unit: UnitCode::parse("CS101").expect("a code"),
        semester: None,
        starts_at: None,
        lasts: Duration::from_secs(3600),
        venue: None,
    };
    let (session, _) = kiosk
        .services
        .sessions
        .open(Actor::Shell("test"), opening)
        .await
        .expect("a session opens");
    let coming: Vec<usize> = (0..students)
        .filter(|student| {
            attended_before(*student, lecture + 1) > attended_before(*student, lecture)
        })
        .collect();
    let groups = coming.chunks(AT_ONCE.min(coming.len() / 4 + 1));
    let between = Duration::from_secs(20 * 60) / u32::try_from(groups.len()).unwrap_or(1);
    for group in groups {
        clock.advance(between);
        let at = clock.now();
        let answers = group
            .iter()
            .map(|student| arrive(kiosk, session.id, *student));
        for (student, answer) in group.iter().zip(join_all(answers).await) {
            assert!(
                matches!(answer, Ok(CheckInAnswer::Recorded(_))),
                "{answer:?}"
            );
            let since_start = at.since(session.starts_at).as_secs() / 60;
            let is_late = at.since(session.starts_at) > Duration::from_secs(600);
            let made = Made {
                at,
                late_minutes: if is_late {
                    i64::try_from(since_start).unwrap_or(0)
                } else {
                    0
                },
                percentage: of_twelve(attended_before(*student, lecture + 1)),
            };
            day.insert((session.id.to_string(), number(*student)), made);
        }
    }
    clock.advance(Duration::from_secs(3600));
    kiosk
        .services
        .sessions
        .close_ended()
        .await
        .expect("it ends");
}

async fn arrive(
    kiosk: &app::Kiosk,
    session: SessionId,
    student: usize,
) -> Result<CheckInAnswer, kiosk::domain::Refusal> {
    let request = Request {
        admission_number: number(student),
        student_name: "Zoë Ødegård".to_owned(),
        insists: false,
        entrance: Entrance::Session(session),
        channel: Channel::Phone,
        device: None,
    };
    kiosk.services.desk.check_in(request).await
}

/// How many of the first lectures a student attends: five of any eight consecutive ones.
fn attended_before(student: usize, lectures: usize) -> usize {
    (0..lectures)
        .filter(|lecture| (lecture + student) % LECTURES < ATTENDED)
        .count()
}

fn number(student: usize) -> String {
    format!("SCT211-{student:05}/2026")
}

/// A share of twelve planned lessons as a percentage.
fn of_twelve(attended: usize) -> f64 {
    [0.0, 8.33, 16.67, 25.0, 33.33, 41.67][attended]
}

fn remotes(firestore: &str, project: &str, portal: &str) -> [(&'static str, String); 5] {
    [
        ("FIRESTORE_EMULATOR_HOST", firestore.to_owned()),
        ("GOOGLE_CLOUD_PROJECT", project.to_owned()),
        ("KIOSK__FIRESTORE__MAX_RECORDS_PER_SECOND", "0".to_owned()),
        ("LECTURER_PORTAL_API_URL", portal.to_owned()),
        ("LECTURER_PORTAL_API_KEY", "the-portal-key".to_owned()),
    ]
}

/// Runs `kiosk sync run` to its end. Returns whether the queue is empty.
fn sync(kiosk: &Kiosk, remotes: &[(&'static str, String)]) -> bool {
    let mut command = kiosk.command(&["sync", "run"]);
    command.envs(remotes.iter().map(|(name, value)| (*name, value)));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("the program starts")
        .success()
}

/// The timeline in Firestore; the claims beside it agree.
async fn in_firestore(firestore: &Firestore) -> Day {
    let documents = firestore.documents("attendance_records").await;
    let day: Day = documents.iter().map(delivered).collect();
    assert_eq!(day.len(), documents.len(), "none is delivered twice");
    let mut claims = Day::new();
    let sessions: std::collections::BTreeSet<_> = day.keys().map(|(session, _)| session).collect();
    for session in sessions {
        let students = firestore
            .documents(&format!("sessions/{session}/students"))
            .await;
        claims.extend(students.iter().map(delivered));
    }
    assert_eq!(claims, day);
    day
}

fn delivered(document: &Value) -> ((String, String), Made) {
    let fields = &document["fields"];
    let text = |field: &str, kind: &str| {
        let value = fields[field][kind].as_str();
        value
            .unwrap_or_else(|| panic!("{field} in {fields}"))
            .to_owned()
    };
    let percentage = &fields["attendance_percentage"];
    let made = Made {
        at: Timestamp::parse(&text("timestamp", "timestampValue")).expect("a time"),
        late_minutes: text("late_minutes", "integerValue")
            .parse()
            .expect("a number"),
        percentage: percentage["doubleValue"].as_f64().expect("a number"),
    };
    let key = (
        text("session_id", "stringValue"),
        text("admission_number", "stringValue"),
    );
    (key, made)
}

fn at_the_portal(bodies: &[Value]) -> Day {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let delivered = |body: &Value| {
        let attendance = &body["attendance"];
        let key = (
            text(&attendance["session_id"]),
            text(&body["student"]["admission_number"]),
        );
        let made = Made {
            at: Timestamp::parse(&text(&attendance["timestamp"])).expect("a time"),
            late_minutes: 0,
            percentage: attendance["attendance_percentage"]
                .as_f64()
                .expect("a number"),
        };
        (key, made)
    };
    bodies.iter().map(delivered).collect()
}
