//! Attendance records: what a door saw, with the corrections of staff.
//!
//! There is one row for each student, lecture and kiosk. The view `standing` chooses which of a student's records
//! in a lecture counts. Lists, percentages and answers read that view.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, named_params};
use uuid::Uuid;

use super::column;
use super::error::StoreError;
use super::row::{self, damaged};
use super::stamp::{KioskRow, THIS_KIOSK};
use crate::domain::{
    AdmissionNumber, Channel, Mark, Punctuality, RecordState, SessionId, Timestamp, Uptime,
};

/// A record to be written.
pub(super) struct NewRecord<'a> {
    pub(super) lecture: i64,
    pub(super) student: i64,
    pub(super) kiosk: KioskRow,
    pub(super) uuid: Uuid,
    pub(super) state: &'a RecordState,
    /// The phone's mark in this lecture.
    pub(super) device: Option<&'a str>,
    /// No door saw the student: the record is made for the word of staff.
    pub(super) by_staff: bool,
    /// When it was removed, where it comes as removed.
    pub(super) decided_at: Option<Timestamp>,
    /// Another kiosk's: staff here removed it together with this kiosk's own.
    pub(super) set_aside: bool,
    /// The machine's monotonic time, where the clock that gave the time was not synchronised.
    pub(super) unset: Option<&'a Uptime>,
}

impl<'a> NewRecord<'a> {
    /// A record of this kiosk with its state alone.
    pub(super) fn new(lecture: i64, student: i64, uuid: Uuid, state: &'a RecordState) -> Self {
        Self {
            lecture,
            student,
            kiosk: THIS_KIOSK,
            uuid,
            state,
            device: None,
            by_staff: false,
            decided_at: None,
            set_aside: false,
            unset: None,
        }
    }
}

/// The parameters of the columns that staff can change, and others after them.
macro_rules! parameters {
    ($state:expr, $seen:expr, $decided_at:expr, $($name:literal: $value:expr,)+) => {
        named_params! {
            ":at": $state.at,
            ":channel": $state.channel,
            ":mark": stored_mark($state.mark),
            ":late": $state.punctuality,
            ":flags": $state.flags.stored_bits(),
            ":percentage": $state.percentage,
            ":typed_name": $state.typed_name,
            ":seen": $seen,
            ":decided_at": $decided_at,
            $($name: $value,)+
        }
    };
}

/// Writes a record; answers its row.
pub(super) fn insert(db: &Connection, new: &NewRecord<'_>) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO records (lecture, student, kiosk, uuid, at, channel, mark, late_minutes, flags,
            percentage, typed_name, device, further, set_aside, seen, decided_at, boot, uptime_ms)
        VALUES (:lecture, :student, :kiosk, :uuid, :at, :channel, :mark, :late, :flags, :percentage, :typed_name,
            :device, EXISTS (SELECT 1 FROM records WHERE lecture = :lecture AND student = :student), :set_aside,
            :seen, :decided_at, :boot, :uptime)";
    let seen = new.by_staff.then_some("null");
    // Without a boot id, runs cannot be distinguished.
    let unset = new.unset.filter(|uptime| uptime.boot.is_known());
    Ok(db.prepare_cached(SQL)?.insert(parameters! {
        new.state, seen, new.decided_at,
        ":lecture": new.lecture,
        ":student": new.student,
        ":kiosk": new.kiosk,
        ":uuid": new.uuid,
        ":device": new.device,
        ":set_aside": new.set_aside,
        ":boot": unset.map(|uptime| &uptime.boot),
        ":uptime": unset.map(milliseconds),
    })?)
}

/// Since the machine's start, as it is stored.
pub(super) fn milliseconds(uptime: &Uptime) -> i64 {
    i64::try_from(uptime.elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The stored word of a mark. Lateness is not a mark of its own there: the minutes say it.
pub(super) fn stored_mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Present | Mark::Late => "present",
        Mark::Pending => "pending",
        Mark::Removed => "removed",
        Mark::TakenBack => "taken_back",
    }
}

/// The mark of a row that has the columns `mark` and `late_minutes`.
pub(super) fn mark(row: &Row<'_>) -> Result<Mark, StoreError> {
    mark_of(row.get_ref("mark")?, row.get("late_minutes")?)
}

/// The mark of its stored word and of the minutes beside it.
pub(super) fn mark_of(word: ValueRef<'_>, punctuality: Punctuality) -> Result<Mark, StoreError> {
    Ok(match word.as_str().unwrap_or_default() {
        "present" if punctuality.is_late() => Mark::Late,
        "present" => Mark::Present,
        "pending" => Mark::Pending,
        "removed" => Mark::Removed,
        "taken_back" => Mark::TakenBack,
        _ => return Err(damaged("mark")),
    })
}

/// A student's record in a lecture, as it is now.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: i64,
    pub(super) kiosk: KioskRow,
    /// The id that this kiosk shows: of its own record, where it has one beside the one that counts.
    pub(super) shown_id: Uuid,
    pub(super) state: RecordState,
}

/// The columns of [`state`], for a query on `records AS r` or `standing AS r`.
pub(super) const STATE_COLUMNS: &str = "r.id AS record, r.kiosk, r.mark, r.at, r.channel, r.late_minutes, \
     r.flags, r.percentage, r.typed_name";

