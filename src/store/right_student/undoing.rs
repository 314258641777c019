//! A change of a number that is taken back: what is as the change left it becomes as it was.

use std::collections::BTreeSet;

use rusqlite::{Connection, named_params};

use super::{MERGED, Planner, REMOVED, RENUMBERED, Right};
use crate::domain::{
    AdmissionNumber, Enrolment, ExcuseFact, Mark, NameSource, NumberKept, NumberRefusal,
    NumberUndone, RecordState, SameAsFact, SessionId, Statement, StudentFact, StudentLine,
    Timestamp, carried,
};
use crate::store::acts::{Act, AuditContext};
use crate::store::corrections::{Change, Corrector, Student, last_undoable};
use crate::store::enrolments::{COUNTED, Place};
use crate::store::error::{Stop, StoreError};
use crate::store::event::Event;
use crate::store::lectures::{self, Opened};
use crate::store::marks::{
    CHECKED_IN, NAME_TYPED, Said, UNDONE as MARK_UNDONE, staff_judged, statements_of,
};
use crate::store::plan::{self, Plan, REPLACED};
use crate::store::records::{self, Record, STATE_COLUMNS};
use crate::store::row::{self, damaged};
use crate::store::rules::Rules;
use crate::store::{Store, counted, numbers, publications, students, units};

/// What the log calls it.
const UNDONE: &str = "student.change_undone";

impl Store {
    /// The number whose last change made it this one, where that was changed after everything that staff have said of
    /// the student's record in a lecture: what an undo takes back first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn came_last(
        &self,
        session: SessionId,
        number: AdmissionNumber,
    ) -> Result<Option<AdmissionNumber>, StoreError> {
        const SQL: &str = "SELECT a.id, a.subject FROM statements AS m JOIN acts AS a ON a.id = m.act
            WHERE m.kind = 'same_as' AND json_extract(m.value, '$.number') = :number AND a.subject = m.key
                AND a.action IN (:merged, :renumbered)
                AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)
            ORDER BY a.id DESC LIMIT 1";
        self.read(move |db| {
            let number = numbers::right(db, &number)?;
            let parameters = named_params! {
                ":number": number, ":merged": MERGED, ":renumbered": RENUMBERED,
            };
            let came = row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?))
            })?;
            let corrected = last_undoable(db, session, Some(&number))?;
            Ok(came
                .filter(|(act, _)| corrected.is_none_or(|corrected| corrected < *act))
                .map(|(_, number)| number))
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
        self.with_corrector(rules, context, move |corrector| undo(corrector, &number))
            .await
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
        let place = (lecture.id, id);
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
            changes.push(Change::new(place, self.student.clone(), own, after));
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
                changes.push(Change::new(place, right.clone(), own, after));
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
        for aside in set_aside_for(db, lecture, right)? {
            let other = RecordState {
                mark: aside.state.punctuality.into(),
                percentage: now.percentage,
                ..aside.state
            };
            let other_one = Student {
                number: aside.number,
                ..right.clone()
            };
            let other = self.as_of_now(lecture, &other_one, other, aside.act)?;
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
            state.percentage = counted::percentage_of_coming(
                db,
                (lecture.unit, &session.semester, lecture.id),
                (student.id, state.mark),
                self.now,
                self.rules,
            )?;
        }
        Ok(state)
    }
}

/// The last word about a record that is not said of another number's, and the act that said it; 0: the door.
struct Word {
    act: i64,
    /// `None`: there was no record.
    state: Option<RecordState>,
}

fn word_of(db: &Connection, id: SessionId, number: &AdmissionNumber) -> Result<Word, StoreError> {
    find_word(db, id, number)?.ok_or_else(|| damaged("record"))
}

/// As [`word_of`]; `None`: the number has no record there.
fn find_word(
    db: &Connection,
    id: SessionId,
    number: &AdmissionNumber,
) -> Result<Option<Word>, StoreError> {
    const SAID: &str = "SELECT m.act, m.value FROM statements AS m JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'mark' AND m.key = :key
            AND (a.action = :checked_in OR (a.action LIKE 'attendance.%' AND a.action NOT IN (:undone, :counted, :name_typed)))
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)
        ORDER BY m.stamp_at DESC, m.id DESC LIMIT 1";
    const SEEN: &str = "SELECT 0, own.seen FROM lectures AS l JOIN records AS own ON own.lecture = l.id
        WHERE l.uuid = ?1 AND own.student = (SELECT id FROM students WHERE admission_number = ?2) AND own.kiosk = 0";
    let key = format!("{id}\t{number}");
    let said = named_params! {
        ":key": key, ":checked_in": CHECKED_IN, ":undone": MARK_UNDONE, ":counted": COUNTED,
        ":name_typed": NAME_TYPED,
    };
    let word = |row: &rusqlite::Row<'_>| {
        let text: Option<String> = row.get(1)?;
        let state = serde_json::from_str(text.as_deref().unwrap_or("null"));
        Ok(Word {
            act: row.get(0)?,
            state: state.map_err(|_| damaged("statement"))?,
        })
    };
    match row::first(&mut db.prepare_cached(SAID)?, said, word)? {
        Some(said) => Ok(Some(said)),
        None => row::first(&mut db.prepare_cached(SEEN)?, (id, number), word),
    }
}

