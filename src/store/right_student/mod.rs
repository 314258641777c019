//! Whose a number is: a number that goes to another student with its records, enrolments and excuses.

mod undoing;

use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::{Act, AuditContext};
use super::corrections::{Change, Corrector, Student};
use super::counted::{self, Counted, Whom};
use super::enrolments::{self, Place};
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::Opened;
use super::plan::{self, Plan};
use super::records::{self, Record};
use super::row::{self, damaged};
use super::rules::Rules;
use super::stamp::THIS_KIOSK;
use super::{lectures, mirror, numbers, publications, students};
use crate::domain::{
    AdmissionNumber, Enrolment, ExcuseFact, ExcuseId, Mark, NumberChange, NumberEffect,
    NumberOrder, NumberRefusal, PlaceEffect, RecordEffect, RecordFate, RecordState, SameAsFact,
    Semester, SessionId, Statement, StudentFact, StudentLine, Timestamp, UnitCode, carried,
};

/// What the log calls each change.
const MERGED: &str = "student.merged";
const RENUMBERED: &str = "student.renumbered";
const REMOVED: &str = "student.removed";

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
        self.read_unless_refused(move |db| Ok(plan(db, &order, &rules, now)?.effect))
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
        self.with_corrector(rules, context, move |corrector| {
            let now = corrector.context.now;
            let planned = plan(corrector.db, &order, corrector.rules, now)?;
            let effect = planned.effect.clone();
            commit(corrector, &order, planned)?;
            Ok(effect)
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
            if let Some(own) = record.own {
                if leads_to.is_none() {
                    let now = corrector.context.now;
                    mirror::set_aside(corrector.db, place.0, student.id, now)?;
                }
                let own = (student.clone(), own);
                changes.push(corrector.set_aside(plan, place, own, leads_to)?);
            }
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
        let (db, read) = (corrector.db, corrector.context.reading());
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
