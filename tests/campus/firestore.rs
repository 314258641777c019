//! A Firestore within the process: documents, preconditions, transforms and the queries that kiosks make.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use kiosk::domain::Timestamp;
use kiosk::random;
use kiosk::sync::{Answering, RemoteError, Whole};
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::trace::Trace;

/// The time on the way, there and back together.
const WAY: std::ops::Range<u32> = 40..200;
/// How many of a thousand answers are lost after they took effect.
const LOST: u32 = 10;
/// How long a client waits for a connection before it gives up.
const NO_CONNECTION: Duration = Duration::from_secs(5);

/// The server.
pub struct Server {
    pub trace: Trace,
    began: Instant,
    start: Timestamp,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<String, Document>,
    /// Microseconds since the start: no two commits have one moment.
    last: u128,
    lost: usize,
}

struct Document {
    fields: Map<String, Value>,
    created: String,
    updated: String,
}

/// Which precondition of a commit does not hold.
struct Refusal(StatusCode, &'static str);

impl Server {
    pub fn open(start: Timestamp) -> Self {
        Self {
            trace: Trace::begin(),
            began: Instant::now(),
            start,
            state: Mutex::default(),
        }
    }

    /// The fields of the documents whose name has `part` in it.
    pub fn documents(&self, part: &str) -> Vec<Map<String, Value>> {
        let state = self.state();
        let found = state
            .documents
            .iter()
            .filter(|(name, _)| name.contains(part));
        found.map(|(_, document)| document.fields.clone()).collect()
    }

    /// How long the day has lasted.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn lost(&self) -> usize {
        self.state().lost
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let mut state = self.state();
        let now = self.began.elapsed().as_micros().max(state.last + 1);
        let (name, method) = path.rsplit_once(':').expect("a method");
        let read_time = self.text(now);
        match method {
            "commit" => {
                state.last = now;
                let writes = body["writes"].as_array().expect("writes");
                if let Some(Refusal(status, text)) =
                    writes.iter().find_map(|write| state.refusal(write))
                {
                    let error = json!({"code": status.as_u16(), "message": "-", "status": text});
                    return (status, json!({ "error": error }));
                }
                for write in writes {
                    state.write(write, &read_time);
                }
                let answer = json!({"writeResults": [], "commitTime": read_time});
                (StatusCode::OK, answer)
            }
            "batchGet" => {
                let names = body["documents"].as_array().expect("names");
                let line = |name: &Value| match state.found(name.as_str().expect("a name")) {
                    Some(found) => json!({"found": found, "readTime": read_time}),
                    None => json!({"missing": name, "readTime": read_time}),
                };
                (StatusCode::OK, names.iter().map(line).collect())
            }
            "runQuery" => {
                let parent = name.trim_start_matches("/v1/");
                let found = state.query(parent, &body["structuredQuery"]);
                let mut lines: Vec<Value> = found
                    .into_iter()
                    .map(|document| json!({"document": document, "readTime": read_time}))
                    .collect();
                if lines.is_empty() {
                    lines.push(json!({"readTime": read_time}));
                }
                (StatusCode::OK, Value::Array(lines))
            }
            _ => panic!("no kiosk calls {path}"),
        }
    }

    fn text(&self, micros: u128) -> String {
        let whole = self.start + Duration::from_micros(u64::try_from(micros).expect("a day"));
        let millis = whole.to_string();
        let millis = millis.trim_end_matches('Z');
        format!("{millis}{:03}Z", micros % 1000)
    }
}

impl State {
    fn found(&self, name: &str) -> Option<Value> {
        self.documents.get(name).map(|document| {
            json!({
                "name": name, "fields": document.fields,
                "createTime": document.created, "updateTime": document.updated,
            })
        })
    }

