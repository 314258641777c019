//! One Firestore database, and the account by which every part of this folder calls it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Mutex;

use super::account::Account;
use super::client;
use super::credentials::CredentialsError;
use super::errors::Failure;
use super::pace::Pace;
use super::settings::FirestoreSettings;
use super::width::Width;
use crate::domain::Zone;
use crate::sync::http::{Answering, Transport};
use crate::sync::remote::RemoteError;

const GOOGLE: &str = "https://firestore.googleapis.com";

/// Makes a call, and makes it again with credentials that are read again where the answer is that these are not
/// accepted: the token may date from before the clock was set right.
macro_rules! renewing {
    ($firestore:expr, $call:expr) => {{
        let answer = $call.await;
        if matches!(answer, Err(Failure::Unauthenticated)) {
            $firestore.forget_account().await;
            $call.await
        } else {
            answer
        }
    }};
}
pub(super) use renewing;

/// A database, and the account that calls it now.
pub(super) struct Connection<'a> {
    pub(super) firestore: &'a Firestore,
    pub(super) account: &'a Account,
}

/// Firestore, as a remote.
#[derive(Debug)]
pub struct Firestore {
    settings: FirestoreSettings,
    /// Where the service is.
    google: String,
    transport: Transport,
    /// `None` until the credentials have been read, and again when they were not accepted.
    account: Mutex<Option<Arc<Account>>>,
    pub(super) pace: Pace,
    pub(super) width: Width,
    /// Whether the last commit had conflicts: then reading the claims first saves a refused commit.
    pub(super) look_first: AtomicBool,
}

impl Firestore {
    /// Prepares the calls; reads nothing and connects nowhere yet.
    ///
    /// # Errors
    /// [`RemoteError`] when TLS cannot be set up, as on a machine without any certificate authority.
    pub fn new(settings: FirestoreSettings) -> Result<Self, RemoteError> {
        Self::at(GOOGLE, settings)
    }

    /// As [`Firestore::new`], with calls that are answered within this process.
    #[must_use]
    pub fn within(settings: FirestoreSettings, answering: Arc<dyn Answering>) -> Self {
        Self::over(
            Transport::within(answering, client::TOTAL),
            GOOGLE,
            settings,
        )
    }

    /// As [`Firestore::new`], with another server in Google's place.
    pub(in crate::sync) fn at(
        google: &str,
        settings: FirestoreSettings,
    ) -> Result<Self, RemoteError> {
        let transport = Transport::network(client::TOTAL)?;
        Ok(Self::over(transport, google, settings))
    }

    fn over(transport: Transport, google: &str, settings: FirestoreSettings) -> Self {
        Self {
            google: google.to_owned(),
            transport,
            account: Mutex::new(None),
            pace: Pace::new(settings.max_records_per_second),
            width: Width::default(),
            look_first: AtomicBool::new(false),
            settings,
        }
    }

    pub(super) async fn account(&self) -> Result<Arc<Account>, RemoteError> {
        let mut account = self.account.lock().await;
        if let Some(account) = account.as_ref() {
            return Ok(Arc::clone(account));
        }
        let transport = self.transport.clone();
        let opened = Arc::new(Account::open(&self.settings, &self.google, transport).await?);
        *account = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Whether there is anything to sign in with, be it accepted or not.
    pub async fn has_credentials(&self) -> bool {
        let found = async || self.settings.credentials.find().await;
        self.settings.emulator.is_some() || !matches!(found().await, Err(CredentialsError::Missing))
    }

    /// Forgets the account, so that the credentials are read again before the next call.
    pub(super) async fn forget_account(&self) {
        *self.account.lock().await = None;
    }

    /// In which `date` and `time_slot` are written.
    pub(super) fn zone(&self) -> Zone {
        self.settings.zone
    }

    /// An answer, with what a failure means for the remote as a whole.
    pub(super) async fn or_remote_error<T>(
        &self,
        answer: Result<T, Failure>,
    ) -> Result<T, RemoteError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.remote_error(failure).await),
        }
    }

    /// What a failure means for everything that it left undecided.
    pub(super) async fn remote_error(&self, failure: Failure) -> RemoteError {
        let remote_error = match failure {
            Failure::RemoteError(remote_error) => remote_error,
            Failure::Unauthenticated => RemoteError::unauthorized(
                "Firestore does not accept the credentials: check this machine's clock, and whether the key was revoked",
            ),
            Failure::Missing => {
                RemoteError::unauthorized("Firestore knows no such project or database (NOT_FOUND)")
            }
            Failure::Stale => RemoteError::unauthorized(
                "the Firestore database is not set up for this: it must be in native mode (FAILED_PRECONDITION)",
            ),
            Failure::Taken | Failure::Invalid { .. } => {
                RemoteError::unreachable("Firestore does not understand what it is asked")
            }
        };
        if matches!(remote_error, RemoteError::Unauthorized { .. }) {
            self.forget_account().await;
        }
        remote_error
    }
}
