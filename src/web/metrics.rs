//! What a monitoring system reads: counts, and nothing that names anybody (feature K8).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Web;
use super::problem::Problem;
use super::staff::{Staff, Turned};
use super::visitor;

/// Answers since the start, by the first digit of their status.
#[derive(Debug, Default)]
pub struct Counters {
    answers: [AtomicU64; 5],
}

/// Counts every answer.
pub async fn count(State(web): State<Web>, request: Request, inner: Next) -> Response {
    let response = inner.run(request).await;
    let class = usize::from(response.status().as_u16() / 100);
    if let Some(counter) = class
        .checked_sub(1)
        .and_then(|at| web.counters.answers.get(at))
    {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    response
}

/// `GET /metrics`, for this machine and for staff.
pub async fn show(State(web): State<Web>, request: Request) -> Result<Response, Turned> {
    let (mut parts, _) = request.into_parts();
    if !visitor::address(&parts.extensions)
        .to_canonical()
        .is_loopback()
        && Staff::from_request_parts(&mut parts, &web).await.is_err()
    {
        return Err(Problem::not_signed_in("/login").into());
    }
    let recorded = web.services.desk.attendance_count(None).await;
    let recorded = recorded.map_err(|error| web.out_of_order(&error))?;
    let text = text(&web, recorded);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

fn text(web: &Web, recorded: u64) -> String {
    let mut page = Exposition::default();
    page.family("kiosk_info", "gauge", "The program.");
    page.sample(&format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
    page.family(
        "kiosk_attendance_records",
        "gauge",
        "Attendance records in the database.",
    );
    page.sample("", recorded);
    page.family(
        "kiosk_http_answers_total",
        "counter",
        "Answers since the start, by class of status.",
    );
    for (class, counter) in web.counters.answers.iter().enumerate() {
        let label = format!("{{class=\"{}xx\"}}", class + 1);
        page.sample(&label, counter.load(Ordering::Relaxed));
    }
    page.family(
        "kiosk_boards_computed_total",
        "counter",
        "Boards computed for lecturers' pages since the start.",
    );
    page.sample("", web.boards.computed());
    let picture = web.picture.borrow().clone();
    page.family(
        "kiosk_out_of_order",
        "gauge",
        "Whether nothing can be recorded at present.",
    );
    page.sample("", picture.trouble.is_some().into());
    page.family(
        "kiosk_session_open",
        "gauge",
        "Whether a session is on the screen.",
    );
    page.sample("", picture.shown.is_some().into());
    page.family(
        "kiosk_clock_not_set",
        "gauge",
        "Whether no time server has set the clock.",
    );
    page.sample("", picture.clock_not_set.into());
    let of = |figure: fn(&crate::services::RemoteSnapshot) -> u64| {
        picture
            .remotes
            .iter()
            .map(move |remote| {
                (
                    format!("{{target=\"{}\"}}", remote.target.as_str()),
                    figure(remote),
                )
            })
            .collect::<Vec<_>>()
    };
    page.family(
        "kiosk_remote_connected",
        "gauge",
        "Whether the last call to a remote went through.",
    );
    page.samples(of(|remote| remote.status.is_connected().into()));
    page.family(
        "kiosk_deliveries_waiting",
        "gauge",
        "Deliveries to be made.",
    );
    page.samples(of(|remote| remote.counts.waiting));
    page.family(
        "kiosk_deliveries_parked",
        "gauge",
        "Deliveries that a remote refused for good.",
    );
    page.samples(of(|remote| remote.counts.parked));
    let now = web.services.desk.now();
    page.family(
        "kiosk_oldest_waiting_seconds",
        "gauge",
        "The age of the oldest check-in that waits.",
    );
    for remote in &picture.remotes {
        let age = remote
            .counts
            .oldest_waiting
            .map_or(0, |oldest| now.since(oldest).as_secs());
        page.sample(&format!("{{target=\"{}\"}}", remote.target.as_str()), age);
    }
    page.text
}

/// Prometheus' text format: each family is introduced once, then follow its samples.
#[derive(Default)]
struct Exposition {
    text: String,
    name: &'static str,
}

impl Exposition {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        // Writing to a String cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, labels: &str, value: u64) {
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }

    fn samples(&mut self, samples: Vec<(String, u64)>) {
        for (labels, value) in samples {
            self.sample(&labels, value);
        }
    }
}
