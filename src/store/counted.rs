//! The facts of a unit in a semester, as [`reckon`] takes them. Statements here fetch and compute nothing.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rusqlite::{Connection, Row};

use super::error::StoreError;
use super::records;
use super::row::{self, damaged};
use super::rules::Rules;
use crate::domain::{
    CountingPolicy, Enrolment, EnrolmentSource, Excused, Interval, LectureFacts, LectureStage,
    Mark, OpenedBy, Percentage, RegisterKnown, Semester, StudentFacts, StudentReckoning, Timestamp,
    UnitFacts, UnitPolicy, UnitReckoning, UnknownStudents, Venue, reckon,
};

/// A unit in a semester: its facts, with the rows that they are of.
pub(super) struct Counted {
    pub(super) facts: UnitFacts,
    pub(super) policy: CountingPolicy,
    /// The rows of `facts.lectures`.
    pub(super) lectures: Vec<i64>,
    /// The rows of `facts.students`.
    pub(super) students: Vec<i64>,
}

impl Counted {
    /// Every figure at a moment.
    pub(super) fn reckon(&self, now: Timestamp) -> UnitReckoning {
        reckon(&self.facts, &self.policy, now)
    }

    /// The number of lectures that are over and count.
    pub(super) fn held(&self, now: Timestamp) -> u32 {
        let over = self.facts.lectures.iter().filter(|lecture| {
            let is_over = lecture.state == LectureStage::Closed || now > lecture.ends_at;
            lecture.is_live() && lecture.state != LectureStage::Planned && is_over
        });
        u32::try_from(over.count()).unwrap_or(u32::MAX)
    }

    /// The figures of the only student.
    pub(super) fn student(&self, now: Timestamp) -> Result<StudentReckoning, StoreError> {
        let only = self.reckon(now).students.pop();
        only.ok_or_else(|| damaged("student"))
    }

    /// Gives the only student the mark that is about to be recorded. Whoever is on no list is enrolled by it,
    /// where the site takes them.
    pub(super) fn mark(&mut self, lecture: i64, mark: Mark, enrols: bool) {
        let Some(place) = self.place(lecture) else {
            return;
        };
        let lecture = self.facts.lectures.get(place);
        let date = lecture
            .filter(|lecture| lecture.is_live())
            .map(|lecture| lecture.date);
        let Some(student) = self.facts.students.first_mut() else {
            return;
        };
        if let Some(stored) = student.marks.get_mut(place) {
            *stored = Some(mark);
        }
        let by_student = Interval::from(date, EnrolmentSource::Student);
        let since = student
            .enrolment
            .since()
            .filter(|_| !student.enrolment.is_listed());
        let is_earlier =
            student.enrolment.is_empty() || since.is_some_and(|since| date < Some(since));
        if enrols && mark.has_come() && date.is_some() && is_earlier {
            student.enrolment = Enrolment::of(vec![by_student]);
        }
    }

    /// Of the plan with a mark in a lecture that enrols: what a check-in there would report.
    pub(super) fn percentage_with(
        mut self,
        lecture: i64,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Option<Percentage>, StoreError> {
        self.mark(lecture, mark, true);
        let standing = self.student(now)?.standing;
        Ok(standing.map(|standing| standing.of_plan))
    }

    /// The same with no mark in a later lecture.
    pub(super) fn until(&self, lecture: i64) -> Self {
        let mut facts = self.facts.clone();
        let first_later = self.place(lecture).map_or(0, |place| place + 1);
        for student in &mut facts.students {
            for mark in student.marks.iter_mut().skip(first_later) {
                *mark = None;
            }
        }
        Self {
            facts,
            policy: self.policy,
            lectures: self.lectures.clone(),
            students: self.students.clone(),
        }
    }

    /// The enrolment of the only student, with what follows from their records.
    pub(super) fn enrolment(&self) -> Enrolment {
        let only = self.facts.students.first();
        only.map(|student| student.enrolment.clone())
            .unwrap_or_default()
    }

    /// Whether the only student is on the list of a lecture, on its day and of its group.
    pub(super) fn lists(&self, lecture: i64) -> bool {
        let place = self.place(lecture);
        let lecture = place.and_then(|place| self.facts.lectures.get(place));
        let student = self.facts.students.first();
        lecture.zip(student).is_some_and(|(lecture, student)| {
            student.enrolment.holds(lecture.date) && student.is_of_group(lecture)
        })
    }

    /// The place of a lecture among the facts; `None` where it is of another unit or semester.
    pub(super) fn place(&self, lecture: i64) -> Option<usize> {
        self.lectures.iter().position(|&row| row == lecture)
    }
}

/// Which students are counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom {
    /// All who are enrolled or have a record.
    All,
    /// One, even without either.
    One(i64),
}

