//! Reading sessions.

use chrono::NaiveDate;
use rusqlite::named_params;

use super::{CodedSession, look_for, open, opened};
use crate::domain::{Session, SessionId, StaffId, Timestamp};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use crate::store::units::IS_IN_CHARGE;

impl Store {
    /// A session by id; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn session(&self, id: SessionId) -> Result<Option<CodedSession>, StoreError> {
        self.read(move |db| Ok(look_for(db, id)?.map(CodedSession::from)))
            .await
    }

    /// The open sessions, earliest start first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn open_sessions(&self) -> Result<Vec<CodedSession>, StoreError> {
        self.read(|db| Ok(open(db)?.into_iter().map(CodedSession::from).collect()))
            .await
    }

    /// Sessions whose codes may still be presented: the open ones and those that ended after `since`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn coded_sessions(&self, since: Timestamp) -> Result<Vec<CodedSession>, StoreError> {
        self.read(move |db| {
            // Each part from its own index: every phone's request runs this, and the table grows for years.
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, s.code_key, s.opened_at FROM sessions AS s {SESSION_JOINS}
                WHERE s.id IN (SELECT id FROM lectures WHERE state = 'open'
                    UNION ALL SELECT id FROM lectures WHERE ends_at >= ?1)
                ORDER BY s.state = 'open' DESC, s.starts_at DESC"
            );
            row::collect(&mut db.prepare_cached(&sql)?, [since], |row| {
                Ok(opened(row)?.into())
            })
        })
        .await
    }

    /// The latest sessions of the units of which somebody is in charge, or of all, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions_of(
        &self,
        lecturer: Option<StaffId>,
        today: NaiveDate,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS} FROM sessions AS s {SESSION_JOINS}
                WHERE :staff_id IS NULL OR {IS_IN_CHARGE}
                ORDER BY s.starts_at DESC, s.uuid LIMIT :limit"
            );
            let parameters = named_params! {
                ":staff_id": lecturer, ":today": today, ":limit": limit,
            };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, row::session)
        })
        .await
    }
}
