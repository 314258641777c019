//! Whose a number is: a number that goes to another student with its records, enrolments and excuses.

use std::collections::BTreeSet;

use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::{Act, AuditContext};
use super::corrections::{Change, Corrector, Student};
use super::counted::{self, Counted, Whom};
use super::enrolments::{self, COUNTED, Place};
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::Opened;
use super::marks::{CHECKED_IN, Said, UNDONE as MARK_UNDONE, staff_judged, statements_of};
use super::plan::{self, Plan};
use super::records::{self, Record, STATE_COLUMNS};
use super::row::{self, damaged};
use super::rules::Rules;
use super::stamp::THIS_KIOSK;
use super::{lectures, mirror, numbers, publications, students, units};
use crate::domain::{
    AdmissionNumber, Enrolment, ExcuseFact, ExcuseId, Mark, NameSource, NumberChange, NumberEffect,
    NumberKept, NumberOrder, NumberRefusal, NumberUndone, Percentage, PlaceEffect, Reading,
    RecordEffect, RecordFate, RecordState, SameAsFact, Semester, SessionId, Statement, StudentFact,
    StudentLine, Timestamp, UnitCode, UnknownStudents, carried,
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
    /// Whether nobody has the number then.
    never_was: bool,
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
    /// The row of the record that it is carried from.
    from: Option<i64>,
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
        never_was: false,
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
    /// Whether the number is one that nobody has then: all that is under it goes along.
    never_was: bool,
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
            never_was: self.never_was,
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
        // Another kiosk's record counts for the right student here too, though it is changed there.
        let standing = records::of_student(db, lecture.id, self.student.id)?;
        // Of a number that nobody has then, another kiosk's stays as it is, and what staff removed goes along.
        let standing = standing.filter(|it| !self.never_was || it.kiosk == THIS_KIOSK);
        let own = own.filter(|own| {
            let is_removed = own.state.mark == Mark::Removed;
            own.state.mark.stands() || (is_removed && self.never_was && standing.is_some())
        });
        let mut carried_over = Carried {
            own,
            theirs: None,
            after: None,
            from: standing.as_ref().map(|standing| standing.id),
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
            let has_come = state.is_some_and(|theirs| theirs.mark.has_come());
            let after = if self.never_was && standing.state.mark == Mark::Removed {
                (!has_come).then(|| standing.state.clone())
            } else {
                carried(&standing.state, state)
            };
            carried_over.after = after.map(|after| RecordState {
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
    mut planned: Planned,
) -> Result<(), StoreError> {
    let (db, context) = (corrector.db, corrector.context);
    let number = &order.number;
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
    if let Some(right) = &planned.right {
        if let Some(fact) = &right.fact {
            plan.state(db, Statement::Student(right.number.clone(), fact.clone()))?;
        }
        plan.state(db, same_as(number, &right.number))?;
    }
    planned.state(db, &mut plan)?;
    let mut changes = Vec::new();
    plan::commit_and_then(db, &plan, |follows| {
        changes = planned.carry(corrector, follows)?;
        Ok(())
    })?;
    planned.settle(corrector, changes)
}

fn same_as(number: &AdmissionNumber, right: &AdmissionNumber) -> Statement {
    let number_of = Some(right.clone());
    Statement::SameAs(number.clone(), SameAsFact { number: number_of })
}

impl Planned {
    /// States whose the earlier numbers, the places and the excuses are.
    fn state(&self, db: &Connection, plan: &mut Plan) -> Result<(), StoreError> {
        let place = |place: &PlaceAfter, number: &AdmissionNumber| Place {
            unit: place.unit.clone(),
            semester: place.semester.clone(),
            number: number.clone(),
        };
        let right = self.right.as_ref();
        if let Some(right) = right {
            for earlier in &self.effect.earlier {
                plan.state(db, same_as(earlier, &right.number))?;
            }
        }
        for it in &self.places {
            if it.had {
                let none = Enrolment::default();
                plan.state(db, place(it, &self.student.number).statement(none))?;
            }
            if let Some((right, after)) = right.zip(it.after.as_ref()) {
                plan.state(db, place(it, &right.number).statement(after.clone()))?;
            }
        }
        for (id, fact) in &self.excuses {
            plan.state(db, Statement::Excuse(*id, fact.clone()))?;
        }
        Ok(())
    }

    /// States the records: each is set aside, and what the right student's becomes of it.
    fn carry(
        &mut self,
        corrector: &mut Corrector<'_>,
        plan: &mut Plan,
    ) -> Result<Vec<Change>, StoreError> {
        let right = self.right.as_ref();
        let right = right.map(|right| corrector.student(&right.number));
        let right = right.transpose()?.flatten();
        // A record under a number that never was names that number itself.
        let itself = self.never_was.then_some(&self.student.number);
        let mut changes = Vec::new();
        for record in std::mem::take(&mut self.records) {
            let place = record.place();
            let (student, from) = (&self.student, record.from);
            let leads_to = right.as_ref().map(|right| &right.number);
            let leads_to = leads_to.filter(|_| !self.never_was).or(itself);
            changes.extend(set_aside(
                corrector, plan, place, student, leads_to, record.own,
            )?);
            if let Some((right, after)) = right.as_ref().zip(record.after) {
                let (theirs, after) = (record.theirs, (after, from));
                let given = corrector.give(plan, place, right.clone(), theirs, after)?;
                changes.extend(given.1);
            }
        }
        Ok(changes)
    }

    /// Queues what the remotes are to get, and counts what the enrolments count.
    fn settle(
        &self,
        corrector: &mut Corrector<'_>,
        changes: Vec<Change>,
    ) -> Result<(), StoreError> {
        let (db, read) = (corrector.db, reading(corrector.context));
        corrector.changed(changes)?;
        for it in &self.places {
            if let Some(right) = self.right.as_ref().filter(|_| it.after.is_some()) {
                let (of, by) = ((it.unit_row, &it.semester), (corrector.rules, &read));
                enrolments::count_records(db, corrector.events, of, &right.number, by)?;
            }
            publications::queue_roster(db, it.unit_row)?;
        }
        corrector.events.push(Event::RosterChanged);
        Ok(())
    }
}

/// States that a record is another student's, or nobody's.
fn set_aside(
    corrector: &Corrector<'_>,
    plan: &mut Plan,
    place: (i64, SessionId),
    student: &Student,
    leads_to: Option<&AdmissionNumber>,
    own: Option<Record>,
) -> Result<Option<Change>, StoreError> {
    let Some(record) = own else {
        return Ok(None);
    };
    if let Some(right) = leads_to {
        let wrong = (student.clone(), record);
        return corrector.set_aside(plan, place, wrong, right).map(Some);
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
        from: None,
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
    let mut plan = Plan::new(undoing.clone());
    let mut kept = Vec::new();
    let mut units = BTreeSet::new();
    let said = said_by(db, act)?;
    let right = said.iter().find_map(|said| match &said.now {
        Statement::SameAs(same, fact) if same == number => fact.number.clone(),
        _ => None,
    });
    let never_was = right.as_ref().filter(|_| action == RENUMBERED);
    for said in &said {
        match &said.now {
            Statement::SameAs(..) if !said.is_in_force => {
                let (number, right) = (of(), numbers::right(db, number)?);
                return Err(Stop::Refused(NumberRefusal::ChangedSince { number, right }));
            }
            Statement::Enrolment(unit, ..) => {
                units.insert(units::find(db, unit)?);
            }
            _ => {}
        }
        if let Some(never_was) = never_was
            && said.goes_back(db, &mut plan, (number, never_was))?
        {
            continue;
        }
        match said.before() {
            Some(before) => plan.state(db, before)?,
            None => kept.extend(said.kept()),
        }
    }
    let marks = statements_of(db, act)?;
    let lectures: BTreeSet<SessionId> = marks.iter().map(|said| said.session).collect();
    let mut changes = Vec::new();
    let done = plan::commit_and_then(db, &plan, |follows| {
        let undoing = Undoing::of(corrector, act, (number, right.as_ref()))?;
        for id in &lectures {
            let lecture = lectures::find(db, *id)?;
            units.insert(lecture.unit);
            match undoing.give_back(&lecture, &marks)? {
                GivenBack::Records(back) => changes.extend(back),
                GivenBack::Kept(number) => kept.push(NumberKept::Record {
                    number,
                    starts_at: lecture.session.starts_at,
                }),
            }
        }
        for change in &changes {
            corrector.state(follows, change)?;
        }
        Ok(())
    })?;
    corrector.changed(changes)?;
    if let Some(never_was) = never_was {
        kept.retain(|kept| kept.number() != never_was);
        kept.extend(records_elsewhere(db, never_was)?);
        bring_back(corrector, (&undoing, done), (number, never_was))?;
    } else if let Some(right) = &right {
        kept.extend(records_since(db, act, right, &lectures)?);
        kept.extend(enrolments_since(db, act, right)?);
    }
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

/// Gives a student whatever is still under a number that they never had, in the act that takes it back.
fn bring_back(
    corrector: &mut Corrector<'_>,
    (undoing, act): (&Act, i64),
    (number, never_was): (&AdmissionNumber, &AdmissionNumber),
) -> Result<(), StoreError> {
    let db = corrector.db;
    let student = corrector.student(never_was)?;
    let fact = students::fact(db, number)?.ok_or_else(|| damaged("student"))?;
    let planner = Planner {
        db,
        rules: corrector.rules,
        now: corrector.context.now,
        student: student.ok_or_else(|| damaged("student"))?,
        right: Some(Right {
            number: number.clone(),
            fact: None,
            fact_now: fact,
            id: Some(numbers::exactly(db, number)?),
        }),
        never_was: true,
    };
    let mut back = planner.plan()?;
    let mut plan = Plan::new(undoing.clone());
    back.state(db, &mut plan)?;
    plan::write(db, &plan, act)?;
    let mut plan = Plan::new(undoing.clone());
    let changes = back.carry(corrector, &mut plan)?;
    plan::write(db, &plan, act)?;
    back.settle(corrector, changes)
}

/// What came of a record and of the one that was carried from it.
enum GivenBack {
    Records(Vec<Change>),
    /// This number's has been changed since: both stay as they are.
    Kept(AdmissionNumber),
}

/// A change of a number that is taken back, lecture by lecture.
struct Undoing<'a> {
    db: &'a Connection,
    rules: &'a Rules,
    now: Timestamp,
    act: i64,
    student: Student,
    right: Option<Student>,
}

impl<'a> Undoing<'a> {
    fn of(
        corrector: &Corrector<'a>,
        act: i64,
        (number, right): (&AdmissionNumber, Option<&AdmissionNumber>),
    ) -> Result<Self, StoreError> {
        let student = corrector.student(number)?;
        let right = right.map(|right| corrector.student(right)).transpose()?;
        Ok(Self {
            db: corrector.db,
            rules: corrector.rules,
            now: corrector.context.now,
            act,
            student: student.ok_or_else(|| damaged("statement"))?,
            right: right.flatten(),
        })
    }

    /// Gives the record in a lecture back, by the times and the unit that the lecture has now, and makes the right
    /// student's what it is without it.
    fn give_back(&self, lecture: &Opened, marks: &[Said]) -> Result<GivenBack, StoreError> {
        let (db, id) = (self.db, lecture.session.id);
        let said = |student: &Student| {
            let mut marks = marks.iter();
            marks.find(|said| said.session == id && said.number == student.number)
        };
        let mut changes = Vec::new();
        let mut given_back = None;
        if let Some(said) = said(&self.student) {
            let own = records::own(db, lecture.id, self.student.id)?;
            let own = own.ok_or_else(|| damaged("statement"))?;
            let word = word_of(db, id, &self.student.number)?;
            if own.state.mark != Mark::Removed || word.act > self.act {
                return Ok(GivenBack::Kept(self.student.number.clone()));
            }
            let before = own.state.taken_back(said.before.as_ref(), &said.after);
            let before = RecordState {
                name: own.state.name.clone(),
                ..before
            };
            given_back = Some(own.state.at);
            let after = self.as_of_now(lecture, &self.student, before, self.act)?;
            changes.push(change(lecture, self.student.clone(), own, after));
        }
        let Some(right) = &self.right else {
            return Ok(GivenBack::Records(changes));
        };
        let own = records::own(db, lecture.id, right.id)?;
        if let Some(own) = own
            && records::stated(db, own.id)?.is_some()
        {
            let word = word_of(db, id, &right.number)?;
            if word.act > self.act {
                let is_carried = said(right).is_some() || given_back == Some(own.state.at);
                if is_carried {
                    return Ok(GivenBack::Kept(right.number.clone()));
                }
                return Ok(GivenBack::Records(changes));
            }
            let after = self.without(lecture, right, &own, word)?;
            let is_same = RecordState {
                merged_into: None,
                ..after.clone()
            } == own.state;
            if !is_same {
                changes.push(change(lecture, right.clone(), own, after));
            }
        }
        Ok(GivenBack::Records(changes))
    }

    /// The right student's record of what is theirs by itself, and of the other numbers that are theirs still.
    fn without(
        &self,
        lecture: &Opened,
        right: &Student,
        own: &Record,
        word: Word,
    ) -> Result<RecordState, StoreError> {
        let (db, now) = (self.db, &own.state);
        let since = word.act;
        let mut found = match word.state {
            Some(state) => {
                let said = state.at;
                let mut state = RecordState {
                    at: corrected_time(db, (lecture, right), own.id, (since, said))?,
                    name: now.name.clone(),
                    percentage: state.percentage.or(now.percentage),
                    ..state
                };
                let session = &lecture.session;
                if state.at != said && !staff_judged(db, session.id, &right.number, None)? {
                    state = state.judged_by(session, self.rules.windows);
                }
                Some(self.as_of_now(lecture, right, state, since)?)
            }
            None => None,
        };
        for (other, number) in set_aside_for(db, lecture, right.id)? {
            let other = RecordState {
                mark: other.punctuality.into(),
                percentage: now.percentage,
                ..other
            };
            let other_one = Student {
                number,
                ..right.clone()
            };
            let other = self.as_of_now(lecture, &other_one, other, self.act)?;
            let carried = carried(&other, found.as_ref()).map(|carried| RecordState {
                name: now.name.clone(),
                ..carried
            });
            found = carried.or(found);
        }
        // There is none: it is the other number's again, and stands for nothing.
        Ok(found.unwrap_or_else(|| RecordState {
            mark: Mark::Removed,
            merged_into: Some(self.student.number.clone()),
            ..now.clone()
        }))
    }

    /// A record that was so at an act, by the times and the unit that its lecture has now.
    fn as_of_now(
        &self,
        lecture: &Opened,
        student: &Student,
        mut state: RecordState,
        since: i64,
    ) -> Result<RecordState, StoreError> {
        let (db, session) = (self.db, &lecture.session);
        let facts = lectures::facts_since(db, session.id, since)?;
        let has_moved = facts.iter().any(|fact| {
            let sitting = fact.sitting.as_ref();
            sitting.is_some_and(|sitting| sitting.starts_at != session.starts_at)
        });
        if has_moved && !staff_judged(db, session.id, &student.number, None)? {
            state = state.judged_by(session, self.rules.windows);
        }
        if !state.mark.has_come() {
            return Ok(state);
        }
        state.mark = state.punctuality.into();
        if facts.iter().any(|fact| fact.unit != session.unit_code) {
            state.percentage = self.percentage(lecture, student.id, state.mark)?;
        }
        Ok(state)
    }

    /// What a check-in in the unit would report now.
    fn percentage(
        &self,
        lecture: &Opened,
        student: i64,
        mark: Mark,
    ) -> Result<Option<Percentage>, StoreError> {
        let (db, unit, semester) = (self.db, lecture.unit, &lecture.session.semester);
        let is_stranger = self.rules.unknown_students != UnknownStudents::Register
            && counted::enrolment(db, unit, semester, student)?.is_empty()
            && counted::has_list(db, unit, semester)?;
        if is_stranger {
            return Ok(None);
        }
        let whom = Whom::One(student);
        let mut counted = counted::load(db, (unit, semester), whom, self.now, self.rules)?;
        counted.mark(lecture.id, mark, true);
        let standing = counted.student(self.now)?.standing;
        Ok(standing.map(|standing| standing.of_plan))
    }
}

fn change(lecture: &Opened, student: Student, record: Record, after: RecordState) -> Change {
    Change {
        lecture: (lecture.id, lecture.session.id),
        student,
        record,
        after,
        from: None,
    }
}

/// The last word about a record that is not said of another number's, and the act that said it; 0: the door.
struct Word {
    act: i64,
    /// `None`: there was no record.
    state: Option<RecordState>,
}

fn word_of(db: &Connection, id: SessionId, number: &AdmissionNumber) -> Result<Word, StoreError> {
    const SAID: &str = "SELECT m.act, m.value FROM statements AS m JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'mark' AND m.key = :key
            AND (a.action = :checked_in OR (a.action LIKE 'attendance.%' AND a.action NOT IN (:undone, :counted)))
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)
        ORDER BY m.stamp_at DESC, m.id DESC LIMIT 1";
    const SEEN: &str = "SELECT 0, own.seen FROM lectures AS l JOIN records AS own ON own.lecture = l.id
        WHERE l.uuid = ?1 AND own.student = (SELECT id FROM students WHERE admission_number = ?2) AND own.kiosk = 0";
    let key = format!("{id}\t{number}");
    let said = named_params! {
        ":key": key, ":checked_in": CHECKED_IN, ":undone": MARK_UNDONE, ":counted": COUNTED,
    };
    let word = |row: &rusqlite::Row<'_>| {
        let text: Option<String> = row.get(1)?;
        let state = serde_json::from_str(text.as_deref().unwrap_or("null"));
        Ok(Word {
            act: row.get(0)?,
            state: state.map_err(|_| damaged("statement"))?,
        })
    };
    if let Some(said) = row::first(&mut db.prepare_cached(SAID)?, said, word)? {
        return Ok(said);
    }
    let seen = row::first(&mut db.prepare_cached(SEEN)?, (id, number), word)?;
    seen.ok_or_else(|| damaged("record"))
}

/// A time of a record that was said in an act, as a setting of the clock has corrected it since.
fn corrected_time(
    db: &Connection,
    (lecture, student): (&Opened, &Student),
    record: i64,
    (since, said): (i64, Timestamp),
) -> Result<Timestamp, StoreError> {
    const SQL: &str = "SELECT r.at - r.clock_said FROM records AS r WHERE r.id = :record AND r.clock_said IS NOT NULL
        AND EXISTS (SELECT 1 FROM statements AS m JOIN acts AS a ON a.id = m.act
            WHERE m.kind = 'mark' AND m.key = :key AND a.action = 'clock.set' AND a.id > :since)";
    let key = format!("{}\t{}", lecture.session.id, student.number);
    let parameters = named_params! { ":record": record, ":key": key, ":since": since };
    let step: Option<i64> = row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(row.get(0)?)
    })?;
    Ok(Timestamp::from_millis(said.millis() + step.unwrap_or(0)))
}

