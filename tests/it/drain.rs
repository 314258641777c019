//! A long delivery queue, made while both remotes were down: speed and memory of its delivery.
//!
//! The suite delivers a short queue and checks the counts; `scripts/drain` a long one, and measures.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kiosk::domain::{SessionId, Target};
use kiosk::store::Store;
use rusqlite::Connection;

use crate::support::firestore::Firestore;
use crate::support::http_client;
use crate::support::kiosk::{Kiosk, Session};
use crate::support::portal::Portal;
use crate::support::process::Process;
use crate::support::proxy::{Fault, Passed, Proxy};
use crate::support::queue::Queue;
use crate::support::tools::report;

/// Records, unless `KIOSK_TEST_DRAIN` sets the number; then the speeds are checked too.
const RECORDS: usize = 500;
/// The most memory that a drain may take (feature H11), in kilobytes.
const MOST_KILOBYTES: u64 = 64 << 10;
/// A campus uplink to a far region.
const LONG_LINE: Duration = Duration::from_millis(200);
/// The time limit for 10,000 records, both with 200 ms of delay and with the cap.
const MOST_TIME: Duration = Duration::from_secs(60);
/// The smallest share of the emulator's own speed.
const LEAST_SHARE: f64 = 0.6;
/// Runs per speed; the best counts, since the machine may be busy.
const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(300);
/// Concurrent check-ins: as many as the store's queue accepts.
const AT_ONCE: usize = 200;

/// A process that drained the queue.
struct Drained {
    took: Duration,
    kilobytes: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_drains_once_and_in_little_memory() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let asked: Option<usize> = std::env::var("KIOSK_TEST_DRAIN")
        .ok()
        .map(|count| count.parse().expect("KIOSK_TEST_DRAIN is a number"));
    let records = asked.unwrap_or(RECORDS);
    let (kiosk, session) = Kiosk::with_open_session();
    queue(&kiosk, &session, records).await;
    let said = |what: &str, drained: &Drained| {
        let took = drained.took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let rate = records as f64 / took;
        report(&format!(
            "{what}: {records} records in {took:.1} s, {rate:.0} a second, at most {} MB",
            drained.kilobytes >> 10
        ));
        assert!(
            drained.kilobytes < MOST_KILOBYTES,
            "{what}: {} kB",
            drained.kilobytes
        );
        rate
    };

    // First with delay; the same commits are then repeated to measure the emulator's own speed.
    let line = Proxy::keeping(&firestore.address);
    line.becomes(Fault::Delay(LONG_LINE));
    let slow = drain(
        &kiosk,
        &to_firestore(&line.address(), &firestore.project, "0"),
    );
    said("Firestore, 200 ms away, no cap", &slow);
    assert_eq!(queued(&kiosk, Target::Firestore), 0);
    assert_all_there(&kiosk, &session, &firestore).await;
    let mut commits = line.take_kept();
    commits.retain(|(path, _)| path.ends_with(":commit"));

    let (mut ours, mut raw) = (0.0_f64, 0.0_f64);
    for _ in 0..RUNS {
        let other = Firestore::new_project().expect("there was one before");
        owe_again(&kiosk);
        let fast = drain(&kiosk, &to_firestore(&other.address, &other.project, "0"));
        ours = ours.max(said("Firestore, no cap", &fast));
        let took = replay(&commits, &firestore).await;
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let rate = records as f64 / took.as_secs_f64();
        raw = raw.max(rate);
    }
    let share = ours / raw;
    report(&format!(
        "the emulator alone, the same {} commits: {raw:.0} records a second; the kiosk has {:.0} % of it",
        commits.len(),
        share * 100.0
    ));

    let portal = Portal::open().await;
    let both = Firestore::new_project().expect("there was one before");
    owe_again(&kiosk);
    // 250 a second is the default.
    let mut settings = to_firestore(&both.address, &both.project, "250").to_vec();
    settings.push(("LECTURER_PORTAL_API_URL", portal.url.clone()));
    settings.push(("LECTURER_PORTAL_API_KEY", "the-portal-key".to_owned()));
    let capped = drain(&kiosk, &settings);
    said("Firestore and the portal at once, as installed", &capped);
    for target in Target::ALL {
        assert_eq!(queued(&kiosk, target), 0, "{target:?}");
    }
    assert_all_there(&kiosk, &session, &both).await;
    let numbers = kiosk.texts("SELECT admission_number FROM students ORDER BY admission_number");
    assert_eq!(portal.taken(), numbers);
    assert_eq!(
        portal.calls().len(),
        records,
        "no record is delivered twice"
    );

