//! Durable check-ins per second: through HTTP, through the desk, and as bare statements on the same disk.
//!
//! `scripts/bench` runs it. Figures of one run compare with one another; those of different machines, or
//! of different moments of a busy one, do not. The clients run in the same process, so they take their
//! share of the processors too.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kiosk::clock::Clock;
use kiosk::domain::{
    AdmissionNumber, Channel, CheckInAnswer, Rotation, SessionId, StaffId, StudentName, Target,
    UnitCode,
};
use kiosk::services::{
    Corrections, Deliveries, Desk, Entrance, LiveBoards, Office, Opening, Policy, Registrar,
    Request, StaffDoor, Timetable, WebSignIns,
};
use kiosk::store::bare::BareLoop;
use kiosk::store::{NewCheckIn, NewUnit, Store};
use kiosk::web::{self, Limits, Web, WebServices, WebSettings};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long each row of the table is measured.
const MEASURE: Duration = Duration::from_secs(4);
/// The bare group-commit loop makes commits of this many, as 64 connections would.
const GROUP: usize = 64;

struct Row {
    what: String,
    per_second: f64,
    p50: Option<Duration>,
    p99: Option<Duration>,
}

#[tokio::main]
async fn main() {
    let folder =
        tempfile::tempdir_in(std::env::var_os("BENCH_DIR").unwrap_or_else(|| "target".into()))
            .expect("the benches need a folder on the disk to be measured");
    let mut rows = Vec::new();
    rows.push(
        bare(
            &folder.path().join("single.db"),
            1,
            "bare loop, one commit per row",
        )
        .await,
    );
    rows.push(
        bare(
            &folder.path().join("group.db"),
            GROUP,
            "bare loop, 64 rows per commit",
        )
        .await,
    );
    for clients in [1, 64, 500] {
        rows.push(http(&folder.path().join(format!("http-{clients}.db")), clients).await);
    }
    for clients in [1, 64, 500] {
        rows.push(desk(&folder.path().join(format!("desk-{clients}.db")), clients).await);
    }
    print(&rows);
}

fn policy() -> Arc<Policy> {
    Arc::new(Policy {
        rotation: Rotation::Off,
        deliver_to: Target::ALL.to_vec(),
        ..Policy::default()
    })
}

/// A database with one unit and one open session.
async fn lecture(path: &Path) -> (Store, Desk, SessionId) {
    let store = Store::open(path).expect("a database");
    let policy = policy();
    let clock = Clock::system();
    let registrar = Registrar::new(
        store.clone(),
        clock.clone(),
        policy.zone,
        policy.planned_lessons,
    );
    let staff_id = StaffId::parse("S1").expect("an id");
    let name = StudentName::parse("Dr. Smith").expect("a name");
    registrar
        .add_lecturer(staff_id.clone(), name, String::new(), true, None, "bench")
        .await
        .expect("a lecturer");
    let code = UnitCode::parse("CS101").expect("a code");
    let unit = NewUnit {
        code: code.clone(),
        name: "Programming".into(),
        lecturer: staff_id,
        planned_lessons: None,
    };
    registrar.add_unit(unit, "bench").await.expect("a unit");
    let timetable = Timetable::new(store.clone(), clock.clone(), policy.clone());
    let opening = Opening {
        unit: code,
        semester: None,
        starts_at: None,
        lasts: Duration::from_secs(7200),
        venue: None,
    };
    let (session, _) = timetable.open(opening, "bench").await.expect("a session");
    let keys = store.kiosk_keys("bench").await.expect("keys");
    (
        store.clone(),
        Desk::new(store, clock, keys, policy),
        session.id,
    )
}

async fn bare(path: &Path, per_commit: usize, what: &str) -> Row {
    let (store, _, session) = lecture(path).await;
    store.close().await;
    let bare = BareLoop::open(path).expect("a database");
    let rules = policy().rules();
    let started = Instant::now();
    let mut done = 0;
    while started.elapsed() < MEASURE {
        let some: Vec<NewCheckIn> = (done..done + per_commit)
            .map(|n| NewCheckIn {
                attendance_id: Uuid::new_v4(),
                session,
                admission_number: AdmissionNumber::parse(&format!("ADM/{n}")).expect("a number"),
                student_name: StudentName::parse("Somebody New").ok(),
                channel: Channel::Phone,
                device_mark: None,
                read: Clock::system().reading(),
            })
            .collect();
        bare.run(&some, &rules, per_commit).expect("check-ins");
        done += per_commit;
    }
    Row {
        what: what.to_owned(),
        per_second: rate(done, started),
        p50: None,
        p99: None,
    }
}

