//! Firestore as the place where kiosks publish their sessions.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, TryFutureExt as _};

use crate::domain::{PublishedSession, RosterEntry, SessionId};
use crate::services::Noticeboard;
use crate::sync::RemoteError;
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
        in_words(self.0.open_sessions())
    }

    fn session(&self, id: SessionId) -> BoxFuture<'_, Result<Option<PublishedSession>, String>> {
        in_words(self.0.published_session(id))
    }

    fn roster<'a>(
        &'a self,
        of: &'a PublishedSession,
    ) -> BoxFuture<'a, Result<Option<Vec<RosterEntry>>, String>> {
        in_words(self.0.published_roster(of))
    }
}

fn in_words<'a, T>(
    answer: impl Future<Output = Result<T, RemoteError>> + Send + 'a,
) -> BoxFuture<'a, Result<T, String>> {
    answer
        .map_err(|remote_error| remote_error.to_string())
        .boxed()
}
