//! Other kiosks: the sessions that they have published, and joining one.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::authorization::{Actor, Forbidden};
use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{
    JoinRefusal, PublishedSession, RosterEntry, Session, SessionId, SessionKey, SessionState,
};
use crate::store::{Joined, Store, StoreError};

/// Where kiosks publish their sessions. Failures come back as sentences.
pub trait Noticeboard: fmt::Debug + Send + Sync {
    /// The sessions that are published as open.
    fn open_sessions(&self) -> BoxFuture<'_, Result<Vec<PublishedSession>, String>>;

    /// One session; `None` where it is not published.
    fn session(&self, id: SessionId) -> BoxFuture<'_, Result<Option<PublishedSession>, String>>;

    /// The roster that was published with a session; `None` while it is being rewritten.
    fn roster<'a>(
        &'a self,
        of: &'a PublishedSession,
    ) -> BoxFuture<'a, Result<Option<Vec<RosterEntry>>, String>>;
}

/// Knows the sessions of other kiosks.
#[derive(Debug, Clone)]
pub struct OtherKiosks {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
    kiosk_id: String,
    noticeboard: Option<Arc<dyn Noticeboard>>,
}

/// A session of another kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSession {
    /// The lecture, with its number there.
    pub session: Session,
    /// The kiosk that opened it.
    pub kiosk_id: String,
    /// Whether this kiosk takes part already.
    pub is_joined: bool,
}

/// Why there is no list, or no taking part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherKioskError {
    /// Kiosks meet in Firestore, and this one does not report there.
    #[error(
        "kiosks find each other through Firestore, which is switched off: see [firestore] in kiosk.toml"
    )]
    Off,
    /// It cannot be asked.
    #[error("Firestore cannot be asked: {0}")]
    Unreachable(String),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] JoinRefusal),
    /// The unit is another lecturer's.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OtherKiosks {
    /// A kiosk that reaches no other.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>, kiosk_id: String) -> Self {
        Self {
            store,
            clock,
            policy,
            kiosk_id,
            noticeboard: None,
        }
    }

    /// The same where other kiosks are reached through `noticeboard`, if there is one.
    pub(super) fn over(self, noticeboard: Option<Arc<dyn Noticeboard>>) -> Self {
        Self {
            noticeboard,
            ..self
        }
    }

    /// The open sessions of other kiosks that the actor may manage, earliest start first. Those whose end has
    /// passed are left out: their kiosk stopped without closing them.
    ///
    /// # Errors
    /// [`OtherKioskError`] when nobody can be asked.
    pub async fn list_remote(&self, by: Actor<'_>) -> Result<Vec<RemoteSession>, OtherKioskError> {
        let published = self
            .noticeboard()?
            .open_sessions()
            .await
            .map_err(OtherKioskError::Unreachable)?;
        let now = self.clock.now();
        let mut sessions = Vec::new();
        for published in published {
            let is_open = published.session.ends_at > now;
            if published.kiosk_id == self.kiosk_id || !is_open {
                continue;
            }
            if self.check(by, &published).await?.is_err() {
                continue;
            }
            let known = self.store.session(published.session.id).await?;
            sessions.push(RemoteSession {
                is_joined: known.is_some(),
                session: published.session,
                kiosk_id: published.kiosk_id,
            });
        }
        sessions.sort_by_key(|remote| (remote.session.starts_at, remote.session.id));
        Ok(sessions)
    }

    /// Takes part in a session of another kiosk: it takes check-ins here too from now on, with its roster,
    /// and its other kiosks' check-ins show here. Joining again changes nothing.
    ///
    /// # Errors
    /// [`OtherKioskError`] when it is not theirs, cannot be asked for, is not open, or meets a session of this
    /// kiosk.
    pub async fn join(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<(Session, SessionKey), OtherKioskError> {
        let noticeboard = self.noticeboard()?;
        let published = noticeboard
            .session(id)
            .await
            .map_err(OtherKioskError::Unreachable)?
            .ok_or(JoinRefusal::Unknown(id))?;
        self.check(by, &published).await??;
        if published.session.state != SessionState::Open {
            return Err(JoinRefusal::NotOpen(published.session.state).into());
        }
        let roster = noticeboard
            .roster(&published)
            .await
            .map_err(OtherKioskError::Unreachable)?
            .ok_or(JoinRefusal::InTheMaking)?;
        let now = self.clock.now();
        let joined = self
            .store
            .join_session(published, roster, by.actor(), now)
            .await??;
        let (Joined::Now(coded) | Joined::Before(coded)) = joined;
        Ok((coded.session, coded.key))
    }

    /// Checks that the actor may manage a session's unit: by the staff ID that was published with it, since
    /// the unit may be unknown here, and by this kiosk's own list where it is known.
    async fn check(
        &self,
        by: Actor<'_>,
        published: &PublishedSession,
    ) -> Result<Result<(), Forbidden>, StoreError> {
        let (unit, today) = (&published.session.unit_code, self.policy.today(&self.clock));
        let is_known = self.store.holder(unit.clone()).await?.is_some();
        if is_known || by.holds(&published.staff_id) {
            return by.check(&self.store, unit, today).await;
        }
        Ok(Err(Forbidden {
            unit: unit.clone(),
            lecturer_name: published.session.lecturer_name.clone(),
        }))
    }

    fn noticeboard(&self) -> Result<&Arc<dyn Noticeboard>, OtherKioskError> {
        self.noticeboard.as_ref().ok_or(OtherKioskError::Off)
    }
}