/// The records in a lecture that are set aside since their numbers are this student's. What was only carried to
/// such a number is not theirs.
fn set_aside_for(
    db: &Connection,
    lecture: &Opened,
    student: i64,
) -> Result<Vec<(RecordState, AdmissionNumber)>, StoreError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, st.admission_number, st.name AS student_name
        FROM records AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.kiosk = 0 AND st.same_as = ?2 AND r.mark = 'removed' ORDER BY r.at, r.id"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let found: Vec<(RecordState, AdmissionNumber)> =
        row::collect(&mut statement, (lecture.id, student), |row| {
            Ok((records::state(row)?, row.get("admission_number")?))
        })?;
    let mut aside = Vec::with_capacity(found.len());
    for (state, number) in found {
        let id = lecture.session.id;
        let said = plan::said(db, "mark", &format!("{id}\t{number}"))?;
        let is_aside =
            matches!(said, Some(Statement::Mark(.., said)) if said.merged_into.is_some());
        if is_aside && word_of(db, id, &number)?.state.is_some() {
            aside.push((state, number));
        }
    }
    Ok(aside)
}

/// The other kiosks' records under a number: they are changed there.
fn records_elsewhere(
    db: &Connection,
    number: &AdmissionNumber,
) -> Result<Vec<NumberKept>, StoreError> {
    const SQL: &str =
        "SELECT DISTINCT l.starts_at FROM lectures AS l JOIN records AS r ON r.lecture = l.id
        WHERE r.student = ?1 AND r.kiosk <> 0 AND r.mark <> 'removed' ORDER BY l.starts_at";
    let student = numbers::exactly(db, number)?;
    row::collect(&mut db.prepare_cached(SQL)?, [student], |row| {
        Ok(NumberKept::Record {
            number: number.clone(),
            starts_at: row.get(0)?,
        })
    })
}

