//! Access tokens from a service account's key.
//!
//! The only file that names `google_cloud_auth`. The token is a JWT signed here and sent as it is
//! (AIP-4111): no token server is called, so one host fewer has to be let through a campus firewall.

use google_cloud_auth::credentials::AccessTokenCredentials;
use google_cloud_auth::credentials::service_account::{AccessSpecifier, Builder};
use reqwest::header::HeaderValue;

use super::credentials::{CredentialsError, Fault, ServiceAccountKey};

/// Whom the token is for. Google's own example of a self-signed token.
const AUDIENCE: &str = "https://firestore.googleapis.com/";

/// Signs tokens and keeps the current one, renewing it before its hour is over.
///
/// Its hour is counted by the monotonic clock. A token signed before the wall clock was set right is
/// therefore kept although it is dead; after `UNAUTHENTICATED` a new signer is built.
#[derive(Debug)]
pub(super) struct Signer {
    origin: String,
    credentials: AccessTokenCredentials,
}

impl Signer {
    /// Must be called inside the tokio runtime, where the renewal lives until this is dropped.
    pub(super) fn new(key: &ServiceAccountKey) -> Result<Self, CredentialsError> {
        let credentials = Builder::new(key.json.clone())
            .with_access_specifier(AccessSpecifier::from_audience(AUDIENCE))
            .build_access_token_credentials()
            .map_err(|_| unusable(&key.origin))?;
        Ok(Self {
            origin: key.origin.clone(),
            credentials,
        })
    }

    /// The value of the `Authorization` header.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, CredentialsError> {
        let token = self
            .credentials
            .access_token()
            .await
            .map_err(|_| unusable(&self.origin))?;
        bearer(&token.token).ok_or_else(|| unusable(&self.origin))
    }
}

/// `Bearer {token}`, kept out of every log.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn unusable(origin: &str) -> CredentialsError {
    CredentialsError::Bad {
        origin: origin.to_owned(),
        fault: Fault::UnusableKey,
    }
}
