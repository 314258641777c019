//! The check-in itself: record, percentage and debts in one transaction.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use super::sessions;
use super::students;
use crate::domain::{
    AdmissionNumber, Channel, CheckInAnswer, DeliveryState, Flag, Flags, Percentage, Phase,
    Receipt, Refusal, RemoteAnswer, Session, SessionId, Standing, StudentLine, StudentName, Target,
    Thresholds, Timestamp, UnknownStudents, Windows, Zone,
};

/// A check-in whose words have been understood.
#[derive(Debug, Clone)]
pub struct NewCheckIn {
    /// The id that the record gets, a random UUID.
    pub attendance_id: Uuid,
    /// In which session.
    pub session: SessionId,
    /// Who.
    pub admission_number: AdmissionNumber,
    /// The name that was typed, if one was.
    pub student_name: Option<StudentName>,
    /// How.
    pub channel: Channel,
    /// The phone's mark in this session.
    pub device_mark: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// The site's rules, as far as a check-in needs them.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When check-ins are taken.
    pub windows: Windows,
    /// What happens to a number on no roster.
    pub unknown_students: UnknownStudents,
    /// Whether a second student from one phone is refused rather than flagged.
    pub block_shared_device: bool,
    /// Lessons planned in a semester, for units without a number of their own.
    pub planned_lessons: u32,
    /// What the site asks of its students.
    pub thresholds: Thresholds,
    /// Who is told of every check-in.
    pub deliver_to: Vec<Target>,
    /// The site's zone, for the date of an enrolment.
    pub zone: Zone,
}

/// Three different numbers at the keypad within this time raise [`Flag::Burst`] (feature C1).
const BURST_WITHIN: Duration = Duration::from_secs(15);
const BURST_OF: usize = 3;

impl Store {
    /// Checks a student in, or finds that they are, or says why not: the whole flow in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is recorded then.
    pub async fn check_in(
        &self,
        new: NewCheckIn,
        rules: Rules,
    ) -> Result<CheckInAnswer, StoreError> {
        self.write(move |db, events| check_in(db, events, &new, &rules))
            .await
    }

    /// The receipt of a record as it stands now; `None` when there is no such record.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn receipt(
        &self,
        attendance_id: Uuid,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<Receipt>, StoreError> {
        self.read(move |db| receipt(db, attendance_id, now, &rules))
            .await
    }

    /// How many records there are, in one session or in all.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_count(&self, session: Option<SessionId>) -> Result<u64, StoreError> {
        const ONE: &str = "SELECT count(*) FROM attendance WHERE session_id = ?1";
        const ALL: &str = "SELECT count(*) FROM attendance";
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
    name: Option<StudentName>,
    name_is_the_rosters: bool,
    on_a_roster: bool,
}

