//! Durable check-ins per second: through HTTP, through the desk, and as bare statements on the same disk.
//!
//! The clients run in the same process, so they take their share of the processors too.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kiosk::clock::Clock;
use kiosk::domain::{AdmissionNumber, Channel, CheckInAnswer, PersonName};
use kiosk::services::{Entrance, LiveBoards, Request};
use kiosk::store::NewCheckIn;
use kiosk::store::bare::BareLoop;
use kiosk::web::{self, Limits, Web, WebSettings};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Run;
use crate::http::Connection;
use crate::report::{Row, median, percentile};
use crate::school::{School, Size, policy};

/// One unit, nobody enrolled: every check-in is a new student.
const EMPTY: Size = Size {
    units: 1,
    students_of_each: 0,
    held: 0,
};
/// The bare group-commit loop makes commits of this many, as 64 connections would.
const GROUP: usize = 64;
/// Baseline and candidate take turns this often, so that what else the machine does falls on both.
const ROUNDS: usize = 5;

/// What a few seconds of check-ins gave.
struct Figures {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub async fn measure(run: &mut Run) {
    run.report
        .heading("Durable check-ins, each a new student, on this disk");
    let takes = if run.is_quick {
        Duration::from_secs(1)
    } else {
        Duration::from_secs(3)
    };
    let rounds = if run.is_quick { 1 } else { ROUNDS };
    let (mut singles, mut groups, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut through_http = Vec::new();
    for round in 0..rounds {
        let at = |what: &str| run.folder.path().join(format!("{what}-{round}.db"));
        singles.push(bare(&at("single"), 1, takes).await);
        let group = bare(&at("group"), GROUP, takes).await;
        let figures = http(&at("http"), GROUP, takes).await;
        ratios.push(figures.per_second / group);
        groups.push(group);
        through_http.push(figures);
    }
    let (single, group) = (median(singles), median(groups));
    run.report
        .add(Row::new("bare loop, one commit per row", single, "/s"));
    run.report
        .add(Row::new("bare loop, 64 rows per commit", group, "/s"));
    through_http.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let middle = through_http.swap_remove(rounds / 2);
    report(run, "HTTP, 64 connections", &middle);
    run.report.add(
        Row::new(
            "  of the bare group-commit loop (median of turns)",
            median(ratios),
            "x",
        )
        .at_least(0.6),
    );
    run.report.add(Row::new(
        "  of the bare loop with a commit per row",
        middle.per_second / single,
        "x",
    ));
    let folder = run.folder.path().to_owned();
    let one = http(&folder.join("alone.db"), 1, takes).await;
    report(run, "HTTP, 1 connection", &one);
    let hall = http(&folder.join("hall.db"), 500, takes).await;
    report(run, "HTTP, 500 connections", &hall);
    run.report.add(
        Row::new(
            "  p99 over p50",
            hall.p99.as_secs_f64() / hall.p50.as_secs_f64(),
            "x",
        )
        .at_most(10.0),
    );
    let desk = desk(&folder.join("desk.db"), GROUP, takes).await;
    report(run, "desk, 64 clients", &desk);
}

fn report(run: &mut Run, what: &str, figures: &Figures) {
    run.report.add(Row::new(what, figures.per_second, "/s"));
    run.report
        .add(Row::milliseconds(format!("{what}, p50"), figures.p50));
    run.report
        .add(Row::milliseconds(format!("{what}, p99"), figures.p99));
}

async fn bare(path: &Path, per_commit: usize, takes: Duration) -> f64 {
    let school = School::found(path, EMPTY).await;
    school.store.close().await;
    let bare = BareLoop::open(path).expect("a database");
    let clock = Clock::system().vouched_for();
    let rules = policy().rules();
    let started = Instant::now();
    let mut done = 0;
    while started.elapsed() < takes {
        let some: Vec<NewCheckIn> = (done..done + per_commit)
            .map(|n| NewCheckIn {
                attendance_id: kiosk::random::uuid(),
                session: school.session,
                admission_number: AdmissionNumber::parse(&format!("C/{n}")).expect("a number"),
                student_name: PersonName::parse("Somebody New").ok(),
                insists: false,
                typed_as: kiosk::domain::TypedAs::Number,
                channel: Channel::Phone,
                device: None,
                routing: kiosk::domain::Routing::Named,
                read: clock.reading(),
            })
            .collect();
        bare.run(&some, &rules, per_commit).expect("check-ins");
        done += per_commit;
    }
    rate(done, started)
}

async fn http(path: &Path, clients: usize, takes: Duration) -> Figures {
    let School {
        store,
        services,
        code,
        ..
    } = School::found(path, EMPTY).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (_nobody, picture) = watch::channel(Arc::default());
    // No limits by device or address: the clients all come from one.
    let settings = WebSettings::read("", Vec::new(), 0, 0).expect("settings");
    let stop = CancellationToken::new();
    // Nobody watches a board here.
    let (boards, _) = LiveBoards::new(store.clone(), &services);
    let server = tokio::spawn(web::serve(
        listener,
        Web::new(services, boards, picture, settings, Limits::default()),
        None,
        stop.clone(),
    ));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(address).await.expect("a connection"));
    }
    let started = Instant::now();
    let tasks = connections
        .into_iter()
        .enumerate()
        .map(|(client, mut connection)| {
            let code = code.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while started.elapsed() < takes {
                    let asked = Instant::now();
                    let number = format!("C{client}/{}", waits.len());
                    let status = connection.check_in(&code, &number).await;
                    assert_eq!(status.expect("an answer"), 201);
                    waits.push(asked.elapsed());
                }
                waits
            })
        });
    let waits = all(tasks).await;
    let figures = figures(waits, started);
    stop.cancel();
    server.await.expect("the server");
    store.close().await;
    figures
}

async fn desk(path: &Path, clients: usize, takes: Duration) -> Figures {
    let School {
        store,
        services,
        session,
        ..
    } = School::found(path, EMPTY).await;
    let started = Instant::now();
    let tasks = (0..clients).map(|client| {
        let desk = services.desk.clone();
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < takes {
                let asked = Instant::now();
                let request = Request {
                    admission_number: format!("C{client}/{}", waits.len()),
                    student_name: "Somebody New".to_owned(),
                    insists: false,
                    entrance: Entrance::Session(session),
                    channel: Channel::Phone,
                    device: None,
                };
                let answer = desk.check_in(request).await;
                assert!(
                    matches!(answer, Ok(CheckInAnswer::Recorded(_))),
                    "{answer:?}"
                );
                waits.push(asked.elapsed());
            }
            waits
        })
    });
    let waits = all(tasks).await;
    let figures = figures(waits, started);
    store.close().await;
    figures
}

async fn all(tasks: impl Iterator<Item = tokio::task::JoinHandle<Vec<Duration>>>) -> Vec<Duration> {
    let ended = join_all(tasks).await.into_iter();
    ended.flat_map(|task| task.expect("a client")).collect()
}

fn figures(mut waits: Vec<Duration>, started: Instant) -> Figures {
    Figures {
        per_second: rate(waits.len(), started),
        p50: percentile(&mut waits, 50),
        p99: percentile(&mut waits, 99),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of check-ins")]
fn rate(done: usize, started: Instant) -> f64 {
    done as f64 / started.elapsed().as_secs_f64()
}
