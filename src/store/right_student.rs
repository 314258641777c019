//! Whose a number is: a number that goes to another student with its records, enrolments and excuses.

use std::collections::BTreeSet;

use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::{Act, AuditContext};
use super::corrections::{Change, Corrector, Student};
use super::counted::{self, Counted, Whom};
use super::enrolments::{self, Place};
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::Opened;
use super::marks::{LECTURE_OF_KEY, NUMBER_OF_KEY};
use super::plan::{self, Plan};
use super::records::{self, Record};
use super::row::{self, damaged};
use super::rules::Rules;
use super::{lectures, mirror, numbers, publications, students, units};
use crate::domain::{
    AdmissionNumber, Enrolment, ExcuseFact, ExcuseId, Mark, NameSource, NumberChange, NumberEffect,
    NumberKept, NumberOrder, NumberRefusal, NumberUndone, PlaceEffect, Reading, RecordEffect,
    RecordFate, RecordState, SameAsFact, Semester, SessionId, Statement, StudentFact, StudentLine,
    Timestamp, UnitCode, carried,
};

/// What the log calls each change.
const MERGED: &str = "student.merged";
const RENUMBERED: &str = "student.renumbered";
const REMOVED: &str = "student.removed";
const UNDONE: &str = "student.change_undone";

impl Store {
    /// What a change of a number would do; nothing is written.
    ///
    /// # Errors
    /// As [`Store::change_number`].
    pub async fn preview_number(
        &self,
        order: NumberOrder,
        rules: Rules,
        now: Timestamp,
    ) -> Result<Result<NumberEffect, NumberRefusal>, StoreError> {
        self.read(move |db| match plan(db, &order, &rules, now) {
            Ok(planned) => Ok(Ok(planned.effect)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Store(error)) => Err(error),
        })
        .await
    }

    /// Gives a number to the student whose it is, or takes everything under it back: records, enrolments, excuses,
    /// in one act.
    ///
    /// # Errors
    /// A [`NumberRefusal`] when a rule forbids it.
    pub async fn change_number(
        &self,
        order: NumberOrder,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<NumberEffect, NumberRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let planned = plan(db, &order, &rules, context.now)?;
            let effect = planned.effect.clone();
            let mut corrector = Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            };
            commit(&mut corrector, &order, planned)?;
            Ok(effect)
        })
        .await
    }

    /// Takes the last change of a number back that has not been taken back yet, by a new act: what is as the
    /// change left it becomes as it was, and the rest is answered.
    ///
    /// # Errors
    /// [`NumberRefusal::NothingToUndo`], or [`NumberRefusal::ChangedSince`] when the number has gone further.
    pub async fn undo_number(
        &self,
        number: AdmissionNumber,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<NumberUndone, NumberRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let mut corrector = Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            };
            undo(&mut corrector, &number)
        })
        .await
    }

    /// The units in which a number has or had a record or a place, by code, and whether a list or staff have said so.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units_of_number(
        &self,
        number: AdmissionNumber,
    ) -> Result<Vec<(UnitCode, bool)>, StoreError> {
        const SQL: &str = "SELECT code, is_listed FROM (SELECT u.code, EXISTS (SELECT 1 FROM statements
                    WHERE kind = 'enrolment' AND key >= u.code || char(9) AND key < u.code || char(10)
                        AND substr(key, -length(:number) - 1) = char(9) || :number AND value <> :nothing) AS is_listed,
                u.id IN (SELECT l.unit FROM lectures AS l JOIN records AS r ON r.lecture = l.id
                    WHERE r.student = (SELECT id FROM students WHERE admission_number = :number)) AS is_recorded
            FROM units AS u)
            WHERE is_listed OR is_recorded ORDER BY code";
        let nothing = serde_json::to_string(&Enrolment::default()).unwrap_or_default();
        self.read(move |db| {
            let parameters = named_params! { ":number": number, ":nothing": nothing };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })
        .await
    }
}

/// A change before it is committed.
struct Planned {
    student: Student,
    /// Whose the number is then.
    right: Option<Right>,
    records: Vec<Carried>,
    places: Vec<PlaceAfter>,
    excuses: Vec<(ExcuseId, ExcuseFact)>,
    effect: NumberEffect,
}

