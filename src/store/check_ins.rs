//! The check-in itself: record, percentage and deliveries in one transaction.

use std::time::Duration;

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::column;
use super::counted::{self, Whom};
use super::deliveries;
use super::enrolments;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::{self, Opened};
use super::receipts;
use super::records::{self, NewRecord};
use super::row::{self, damaged};
use super::rules::Rules;
use super::students;
use crate::domain::{
    AdmissionNumber, Channel, CheckInAnswer, Flag, Flags, InvalidAdmissionNumber, Mark, NameSource,
    PersonName, Reading, Receipt, RecordState, Refusal, Session, SessionId, StudentLine, Timestamp,
    UnknownStudents, near_number,
};

/// A check-in whose text has been parsed.
#[derive(Debug, Clone)]
pub struct NewCheckIn {
    /// The id that the record gets, a random UUID.
    pub attendance_id: Uuid,
    pub session: SessionId,
    pub admission_number: AdmissionNumber,
    /// The name that was typed, if one was.
    pub student_name: Option<PersonName>,
    /// Whether the number is meant as it is, though it resembles one of the list.
    pub insists: bool,
    /// Whether the number is a code that the screen has shown.
    pub is_code: bool,
    pub channel: Channel,
    /// The phone's mark in this session.
    pub device_mark: Option<String>,
    /// The time, on both clocks of the machine.
    pub read: Reading,
}

/// Three different numbers at the keypad within this time raise [`Flag::Burst`] (feature C1).
const BURST_WITHIN: Duration = Duration::from_secs(15);
const BURST_OF: usize = 3;

impl Store {
    /// Checks a student in, finds the existing record, or refuses; all in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is recorded then.
    pub async fn check_in(
        &self,
        new: NewCheckIn,
        rules: Rules,
    ) -> Result<Result<CheckInAnswer, Refusal>, StoreError> {
        self.write_unless_refused(move |db, events| check_in(db, events, &new, &rules))
            .await
    }

    /// How many students have a record in one session, or how many have one in each session, added up.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_count(&self, session: Option<SessionId>) -> Result<u64, StoreError> {
        const ONE: &str = "SELECT count(*) FROM standing
            WHERE lecture = (SELECT id FROM lectures WHERE uuid = ?1)";
        // Records are numbered from 1 and never deleted.
        const ALL: &str =
            "SELECT coalesce(max(id), 0) - (SELECT count(*) FROM records WHERE further)
            FROM records";
        self.read(move |db| {
            Ok(match session {
                Some(id) => db.prepare_cached(ONE)?.query_row([id], |row| row.get(0))?,
                None => db.prepare_cached(ALL)?.query_row([], |row| row.get(0))?,
            })
        })
        .await
    }
}

/// A student as the check-in finds them.
struct Known {
    id: i64,
    name: Option<PersonName>,
    /// Whether staff or a list have named them or enrolled them anywhere.
    is_named: bool,
}

