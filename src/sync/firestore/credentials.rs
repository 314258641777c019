//! Where the service account's key comes from.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::BASE64_NOPAD;
use serde_json::Value;

use crate::domain::Secret;

/// The file looked for beside the configuration and among systemd's credentials.
const FILE_NAME: &str = "firebase-credentials.json";
/// Key files are 2.4 kB; anything much longer is some other file.
const FILE_LIMIT: usize = 64 << 10;

/// The places in which the credentials may be, in the order in which they are asked.
///
/// An empty place, and a file that is empty or just says `unset`, counts as absent. A place that
/// holds something unusable is an error and is not passed over: a site would otherwise report to
/// a project that it did not mean.
#[derive(Debug, Clone, Default)]
pub struct CredentialSources {
    /// `FIREBASE_CREDENTIALS_JSON`: the key itself, raw or in base64.
    pub json: Secret,
    /// `FIREBASE_CREDENTIALS_PATH`.
    pub env_path: Option<PathBuf>,
    /// `firestore.credentials_path` of the configuration.
    pub config_path: Option<PathBuf>,
    /// The configuration's directory, for `firebase-credentials.json` in it.
    pub config_dir: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY` under systemd, for the same file in it.
    pub systemd_dir: Option<PathBuf>,
}

/// Why there are no usable credentials. Never shows any of what they hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// No place has any.
    #[error(
        "no Firebase credentials: set FIREBASE_CREDENTIALS_PATH or FIREBASE_CREDENTIALS_JSON, \
         or put {FILE_NAME} beside the configuration"
    )]
    Missing,
    /// A place has something else.
    #[error("{origin} {fault}")]
    Bad {
        /// Where the credentials came from.
        origin: String,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong with credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(&'static str),
    /// Neither JSON nor base64 of it.
    #[error("is not JSON (the fault is at line {line}, column {column})")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A login of another kind, such as `authorized_user`.
    #[error("is of another kind: a service account key is needed, from the Firebase console")]
    WrongKind,
    /// A member is not there or empty.
    #[error("has no {0}")]
    Lacks(&'static str),
    /// The private key is in the older PKCS#1 form.
    #[error("has a private key in PKCS#1 form: download the key again, which gives PKCS#8")]
    Pkcs1,
    /// The private key cannot sign.
    #[error("has a private key that cannot be used: download the key again")]
    UnusableKey,
}

/// A service account's key, checked as far as that goes without using it.
#[derive(Clone, PartialEq)]
pub(super) struct ServiceAccountKey {
    /// Which place it came from, for messages.
    pub(super) origin: String,
    /// The project that it belongs to.
    pub(super) project_id: String,
    /// All of it. Secret.
    pub(super) json: Value,
}

impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountKey")
            .field("origin", &self.origin)
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}

impl CredentialSources {
    /// Asks the places in order.
    pub(super) async fn find(&self) -> Result<ServiceAccountKey, CredentialsError> {
        if !is_absent(self.json.reveal()) {
            let origin = "FIREBASE_CREDENTIALS_JSON";
            let text = decoded(self.json.reveal());
            return ServiceAccountKey::parse(origin, text.as_bytes());
        }
        for (name, path) in [
            ("FIREBASE_CREDENTIALS_PATH", &self.env_path),
            ("firestore.credentials_path", &self.config_path),
        ] {
            let Some(path) = path.as_ref().filter(|path| !path.as_os_str().is_empty()) else {
                continue;
            };
            let origin = format!("{} (named by {name})", path.display());
            if let Some(bytes) = read(path)
                .await
                .map_err(|error| unreadable(&origin, &error))?
            {
                return ServiceAccountKey::parse(&origin, &bytes);
            }
        }
        for directory in [&self.config_dir, &self.systemd_dir].into_iter().flatten() {
            let path = directory.join(FILE_NAME);
            let origin = path.display().to_string();
            match read(&path).await {
                Ok(Some(bytes)) => return ServiceAccountKey::parse(&origin, &bytes),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(unreadable(&origin, &error));
                }
                // Nobody said that it would be there.
                Ok(None) | Err(_) => {}
            }
        }
        Err(CredentialsError::Missing)
    }
}

impl ServiceAccountKey {
    fn parse(origin: &str, bytes: &[u8]) -> Result<Self, CredentialsError> {
        let bad = |fault| CredentialsError::Bad {
            origin: origin.to_owned(),
            fault,
        };
        let json: Value = serde_json::from_slice(bytes).map_err(|error| {
            bad(Fault::NotJson {
                line: error.line(),
                column: error.column(),
            })
        })?;
        let member = |name: &'static str| {
            json.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| bad(Fault::Lacks(name)))
        };
        if member("type")? != "service_account" {
            return Err(bad(Fault::WrongKind));
        }
        member("client_email")?;
        member("private_key_id")?;
        let private_key = member("private_key")?;
        if private_key.contains("BEGIN RSA PRIVATE KEY") {
            return Err(bad(Fault::Pkcs1));
        }
        let project_id = member("project_id")?.to_owned();
        Ok(Self {
            origin: origin.to_owned(),
            project_id,
            json,
        })
    }
}

/// The file's bytes; `None` when the file means that there is no key.
async fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let bytes = tokio::fs::read(path).await?;
    if bytes.len() > FILE_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let absent = std::str::from_utf8(&bytes).is_ok_and(is_absent);
    Ok((!absent).then_some(bytes))
}

fn unreadable(origin: &str, error: &io::Error) -> CredentialsError {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "this user may not read it",
        io::ErrorKind::IsADirectory => "it is a directory",
        io::ErrorKind::FileTooLarge => "it is too long for a key",
        _ => "the disk failed",
    };
    CredentialsError::Bad {
        origin: origin.to_owned(),
        fault: Fault::Unreadable(reason),
    }
}

/// systemd's `LoadCredential=` cannot leave a file out, so packages ship one that says `unset`.
fn is_absent(text: &str) -> bool {
    matches!(text.trim(), "" | "unset")
}

/// The JSON behind base64, or the text as it is: JSON starts with a brace, which base64 never has.
fn decoded(text: &str) -> String {
    let packed: String = text.split_whitespace().collect();
    BASE64_NOPAD
        .decode(packed.trim_end_matches('=').as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;
    use serde_json::json;

    fn key(project: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": "1",
            "private_key": "-----BEGIN PRIVATE KEY-----\nsw0rdfish\n-----END PRIVATE KEY-----\n",
            "client_email": "kiosk@example.iam.gserviceaccount.com",
        })
    }

    fn without(member: &str) -> Value {
        let mut key = key("school");
        key.as_object_mut().unwrap().remove(member);
        key
    }

    fn with(member: &str, value: &str) -> Value {
        let mut key = key("school");
        key[member] = json!(value);
        key
    }

    async fn project_of(sources: &CredentialSources) -> Result<String, CredentialsError> {
        sources.find().await.map(|key| key.project_id)
    }

    #[tokio::test]
    async fn places_are_asked_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let mut sources = CredentialSources {
            json: Secret::new(key("from-json").to_string()),
            env_path: Some(write("env.json", &key("from-env-path").to_string())),
            config_path: Some(write("config.json", &key("from-config-path").to_string())),
            config_dir: Some(dir.path().join("beside")),
            systemd_dir: Some(dir.path().join("systemd")),
        };
        let beside = write(
            "beside/firebase-credentials.json",
            &key("from-beside").to_string(),
        );
        write(
            "systemd/firebase-credentials.json",
            &key("from-systemd").to_string(),
        );
        assert_eq!(project_of(&sources).await.unwrap(), "from-json");
        sources.json = Secret::new("unset");
        assert_eq!(project_of(&sources).await.unwrap(), "from-env-path");
        write("env.json", "");
        assert_eq!(project_of(&sources).await.unwrap(), "from-config-path");
        write("config.json", " unset\n");
        assert_eq!(project_of(&sources).await.unwrap(), "from-beside");
        std::fs::remove_file(beside).unwrap();
        assert_eq!(project_of(&sources).await.unwrap(), "from-systemd");
        write("systemd/firebase-credentials.json", "");
        assert_eq!(
            project_of(&sources).await.unwrap_err(),
            CredentialsError::Missing
        );
    }

    #[tokio::test]
    async fn a_key_in_base64_is_the_key() {
        let text = key("school").to_string();
        let packed = BASE64.encode(text.as_bytes());
        let wrapped = packed
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect::<Vec<_>>()
            .join("\n");
        for json in [
            text,
            packed.trim_end_matches('=').to_owned(),
            packed,
            wrapped,
        ] {
            let sources = CredentialSources {
                json: Secret::new(&json),
                ..CredentialSources::default()
            };
            assert_eq!(project_of(&sources).await.unwrap(), "school");
        }
    }

    #[tokio::test]
    async fn a_bad_key_is_named_and_not_shown() {
        for (json, says) in [
            (r#"{"sw0rdfish": }"#.to_owned(), "is not JSON"),
            ("sw0rdfish".to_owned(), "is not JSON"),
            (r#""sw0rdfish""#.to_owned(), "has no type"),
            (with("type", "authorized_user").to_string(), "another kind"),
            (without("client_email").to_string(), "has no client_email"),
            (without("project_id").to_string(), "has no project_id"),
            (with("private_key", " ").to_string(), "has no private_key"),
            (
                with("private_key", "-----BEGIN RSA PRIVATE KEY-----\nsw0rdfish").to_string(),
                "PKCS#1",
            ),
        ] {
            let sources = CredentialSources {
                json: Secret::new(&json),
                ..CredentialSources::default()
            };
            let error = sources.find().await.unwrap_err();
            let text = format!("{error} {error:?} {sources:?}");
            assert!(text.contains("FIREBASE_CREDENTIALS_JSON"), "{text}");
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("sw0rdfish"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_path_that_leads_nowhere_is_named_with_who_named_it() {
        let sources = CredentialSources {
            config_path: Some("/nowhere/key.json".into()),
            ..CredentialSources::default()
        };
        assert_eq!(
            sources.find().await.unwrap_err().to_string(),
            "/nowhere/key.json (named by firestore.credentials_path) cannot be read: there is no such file"
        );
    }

    #[test]
    fn a_key_in_hand_is_not_shown() {
        let key = ServiceAccountKey::parse("here", key("school").to_string().as_bytes()).unwrap();
        assert!(!format!("{key:?}").contains("sw0rdfish"));
    }
}
