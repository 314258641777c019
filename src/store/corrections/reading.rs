//! What a correction finds.

use uuid::Uuid;

use super::{Act, Found, Stop, Student};
use crate::domain::{AdmissionNumber, CorrectionRefusal, Session, SessionId, SessionState};
use crate::store::error::StoreError;
use crate::store::row::{self, damaged};
use crate::store::{sessions, snapshot};

impl Act<'_> {
    pub(super) fn session(&self, id: SessionId) -> Result<Session, Stop> {
        match sessions::find(self.db, id) {
            Ok(found) if found.session.state == SessionState::Cancelled => {
                Err(CorrectionRefusal::SessionCancelled.into())
            }
            Ok(found) => Ok(found.session),
            Err(StoreError::Missing { .. }) => Err(CorrectionRefusal::NoSession.into()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn student(&self, number: &AdmissionNumber) -> Result<Option<Student>, Stop> {
        const SQL: &str = "SELECT id, name FROM students WHERE admission_number = ?1";
        let found = row::first(
            &mut self.db.prepare_cached(SQL)?,
            [number.as_str()],
            |row| {
                Ok(Student {
                    id: row.get("id")?,
                    name: row::name(&row.get::<_, String>("name")?)?,
                })
            },
        );
        Ok(found?)
    }

    pub(super) fn record(
        &self,
        student_id: i64,
        session: SessionId,
    ) -> Result<Option<Found>, Stop> {
        let sql = format!(
            "SELECT {} FROM attendance AS a JOIN students AS st ON st.id = a.student_id
            WHERE a.student_id = ?1 AND a.session_id = ?2",
            snapshot::COLUMNS
        );
        let parameters = (student_id, session.to_string());
        Ok(row::first(
            &mut self.db.prepare_cached(&sql)?,
            parameters,
            found,
        )?)
    }

    pub(super) fn record_by_id(&self, id: Uuid) -> Result<Found, Stop> {
        let sql = format!(
            "SELECT {} FROM attendance AS a JOIN students AS st ON st.id = a.student_id WHERE a.id = ?1",
            snapshot::COLUMNS
        );
        let found = row::first(&mut self.db.prepare_cached(&sql)?, [id.to_string()], found)?;
        Ok(found.ok_or_else(|| damaged("line of the log"))?)
    }

    /// A record of another kiosk is put right there: here it would come back with the next reading.
    pub(super) fn may_change(&self, record: &Found) -> Result<(), Stop> {
        const SQL: &str = "SELECT kiosk_id FROM attendance WHERE id = ?1";
        let kiosk_id: Option<String> = self
            .db
            .prepare_cached(SQL)?
            .query_row([record.id.to_string()], |row| row.get(0))?;
        match kiosk_id {
            Some(kiosk_id) => Err(CorrectionRefusal::OtherKiosk { kiosk_id }.into()),
            None => Ok(()),
        }
    }
}

fn found(row: &rusqlite::Row<'_>) -> Result<Found, StoreError> {
    Ok(Found {
        id: row::uuid(&row.get::<_, String>("attendance_id")?)?,
        student_id: row.get("student_id")?,
        session: SessionId::from_uuid(row::uuid(&row.get::<_, String>("record_session")?)?),
        state: snapshot::of_row(row)?,
    })
}
