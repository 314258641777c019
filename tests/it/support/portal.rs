//! A lecturer portal with faults on demand.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::wait::until;

/// How the portal answers.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    Takes,
    /// 503, as from a proxy whose server restarts.
    Busy,
    /// 422 with a reason.
    Refuses,
    /// The request is read and never answered.
    Hangs,
    /// A page instead of JSON, as from a captive portal.
    ShowsAPage,
    /// Status 200 with `"success": false`.
    SaysNo,
    /// 409, as for a record that it already has.
    HasIt,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Call {
    pub idempotency_key: String,
    pub authorization: String,
    pub body: Value,
    /// Whether the portal took the record, so that another copy is a repeat.
    pub taken: bool,
}

/// A portal on its own port. It ends with the test's runtime.
pub struct Portal {
    pub url: String,
    desk: Arc<Desk>,
}

struct Desk {
    mood: Mutex<Mood>,
    calls: Mutex<Vec<Call>>,
}

impl Portal {
    pub async fn open() -> Self {
        let desk = Arc::new(Desk {
            mood: Mutex::new(Mood::Takes),
            calls: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port can be had");
        let url = format!(
            "http://{}",
            listener
                .local_addr()
                .expect("a bound socket has an address")
        );
        // Any request counts as a call, whatever its method and path: only records may be sent here.
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, desk }
    }

    pub fn becomes(&self, mood: Mood) {
        *locked(&self.desk.mood) = mood;
    }

    pub fn calls(&self) -> Vec<Call> {
        locked(&self.desk.calls).clone()
    }

    /// The admission numbers taken, once per distinct record.
    pub fn taken(&self) -> Vec<String> {
        let mut keys = BTreeSet::new();
        let calls = self
            .calls()
            .into_iter()
            .filter(|call| call.taken && keys.insert(call.idempotency_key.clone()));
        let mut numbers: Vec<String> = calls.map(|call| admission_number(&call.body)).collect();
        numbers.sort();
        numbers
    }

    /// Waits until exactly these numbers were taken, in any order.
    pub fn wait_for(&self, numbers: &[String], within: Duration) {
        let mut wanted = numbers.to_vec();
        wanted.sort();
        let end = Instant::now() + within;
        until("the portal's copies", within + LEEWAY, || {
            let taken = self.taken();
            let calls = self.calls().len();
            assert!(
                taken == wanted || Instant::now() < end,
                "after {within:?} and {calls} calls the portal has {taken:?}, not {wanted:?}"
            );
            (taken == wanted).then_some(())
        });
    }
}

/// The more detailed error comes first.
const LEEWAY: Duration = Duration::from_secs(1);

fn admission_number(body: &Value) -> String {
    body["student"]["admission_number"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn answer(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let mood = *locked(&desk.mood);
    let call = Call {
        idempotency_key: text("idempotency-key"),
        authorization: text("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        taken: matches!(mood, Mood::Takes | Mood::HasIt),
    };
    let id = format!("portal-{}", call.idempotency_key);
    locked(&desk.calls).push(call);
    let json = |status: StatusCode, body: Value| {
        (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response()
    };
    match mood {
        Mood::Takes => json(
            StatusCode::OK,
            json!({"success": true, "id": id, "message": "recorded"}),
        ),
        Mood::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Refuses => json(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({"success": false, "error": "no such unit"}),
        ),
        Mood::Hangs => pending().await,
        Mood::ShowsAPage => (
            [(header::CONTENT_TYPE, "text/html")],
            "<h1>Sign in to the network</h1>",
        )
            .into_response(),
        Mood::SaysNo => json(
            StatusCode::OK,
            json!({"success": false, "error": "semester is closed"}),
        ),
        Mood::HasIt => json(
            StatusCode::CONFLICT,
            json!({"success": false, "error": "already there"}),
        ),
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().expect("nobody panics with the lock in hand")
}