/// The right student's records since a merge, in other lectures: nobody knows which number they typed.
fn records_since(
    db: &Connection,
    act: i64,
    right: &AdmissionNumber,
    besides: &BTreeSet<SessionId>,
) -> Result<Vec<NumberKept>, StoreError> {
    const SQL: &str = "SELECT l.uuid, l.starts_at FROM lectures AS l JOIN records AS r ON r.lecture = l.id
        WHERE r.student = ?1 AND r.kiosk = 0 AND r.mark <> 'removed' AND r.at > (SELECT at FROM acts WHERE id = ?2)
        ORDER BY l.starts_at";
    let student = numbers::exactly(db, right)?;
    let found: Vec<(SessionId, Timestamp)> =
        row::collect(&mut db.prepare_cached(SQL)?, (student, act), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let found = found.into_iter().filter(|(id, _)| !besides.contains(id));
    let kept = found.map(|(_, starts_at)| NumberKept::Record {
        number: right.clone(),
        starts_at,
    });
    Ok(kept.collect())
}

/// The right student's enrolments that were said since a merge, for the same reason.
fn enrolments_since(
    db: &Connection,
    act: i64,
    right: &AdmissionNumber,
) -> Result<Vec<NumberKept>, StoreError> {
    const SQL: &str = "SELECT DISTINCT substr(m.key, 1, instr(m.key, char(9)) - 1) FROM statements AS m
        JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'enrolment' AND substr(m.key, -length(:right) - 1) = char(9) || :right AND a.id > :act
            AND a.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)
        ORDER BY 1";
    let parameters = named_params! { ":right": right, ":act": act };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(NumberKept::Enrolment {
            number: right.clone(),
            unit: row.get(0)?,
        })
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

/// What an act said of anything but records, and what was in force before.
struct FactSaid {
    now: Statement,
    earlier: Option<Statement>,
    /// Whether it is still so.
    is_in_force: bool,
}

impl FactSaid {
    /// The statement that makes it as it was; `None`: it stays.
    fn before(&self) -> Option<Statement> {
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
            _ => None,
        }
    }

    /// Gives a student back what is said of a number that they never had; `false`: this is said of neither.
    fn goes_back(
        &self,
        db: &Connection,
        plan: &mut Plan,
        (number, never_was): (&AdmissionNumber, &AdmissionNumber),
    ) -> Result<bool, StoreError> {
        match &self.now {
            Statement::Enrolment(unit, semester, of, _) => {
                let said = plan::said(db, "enrolment", &self.now.key())?;
                if let Some(Statement::Enrolment(.., enrolment)) = said
                    && of == never_was
                {
                    let place = |number: &AdmissionNumber| Place {
                        unit: unit.clone(),
                        semester: semester.clone(),
                        number: number.clone(),
                    };
                    plan.state(db, place(number).statement(enrolment))?;
                    plan.state(db, place(never_was).statement(Enrolment::default()))?;
                }
            }
            Statement::Student(of, _) if of == never_was => {
                let fact = students::fact(db, of)?.filter(|_| !self.is_in_force);
                if let Some(fact) = fact {
                    plan.state(db, Statement::Student(number.clone(), fact))?;
                }
                let nobody = StudentFact {
                    name: None,
                    source: NameSource::Student,
                    email: String::new(),
                    phone: String::new(),
                };
                let nobody = Statement::Student(of.clone(), nobody);
                plan.state(db, self.earlier.clone().unwrap_or(nobody))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What stays as it is.
    fn kept(&self) -> Option<NumberKept> {
        Some(match self.now.clone() {
            Statement::Student(number, _) => NumberKept::Details { number },
            Statement::Enrolment(unit, _, number, _) => NumberKept::Enrolment { number, unit },
            Statement::Excuse(_, ExcuseFact { student, .. }) => {
                NumberKept::Excuse { number: student }
            }
            _ => return None,
        })
    }
}

fn said_by(db: &Connection, act: i64) -> Result<Vec<FactSaid>, StoreError> {
    const SQL: &str = "SELECT m.kind, m.key, m.value, (SELECT earlier.value FROM statements AS earlier
            WHERE earlier.kind = m.kind AND earlier.key = m.key AND (earlier.stamp_at, earlier.id) < (m.stamp_at, m.id)
            ORDER BY earlier.stamp_at DESC, earlier.id DESC LIMIT 1) AS before,
            (SELECT latest.value FROM statements AS latest WHERE latest.kind = m.kind AND latest.key = m.key
                ORDER BY latest.stamp_at DESC, latest.id DESC LIMIT 1) = m.value AS is_in_force
        FROM statements AS m WHERE m.act = ?1 AND m.kind <> 'mark' ORDER BY m.id";
    row::collect(&mut db.prepare_cached(SQL)?, [act], |row| {
        let (kind, key): (String, String) = (row.get("kind")?, row.get("key")?);
        let read =
            |value: String| Statement::parse(&kind, &key, &value).map_err(|_| damaged("statement"));
        let earlier: Option<String> = row.get("before")?;
        Ok(FactSaid {
            now: read(row.get("value")?)?,
            earlier: earlier.map(read).transpose()?,
            is_in_force: row.get("is_in_force")?,
        })
    })
}
