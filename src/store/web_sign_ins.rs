//! Sign-ins of staff at browsers.

use std::time::Duration;

use rusqlite::named_params;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::lecturers;
use super::row;
use crate::domain::{Lecturer, SignInLimits, SignInToken, StaffId, Timestamp};

/// The shortest time between two updates of a sign-in's last use: a write for each page would wear the card.
const NOTED_EVERY: Duration = Duration::from_secs(60);

impl Store {
    /// Stores a sign-in, ends the previous one of the same browser, and deletes those that are over.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn add_web_sign_in(
        &self,
        token: SignInToken,
        staff_id: StaffId,
        replaced: Option<SignInToken>,
        limits: SignInLimits,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM web_sign_ins
            WHERE token_hash IN (:replaced, :unbound) OR last_used_at < :idle OR created_at < :over";
        const ADD: &str =
            "INSERT INTO web_sign_ins (token_hash, lecturer_id, created_at, last_used_at)
            SELECT :token_hash, id, :now, :now FROM lecturers WHERE staff_id = :staff_id";
        self.write(move |db, events| {
            db.prepare_cached(FORGET)?.execute(named_params! {
                ":replaced": replaced.as_ref().map(SignInToken::hash),
                ":unbound": replaced.as_ref().map(SignInToken::unbound_hash),
                ":idle": limits.idle_since(now),
                ":over": limits.over_since(now),
            })?;
            db.prepare_cached(ADD)?.execute(named_params! {
                ":token_hash": token.hash(),
                ":staff_id": staff_id,
                ":now": now,
            })?;
            events.push(Event::SignInsEnded);
            Ok(())
        })
        .await
    }

    /// The lecturer who is signed in with a token; `None` for an unknown or ended sign-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn web_sign_in(
        &self,
        token: SignInToken,
        limits: SignInLimits,
        now: Timestamp,
    ) -> Result<Option<Lecturer>, StoreError> {
        // A time in the future is from before the clock was set back, and proves nothing.
        const SQL: &str =
            "SELECT lecturer_id FROM web_sign_ins WHERE token_hash IN (:token_hash, :unbound)
            AND last_used_at BETWEEN :idle AND :soon AND created_at BETWEEN :over AND :soon";
        self.read(move |db| {
            let found = row::first(
                &mut db.prepare_cached(SQL)?,
                named_params! {
                    ":token_hash": token.hash(),
                    ":unbound": token.unbound_hash(),
                    ":idle": limits.idle_since(now),
                    ":over": limits.over_since(now),
                    ":soon": now + NOTED_EVERY,
                },
                |row| Ok(row.get::<_, i64>(0)?),
            )?;
            let found = found.map(|id| lecturers::by_id(db, id)).transpose()?;
            Ok(found.filter(|lecturer| !lecturer.has_left))
        })
        .await
    }

    /// Updates the last use of a sign-in, at most once a minute.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_web_sign_in_used(
        &self,
        token: SignInToken,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const LAST: &str =
            "SELECT 1 FROM web_sign_ins WHERE token_hash IN (?1, ?3) AND last_used_at < ?2";
        const NOTE: &str = "UPDATE web_sign_ins SET last_used_at = ?2 WHERE token_hash IN (?1, ?3)";
        let hashes = [token.hash(), token.unbound_hash()];
        let [hash, unbound] = hashes.clone();
        let is_old = self
            .read(move |db| {
                Ok(db
                    .prepare_cached(LAST)?
                    .exists((hash, now - NOTED_EVERY, unbound))?)
            })
            .await?;
        if !is_old {
            return Ok(());
        }
        self.write(move |db, _| {
            let [hash, unbound] = hashes;
            db.prepare_cached(NOTE)?.execute((hash, now, unbound))?;
            Ok(())
        })
        .await
    }

    /// Ends a sign-in; an unknown one is ignored.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn end_web_sign_in(&self, token: SignInToken) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM web_sign_ins WHERE token_hash IN (?1, ?2)";
        self.write(move |db, events| {
            db.prepare_cached(SQL)?
                .execute([token.hash(), token.unbound_hash()])?;
            events.push(Event::SignInsEnded);
            Ok(())
        })
        .await
    }
}
