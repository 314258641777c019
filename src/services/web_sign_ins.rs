//! Sign-ins at browsers: by the same PIN authentication as at the terminal, then by a token.

use std::net::IpAddr;

use tokio::sync::broadcast;

use super::pin_auth::{PinAuth, SignInRefusal};
use crate::clock::Clock;
use crate::domain::{
    Lecturer, SignInLimits, SignInSource, SignInToken, SigningKey, StaffId, is_known_browser,
    known_browser_cookie,
};
use crate::random;
use crate::store::{Event, Store, StoreError, next_event};

/// Keeps the sign-ins of browsers (feature F5).
#[derive(Debug, Clone)]
pub struct WebSignIns {
    store: Store,
    clock: Clock,
    door: PinAuth,
    signing_key: SigningKey,
    limits: SignInLimits,
}

/// What a browser shows of itself when somebody signs in.
#[derive(Debug, Clone)]
pub struct Browser<'a> {
    /// Where it is; several addresses of one client are one.
    pub address: IpAddr,
    /// Whether the sign-in is good at that address only.
    pub is_bound: bool,
    /// The cookie of an earlier sign-in, not checked yet.
    pub known_by: Option<&'a str>,
    /// The sign-in that it has, if it has one.
    pub before: Option<SignInToken>,
}

/// What a browser gets when somebody has signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The secret by which it is signed in.
    pub token: SignInToken,
    /// The cookie by which it is known the next time.
    pub known_by: String,
}

impl WebSignIns {
    /// Sign-ins through a PIN authentication.
    pub(super) fn new(store: Store, clock: Clock, door: PinAuth, signing_key: SigningKey) -> Self {
        Self {
            store,
            clock,
            door,
            signing_key,
            limits: SignInLimits::STAFF,
        }
    }

    /// Signs somebody in by staff id and PIN. The token is always a new one: a token that was planted in
    /// the browser before is worth nothing afterwards.
    ///
    /// # Errors
    /// [`SignInRefusal`].
    pub async fn sign_in(
        &self,
        staff_id: &str,
        pin: &str,
        browser: Browser<'_>,
    ) -> Result<SignedIn, SignInRefusal> {
        let is_known = browser.known_by.is_some_and(|cookie| {
            StaffId::parse(staff_id)
                .is_ok_and(|staff_id| is_known_browser(&self.signing_key, cookie, &staff_id))
        });
        let source = if is_known {
            SignInSource::KnownBrowser
        } else {
            SignInSource::Browser(browser.address)
        };
        let sign_in = self.door.sign_in(staff_id, pin, source).await?;
        let staff_id = sign_in.lecturer.staff_id;
        let token = new_token().inspect_err(|error| {
            tracing::error!(%error, "a sign-in could not be made: no random numbers");
        });
        let mut token = token.map_err(|_| SignInRefusal::OutOfOrder)?;
        if browser.is_bound {
            token = token.bound_to(browser.address);
        }
        let known_by = known_browser_cookie(&self.signing_key, &staff_id);
        self.store
            .add_web_sign_in(
                token.clone(),
                staff_id,
                browser.before,
                self.limits,
                self.clock.now(),
            )
            .await
            .map_err(|error| {
                tracing::error!(%error, "a sign-in could not be kept");
                SignInRefusal::OutOfOrder
            })?;
        Ok(SignedIn { token, known_by })
    }

    /// Who holds a token, without that counting as use; `None` when nobody does any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn look(&self, token: &SignInToken) -> Result<Option<Lecturer>, StoreError> {
        self.store
            .web_sign_in(token.clone(), self.limits, self.clock.now())
            .await
    }

    /// As [`WebSignIns::look`], for a page that somebody asked for: they are not idle.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read. That the use cannot be noted is none: a full disk
    /// must not lock out the person who came to look at it.
    pub async fn admit(&self, token: &SignInToken) -> Result<Option<Lecturer>, StoreError> {
        let found = self.look(token).await?;
        if found.is_some() {
            let noted = self
                .store
                .note_web_sign_in_used(token.clone(), self.clock.now());
            if let Err(error) = noted.await {
                tracing::warn!(%error, "the use of a sign-in could not be noted");
            }
        }
        Ok(found)
    }

    /// Everything that may end a sign-in or change its rights.
    #[must_use]
    pub fn changes(&self) -> SignInChanges {
        SignInChanges {
            events: self.store.subscribe(),
        }
    }

    /// Ends a sign-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn sign_out(&self, token: SignInToken) -> Result<(), StoreError> {
        self.store.end_web_sign_in(token).await
    }
}

/// Tells when a sign-in must be checked again before it expires.
#[derive(Debug)]
pub struct SignInChanges {
    events: broadcast::Receiver<Event>,
}

impl SignInChanges {
    /// Waits for any sign-out, new PIN or change of role.
    pub async fn next(&mut self) {
        next_event(&mut self.events, |event| {
            matches!(
                event,
                Event::SignInsEnded | Event::RosterChanged | Event::ChangedElsewhere
            )
        })
        .await;
    }
}

fn new_token() -> Result<SignInToken, random::Error> {
    let mut bytes = [0; 32];
    random::fill(&mut bytes)?;
    Ok(SignInToken::from_bytes(bytes))
}
