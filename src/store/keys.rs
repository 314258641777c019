//! The kiosk's id and secret key, generated once and kept in the database.

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::error::StoreError;
use super::row;
use crate::domain::SigningKey;
use crate::random;

/// The kiosk's id, and the key that it signs with.
#[derive(Debug, Clone)]
pub struct KioskKeys {
    /// The kiosk's id: the configured one, or a random UUID made at the first start.
    pub kiosk_id: String,
    /// Signs device cookies and tickets.
    pub signing_key: SigningKey,
}

impl Store {
    /// Reads the kiosk's keys and generates those that are missing.
    ///
    /// A configured id takes precedence and is not stored; an empty one selects the generated id.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub async fn kiosk_keys(&self, configured_id: &str) -> Result<KioskKeys, StoreError> {
        let configured_id = configured_id.to_owned();
        self.write(move |db, _| {
            let kiosk_id = if configured_id.is_empty() {
                let fresh = random::uuid().to_string().into_bytes();
                String::from_utf8(kept(db, "kiosk_id", fresh)?)
                    .map_err(|_| row::damaged("kiosk id"))?
            } else {
                configured_id
            };
            let key = kept(db, "signing_key", random_key()?.to_vec())?;
            let key: [u8; 32] = key.try_into().map_err(|_| row::damaged("signing key"))?;
            Ok(KioskKeys {
                kiosk_id,
                signing_key: SigningKey::from_bytes(key),
            })
        })
        .await
    }
}

/// The value kept under a name; `fresh` is kept if there is none.
fn kept(db: &Connection, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    const READ: &str = "SELECT value FROM settings WHERE name = ?1";
    const KEEP: &str = "INSERT INTO settings (name, value) VALUES (?1, ?2)";
    if let Some(value) = db.query_row(READ, [name], |row| row.get(0)).optional()? {
        return Ok(value);
    }
    db.execute(KEEP, (name, &fresh))?;
    Ok(fresh)
}

/// A key of 32 random bytes.
pub(super) fn random_key() -> Result<[u8; 32], StoreError> {
    let mut key = [0; 32];
    random::fill(&mut key)
        .map_err(|error| StoreError::Disk(format!("no random numbers: {error}")))?;
    Ok(key)
}