/// The student whose a number is.
struct Right {
    number: AdmissionNumber,
    /// The fact, where it is different then.
    fact: Option<StudentFact>,
    fact_now: StudentFact,
    /// The student's row; `None`: nobody has the number yet.
    id: Option<i64>,
}

/// A record under the number, with what becomes of it.
struct Carried {
    lecture: Opened,
    /// This kiosk's own, which is set aside.
    own: Option<Record>,
    /// The right student's record of this kiosk.
    theirs: Option<Record>,
    /// What the right student's is then, where it changes.
    after: Option<RecordState>,
    /// Whether it enrols the right student, where nobody else has.
    enrols: bool,
}

/// A place in a unit, as it is then.
struct PlaceAfter {
    unit_row: i64,
    unit: UnitCode,
    semester: Semester,
    /// Whether the number has one now.
    had: bool,
    /// The right student's, where it changes.
    after: Option<Enrolment>,
}

fn plan(
    db: &Connection,
    order: &NumberOrder,
    rules: &Rules,
    now: Timestamp,
) -> Result<Planned, Stop<NumberRefusal>> {
    let refuse = |refusal| Err(Stop::Refused(refusal));
    let number = &order.number;
    let unknown = |number: &AdmissionNumber| {
        let number = number.clone();
        Stop::Refused(NumberRefusal::Unknown { number })
    };
    let fact = students::fact(db, number)?.ok_or_else(|| unknown(number))?;
    let right = numbers::right(db, number)?;
    if right != *number {
        let number = number.clone();
        return refuse(NumberRefusal::MergedAlready { number, right });
    }
    let student = Student {
        id: numbers::exactly(db, number)?,
        number: number.clone(),
        name: fact.name.clone(),
    };
    let right = match &order.change {
        NumberChange::Remove => None,
        NumberChange::Merge { into } => {
            let into = numbers::right(db, into)?;
            if into == *number {
                return refuse(NumberRefusal::Same { number: into });
            }
            let before = students::fact(db, &into)?.ok_or_else(|| unknown(&into))?;
            let after = completed(&before, &fact);
            Some(Right {
                id: Some(numbers::exactly(db, &into)?),
                number: into,
                fact: (after != before).then(|| after.clone()),
                fact_now: after,
            })
        }
        NumberChange::Renumber { to } if to == number => {
            return refuse(NumberRefusal::Same { number: to.clone() });
        }
        NumberChange::Renumber { to } => {
            if has_student(db, to)? {
                return refuse(NumberRefusal::Taken { number: to.clone() });
            }
            Some(Right {
                number: to.clone(),
                fact: Some(fact.clone()),
                fact_now: fact,
                id: numbers::find(db, to)?,
            })
        }
    };
    Planner {
        db,
        rules,
        now,
        student,
        right,
    }
    .plan()
    .map_err(Stop::Store)
}

/// Whether anybody has, or had, a number.
fn has_student(db: &Connection, number: &AdmissionNumber) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM students AS s WHERE s.admission_number = ?1
        AND (s.name <> '' OR s.source = 'roster' OR s.same_as IS NOT NULL
            OR EXISTS (SELECT 1 FROM enrolments AS e WHERE e.student = s.id)
            OR EXISTS (SELECT 1 FROM lectures AS l JOIN standing AS r ON r.lecture = l.id AND r.student = s.id))";
    Ok(db.prepare_cached(SQL)?.exists([number])?)
}

/// A student's details, with what only another entry of theirs has.
fn completed(fact: &StudentFact, other: &StudentFact) -> StudentFact {
    let or = |own: &String, other: &String| if own.is_empty() { other } else { own }.clone();
    StudentFact {
        name: fact.name.clone().or_else(|| other.name.clone()),
        source: match (&fact.name, &other.name) {
            (None, Some(_)) => other.source,
            _ => fact.source,
        },
        email: or(&fact.email, &other.email),
        phone: or(&fact.phone, &other.phone),
    }
}

struct Planner<'a> {
    db: &'a Connection,
    rules: &'a Rules,
    now: Timestamp,
    student: Student,
    right: Option<Right>,
}

