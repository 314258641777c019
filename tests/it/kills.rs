//! The program is killed at random moments of a delivery whose answers are lost; in the end each remote
//! has each check-in exactly once.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use kiosk::clock::Clock;
use kiosk::domain::{SessionId, Target};
use kiosk::store::Store;
use rustix::process::Signal;

use crate::support::firestore::Firestore;
use crate::support::kiosk::Kiosk;
use crate::support::portal::Portal;
use crate::support::process::Process;
use crate::support::proxy::{Fault, Proxy};
use crate::support::queue::Queue;
use crate::support::tools::report;
use crate::support::wait::until_async;

/// Kills, unless `KIOSK_TEST_KILLS` sets the number.
const KILLS: u32 = 12;
/// Students who check in before each start.
const NEW: usize = 40;
/// The latest moment of a kill, in requests that the remotes have had since the start.
const LATEST: u32 = 45;
/// The longest delay between the request and the kill, in microseconds: before, during or after the
/// transaction that stores the outcome.
const JITTER: u32 = 5000;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn kills_and_lost_answers_leave_exactly_one_copy_of_each_check_in() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let portal = Portal::open().await;
    let to_firestore = Proxy::to(&firestore.address);
    let to_portal = Proxy::to(&portal.url.replace("http://", ""));
    to_firestore.becomes(Fault::EveryNthAnswerLost(2));
    to_portal.becomes(Fault::EveryNthAnswerLost(4));

    let (mut kiosk, session) = Kiosk::with_open_session();
    kiosk.set("FIRESTORE_EMULATOR_HOST", &to_firestore.address());
    kiosk.set("GOOGLE_CLOUD_PROJECT", &firestore.project);
    kiosk.set("LECTURER_PORTAL_API_URL", &to_portal.url());
    kiosk.set("LECTURER_PORTAL_API_KEY", "the-portal-key");
    let store = Store::open(&kiosk.data().join("kiosk.db")).expect("the kiosk's database");
    let id = SessionId::parse(&session.id).expect("the session's id");
    let mut queue = Queue::of(store, id, Clock::system().now(), &Target::ALL);

    let kills = std::env::var("KIOSK_TEST_KILLS").map_or(KILLS, |kills| {
        kills.parse().expect("KIOSK_TEST_KILLS is a number")
    });
    let mut died_at_work = 0;
    for kill in 0..kills {
        queue.check_in(NEW).await;
        kiosk.done(&["sync", "retry"]);
        // Alternately the service and the command.
        let arguments: &[&str] = if kill.is_multiple_of(2) {
            &["serve"]
        } else {
            &["sync", "run"]
        };
        let before = to_firestore.requests() + to_portal.requests();
        let moment = before + random(LATEST);
        let mut command = kiosk.command(arguments);
        let mut program = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        until_async("the moment of the kill", PATIENCE, async || {
            let is_here = to_firestore.requests() + to_portal.requests() >= moment;
            (is_here || program.has_ended() || queued(&kiosk) == 0).then_some(())
        })
        .await;
        let jitter = u64::try_from(random(JITTER)).expect("a small number");
        tokio::time::sleep(Duration::from_micros(jitter)).await;
        if !program.has_ended() {
            program.signal(Signal::KILL);
            died_at_work += u32::from(queued(&kiosk) > 0);
        }
    }
    let lost = to_firestore.passed_on() + to_portal.passed_on()
        - to_firestore.answers()
        - to_portal.answers();
    assert!(lost > 0, "answers were lost");

    to_firestore.becomes(Fault::None);
    to_portal.becomes(Fault::None);
    until_async("everything to be delivered", PATIENCE, async || {
        kiosk.done(&["sync", "retry"]);
        let mut run = kiosk.command(&["sync", "run"]);
        let mut run = Process::start(run.stdout(Stdio::null()).stderr(Stdio::null()));
        run.end(PATIENCE);
        (queued(&kiosk) == 0).then_some(())
    })
    .await;

    assert_eq!(kiosk.texts("PRAGMA integrity_check"), ["ok"]);
    let ids = kiosk.texts("SELECT id FROM attendance ORDER BY id");
    assert_eq!(ids.len(), queue.numbers().len());
    let claims = format!("sessions/{}/students", session.id);
    for collection in ["attendance_records", &claims] {
        let kept = firestore.texts(collection, "attendance_id").await;
        assert_eq!(kept, ids, "{collection}");
    }
    assert_eq!(portal.taken(), queue.numbers());
    let keys: BTreeSet<String> = portal
        .calls()
        .into_iter()
        .map(|call| call.idempotency_key)
        .collect();
    assert!(keys.iter().eq(&ids), "the portal knows each by one key");
    // A lost answer is not taken for a record of another kiosk, which would leave a remark.
    let plain = "SELECT count(*) FROM attendance WHERE synced_to_firebase = 1 AND synced_to_portal = 1 \
                 AND firebase_doc_id = id";
    assert_eq!(usize::try_from(kiosk.count(plain)), Ok(ids.len()));
    let words = kiosk.texts("SELECT last_error FROM outbox WHERE last_error IS NOT NULL");
    assert!(words.is_empty(), "{words:?}");
    report(&format!(
        "{kills} kills, {died_at_work} of them with work in hand, {lost} answers lost, {} repeats at the portal: \
         {} check-ins, each once at each remote",
        portal.calls().len() - ids.len(),
        ids.len()
    ));
}

/// Deliveries that are not done, to both remotes.
fn queued(kiosk: &Kiosk) -> i64 {
    kiosk.count("SELECT count(*) FROM outbox WHERE state <> 'delivered'")
}

fn random(below: u32) -> usize {
    let number = kiosk::random::number();
    (number % below) as usize
}