pub(super) fn check_in(
    db: &Connection,
    events: &mut Vec<Event>,
    new: &NewCheckIn,
    rules: &Rules,
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let lecture = lectures::look_for(db, new.session)?;
    let lecture = lecture.ok_or(Stop::Refused(Refusal::NoSession))?;
    let session = &lecture.session;
    let admission = session.admit(new.read.at, rules.windows);
    let punctuality = admission.punctuality().map_err(Stop::Refused)?;
    let known = find_student(db, &new.admission_number)?;
    if let Some(known) = &known
        && let Some(receipt) = recorded(db, lecture.id, known.id, new.read.at, rules)?
    {
        return Ok(CheckInAnswer::AlreadyMarked(Box::new(receipt)));
    }
    let of = (lecture.unit, &session.semester);
    let load = |student| counted::load(db, of, Whom::One(student), new.read.at, rules);
    let before = known.as_ref().map(|known| load(known.id)).transpose()?;
    let is_enrolled = before.as_ref().is_some_and(|it| !it.enrolment().is_empty());
    let is_unknown = !is_enrolled && !known.as_ref().is_some_and(|student| student.is_named);
    if is_unknown && new.is_code {
        let error = InvalidAdmissionNumber::Code;
        return Err(Stop::Refused(Refusal::InvalidNumber(error)));
    }
    let near = if is_unknown {
        near(db, &lecture, known.as_ref(), new)?
    } else {
        None
    };
    let resembles = near.is_some();
    if let Some(suggestion) = near.filter(|_| !new.insists) {
        return Err(Stop::Refused(Refusal::NearNumber { suggestion }));
    }
    if is_unknown && rules.unknown_students == UnknownStudents::Reject {
        return Err(Stop::Refused(Refusal::UnknownStudent));
    }
    let name_is_known = known.as_ref().is_some_and(|student| student.name.is_some());
    if is_unknown && !name_is_known && new.student_name.is_none() {
        return Err(Stop::Refused(Refusal::NameNeeded));
    }
    let shares_device = device_is_marked(db, lecture.id, new.device_mark.as_deref())?;
    if shares_device && rules.block_shared_device {
        return Err(Stop::Refused(Refusal::DeviceBlocked));
    }

    let pending = is_unknown && rules.unknown_students == UnknownStudents::Pending;
    let student = match known {
        Some(known) => known_student(db, known, new)?,
        None => new_student(db, new)?,
    };
    let bursts = new.channel == Channel::Keypad && is_burst(db, lecture.id, new.read.at)?;
    let flags = Flags::NONE
        .with_if(shares_device, Flag::SharedDevice)
        .with_if(bursts, Flag::Burst)
        .with_if(student.contradicted, Flag::NameMismatch)
        .with_if(!new.read.trusted, Flag::ClockUntrusted)
        .with_if(reopened(session, new.read.at), Flag::AfterReopen)
        .with_if(resembles, Flag::NearNumber)
        .with_punctuality(punctuality);
    let mark = if pending {
        Mark::Pending
    } else {
        punctuality.into()
    };
    let mut counted = match before {
        Some(before) => before,
        None => load(student.id)?,
    };
    // Whoever is on no list is enrolled by coming where the site says so, or the unit has no list.
    let enrols = !pending
        && (rules.unknown_students == UnknownStudents::Register || !counted.facts.has_list);
    counted.mark(lecture.id, mark, enrols);
    let figures = counted.student(new.read.at)?;
    // A stranger's record counts for nobody, until a list or staff enrol them.
    let standing = figures.standing.filter(|_| !pending);
    let typed_name = new.student_name.clone().filter(|_| student.contradicted);
    let state = RecordState {
        mark,
        at: new.read.at,
        channel: new.channel,
        punctuality,
        flags,
        percentage: standing.as_ref().map(|standing| standing.of_plan),
        typed_name,
        name: None,
        merged_into: None,
    };
    let record = NewRecord {
        device: new.device_mark.as_deref(),
        unset: (!new.read.trusted).then_some(&new.read.uptime),
        ..NewRecord::new(lecture.id, student.id, new.attendance_id, &state)
    };
    let record = records::insert(db, &record)?;
    let deliver_to = match standing {
        Some(_) => &rules.deliver_to[..],
        None => &[],
    };
    deliveries::queue_check_in(db, events, deliver_to, record, new.read.monotonic)?;
    events.push(Event::CheckedIn {
        session: new.session,
        attendance: new.attendance_id,
    });
    Ok(CheckInAnswer::Recorded(Box::new(Receipt {
        attendance_id: new.attendance_id,
        student: StudentLine {
            admission_number: new.admission_number.clone(),
            name: student.name,
        },
        checked_in_at: new.read.at,
        channel: new.channel,
        punctuality,
        pending,
        flags,
        percentage: state.percentage,
        listing: figures.listing,
        standing,
        delivery: receipts::undelivered(deliver_to),
        session: lecture.session,
    })))
}

fn reopened(session: &Session, now: Timestamp) -> bool {
    session.reopened_at.is_some_and(|at| now >= at)
}

/// What a student gets who has a record in the lecture; `None` without one.
fn recorded(
    db: &Connection,
    lecture: i64,
    student: i64,
    now: Timestamp,
    rules: &Rules,
) -> Result<Option<Receipt>, Stop<Refusal>> {
    let Some(record) = records::of_student(db, lecture, student)? else {
        return Ok(None);
    };
    // Staff removed the mark: another check-in does not restore it.
    if record.state.mark == Mark::Removed {
        return Err(Stop::Refused(Refusal::MarkRemoved));
    }
    let receipt = receipts::find(db, record.shown_id, now, rules)?;
    Ok(Some(receipt.ok_or_else(|| damaged("record"))?))
}