    if asked.is_some() {
        assert!(slow.took < MOST_TIME, "{:?} over a long line", slow.took);
        assert!(capped.took < MOST_TIME, "{:?} with the cap", capped.took);
        assert!(share >= LEAST_SHARE, "{share} of the emulator's speed");
    }
}

/// Check-ins that wait for both remotes.
async fn queue(kiosk: &Kiosk, session: &Session, records: usize) {
    let store = Store::open(&kiosk.data().join("kiosk.db")).expect("the kiosk's database");
    let id = SessionId::parse(&session.id).expect("the session's id");
    let now = kiosk::clock::Clock::system().now();
    let mut queue = Queue::of(store, id, now, &Target::ALL);
    let mut left = records;
    while left > 0 {
        let now = left.min(AT_ONCE);
        queue.check_in(now).await;
        left -= now;
    }
}

fn to_firestore(address: &str, project: &str, cap: &str) -> [(&'static str, String); 3] {
    [
        ("FIRESTORE_EMULATOR_HOST", address.to_owned()),
        ("GOOGLE_CLOUD_PROJECT", project.to_owned()),
        ("KIOSK__FIRESTORE__MAX_RECORDS_PER_SECOND", cap.to_owned()),
    ]
}

/// Runs `kiosk sync run` to its end. The exit status is 1 while deliveries to the other remote wait.
fn drain(kiosk: &Kiosk, settings: &[(&str, String)]) -> Drained {
    let mut command = kiosk.command(&["sync", "run"]);
    command.envs(settings.iter().map(|(name, value)| (*name, value)));
    let began = Instant::now();
    let mut run = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let status = format!("/proc/{}/status", run.pid().as_raw_nonzero());
    let mut kilobytes = 0;
    crate::support::wait::until("the queue to drain", PATIENCE, || {
        // The kernel's high-water mark, so the last reading before the end is enough.
        kilobytes = peak(&status).unwrap_or(kilobytes);
        run.has_ended().then_some(())
    });
    Drained {
        took: began.elapsed(),
        kilobytes,
    }
}

/// The most memory that a process ever had, in kilobytes.
fn peak(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Sends the commits again, one after the other, to an empty project.
async fn replay(commits: &[Passed], firestore: &Firestore) -> Duration {
    let other = Firestore::new_project().expect("there was one before");
    let rename = |text: &str| text.replace(&firestore.project, &other.project);
    let calls: Vec<(String, String)> = commits
        .iter()
        .map(|(path, body)| {
            let url = format!("http://{}{}", other.address, rename(path));
            (url, rename(&String::from_utf8_lossy(body)))
        })
        .collect();
    let http = http_client();
    let began = Instant::now();
    for (url, body) in calls {
        let call = http.post(url).bearer_auth("owner").body(body);
        let answer = call.send().await.expect("the emulator answers");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("the emulator ends its answer");
    }
    began.elapsed()
}

/// Queues every report again, as if none had been delivered.
fn owe_again(kiosk: &Kiosk) {
    let db = Connection::open(kiosk.data().join("kiosk.db")).expect("the kiosk's database");
    db.busy_timeout(PATIENCE).expect("a time-out can be set");
    db.execute_batch(
        "UPDATE deliveries SET state = 'waiting', attempts = 0, settled_at = NULL, told = 'no',
            document = NULL, last_error = NULL, last_answer = NULL WHERE kind = 'check_in'",
    )
    .expect("the books can be changed");
}

fn queued(kiosk: &Kiosk, target: Target) -> i64 {
    let target = target.as_str();
    kiosk.count(&format!(
        "SELECT count(*) FROM outbox WHERE state <> 'delivered' AND target = '{target}'"
    ))
}

async fn assert_all_there(kiosk: &Kiosk, session: &Session, firestore: &Firestore) {
    let ids = kiosk.texts("SELECT id FROM attendance ORDER BY id");
    let claims = format!("sessions/{}/students", session.id);
    for collection in ["attendance_records", &claims] {
        let kept = firestore.texts(collection, "attendance_id").await;
        assert!(
            kept == ids,
            "{} of {} in {collection}",
            kept.len(),
            ids.len()
        );
    }
}
