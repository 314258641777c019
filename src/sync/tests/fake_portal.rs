//! A portal as its interface describes it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::contract::{Mood, OtherSide};
use super::reports::nairobi;
use super::stub::{Reply, Request, Stub};
use crate::domain::Secret;
use crate::sync::Remote;
use crate::sync::portal::{PortalRemote, PortalSettings};

pub(super) struct FakePortal {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

struct State {
    mood: Mood,
    taken: Vec<Uuid>,
}

impl FakePortal {
    pub(super) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            taken: Vec::new(),
        }));
        let answers = Arc::clone(&state);
        let stub = Stub::start(move |request| answers.lock().unwrap().answer(request)).await;
        Self { stub, state }
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        assert_eq!(request.path, "/api/attendance/record");
        assert_eq!(request.headers["authorization"], "Bearer swordfish");
        match self.mood {
            Mood::Well => self.take(request),
            Mood::Mumbling => {
                self.take(request);
                Reply::HangUp
            }
            Mood::Down => Reply::HangUp,
            Mood::Nonsense => Reply::text(200, "<h1>Welcome</h1>"),
            Mood::Busy => Reply::text(429, "").with_header("Retry-After", "7"),
            Mood::Failing => Reply::text(503, ""),
            Mood::Unauthorised => Reply::json(401, &json!({"success": false, "error": "who?"})),
            Mood::Forbidding => Reply::json(403, &json!({"success": false, "error": "no"})),
        }
    }

    fn take(&mut self, request: &Request) -> Reply {
        assert_eq!(request.method, "POST");
        let body = request.json();
        let id = body["attendance"]["attendance_id"].as_str().unwrap();
        assert_eq!(request.headers["idempotency-key"], id);
        assert_eq!(request.headers["content-type"], "application/json");
        let number = body["student"]["admission_number"].as_str().unwrap();
        if number.contains("BAD") {
            return Reply::json(422, &json!({"success": false, "error": "bad number"}));
        }
        let id = Uuid::parse_str(id).unwrap();
        if !self.taken.contains(&id) {
            self.taken.push(id);
        }
        Reply::json(200, &json!({"success": true, "id": format!("P-{id}")}))
    }
}

impl OtherSide for FakePortal {
    fn remote(&self) -> Arc<dyn Remote> {
        let settings = PortalSettings {
            url: self.stub.url(),
            api_key: Secret::new("swordfish"),
            api_key_in_body: false,
            timeout: Duration::from_secs(10),
            zone: nairobi(),
        };
        Arc::new(PortalRemote::new(settings).unwrap())
    }

    fn feel(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    fn taken(&self) -> Vec<Uuid> {
        let mut taken = self.state.lock().unwrap().taken.clone();
        taken.sort_unstable();
        taken
    }

    fn calls(&self) -> usize {
        self.stub.requests().len()
    }
}
