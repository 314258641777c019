//! Whether Firestore takes records, and whether the portal can be reached.

use super::Finding;
use crate::app::remotes;
use crate::config::Loaded;
use crate::sync::{Remote, RemoteError};

pub(super) async fn firestore(loaded: &Loaded) -> Finding {
    let found = remotes::firestore(loaded);
    let remedy = "put the service account's key in place (docs/DEPLOY.md says where), or set firestore.enabled = false";
    judge("firestore", found, "switched off", remedy).await
}

pub(super) async fn portal(loaded: &Loaded) -> Finding {
    let found = remotes::portal(loaded);
    let remedy = "check portal.url and the portal's key";
    judge("portal", found, "none is set up", remedy).await
}

/// An unreachable remote is a warning: records wait, and check-in works.
async fn judge(
    check: &'static str,
    found: anyhow::Result<Option<impl Remote>>,
    if_absent: &str,
    if_barred: &str,
) -> Finding {
    let remote = match found {
        Ok(Some(remote)) => remote,
        Ok(None) => return Finding::skipped(check, if_absent),
        Err(error) => {
            let remedy = format!("check the section [{check}]");
            return Finding::failure(check, format!("{error:#}"), &remedy);
        }
    };
    match remote.test().await {
        Ok(contact) => Finding::ok(check, contact.to_string()),
        Err(RemoteError::Unreachable { error, .. }) => Finding::warning(
            check,
            error,
            "check the network and its firewall; records wait meanwhile and nothing is lost",
        ),
        Err(RemoteError::Unauthorized { error }) => Finding::failure(check, error, if_barred),
    }
}
