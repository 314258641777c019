//! Every fault of a line, against each remote: what the kiosk makes of it, and that exactly one copy
//! of each check-in is there in the end.
//!
//! The kiosk's clock is set by hand and the silence of a dead line is skipped, so that minutes of
//! outage cost milliseconds. `docs/RELIABILITY.md` has the figures that this prints.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kiosk::clock::Clock;
use kiosk::domain::{RemoteStatus, Secret, Target, Timestamp};
use kiosk::sync::firestore::{self, CredentialSources, FirestoreSettings};
use kiosk::sync::portal::{PortalRemote, PortalSettings};
use kiosk::sync::{Remote, Work as _, WorkOutcome, Worker, install_crypto};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::firestore::Firestore;
use crate::support::portal::Portal;
use crate::support::proxy::{Canned, Fault, Proxy};
use crate::support::queue::{Queue, zone};
use crate::support::tools::report;
use crate::support::wait::until_async;

/// How long each fault lasts on the kiosk's clock.
const OUTAGE: Duration = Duration::from_secs(330);
/// Check-ins before the fault begins, and one more while it lasts.
const BEFORE: usize = 3;
const IN_ALL: usize = BEFORE + 1;
/// A remote that is down is asked so often at most in [`OUTAGE`], by one kiosk.
const MOST_TRIES: usize = 40;
/// What a remote asks for with status 429.
const ASKED: Duration = Duration::from_secs(30);
/// The longest wait between two tries (feature H4).
const CAP: Duration = Duration::from_secs(300);
/// How long a remote that does not accept this kiosk is left alone.
const BARRED: Duration = Duration::from_secs(60);
/// The portal's time-out, as in the configuration unless a site sets another.
const PORTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Whoever has not recovered by now never will.
const NEVER: Duration = Duration::from_secs(3600);
/// What a very bad line still carries in one request: two dozen records, not a hundred.
const SHORT_REQUEST: usize = 32 << 10;
/// As many as one commit has on a good line.
const FULL_COMMIT: usize = 100;
/// A line that is long, not broken.
const LONG_LINE: Duration = Duration::from_millis(200);
const TEN_MEGABYTES: usize = 10 << 20;
/// Longer than any answer on this machine takes, however busy it is.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a fault means for the waiting deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// They get through all the same.
    Through,
    /// They wait, and are tried again.
    Waits,
    /// They wait at least as long as the remote asked for.
    WaitsRetryAfter,
    /// The remote does not accept this kiosk: nothing is parked, and it is tried every minute.
    Unauthorized,
    /// They were refused for good, and wait for a person.
    Parked,
}

struct Case {
    name: &'static str,
    fault: Fault,
    expected: Expected,
}

fn case(name: &'static str, fault: Fault, expected: Expected) -> Case {
    Case {
        name,
        fault,
        expected,
    }
}

/// The faults that mean the same to both.
fn of_the_line() -> Vec<Case> {
    let html = |status| Fault::Answer(Canned::html(status));
    vec![
        case("refused", Fault::Refused, Expected::Waits),
        case("reset", Fault::Reset, Expected::Waits),
        case("black hole", Fault::BlackHole, Expected::Waits),
        case(
            "answer lost after write",
            Fault::AnswerLost,
            Expected::Waits,
        ),
        case(
            "delay of 200 ms",
            Fault::Delay(LONG_LINE),
            Expected::Through,
        ),
        case("503", html(503), Expected::Waits),
        case("302 to a sign-in page", html(302), Expected::Waits),
        case("slow loris answer", Fault::SlowLoris, Expected::Waits),
    ]
}

