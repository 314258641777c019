//! What a site sets about Firestore.

use super::credentials::CredentialSources;
use crate::domain::Zone;

/// The settings of one database.
#[derive(Debug, Clone)]
pub struct FirestoreSettings {
    /// The project; empty takes it from the credentials, or `demo-kiosk` on an emulator.
    pub project_id: String,
    /// The database, usually `(default)`.
    pub database: String,
    /// Where the key may be.
    pub credentials: CredentialSources,
    /// `host:port` of an emulator (`FIRESTORE_EMULATOR_HOST`): no TLS, and no credentials are read.
    pub emulator: Option<String>,
    /// The most records written in a second; 0 is no cap.
    pub max_records_per_second: u32,
    /// In which `date` and `time_slot` are written.
    pub zone: Zone,
}