    fn refusal(&self, write: &Value) -> Option<Refusal> {
        let standing = self.documents.get(name(write));
        let condition = &write["currentDocument"];
        if let Some(exists) = condition["exists"].as_bool()
            && exists != standing.is_some()
        {
            return Some(if exists {
                Refusal(StatusCode::NOT_FOUND, "NOT_FOUND")
            } else {
                Refusal(StatusCode::CONFLICT, "ALREADY_EXISTS")
            });
        }
        let updated = condition["updateTime"].as_str()?;
        match standing {
            None => Some(Refusal(StatusCode::NOT_FOUND, "NOT_FOUND")),
            Some(standing) if standing.updated != updated => {
                Some(Refusal(StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"))
            }
            Some(_) => None,
        }
    }

    fn write(&mut self, write: &Value, now: &str) {
        let name = name(write);
        let Some(fields) = write["update"]["fields"].as_object() else {
            self.documents.remove(name);
            return;
        };
        let document = self
            .documents
            .entry(name.to_owned())
            .or_insert_with(|| Document {
                fields: Map::new(),
                created: now.to_owned(),
                updated: String::new(),
            });
        now.clone_into(&mut document.updated);
        match write["updateMask"]["fieldPaths"].as_array() {
            Some(mask) => {
                for path in mask.iter().filter_map(Value::as_str) {
                    match fields.get(path) {
                        Some(value) => document.fields.insert(path.to_owned(), value.clone()),
                        None => document.fields.remove(path),
                    };
                }
            }
            None => document.fields.clone_from(fields),
        }
        for transform in write["updateTransforms"].as_array().into_iter().flatten() {
            let path = transform["fieldPath"].as_str().expect("a path").to_owned();
            let list = |document: &Document| {
                let values = &document.fields.get(&path)?["arrayValue"]["values"];
                values.as_array().cloned()
            };
            let value = if transform["setToServerValue"] == "REQUEST_TIME" {
                json!({ "timestampValue": now })
            } else if let Some(new) = transform["appendMissingElements"]["values"].as_array() {
                let mut values = list(document).unwrap_or_default();
                for value in new {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
                json!({ "arrayValue": { "values": values } })
            } else {
                let gone = transform["removeAllFromArray"]["values"].as_array();
                let gone = gone.expect("a known transform");
                let mut values = list(document).unwrap_or_default();
                values.retain(|value| !gone.contains(value));
                json!({ "arrayValue": { "values": values } })
            };
            document.fields.insert(path, value);
        }
    }

    /// Filters by one field, orders by `synced_at` or by name, pages.
    fn query(&self, parent: &str, query: &Value) -> Vec<Value> {
        let collection = query["from"][0]["collectionId"].as_str().expect("one");
        let prefix = format!("{parent}/{collection}/");
        let filter = &query["where"]["fieldFilter"];
        let field = filter["field"]["fieldPath"].as_str().unwrap_or_default();
        let orders_by_time = query["orderBy"][0]["field"]["fieldPath"] == "synced_at";
        let moment = |fields: &Map<String, Value>| {
            let value = fields.get("synced_at")?["timestampValue"].as_str();
            value.map(str::to_owned)
        };
        let holds = |document: &Document| match filter["op"].as_str() {
            None => true,
            Some("EQUAL") => document.fields.get(field) == Some(&filter["value"]),
            Some("GREATER_THAN_OR_EQUAL") => {
                let least = filter["value"]["timestampValue"].as_str().expect("a time");
                moment(&document.fields).is_some_and(|at| micros(&at) >= micros(least))
            }
            Some(other) => panic!("no kiosk filters by {other}"),
        };
        let mut found: Vec<(String, &str)> = self
            .documents
            .iter()
            .filter(|(name, _)| {
                let rest = name.strip_prefix(&prefix);
                rest.is_some_and(|id| !id.contains('/'))
            })
            .filter(|(_, document)| holds(document))
            .filter(|(_, document)| !orders_by_time || moment(&document.fields).is_some())
            .map(|(name, document)| {
                let at = moment(&document.fields).filter(|_| orders_by_time);
                (at.unwrap_or_default(), name.as_str())
            })
            .collect();
        found.sort_unstable();
        if let Some(start) = query["startAt"]["values"].as_array() {
            let at = start[0]["timestampValue"].as_str().expect("a time");
            let name = start[1]["referenceValue"].as_str().expect("a name");
            found.retain(|place| (place.0.as_str(), place.1) > (at, name));
        }
        let limit = query["limit"].as_u64().expect("a limit");
        let limit = usize::try_from(limit).expect("a small number");
        let found = found.into_iter().take(limit);
        found.filter_map(|(_, name)| self.found(name)).collect()
    }
}

fn name(write: &Value) -> &str {
    let name = write["update"]["name"].as_str();
    name.or(write["delete"].as_str()).expect("a name")
}

/// As text that compares like the moment: kiosks write milliseconds, the server microseconds.
fn micros(text: &str) -> String {
    let (seconds, fraction) = text
        .trim_end_matches('Z')
        .split_once('.')
        .unwrap_or((text, ""));
    format!("{seconds}.{fraction:0<6}")
}

/// One kiosk's way to the server, which is cut at times.
pub struct Line {
    pub kiosk: String,
    pub server: Arc<Server>,
    /// From when until when it is cut, since the start.
    pub cuts: Vec<(Duration, Duration)>,
}

impl Line {
    fn is_cut(&self) -> bool {
        let now = self.server.began.elapsed();
        self.cuts
            .iter()
            .any(|(from, until)| (*from..*until).contains(&now))
    }

    async fn travel(&self) -> Result<(), RemoteError> {
        let half = WAY.start / 2 + random::number() % ((WAY.end - WAY.start) / 2);
        tokio::time::sleep(Duration::from_millis(half.into())).await;
        if self.is_cut() {
            tokio::time::sleep(NO_CONNECTION).await;
            return Err(broken("no connection: is the network up?"));
        }
        Ok(())
    }
}

fn broken(error: &str) -> RemoteError {
    RemoteError::Unreachable {
        error: error.to_owned(),
        retry_after: None,
    }
}

impl Answering for Line {
    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Whole, RemoteError>> {
        async move {
            let path = request.url().path().to_owned();
            let body = request.body().and_then(|body| body.as_bytes());
            let body = body.unwrap_or_default().to_vec();
            let trace = &self.server.trace;
            trace.note(
                &self.kiosk,
                &format!("asks {path} {}", String::from_utf8_lossy(&body)),
            );
            self.travel().await?;
            let json = serde_json::from_slice(&body).expect("kiosks send JSON");
            let (status, answer) = self.server.serve(&path, &json);
            trace.note(&self.kiosk, &format!("is answered {status} {answer}"));
            let is_lost = random::number() % 1000 < LOST;
            self.travel().await?;
            if is_lost {
                self.server.state().lost += 1;
                return Err(broken("the connection broke"));
            }
            Ok(Whole {
                status,
                headers: HeaderMap::new(),
                body: answer.to_string().into_bytes(),
            })
        }
        .boxed()
    }
}
