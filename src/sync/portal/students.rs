//! The roster, sent to the portal in pages.

use super::answer;
use super::payload::{BulkSync, PortalStudent};
use super::remote::PortalRemote;
use crate::sync::http;
use crate::sync::remote::RemoteError;

/// Students in one call (interface of the portal).
const PAGE: usize = 500;

/// Why the roster was not sent whole. Sending it again does no harm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error} (page {page} of {pages}; before it the portal took {synced})")]
pub struct BulkFailure {
    /// How many students the portal had taken before.
    pub synced: u64,
    /// How many students the pages that it took had held.
    pub sent: usize,
    /// The page that was not taken, from 1.
    pub page: usize,
    /// Pages in all.
    pub pages: usize,
    /// Why, in words.
    pub error: String,
}

impl PortalRemote {
    /// Sends the students page by page, calling `progress` with how many have been sent so far,
    /// and answers with how many the portal says that it took.
    ///
    /// # Errors
    /// [`BulkFailure`] at the first page that is not taken.
    pub async fn sync_students(
        &self,
        students: &[PortalStudent],
        mut progress: impl FnMut(usize),
    ) -> Result<u64, BulkFailure> {
        let mut synced = 0;
        let mut sent = 0;
        let pages = students.chunks(PAGE);
        let last = pages.len();
        for (number, page) in (1..).zip(pages) {
            synced += self.sync_page(page).await.map_err(|error| BulkFailure {
                synced,
                sent,
                page: number,
                pages: last,
                error,
            })?;
            sent += page.len();
            progress(sent);
        }
        Ok(synced)
    }

    async fn sync_page(&self, page: &[PortalStudent]) -> Result<u64, String> {
        let say = |remote_error: RemoteError| remote_error.to_string();
        let body = BulkSync::new(page, self.body_key());
        let request = http::post(self.students_url.clone(), &body).map_err(say)?;
        let answer = self.send(request).await.map_err(say)?;
        let json = answer.json();
        if answer.accepts(json.as_ref()) {
            // A portal that does not count took the page.
            let count = json.and_then(|json| json["synced_count"].as_u64());
            return Ok(count.unwrap_or(page.len() as u64));
        }
        Err(match answer.remote_error(json.as_ref()) {
            Some(remote_error) => say(remote_error),
            None => json
                .and_then(|json| answer::reason(&json, &self.api_key))
                .unwrap_or_else(|| format!("the portal refused (HTTP {})", answer.status.as_u16())),
        })
    }
}
