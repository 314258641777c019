//! The board of a session: totals and latest arrivals for all, the roster for staff.

use std::collections::HashMap;

use rusqlite::Connection;

use super::Store;
use super::column;
use super::counted::{self, Counted, Whom};
use super::error::StoreError;
use super::lectures::{self, Opened};
use super::records;
use super::row::{self, damaged};
use super::rules::Rules;
use crate::domain::{
    AdmissionNumber, Arrival, Board, Channel, Flag, Flags, Mark, Punctuality, Roster, RosterLine,
    SessionId, Timestamp, Totals, UnitReckoning,
};

impl Store {
    /// What the public screen shows of a session, with its latest `arrivals`; `None` when there is no such session.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn board(
        &self,
        id: SessionId,
        arrivals: u32,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<Board>, StoreError> {
        self.read(move |db| {
            let Some(lecture) = lectures::look_for(db, id)? else {
                return Ok(None);
            };
            let (reckoned, _, place) = counted(db, &lecture, now, &rules)?;
            Ok(Some(Board {
                totals: totals(&reckoned, place),
                arrivals: latest(db, lecture.id, arrivals)?,
                session: lecture.session,
            }))
        })
        .await
    }

    /// Everybody who is expected in a session or has come to it; `None` if there is no such session.
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
            let (reckoned, counted, place) = counted(db, &lecture, now, &rules)?;
            Ok(Some(Roster {
                policy: counted.policy,
                totals: totals(&reckoned, place),
                lines: lines(db, &lecture, reckoned, &counted, place)?,
                session: lecture.session,
            }))
        })
        .await
    }
}

fn totals(reckoned: &UnitReckoning, place: usize) -> Totals {
    reckoned.boards.get(place).copied().unwrap_or_default()
}

/// Every figure of a lecture's unit and semester, and the lecture's place among them.
fn counted(
    db: &Connection,
    lecture: &Opened,
    now: Timestamp,
    rules: &Rules,
) -> Result<(UnitReckoning, Counted, usize), StoreError> {
    let of = (lecture.unit, &lecture.session.semester);
    let counted = counted::load(db, of, Whom::All, now, rules)?;
    let place = counted.place(lecture.id);
    let place = place.ok_or_else(|| damaged("lecture"))?;
    Ok((counted.reckon(now), counted, place))
}

fn latest(db: &Connection, lecture: i64, limit: u32) -> Result<Vec<Arrival>, StoreError> {
    const SQL: &str =
        "SELECT r.shown_id, r.kiosk, r.at, r.channel, r.mark, r.late_minutes, st.admission_number
        FROM standing AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.mark IN ('present', 'pending') AND st.same_as IS NULL
        ORDER BY r.at DESC, r.id DESC LIMIT ?2";
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

/// What a record says on the board.
#[derive(Default)]
struct Seen {
    at: Option<Timestamp>,
    channel: Option<Channel>,
    punctuality: Punctuality,
    flags: Flags,
}

/// The lines of a board, by number.
fn lines(
    db: &Connection,
    lecture: &Opened,
    reckoned: UnitReckoning,
    counted: &Counted,
    place: usize,
) -> Result<Vec<RosterLine>, StoreError> {
    const STUDENT: &str = "SELECT admission_number, name FROM students WHERE id = ?1";
    let mut seen = seen(db, lecture.id)?;
    let mut lines = Vec::with_capacity(counted.students.len());
    for (student, figures) in counted.students.iter().zip(reckoned.students) {
        let Some(line) = figures.lectures.get(place) else {
            continue;
        };
        let Some(status) = line.status else {
            continue;
        };
        let seen = seen.remove(student).unwrap_or_default();
        let (number, name) = db.prepare_cached(STUDENT)?.query_row([student], |row| {
            Ok((row.get("admission_number")?, column::name(row, "name")?))
        })?;
        lines.push(RosterLine {
            admission_number: number,
            name,
            status,
            is_guest: !line.is_expected,
            at: seen.at,
            channel: seen.channel,
            punctuality: seen.punctuality,
            flags: seen.flags,
            standing: figures.standing,
        });
    }
    lines.sort_by(|a, b| a.admission_number.cmp(&b.admission_number));
    Ok(lines)
}

/// The records of a lecture that were not removed, by student. Of one that was taken back, that alone is shown.
fn seen(db: &Connection, lecture: i64) -> Result<HashMap<i64, Seen>, StoreError> {
    const SQL: &str =
        "SELECT r.student, r.kiosk, r.at, r.channel, r.mark, r.late_minutes, r.flags FROM standing AS r
        WHERE r.lecture = ?1 AND r.mark <> 'removed'";
    let found = row::collect(&mut db.prepare_cached(SQL)?, [lecture], |row| {
        let (punctuality, flags) = column::lateness_and_flags(row)?;
        let seen = if records::mark(row)? == Mark::TakenBack {
            Seen {
                flags: Flags::NONE.with_if(true, Flag::TakenBack),
                ..Seen::default()
            }
        } else {
            Seen {
                at: Some(row.get("at")?),
                channel: Some(records::channel(row)?),
                punctuality,
                flags,
            }
        };
        Ok((row.get("student")?, seen))
    })?;
    Ok(found.into_iter().collect())
}
