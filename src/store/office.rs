//! The lists of the office, a page at a time, and the changes that are made in them (features G1, G2, G4).
//!
//! Each list is read in the order of an index, so that a page of fifty out of fifty thousand costs the
//! same as a page of fifty.

use rusqlite::{Connection, OptionalExtension as _, ToSql, named_params};
use uuid::Uuid;

use super::Store;
use super::audit;
use super::error::StoreError;
use super::event::Event;
use super::row::{self, damaged};
use super::units;
use crate::domain::{
    AdmissionNumber, Channel, Flags, SessionId, StaffId, StudentName, Target, Timestamp, UnitCode,
};

/// Rows on a page of a list.
pub const PAGE: u32 = 50;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// At most [`PAGE`] rows.
    pub rows: Vec<T>,
    /// Whether more follow.
    pub has_more: bool,
}

/// In which order students are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StudentOrder {
    /// By admission number.
    #[default]
    Number,
    /// By name.
    Name,
}

/// Which students are listed.
#[derive(Debug, Clone, Default)]
pub struct StudentQuery {
    /// Any part of the number or the name; empty for everybody.
    pub search: String,
    /// Only those enrolled in this unit.
    pub unit: Option<UnitCode>,
    /// In which order.
    pub order: StudentOrder,
    /// Which page, from 0.
    pub page: u32,
}

/// A student in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRow {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// The name; `None` when it is not known yet.
    pub name: Option<StudentName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
    /// Whether the name came from staff, not from the student.
    pub is_from_roster: bool,
}

/// A student with their units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentFile {
    /// Who.
    pub student: StudentRow,
    /// The units they are enrolled in, and since when.
    pub units: Vec<(UnitCode, String)>,
}

/// What the office may change about a student.
#[derive(Debug, Clone)]
pub struct StudentChange {
    /// The name; `None` leaves it unknown.
    pub name: Option<StudentName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
}

/// Where a record stands with the remotes, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncState {
    /// Owed to at least one.
    Waiting,
    /// Refused by at least one.
    Parked,
    /// Owed to none, delivered to at least one.
    Delivered,
}

/// Which records are listed.
#[derive(Debug, Clone, Default)]
pub struct AttendanceQuery {
    /// Only sessions of this local date.
    pub date: Option<chrono::NaiveDate>,
    /// Only sessions of this unit.
    pub unit: Option<UnitCode>,
    /// Only this student.
    pub number: Option<AdmissionNumber>,
    /// Only records that stand so.
    pub sync: Option<SyncState>,
    /// Which page, from 0.
    pub page: u32,
}

/// A record in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    /// Which.
    pub attendance_id: Uuid,
    /// Whose.
    pub admission_number: AdmissionNumber,
    /// Their name, where it is known.
    pub name: Option<StudentName>,
    /// Of which session.
    pub session_id: SessionId,
    /// Of which unit.
    pub unit_code: UnitCode,
    /// When it was made.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// `present` or `pending`.
    pub status: String,
    /// Whether staff took it back.
    pub is_voided: bool,
    /// What the lecturer should see.
    pub flags: Flags,
    /// The other kiosk that made it.
    pub kiosk_id: Option<String>,
    /// How it stands with Firestore; empty where nothing is owed.
    pub firestore: String,
    /// How it stands with the portal; empty where nothing is owed.
    pub portal: String,
}

/// A record with all that the remotes have said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceFile {
    /// The record.
    pub record: AttendanceRow,
    /// Of the planned lessons, as it was at the check-in.
    pub percentage: String,
    /// Minutes late.
    pub late_minutes: u32,
    /// What the student typed where it is not the roster's name.
    pub typed_name: Option<String>,
    /// The id under which Firestore keeps it.
    pub firebase_doc_id: Option<String>,
    /// The portal's whole answer.
    pub portal_response: Option<String>,
    /// By target: tries, and the last thing said.
    pub tries: Vec<(Target, u32, Option<String>)>,
}

/// What the office may change about a unit.
#[derive(Debug, Clone)]
pub struct UnitChange {
    /// Its title.
    pub name: String,
    /// Who holds it.
    pub lecturer: StaffId,
    /// Lessons planned; `None` is the site's number.
    pub planned_lessons: Option<u32>,
}

