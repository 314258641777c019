//! How Firestore is reached: the emulator, a service account's key, or not at all and why.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;

use super::environment::{Surroundings, present};
use super::sections::FirestoreSection;
use crate::domain::Secret;

/// The project of an emulator that nobody named.
const EMULATOR_PROJECT: &str = "demo-kiosk";

/// What the worker for Firestore starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirestoreAccess {
    /// This site does not report there.
    Off,
    /// An emulator: no TLS, no credentials.
    Emulator {
        /// `host:port`.
        host: String,
        /// The project.
        project_id: String,
    },
    /// A service account.
    Account {
        /// Its key file's text, JSON.
        key: Secret,
        /// The project.
        project_id: String,
        /// Where the key was found, for people.
        found_in: String,
    },
    /// Wanted, but there is no usable key. Everything else works; records wait.
    Missing {
        /// Why, and what to do, in one sentence.
        why: String,
    },
}

/// Looks for the key in the order that the system around this kiosk uses: `FIREBASE_CREDENTIALS_JSON`,
/// `FIREBASE_CREDENTIALS_PATH`, `firestore.credentials_path`, systemd's credential, and
/// `firebase-credentials.json` beside the configuration.
pub(super) fn find(
    section: &FirestoreSection,
    surroundings: &Surroundings,
    dot_env: &BTreeMap<String, String>,
    beside: &Path,
) -> FirestoreAccess {
    if !section.enabled {
        return FirestoreAccess::Off;
    }
    let variable = |name: &str| {
        surroundings
            .variable(name)
            .or_else(|| present(dot_env.get(name)?))
    };
    if let Some(host) = variable("FIRESTORE_EMULATOR_HOST") {
        return FirestoreAccess::Emulator {
            host: host
                .trim_start_matches("http://")
                .trim_end_matches('/')
                .to_owned(),
            project_id: variable("GOOGLE_CLOUD_PROJECT")
                .or_else(|| present(&section.project_id))
                .unwrap_or(EMULATOR_PROJECT)
                .to_owned(),
        };
    }
    if let Some(text) = variable("FIREBASE_CREDENTIALS_JSON") {
        return account(section, text, "FIREBASE_CREDENTIALS_JSON");
    }
    if let Some(path) = variable("FIREBASE_CREDENTIALS_PATH") {
        let path = surroundings.directory.join(path);
        return account_in(section, &path, "FIREBASE_CREDENTIALS_PATH");
    }
    if let Some(path) = &section.credentials_path {
        return account_in(section, path, "firestore.credentials_path");
    }
    if let Some((path, text)) = surroundings.credential("firebase-credentials.json") {
        return account(section, &text, &path.display().to_string());
    }
    let path = beside.join("firebase-credentials.json");
    match fs::read_to_string(&path) {
        Ok(text) if present(text.trim()).is_some() => {
            account(section, &text, &path.display().to_string())
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            unreadable(&path, &error, "the key beside the configuration")
        }
        _ => FirestoreAccess::Missing {
            why: format!(
                "there are no Firebase credentials; put the service account's key into {}, or set firestore.enabled = false",
                path.display()
            ),
        },
    }
}

/// A file that somebody named: they are told when it is not there.
fn account_in(section: &FirestoreSection, path: &Path, named_by: &str) -> FirestoreAccess {
    match fs::read_to_string(path) {
        Ok(text) => account(section, &text, &path.display().to_string()),
        Err(error) => unreadable(path, &error, named_by),
    }
}

fn unreadable(path: &Path, error: &std::io::Error, named_by: &str) -> FirestoreAccess {
    FirestoreAccess::Missing {
        why: format!(
            "the Firebase credentials in {} ({named_by}) cannot be read: {error}",
            path.display()
        ),
    }
}

/// Takes a key as JSON, or as JSON in base64 (some hosts allow no quotes in a variable).
fn account(section: &FirestoreSection, text: &str, found_in: &str) -> FirestoreAccess {
    let missing = |what: &str| FirestoreAccess::Missing {
        why: format!(
            "the Firebase credentials in {found_in} {what}; download the service account's key again"
        ),
    };
    let Some(json) = as_json(text.trim()) else {
        return missing("are neither JSON nor JSON in base64");
    };
    let Ok(serde_json::Value::Object(key)) = serde_json::from_str(&json) else {
        return missing("are not a JSON object");
    };
    let field = |name: &str| {
        key.get(name)
            .and_then(serde_json::Value::as_str)
            .and_then(present)
    };
    if field("private_key").is_none() || field("client_email").is_none() {
        return missing("hold no service account (private_key, client_email)");
    }
    match present(&section.project_id).or_else(|| field("project_id")) {
        Some(project_id) => FirestoreAccess::Account {
            project_id: project_id.to_owned(),
            key: Secret::new(json),
            found_in: found_in.to_owned(),
        },
        None => missing("name no project_id, and firestore.project_id is empty"),
    }
}

fn as_json(text: &str) -> Option<String> {
    if text.starts_with('{') {
        return Some(text.to_owned());
    }
    let packed: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .ok()?;
    String::from_utf8(bytes).ok()
}
