//! The check-in itself: record, percentage and deliveries in one transaction.

use std::time::Duration;

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::receipts;
use super::row::{self, damaged};
use super::rules::Rules;
use super::sessions;
use super::students;
use crate::domain::{
    AdmissionNumber, Channel, CheckInAnswer, Flag, Flags, PersonName, Reading, Receipt, Refusal,
    SessionId, StudentLine, Target, Timestamp, UnknownStudents,
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

    /// How many records there are, in one session or in all.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_count(&self, session: Option<SessionId>) -> Result<u64, StoreError> {
        const ONE: &str = "SELECT count(*) FROM attendance WHERE session_id = ?1";
        const ALL: &str = "SELECT records FROM attendance_tally";
        self.read(move |db| {
            Ok(match session {
                Some(id) => db
                    .prepare_cached(ONE)?
                    .query_row([id.to_string()], |row| row.get(0))?,
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
    name_is_the_rosters: bool,
    on_a_roster: bool,
}

pub(super) fn check_in(
    db: &Connection,
    events: &mut Vec<Event>,
    new: &NewCheckIn,
    rules: &Rules,
) -> Result<CheckInAnswer, Stop<Refusal>> {
    let session = match sessions::find(db, new.session) {
        Ok(found) => found.session,
        Err(StoreError::Missing { .. }) => return Err(Stop::Refused(Refusal::NoSession)),
        Err(error) => return Err(error.into()),
    };
    let admission = session.admit(new.read.at, rules.windows);
    let punctuality = admission.punctuality().map_err(Stop::Refused)?;
    let known = find_student(db, &new.admission_number)?;
    if let Some(known) = &known
        && let Some((id, counts)) = existing(db, known.id, session.id)?
    {
        // Staff removed the mark: another check-in does not restore it.
        if !counts {
            return Err(Stop::Refused(Refusal::MarkRemoved));
        }
        let receipt =
            receipts::find(db, id, new.read.at, rules)?.ok_or_else(|| damaged("record"))?;
        return Ok(CheckInAnswer::AlreadyMarked(Box::new(receipt)));
    }
    let is_unknown = !known.as_ref().is_some_and(|student| student.on_a_roster);
    if is_unknown && rules.unknown_students == UnknownStudents::Reject {
        return Err(Stop::Refused(Refusal::UnknownStudent));
    }
    let name_is_known = known.as_ref().is_some_and(|student| student.name.is_some());
    if is_unknown && !name_is_known && new.student_name.is_none() {
        return Err(Stop::Refused(Refusal::NameNeeded));
    }
    let shares_device = match &new.device_mark {
        Some(mark) => device_is_marked(db, session.id, mark)?,
        None => false,
    };
    if shares_device && rules.block_shared_device {
        return Err(Stop::Refused(Refusal::DeviceBlocked));
    }

    let pending = is_unknown && rules.unknown_students == UnknownStudents::Pending;
    let student = match known {
        Some(known) => known_student(db, known, new)?,
        None => new_student(db, new)?,
    };
    if !pending {
        let on = session.date(rules.zone).to_string();
        students::enrol_in_unit_of(db, student.id, session.id, &on)?;
    }
    let bursts = new.channel == Channel::Keypad && is_burst(db, session.id, new.read.at)?;
    let flags = Flags::NONE
        .with_if(shares_device, Flag::SharedDevice)
        .with_if(bursts, Flag::Burst)
        .with_if(student.contradicted, Flag::NameMismatch)
        .with_punctuality(punctuality)
        .with_if(!new.read.trusted, Flag::ClockUntrusted)
        .with_if(
            session.reopened_at.is_some_and(|at| new.read.at >= at),
            Flag::AfterReopen,
        );
    let counted = (!pending).then_some(session.id);
    let standing = receipts::standing(db, student.id, session.id, counted, new.read.at, rules)?;
    let receipt = Receipt {
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
        standing,
        delivery: receipts::undelivered(if pending { &[] } else { &rules.deliver_to }),
        session,
    };
    let typed_name = new.student_name.as_ref().filter(|_| student.contradicted);
    insert(db, &receipt, student.id, typed_name, new)?;
    if !pending {
        queue_deliveries(db, new.attendance_id, &rules.deliver_to, new.read.monotonic)?;
        events.extend(
            rules
                .deliver_to
                .iter()
                .map(|&target| Event::Queued { target }),
        );
    }
    events.push(Event::CheckedIn {
        session: new.session,
        attendance: new.attendance_id,
    });
    Ok(CheckInAnswer::Recorded(Box::new(receipt)))
}

fn find_student(db: &Connection, number: &AdmissionNumber) -> Result<Option<Known>, StoreError> {
    const SQL: &str = "SELECT id, name, source = 'roster' AS from_roster,
            source = 'roster' OR EXISTS (SELECT 1 FROM enrollments AS e WHERE e.student_id = students.id) AS on_a_roster
        FROM students WHERE admission_number = ?1";
    row::first(&mut db.prepare_cached(SQL)?, [number.as_str()], |row| {
        Ok(Known {
            id: row.get("id")?,
            name: row::name(&row.get::<_, String>("name")?)?,
            name_is_the_rosters: row.get("from_roster")?,
            on_a_roster: row.get("on_a_roster")?,
        })
    })
}

fn existing(
    db: &Connection,
    student_id: i64,
    session: SessionId,
) -> Result<Option<(Uuid, bool)>, StoreError> {
    const SQL: &str = "SELECT id, voided_at IS NULL FROM attendance
        WHERE student_id = ?1 AND session_id = ?2";
    row::first(
        &mut db.prepare_cached(SQL)?,
        (student_id, session.to_string()),
        |row| Ok((row::uuid(&row.get::<_, String>(0)?)?, row.get(1)?)),
    )
}

fn device_is_marked(db: &Connection, session: SessionId, mark: &str) -> Result<bool, StoreError> {
    // The student in question has no record yet, so any record with this mark is another student's.
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM attendance WHERE session_id = ?1 AND device_mark = ?2)";
    Ok(db
        .prepare_cached(SQL)?
        .query_row((session.to_string(), mark), |row| row.get(0))?)
}

/// The student of a new record.
struct RecordedStudent {
    id: i64,
    name: Option<PersonName>,
    /// The typed name differs from the roster's.
    contradicted: bool,
}

/// A known student, with the typed name where it may replace the old one (feature A8).
fn known_student(
    db: &Connection,
    known: Known,
    new: &NewCheckIn,
) -> Result<RecordedStudent, StoreError> {
    const SQL: &str =
        "UPDATE students SET name = :name, source = 'self', updated_at = :now WHERE id = :id";
    let Known {
        id,
        name,
        name_is_the_rosters,
        ..
    } = known;
    let (name, contradicted) = match (name, &new.student_name) {
        (name, None) => (name, false),
        (Some(name), Some(typed)) if name_is_the_rosters => {
            let contradicted = !name.matches(typed);
            (Some(name), contradicted)
        }
        (Some(name), Some(typed)) if name == *typed => (Some(name), false),
        (_, Some(typed)) => {
            db.prepare_cached(SQL)?.execute(named_params! {
                ":name": typed.as_str(), ":now": new.read.at.to_string(), ":id": id,
            })?;
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
    const SQL: &str =
        "INSERT INTO students (admission_number, name, source, created_at, updated_at)
        VALUES (:number, :name, 'self', :now, :now) RETURNING id";
    let name = new.student_name.clone();
    let id = db.prepare_cached(SQL)?.query_row(
        named_params! {
            ":number": new.admission_number.as_str(),
            ":name": name.as_ref().map_or("", PersonName::as_str),
            ":now": new.read.at.to_string(),
        },
        |row| row.get(0),
    )?;
    Ok(RecordedStudent {
        id,
        name,
        contradicted: false,
    })
}

/// Whether this check-in completes a burst at the keypad; then the earlier ones are flagged too.
fn is_burst(db: &Connection, session: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    const FIND: &str = "SELECT id, flags FROM attendance
        WHERE session_id = ?1 AND timestamp >= ?2 AND channel = 'keypad'";
    const FLAG: &str = "UPDATE attendance SET flags = ?2 WHERE id = ?1";
    let since = now - BURST_WITHIN;
    let earlier = row::collect(
        &mut db.prepare_cached(FIND)?,
        (session.to_string(), since.to_string()),
        |row| {
            Ok((
                row.get::<_, String>(0)?,
                Flags::parse(&row.get::<_, String>(1)?),
            ))
        },
    )?;
    if earlier.len() + 1 < BURST_OF {
        return Ok(false);
    }
    for (id, flags) in earlier.iter().filter(|(_, flags)| !flags.has(Flag::Burst)) {
        db.prepare_cached(FLAG)?
            .execute((id, flags.with_if(true, Flag::Burst).to_string()))?;
    }
    Ok(true)
}

fn insert(
    db: &Connection,
    receipt: &Receipt,
    student_id: i64,
    typed_name: Option<&PersonName>,
    new: &NewCheckIn,
) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status,
            attendance_percentage, late_minutes, flags, typed_name, device_mark, boot_id, uptime_ms)
        VALUES (:id, :student, :session, :timestamp, :channel, :status, :percentage, :late, :flags,
            :typed_name, :device, :boot, :uptime)";
    let uptime = &new.read.uptime;
    let boot = uptime.boot.is_known().then(|| uptime.boot.as_str());
    db.prepare_cached(SQL)?.execute(named_params! {
        ":id": receipt.attendance_id.to_string(),
        ":student": student_id,
        ":session": receipt.session.id.to_string(),
        ":timestamp": receipt.checked_in_at.to_string(),
        ":channel": receipt.channel.as_str(),
        ":status": if receipt.pending { "pending" } else { "present" },
        ":percentage": receipt.standing.of_plan.as_f64(),
        ":late": receipt.punctuality.minutes(),
        ":flags": receipt.flags.to_string(),
        ":typed_name": typed_name.map(PersonName::as_str),
        ":device": new.device_mark,
        ":boot": boot,
        ":uptime": boot.map(|_| row::millis(uptime)),
    })?;
    Ok(())
}

pub(super) fn queue_deliveries(
    db: &Connection,
    attendance_id: Uuid,
    targets: &[Target],
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO outbox (attendance_id, target, next_attempt_at) VALUES (?1, ?2, ?3)";
    for target in targets {
        db.prepare_cached(SQL)?.execute((
            attendance_id.to_string(),
            target.as_str(),
            now.to_string(),
        ))?;
    }
    Ok(())
}
