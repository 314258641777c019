//! As whom, and in which database, the calls are made.

use reqwest::header::HeaderValue;

use super::credentials::CredentialsError;
use super::documents::Root;
use super::settings::FirestoreSettings;
use super::signer::{Signer, bearer};
use crate::sync::http::Transport;
use crate::sync::remote::RemoteError;

/// The project of an emulator for which none is named; Firebase's tools keep `demo-` from the real service.
const DEMO_PROJECT: &str = "demo-kiosk";

/// One database, and the right to write to it. Its calls are in `client`.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) transport: Transport,
    /// `https://firestore.googleapis.com`, or `http://host:port` of an emulator.
    pub(super) base: String,
    pub(super) root: Root,
    pub(super) project_id: String,
    authority: Authority,
}

#[derive(Debug)]
enum Authority {
    /// An emulator takes anyone's word.
    Emulator,
    ServiceAccount(Signer),
}

impl Account {
    /// Reads the credentials, or knows that an emulator needs none. `google` is where the service is.
    pub(super) async fn open(
        settings: &FirestoreSettings,
        google: &str,
        transport: Transport,
    ) -> Result<Self, RemoteError> {
        let named = settings.project_id.trim();
        let (base, project_id, authority) = if let Some(host) = &settings.emulator {
            let project = if named.is_empty() {
                DEMO_PROJECT
            } else {
                named
            };
            let base = format!("http://{host}");
            (base, project.to_owned(), Authority::Emulator)
        } else {
            let key = settings.credentials.find().await?;
            let signer = Signer::new(&key)?;
            let project = if named.is_empty() {
                &key.project_id
            } else {
                named
            };
            let authority = Authority::ServiceAccount(signer);
            (google.to_owned(), project.to_owned(), authority)
        };
        let root = root(&project_id, &settings.database)?;
        Ok(Self {
            transport,
            base,
            root,
            project_id,
            authority,
        })
    }

    /// The `Authorization` header of the next call.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, RemoteError> {
        match &self.authority {
            Authority::Emulator => {
                bearer("owner").ok_or_else(|| RemoteError::unauthorized("no token could be made"))
            }
            Authority::ServiceAccount(signer) => Ok(signer.authorization().await?),
        }
    }
}

/// Credentials are read again with every try, so that a key provided later works at once.
impl From<CredentialsError> for RemoteError {
    fn from(error: CredentialsError) -> Self {
        Self::unauthorized(error.to_string())
    }
}

/// Checks what goes into a path: Firestore would answer a malformed name as if the record were at fault.
fn root(project: &str, database: &str) -> Result<Root, RemoteError> {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    if !plain(project) {
        return Err(RemoteError::unauthorized(
            "firestore.project_id is not the id of a project",
        ));
    }
    if database != "(default)" && !plain(database) {
        return Err(RemoteError::unauthorized(
            "firestore.database is not the id of a database",
        ));
    }
    Ok(Root::new(project, database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_plain_ids_only() {
        assert!(root("school-1", "(default)").is_ok());
        assert!(root("example.com:school", "second").is_ok());
        for (project, database) in [
            ("", "(default)"),
            ("a/b", "(default)"),
            ("school", ""),
            ("school", "(other)"),
            ("school", "x/documents"),
        ] {
            assert!(root(project, database).is_err(), "{project} {database}");
        }
    }
}
