//! Trying a call again before giving the whole work up.

use std::time::Duration;

use crate::sync::firestore::account::Account;
use crate::sync::firestore::database::Firestore;
use crate::sync::firestore::errors::Failure;
use crate::sync::remote::RemoteError;

/// The pauses between tries: long enough for a hiccup of the line, short enough for a person who watches.
pub(super) const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];
/// The longest wait that Firestore may ask for; a quota that needs more is for another day.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Firestore {
    /// Makes a call once.
    pub(super) async fn once<T>(
        &self,
        call: impl AsyncFn(&Account) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        call(&*self.account().await?).await
    }

    /// Makes a call that changes nothing, again where that may help.
    pub(super) async fn persist<T>(
        &self,
        call: impl AsyncFn(&Account) -> Result<T, Failure>,
    ) -> Result<T, RemoteError> {
        let mut pauses = PAUSES.into_iter();
        let mut renewed = false;
        loop {
            match self.once(&call).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Unauthenticated) if !renewed => {
                    renewed = true;
                    self.forget_account().await;
                }
                Err(failure) => {
                    let remote_error = self.remote_error(failure).await;
                    wait_or_give_up(remote_error, &mut pauses).await?;
                }
            }
        }
    }
}

/// Waits before another try, or says that there is to be none.
pub(super) async fn wait_or_give_up(
    remote_error: RemoteError,
    pauses: &mut impl Iterator<Item = Duration>,
) -> Result<(), RemoteError> {
    let RemoteError::Unreachable { retry_after, .. } = &remote_error else {
        return Err(remote_error);
    };
    let asked = retry_after.unwrap_or_default();
    match pauses.next() {
        Some(pause) if asked <= LONGEST_WAIT => {
            tokio::time::sleep(pause.max(asked)).await;
            Ok(())
        }
        _ => Err(remote_error),
    }
}
