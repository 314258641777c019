//! How Firestore is reached: not at all, by an emulator, or with a key from one of several places.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::{Environment, present};
use super::sections::FirestoreSection;
use crate::domain::Secret;

/// The emulator's project, if none is configured.
const EMULATOR_PROJECT: &str = "demo-kiosk";

/// How the delivery to Firestore reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirestoreAccess {
    /// This site does not deliver to Firestore.
    Off,
    /// An emulator: no TLS, no credentials.
    Emulator {
        /// `host:port`.
        host: String,
        project_id: String,
    },
    /// A service account, whose key is in the first of these places that has one. They are read when a key is
    /// needed, so that a key that is added later is found without a restart.
    Account(KeyPlaces),
}

/// Where a service account's key may be, in the order that the school's Django system uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPlaces {
    /// `FIREBASE_CREDENTIALS_JSON`: the key itself, raw or in base64.
    pub json: Secret,
    /// `FIREBASE_CREDENTIALS_PATH`.
    pub env_path: Option<PathBuf>,
    /// `firestore.credentials_path`.
    pub config_path: Option<PathBuf>,
    /// The configuration's directory, for `firebase-credentials.json` in it.
    pub config_dir: PathBuf,
    /// systemd's credentials directory, for the same file in it.
    pub systemd_dir: Option<PathBuf>,
}

pub(super) fn find(
    section: &FirestoreSection,
    environment: &Environment,
    dot_env: &BTreeMap<String, String>,
    beside: &Path,
) -> FirestoreAccess {
    if !section.enabled {
        return FirestoreAccess::Off;
    }
    let variable = |name: &str| {
        environment
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
    FirestoreAccess::Account(KeyPlaces {
        json: Secret::new(variable("FIREBASE_CREDENTIALS_JSON").unwrap_or_default()),
        env_path: variable("FIREBASE_CREDENTIALS_PATH")
            .map(|path| environment.directory.join(path)),
        config_path: section.credentials_path.clone(),
        config_dir: beside.to_owned(),
        systemd_dir: environment
            .variable("CREDENTIALS_DIRECTORY")
            .map(PathBuf::from),
    })
}

/// A description for people, without secrets.
impl fmt::Display for FirestoreAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = match self {
            Self::Off => return f.write_str("off"),
            Self::Emulator { host, project_id } => {
                return write!(f, "emulator at {host}, project {project_id}");
            }
            Self::Account(places) => places,
        };
        let files = [&places.env_path, &places.config_path]
            .into_iter()
            .flatten()
            .map(|path| path.display().to_string());
        let directories = [Some(&places.config_dir), places.systemd_dir.as_ref()]
            .into_iter()
            .flatten()
            .map(|path| path.join("firebase-credentials.json").display().to_string());
        let variable = (!places.json.is_empty()).then(|| "FIREBASE_CREDENTIALS_JSON".to_owned());
        let all: Vec<String> = variable
            .into_iter()
            .chain(files)
            .chain(directories)
            .collect();
        write!(
            f,
            "a service account, whose key is looked for in {}",
            all.join(", then ")
        )
    }
}
