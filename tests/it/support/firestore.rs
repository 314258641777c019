//! Google's Firestore emulator, which `scripts/test` starts.

use serde_json::Value;

use super::tools::skip;

/// One project of the emulator. Each test has its own, since queries slow down with everything that a
/// project ever held.
pub struct Firestore {
    pub address: String,
    pub project: String,
    http: reqwest::Client,
}

impl Firestore {
    /// A new project; `None` without an emulator: the test is then skipped.
    pub fn new_project() -> Option<Self> {
        let Ok(address) = std::env::var("KIOSK_TEST_FIRESTORE") else {
            skip("KIOSK_TEST_FIRESTORE names no emulator; scripts/test starts one");
            return None;
        };
        Some(Self {
            address,
            project: format!("demo-{}", kiosk::random::uuid().simple()),
            http: super::http_client(),
        })
    }

    /// All documents of a collection, such as `attendance_records` or `sessions/{id}/students`.
    pub async fn documents(&self, collection: &str) -> Vec<Value> {
        let mut documents = Vec::new();
        let mut page = String::new();
        loop {
            let url = format!("{}/{collection}", self.root());
            let query = [("pageSize", "300"), ("pageToken", &page)];
            let answer: Value = self.ask(self.http.get(url).query(&query)).await;
            documents.extend(answer["documents"].as_array().cloned().unwrap_or_default());
            match answer["nextPageToken"].as_str() {
                Some(next) if !next.is_empty() => next.clone_into(&mut page),
                _ => return documents,
            }
        }
    }

    /// The documents of a collection with this text in a field.
    pub async fn with_text(&self, collection: &str, field: &str, text: &str) -> Vec<Value> {
        let query = serde_json::json!({"structuredQuery": {
            "from": [{"collectionId": collection}],
            "where": {"fieldFilter": {"field": {"fieldPath": field}, "op": "EQUAL", "value": {"stringValue": text}}}
        }});
        let url = format!("{}:runQuery", self.root());
        let answer = self.ask(self.http.post(url).json(&query)).await;
        let rows = answer.as_array().cloned().unwrap_or_default();
        let documents = rows.into_iter().map(|mut row| row["document"].take());
        documents.filter(|document| !document.is_null()).collect()
    }

    /// The values of one text field of all documents of a collection, sorted.
    pub async fn texts(&self, collection: &str, field: &str) -> Vec<String> {
        let documents = self.documents(collection).await;
        let text = |document: &Value| {
            document["fields"][field]["stringValue"]
                .as_str()
                .map(str::to_owned)
        };
        let mut texts: Vec<String> = documents.iter().filter_map(text).collect();
        texts.sort();
        texts
    }

    /// Writes a document with one text field, as another program would.
    pub async fn put(&self, path: &str, field: &str, text: &str) {
        let body = serde_json::json!({"fields": {field: {"stringValue": text}}});
        self.ask(
            self.http
                .patch(format!("{}/{path}", self.root()))
                .json(&body),
        )
        .await;
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request
            .bearer_auth("owner")
            .send()
            .await
            .expect("the emulator answers");
        let status = answer.status();
        let body = answer.json().await.expect("the emulator speaks JSON");
        assert!(status.is_success(), "the emulator says {status}: {body}");
        body
    }

    fn root(&self) -> String {
        format!(
            "http://{}/v1/projects/{}/databases/(default)/documents",
            self.address, self.project
        )
    }
}
