//! The two calls of delivery, `commit` and `batchGet`, and how any other is made.

use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{Request, Url};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::documents::StoredDocument;
use super::errors::{self, Failure};
use crate::sync::http;
use crate::sync::remote::RemoteError;

/// Long enough for a commit of 200 writes over a bad line, short enough to notice a dead one.
pub(super) const TOTAL: Duration = Duration::from_secs(20);
/// Many times the answer to a commit or a look-up of 100 records, which is about 40 kB.
const ANSWER_LIMIT: usize = 4 << 20;

/// The answer to a commit.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Committed {
    /// When it was committed.
    pub(super) commit_time: String,
}

/// A page of what a query finds.
pub(super) struct Found {
    pub(super) documents: Vec<StoredDocument>,
    /// When Firestore looked, by its own clock.
    pub(super) read_time: Option<String>,
}

impl Account {
    /// Writes all or nothing.
    pub(super) async fn commit(
        &self,
        writes: &[impl Serialize + Sync],
    ) -> Result<Committed, Failure> {
        #[derive(Serialize)]
        struct Body<'a, Write> {
            writes: &'a [Write],
        }
        self.post("commit", &Body { writes }).await
    }

    /// Reads the documents of the given names; absent ones are left out.
    pub(super) async fn documents(&self, names: &[&str]) -> Result<Vec<StoredDocument>, Failure> {
        self.documents_within(ANSWER_LIMIT, names).await
    }

    /// As [`Account::documents`], of an answer of at most `limit` bytes.
    pub(super) async fn documents_within(
        &self,
        limit: usize,
        names: &[&str],
    ) -> Result<Vec<StoredDocument>, Failure> {
        #[derive(Deserialize)]
        struct Line {
            found: Option<StoredDocument>,
        }
        let request = http::post(self.url(&[], ":batchGet")?, &json!({ "documents": names }))?;
        let lines: Vec<Line> = self.call(request, limit).await?;
        Ok(lines.into_iter().filter_map(|line| line.found).collect())
    }

    /// Runs a structured query on the collections below a document, or below the root.
    pub(super) async fn query_below(
        &self,
        parent: &[&str],
        query: Value,
        limit: usize,
    ) -> Result<Found, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Line {
            document: Option<StoredDocument>,
            read_time: Option<String>,
            error: Option<IgnoredAny>,
        }
        let body = json!({ "structuredQuery": query });
        let request = http::post(self.url(parent, ":runQuery")?, &body)?;
        let lines: Vec<Line> = self.call(request, limit).await?;
        // The status had been sent when it went wrong; what came is not the whole page.
        if lines.iter().any(|line| line.error.is_some()) {
            return Err(RemoteError::unreachable("Firestore broke its answer off").into());
        }
        Ok(Found {
            read_time: lines.iter().rev().find_map(|line| line.read_time.clone()),
            documents: lines.into_iter().filter_map(|line| line.document).collect(),
        })
    }

    /// Calls one of the methods of the database.
    pub(super) async fn post<Answer: DeserializeOwned>(
        &self,
        method: &str,
        body: &impl Serialize,
    ) -> Result<Answer, Failure> {
        let request = http::post(self.url(&[], &format!(":{method}"))?, body)?;
        self.call(request, ANSWER_LIMIT).await
    }

    /// The address of what `segments` name below the root, which need no escaping, and of a method
    /// of it such as `:runQuery`.
    pub(super) fn url(&self, segments: &[&str], method: &str) -> Result<Url, RemoteError> {
        let wrong =
            || RemoteError::unauthorized("the address of Firestore is none: check the settings");
        let root = format!("{}/v1/{}", self.base, self.root.as_str());
        let mut url = Url::parse(&root).map_err(|_| wrong())?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .extend(segments);
        let path = format!("{}{method}", url.path());
        url.set_path(&path);
        Ok(url)
    }

    /// Makes a call, of whose answer at most `limit` bytes are read.
    pub(super) async fn call<Answer: DeserializeOwned>(
        &self,
        mut request: Request,
        limit: usize,
    ) -> Result<Answer, Failure> {
        let authorization = self.authorization().await?;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        let whole = self.transport.send(request, limit).await?;
        let status = whole.status;
        if !status.is_success() {
            let wait = http::retry_after(&whole.headers);
            return Err(errors::classify(status, wait, &whole.body));
        }
        serde_json::from_slice(&whole.body).map_err(|_| errors::nonsense(status))
    }
}