fn at_firestore() -> Vec<Case> {
    let json = |status, body| Fault::Answer(Canned::json(status, body));
    let mut cases = of_the_line();
    cases.extend([
        case(
            "429 with Retry-After",
            Fault::Answer(Canned {
                retry_after: Some(ASKED.as_secs()),
                ..Canned::json(
                    429,
                    r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}"#,
                )
            }),
            Expected::WaitsRetryAfter,
        ),
        case(
            "401",
            json(
                401,
                r#"{"error":{"code":401,"message":"token","status":"UNAUTHENTICATED"}}"#,
            ),
            Expected::Unauthorized,
        ),
        case(
            "403",
            json(
                403,
                r#"{"error":{"code":403,"message":"role","status":"PERMISSION_DENIED"}}"#,
            ),
            Expected::Unauthorized,
        ),
        case(
            "404",
            json(
                404,
                r#"{"error":{"code":404,"message":"database","status":"NOT_FOUND"}}"#,
            ),
            Expected::Unauthorized,
        ),
        case(
            "409 ALREADY_EXISTS, and no claim is to be seen",
            json(
                409,
                r#"{"error":{"code":409,"message":"there","status":"ALREADY_EXISTS"}}"#,
            ),
            Expected::Waits,
        ),
        case(
            "409 ABORTED",
            json(
                409,
                r#"{"error":{"code":409,"message":"lock","status":"ABORTED"}}"#,
            ),
            Expected::Waits,
        ),
        // A page or another program's JSON is not Firestore's word: the line is at fault, no record.
        case(
            "200 with success:false",
            json(200, r#"{"success":false,"error":"closed"}"#),
            Expected::Waits,
        ),
        case(
            "200 with HTML",
            Fault::Answer(Canned::html(200)),
            Expected::Waits,
        ),
        case(
            "403 with HTML",
            Fault::Answer(Canned::html(403)),
            Expected::Waits,
        ),
        case("10 MB answer", Fault::Flood(TEN_MEGABYTES), Expected::Waits),
    ]);
    cases
}