/// What a check-in in a lecture would report now. As there, whoever is on no list is enrolled by coming where the
/// site says so, or the unit has no list; `None`: the student is a stranger.
pub(super) fn percentage_of_coming(
    db: &Connection,
    (unit, semester, lecture): (i64, &Semester, i64),
    (student, mark): (i64, Mark),
    now: Timestamp,
    rules: &Rules,
) -> Result<Option<Percentage>, StoreError> {
    let is_stranger = rules.unknown_students != UnknownStudents::Register
        && enrolment(db, unit, semester, student)?.is_empty()
        && has_list(db, unit, semester)?;
    if is_stranger {
        return Ok(None);
    }
    let counted = load(db, (unit, semester), Whom::One(student), now, rules)?;
    counted.percentage_with(lecture, mark, now)
}

/// Loads the facts of a unit and semester.
pub(super) fn load(
    db: &Connection,
    (unit, semester): (i64, &Semester),
    whom: Whom,
    now: Timestamp,
    rules: &Rules,
) -> Result<Counted, StoreError> {
    const UNIT: &str = "SELECT policy, finished FROM units WHERE id = ?1";
    let (policy, finished) = db.prepare_cached(UNIT)?.query_row([unit], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let policy: UnitPolicy = serde_json::from_str(&policy).map_err(|_| damaged("policy"))?;
    let finished: Vec<Semester> =
        serde_json::from_str(&finished).map_err(|_| damaged("semester"))?;

    let (rows, lectures): (Vec<i64>, Vec<LectureFacts>) =
        lectures(db, unit, semester, rules)?.into_iter().unzip();
    let places: HashMap<i64, usize> = rows.iter().copied().zip(0..).collect();
    let one = match whom {
        Whom::All => None,
        Whom::One(student) => Some(student),
    };
    let mut people: BTreeMap<i64, Person> = BTreeMap::new();
    if let Some(student) = one {
        people.insert(student, Person::new(lectures.len()));
    }
    let new = || Person::new(lectures.len());
    for (student, interval) in intervals(db, (unit, semester), one)? {
        let person = people.entry(student).or_insert_with(new);
        person.intervals.push(interval);
    }
    for marked in marks(db, (unit, semester), one)? {
        if let Some(&place) = places.get(&marked.lecture) {
            let person = people.entry(marked.student).or_insert_with(new);
            person.take(place, marked.mark, marked.enrols);
        }
    }
    if one.is_none() {
        for renumbered in renumbered(db)? {
            people.remove(&renumbered);
        }
    }
    for (student, excuse) in excuses(db, unit, one)? {
        if let Some(person) = people.get_mut(&student) {
            person.excuses.push(excuse);
        }
    }
    // Of one student it says nothing that they are on no list: others may be on one.
    let has_list =
        people.values().any(Person::is_listed) || (one.is_some() && has_list(db, unit, semester)?);
    let is_current = *semester == rules.semester;
    let (students, facts) = people
        .into_iter()
        .map(|(student, person)| (student, person.facts(&lectures)))
        .unzip();
    Ok(Counted {
        facts: UnitFacts {
            students: facts,
            has_list,
            last_day: if is_current {
                rules.last_day
            } else {
                lectures.iter().map(|lecture| lecture.date).max()
            },
            is_finished: !is_current || finished.contains(semester),
            is_stale: false,
            today: rules.zone.date(now),
            lectures,
        },
        policy: rules.policy.with(&policy),
        lectures: rows,
        students,
    })
}

/// The rows of numbers that are other students': nobody is counted under them.
fn renumbered(db: &Connection) -> Result<Vec<i64>, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE same_as > 0";
    row::collect(&mut db.prepare_cached(SQL)?, [], |row| Ok(row.get(0)?))
}

