//! The append-only log of what staff and the program changed.

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use crate::domain::Timestamp;

/// One line of the log.
pub(super) struct Entry<'a> {
    pub(super) at: Timestamp,
    /// A staff id, `shell` or `kiosk`.
    pub(super) actor: &'a str,
    /// Such as `session.closed`.
    pub(super) action: &'a str,
    /// The id of what was changed.
    pub(super) subject: &'a str,
    pub(super) old: Option<&'a str>,
    pub(super) new: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// A line that says who did what to what; what it was, what it is and why are added where they are known.
    pub(super) fn new(at: Timestamp, actor: &'a str, action: &'a str, subject: &'a str) -> Self {
        Self {
            at,
            actor,
            action,
            subject,
            old: None,
            new: None,
            reason: None,
        }
    }
}

/// How a line belongs to an earlier one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link {
    None,
    /// It takes that line back.
    Undoes(i64),
    /// It is of the same act as that line.
    PartOf(i64),
}

impl Store {
    /// Notes that documents are about to be deleted from Firestore, and where their backup is.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_cleanup(
        &self,
        extent: String,
        documents: u64,
        backup: String,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, _| {
            let entry = Entry {
                old: Some(&format!("{documents} documents")),
                new: Some(&format!("backup {backup}")),
                ..Entry::new(now, &actor, "firestore.cleaned", &extent)
            };
            add(db, &entry)
        })
        .await
    }
}

/// Adds a line in the caller's transaction.
pub(super) fn add(db: &Connection, entry: &Entry<'_>) -> Result<(), StoreError> {
    add_linked(db, entry, Link::None)?;
    Ok(())
}

/// As [`add`], for a line that belongs to an earlier one; answers the line's number.
pub(super) fn add_linked(
    db: &Connection,
    entry: &Entry<'_>,
    link: Link,
) -> Result<i64, StoreError> {
    const SQL: &str =
        "INSERT INTO audit_log (at, actor, action, subject, old, new, reason, undoes, part_of)
        VALUES (:at, :actor, :action, :subject, :old, :new, :reason, :undoes, :part_of)";
    let (undoes, part_of) = match link {
        Link::None => (None, None),
        Link::Undoes(earlier) => (Some(earlier), None),
        Link::PartOf(earlier) => (None, Some(earlier)),
    };
    db.prepare_cached(SQL)?.execute(named_params! {
        ":undoes": undoes,
        ":part_of": part_of,
        ":at": entry.at.to_string(),
        ":actor": entry.actor,
        ":action": entry.action,
        ":subject": entry.subject,
        ":old": entry.old,
        ":new": entry.new,
        ":reason": entry.reason,
    })?;
    Ok(db.last_insert_rowid())
}