fn at_the_portal() -> Vec<Case> {
    let html = |status| Fault::Answer(Canned::html(status));
    let mut cases = of_the_line();
    cases.extend([
        case(
            "429 with Retry-After",
            Fault::Answer(Canned {
                retry_after: Some(ASKED.as_secs()),
                ..Canned::json(429, r#"{"success":false,"error":"slow down"}"#)
            }),
            Expected::WaitsRetryAfter,
        ),
        case("401", html(401), Expected::Unauthorized),
        case("403", html(403), Expected::Unauthorized),
        case("404", html(404), Expected::Unauthorized),
        // The interface has it that 409 means "already there", so it is.
        case(
            "409",
            Fault::AnswerAfterWrite(Canned::json(409, r#"{"success":false,"error":"exists"}"#)),
            Expected::Through,
        ),
        case(
            "200 with success:false",
            Fault::Answer(Canned::json(200, r#"{"success":false,"error":"closed"}"#)),
            Expected::Parked,
        ),
        case("200 with HTML", html(200), Expected::Parked),
        case(
            "10 MB answer",
            Fault::Flood(TEN_MEGABYTES),
            Expected::Parked,
        ),
    ]);
    cases
}

/// A server that keeps the requests it gets.
enum Server {
    Firestore(Firestore),
    Portal(Portal),
}

impl Server {
    fn target(&self) -> Target {
        match self {
            Self::Firestore(_) => Target::Firestore,
            Self::Portal(_) => Target::Portal,
        }
    }

    fn address(&self) -> String {
        match self {
            Self::Firestore(firestore) => firestore.address.clone(),
            Self::Portal(portal) => portal.url.replace("http://", ""),
        }
    }

    /// The kiosk's side of it, at the end of `line`.
    fn remote(&self, line: &Proxy) -> Arc<dyn Remote> {
        match self {
            Self::Firestore(firestore) => {
                let settings = FirestoreSettings {
                    project_id: firestore.project.clone(),
                    database: "(default)".to_owned(),
                    credentials: CredentialSources::default(),
                    emulator: Some(line.address()),
                    max_records_per_second: 0,
                    zone: zone(),
                };
                Arc::new(firestore::Firestore::new(settings).expect("a client can be built"))
            }
            Self::Portal(_) => {
                let settings = PortalSettings {
                    url: line.url(),
                    api_key: Secret::new("the-portal-key"),
                    api_key_in_body: false,
                    timeout: PORTAL_TIMEOUT,
                    zone: zone(),
                };
                Arc::new(PortalRemote::new(settings).expect("plain settings"))
            }
        }
    }

    /// The admission numbers of all it keeps, each as often as it keeps it.
    async fn kept(&self, queue: &Queue) -> Vec<String> {
        match self {
            Self::Firestore(firestore) => {
                let students = format!("sessions/{}/students", queue.session());
                let claims = firestore.texts(&students, "attendance_id").await;
                let timeline = firestore.texts("attendance_records", "attendance_id").await;
                assert_eq!(
                    claims, timeline,
                    "each claim has its record, and each record its claim"
                );
                firestore
                    .texts("attendance_records", "admission_number")
                    .await
            }
            Self::Portal(portal) => portal.taken(),
        }
    }
}

/// A kiosk's books and the worker that delivers from them.
struct Ordeal {
    queue: Queue,
    clock: Clock,
    worker: Worker,
    status: watch::Receiver<RemoteStatus>,
    line: Proxy,
    folder: TempDir,
}

impl Ordeal {
    async fn prepare(server: &Server) -> Self {
        install_crypto();
        let folder = tempfile::tempdir().expect("a folder");
        let start = Timestamp::parse("2026-11-22T06:00:00Z").expect("a moment");
        let path = folder.path().join("kiosk.db");
        let queue = Queue::create(&path, start, &[server.target()]).await;
        let line = Proxy::to(&server.address());
        let clock = Clock::set_to(start);
        let (worker, status) = Worker::new(
            queue.store.clone(),
            clock.clone(),
            "kiosk-1".to_owned(),
            server.remote(&line),
        );
        Self {
            queue,
            clock,
            worker,
            status,
            line,
            folder,
        }
    }

    /// One step. Once the request is in the hands of a line that says no more, the rest of the wait is
    /// skipped.
    async fn step(&mut self, is_silent: bool) -> WorkOutcome {
        let asked = self.line.requests();
        let mut step = pin!(self.worker.step());
        if is_silent {
            let in_hand = until_async("a request", PATIENCE, async || {
                (self.line.requests() > asked).then_some(())
            });
            tokio::select! {
                done = &mut step => return done.expect("the database works"),
                () = in_hand => {}
            }
            tokio::time::pause();
        }
        let began = tokio::time::Instant::now();
        let done = step.await.expect("the database works");
        if is_silent {
            self.clock.advance(began.elapsed());
            tokio::time::resume();
        }
        done
    }

    /// Lets the fault last, and one more student check in meanwhile: how often the remote was tried.
    async fn endure(&mut self, case: &Case) -> usize {
        let end = self.clock.now() + OUTAGE;
        let is_silent = matches!(case.fault, Fault::BlackHole | Fault::SlowLoris);
        self.line.becomes(case.fault.clone());
        let mut tries = 0;
        let mut tried_at = self.clock.now();
        while self.clock.now() < end {
            match self.step(is_silent).await {
                WorkOutcome::Worked(_) => {
                    tries += 1;
                    tried_at = self.clock.now();
                    if tries == 1 {
                        self.queue.check_in(1).await;
                    }
                }
                WorkOutcome::Waiting { until: None } => break,
                WorkOutcome::Waiting { until: Some(until) } => {
                    let wait = until.since(self.clock.now());
                    if case.expected == Expected::WaitsRetryAfter {
                        // Counted from the last try: a debt may wait a little longer than its target.
                        let rested = until.since(tried_at);
                        assert!(
                            rested >= ASKED,
                            "{}: asked again after {rested:?}",
                            case.name
                        );
                    }
                    self.clock.advance(wait.min(end.since(self.clock.now())));
                }
            }
        }
        tries
    }

    /// Delivers until the queue is empty. Returns how long that took on the kiosk's clock.
    async fn recover(&mut self) -> Duration {
        let began = self.clock.now();
        loop {
            let since = self.clock.now().since(began);
            assert!(since < NEVER, "no recovery within {since:?}");
            match self.step(false).await {
                WorkOutcome::Worked(_) => {}
                WorkOutcome::Waiting { until: None } => return self.clock.now().since(began),
                WorkOutcome::Waiting { until: Some(until) } => {
                    self.clock.advance(until.since(self.clock.now()));
                }
            }
        }
    }

    fn local_count(&self, sql: &str) -> usize {
        Connection::open(self.folder.path().join("kiosk.db"))
            .and_then(|db| db.query_row(sql, [], |row| row.get(0)))
            .expect("the books can be read")
    }

    async fn assert_state(&self, target: Target, case: &Case) {
        let counts = self.queue.store.counts(target).await.expect("counts");
        let state = (counts.waiting, counts.parked);
        let all = IN_ALL as u64;
        let expected = match case.expected {
            Expected::Through => (0, 0),
            Expected::Parked => (0, all),
            Expected::Waits | Expected::WaitsRetryAfter | Expected::Unauthorized => (all, 0),
        };
        let status = self.status.borrow().clone();
        assert_eq!(state, expected, "{} of {target:?}: {status:?}", case.name);
        let fits = match case.expected {
            Expected::Through | Expected::Parked => status.is_connected(),
            Expected::Waits | Expected::WaitsRetryAfter => {
                matches!(status, RemoteStatus::Unreachable { .. })
            }
            Expected::Unauthorized => matches!(status, RemoteStatus::Unauthorized { .. }),
        };
        assert!(fits, "{} of {target:?}: {status:?}", case.name);
    }
}

async fn withstand(server: &Server, case: &Case) {
    let target = server.target();
    let mut ordeal = Ordeal::prepare(server).await;
    ordeal.queue.check_in(BEFORE).await;

    let tries = ordeal.endure(case).await;
    ordeal.assert_state(target, case).await;
    assert!(tries <= MOST_TRIES, "{}: {tries} tries", case.name);

    ordeal.line.becomes(Fault::None);
    if case.expected == Expected::Parked {
        let now = ordeal.clock.now();
        let retried = ordeal.queue.store.retry(None, Some(target), now).await;
        assert_eq!(retried.expect("a retry"), IN_ALL as u64);
    }
    let began = Instant::now();
    let recovery = ordeal.recover().await;
    let wall = began.elapsed();

    let bound = match case.expected {
        Expected::Through | Expected::Parked => Duration::ZERO,
        Expected::Waits | Expected::WaitsRetryAfter => CAP,
        Expected::Unauthorized => BARRED,
    };
    assert!(
        recovery <= bound,
        "{}: recovered after {recovery:?}",
        case.name
    );
    assert_eq!(
        server.kept(&ordeal.queue).await,
        ordeal.queue.numbers(),
        "{}",
        case.name
    );
    assert_eq!(
        ordeal.local_count("SELECT count(*) FROM attendance"),
        IN_ALL
    );
    let synced = match target {
        Target::Firestore => "synced_to_firebase = 1 AND firebase_doc_id = attendance.id",
        Target::Portal => "synced_to_portal = 1 AND portal_response <> ''",
    };
    let settled = format!(
        "SELECT count(*) FROM attendance JOIN outbox ON attendance_id = attendance.id \
         WHERE state = 'delivered' AND last_error IS NULL AND {synced}"
    );
    assert_eq!(ordeal.local_count(&settled), IN_ALL, "{}", case.name);
    report(&format!(
        "| {} | {} | {:?} | {tries} | {IN_ALL} | {IN_ALL} | {:.1} s | {} ms |",
        case.name,
        target.as_str(),
        case.expected,
        recovery.as_secs_f64(),
        wall.as_millis()
    ));
}

#[tokio::test]
async fn firestore_has_every_check_in_once_after_every_fault() {
    for case in at_firestore() {
        // A project of its own, or every query would see the other cases too.
        let Some(firestore) = Firestore::new_project() else {
            return;
        };
        withstand(&Server::Firestore(firestore), &case).await;
    }
}

#[tokio::test]
async fn the_portal_has_every_check_in_once_after_every_fault() {
    for case in at_the_portal() {
        withstand(&Server::Portal(Portal::open().await), &case).await;
    }
}

#[tokio::test]
async fn a_line_too_bad_for_long_requests_is_drained_in_short_ones() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let server = Server::Firestore(firestore);
    let mut ordeal = Ordeal::prepare(&server).await;
    ordeal.queue.check_in(FULL_COMMIT).await;
    ordeal.line.becomes(Fault::CutsLonger(SHORT_REQUEST));
    let took = ordeal.recover().await;
    assert_eq!(server.kept(&ordeal.queue).await, ordeal.queue.numbers());
    report(&format!(
        "{FULL_COMMIT} records over a line that cuts requests over {SHORT_REQUEST} bytes: {:.1} s",
        took.as_secs_f64()
    ));
}
