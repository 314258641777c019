//! Reading sessions.

use chrono::NaiveDate;
use rusqlite::named_params;

use super::timetable::entry;
use super::{CodedSession, look_for, open, opened};
use crate::domain::{Session, SessionId, StaffId, Timestamp, TimetableEntry};
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

    /// Every lecture that begins at `from` or later and before `until`, planned, opened or over, and those that are
    /// still open, by start. One that was opened has the times and the room that it was given.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lectures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<TimetableEntry>, StoreError> {
        // A planned lecture stands for the session that was opened in its place.
        const SQL: &str = "SELECT t.id, t.uuid, t.state, coalesce(held.starts_at, t.starts_at, t.planned_start) AS planned_start,
                coalesce(held.ends_at, t.ends_at, t.planned_end) AS planned_end,
                coalesce(held.venue, t.venue, t.planned_venue) AS planned_venue, t.problem,
                t.opened_at IS NOT NULL AS was_opened, held.uuid AS held_uuid, held.state AS held_state,
                u.code, u.name AS unit_name, l.staff_id, l.name AS lecturer_name
            FROM lectures AS t JOIN units AS u ON u.id = t.unit JOIN lecturers AS l ON l.id = u.lecturer_id
            LEFT JOIN lectures AS held ON held.id = t.held_as
            WHERE t.id IN (SELECT id FROM lectures WHERE planned_start >= :from AND planned_start < :until
                    UNION SELECT id FROM lectures WHERE starts_at >= :from AND starts_at < :until
                    UNION SELECT id FROM lectures WHERE state = 'open')
                AND NOT EXISTS (SELECT 1 FROM lectures AS stands WHERE stands.unit = t.unit AND stands.held_as = t.id)
            ORDER BY 4, u.code, 6";
        self.read(move |db| {
            let parameters = named_params! { ":from": from, ":until": until };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, entry)
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