/// Whether staff or a list have enrolled anybody.
pub(super) fn has_list(
    db: &Connection,
    unit: i64,
    semester: &Semester,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "SELECT 1 FROM enrolments WHERE unit = ?1 AND semester = ?2 AND source <> 'self'";
    Ok(db.prepare_cached(SQL)?.exists((unit, semester))?)
}

/// The enrolment of a student as it was said; empty where nothing was.
pub(super) fn enrolment(
    db: &Connection,
    unit: i64,
    semester: &Semester,
    student: i64,
) -> Result<Enrolment, StoreError> {
    let found = intervals(db, (unit, semester), Some(student))?;
    Ok(Enrolment::of(found.into_iter().map(|(_, it)| it).collect()))
}

/// A student while the facts are collected.
struct Person {
    intervals: Vec<Interval>,
    marks: Vec<Option<Mark>>,
    /// Where a mark enrols a student who is on no list.
    enrolling: Vec<usize>,
    excuses: Vec<Excused>,
}

impl Person {
    fn new(lectures: usize) -> Self {
        Self {
            intervals: Vec::new(),
            marks: vec![None; lectures],
            enrolling: Vec::new(),
            excuses: Vec::new(),
        }
    }

    fn take(&mut self, place: usize, mark: Mark, enrols: bool) {
        if let Some(stored) = self.marks.get_mut(place) {
            *stored = Some(mark);
        }
        if enrols && mark.has_come() {
            self.enrolling.push(place);
        }
    }

    fn is_listed(&self) -> bool {
        let by_student = |it: &Interval| it.source == EnrolmentSource::Student;
        self.intervals.iter().any(|interval| !by_student(interval))
    }

    /// Whoever is on no list is enrolled from the first lecture to which they came, as far as the site takes them.
    fn facts(self, lectures: &[LectureFacts]) -> StudentFacts {
        let mut intervals = self.intervals;
        if intervals.is_empty() {
            let came = self
                .enrolling
                .iter()
                .filter_map(|&place| lectures.get(place));
            let came = came.filter(|lecture| lecture.is_live());
            let first: Option<NaiveDate> = came.map(|lecture| lecture.date).min();
            intervals.extend(first.map(|day| Interval::from(Some(day), EnrolmentSource::Student)));
        }
        StudentFacts {
            enrolment: Enrolment::of(intervals),
            marks: self.marks,
            excuses: self.excuses,
        }
    }
}

