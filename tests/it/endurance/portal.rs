//! A portal for a term: one entry for each `Idempotency-Key`, as its interface demands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A record as the portal keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub session: String,
    pub number: String,
    pub percentage: f64,
    pub timestamp: String,
}

#[derive(Default)]
struct Shelf {
    entries: BTreeMap<String, Entry>,
    repeats: usize,
    /// Keys that came again with a different body.
    changed: Vec<String>,
}

pub struct Portal {
    /// `host:port`.
    pub address: String,
    shelf: Arc<Mutex<Shelf>>,
}

impl Portal {
    pub async fn open() -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = Router::new()
            .route("/api/attendance/record", post(take))
            .with_state(Arc::clone(&shelf));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shelf }
    }

    /// The entries of one session, by key.
    pub fn of(&self, session: &str) -> BTreeMap<String, Entry> {
        let kept = locked(&self.shelf);
        let of_session = kept.entries.iter();
        of_session
            .filter(|(_, entry)| entry.session == session)
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect()
    }

    pub fn len(&self) -> usize {
        locked(&self.shelf).entries.len()
    }

    /// How many repeats of records arrived.
    pub fn repeats(&self) -> usize {
        locked(&self.shelf).repeats
    }

    /// Keys that came with two different bodies.
    pub fn changed(&self) -> Vec<String> {
        locked(&self.shelf).changed.clone()
    }
}

async fn take(
    State(shelf): State<Arc<Mutex<Shelf>>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Json<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    let attendance = &body["attendance"];
    let entry = Entry {
        session: text(&attendance["session_id"]),
        number: text(&body["student"]["admission_number"]),
        percentage: attendance["attendance_percentage"]
            .as_f64()
            .unwrap_or(f64::NAN),
        timestamp: text(&attendance["timestamp"]),
    };
    let mut shelf = locked(&shelf);
    match shelf.entries.get(key).cloned() {
        None => {
            shelf.entries.insert(key.to_owned(), entry);
        }
        Some(before) => {
            shelf.repeats += 1;
            // Only the time may have been corrected in between.
            let timestamp = before.timestamp.clone();
            if before != (Entry { timestamp, ..entry }) {
                shelf.changed.push(key.to_owned());
            }
        }
    }
    Json(json!({"success": true, "id": key, "message": "recorded"}))
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().expect("nobody panics with the lock in hand")
}
