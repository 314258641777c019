//! Firestore as the place where kiosks publish their sessions.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::kiosk::Kiosk;
use crate::domain::{PublishedSession, RosterEntry, SessionId};
use crate::services::{Neighbours, Noticeboard};
use crate::sync::firestore::Firestore;

#[derive(Debug)]
struct AtFirestore(Arc<Firestore>);

/// The other kiosks that a kiosk can hear of.
#[must_use]
pub fn neighbours(kiosk: &Kiosk, firestore: Option<Arc<Firestore>>) -> Neighbours {
    let noticeboard = firestore.map(|remote| Arc::new(AtFirestore(remote)) as Arc<dyn Noticeboard>);
    let (store, clock) = (kiosk.store.clone(), kiosk.clock.clone());
    Neighbours::new(store, clock, kiosk.keys.kiosk_id.clone(), noticeboard)
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
