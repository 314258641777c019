//! Everything of an extent, page by page.

use super::calls::Query;
use super::{BackupError, Extent, Inventory, ReadError};
use crate::sync::firestore::database::Firestore;
use crate::sync::firestore::documents::StoredDocument;
use crate::sync::firestore::ids;
use crate::sync::remote::RemoteError;

const RECORDS: &str = "attendance_records";

/// A reading, and the function that gets each document.
struct Reading<'a, Take> {
    remote: &'a Firestore,
    take: Take,
}

impl Firestore {
    /// The name under which all documents are, `projects/{project}/databases/{database}/documents`.
    ///
    /// # Errors
    /// [`RemoteError`] when the credentials cannot be used.
    pub async fn root(&self) -> Result<String, RemoteError> {
        Ok(self.account().await?.root.as_str().to_owned())
    }

    /// Reads every document of an extent and gives it to `take`; changes nothing.
    ///
    /// # Errors
    /// [`ReadError`] when Firestore cannot be read to the end, or `take` fails.
    pub async fn read_documents(
        &self,
        extent: &Extent,
        take: impl FnMut(&StoredDocument) -> Result<(), BackupError>,
    ) -> Result<Inventory, ReadError> {
        let mut reading = Reading { remote: self, take };
        match extent {
            Extent::SessionId(id) => reading.session(id).await,
            Extent::All => reading.everything().await,
        }
    }
}

impl<Take: FnMut(&StoredDocument) -> Result<(), BackupError>> Reading<'_, Take> {
    async fn session(&mut self, session_id: &str) -> Result<Inventory, ReadError> {
        let id = ids::encode(session_id)
            .map_err(|error| RemoteError::unauthorized(error.to_string()))?;
        let name = format!("{}/sessions/{id}", self.remote.root().await?);
        let document = self
            .remote
            .persist(async |account| account.document(&name).await)
            .await?;
        if let Some(document) = &document {
            (self.take)(document)?;
        }
        Ok(Inventory {
            sessions: u64::from(document.is_some()),
            students: self.pages("students", Some(&id), None).await?,
            roster_pages: self.pages("roster", Some(&id), None).await?,
            attendance_records: self.pages(RECORDS, None, Some(session_id)).await?,
        })
    }

    async fn everything(&mut self) -> Result<Inventory, ReadError> {
        let mut found = Inventory::default();
        let mut page_token = String::new();
        loop {
            let mut page = self
                .remote
                .persist(async |account| account.sessions(&page_token).await)
                .await?;
            page_token = std::mem::take(&mut page.next_page_token);
            for (id, document) in page.sessions() {
                if let Some(document) = document {
                    (self.take)(&document)?;
                    found.sessions += 1;
                }
                found.students += self.pages("students", Some(&id), None).await?;
                found.roster_pages += self.pages("roster", Some(&id), None).await?;
            }
            if page_token.is_empty() {
                break;
            }
        }
        found.attendance_records = self.pages(RECORDS, None, None).await?;
        Ok(found)
    }

    async fn pages(
        &mut self,
        collection: &'static str,
        parent: Option<&str>,
        session_id: Option<&str>,
    ) -> Result<u64, ReadError> {
        let mut count = 0;
        let mut last: Option<String> = None;
        loop {
            let query = Query {
                collection,
                parent,
                session_id,
                after: last.as_deref(),
            };
            let page = self
                .remote
                .persist(async |account| account.query(&query).await)
                .await?;
            // Only an empty page is surely the last: a short one may have been cut.
            let Some(end) = page.last() else {
                return Ok(count);
            };
            for document in &page {
                (self.take)(document)?;
                count += 1;
            }
            last = Some(end.name.clone());
        }
    }
}