/// The state of a record from a row of [`STATE_COLUMNS`] and `student_name`.
pub(super) fn state(row: &Row<'_>) -> Result<RecordState, StoreError> {
    let (punctuality, flags) = column::lateness_and_flags(row)?;
    Ok(RecordState {
        mark: mark(row)?,
        at: row.get("at")?,
        channel: channel(row)?,
        punctuality,
        flags,
        percentage: row.get("percentage")?,
        typed_name: row.get("typed_name")?,
        name: column::name(row, "student_name")?,
        merged_into: None,
    })
}

/// How a record came, as seen from this kiosk.
pub(super) fn channel(row: &Row<'_>) -> Result<Channel, StoreError> {
    match row.get("kiosk")? {
        THIS_KIOSK => Ok(row.get("channel")?),
        _ => Ok(Channel::Remote),
    }
}

/// The record of a student in a lecture that counts.
pub(super) fn of_student(
    db: &Connection,
    lecture: i64,
    student: i64,
) -> Result<Option<Record>, StoreError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.shown_id, st.name AS student_name
        FROM standing AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.student = ?2"
    );
    row::first(&mut db.prepare_cached(&sql)?, (lecture, student), |row| {
        Ok(Record {
            id: row.get("record")?,
            kiosk: row.get("kiosk")?,
            shown_id: row.get("shown_id")?,
            state: state(row)?,
        })
    })
}

/// This kiosk's record of a student in a lecture, whether it stands or not.
pub(super) fn own(
    db: &Connection,
    lecture: i64,
    student: i64,
) -> Result<Option<Record>, StoreError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.uuid, st.name AS student_name
        FROM records AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.student = ?2 AND r.kiosk = 0"
    );
    row::first(&mut db.prepare_cached(&sql)?, (lecture, student), |row| {
        Ok(Record {
            id: row.get("record")?,
            kiosk: row.get("kiosk")?,
            shown_id: row.get("uuid")?,
            state: state(row)?,
        })
    })
}

/// The id and state of a record of this kiosk of which staff have spoken; `None` where it is as the door saw it.
pub(super) fn stated(
    db: &Connection,
    record: i64,
) -> Result<Option<(Uuid, RecordState)>, StoreError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.uuid, st.name AS student_name
        FROM records AS r JOIN students AS st ON st.id = r.student WHERE r.id = ?1 AND r.seen IS NOT NULL"
    );
    row::first(&mut db.prepare_cached(&sql)?, [record], |row| {
        Ok((row.get("uuid")?, state(row)?))
    })
}

/// Makes this kiosk's record of a student what staff say it is, and keeps what the door saw beside it.
pub(super) fn apply_mark(
    db: &Connection,
    lecture: SessionId,
    number: &AdmissionNumber,
    state: &RecordState,
    decided_at: Timestamp,
) -> Result<(), StoreError> {
    const OWN: &str = "(SELECT id FROM records WHERE kiosk = 0
        AND lecture = (SELECT id FROM lectures WHERE uuid = :lecture)
        AND student = (SELECT id FROM students WHERE admission_number = :number))";
    const ASIDE: &str = "UPDATE records SET set_aside = ?2 WHERE id = ?1 AND set_aside <> ?2";
    let own = named_params! { ":lecture": lecture, ":number": number };
    let find = format!(
        "SELECT {STATE_COLUMNS}, r.seen, st.name AS student_name
        FROM records AS r JOIN students AS st ON st.id = r.student WHERE r.id = {OWN}"
    );
    let found = row::first(&mut db.prepare_cached(&find)?, own, |row| {
        Ok((row.get("record")?, row.get("seen")?, self::state(row)?))
    })?;
    let (record, seen, before): (i64, Option<String>, RecordState) =
        found.ok_or_else(|| damaged("mark without a record"))?;
    let seen = match seen {
        Some(seen) => seen,
        None => serde_json::to_string(&before).expect("text and numbers are JSON"),
    };
    // No door saw it, and it is another student's, or its number never was (it names itself): it stands for nothing.
    let is_nothing = state.mark == Mark::Removed
        && state
            .merged_into
            .as_ref()
            .is_some_and(|right| seen == "null" || right == number);
    db.prepare_cached(ASIDE)?.execute((record, is_nothing))?;
    write(db, record, state, Some(&seen), Some(decided_at))
}

/// Gives a record the reading of the machine's clock that another one was made by: it has that one's time.
pub(super) fn take_time(db: &Connection, record: i64, from: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE records SET (boot, uptime_ms, clock_said)
            = (SELECT boot, uptime_ms, clock_said FROM records WHERE id = ?2)
        WHERE id = ?1";
    db.prepare_cached(SQL)?.execute((record, from))?;
    Ok(())
}

/// Moves the reading of the machine's clock by which a record was made, as far as its time has moved.
pub(super) fn move_time(db: &Connection, record: i64, by: i64) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE records SET uptime_ms = uptime_ms + ?2 WHERE id = ?1 AND boot IS NOT NULL";
    db.prepare_cached(SQL)?.execute((record, by))?;
    Ok(())
}

/// Writes the state of a record.
pub(super) fn write(
    db: &Connection,
    record: i64,
    state: &RecordState,
    seen: Option<&str>,
    decided_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE records SET at = :at, channel = :channel, mark = :mark, late_minutes = :late,
            flags = :flags, percentage = :percentage, typed_name = :typed_name, seen = :seen,
            decided_at = :decided_at
        WHERE id = :id";
    db.prepare_cached(SQL)?
        .execute(parameters! { state, seen, decided_at, ":id": record, })?;
    Ok(())
}
