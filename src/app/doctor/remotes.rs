//! Whether Firestore takes records, and whether the portal can be reached.

use super::Finding;
use crate::app::remotes;
use crate::config::Loaded;
use crate::sync::{Remote, Trouble};

pub(super) async fn firestore(loaded: &Loaded) -> Finding {
    const CHECK: &str = "firestore";
    match remotes::firestore(loaded) {
        Ok(Some(remote)) => judge(
            CHECK,
            &remote,
            "put the service account's key in place (docs/DEPLOY.md says where), or set firestore.enabled = false",
        )
        .await,
        Ok(None) => Finding::skipped(CHECK, "switched off"),
        Err(error) => Finding::failure(CHECK, format!("{error:#}"), "check the section [firestore]"),
    }
}

pub(super) async fn portal(loaded: &Loaded) -> Finding {
    const CHECK: &str = "portal";
    match remotes::portal(loaded) {
        Ok(Some(remote)) => judge(CHECK, &remote, "check portal.url and the portal's key").await,
        Ok(None) => Finding::skipped(CHECK, "none is set up"),
        Err(error) => Finding::failure(CHECK, format!("{error:#}"), "check the section [portal]"),
    }
}

/// An unreachable remote is a warning: records wait, and check-in works.
async fn judge(check: &'static str, remote: &impl Remote, if_barred: &str) -> Finding {
    match remote.test().await {
        Ok(contact) => Finding::ok(check, contact.to_string()),
        Err(Trouble::Unreachable { error, .. }) => Finding::warning(
            check,
            error,
            "check the network and its firewall; records wait meanwhile and nothing is lost",
        ),
        Err(Trouble::Unauthorized { error }) => Finding::failure(check, error, if_barred),
    }
}
