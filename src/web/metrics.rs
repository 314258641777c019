//! What a monitoring system reads: counts, and nothing that names anybody (feature K8).

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Web;
use super::problem::Problem;
use super::staff::{Rejected, Staff};
use super::visitor;
use crate::domain::Timestamp;
use crate::services::{RemoteSnapshot, Snapshot};

/// Counts every answer.
pub async fn count(State(web): State<Web>, request: Request, inner: Next) -> Response {
    let response = inner.run(request).await;
    web.counters.count(response.status());
    response
}

/// `GET /metrics`, for this machine and for staff.
pub async fn show(State(web): State<Web>, request: Request) -> Result<Response, Rejected> {
    let (mut parts, _) = request.into_parts();
    if !visitor::address(&parts.extensions)
        .to_canonical()
        .is_loopback()
        && Staff::from_request_parts(&mut parts, &web).await.is_err()
    {
        return Err(Problem::not_signed_in("/login").into());
    }
    let recorded = web.services.desk.attendance_count(None).await;
    let recorded = recorded.map_err(Problem::from)?;
    let snapshot = web.snapshot.borrow().clone();
    let text = exposition(&Reading {
        web: &web,
        snapshot,
        recorded,
        now: web.services.desk.now(),
    });
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

/// What the samples of one answer are read from.
struct Reading<'a> {
    web: &'a Web,
    snapshot: Arc<Snapshot>,
    recorded: u64,
    now: Timestamp,
}

/// Labels in braces, or nothing, and the value.
type Samples = Vec<(String, u64)>;

/// Name, kind, help and samples.
type Family = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Reading) -> Samples,
);

#[rustfmt::skip]
const FAMILIES: [Family; 12] = [
    ("kiosk_info", "gauge", "The program.",
        |_| vec![(label("version", env!("CARGO_PKG_VERSION")), 1)]),
    ("kiosk_attendance_records", "gauge", "Attendance records in the database.",
        |it| single(it.recorded)),
    ("kiosk_http_answers_total", "counter", "Answers since the start, by class of status.",
        |it| it.web.counters.answers().map(|(class, count)| (label("class", &format!("{class}xx")), count)).collect()),
    ("kiosk_connections_dropped_total", "counter", "Connections ended for lack of room since the start.",
        |it| single(it.web.counters.dropped())),
    ("kiosk_boards_computed_total", "counter", "Boards computed for lecturers' pages since the start.",
        |it| single(it.web.boards.computed())),
    ("kiosk_out_of_order", "gauge", "Whether nothing can be recorded at present.",
        |it| single(it.snapshot.trouble.is_some())),
    ("kiosk_session_open", "gauge", "Whether a session is on the screen.",
        |it| single(it.snapshot.shown.is_some())),
    ("kiosk_clock_not_set", "gauge", "Whether no time server has set the clock.",
        |it| single(it.snapshot.clock_not_set)),
    ("kiosk_remote_connected", "gauge", "Whether the last call to a remote went through.",
        |it| by_target(it, |remote| remote.status.is_connected().into())),
    ("kiosk_deliveries_waiting", "gauge", "Deliveries to be made.",
        |it| by_target(it, |remote| remote.counts.waiting)),
    ("kiosk_deliveries_parked", "gauge", "Deliveries that a remote refused for good.",
        |it| by_target(it, |remote| remote.counts.parked)),
    ("kiosk_oldest_waiting_seconds", "gauge", "The age of the oldest check-in that waits.",
        |it| by_target(it, |remote| remote.counts.oldest_waiting.map_or(0, |oldest| it.now.since(oldest).as_secs()))),
];

fn single(value: impl Into<u64>) -> Samples {
    vec![(String::new(), value.into())]
}

fn by_target(reading: &Reading, value: impl Fn(&RemoteSnapshot) -> u64) -> Samples {
    let remotes = reading.snapshot.remotes.iter();
    remotes
        .map(|remote| (label("target", remote.target.as_str()), value(remote)))
        .collect()
}

fn label(name: &str, value: &str) -> String {
    format!("{{{name}=\"{value}\"}}")
}

/// Prometheus' text format: each family is introduced once, then follow its samples.
fn exposition(reading: &Reading) -> String {
    let mut text = String::new();
    for (name, kind, help, samples) in FAMILIES {
        // Writing to a String cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples(reading) {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}