/// The lectures of a unit and semester that this kiosk can know of, by start and id.
fn lectures(
    db: &Connection,
    unit: i64,
    semester: &Semester,
    rules: &Rules,
) -> Result<Vec<(i64, LectureFacts)>, StoreError> {
    // Read by place: a check-in reads every lecture of its unit, and a name is looked for among all columns.
    const SQL: &str = "SELECT s.id, s.uuid, s.state, coalesce(s.starts_at, s.planned_start),
            coalesce(s.ends_at, s.planned_end), s.date, s.for_group, s.lesson, s.voluntary, s.opened_by,
            s.planned_venue, s.opened_by = 'timetable' AND EXISTS (SELECT 1 FROM records AS r
                WHERE r.lecture = s.id AND r.mark IN ('present', 'pending'))
        FROM lectures AS s WHERE s.unit = ?1 AND s.semester = ?2 AND s.held_as IS NULL
        ORDER BY coalesce(s.starts_at, s.planned_start), s.uuid";
    let mut statement = db.prepare_cached(SQL)?;
    let found = row::collect(&mut statement, (unit, semester), |row| {
        let opened_by: Option<OpenedBy> = row.get(9)?;
        // A kiosk without others knows all that is planned in its room, and nothing of other rooms.
        if opened_by.is_none() && !is_here(row.get(10)?, &rules.venue) {
            return Ok(None);
        }
        let state: LectureStage = row.get(2)?;
        let starts_at: Timestamp = row.get(3)?;
        let date: Option<NaiveDate> = row.get(5)?;
        let facts = LectureFacts {
            id: row.get(1)?,
            state,
            starts_at,
            ends_at: row.get(4)?,
            date: date.unwrap_or_else(|| rules.zone.date(starts_at)),
            group: row.get(6)?,
            lesson: row.get(7)?,
            voluntary: row.get(8)?,
            opened_by: opened_by.unwrap_or(OpenedBy::Staff),
            register: match state {
                LectureStage::Planned => RegisterKnown::None,
                _ => RegisterKnown::All,
            },
            anybody_came: row.get::<_, Option<bool>>(11)?.unwrap_or(false),
        };
        Ok(Some((row.get(0)?, facts)))
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn is_here(planned: Option<Venue>, venue: &Venue) -> bool {
    planned.is_none_or(|planned| planned.as_str().is_empty() || planned.is_same_as(venue))
}

/// The rows of a unit and semester: of all students, or of one.
fn rows_of<T>(
    db: &Connection,
    (sql, student_column): (&str, &str),
    (unit, semester): (i64, &Semester),
    student: Option<i64>,
    read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    match student {
        None => row::collect(&mut db.prepare_cached(sql)?, (unit, semester), read),
        Some(student) => {
            let sql = format!("{sql} AND {student_column} = ?3");
            row::collect(
                &mut db.prepare_cached(&sql)?,
                (unit, semester, student),
                read,
            )
        }
    }
}

fn intervals(
    db: &Connection,
    of: (i64, &Semester),
    student: Option<i64>,
) -> Result<Vec<(i64, Interval)>, StoreError> {
    const SQL: &str =
        "SELECT student, place, first, last, in_group, source, withdrawn FROM enrolments
        WHERE unit = ?1 AND semester = ?2";
    let mut found = rows_of(db, (SQL, "student"), of, student, |row| {
        let interval = Interval {
            from: row.get("first")?,
            until: row.get("last")?,
            group: row.get("in_group")?,
            source: row.get("source")?,
            withdrawn: row.get("withdrawn")?,
        };
        Ok((row.get::<_, u32>("place")?, row.get("student")?, interval))
    })?;
    found.sort_by_key(|(place, ..)| *place);
    let of_students = found.into_iter().map(|(_, student, it)| (student, it));
    Ok(of_students.collect())
}

/// A mark that stands.
struct Marked {
    student: i64,
    lecture: i64,
    mark: Mark,
    enrols: bool,
}

fn marks(
    db: &Connection,
    of: (i64, &Semester),
    student: Option<i64>,
) -> Result<Vec<Marked>, StoreError> {
    // A record without a percentage was made by somebody whom the site does not enrol by itself.
    const SQL: &str =
        "SELECT r.student, r.lecture, r.mark, r.late_minutes, r.percentage IS NOT NULL
        FROM lectures AS s CROSS JOIN standing AS r ON r.lecture = s.id
        WHERE s.unit = ?1 AND s.semester = ?2";
    rows_of(db, (SQL, "r.student"), of, student, |row| {
        Ok(Marked {
            student: row.get(0)?,
            lecture: row.get(1)?,
            mark: records::mark_of(row.get_ref(2)?, row.get(3)?)?,
            enrols: row.get(4)?,
        })
    })
}

fn excuses(
    db: &Connection,
    unit: i64,
    student: Option<i64>,
) -> Result<Vec<(i64, Excused)>, StoreError> {
    const SQL: &str = "SELECT e.student, l.uuid, e.first, e.last
        FROM excuses AS e LEFT JOIN lectures AS l ON l.id = e.lecture
        WHERE (e.unit IS NULL OR e.unit = ?1)";
    let read = |row: &Row<'_>| {
        let excused = match (row.get("uuid")?, row.get("first")?, row.get("last")?) {
            (Some(lecture), ..) => Excused::Lecture(lecture),
            (None, Some(first), Some(last)) => Excused::Days(first, last),
            (None, ..) => return Err(damaged("excuse")),
        };
        Ok((row.get("student")?, excused))
    };
    match student {
        None => row::collect(&mut db.prepare_cached(SQL)?, [unit], read),
        Some(student) => {
            let sql = format!("{SQL} AND e.student = ?2");
            row::collect(&mut db.prepare_cached(&sql)?, (unit, student), read)
        }
    }
}
