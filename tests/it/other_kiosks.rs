//! Two kiosks at one lecture: two real programs, one Firestore.

use std::time::{Duration, Instant};

use kiosk::clock::Clock;
use kiosk::domain::{SessionId, Target};
use kiosk::store::Store;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::firestore::Firestore;
use crate::support::kiosk::{Kiosk, Session};
use crate::support::process::Process;
use crate::support::proxy::{Fault, Proxy};
use crate::support::queue::Queue;
use crate::support::tools::report;
use crate::support::wait::{until, until_async};

/// A limit for everything that is not measured.
const PATIENCE: Duration = Duration::from_secs(60);
/// How soon a check-in at one kiosk shows at the other while both are online (feature F1).
const SHOWS_WITHIN: Duration = Duration::from_secs(3);

/// Two kiosks of one Firestore project; only the first is set up.
struct Hall {
    firestore: Firestore,
    a: Kiosk,
    b: Kiosk,
    to_a: Proxy,
    to_b: Proxy,
}

impl Hall {
    fn prepare() -> Option<Self> {
        let firestore = Firestore::new_project()?;
        let (to_a, to_b) = (Proxy::to(&firestore.address), Proxy::to(&firestore.address));
        let (mut a, mut b) = (Kiosk::new(), Kiosk::new());
        for (kiosk, line, id) in [(&mut a, &to_a, "kiosk-a"), (&mut b, &to_b, "kiosk-b")] {
            kiosk.set("FIRESTORE_EMULATOR_HOST", &line.address());
            kiosk.set("GOOGLE_CLOUD_PROJECT", &firestore.project);
            kiosk.set("KIOSK__KIOSK__ID", id);
        }
        a.set_up_school();
        // The first command creates the data folder.
        b.add_lecturer();
        Some(Self {
            firestore,
            a,
            b,
            to_a,
            to_b,
        })
    }

    /// A opens a session, B joins it, both run, and A knows of B.
    async fn share(&self) -> (Session, Process, Process) {
        let session = self.a.open_session(&[]);
        let a = self.a.serve().await;
        let b = self.b.serve().await;
        self.join(&session).await;
        until_async("A to notice B", PATIENCE, async || {
            let status = self.a.json(&["sync", "status", "--json"]);
            (status["mirror"]["sessions"][0]["other_kiosks"] == 1).then_some(())
        })
        .await;
        (session, a, b)
    }

    async fn join(&self, session: &Session) {
        until_async("the session to be listed", PATIENCE, async || {
            let listed = self.b.json(&["session", "list", "--remote", "--json"]);
            (listed[0]["session_id"] == session.id.as_str()).then_some(())
        })
        .await;
        let joined = self
            .b
            .json(&["session", "join", &session.id[..8], "--json"]);
        assert_eq!(joined["session_id"], session.id.as_str());
    }

    fn unplug(&self) {
        self.to_a.becomes(Fault::Refused);
        self.to_b.becomes(Fault::Refused);
    }
}

fn checks_in(kiosk: &Kiosk, number: &str, session: &Session) -> Value {
    kiosk.json(&[
        "check-in",
        number,
        "--name",
        "Jane Doe",
        "--session",
        &session.id,
        "--json",
    ])
}

/// Waits until a kiosk's database has a student of a session. Returns how long that took.
fn shows(kiosk: &Kiosk, number: &str, within: Duration) -> Duration {
    let started = Instant::now();
    let sql = format!(
        "SELECT count(*) FROM attendance JOIN students ON students.id = student_id
        WHERE admission_number = '{number}' AND counts"
    );
    until("the check-in to show", within, || {
        (kiosk.count(&sql) == 1).then_some(())
    });
    started.elapsed()
}