impl Planner<'_> {
    fn plan(self) -> Result<Planned, StoreError> {
        let (db, id) = (self.db, self.student.id);
        let (mut records, kiosks) = self.records()?;
        let excuses = excuses(db, id, self.right.as_ref())?;
        let mut places = Vec::new();
        let mut units = Vec::new();
        for (unit_row, unit, semester) in self.places(&records)? {
            let (place, effect) = self.place((unit_row, unit, semester), &mut records)?;
            let changes = effect.before != effect.after || effect.enrols;
            units.extend(changes.then_some(effect));
            places.push(place);
        }
        let right = self.right.as_ref();
        let line = |number: &AdmissionNumber, name| StudentLine {
            admission_number: number.clone(),
            name,
        };
        let effect = NumberEffect {
            student: line(&self.student.number, self.student.name.clone()),
            right: right.map(|right| line(&right.number, right.fact_now.name.clone())),
            earlier: match right {
                Some(_) => earlier(db, id)?,
                None => Vec::new(),
            },
            records: records.iter().filter_map(Carried::effect).collect(),
            kiosks,
            units,
            excuses: u32::try_from(excuses.len()).unwrap_or(u32::MAX),
            at_portal: at_portal(db, id)?,
        };
        Ok(Planned {
            student: self.student,
            right: self.right,
            records,
            places,
            excuses,
            effect,
        })
    }

    /// The records under the number, and the other kiosks that have some.
    fn records(&self) -> Result<(Vec<Carried>, Vec<String>), StoreError> {
        const LECTURES: &str =
            "SELECT DISTINCT l.uuid FROM sessions AS l JOIN records AS r ON r.lecture = l.id
            WHERE r.student = ?1 ORDER BY l.starts_at, l.uuid";
        const KIOSKS: &str =
            "SELECT DISTINCT k.name FROM lectures AS l JOIN records AS r ON r.lecture = l.id
            JOIN kiosks AS k ON k.id = r.kiosk
            WHERE r.student = ?1 AND r.kiosk <> 0 AND r.mark IN ('present', 'pending') ORDER BY k.name";
        let (db, id) = (self.db, self.student.id);
        let found: Vec<SessionId> = row::collect(&mut db.prepare_cached(LECTURES)?, [id], |row| {
            Ok(row.get(0)?)
        })?;
        let kiosks = row::collect(&mut db.prepare_cached(KIOSKS)?, [id], |row| Ok(row.get(0)?))?;
        let mut records = Vec::with_capacity(found.len());
        for lecture in found {
            records.push(self.record(lectures::find(db, lecture)?)?);
        }
        Ok((records, kiosks))
    }

    fn record(&self, lecture: Opened) -> Result<Carried, StoreError> {
        let db = self.db;
        let own = records::own(db, lecture.id, self.student.id)?;
        let own = own.filter(|own| own.state.mark.stands());
        // Another kiosk's record counts for the right student here too, though it is changed there.
        let standing = records::of_student(db, lecture.id, self.student.id)?;
        let mut carried_over = Carried {
            own,
            theirs: None,
            after: None,
            enrols: false,
            lecture,
        };
        let Some(right) = &self.right else {
            return Ok(carried_over);
        };
        let lecture = carried_over.lecture.id;
        let theirs = right.id.map(|id| records::of_student(db, lecture, id));
        let theirs = theirs.transpose()?.flatten();
        let state = theirs.as_ref().map(|theirs| &theirs.state);
        if let Some(standing) = standing {
            carried_over.enrols =
                standing.state.percentage.is_some() || standing.state.mark == Mark::Pending;
            carried_over.after = carried(&standing.state, state).map(|after| RecordState {
                name: right.fact_now.name.clone(),
                ..after
            });
        }
        let own = right.id.map(|id| records::own(db, lecture, id));
        carried_over.theirs = own.transpose()?.flatten();
        Ok(carried_over)
    }

    /// The units and semesters in which the number has a place or a record.
    fn places(&self, records: &[Carried]) -> Result<Vec<(i64, UnitCode, Semester)>, StoreError> {
        const SQL: &str = "SELECT DISTINCT e.unit, u.code, e.semester FROM enrolments AS e JOIN units AS u ON u.id = e.unit
            WHERE e.student = ?1 ORDER BY u.code, e.semester";
        let mut found = row::collect(
            &mut self.db.prepare_cached(SQL)?,
            [self.student.id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        for Carried { lecture, .. } in records {
            let session = &lecture.session;
            let place = (
                lecture.unit,
                session.unit_code.clone(),
                session.semester.clone(),
            );
            if !found.contains(&place) {
                found.push(place);
            }
        }
        Ok(found)
    }

    /// What becomes of a place in a unit, and the percentages of the records there.
    fn place(
        &self,
        (unit_row, unit, semester): (i64, UnitCode, Semester),
        records: &mut [Carried],
    ) -> Result<(PlaceAfter, PlaceEffect), StoreError> {
        let (db, of) = (self.db, (unit_row, &semester));
        let load = |student: i64| counted::load(db, of, Whom::One(student), self.now, self.rules);
        let wrong = load(self.student.id)?;
        let listed = counted::enrolment(db, unit_row, &semester, self.student.id)?;
        let mut place = PlaceAfter {
            had: !listed.is_empty(),
            after: None,
            unit_row,
            unit: unit.clone(),
            semester: semester.clone(),
        };
        let figures = |counted: &Counted| -> Result<_, StoreError> {
            let standing = counted.student(self.now)?.standing;
            Ok(standing.map(|standing| (standing.attended, standing.held)))
        };
        let mut effect = PlaceEffect {
            unit,
            semester: semester.clone(),
            before: figures(&wrong)?,
            after: None,
            enrols: false,
        };
        let Some(right) = &self.right else {
            return Ok((place, effect));
        };
        // No row has the number 0: of a number that nobody has yet there are no facts.
        let mut after = load(right.id.unwrap_or(0))?;
        let before = match right.id {
            Some(id) => {
                effect.before = figures(&after)?;
                counted::enrolment(db, unit_row, &semester, id)?
            }
            None => Enrolment::default(),
        };
        let union = before.joined(&listed);
        if let Some(student) = after.facts.students.first_mut() {
            if union != before {
                effect.enrols = true;
                student.enrolment = union.clone();
                place.after = Some(union.clone());
            }
            let theirs = wrong.facts.students.into_iter().next();
            student
                .excuses
                .extend(theirs.map(|theirs| theirs.excuses).unwrap_or_default());
        }
        let here = |record: &&mut Carried| {
            record.lecture.unit == unit_row && record.lecture.session.semester == semester
        };
        for record in records.iter_mut().filter(here) {
            record.enrols |= !union.is_empty();
            if let Some(state) = &record.after {
                after.mark(record.lecture.id, state.mark, record.enrols);
            }
        }
        for record in records.iter_mut().filter(here) {
            if let Some(state) = &mut record.after {
                let then = after.until(record.lecture.id).student(self.now)?;
                let percentage = then.standing.map(|standing| standing.of_plan);
                state.percentage = percentage.filter(|_| record.enrols);
            }
        }
        effect.after = figures(&after)?;
        Ok((place, effect))
    }
}

impl Carried {
    fn effect(&self) -> Option<RecordEffect> {
        let state = self.own.as_ref().map(|own| &own.state);
        let fate = match (&self.after, state) {
            (Some(_), _) => RecordFate::Counts,
            (None, Some(_)) if self.theirs.is_some() => RecordFate::Beside,
            (None, Some(_)) => RecordFate::Removed,
            (None, None) => return None,
        };
        let session = &self.lecture.session;
        Some(RecordEffect {
            unit: session.unit_code.clone(),
            starts_at: session.starts_at,
            at: state.or(self.after.as_ref())?.at,
            fate,
        })
    }

    fn place(&self) -> (i64, SessionId) {
        (self.lecture.id, self.lecture.session.id)
    }
}

/// The numbers that are a student's beside the right one.
fn earlier(db: &Connection, student: i64) -> Result<Vec<AdmissionNumber>, StoreError> {
    const SQL: &str =
        "SELECT admission_number FROM students WHERE same_as = ?1 ORDER BY admission_number";
    row::collect(&mut db.prepare_cached(SQL)?, [student], |row| {
        Ok(row.get(0)?)
    })
}

/// How many records the portal has, or may have, under a number.
fn at_portal(db: &Connection, student: i64) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM lectures AS l JOIN records AS r ON r.lecture = l.id
        JOIN deliveries AS d ON d.target = 'portal' AND d.kind = 'check_in' AND d.subject = r.id
        WHERE r.student = ?1 AND r.kiosk = 0 AND r.mark = 'present' AND d.told <> 'no'";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([student], |row| row.get(0))?)
}

