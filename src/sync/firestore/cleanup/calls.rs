//! The calls that only the cleanup makes.

use reqwest::{Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sync::firestore::account::Account;
use crate::sync::firestore::documents::StoredDocument;
use crate::sync::firestore::errors::Failure;

/// Documents asked for at once. Of the kiosk's own, which are below 1 kB, that is 300 kB.
pub(super) const PAGE: usize = 300;
/// Other programs' documents may be larger, up to 1 MiB each (Firestore quotas).
const ANSWER_LIMIT: usize = 64 << 20;

/// A page of the ids below `sessions`, with those that have students but are no documents themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionsPage {
    documents: Vec<ListedSession>,
    /// Empty or absent on the last page.
    pub(super) next_page_token: String,
}

/// A missing session has its name only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedSession {
    name: String,
    #[serde(default)]
    fields: serde_json::Map<String, Value>,
    create_time: Option<String>,
    update_time: Option<String>,
}

impl SessionsPage {
    /// Each session's id as it is written in names, and its document where it has one.
    pub(super) fn sessions(self) -> impl Iterator<Item = (String, Option<StoredDocument>)> {
        self.documents.into_iter().map(|listed| {
            let id = listed
                .name
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            let document = match (listed.create_time, listed.update_time) {
                (Some(create_time), Some(update_time)) => Some(StoredDocument {
                    name: listed.name,
                    fields: listed.fields,
                    create_time,
                    update_time,
                }),
                _ => None,
            };
            (id, document)
        })
    }
}

/// Which documents of a collection, page by page in the order of their names.
pub(super) struct Query<'a> {
    pub(super) collection: &'static str,
    /// The id of the session whose subcollection it is.
    pub(super) parent: Option<&'a str>,
    /// Only those whose field `session_id` says this.
    pub(super) session_id: Option<&'a str>,
    /// The name of the last one of the page before.
    pub(super) after: Option<&'a str>,
}

impl Query<'_> {
    /// Pages of a roster are much larger than the kiosk's other documents.
    fn page(&self) -> usize {
        if self.collection == "roster" {
            20
        } else {
            PAGE
        }
    }
}

/// The deletion of one version of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deletion {
    #[serde(rename = "delete")]
    pub(super) name: String,
    pub(super) current_document: Version,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub(super) update_time: String,
}

impl Account {
    pub(super) async fn sessions(&self, page_token: &str) -> Result<SessionsPage, Failure> {
        let mut url = self.url(&["sessions"], "")?;
        url.query_pairs_mut()
            .append_pair("showMissing", "true")
            .append_pair("pageSize", &PAGE.to_string())
            .append_pair("pageToken", page_token);
        self.call(Request::new(Method::GET, url), ANSWER_LIMIT)
            .await
    }

    pub(super) async fn query(&self, query: &Query<'_>) -> Result<Vec<StoredDocument>, Failure> {
        let mut body = json!({
            "from": [{"collectionId": query.collection}],
            "orderBy": [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}],
            "limit": query.page(),
        });
        if let Some(id) = query.session_id {
            body["where"] = json!({"fieldFilter": {
                "field": {"fieldPath": "session_id"}, "op": "EQUAL", "value": {"stringValue": id},
            }});
        }
        if let Some(name) = query.after {
            body["startAt"] = json!({"values": [{"referenceValue": name}], "before": false});
        }
        let parent: &[&str] = match query.parent {
            Some(id) => &["sessions", id],
            None => &[],
        };
        let found = self.query_below(parent, body, ANSWER_LIMIT).await?;
        Ok(found.documents)
    }

    /// One document, where it exists.
    pub(super) async fn document(&self, name: &str) -> Result<Option<StoredDocument>, Failure> {
        let found = self.documents_within(ANSWER_LIMIT, &[name]).await?;
        Ok(found.into_iter().next())
    }

    /// Which versions of the documents exist; absent ones are left out.
    pub(super) async fn versions(
        &self,
        deletions: &[Deletion],
    ) -> Result<Vec<(String, Version)>, Failure> {
        #[derive(Deserialize)]
        struct Line {
            found: Option<Found>,
        }
        #[derive(Deserialize)]
        struct Found {
            name: String,
            #[serde(flatten)]
            version: Version,
        }
        let names: Vec<&str> = deletions.iter().map(|one| one.name.as_str()).collect();
        let body = json!({ "documents": names, "mask": {"fieldPaths": ["__name__"]} });
        let lines: Vec<Line> = self.post("batchGet", &body).await?;
        let found = lines.into_iter().filter_map(|line| line.found);
        Ok(found.map(|found| (found.name, found.version)).collect())
    }
}
