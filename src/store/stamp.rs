//! Stamps of statements, and the kiosks that made them.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::StoreError;
use super::row::damaged;
use crate::domain::Timestamp;

/// The kiosk that made a statement, by its row in `kiosks`.
pub(super) type KioskRow = i64;
/// The row of this kiosk.
pub(super) const THIS_KIOSK: KioskRow = 0;

/// Orders the statements about a key: the one with the greatest stamp is in force. The later time decides.
/// A new statement's stamp is never older than the one that it replaces, even if the clock went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) at: Timestamp,
    pub(super) by: KioskRow,
}

/// The row of a kiosk, made if it is not known yet; no name is this kiosk.
pub(super) fn kiosk_row(db: &Connection, name: Option<&str>) -> Result<KioskRow, StoreError> {
    const ADD: &str = "INSERT INTO kiosks (name) VALUES (?1) ON CONFLICT DO NOTHING";
    const FIND: &str = "SELECT id FROM kiosks WHERE name = ?1";
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(THIS_KIOSK);
    };
    let find = || {
        db.prepare_cached(FIND)?
            .query_row([name], |row| row.get(0))
            .optional()
    };
    if let Some(row) = find()? {
        return Ok(row);
    }
    db.prepare_cached(ADD)?.execute([name])?;
    find()?.ok_or_else(|| damaged("kiosk"))
}
