//! Firestore as a remote.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::account::Account;
use super::client;
use super::correct::Corrector;
use super::credentials::CredentialSources;
use super::drain::{CHUNK, Drain, Width};
use super::errors::Failure;
use super::pace::Pace;
use crate::domain::{Delivery, Report, Target, Verdict, Zone};
use crate::sync::http;
use crate::sync::remote::{Contact, Remote, Trouble};

const GOOGLE: &str = "https://firestore.googleapis.com";

/// What a site sets about Firestore.
#[derive(Debug, Clone)]
pub struct FirestoreSettings {
    /// The project; empty takes it from the credentials, or `demo-kiosk` on an emulator.
    pub project_id: String,
    /// The database, usually `(default)`.
    pub database: String,
    /// Where the key may be.
    pub credentials: CredentialSources,
    /// `host:port` of an emulator (`FIRESTORE_EMULATOR_HOST`): no TLS, and no credentials are read.
    pub emulator: Option<String>,
    /// The most records written in a second; 0 is no cap.
    pub max_records_per_second: u32,
    /// In which `date` and `time_slot` are written.
    pub zone: Zone,
}

/// Firestore.
#[derive(Debug)]
pub struct FirestoreRemote {
    settings: FirestoreSettings,
    /// Where the service is.
    google: String,
    http: reqwest::Client,
    /// `None` until the credentials have been read, and again when they were not accepted.
    account: Mutex<Option<Arc<Account>>>,
    pub(super) pace: Pace,
    look_first: AtomicBool,
    width: Width,
}

impl FirestoreRemote {
    /// Prepares the calls; reads nothing and connects nowhere yet.
    ///
    /// # Errors
    /// [`Trouble`] when TLS cannot be set up, as on a machine without any certificate authority.
    pub fn new(settings: FirestoreSettings) -> Result<Self, Trouble> {
        Self::at(GOOGLE, settings)
    }

    /// As [`FirestoreRemote::new`], with another server in Google's place.
    pub(in crate::sync) fn at(google: &str, settings: FirestoreSettings) -> Result<Self, Trouble> {
        Ok(Self {
            google: google.to_owned(),
            http: http::client(client::TOTAL)?,
            account: Mutex::new(None),
            pace: Pace::new(settings.max_records_per_second),
            look_first: AtomicBool::new(false),
            width: Width::default(),
            settings,
        })
    }

    pub(super) async fn account(&self) -> Result<Arc<Account>, Trouble> {
        let mut account = self.account.lock().await;
        if let Some(account) = account.as_ref() {
            return Ok(Arc::clone(account));
        }
        let opened =
            Arc::new(Account::open(&self.settings, &self.google, self.http.clone()).await?);
        *account = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Forgets the account, so that the credentials are read again before the next call.
    pub(super) async fn forget_account(&self) {
        *self.account.lock().await = None;
    }

    /// In which `date` and `time_slot` are written.
    pub(super) fn zone(&self) -> Zone {
        self.settings.zone
    }

    /// Whether a call that was answered so may do better with credentials read anew: the token may date
    /// from before the clock was set right.
    pub(super) async fn renews_after<T>(&self, answer: &Result<T, Failure>) -> bool {
        let is_refused = matches!(answer, Err(Failure::Unauthenticated));
        if is_refused {
            self.forget_account().await;
        }
        is_refused
    }

    /// An answer, with what a failure means for the remote as a whole.
    pub(super) async fn told<T>(&self, answer: Result<T, Failure>) -> Result<T, Trouble> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.trouble(failure).await),
        }
    }

    async fn drain(
        &self,
        reports: &[Report],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let account = self.account().await?;
        let drain = Drain {
            account: &account,
            zone: self.settings.zone,
            pace: &self.pace,
            look_first: &self.look_first,
            width: &self.width,
        };
        drain.run(reports, verdicts).await
    }

    async fn put_right(
        &self,
        debts: &[Delivery],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let account = self.account().await?;
        let corrector = Corrector {
            account: &account,
            zone: self.settings.zone,
            pace: &self.pace,
        };
        corrector.run(debts, verdicts).await
    }

    /// The verdicts, with what kept the others from being reached in their places.
    async fn complete(
        &self,
        verdicts: Vec<Option<Verdict>>,
        done: Result<(), Failure>,
    ) -> Vec<Verdict> {
        let rest = match done {
            Ok(()) => Trouble::unreachable("Firestore was not asked"),
            Err(failure) => self.trouble(failure).await,
        };
        verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or_else(|| rest.clone().into()))
            .collect()
    }

    async fn ask(&self) -> Result<String, Failure> {
        let started = Instant::now();
        let account = self.account().await?;
        let authorization = account.authorization().await?;
        // No record has the nil id: a read that finds nothing.
        let name = account.client.root.attendance(uuid::Uuid::nil());
        account.client.documents(&authorization, &[&name]).await?;
        Ok(format!(
            "project {} answered in {} ms",
            account.project_id,
            started.elapsed().as_millis()
        ))
    }

    /// What a failure means for everything that it left undecided.
    pub(super) async fn trouble(&self, failure: Failure) -> Trouble {
        let trouble = match failure {
            Failure::Trouble(trouble) => trouble,
            Failure::Unauthenticated => Trouble::barred(
                "Firestore does not accept the credentials: check this machine's clock, and whether the key was revoked",
            ),
            Failure::Missing => {
                Trouble::barred("Firestore knows no such project or database (NOT_FOUND)")
            }
            Failure::Stale => Trouble::barred(
                "the Firestore database is not set up for this: it must be in native mode (FAILED_PRECONDITION)",
            ),
            Failure::Taken | Failure::Invalid { .. } => {
                Trouble::unreachable("Firestore does not understand what it is asked")
            }
        };
        if matches!(trouble, Trouble::Unauthorized { .. }) {
            self.forget_account().await;
        }
        trouble
    }
}

impl Remote for FirestoreRemote {
    fn target(&self) -> Target {
        Target::Firestore
    }

    fn max_batch(&self) -> usize {
        CHUNK
    }

    fn deliver<'a>(&'a self, reports: &'a [Report]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let mut verdicts = vec![None; reports.len()];
            let mut done = self.drain(reports, &mut verdicts).await;
            if done == Err(Failure::Unauthenticated) {
                // The token may date from before the clock was set right; once, a new one may do.
                self.forget_account().await;
                done = self.drain(reports, &mut verdicts).await;
            }
            self.complete(verdicts, done).await
        }
        .boxed()
    }

    fn correct<'a>(&'a self, debts: &'a [Delivery]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let mut verdicts = vec![None; debts.len()];
            let mut done = self.put_right(debts, &mut verdicts).await;
            if done == Err(Failure::Unauthenticated) {
                self.forget_account().await;
                done = self.put_right(debts, &mut verdicts).await;
            }
            self.complete(verdicts, done).await
        }
        .boxed()
    }

    fn test(&self) -> BoxFuture<'_, Result<Contact, Trouble>> {
        async move {
            let mut answer = self.ask().await;
            if answer == Err(Failure::Unauthenticated) {
                self.forget_account().await;
                answer = self.ask().await;
            }
            match answer {
                Ok(text) => Ok(Contact::Accepted(text)),
                Err(failure) => Err(self.trouble(failure).await),
            }
        }
        .boxed()
    }
}