/// The excuses of a student, as they are then.
fn excuses(
    db: &Connection,
    student: i64,
    right: Option<&Right>,
) -> Result<Vec<(ExcuseId, ExcuseFact)>, StoreError> {
    const SQL: &str = "SELECT uuid FROM excuses WHERE student = ?1 ORDER BY uuid";
    let ids: Vec<ExcuseId> = row::collect(&mut db.prepare_cached(SQL)?, [student], |row| {
        Ok(row.get(0)?)
    })?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(Statement::Excuse(_, mut fact)) = plan::said(db, "excuse", &id)? else {
            return Err(damaged("excuse"));
        };
        match right {
            Some(right) => fact.student.clone_from(&right.number),
            None => fact.taken_back = true,
        }
        found.push((id, fact));
    }
    Ok(found)
}

fn commit(
    corrector: &mut Corrector<'_>,
    order: &NumberOrder,
    planned: Planned,
) -> Result<(), StoreError> {
    let (db, context) = (corrector.db, corrector.context);
    let number = &planned.student.number;
    let action = match order.change {
        NumberChange::Merge { .. } => MERGED,
        NumberChange::Renumber { .. } => RENUMBERED,
        NumberChange::Remove => REMOVED,
    };
    let line = |line: &StudentLine| match &line.name {
        Some(name) => format!("{} {name}", line.admission_number),
        None => line.admission_number.to_string(),
    };
    let mut act = Act::new(context.now, &context.actor, action, number);
    act = act.from(&line(&planned.effect.student));
    act.new = planned.effect.right.as_ref().map(line);
    let mut plan = Plan::new(act.because(order.reason.as_ref().map(crate::domain::Reason::as_str)));
    let place = |place: &PlaceAfter, number: &AdmissionNumber| Place {
        unit: place.unit.clone(),
        semester: place.semester.clone(),
        number: number.clone(),
    };
    if let Some(right) = &planned.right {
        if let Some(fact) = &right.fact {
            plan.state(db, Statement::Student(right.number.clone(), fact.clone()))?;
        }
        let same = |number: &AdmissionNumber| {
            let right = Some(right.number.clone());
            Statement::SameAs(number.clone(), SameAsFact { number: right })
        };
        plan.state(db, same(number))?;
        for earlier in &planned.effect.earlier {
            plan.state(db, same(earlier))?;
        }
    }
    for it in &planned.places {
        if it.had {
            plan.state(db, place(it, number).statement(Enrolment::default()))?;
        }
        if let Some((right, after)) = planned.right.as_ref().zip(it.after.as_ref()) {
            plan.state(db, place(it, &right.number).statement(after.clone()))?;
        }
    }
    for (id, fact) in planned.excuses {
        plan.state(db, Statement::Excuse(id, fact))?;
    }
    let mut changes = Vec::new();
    plan::commit_and_then(db, &plan, |follows| {
        let right = planned.right.as_ref();
        let right = right.map(|right| corrector.student(&right.number));
        let right = right.transpose()?.flatten();
        for record in planned.records {
            let place = record.place();
            changes.extend(set_aside(
                corrector,
                follows,
                place,
                &planned.student,
                right.as_ref(),
                record.own,
            )?);
            if let Some((right, after)) = right.as_ref().zip(record.after) {
                let given = corrector.give(follows, place, right.clone(), record.theirs, after)?;
                changes.extend(given.1);
            }
        }
        Ok(())
    })?;
    corrector.changed(changes)?;
    let read = reading(context);
    for it in &planned.places {
        if let Some(right) = planned.right.as_ref().filter(|_| it.after.is_some()) {
            let (of, by) = ((it.unit_row, &it.semester), (corrector.rules, &read));
            enrolments::count_records(db, corrector.events, of, &right.number, by)?;
        }
        publications::queue_roster(db, it.unit_row)?;
    }
    corrector.events.push(Event::RosterChanged);
    Ok(())
}

