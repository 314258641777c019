//! The kiosk's id and secret key, generated once and kept in the database.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::acts::{self, Act};
use super::error::StoreError;
use super::row;
use crate::domain::{SigningKey, Timestamp};
use crate::random;

/// The kiosk's id, and the key that it signs with.
#[derive(Debug, Clone)]
pub struct KioskKeys {
    /// The kiosk's id: the configured one, or a random UUID made at the first start.
    pub kiosk_id: String,
    /// Signs the cookies by which phones are known again.
    pub signing_key: SigningKey,
    /// The key before that, and until when cookies that it signed are read.
    pub former_key: Option<(SigningKey, Timestamp)>,
    /// Since when tickets are signed by the key of their session. Those of forms that were open then are signed by the
    /// key of device cookies.
    pub tickets_by_session_since: Timestamp,
}

/// How long a replaced key reads device cookies: as long as browsers keep them, from one semester into the next.
const FORMER_KEY_FOR: Duration = Duration::from_hours(180 * 24);

impl Store {
    /// Reads the kiosk's keys and generates those that are missing.
    ///
    /// A configured id takes precedence and is not stored; an empty one selects the generated id.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub async fn kiosk_keys(
        &self,
        configured_id: &str,
        now: Timestamp,
    ) -> Result<KioskKeys, StoreError> {
        let configured_id = configured_id.to_owned();
        self.write(move |db, _| {
            let kiosk_id = if configured_id.is_empty() {
                let fresh = random::uuid().to_string().into_bytes();
                String::from_utf8(kept(db, "kiosk_id", fresh)?)
                    .map_err(|_| row::damaged("kiosk id"))?
            } else {
                configured_id
            };
            let since = kept(db, "tickets_by_session_since", time(now))?;
            Ok(KioskKeys {
                kiosk_id,
                signing_key: key(&kept(db, SIGNING_KEY, random_key()?.to_vec())?)?,
                former_key: found(db, FORMER_KEY)?.as_deref().map(former).transpose()?,
                tickets_by_session_since: read_time(&since)?,
            })
        })
        .await
    }

    /// Replaces the signing key. Cookies that the old one signed are read for 180 days more; a running kiosk
    /// takes the new one when it is started again. Answers until when the old one is read.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub async fn rotate_keys(
        &self,
        actor: String,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        self.write(move |db, _| {
            let until = now + FORMER_KEY_FOR;
            let mut old = kept(db, SIGNING_KEY, random_key()?.to_vec())?;
            old.extend(time(until));
            keep(db, FORMER_KEY, &old)?;
            keep(db, SIGNING_KEY, &random_key()?)?;
            acts::write(db, &Act::new(now, &actor, "keys.rotated", &""))?;
            Ok(until)
        })
        .await
    }
}

const SIGNING_KEY: &str = "signing_key";
/// The key and until when it is read.
const FORMER_KEY: &str = "former_signing_key";

fn key(bytes: &[u8]) -> Result<SigningKey, StoreError> {
    let key: [u8; 32] = bytes.try_into().map_err(|_| row::damaged("signing key"))?;
    Ok(SigningKey::from_bytes(key))
}

fn former(bytes: &[u8]) -> Result<(SigningKey, Timestamp), StoreError> {
    let (old, until) = bytes
        .split_at_checked(32)
        .ok_or_else(|| row::damaged("signing key"))?;
    Ok((key(old)?, read_time(until)?))
}

fn time(at: Timestamp) -> Vec<u8> {
    at.millis().to_be_bytes().to_vec()
}

fn read_time(bytes: &[u8]) -> Result<Timestamp, StoreError> {
    let millis: [u8; 8] = bytes.try_into().map_err(|_| row::damaged("time"))?;
    Ok(Timestamp::from_millis(i64::from_be_bytes(millis)))
}

/// The value kept under a name; `fresh` is kept if there is none.
fn kept(db: &Connection, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    if let Some(value) = found(db, name)? {
        return Ok(value);
    }
    keep(db, name, &fresh)?;
    Ok(fresh)
}

fn found(db: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const READ: &str = "SELECT value FROM settings WHERE name = ?1";
    Ok(db.query_row(READ, [name], |row| row.get(0)).optional()?)
}

fn keep(db: &Connection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    const KEEP: &str = "INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.execute(KEEP, (name, value))?;
    Ok(())
}

/// A key of 32 random bytes.
pub(super) fn random_key() -> Result<[u8; 32], StoreError> {
    let mut key = [0; 32];
    random::fill(&mut key)
        .map_err(|error| StoreError::Disk(format!("no random numbers: {error}")))?;
    Ok(key)
}
