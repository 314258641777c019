//! What only those who have charge of a unit see and change (feature F4): the right is checked with
//! every command, not by the menu that offers it.

use super::timetable::{Timetable, TimetableError};
use crate::domain::{Lecturer, Roster, Session, SessionId};
use crate::store::StoreError;

impl Timetable {
    /// As [`Timetable::roster`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`], and [`StoreError`] when the database cannot be read.
    pub async fn roster_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Roster, TimetableError> {
        self.session_as(lecturer, id).await?;
        let roster = self.roster(id).await?;
        Ok(roster.ok_or_else(|| missing(id))?)
    }

    /// The latest sessions of the units that a lecturer has charge of, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions_as(
        &self,
        lecturer: &Lecturer,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let units = self.units().await?;
        let mut sessions = self.sessions(limit).await?;
        sessions.retain(|session| {
            let mut units = units.iter();
            units.any(|unit| unit.code == session.unit_code && lecturer.has_charge_of(unit))
        });
        Ok(sessions)
    }

    /// As [`Timetable::reopen`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn reopen_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.session_as(lecturer, id).await?;
        Ok(self.reopen(id, reason, lecturer.staff_id.as_str()).await?)
    }

    /// As [`Timetable::cancel`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn cancel_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.session_as(lecturer, id).await?;
        Ok(self.cancel(id, reason, lecturer.staff_id.as_str()).await?)
    }

    async fn session_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Session, TimetableError> {
        let found = self.find(Some(id)).await?;
        let (session, _) = found.ok_or_else(|| missing(id))?;
        self.check_charge(lecturer, &session.unit_code).await?;
        Ok(session)
    }
}

fn missing(id: SessionId) -> StoreError {
    StoreError::Missing {
        what: "session",
        id: id.to_string(),
    }
}