fn services(store: &Store, desk: Desk) -> WebServices {
    let (clock, policy) = (Clock::system(), Policy::default());
    let timetable = Timetable::new(store.clone(), clock.clone(), Arc::new(policy.clone()));
    let door = StaffDoor::new(store.clone(), clock.clone());
    // Nobody watches a board here.
    let (boards, _) = LiveBoards::new(store.clone(), desk.clone(), timetable.clone());
    WebServices {
        desk,
        timetable,
        corrections: Corrections::new(store.clone(), clock.clone(), Arc::new(policy.clone())),
        exports: kiosk::services::export::Exports::new(
            store.clone(),
            clock.clone(),
            Arc::new(policy.clone()),
        ),
        registrar: Registrar::new(
            store.clone(),
            clock.clone(),
            policy.zone,
            policy.planned_lessons,
        ),
        office: Office::new(store.clone(), clock.clone(), policy.zone),
        sign_ins: WebSignIns::new(store.clone(), clock, door),
        boards,
        deliveries: Deliveries::new(store.clone(), Clock::system(), Vec::new()),
    }
}

async fn http(path: &Path, clients: usize) -> Row {
    let (store, desk, session) = lecture(path).await;
    let (_, code) = desk
        .session(session)
        .await
        .expect("the database")
        .expect("the session");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (_nobody, picture) = watch::channel(Arc::default());
    // No limits by device or address: the clients all come from one.
    let settings = WebSettings::read("", Vec::new(), 0, 0).expect("settings");
    let stop = CancellationToken::new();
    let server = tokio::spawn(web::serve(
        listener,
        Web::new(services(&store, desk), picture, settings, Limits::default()),
        None,
        stop.clone(),
    ));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(BufStream::new(
            TcpStream::connect(address).await.expect("a connection"),
        ));
    }
    let started = Instant::now();
    let tasks = connections.into_iter().enumerate().map(|(client, mut connection)| {
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < MEASURE {
                let asked = Instant::now();
                let body = format!(
                    r#"{{"code":"{code}","admission_number":"C{client}/{}","student_name":"Somebody New"}}"#,
                    waits.len()
                );
                let status = post(&mut connection, &body).await.expect("an answer");
                assert_eq!(status, 201);
                waits.push(asked.elapsed());
            }
            waits
        })
    });
    let waits: Vec<Duration> = join_all(tasks)
        .await
        .into_iter()
        .flat_map(|task| task.expect("a client"))
        .collect();
    let row = row(format!("HTTP, {clients} connections"), waits, started);
    stop.cancel();
    server.await.expect("the server");
    store.close().await;
    row
}

/// One request on a connection that is kept open; answers with the status.
async fn post(connection: &mut BufStream<TcpStream>, body: &str) -> std::io::Result<u16> {
    let head = format!(
        "POST /api/check-ins HTTP/1.1\r\nHost: kiosk\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await?;
    connection.write_all(body.as_bytes()).await?;
    connection.flush().await?;
    let mut line = String::new();
    connection.read_line(&mut line).await?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let mut length = 0;
    loop {
        line.clear();
        connection.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    connection.read_exact(&mut vec![0; length]).await?;
    Ok(status)
}

async fn desk(path: &Path, clients: usize) -> Row {
    let (store, desk, session) = lecture(path).await;
    let started = Instant::now();
    let tasks = (0..clients).map(|client| {
        let desk = desk.clone();
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < MEASURE {
                let asked = Instant::now();
                let request = Request {
                    admission_number: format!("C{client}/{}", waits.len()),
                    student_name: "Somebody New".to_owned(),
                    entrance: Entrance::Session(session),
                    channel: Channel::Phone,
                    device: None,
                };
                assert!(matches!(
                    desk.check_in(request).await,
                    CheckInAnswer::Recorded(_)
                ));
                waits.push(asked.elapsed());
            }
            waits
        })
    });
    let waits: Vec<Duration> = join_all(tasks)
        .await
        .into_iter()
        .flat_map(|task| task.expect("a client"))
        .collect();
    let row = row(format!("desk, {clients} clients"), waits, started);
    store.close().await;
    row
}

fn row(what: String, mut waits: Vec<Duration>, started: Instant) -> Row {
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 100).copied();
    Row {
        what,
        per_second: rate(waits.len(), started),
        p50: at(50),
        p99: at(99),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of check-ins")]
fn rate(done: usize, started: Instant) -> f64 {
    done as f64 / started.elapsed().as_secs_f64()
}

fn print(rows: &[Row]) {
    let of = |what: &str| {
        rows.iter()
            .find(|row| row.what.contains(what))
            .map_or(f64::NAN, |row| row.per_second)
    };
    let (single, group) = (of("one commit per row"), of("64 rows per commit"));
    println!(
        "{:<32} {:>10} {:>10} {:>10} {:>9} {:>9}",
        "", "per second", "p50", "p99", "x single", "x group"
    );
    for row in rows {
        let wait = |wait: Option<Duration>| {
            wait.map_or(String::new(), |wait| {
                format!("{:.1} ms", wait.as_secs_f64() * 1e3)
            })
        };
        println!(
            "{:<32} {:>10.0} {:>10} {:>10} {:>9.1} {:>9.2}",
            row.what,
            row.per_second,
            wait(row.p50),
            wait(row.p99),
            row.per_second / single,
            row.per_second / group
        );
    }
}