fn check_in(
    db: &Connection,
    events: &mut Vec<Event>,
    new: &NewCheckIn,
    rules: &Rules,
) -> Result<CheckInAnswer, StoreError> {
    let refused = |refusal| Ok(CheckInAnswer::Refused(refusal));
    let session = match sessions::find(db, new.session) {
        Ok(found) => found.session,
        Err(StoreError::Missing { .. }) => return refused(Refusal::NoSession),
        Err(error) => return Err(error),
    };
    let punctuality = match session.admit(new.now, rules.windows) {
        Ok(punctuality) => punctuality,
        Err(Phase::NotYet { opens_at }) => return refused(Refusal::NotYetOpen { opens_at }),
        Err(_) => return refused(Refusal::SessionClosed),
    };
    let known = find_student(db, &new.admission_number)?;
    if let Some(known) = &known
        && let Some(id) = existing(db, known.id, session.id)?
    {
        let receipt = receipt(db, id, new.now, rules)?.ok_or_else(|| damaged("record"))?;
        return Ok(CheckInAnswer::AlreadyMarked(Box::new(receipt)));
    }
    let is_unknown = !known.as_ref().is_some_and(|student| student.on_a_roster);
    if is_unknown && rules.unknown_students == UnknownStudents::Reject {
        return refused(Refusal::UnknownStudent);
    }
    let name_is_known = known.as_ref().is_some_and(|student| student.name.is_some());
    if is_unknown && !name_is_known && new.student_name.is_none() {
        return refused(Refusal::NameNeeded);
    }
    let shares_device = match &new.device_mark {
        Some(mark) => device_is_marked(db, session.id, mark)?,
        None => false,
    };
    if shares_device && rules.block_shared_device {
        return refused(Refusal::DeviceBlocked);
    }

    let pending = is_unknown && rules.unknown_students == UnknownStudents::Pending;
    let (student_id, name_differs) = match &known {
        Some(known) => (known.id, update_name(db, known, new)?),
        None => (add_student(db, new)?, false),
    };
    let unit_id = unit_of(db, session.id)?;
    if !pending {
        let on = session.date(rules.zone).to_string();
        students::enrol(db, student_id, unit_id, &on)?;
    }
    let bursts = new.channel == Channel::Keypad && is_burst(db, session.id, new.now)?;
    let late_minutes = punctuality.late_minutes();
    let flags = Flags::NONE
        .with_if(shares_device, Flag::SharedDevice)
        .with_if(bursts, Flag::Burst)
        .with_if(name_differs, Flag::NameMismatch)
        .with_if(
            punctuality != crate::domain::Punctuality::OnTime,
            Flag::Late,
        )
        .with_if(
            session
                .reopened_at
                .is_some_and(|reopened| new.now >= reopened),
            Flag::AfterReopen,
        );
    let record = Record {
        student_id,
        pending,
        late_minutes,
        flags,
        name_differs,
    };
    insert(db, new, &record)?;
    // Read after the record is in, so that this lecture counts.
    let standing = standing(db, student_id, &session, new.now, rules)?;
    set_percentage(db, new.attendance_id, standing.of_plan)?;
    if !pending {
        owe(db, new.attendance_id, &rules.deliver_to, new.now)?;
        events.extend(
            rules
                .deliver_to
                .iter()
                .map(|&target| Event::Owed { target }),
        );
    }
    events.push(Event::CheckedIn {
        session: session.id,
        attendance: new.attendance_id,
    });
    let receipt =
        receipt(db, new.attendance_id, new.now, rules)?.ok_or_else(|| damaged("record"))?;
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
) -> Result<Option<Uuid>, StoreError> {
    const SQL: &str = "SELECT id FROM attendance WHERE student_id = ?1 AND session_id = ?2";
    row::first(
        &mut db.prepare_cached(SQL)?,
        (student_id, session.to_string()),
        |row| row::uuid(&row.get::<_, String>(0)?),
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

/// Takes a typed name where it may be taken; `true` when it contradicts the roster's (feature A8).
fn update_name(db: &Connection, known: &Known, new: &NewCheckIn) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE students SET name = :name, source = 'self', updated_at = :now WHERE id = :id";
    let Some(typed) = &new.student_name else {
        return Ok(false);
    };
    match &known.name {
        Some(name) if known.name_is_the_rosters => Ok(!name.matches(typed)),
        Some(name) if name == typed => Ok(false),
        _ => {
            db.prepare_cached(SQL)?.execute(named_params! {
                ":name": typed.as_str(), ":now": new.now.to_string(), ":id": known.id,
            })?;
            Ok(false)
        }
    }
}

fn add_student(db: &Connection, new: &NewCheckIn) -> Result<i64, StoreError> {
    const SQL: &str =
        "INSERT INTO students (admission_number, name, source, created_at, updated_at)
        VALUES (:number, :name, 'self', :now, :now) RETURNING id";
    let name = new.student_name.as_ref().map_or("", StudentName::as_str);
    Ok(db.prepare_cached(SQL)?.query_row(
        named_params! { ":number": new.admission_number.as_str(), ":name": name, ":now": new.now.to_string() },
        |row| row.get(0),
    )?)
}

fn unit_of(db: &Connection, session: SessionId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT unit_id FROM attendance_sessions WHERE id = ?1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([session.to_string()], |row| row.get(0))?)
}

/// Whether this check-in makes a burst at the keypad; the earlier ones of the burst are flagged too.
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

struct Record {
    student_id: i64,
    pending: bool,
    late_minutes: u32,
    flags: Flags,
    name_differs: bool,
}

fn insert(db: &Connection, new: &NewCheckIn, record: &Record) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status,
            attendance_percentage, late_minutes, flags, typed_name, device_mark)
        VALUES (:id, :student, :session, :timestamp, :channel, :status, 0, :late, :flags, :typed_name, :device)";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":id": new.attendance_id.to_string(),
        ":student": record.student_id,
        ":session": new.session.to_string(),
        ":timestamp": new.now.to_string(),
        ":channel": new.channel.as_str(),
        ":status": if record.pending { "pending" } else { "present" },
        ":late": record.late_minutes,
        ":flags": record.flags.to_string(),
        ":typed_name": new.student_name.as_ref().filter(|_| record.name_differs).map(StudentName::as_str),
        ":device": new.device_mark,
    })?;
    Ok(())
}

fn set_percentage(
    db: &Connection,
    attendance_id: Uuid,
    percentage: Percentage,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attendance SET attendance_percentage = ?2 WHERE id = ?1";
    db.prepare_cached(SQL)?
        .execute((attendance_id.to_string(), percentage.as_f64()))?;
    Ok(())
}