/// What a number has in a lecture by itself, or by a number that never was and was this one's; `None`: it was carried
/// there.
fn own_word(
    db: &Connection,
    id: SessionId,
    number: &AdmissionNumber,
) -> Result<Option<RecordState>, StoreError> {
    if let Some(state) = find_word(db, id, number)?.and_then(|word| word.state) {
        return Ok(Some(state));
    }
    for number in never_were(db, number)? {
        if let Some(state) = own_word(db, id, &number)? {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

/// The numbers that were given to whoever has this one, and taken back: nobody has had them.
fn never_were(
    db: &Connection,
    number: &AdmissionNumber,
) -> Result<Vec<AdmissionNumber>, StoreError> {
    const SQL: &str = "SELECT DISTINCT json_extract(m.value, '$.number') FROM acts AS a
        JOIN statements AS m ON m.act = a.id AND m.kind = 'same_as' AND m.key = a.subject
        WHERE a.subject = ?1 AND a.action = ?2 AND EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    row::collect(&mut db.prepare_cached(SQL)?, (number, RENUMBERED), |row| {
        Ok(row.get(0)?)
    })
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

/// A record that is set aside since its number is another student's, or never was.
struct Aside {
    state: RecordState,
    number: AdmissionNumber,
    /// The act that set it aside.
    act: i64,
}

/// The records in a lecture that are set aside since their numbers are this student's, or were until a change of this
/// student's number was taken back. What was only carried to such a number is not theirs.
fn set_aside_for(
    db: &Connection,
    lecture: &Opened,
    student: &Student,
) -> Result<Vec<Aside>, StoreError> {
    const SAID: &str =
        "SELECT m.value, m.act FROM statements AS m WHERE m.kind = 'mark' AND m.key = ?1
        ORDER BY m.stamp_at DESC, m.id DESC LIMIT 1";
    let sql = format!(
        "SELECT {STATE_COLUMNS}, st.admission_number, st.name AS student_name, st.same_as IS NULL AS never_was
        FROM records AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.kiosk = 0 AND r.mark = 'removed'
            AND (st.same_as = ?2 OR st.admission_number IN (SELECT value FROM json_each(?3)))
        ORDER BY r.at, r.id"
    );
    let never_were = never_were(db, &student.number)?;
    let never_were = serde_json::to_string(&never_were).expect("numbers are JSON");
    let mut statement = db.prepare_cached(&sql)?;
    let parameters = (lecture.id, student.id, never_were);
    let found: Vec<(RecordState, AdmissionNumber, bool)> =
        row::collect(&mut statement, parameters, |row| {
            let number = row.get("admission_number")?;
            Ok((records::state(row)?, number, row.get("never_was")?))
        })?;
    let mut aside = Vec::with_capacity(found.len());
    for (state, number, never_was) in found {
        let id = lecture.session.id;
        let key = format!("{id}\t{number}");
        let said: Option<(String, i64)> =
            row::first(&mut db.prepare_cached(SAID)?, [key], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let Some((value, act)) = said else {
            continue;
        };
        let said: RecordState = serde_json::from_str(&value).map_err(|_| damaged("statement"))?;
        let word = own_word(db, id, &number)?;
        // Of a number that never was, what staff removed goes along as removed.
        let stands = word.is_some_and(|word| !never_was || word.mark.stands());
        if said.merged_into.is_some() && stands {
            aside.push(Aside { state, number, act });
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
    let sql = format!("SELECT m.kind, m.key, m.value, {REPLACED} AS before,
            (SELECT latest.value FROM statements AS latest WHERE latest.kind = m.kind AND latest.key = m.key
                ORDER BY latest.stamp_at DESC, latest.id DESC LIMIT 1) = m.value AS is_in_force
        FROM statements AS m WHERE m.act = ?1 AND m.kind <> 'mark' ORDER BY m.id");
    row::collect(&mut db.prepare_cached(&sql)?, [act], |row| {
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