/// What the office may change about a lecturer.
#[derive(Debug, Clone)]
pub struct LecturerChange {
    /// Their name.
    pub name: StudentName,
    /// Their department; may be empty.
    pub department: String,
    /// Whether they may see and change everything.
    pub is_admin: bool,
}

impl Store {
    /// A page of the students.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_page(
        &self,
        query: StudentQuery,
    ) -> Result<ListPage<StudentRow>, StoreError> {
        self.read(move |db| students(db, &query)).await
    }

    /// How many students there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_count(&self) -> Result<u64, StoreError> {
        self.read(|db| {
            Ok(db
                .prepare_cached("SELECT count(*) FROM students")?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// A student with their units; `None` when there is no such student.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_file(
        &self,
        number: AdmissionNumber,
    ) -> Result<Option<StudentFile>, StoreError> {
        const STUDENT: &str = "SELECT admission_number, name, email, phone, source FROM students
            WHERE admission_number = ?1";
        const UNITS: &str = "SELECT u.code, e.enrolled_on FROM students AS st
            JOIN enrollments AS e ON e.student_id = st.id JOIN units AS u ON u.id = e.unit_id
            WHERE st.admission_number = ?1 ORDER BY u.code";
        self.read(move |db| {
            let found = row::first(&mut db.prepare_cached(STUDENT)?, [number.as_str()], student)?;
            let Some(student) = found else {
                return Ok(None);
            };
            let units = row::collect(&mut db.prepare_cached(UNITS)?, [number.as_str()], |row| {
                Ok((row::unit_code(&row.get::<_, String>(0)?)?, row.get(1)?))
            })?;
            Ok(Some(StudentFile { student, units }))
        })
        .await
    }

    /// Changes a student; a name that staff give is the roster's from then on (feature A8).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student.
    pub async fn change_student(
        &self,
        number: AdmissionNumber,
        change: StudentChange,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const BEFORE: &str = "SELECT name || ', ' || email || ', ' || phone FROM students WHERE admission_number = ?1";
        const CHANGE: &str =
            "UPDATE students SET name = :name, email = :email, phone = :phone, updated_at = :now,
                source = CASE WHEN :name = name THEN source ELSE 'roster' END
            WHERE admission_number = :number";
        self.write(move |db, events| {
            let before: String = db
                .query_row(BEFORE, [number.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| missing("student", &number))?;
            let name = change.name.as_ref().map_or("", StudentName::as_str);
            db.execute(
                CHANGE,
                named_params! {
                    ":name": name, ":email": change.email, ":phone": change.phone,
                    ":now": now.to_string(), ":number": number.as_str(),
                },
            )?;
            let after = format!("{name}, {}, {}", change.email, change.phone);
            note(
                db,
                now,
                &actor,
                "student.changed",
                number.as_str(),
                [Some(&before), Some(&after)],
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Enrols a student in a unit as of `on`; doing it twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn enrol_student(
        &self,
        number: AdmissionNumber,
        unit: UnitCode,
        on: chrono::NaiveDate,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const ENROL: &str =
            "INSERT INTO enrollments (student_id, unit_id, enrolled_on) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING";
        self.write(move |db, events| {
            let student_id = student_id(db, &number)?;
            let (unit_id, _) = units::find(db, &unit)?;
            if db.execute(ENROL, (student_id, unit_id, on.to_string()))? > 0 {
                note(
                    db,
                    now,
                    &actor,
                    "student.enrolled",
                    number.as_str(),
                    [None, Some(unit.as_str())],
                )?;
                events.push(Event::RosterChanged);
            }
            Ok(())
        })
        .await
    }

    /// Takes a student off a unit's roster. Their records stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn withdraw_student(
        &self,
        number: AdmissionNumber,
        unit: UnitCode,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WITHDRAW: &str = "DELETE FROM enrollments WHERE student_id = ?1 AND unit_id = ?2";
        self.write(move |db, events| {
            let student_id = student_id(db, &number)?;
            let (unit_id, _) = units::find(db, &unit)?;
            if db.execute(WITHDRAW, (student_id, unit_id))? > 0 {
                note(
                    db,
                    now,
                    &actor,
                    "student.withdrawn",
                    number.as_str(),
                    [Some(unit.as_str()), None],
                )?;
                events.push(Event::RosterChanged);
            }
            Ok(())
        })
        .await
    }

    /// A page of the attendance records, newest first.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn attendance_page(
        &self,
        query: AttendanceQuery,
    ) -> Result<ListPage<AttendanceRow>, StoreError> {
        self.read(move |db| records(db, &query)).await
    }

    /// A record with all that the remotes have said; `None` when there is no such record.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_file(&self, id: Uuid) -> Result<Option<AttendanceFile>, StoreError> {
        const TRIES: &str = "SELECT target, attempts, last_error FROM outbox WHERE attendance_id = ?1 ORDER BY target";
        self.read(move |db| {
            let sql = format!(
                "SELECT {RECORD_COLUMNS}, a.attendance_percentage, a.late_minutes, a.typed_name,
                a.firebase_doc_id, a.portal_response {RECORD_JOINS} WHERE a.id = ?1"
            );
            let tries = row::collect(&mut db.prepare_cached(TRIES)?, [id.to_string()], |row| {
                let target =
                    Target::parse(&row.get::<_, String>(0)?).ok_or_else(|| damaged("target"))?;
                Ok((target, row.get(1)?, row.get(2)?))
            })?;
            row::first(&mut db.prepare_cached(&sql)?, [id.to_string()], |row| {
                Ok(AttendanceFile {
                    record: record(row)?,
                    percentage: format!("{:.2}", row.get::<_, f64>("attendance_percentage")?),
                    late_minutes: row.get("late_minutes")?,
                    typed_name: row.get("typed_name")?,
                    firebase_doc_id: row.get("firebase_doc_id")?,
                    portal_response: row.get("portal_response")?,
                    tries: tries.clone(),
                })
            })
        })
        .await
    }

    /// Changes a unit.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn change_unit(
        &self,
        code: UnitCode,
        change: UnitChange,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const BEFORE: &str =
            "SELECT u.name || ', ' || l.staff_id || ', ' || coalesce(u.planned_lessons, '')
            FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id WHERE u.code = ?1";
        const CHANGE: &str = "UPDATE units SET name = :name, planned_lessons = :planned,
                lecturer_id = (SELECT id FROM lecturers WHERE staff_id = :lecturer) WHERE code = :code";
        self.write(move |db, events| {
            let before: String = db
                .query_row(BEFORE, [code.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| missing("unit", &code))?;
            lecturer_exists(db, &change.lecturer)?;
            db.execute(
                CHANGE,
                named_params! {
                    ":name": change.name, ":planned": change.planned_lessons,
                    ":lecturer": change.lecturer.as_str(), ":code": code.as_str(),
                },
            )?;
            let planned = change
                .planned_lessons
                .map(|n| n.to_string())
                .unwrap_or_default();
            let after = format!("{}, {}, {planned}", change.name, change.lecturer);
            note(
                db,
                now,
                &actor,
                "unit.changed",
                code.as_str(),
                [Some(&before), Some(&after)],
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Changes a lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer, [`StoreError::Conflict`] when nobody would
    /// be left to administer the kiosk.
    pub async fn change_lecturer(
        &self,
        staff_id: StaffId,
        change: LecturerChange,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const BEFORE: &str =
            "SELECT name || ', ' || department || iif(is_admin, ', administrator', '')
            FROM lecturers WHERE staff_id = ?1";
        const OTHERS: &str = "SELECT 1 FROM lecturers
            WHERE is_admin AND pin_hash IS NOT NULL AND staff_id <> ?1";
        const CHANGE: &str =
            "UPDATE lecturers SET name = :name, department = :department, is_admin = :is_admin
            WHERE staff_id = :staff_id";
        self.write(move |db, events| {
            let before: String = db
                .query_row(BEFORE, [staff_id.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| missing("lecturer", &staff_id))?;
            if !change.is_admin && !db.prepare_cached(OTHERS)?.exists([staff_id.as_str()])? {
                return Err(StoreError::Conflict(
                    "somebody with a PIN has to stay an administrator".to_owned(),
                ));
            }
            db.execute(
                CHANGE,
                named_params! {
                    ":name": change.name.as_str(), ":department": change.department,
                    ":is_admin": change.is_admin, ":staff_id": staff_id.as_str(),
                },
            )?;
            let rank = if change.is_admin {
                ", administrator"
            } else {
                ""
            };
            let after = format!("{}, {}{rank}", change.name, change.department);
            note(
                db,
                now,
                &actor,
                "lecturer.changed",
                staff_id.as_str(),
                [Some(&before), Some(&after)],
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

impl<T> ListPage<T> {
    /// A page from rows that were read one too many.
    fn of(mut rows: Vec<T>) -> Self {
        let has_more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        Self { rows, has_more }
    }
}

fn students(db: &Connection, query: &StudentQuery) -> Result<ListPage<StudentRow>, StoreError> {
    let search = query.search.trim();
    let part = format!("%{}%", escaped(search));
    let unit = query
        .unit
        .as_ref()
        .map(|code| units::find(db, code))
        .transpose()?;
    let unit_id = unit.map(|(id, _)| id);
    // Any part of number or name: people remember the end of a number. The list is walked in the order of an
    // index and left as soon as the page is full; walking all of fifty thousand takes some ten milliseconds.
    let mut conditions = vec!["1"];
    let mut parameters: Vec<(&str, &dyn ToSql)> = Vec::new();
    if !search.is_empty() {
        conditions
            .push("(s.admission_number LIKE :part ESCAPE '\\' OR s.name LIKE :part ESCAPE '\\')");
        parameters.push((":part", &part));
    }
    if unit_id.is_some() {
        conditions.push("EXISTS (SELECT 1 FROM enrollments AS e WHERE e.student_id = s.id AND e.unit_id = :unit)");
        parameters.push((":unit", &unit_id));
    }
    let order = match query.order {
        StudentOrder::Number => "s.admission_number",
        StudentOrder::Name => "s.name, s.id",
    };
    let sql = format!(
        "SELECT s.admission_number, s.name, s.email, s.phone, s.source FROM students AS s
        WHERE {} ORDER BY {order} LIMIT :limit OFFSET :offset",
        conditions.join(" AND ")
    );
    let (limit, offset) = (PAGE + 1, query.page.saturating_mul(PAGE));
    parameters.extend([(":limit", &limit as &dyn ToSql), (":offset", &offset)]);
    let rows = row::collect(
        &mut db.prepare_cached(&sql)?,
        parameters.as_slice(),
        student,
    )?;
    Ok(ListPage::of(rows))
}

fn student(row: &rusqlite::Row<'_>) -> Result<StudentRow, StoreError> {
    Ok(StudentRow {
        admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
        name: row::name(&row.get::<_, String>("name")?)?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        is_from_roster: row.get::<_, String>("source")? == "roster",
    })
}

const RECORD_COLUMNS: &str = "a.id, a.timestamp, a.channel, a.status, a.voided_at, a.flags, a.kiosk_id, a.session_id,
    st.admission_number, st.name AS student_name, u.code AS unit_code,
    coalesce((SELECT state FROM outbox WHERE attendance_id = a.id AND target = 'firestore'), '') AS firestore,
    coalesce((SELECT state FROM outbox WHERE attendance_id = a.id AND target = 'portal'), '') AS portal";

const RECORD_JOINS: &str = "FROM attendance AS a JOIN students AS st ON st.id = a.student_id
    JOIN attendance_sessions AS s ON s.id = a.session_id JOIN units AS u ON u.id = s.unit_id";

fn records(
    db: &Connection,
    query: &AttendanceQuery,
) -> Result<ListPage<AttendanceRow>, StoreError> {
    let unit = query
        .unit
        .as_ref()
        .map(|code| units::find(db, code))
        .transpose()?;
    let unit_id = unit.map(|(id, _)| id);
    let date = query.date.map(|date| date.to_string());
    let number = query.number.as_ref().map(AdmissionNumber::as_str);
    let mut conditions = vec!["1"];
    let mut parameters: Vec<(&str, &dyn ToSql)> = Vec::new();
    if date.is_some() {
        conditions.push("a.session_id IN (SELECT id FROM attendance_sessions WHERE date = :date)");
        parameters.push((":date", &date));
    }
    if let Some(unit_id) = &unit_id {
        // The newest of a few records are found by sorting them, the newest of many by walking back in time.
        let by_session =
            "a.session_id IN (SELECT id FROM attendance_sessions WHERE unit_id = :unit)";
        let by_time = "+a.session_id IN (SELECT id FROM attendance_sessions WHERE unit_id = :unit)";
        let are_many = date.is_none() && has_many_records(db, *unit_id)?;
        conditions.push(if are_many { by_time } else { by_session });
        parameters.push((":unit", unit_id));
    }
    if number.is_some() {
        conditions
            .push("a.student_id = (SELECT id FROM students WHERE admission_number = :number)");
        parameters.push((":number", &number));
    }
    match query.sync {
        None => {}
        Some(SyncState::Waiting) => {
            conditions.push("a.id IN (SELECT attendance_id FROM outbox WHERE state = 'waiting')");
        }
        Some(SyncState::Parked) => {
            conditions.push("a.id IN (SELECT attendance_id FROM outbox WHERE state = 'parked')");
        }
        Some(SyncState::Delivered) => conditions.push(
            "EXISTS (SELECT 1 FROM outbox WHERE attendance_id = a.id)
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE attendance_id = a.id AND state <> 'delivered')",
        ),
    }
    let sql = format!(
        "SELECT {RECORD_COLUMNS} {RECORD_JOINS} WHERE {} ORDER BY a.timestamp DESC, a.id DESC
        LIMIT :limit OFFSET :offset",
        conditions.join(" AND ")
    );
    let (limit, offset) = (PAGE + 1, query.page.saturating_mul(PAGE));
    parameters.extend([(":limit", &limit as &dyn ToSql), (":offset", &offset)]);
    let rows = row::collect(&mut db.prepare_cached(&sql)?, parameters.as_slice(), record)?;
    Ok(ListPage::of(rows))
}

/// Whether sorting a unit's records would take long enough to be noticed.
fn has_many_records(db: &Connection, unit_id: i64) -> Result<bool, StoreError> {
    const MANY: u32 = 5000;
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM attendance_sessions AS s
        JOIN attendance AS a ON a.session_id = s.id WHERE s.unit_id = ?1 LIMIT ?2)";
    let found: u32 = db
        .prepare_cached(SQL)?
        .query_row((unit_id, MANY), |row| row.get(0))?;
    Ok(found == MANY)
}

fn record(row: &rusqlite::Row<'_>) -> Result<AttendanceRow, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    Ok(AttendanceRow {
        attendance_id: row::uuid(&text("id")?)?,
        admission_number: row::number(&text("admission_number")?)?,
        name: row::name(&text("student_name")?)?,
        session_id: SessionId::from_uuid(row::uuid(&text("session_id")?)?),
        unit_code: row::unit_code(&text("unit_code")?)?,
        at: row::timestamp(&text("timestamp")?)?,
        channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
        status: text("status")?,
        is_voided: row.get::<_, Option<String>>("voided_at")?.is_some(),
        flags: Flags::parse(&text("flags")?),
        kiosk_id: row.get("kiosk_id")?,
        firestore: text("firestore")?,
        portal: text("portal")?,
    })
}

/// The text with what `LIKE` would read as a pattern taken literally.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

fn student_id(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE admission_number = ?1";
    db.query_row(SQL, [number.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| missing("student", number))
}

fn lecturer_exists(db: &Connection, staff_id: &StaffId) -> Result<(), StoreError> {
    const SQL: &str = "SELECT 1 FROM lecturers WHERE staff_id = ?1";
    if db.prepare_cached(SQL)?.exists([staff_id.as_str()])? {
        Ok(())
    } else {
        Err(missing("lecturer", staff_id))
    }
}

fn missing(what: &'static str, id: &impl ToString) -> StoreError {
    StoreError::Missing {
        what,
        id: id.to_string(),
    }
}

fn note(
    db: &Connection,
    at: Timestamp,
    actor: &str,
    action: &str,
    subject: &str,
    [old, new]: [Option<&str>; 2],
) -> Result<(), StoreError> {
    audit::add(
        db,
        &audit::Entry {
            at,
            actor,
            action,
            subject,
            old,
            new,
            reason: None,
        },
    )
}