fn owe(
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

/// A student's standing in the unit and semester of a session.
///
/// Attended: records that count, in sessions not cancelled. Held: those, and every session begun since
/// the student's enrolment (feature D5). One index look-up per session of the unit, whatever the size of the table.
fn standing(
    db: &Connection,
    student_id: i64,
    session: &Session,
    now: Timestamp,
    rules: &Rules,
) -> Result<Standing, StoreError> {
    const SQL: &str = "SELECT count(a.id) AS attended,
            count(*) FILTER (WHERE a.id IS NOT NULL OR (s.starts_at <= :now AND s.date >= coalesce(e.enrolled_on, '9999')))
                AS held,
            coalesce(u.planned_lessons, :planned) AS planned
        FROM units AS u
        LEFT JOIN attendance_sessions AS s
            ON s.unit_id = u.id AND s.semester = :semester AND s.state <> 'cancelled'
        LEFT JOIN enrollments AS e ON e.unit_id = u.id AND e.student_id = :student
        LEFT JOIN attendance AS a ON a.student_id = :student AND a.session_id = s.id AND a.status = 'present'
        WHERE u.code = :unit";
    let (attended, held, planned) = db.prepare_cached(SQL)?.query_row(
        named_params! {
            ":now": now.to_string(),
            ":planned": rules.planned_lessons,
            ":semester": session.semester.as_str(),
            ":student": student_id,
            ":unit": session.unit_code.as_str(),
        },
        |row| Ok((row.get("attended")?, row.get("held")?, row.get("planned")?)),
    )?;
    Ok(Standing::new(attended, held, planned, rules.thresholds))
}

fn receipt(
    db: &Connection,
    attendance_id: Uuid,
    now: Timestamp,
    rules: &Rules,
) -> Result<Option<Receipt>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, a.student_id, a.timestamp, a.channel, a.status, a.late_minutes, a.flags,
            st.admission_number, st.name AS student_name
        FROM attendance AS a JOIN students AS st ON st.id = a.student_id
        JOIN attendance_sessions AS s ON s.id = a.session_id {SESSION_JOINS} WHERE a.id = ?1",
    );
    let found = row::first(
        &mut db.prepare_cached(&sql)?,
        [attendance_id.to_string()],
        |row| {
            let student_id: i64 = row.get("student_id")?;
            let session = row::session(row)?;
            Ok(Receipt {
                attendance_id,
                student: StudentLine {
                    admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
                    name: row::name(&row.get::<_, String>("student_name")?)?,
                },
                checked_in_at: row::timestamp(&row.get::<_, String>("timestamp")?)?,
                channel: Channel::parse(&row.get::<_, String>("channel")?)
                    .ok_or_else(|| damaged("channel"))?,
                late_minutes: row.get("late_minutes")?,
                pending: row.get::<_, String>("status")? == "pending",
                flags: Flags::parse(&row.get::<_, String>("flags")?),
                standing: standing(db, student_id, &session, now, rules)?,
                delivery: delivery(db, attendance_id)?,
                session,
            })
        },
    )?;
    Ok(found)
}

/// What both remotes have said about a record.
fn delivery(db: &Connection, attendance_id: Uuid) -> Result<DeliveryState, StoreError> {
    const SQL: &str = "SELECT o.state, o.attempts, o.last_error, a.firebase_doc_id, a.portal_response
        FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id WHERE o.attendance_id = ?1 AND o.target = ?2";
    let about = |target: Target| -> Result<RemoteAnswer, StoreError> {
        let mut statement = db.prepare_cached(SQL)?;
        let found = statement
            .query_row((attendance_id.to_string(), target.as_str()), |row| {
                let state: String = row.get("state")?;
                let error: Option<String> = row.get("last_error")?;
                let firestore_id: Option<String> = row.get("firebase_doc_id")?;
                let portal_answer: Option<String> = row.get("portal_response")?;
                Ok((state, error, firestore_id, portal_answer))
            })
            .optional()?;
        Ok(match found {
            None => RemoteAnswer::Disabled,
            Some((state, error, firestore_id, portal_answer)) if state == "delivered" => {
                let (document_id, message) = match target {
                    Target::Firestore => (
                        firestore_id.unwrap_or_default(),
                        error.unwrap_or_else(|| "saved".to_owned()),
                    ),
                    Target::Portal => portal_words(portal_answer.as_deref(), attendance_id),
                };
                RemoteAnswer::Delivered {
                    document_id,
                    message,
                }
            }
            Some((_, Some(error), ..)) => RemoteAnswer::Failed { error },
            Some((_, None, ..)) => RemoteAnswer::Queued,
        })
    };
    Ok(DeliveryState {
        firestore: about(Target::Firestore)?,
        portal: about(Target::Portal)?,
    })
}

/// The id and the message in a portal's answer; the attendance id where the portal gives none (interfaces of the portal).
fn portal_words(answer: Option<&str>, attendance_id: Uuid) -> (String, String) {
    let answer: serde_json::Value = answer
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let id = match &answer["id"] {
        serde_json::Value::String(id) => id.clone(),
        serde_json::Value::Number(id) => id.to_string(),
        _ => attendance_id.to_string(),
    };
    (
        id,
        answer["message"].as_str().unwrap_or("recorded").to_owned(),
    )
}
