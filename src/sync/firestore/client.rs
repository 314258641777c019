//! The two calls of delivery, `commit` and `batchGet`, and how any other is made.

use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder, Url};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cleanup::StoredDocument;
use super::documents::Root;
use super::errors::{self, Failure};
use crate::sync::http;
use crate::sync::remote::Trouble;

/// Long enough for a commit of 200 writes over a bad line, short enough to notice a dead one.
pub(super) const TOTAL: Duration = Duration::from_secs(20);
/// Many times the answer to a commit or a look-up of 100 records, which is about 40 kB.
const ANSWER_LIMIT: usize = 4 << 20;

/// The calls, on one database.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    /// `https://firestore.googleapis.com`, or `http://host:port` of an emulator.
    base: String,
    pub(super) root: Root,
}

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

impl Client {
    pub(super) fn new(http: reqwest::Client, base: String, root: Root) -> Self {
        Self { http, base, root }
    }

    /// Writes all or nothing.
    pub(super) async fn commit(
        &self,
        token: &HeaderValue,
        writes: &[impl Serialize + Sync],
    ) -> Result<Committed, Failure> {
        #[derive(Serialize)]
        struct Body<'a, Write> {
            writes: &'a [Write],
        }
        self.post(token, "commit", &Body { writes }).await
    }

    /// Reads the documents of the given names; absent ones are left out.
    pub(super) async fn documents(
        &self,
        token: &HeaderValue,
        names: &[&str],
    ) -> Result<Vec<StoredDocument>, Failure> {
        #[derive(Deserialize)]
        struct Line {
            found: Option<StoredDocument>,
        }
        let body = json!({ "documents": names });
        let lines: Vec<Line> = self.post(token, "batchGet", &body).await?;
        Ok(lines.into_iter().filter_map(|line| line.found).collect())
    }

    /// Runs a structured query on the collections below a document, or below the root.
    pub(super) async fn query_below(
        &self,
        token: &HeaderValue,
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
        let call = self.request(Method::POST, self.url(parent, ":runQuery")?);
        let call = call.json(&json!({ "structuredQuery": query }));
        let lines: Vec<Line> = self.call(token, call, limit).await?;
        // The status had been sent when it went wrong; what came is not the whole page.
        if lines.iter().any(|line| line.error.is_some()) {
            return Err(Trouble::unreachable("Firestore broke its answer off").into());
        }
        Ok(Found {
            read_time: lines.iter().rev().find_map(|line| line.read_time.clone()),
            documents: lines.into_iter().filter_map(|line| line.document).collect(),
        })
    }

    /// Calls one of the methods of the database.
    pub(super) async fn post<Answer: DeserializeOwned>(
        &self,
        token: &HeaderValue,
        method: &str,
        body: &impl Serialize,
    ) -> Result<Answer, Failure> {
        let url = format!("{}/v1/{}:{method}", self.base, self.root.as_str());
        let call = self.http.post(url).json(body);
        self.call(token, call, ANSWER_LIMIT).await
    }

    /// A call of any other kind, at an address that [`Client::url`] made.
    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// The address of what `segments` name below the root, which need no escaping, and of a method
    /// of it such as `:runQuery`.
    pub(super) fn url(&self, segments: &[&str], method: &str) -> Result<Url, Trouble> {
        let wrong = || Trouble::barred("the address of Firestore is none: check the settings");
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
        token: &HeaderValue,
        call: RequestBuilder,
        limit: usize,
    ) -> Result<Answer, Failure> {
        let call = call.header(reqwest::header::AUTHORIZATION, token);
        let response = call.send().await.map_err(broken)?;
        let status = response.status();
        let wait = http::retry_after(response.headers());
        let answer = http::body(response, limit).await.map_err(broken)?;
        if !status.is_success() {
            return Err(errors::classify(status, wait, &answer));
        }
        serde_json::from_slice(&answer).map_err(|_| errors::nonsense(status))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
fn broken(error: reqwest::Error) -> Failure {
    Trouble::unreachable(http::explain(&error)).into()
}
