//! Firestore as a remote.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::database::{Connection, Firestore, renewing};
use super::errors::Failure;
use super::width::CHUNK;
use crate::domain::{Delivery, Report, Target, Verdict};
use crate::sync::remote::{Contact, Remote, RemoteError};

impl Firestore {
    async fn try_delivering(
        &self,
        reports: &[Report],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let (firestore, account) = (self, &*self.account().await?);
        let connection = Connection { firestore, account };
        connection.deliver(reports, verdicts).await
    }

    async fn try_correcting(
        &self,
        due: &[Delivery],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let (firestore, account) = (self, &*self.account().await?);
        let connection = Connection { firestore, account };
        connection.correct_all(due, verdicts).await
    }

    /// The verdicts, with what kept the others from being reached in their places.
    async fn complete(
        &self,
        verdicts: Vec<Option<Verdict>>,
        done: Result<(), Failure>,
    ) -> Vec<Verdict> {
        let rest = match done {
            Ok(()) => RemoteError::unreachable("Firestore was not asked"),
            Err(failure) => self.remote_error(failure).await,
        };
        verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or_else(|| rest.clone().into()))
            .collect()
    }

    async fn try_reading_nothing(&self) -> Result<String, Failure> {
        let started = Instant::now();
        let account = self.account().await?;
        // No record has the nil id: a read that finds nothing.
        let name = account.root.attendance(uuid::Uuid::nil());
        account.documents(&[&name]).await?;
        Ok(format!(
            "project {} answered in {} ms",
            account.project_id,
            started.elapsed().as_millis()
        ))
    }
}

impl Remote for Firestore {
    fn target(&self) -> Target {
        Target::Firestore
    }

    fn max_batch(&self) -> usize {
        CHUNK
    }

    fn deliver<'a>(&'a self, reports: &'a [Report]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let mut verdicts = vec![None; reports.len()];
            let done = renewing!(self, self.try_delivering(reports, &mut verdicts));
            self.complete(verdicts, done).await
        }
        .boxed()
    }

    fn correct<'a>(&'a self, due: &'a [Delivery]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let mut verdicts = vec![None; due.len()];
            let done = renewing!(self, self.try_correcting(due, &mut verdicts));
            self.complete(verdicts, done).await
        }
        .boxed()
    }

    fn test(&self) -> BoxFuture<'_, Result<Contact, RemoteError>> {
        async move {
            let answer = renewing!(self, self.try_reading_nothing());
            self.or_remote_error(answer).await.map(Contact::Accepted)
        }
        .boxed()
    }
}
