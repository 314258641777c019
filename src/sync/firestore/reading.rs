//! A session's check-ins in Firestore, as every kiosk of the session reads them.
//!
//! In the order in which the server took them (`synced_at`), which a kiosk's wrong clock cannot upset.
//! That is the time of the request, and a document is visible only from the commit on: a reading that
//! continues after the last one seen must begin a little before it.

use serde_json::json;

use super::database::{Firestore, renewing};
use super::documents::StoredDocument;
use super::errors::Failure;
use super::values::{self, Fields};
use crate::domain::{AdmissionNumber, PersonName, SessionId, SharedCheckIn, Timestamp};
use crate::sync::remote::RemoteError;

/// Documents asked for at once, about 1 kB each.
const PAGE: usize = 500;
const ANSWER_LIMIT: usize = 16 << 20;

/// Where a reading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// With the first there is.
    TheBeginning,
    /// With those that the server took then, by its clock.
    Moment(Timestamp),
    /// After the last one of the page before. All records of one commit share their moment, so that
    /// alone would not do.
    PageEnd(PageEnd),
}

/// The end of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEnd {
    /// As the server wrote it, to the microsecond.
    synced_at: String,
    name: String,
}

/// A page of check-ins.
#[derive(Debug, Clone)]
pub struct SharedPage {
    /// The students, each with every record that is known there.
    pub check_ins: Vec<SharedCheckIn>,
    /// The latest moment on the page.
    pub read_until: Option<Timestamp>,
    /// When the server looked, by its clock.
    pub read_at: Option<Timestamp>,
    /// Where it goes on; `None` at the end.
    pub next: Option<PageEnd>,
}

impl Firestore {
    /// Reads a page of a session's check-ins.
    ///
    /// # Errors
    /// [`RemoteError`] when Firestore cannot be read.
    pub async fn read_shared(
        &self,
        session: SessionId,
        since: &Since,
    ) -> Result<SharedPage, RemoteError> {
        let answer = renewing!(self, self.try_reading(session, since));
        self.or_remote_error(answer).await
    }

    async fn try_reading(&self, session: SessionId, since: &Since) -> Result<SharedPage, Failure> {
        let account = self.account().await?;
        let mut query = json!({
            "from": [{"collectionId": "students"}],
            "orderBy": [
                {"field": {"fieldPath": "synced_at"}, "direction": "ASCENDING"},
                {"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"},
            ],
            "limit": PAGE,
        });
        match since {
            Since::TheBeginning => {}
            Since::Moment(at) => {
                query["where"] = json!({"fieldFilter": {
                    "field": {"fieldPath": "synced_at"}, "op": "GREATER_THAN_OR_EQUAL",
                    "value": values::moment(*at),
                }});
            }
            Since::PageEnd(page_end) => {
                let values = json!([{"timestampValue": page_end.synced_at}, {"referenceValue": page_end.name}]);
                query["startAt"] = json!({"values": values, "before": false});
            }
        }
        let session = session.to_string();
        let found = account
            .query_below(&["sessions", &session], query, ANSWER_LIMIT)
            .await?;
        let last = found.documents.last();
        Ok(SharedPage {
            read_until: last.and_then(|last| values::moment_of(&last.fields, "synced_at")),
            read_at: found.read_time.and_then(|at| Timestamp::parse(&at).ok()),
            next: last
                .filter(|_| found.documents.len() == PAGE)
                .and_then(page_end),
            check_ins: found.documents.iter().filter_map(check_in).collect(),
        })
    }
}

fn page_end(document: &StoredDocument) -> Option<PageEnd> {
    let synced_at = document.fields.get("synced_at")?["timestampValue"].as_str()?;
    Some(PageEnd {
        synced_at: synced_at.to_owned(),
        name: document.name.clone(),
    })
}

/// `None` for what another program wrote without saying when.
fn check_in(document: &StoredDocument) -> Option<SharedCheckIn> {
    let fields: &Fields = &document.fields;
    let mut records = vec![values::record_of(fields)?];
    records.extend(values::evidence_of(fields));
    Some(SharedCheckIn {
        admission_number: AdmissionNumber::parse(values::text_of(fields, "admission_number"))
            .ok()?,
        student_name: PersonName::parse(values::text_of(fields, "student_name")).ok(),
        records,
    })
}
