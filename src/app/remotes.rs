//! The remotes that a configuration asks for.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{FirestoreAccess, Loaded};
use crate::sync::Remote;
use crate::sync::firestore::{CredentialSources, Firestore, FirestoreSettings};
use crate::sync::portal::{PortalRemote, PortalSettings};

/// The remotes of a kiosk, each there if the configuration asks for it.
pub struct Remotes {
    /// Google Firestore, through which kiosks also find each other.
    pub firestore: Option<Arc<Firestore>>,
    /// The school's portal.
    pub portal: Option<Arc<PortalRemote>>,
}

impl Remotes {
    /// Prepares them; connects nowhere yet.
    ///
    /// # Errors
    /// A sentence, when a remote's settings cannot be used.
    pub fn prepare(loaded: &Loaded) -> anyhow::Result<Self> {
        Ok(Self {
            firestore: firestore(loaded)?.map(Arc::new),
            portal: portal(loaded)?.map(Arc::new),
        })
    }

    /// Those that check-ins are delivered to.
    pub fn all(&self) -> impl Iterator<Item = Arc<dyn Remote>> {
        let firestore = self.firestore.clone().map(|it| it as Arc<dyn Remote>);
        let portal = self.portal.clone().map(|it| it as Arc<dyn Remote>);
        firestore.into_iter().chain(portal)
    }
}

/// Firestore, where a configuration asks for it.
///
/// # Errors
/// As [`Remotes::prepare`].
pub fn firestore(loaded: &Loaded) -> anyhow::Result<Option<Firestore>> {
    let settings = firestore_settings(loaded);
    Ok(settings.map(Firestore::new).transpose()?)
}

/// The portal, where a configuration names one.
///
/// # Errors
/// As [`Remotes::prepare`].
pub fn portal(loaded: &Loaded) -> anyhow::Result<Option<PortalRemote>> {
    let settings = portal_settings(loaded);
    Ok(settings.map(PortalRemote::new).transpose()?)
}

fn firestore_settings(loaded: &Loaded) -> Option<FirestoreSettings> {
    let config = &loaded.config;
    let (project_id, emulator, credentials) = match &loaded.firestore {
        FirestoreAccess::Off => return None,
        FirestoreAccess::Emulator { host, project_id } => (
            project_id.clone(),
            Some(host.clone()),
            CredentialSources::default(),
        ),
        FirestoreAccess::Account(places) => {
            let places = places.clone();
            let credentials = CredentialSources {
                json: places.json,
                env_path: places.env_path,
                config_path: places.config_path,
                config_dir: Some(places.config_dir),
                systemd_dir: places.systemd_dir,
            };
            (config.firestore.project_id.clone(), None, credentials)
        }
    };
    Some(FirestoreSettings {
        project_id,
        database: config.firestore.database.clone(),
        credentials,
        emulator,
        max_records_per_second: config.firestore.max_records_per_second,
        zone: config.kiosk.timezone,
    })
}

fn portal_settings(loaded: &Loaded) -> Option<PortalSettings> {
    let portal = &loaded.config.portal;
    Some(PortalSettings {
        url: portal.url.as_ref()?.to_string(),
        api_key: portal.api_key.clone(),
        api_key_in_body: portal.api_key_in_body,
        timeout: Duration::from_secs(portal.timeout_seconds.into()),
        zone: loaded.config.kiosk.timezone,
    })
}