fn state(kiosk: &Kiosk, session: &Session) -> String {
    let sql = format!(
        "SELECT state FROM attendance_sessions WHERE id = '{}'",
        session.id
    );
    kiosk.texts(&sql).remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_at_one_kiosk_is_on_the_others_board_within_three_seconds() {
    let Some(hall) = Hall::prepare() else { return };
    let (session, _a, _b) = hall.share().await;
    let mut slowest = Duration::ZERO;
    for round in 0..3 {
        for (from, to, name) in [(&hall.a, &hall.b, "A"), (&hall.b, &hall.a, "B")] {
            let number = format!("{name}/{round}");
            checks_in(from, &number, &session);
            slowest = slowest.max(shows(to, &number, SHOWS_WITHIN));
        }
    }
    report(&format!(
        "a check-in at one kiosk shows at the other after {slowest:?} at the most, of 6"
    ));
    let again = checks_in(&hall.b, "A/0", &session);
    assert_eq!(again["outcome"], "already_marked");
    assert_eq!(again["channel"], "remote");
    let board = hall.b.json(&["board", &session.id, "--json"]);
    assert_eq!(board["totals"]["present"], 6, "{board}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_kiosk_does_to_the_session_the_other_does_too() {
    let Some(hall) = Hall::prepare() else { return };
    let (session, _a, _b) = hall.share().await;
    hall.a.done(&["session", "close", &session.id]);
    until("B to close", PATIENCE, || {
        (state(&hall.b, &session) == "closed").then_some(())
    });
    let refused = hall.b.refusal(&[
        "check-in",
        "ADM/1",
        "--name",
        "Jane Doe",
        "--session",
        &session.id,
    ]);
    assert_eq!(refused.0, 1);
    hall.a
        .done(&["session", "reopen", &session.id, "--reason", "early"]);
    until("B to reopen", PATIENCE, || {
        (state(&hall.b, &session) == "open").then_some(())
    });
    hall.b
        .done(&["session", "cancel", &session.id, "--reason", "fire alarm"]);
    until("A to cancel", PATIENCE, || {
        (state(&hall.a, &session) == "cancelled").then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_nothing() {
    let Some(hall) = Hall::prepare() else { return };
    let (session, _a, mut b) = hall.share().await;
    checks_in(&hall.a, "ADM/1", &session);
    shows(&hall.b, "ADM/1", PATIENCE);
    hall.to_b.becomes(Fault::Refused);
    checks_in(&hall.b, "ADM/2", &session);
    b.signal(Signal::KILL);
    b.end(PATIENCE);
    checks_in(&hall.a, "ADM/3", &session);
    hall.to_b.becomes(Fault::None);
    let _b = hall.b.serve().await;
    for kiosk in [&hall.a, &hall.b] {
        for number in ["ADM/1", "ADM/2", "ADM/3"] {
            shows(kiosk, number, PATIENCE);
        }
    }
}

/// Both kiosks offline, students at both, answers lost when they reconnect, and B killed repeatedly.
async fn both_away(a_first: bool) {
    let Some(hall) = Hall::prepare() else { return };
    let (session, a, b) = hall.share().await;
    hall.unplug();
    let first = checks_in(&hall.a, "ADM/1", &session);
    let second = checks_in(&hall.b, "ADM/1", &session);
    for outcome in [&first, &second] {
        assert_eq!(outcome["outcome"], "recorded", "both take the student");
    }
    let (stands, other) = (&first["attendance_id"], &second["attendance_id"]);
    for (kiosk, mut server) in [(&hall.a, a), (&hall.b, b)] {
        server.signal(Signal::KILL);
        server.end(PATIENCE);
        assert_eq!(
            kiosk.count("SELECT count(*) FROM outbox WHERE state = 'waiting'"),
            1
        );
    }
    let mut in_order = [(&hall.a, &hall.to_a), (&hall.b, &hall.to_b)];
    if !a_first {
        in_order.reverse();
    }
    for (kiosk, line) in in_order {
        // Every third: a contested delivery takes two requests, so with every second one of them would always be lost.
        line.becomes(Fault::EveryNthAnswerLost(3));
        until("it to be delivered", PATIENCE, || {
            kiosk.done(&["sync", "retry"]);
            let mut run = kiosk.command(&["sync", "run"]);
            run.output().expect("the program starts");
            let queued = "SELECT count(*) FROM outbox WHERE state <> 'delivered'";
            (kiosk.count(queued) == 0).then_some(())
        });
        line.becomes(Fault::None);
    }
    let _servers = (hall.a.serve().await, hall.b.serve().await);
    for kiosk in [&hall.a, &hall.b] {
        until("both records to be known", PATIENCE, || {
            (kiosk.count("SELECT count(*) FROM records") == 2).then_some(())
        });
        assert_eq!(
            kiosk.count("SELECT count(*) FROM attendance WHERE counts"),
            1
        );
        let at = kiosk.texts("SELECT timestamp FROM attendance");
        assert_eq!(first["checked_in_at"], at[0].as_str());
    }
    let claims = hall
        .firestore
        .texts(
            &format!("sessions/{}/students", session.id),
            "attendance_id",
        )
        .await;
    assert_eq!(claims, [stands.as_str().expect("an id")]);
    let timeline = hall.firestore.documents("attendance_records").await;
    let counting: Vec<&Value> = timeline
        .iter()
        .filter(|document| document["fields"]["counts"]["booleanValue"] == true)
        .map(|document| &document["fields"]["attendance_id"]["stringValue"])
        .collect();
    assert_eq!(counting, [stands]);
    assert_eq!(timeline.len(), 2);
    let board = hall.b.json(&["board", &session.id, "--json"]);
    let records = &board["contested"][0]["records"];
    assert_eq!(&records[0]["attendance_id"], stands, "{board}");
    assert_eq!(&records[1]["attendance_id"], other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_at_both_kiosks_counts_once_when_the_earlier_is_delivered_first() {
    both_away(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_at_both_kiosks_counts_once_when_the_earlier_is_delivered_last() {
    both_away(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_said_of_a_session_while_offline_is_lost() {
    let Some(hall) = Hall::prepare() else { return };
    hall.unplug();
    let session = hall.a.open_session(&["--venue", "Hall 2"]);
    let mut server = hall.a.serve().await;
    until("a try", PATIENCE, || {
        let tried = "SELECT count(*) FROM deliveries
            WHERE kind = 'session' AND attempts > 0 AND state = 'waiting'";
        (hall.a.count(tried) == 1).then_some(())
    });
    let status = hall.a.json(&["sync", "status", "--json"]);
    assert_eq!(status["sessions"]["waiting"], 1);
    server.signal(Signal::KILL);
    server.end(PATIENCE);
    hall.a.done(&["session", "close", &session.id]);
    hall.to_a.becomes(Fault::EveryNthAnswerLost(2));
    until("the session to be published", PATIENCE, || {
        hall.a.done(&["sync", "retry"]);
        hall.a
            .command(&["sync", "run"])
            .output()
            .expect("the program starts");
        let status = hall.a.json(&["sync", "status", "--json"]);
        (status["sessions"]["waiting"] == 0).then_some(())
    });
    let published = hall.firestore.documents("sessions").await;
    assert_eq!(published.len(), 1);
    let field = |name: &str| published[0]["fields"][name]["stringValue"].clone();
    assert_eq!(field("state"), "closed", "the last state, not the first");
    assert_eq!(field("venue"), "Hall 2");
    assert_eq!(field("kiosk_id"), "kiosk-a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lecture_of_two_kiosks_with_lost_answers_and_kills_counts_everybody_once() {
    /// Each student checks in at both kiosks.
    const STUDENTS: usize = 40;
    const KILLS: usize = 6;
    let Some(hall) = Hall::prepare() else { return };
    let (session, a, b) = hall.share().await;
    hall.unplug();
    drop((a, b));
    let id = SessionId::parse(&session.id).expect("the session's id");
    for kiosk in [&hall.a, &hall.b] {
        let store = Store::open(&kiosk.data().join("kiosk.db")).expect("the kiosk's database");
        let now = Clock::system().now();
        let mut queue = Queue::of(store, id, now, &[Target::Firestore]);
        queue.check_in(STUDENTS).await;
        queue.store.close().await;
    }
    for line in [&hall.to_a, &hall.to_b] {
        line.becomes(Fault::EveryNthAnswerLost(3));
    }
    for kill in 0..KILLS {
        let kiosk = if kill.is_multiple_of(2) {
            &hall.a
        } else {
            &hall.b
        };
        let line = if kill.is_multiple_of(2) {
            &hall.to_a
        } else {
            &hall.to_b
        };
        let moment = line.requests() + 1 + kill;
        let mut server = Process::start(&mut kiosk.command(&["serve"]));
        until("the moment of the kill", PATIENCE, || {
            (line.requests() >= moment || server.has_ended()).then_some(())
        });
        server.signal(Signal::KILL);
        server.end(PATIENCE);
    }
    for line in [&hall.to_a, &hall.to_b] {
        line.becomes(Fault::None);
    }
    let _servers = (hall.a.serve().await, hall.b.serve().await);
    for kiosk in [&hall.a, &hall.b] {
        kiosk.done(&["sync", "retry"]);
        until("everything to be settled", PATIENCE, || {
            let queued = kiosk.count("SELECT count(*) FROM outbox WHERE state <> 'delivered'");
            let known = kiosk.count("SELECT count(*) FROM records");
            (queued == 0 && known == 2 * i64::try_from(STUDENTS).expect("a few")).then_some(())
        });
    }
    let marks = "SELECT admission_number || ' ' || timestamp FROM attendance
        JOIN students ON students.id = student_id WHERE counts ORDER BY 1";
    let at_a = hall.a.texts(marks);
    assert_eq!(at_a.len(), STUDENTS);
    assert_eq!(at_a, hall.b.texts(marks), "both boards say the same");
    let timeline = hall.firestore.documents("attendance_records").await;
    let counting = timeline
        .iter()
        .filter(|document| document["fields"]["counts"]["booleanValue"] == true);
    assert_eq!(counting.count(), STUDENTS);
    assert_eq!(timeline.len(), 2 * STUDENTS, "every record is kept");
}
