//! Acts: who changed something, when and why. They are the audit log, which is never shortened.

use std::fmt::Display;

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use crate::domain::{Channel, Reading, Timestamp, Uptime};

/// The actor of what the kiosk does by itself.
pub(super) const KIOSK: &str = "kiosk";

/// Who acts, and when.
#[derive(Debug, Clone)]
pub struct AuditContext {
    /// A staff id, or `shell`.
    pub actor: String,
    /// The channel of a record that the actor makes.
    pub channel: Channel,
    pub now: Timestamp,
    /// The monotonic time, from which new deliveries are due.
    pub monotonic: Timestamp,
    /// Whether the clock is synchronised.
    pub clock_trusted: bool,
    /// The time since the machine's start, by which a time of an unsynchronised clock is corrected.
    pub uptime: Uptime,
}

impl AuditContext {
    /// What the clock says.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            at: self.now,
            trusted: self.clock_trusted,
            uptime: self.uptime.clone(),
            monotonic: self.monotonic,
        }
    }
}

/// Somebody's act, before it is committed.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) at: Timestamp,
    /// A staff id, `shell`, `kiosk`, or a door: `keypad`, `phone:` with the beginning of its mark.
    pub(super) actor: String,
    /// Such as `session.closed`.
    pub(super) action: String,
    /// The id of what it is about.
    pub(super) subject: String,
    /// What it was, in words, where the statements do not say it.
    pub(super) old: Option<String>,
    /// What it is now, likewise.
    pub(super) new: Option<String>,
    pub(super) reason: Option<String>,
    /// The act that this one takes back.
    pub(super) undoes: Option<i64>,
}

impl Act {
    /// Who did what to what; what it was, what it is and why are added where they are known.
    pub(super) fn new(at: Timestamp, actor: &str, action: &str, subject: &dyn Display) -> Self {
        Self {
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_string(),
            old: None,
            new: None,
            reason: None,
            undoes: None,
        }
    }

    /// With the words for what it was.
    pub(super) fn from(self, old: &dyn Display) -> Self {
        Self {
            old: Some(old.to_string()),
            ..self
        }
    }

    /// With the words for what it is now.
    pub(super) fn to(self, new: &dyn Display) -> Self {
        Self {
            new: Some(new.to_string()),
            ..self
        }
    }

    /// With a reason, where there is one.
    pub(super) fn because(self, reason: Option<&str>) -> Self {
        Self {
            reason: reason.map(str::to_owned),
            ..self
        }
    }
}

/// Writes an act in the caller's transaction; answers its id.
pub(super) fn write(db: &Connection, act: &Act) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO acts (at, actor, action, subject, old, new, reason, undoes)
        VALUES (:at, :actor, :action, :subject, :old, :new, :reason, :undoes)";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":at": act.at,
        ":actor": act.actor,
        ":action": act.action,
        ":subject": act.subject,
        ":old": act.old,
        ":new": act.new,
        ":reason": act.reason,
        ":undoes": act.undoes,
    })?;
    Ok(db.last_insert_rowid())
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
            let act = Act::new(now, &actor, "firestore.cleaned", &extent)
                .from(&format!("{documents} documents"))
                .to(&format!("backup {backup}"));
            write(db, &act)?;
            Ok(())
        })
        .await
    }
}