/// States that a record is another student's, or nobody's.
fn set_aside(
    corrector: &Corrector<'_>,
    plan: &mut Plan,
    place: (i64, SessionId),
    student: &Student,
    right: Option<&Student>,
    own: Option<Record>,
) -> Result<Option<Change>, StoreError> {
    let Some(record) = own else {
        return Ok(None);
    };
    if let Some(right) = right {
        let wrong = (student.clone(), record);
        return corrector
            .set_aside(plan, place, wrong, &right.number)
            .map(Some);
    }
    mirror::set_aside(corrector.db, place.0, student.id, corrector.context.now)?;
    let after = RecordState {
        mark: Mark::Removed,
        ..record.state.clone()
    };
    let change = Change {
        lecture: place,
        student: student.clone(),
        record,
        after,
    };
    corrector.state(plan, &change)?;
    Ok(Some(change))
}

fn reading(context: &AuditContext) -> Reading {
    Reading {
        at: context.now,
        trusted: context.clock_trusted,
        uptime: context.uptime.clone(),
        monotonic: context.monotonic,
    }
}

fn undo(
    corrector: &mut Corrector<'_>,
    number: &AdmissionNumber,
) -> Result<NumberUndone, Stop<NumberRefusal>> {
    let (db, context) = (corrector.db, corrector.context);
    let of = || number.clone();
    let nothing = || Stop::Refused(NumberRefusal::NothingToUndo { number: of() });
    let (act, action) = last_change(db, number)?.ok_or_else(nothing)?;
    let mut undoing = Act::new(context.now, &context.actor, UNDONE, number);
    undoing.undoes = Some(act);
    let mut plan = Plan::new(undoing);
    let mut kept = Vec::new();
    let mut units = BTreeSet::new();
    let mut marks = Vec::new();
    for said in said_by(db, act)? {
        match &said.now {
            Statement::Mark(..) => {
                marks.push(said);
                continue;
            }
            Statement::SameAs(..) if !said.is_in_force => {
                let (number, right) = (of(), numbers::right(db, number)?);
                return Err(Stop::Refused(NumberRefusal::ChangedSince { number, right }));
            }
            Statement::Enrolment(unit, ..) => {
                units.insert(units::find(db, unit)?);
            }
            _ => {}
        }
        match said.before(action == RENUMBERED) {
            Some(before) => plan.state(db, before)?,
            None => kept.extend(said.kept(None)),
        }
    }
    let mut changes = Vec::new();
    plan::commit_and_then(db, &plan, |follows| {
        for said in marks {
            let Statement::Mark(lecture, student, after) = &said.now else {
                continue;
            };
            let lecture = lectures::find(db, *lecture)?;
            units.insert(lecture.unit);
            if !said.is_in_force {
                kept.extend(said.kept(Some(lecture.session.starts_at)));
                continue;
            }
            let student = corrector.student(student)?;
            let student = student.ok_or_else(|| damaged("statement"))?;
            let record = records::own(db, lecture.id, student.id)?;
            let record = record.ok_or_else(|| damaged("statement"))?;
            let before = said.mark_before()?;
            let mut back = record.state.taken_back(before.as_ref(), after);
            if before.is_none() {
                // There was none: it is the other number's again, and stands for nothing.
                back.merged_into = Some(of());
            }
            let change = Change {
                lecture: (lecture.id, lecture.session.id),
                student,
                record,
                after: back,
            };
            corrector.state(follows, &change)?;
            changes.push(change);
        }
        Ok(())
    })?;
    corrector.changed(changes)?;
    for unit in units {
        publications::queue_roster(db, unit)?;
    }
    corrector.events.push(Event::RosterChanged);
    let name = students::fact(db, number)?.and_then(|fact| fact.name);
    Ok(NumberUndone {
        student: StudentLine {
            admission_number: of(),
            name,
        },
        kept,
    })
}

