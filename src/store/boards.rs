//! The board of a session: totals and latest arrivals for all, the roster for staff.

use rusqlite::{Connection, named_params};

use super::Store;
use super::column;
use super::error::StoreError;
use super::lectures::{self, Opened};
use super::records;
use super::row;
use super::rules::Rules;
use crate::domain::{
    AdmissionNumber, Arrival, Board, Flags, Mark, Punctuality, Roster, RosterLine, SessionId,
    Standing, Timestamp, Totals,
};

impl Store {
    /// What the public screen shows of a session, with its latest `arrivals`; `None` when there is no such session.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn board(&self, id: SessionId, arrivals: u32) -> Result<Option<Board>, StoreError> {
        self.read(move |db| {
            let Some(lecture) = lectures::look_for(db, id)? else {
                return Ok(None);
            };
            Ok(Some(Board {
                totals: totals(db, &lecture)?,
                arrivals: latest(db, lecture.id, arrivals)?,
                session: lecture.session,
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
            let Some(lecture) = lectures::look_for(db, id)? else {
                return Ok(None);
            };
            Ok(Some(Roster {
                totals: totals(db, &lecture)?,
                lines: lines(db, &lecture, now, &rules)?,
                session: lecture.session,
            }))
        })
        .await
    }
}

fn totals(db: &Connection, lecture: &Opened) -> Result<Totals, StoreError> {
    const MARKS: &str =
        "SELECT count(*) FILTER (WHERE mark = 'present' AND late_minutes = 0) AS present,
            count(*) FILTER (WHERE mark = 'present' AND late_minutes > 0) AS late,
            count(*) FILTER (WHERE mark = 'pending') AS pending
        FROM standing WHERE lecture = ?1";
    // A student who waits for approval and has been enrolled meanwhile is not absent.
    const ENROLLED: &str =
        "SELECT count(*) AS enrolled, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM records AS r
                WHERE r.lecture = ?1 AND r.student = e.student AND r.mark <> 'removed')) AS absent
        FROM enrolments AS e WHERE e.unit = ?2";
    let marks = db.prepare_cached(MARKS)?.query_row([lecture.id], |row| {
        Ok(Totals {
            present: row.get("present")?,
            late: row.get("late")?,
            pending: row.get("pending")?,
            ..Totals::default()
        })
    })?;
    let (enrolled, absent) = db
        .prepare_cached(ENROLLED)?
        .query_row((lecture.id, lecture.unit), |row| {
            Ok((row.get("enrolled")?, row.get("absent")?))
        })?;
    Ok(Totals {
        enrolled,
        absent,
        ..marks
    })
}

fn latest(db: &Connection, lecture: i64, limit: u32) -> Result<Vec<Arrival>, StoreError> {
    const SQL: &str =
        "SELECT r.shown_id, r.kiosk, r.at, r.channel, r.mark, r.late_minutes, st.admission_number
        FROM standing AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.mark <> 'removed' ORDER BY r.at DESC, r.id DESC LIMIT ?2";
    row::collect(&mut db.prepare_cached(SQL)?, (lecture, limit), |row| {
        let number: AdmissionNumber = row.get("admission_number")?;
        Ok(Arrival {
            attendance_id: row.get("shown_id")?,
            at: row.get("at")?,
            channel: records::channel(row)?,
            masked_number: number.masked(),
            punctuality: row.get("late_minutes")?,
            pending: records::mark(row)? == Mark::Pending,
        })
    })
}

/// Students who are enrolled or wait for approval, by number.
fn lines(
    db: &Connection,
    lecture: &Opened,
    now: Timestamp,
    rules: &Rules,
) -> Result<Vec<RosterLine>, StoreError> {
    const SQL: &str = "WITH held AS (
            SELECT s.id, s.date, s.starts_at FROM lectures AS s
            WHERE s.unit = :unit AND s.semester = :semester AND s.state <> 'cancelled'
        ),
        people AS (
            SELECT student, since FROM enrolments WHERE unit = :unit
            UNION ALL
            SELECT student, '9999' FROM standing WHERE lecture = :lecture AND mark = 'pending'
                AND student NOT IN (SELECT student FROM enrolments WHERE unit = :unit)
        )
        SELECT st.admission_number, st.name, here.kiosk, here.mark, here.at, here.channel, here.late_minutes, here.flags,
            (SELECT count(*) FROM held WHERE EXISTS (SELECT 1 FROM records AS r
                WHERE r.lecture = held.id AND r.student = p.student AND r.mark = 'present')) AS attended,
            (SELECT count(*) FROM held WHERE (held.starts_at <= :now AND held.date >= p.since) OR EXISTS (
                SELECT 1 FROM records AS r
                WHERE r.lecture = held.id AND r.student = p.student AND r.mark = 'present')) AS held,
            coalesce((SELECT planned_lessons FROM units WHERE id = :unit), :planned) AS planned
        FROM people AS p JOIN students AS st ON st.id = p.student
        LEFT JOIN standing AS here ON here.lecture = :lecture AND here.student = p.student
            AND here.mark <> 'removed'
        ORDER BY st.admission_number";
    let parameters = named_params! {
        ":unit": lecture.unit,
        ":semester": lecture.session.semester,
        ":lecture": lecture.id,
        ":now": now,
        ":planned": rules.planned_lessons,
    };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let at: Option<Timestamp> = row.get("at")?;
        let is_here = at.is_some();
        let (punctuality, flags) = if is_here {
            column::lateness_and_flags(row)?
        } else {
            (Punctuality::OnTime, Flags::NONE)
        };
        Ok(RosterLine {
            admission_number: row.get("admission_number")?,
            name: column::name(row, "name")?,
            mark: if is_here {
                records::mark(row)?
            } else {
                Mark::Absent
            },
            at,
            channel: is_here.then(|| records::channel(row)).transpose()?,
            punctuality,
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
