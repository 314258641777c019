//! Firestore as the place where kiosks publish their sessions.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::domain::{PublishedSession, RosterEntry, SessionId};
use crate::services::Noticeboard;
use crate::sync::firestore::Firestore;

#[derive(Debug)]
struct AtFirestore(Arc<Firestore>);

/// Firestore, where it is configured, as the place where kiosks publish their sessions.
#[must_use]
pub fn noticeboard(firestore: Option<Arc<Firestore>>) -> Option<Arc<dyn Noticeboard>> {
    firestore.map(|remote| Arc::new(AtFirestore(remote)) as Arc<dyn Noticeboard>)
}

impl Noticeboard for AtFirestore {
    fn open_sessions(&self) -> BoxFuture<'_, Result<Vec<PublishedSession>, String>> {
        async move {
            self.0
                .open_sessions()
                .await
                .map_err(|trouble| trouble.to_string())
        }
        .boxed()
    }

    fn session(&self, id: SessionId) -> BoxFuture<'_, Result<Option<PublishedSession>, String>> {
        async move {
            self.0
                .published_session(id)
                .await
                .map_err(|trouble| trouble.to_string())
        }
        .boxed()
    }

    fn roster<'a>(
        &'a self,
        of: &'a PublishedSession,
    ) -> BoxFuture<'a, Result<Option<Vec<RosterEntry>>, String>> {
        async move {
            self.0
                .published_roster(of)
                .await
                .map_err(|trouble| trouble.to_string())
        }
        .boxed()
    }
}