/// The last change of a number that has not been taken back, and which it was.
fn last_change(
    db: &Connection,
    number: &AdmissionNumber,
) -> Result<Option<(i64, String)>, StoreError> {
    const SQL: &str = "SELECT a.id, a.action FROM acts AS a
        WHERE a.subject = :number AND a.action IN (:merged, :renumbered, :removed)
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)
        ORDER BY a.id DESC LIMIT 1";
    let parameters = named_params! {
        ":number": number, ":merged": MERGED, ":renumbered": RENUMBERED, ":removed": REMOVED,
    };
    row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// What an act said, and what was in force before.
struct Said {
    now: Statement,
    earlier: Option<Statement>,
    /// What the door saw, of a record.
    seen: Option<String>,
    /// Whether it is still so.
    is_in_force: bool,
}

impl Said {
    /// The statement that makes it as it was; `None`: it stays.
    fn before(&self, number_was_new: bool) -> Option<Statement> {
        if !self.is_in_force {
            return None;
        }
        if let Some(earlier) = &self.earlier {
            return Some(earlier.clone());
        }
        match self.now.clone() {
            Statement::SameAs(number, _) => Some(Statement::SameAs(number, SameAsFact::default())),
            Statement::Enrolment(unit, semester, number, _) => {
                let none = Enrolment::default();
                Some(Statement::Enrolment(unit, semester, number, none))
            }
            Statement::Student(number, _) if number_was_new => {
                let nobody = StudentFact {
                    name: None,
                    source: NameSource::Student,
                    email: String::new(),
                    phone: String::new(),
                };
                Some(Statement::Student(number, nobody))
            }
            _ => None,
        }
    }

