//! What every remote that check-ins are delivered to has in common.

use std::fmt;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::domain::{Delivery, Report, Target, Verdict};

/// Somewhere that reports are delivered to.
///
/// Every implementation passes the same contract suite: it takes a report, takes it again without
/// harm, is down, refuses, and talks nonsense.
pub trait Remote: Send + Sync {
    /// Which target this is.
    fn target(&self) -> Target;

    /// The most reports that one call of [`Remote::deliver`] should be given.
    fn max_batch(&self) -> usize;

    /// Delivers reports and answers with one verdict for each, in the same order.
    ///
    /// Dropping the future is safe: whatever got through is recognised when it is sent again.
    fn deliver<'a>(&'a self, reports: &'a [Report]) -> BoxFuture<'a, Vec<Verdict>>;

    /// Corrects what was delivered, or may have been, and answers like [`Remote::deliver`].
    ///
    /// A delivery says whether the remote has to keep the report as it is now, or nothing of it. Only
    /// remotes that have a call for corrections are given any.
    fn correct<'a>(&'a self, due: &'a [Delivery]) -> BoxFuture<'a, Vec<Verdict>> {
        let refused = Verdict::Refused {
            error: "this remote has no call for a correction".to_owned(),
            answer: String::new(),
        };
        std::future::ready(vec![refused; due.len()]).boxed()
    }

    /// Finds out as much as can be known without storing anything at the remote.
    fn test(&self) -> BoxFuture<'_, Result<Contact, RemoteError>>;
}

/// What a test of a remote that found no trouble says about it, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// The remote answered a call, and accepts this kiosk.
    Accepted(String),
    /// A connection can be made. Whether the remote accepts this kiosk is known from deliveries only.
    Reachable(String),
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Accepted(text) | Self::Reachable(text)) = self;
        f.write_str(text)
    }
}

/// Why a remote cannot be worked with at present. Says nothing about any one report.
///
/// The sentences are ours and hold no personal data: they may be shown on the public screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Did not get through, or the remote is busy.
    #[error("{error}")]
    Unreachable {
        /// Why, in words.
        error: String,
        /// How long the remote asked to wait.
        retry_after: Option<Duration>,
    },
    /// The remote does not accept this kiosk, or the credentials are missing or bad.
    #[error("{error}")]
    Unauthorized {
        /// Why, in words.
        error: String,
    },
}

impl RemoteError {
    pub(super) fn unreachable(error: impl Into<String>) -> Self {
        Self::Unreachable {
            error: error.into(),
            retry_after: None,
        }
    }

    pub(super) fn unauthorized(error: impl Into<String>) -> Self {
        Self::Unauthorized {
            error: error.into(),
        }
    }
}

/// What the trouble means for a report that is in hand.
impl From<RemoteError> for Verdict {
    fn from(remote_error: RemoteError) -> Self {
        match remote_error {
            RemoteError::Unreachable { error, retry_after } => {
                Self::Postponed { error, retry_after }
            }
            RemoteError::Unauthorized { error } => Self::Unauthorized { error },
        }
    }
}