/// The number of a lecture's list that an unknown one resembles; `None` once its student has insisted on it.
fn near(
    db: &Connection,
    lecture: &Opened,
    known: Option<&Known>,
    new: &NewCheckIn,
) -> Result<Option<AdmissionNumber>, StoreError> {
    const INSISTED: &str =
        "SELECT 1 FROM lectures AS l JOIN records AS r ON r.lecture = l.id AND r.student = ?3
        WHERE l.unit = ?1 AND l.semester = ?2 AND r.mark <> 'removed' AND r.flags & ?4";
    let (unit, semester) = (lecture.unit, &lecture.session.semester);
    if let Some(Known { id, .. }) = known {
        let flag = Flags::NONE.with_if(true, Flag::NearNumber).stored_bits();
        if db
            .prepare_cached(INSISTED)?
            .exists((unit, semester, id, flag))?
        {
            return Ok(None);
        }
    }
    let list = enrolments::numbers_on(db, unit, semester, lecture.date)?;
    Ok(near_number(&new.admission_number, list))
}

fn find_student(db: &Connection, number: &AdmissionNumber) -> Result<Option<Known>, StoreError> {
    const SQL: &str = "SELECT id, name,
            source = 'roster' OR EXISTS (SELECT 1 FROM enrolments AS e WHERE e.student = students.id) AS is_named
        FROM students WHERE admission_number = ?1";
    row::first(&mut db.prepare_cached(SQL)?, [number], |row| {
        Ok(Known {
            id: row.get("id")?,
            name: column::name(row, "name")?,
            is_named: row.get("is_named")?,
        })
    })
}

fn device_is_marked(db: &Connection, lecture: i64, mark: Option<&str>) -> Result<bool, StoreError> {
    // The student in question has no record yet, so any record with this mark is another student's.
    const SQL: &str = "SELECT 1 FROM records WHERE lecture = ?1 AND device = ?2";
    Ok(db.prepare_cached(SQL)?.exists((lecture, mark))?)
}

/// The student of a new record.
struct RecordedStudent {
    id: i64,
    name: Option<PersonName>,
    /// The typed name differs from the one on record.
    contradicted: bool,
}

/// A known student, with the typed name where none is on record (feature A8).
fn known_student(
    db: &Connection,
    known: Known,
    new: &NewCheckIn,
) -> Result<RecordedStudent, StoreError> {
    let Known { id, name, .. } = known;
    let (name, contradicted) = match (name, &new.student_name) {
        (name, None) => (name, false),
        (Some(name), Some(typed)) => {
            let contradicted = !name.matches(typed);
            (Some(name), contradicted)
        }
        (None, Some(typed)) => {
            let (number, by) = (&new.admission_number, NameSource::Student);
            students::rename_by_student(db, number, typed, Some(by), new.read.at)?;
            (Some(typed.clone()), false)
        }
    };
    Ok(RecordedStudent {
        id,
        name,
        contradicted,
    })
}

fn new_student(db: &Connection, new: &NewCheckIn) -> Result<RecordedStudent, StoreError> {
    let name = new.student_name.clone();
    Ok(RecordedStudent {
        id: students::add_self_registered(db, &new.admission_number, name.as_ref())?,
        name,
        contradicted: false,
    })
}

/// Whether this check-in completes a burst at the keypad; then the earlier ones are flagged too.
///
/// The last two are enough: any before them were part of a burst with these two, and are flagged.
fn is_burst(db: &Connection, lecture: i64, now: Timestamp) -> Result<bool, StoreError> {
    // Among the latest records only: more do not come in the time of a burst, and the table grows for years.
    const FIND: &str = "SELECT id FROM records
        WHERE id > (SELECT max(id) FROM records) - 2000 AND +lecture = :lecture AND kiosk = 0
            AND channel = 'keypad' AND at >= :since
        ORDER BY id DESC LIMIT 2";
    // Not where staff have spoken since: the record is as they say.
    const FLAG: &str = "UPDATE records SET flags = flags | ?2 WHERE id = ?1 AND seen IS NULL";
    let parameters = named_params! { ":lecture": lecture, ":since": now - BURST_WITHIN };
    let earlier: Vec<i64> = row::collect(&mut db.prepare_cached(FIND)?, parameters, |row| {
        Ok(row.get(0)?)
    })?;
    if earlier.len() + 1 < BURST_OF {
        return Ok(false);
    }
    let burst = Flags::NONE.with_if(true, Flag::Burst).stored_bits();
    for record in earlier {
        db.prepare_cached(FLAG)?.execute((record, burst))?;
    }
    Ok(true)
}