    /// The record before; `None`: there was none.
    fn mark_before(&self) -> Result<Option<RecordState>, StoreError> {
        match (&self.earlier, &self.seen) {
            (Some(Statement::Mark(.., state)), _) => Ok(Some(state.as_ref().clone())),
            (_, seen) => serde_json::from_str(seen.as_deref().unwrap_or("null"))
                .map_err(|_| damaged("statement")),
        }
    }

    /// What stays as it is.
    fn kept(&self, starts_at: Option<Timestamp>) -> Option<NumberKept> {
        Some(match self.now.clone() {
            Statement::Student(number, _) => NumberKept::Details { number },
            Statement::Enrolment(unit, _, number, _) => NumberKept::Enrolment { number, unit },
            Statement::Excuse(_, ExcuseFact { student, .. }) => {
                NumberKept::Excuse { number: student }
            }
            Statement::Mark(_, number, _) => NumberKept::Record {
                number,
                starts_at: starts_at?,
            },
            _ => return None,
        })
    }
}

fn said_by(db: &Connection, act: i64) -> Result<Vec<Said>, StoreError> {
    let sql = format!(
        "SELECT m.kind, m.key, m.value, (SELECT earlier.value FROM statements AS earlier
            WHERE earlier.kind = m.kind AND earlier.key = m.key AND (earlier.stamp_at, earlier.id) < (m.stamp_at, m.id)
            ORDER BY earlier.stamp_at DESC, earlier.id DESC LIMIT 1) AS before,
            (SELECT latest.value FROM statements AS latest WHERE latest.kind = m.kind AND latest.key = m.key
                ORDER BY latest.stamp_at DESC, latest.id DESC LIMIT 1) = m.value AS is_in_force,
            iif(m.kind = 'mark', (SELECT own.seen FROM records AS own WHERE own.kiosk = 0
                AND own.lecture = (SELECT id FROM lectures WHERE uuid = {LECTURE_OF_KEY})
                AND own.student = (SELECT id FROM students WHERE admission_number = {NUMBER_OF_KEY})), NULL) AS seen
        FROM statements AS m WHERE m.act = ?1 ORDER BY m.id"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [act], |row| {
        let (kind, key): (String, String) = (row.get("kind")?, row.get("key")?);
        let read =
            |value: String| Statement::parse(&kind, &key, &value).map_err(|_| damaged("statement"));
        let earlier: Option<String> = row.get("before")?;
        Ok(Said {
            now: read(row.get("value")?)?,
            earlier: earlier.map(read).transpose()?,
            seen: row.get("seen")?,
            is_in_force: row.get("is_in_force")?,
        })
    })
}
