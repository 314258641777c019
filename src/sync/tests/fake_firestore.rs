//! As much of Firestore as the kiosk uses, with the answers that the emulator was seen to give.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uuid::Uuid;

use super::contract::{Mood, OtherSide};
use super::reports::nairobi;
use super::stub::{Reply, Request, Stub};
use crate::sync::Remote;
use crate::sync::firestore::{CredentialSources, Firestore, FirestoreSettings};

pub(super) struct FakeFirestore {
    pub(super) stub: Stub,
    state: Arc<Mutex<State>>,
}

struct State {
    mood: Mood,
    documents: BTreeMap<String, Value>,
}

/// Settings for an emulator at `host:port`.
pub(super) fn emulated(host: &str, project: &str) -> FirestoreSettings {
    FirestoreSettings {
        project_id: project.to_owned(),
        database: "(default)".to_owned(),
        credentials: CredentialSources::default(),
        emulator: Some(host.to_owned()),
        max_records_per_second: 0,
        zone: nairobi(),
    }
}

impl FakeFirestore {
    pub(super) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            documents: BTreeMap::new(),
        }));
        let answers = Arc::clone(&state);
        let stub = Stub::start(move |request| answers.lock().unwrap().answer(request)).await;
        Self { stub, state }
    }

    /// Writes a claim as another program would.
    pub(super) fn put(&self, name: &str, fields: &Value) {
        let documents = &mut self.state.lock().unwrap().documents;
        documents.insert(name.to_owned(), stored(name, fields));
    }
}

/// A document as it is read back. No test here writes to one between a read and a change.
fn stored(name: &str, fields: &Value) -> Value {
    let at = "2026-11-22T06:30:01Z";
    json!({"name": name, "fields": fields, "createTime": at, "updateTime": at})
}

fn error(code: u16, status: &str) -> Reply {
    Reply::json(
        code,
        &json!({"error": {"code": code, "message": "-", "status": status}}),
    )
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        assert_eq!(request.method, "POST");
        match self.mood {
            Mood::Well => self.take(request),
            Mood::Mumbling => {
                self.take(request);
                Reply::HangUp
            }
            Mood::Down => Reply::HangUp,
            Mood::Nonsense => Reply::text(200, "<h1>Sign in to the network</h1>"),
            Mood::Busy => error(429, "RESOURCE_EXHAUSTED").with_header("Retry-After", "7"),
            Mood::Failing => error(503, "UNAVAILABLE"),
            Mood::Unauthorised => error(401, "UNAUTHENTICATED"),
            Mood::Forbidding => error(403, "PERMISSION_DENIED"),
        }
    }

    fn take(&mut self, request: &Request) -> Reply {
        let body = request.json();
        if request.path.ends_with("/documents:batchGet") {
            return self.batch_get(&body);
        }
        assert!(request.path.ends_with("/documents:commit"));
        self.commit(body["writes"].as_array().unwrap())
    }

    fn commit(&mut self, writes: &[Value]) -> Reply {
        let name = |write: &Value| write["update"]["name"].as_str().unwrap().to_owned();
        let claims = writes
            .iter()
            .filter(|write| write["currentDocument"]["exists"] == json!(false));
        let mut names: Vec<String> = claims.map(name).collect();
        if names.iter().any(|name| name.contains("BAD")) {
            return error(400, "INVALID_ARGUMENT");
        }
        if names.iter().any(|name| self.documents.contains_key(name)) {
            return error(409, "ALREADY_EXISTS");
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < all {
            return error(400, "INVALID_ARGUMENT");
        }
        for write in writes {
            let name = name(write);
            let mut fields = write["update"]["fields"].clone();
            if write["updateMask"].is_object()
                && let Some(standing) = self.documents.get(&name)
            {
                let mut merged = standing["fields"].clone();
                let masked = fields.as_object().unwrap().clone();
                merged.as_object_mut().unwrap().extend(masked);
                fields = merged;
            }
            self.documents.insert(name.clone(), stored(&name, &fields));
        }
        let results = vec![json!({}); writes.len()];
        Reply::json(
            200,
            &json!({"writeResults": results, "commitTime": "2026-11-22T06:30:01Z"}),
        )
    }

    fn batch_get(&self, body: &Value) -> Reply {
        let names = body["documents"].as_array().unwrap();
        let line = |name: &Value| match self.documents.get(name.as_str().unwrap()) {
            Some(document) => json!({"found": document, "readTime": "2026-11-22T06:30:02Z"}),
            None => json!({"missing": name, "readTime": "2026-11-22T06:30:02Z"}),
        };
        Reply::json(200, &names.iter().map(line).collect())
    }
}

impl OtherSide for FakeFirestore {
    fn remote(&self) -> Arc<dyn Remote> {
        let settings = emulated(&self.stub.address.to_string(), "school");
        Arc::new(Firestore::new(settings).unwrap())
    }

    fn feel(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    fn taken(&self) -> Vec<Uuid> {
        let state = self.state.lock().unwrap();
        let counts = |document: &Value| document["fields"]["counts"]["booleanValue"] == json!(true);
        let entries = state.documents.iter();
        entries
            .filter(|(_, document)| counts(document))
            .filter_map(|(name, _)| name.split_once("/attendance_records/"))
            .map(|(_, id)| Uuid::parse_str(id).unwrap())
            .collect()
    }

    fn calls(&self) -> usize {
        self.stub.requests().len()
    }
}
