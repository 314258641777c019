//! The board of a session: totals and latest arrivals for all, the roster for staff.

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use super::row::{self, damaged};
use super::rules::Rules;
use super::sessions;
use crate::domain::{
    Arrival, Board, Channel, Flags, Mark, Roster, RosterLine, Session, SessionId, Standing,
    Timestamp, Totals,
};

impl Store {
    /// What the public screen shows of a session, with its latest `arrivals`; `None` when there is no such session.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn board(&self, id: SessionId, arrivals: u32) -> Result<Option<Board>, StoreError> {
        self.read(move |db| {
            let Some(session) = session(db, id)? else {
                return Ok(None);
            };
            let totals = totals(db, id)?;
            Ok(Some(Board {
                totals,
                arrivals: latest(db, id, arrivals)?,
                session,
            }))
        })
        .await
    }

    /// All students of a session's unit with mark and standing; `None` if there is no such session.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn roster(
        &self,
        id: SessionId,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<Roster>, StoreError> {
        self.read(move |db| {
            let Some(session) = session(db, id)? else {
                return Ok(None);
            };
            let totals = totals(db, id)?;
            Ok(Some(Roster {
                totals,
                lines: lines(db, &session, now, &rules)?,
                session,
            }))
        })
        .await
    }
}

fn session(db: &Connection, id: SessionId) -> Result<Option<Session>, StoreError> {
    match sessions::find(db, id) {
        Ok(found) => Ok(Some(found.session)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn totals(db: &Connection, id: SessionId) -> Result<Totals, StoreError> {
    const MARKS: &str = "SELECT count(*) FILTER (WHERE counts AND flags NOT LIKE '%late%'),
            count(*) FILTER (WHERE counts AND flags LIKE '%late%'),
            count(*) FILTER (WHERE status = 'pending' AND voided_at IS NULL)
        FROM attendance WHERE session_id = ?1";
    // A student who waits for approval and has been enrolled meanwhile is not absent.
    const ENROLLED: &str =
        "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM attendance AS a
                WHERE a.student_id = e.student_id AND a.session_id = ?1 AND a.voided_at IS NULL))
        FROM enrollments AS e WHERE e.unit_id = (SELECT unit_id FROM attendance_sessions WHERE id = ?1)";
    let (present, late, pending): (u32, u32, u32) = db
        .prepare_cached(MARKS)?
        .query_row([id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let (enrolled, absent) = db
        .prepare_cached(ENROLLED)?
        .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Totals {
        enrolled,
        present,
        late,
        absent,
        pending,
    })
}

fn latest(db: &Connection, id: SessionId, limit: u32) -> Result<Vec<Arrival>, StoreError> {
    const SQL: &str =
        "SELECT a.id, a.timestamp, a.channel, a.late_minutes, a.flags, a.status, st.admission_number
        FROM attendance AS a JOIN students AS st ON st.id = a.student_id
        WHERE a.session_id = ?1 AND a.voided_at IS NULL ORDER BY a.timestamp DESC, a.rowid DESC LIMIT ?2";
    row::collect(
        &mut db.prepare_cached(SQL)?,
        (id.to_string(), limit),
        |row| {
            let text = |column: &str| row.get::<_, String>(column);
            Ok(Arrival {
                attendance_id: row::uuid(&text("id")?)?,
                at: row::timestamp(&text("timestamp")?)?,
                channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
                masked_number: row::number(&text("admission_number")?)?.masked(),
                punctuality: Flags::parse(&text("flags")?).punctuality(row.get("late_minutes")?),
                pending: text("status")? == "pending",
            })
        },
    )
}

/// Students who are enrolled or wait for approval, by number.
fn lines(
    db: &Connection,
    session: &Session,
    now: Timestamp,
    rules: &Rules,
) -> Result<Vec<RosterLine>, StoreError> {
    const SQL: &str = "WITH unit AS (SELECT id, planned_lessons FROM units WHERE code = :unit),
        held AS (
            SELECT s.id, s.date, s.starts_at FROM attendance_sessions AS s JOIN unit ON unit.id = s.unit_id
            WHERE s.semester = :semester AND s.state <> 'cancelled'
        ),
        people AS (
            SELECT student_id, enrolled_on FROM enrollments WHERE unit_id = (SELECT id FROM unit)
            UNION ALL
            SELECT student_id, '9999' FROM attendance WHERE session_id = :session AND status = 'pending' AND voided_at IS NULL
                AND student_id NOT IN (SELECT student_id FROM enrollments WHERE unit_id = (SELECT id FROM unit))
        )
        SELECT st.admission_number, st.name, here.status, here.timestamp, here.channel, here.late_minutes, here.flags,
            (SELECT count(*) FROM held JOIN attendance AS a
                ON a.student_id = p.student_id AND a.session_id = held.id AND a.counts) AS attended,
            (SELECT count(*) FROM held LEFT JOIN attendance AS a
                ON a.student_id = p.student_id AND a.session_id = held.id AND a.counts
                WHERE a.id IS NOT NULL OR (held.starts_at <= :now AND held.date >= p.enrolled_on)) AS held,
            coalesce((SELECT planned_lessons FROM unit), :planned) AS planned
        FROM people AS p JOIN students AS st ON st.id = p.student_id
        LEFT JOIN attendance AS here ON here.student_id = p.student_id AND here.session_id = :session
            AND here.voided_at IS NULL
        ORDER BY st.admission_number";
    let parameters = named_params! {
        ":unit": session.unit_code.as_str(),
        ":semester": session.semester.as_str(),
        ":session": session.id.to_string(),
        ":now": now.to_string(),
        ":planned": rules.planned_lessons,
    };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let channel: Option<String> = row.get("channel")?;
        let flags = Flags::parse(&row.get::<_, Option<String>>("flags")?.unwrap_or_default());
        let late_minutes = row
            .get::<_, Option<u32>>("late_minutes")?
            .unwrap_or_default();
        Ok(RosterLine {
            admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
            name: row::name(&row.get::<_, String>("name")?)?,
            mark: match row.get::<_, Option<String>>("status")?.as_deref() {
                None => Mark::Absent,
                Some("pending") => Mark::Pending,
                Some(_) if flags.has(crate::domain::Flag::Late) => Mark::Late,
                Some(_) => Mark::Present,
            },
            at: row::optional_timestamp(row.get("timestamp")?)?,
            channel: channel.as_deref().and_then(Channel::parse),
            punctuality: flags.punctuality(late_minutes),
            flags,
            standing: Standing::new(
                row.get("attended")?,
                row.get("held")?,
                row.get("planned")?,
                rules.thresholds,
            ),
        })
    })
}
