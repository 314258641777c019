//! Another start, end, room or unit for a lecture, and what follows for this kiosk's records in it.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::opening::{Slot, clash, lecturer_of, next_number};
use super::{Opened, SAME_LECTURE, fact, find, look_for};
use crate::domain::{
    AdmissionNumber, EditEffect, JudgedAnew, LectureFact, LectureStage, Mark, NewEnd, Percentage,
    RecordState, Session, SessionEdit, SessionId, SessionRefusal, Statement, Timestamp, UnitCode,
    UnknownStudents, WhenAndWhere,
};
use crate::store::Store;
use crate::store::acts::Act;
use crate::store::corrections::{AuditContext, staff_judged, statements_of, taken_back};
use crate::store::counted::{self, Whom};
use crate::store::deliveries::{self, ChangeSummary};
use crate::store::error::{Stop, StoreError};
use crate::store::event::Event;
use crate::store::plan::{self, Plan};
use crate::store::records::{self, STATE_COLUMNS};
use crate::store::row::{self, damaged};
use crate::store::rules::Rules;
use crate::store::{publications, units};

/// What the log calls each change.
const CHANGED: &str = "session.changed";
const MOVED: &str = "session.moved";
const EXTENDED: &str = "session.extended";
const UNDONE: &str = "session.change_undone";

impl Store {
    /// What a change of a lecture would do; nothing is written.
    ///
    /// # Errors
    /// As [`Store::edit_session`].
    pub async fn preview_edit(
        &self,
        id: SessionId,
        edit: SessionEdit,
        (rules, max_sessions): (Rules, u32),
        now: Timestamp,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        self.read(move |db| {
            let editor = Editor {
                db,
                rules: &rules,
                max_sessions,
                now,
            };
            match editor.plan(id, &edit) {
                Ok(planned) => Ok(Ok(planned.effect)),
                Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
                Err(Stop::Store(error)) => Err(error),
            }
        })
        .await
    }

    /// Gives a lecture another start, end, room or unit: the lecture, the records that another start makes on time
    /// or late and the figures of another unit, in one act.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecture or unit; a [`SessionRefusal`] when a rule forbids it.
    pub async fn edit_session(
        &self,
        id: SessionId,
        edit: SessionEdit,
        reason: Option<String>,
        (rules, max_sessions): (Rules, u32),
        context: AuditContext,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let editor = Editor {
                db,
                rules: &rules,
                max_sessions,
                now: context.now,
            };
            let planned = editor.plan(id, &edit)?;
            if planned.effect.changes() {
                let act = planned.act(&edit, &context).because(reason.as_deref());
                editor.commit(events, &planned, act, context.monotonic)?;
            }
            Ok(planned.effect)
        })
        .await
    }

    /// Takes the last change of a lecture back that has not been taken back yet, by a new act. What has changed
    /// besides stays.
    ///
    /// # Errors
    /// [`SessionRefusal::NothingToUndo`], or as [`Store::edit_session`].
    pub async fn undo_edit(
        &self,
        id: SessionId,
        (rules, max_sessions): (Rules, u32),
        context: AuditContext,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let editor = Editor {
                db,
                rules: &rules,
                max_sessions,
                now: context.now,
            };
            let (planned, undone) = editor.plan_undo(id)?;
            let mut act = planned.act(&SessionEdit::default(), &context);
            act.action = UNDONE.to_owned();
            act.undoes = Some(undone);
            editor.commit(events, &planned, act, context.monotonic)?;
            Ok(planned.effect)
        })
        .await
    }
}

/// A change under way.
struct Editor<'a> {
    db: &'a Connection,
    rules: &'a Rules,
    max_sessions: u32,
    now: Timestamp,
}

/// A change before it is committed.
struct Planned {
    id: SessionId,
    after: LectureFact,
    /// Other lectures that change with it: the timetable's lecture that it becomes.
    others: Vec<(SessionId, LectureFact)>,
    records: Vec<Own>,
    /// The percentages are those before an earlier change, and not counted anew.
    restores: bool,
    effect: EditEffect,
}

/// A record of this kiosk.
struct Own {
    row: i64,
    uuid: Uuid,
    student: i64,
    number: AdmissionNumber,
    before: RecordState,
    after: RecordState,
}

impl Planned {
    fn changes_unit(&self) -> bool {
        self.effect.before.unit != self.effect.after.unit
    }

    /// Whether what the remotes are told of each record is different. Each record keeps the end that its lecture had
    /// when it was sent.
    fn is_told_otherwise(&self) -> bool {
        let told = |it: &WhenAndWhere| (it.unit.clone(), it.starts_at, it.venue.clone());
        told(&self.effect.before) != told(&self.effect.after)
    }

    fn act(&self, edit: &SessionEdit, context: &AuditContext) -> Act {
        let EditEffect { before, after, .. } = &self.effect;
        let only_later = matches!(edit.ends_at, Some(NewEnd::LaterBy(_)));
        let action = match () {
            () if self.changes_unit() => MOVED,
            () if only_later => EXTENDED,
            () => CHANGED,
        };
        let act = Act::new(context.now, &context.actor, action, &self.id);
        if action == EXTENDED {
            return act.from(&before.ends_at).to(&after.ends_at);
        }
        act.from(&words(before, after)).to(&words(after, before))
    }
}

/// What a lecture is, where it differs from another state of it, for the audit log.
fn words(of: &WhenAndWhere, other: &WhenAndWhere) -> String {
    let mut words = Vec::new();
    words.extend((of.unit != other.unit).then(|| of.unit.to_string()));
    words.extend((of.starts_at != other.starts_at).then(|| format!("from {}", of.starts_at)));
    words.extend((of.ends_at != other.ends_at).then(|| format!("until {}", of.ends_at)));
    words.extend((of.venue != other.venue).then(|| format!("room {:?}", of.venue.as_str())));
    words.extend((of.state != other.state).then(|| of.state.as_str().to_owned()));
    words.join(", ")
}

impl Editor<'_> {
    fn plan(&self, id: SessionId, edit: &SessionEdit) -> Result<Planned, Stop<SessionRefusal>> {
        let before = fact(self.db, id)?;
        let edited = before.edited(id, edit, self.now, self.rules.zone);
        let after = edited.map_err(Stop::Refused)?;
        let mut planned = self.planned(id, &before, after, None)?;
        let is_moved = planned.effect.before.starts_at != planned.effect.after.starts_at;
        if !is_moved || planned.after.sitting.is_none() {
            return Ok(planned);
        }
        let session = self.session_after(&planned)?;
        for own in &mut planned.records {
            if staff_judged(self.db, id, &own.number, None)? {
                planned.effect.by_hand += u32::from(own.before.mark != Mark::Removed);
                continue;
            }
            own.after = own.before.clone().judged_by(&session, self.rules.windows);
            let judged = JudgedAnew {
                number: own.number.clone(),
                name: own.before.name.clone(),
                at: own.before.at,
                before: own.before.punctuality,
                after: own.after.punctuality,
            };
            let is_news = own.before.mark != Mark::Removed && judged.before != judged.after;
            planned.effect.judged.extend(is_news.then_some(judged));
        }
        Ok(planned)
    }

    /// The change that takes the last one back, and the act that that was.
    fn plan_undo(&self, id: SessionId) -> Result<(Planned, i64), Stop<SessionRefusal>> {
        let nothing = || Stop::Refused(SessionRefusal::NothingToUndo(id));
        let act = last_edit(self.db, id)?.ok_or_else(nothing)?;
        let before = fact(self.db, id)?;
        let mut after = None;
        let mut others = Vec::new();
        for (lecture, old, new) in lectures_of(self.db, act)? {
            let now = fact(self.db, lecture)?;
            let undone = now.with_edit_undone(&old, &new);
            if lecture == id {
                after = Some((undone, old));
            } else if undone != now {
                others.push((lecture, undone));
            }
        }
        let (after, old) = after.ok_or_else(nothing)?;
        if after == before {
            return Err(nothing());
        }
        let number = old.sitting.as_ref().map(|sitting| sitting.number);
        let mut planned = self.planned(id, &before, after, number)?;
        planned.restores = true;
        planned.others = others;
        for said in statements_of(self.db, act)? {
            let mut records = planned.records.iter_mut();
            let own = records.find(|own| own.number == said.number);
            if let (Some(own), Some(old)) = (own, &said.before) {
                own.after = taken_back(&own.before, Some(old), &said.after);
                // A stranger of the unit is one again.
                if own.before.percentage == said.after.percentage {
                    own.after.percentage = old.percentage;
                }
            }
        }
        Ok((planned, act))
    }

    /// A change of the lecture alone: whether there is room for it, and its number in another unit.
    fn planned(
        &self,
        id: SessionId,
        before: &LectureFact,
        mut after: LectureFact,
        number: Option<u32>,
    ) -> Result<Planned, Stop<SessionRefusal>> {
        let of = |fact: &LectureFact| fact.when_and_where().ok_or_else(|| damaged("lecture"));
        let effect = EditEffect {
            before: of(before)?,
            after: of(&after)?,
            records: 0,
            judged: Vec::new(),
            by_hand: 0,
            unlisted: None,
        };
        let mut planned = Planned {
            id,
            after: after.clone(),
            others: Vec::new(),
            records: Vec::new(),
            restores: false,
            effect,
        };
        let unit = units::find(self.db, &after.unit)?;
        if planned.changes_unit() && others_take_part(self.db, id)? {
            return Err(Stop::Refused(SessionRefusal::Shared(id)));
        }
        let Some(sitting) = &mut after.sitting else {
            return Ok(planned);
        };
        let no_room = |why| {
            let unit = planned.effect.after.unit.clone();
            Stop::Refused(SessionRefusal::NoRoom { unit, why })
        };
        if planned.is_told_otherwise() {
            let slot = Slot {
                semester: &sitting.semester,
                date: sitting.date,
                starts_at: sitting.starts_at,
                ends_at: sitting.ends_at,
                venue: &sitting.venue,
            };
            // A lecture that takes no check-ins may overlap another one.
            let is_open = after.state == LectureStage::Open;
            let why = clash(self.db, unit, &slot, Some(id))?;
            let why =
                why.filter(|why| is_open || matches!(why, crate::domain::NoRoom::SameStart { .. }));
            if let Some(why) = why {
                return Err(no_room(why));
            }
        }
        if planned.changes_unit() {
            let next = next_number(self.db, unit, &sitting.semester, self.max_sessions)?;
            let next = next.map_err(no_room)?;
            let taken = |number: &u32| {
                is_taken(self.db, unit, &sitting.semester, *number).map(|taken| !taken)
            };
            sitting.number = match number {
                Some(number) if taken(&number)? => number,
                _ => next,
            };
            sitting.lecturer = lecturer_of(self.db, unit)?;
            planned.others = self.becomes(id, unit, &planned.effect.after)?;
        }
        let lecture = find(self.db, id)?;
        planned.records = own_records(self.db, lecture.id)?;
        let semester = &lecture.session.semester;
        let marks = planned.records.iter();
        let marks: Vec<&Own> = marks
            .filter(|own| own.before.mark != Mark::Removed)
            .collect();
        planned.effect.records = u32::try_from(marks.len()).unwrap_or(u32::MAX);
        if planned.changes_unit() && counted::has_list(self.db, unit, semester)? {
            let mut unlisted = Vec::new();
            for own in marks {
                if counted::enrolment(self.db, unit, semester, own.student)?.is_empty() {
                    unlisted.push((own.number.clone(), own.before.name.clone()));
                }
            }
            planned.effect.unlisted = Some(unlisted);
        }
        planned.after = after;
        Ok(planned)
    }

    /// The planned lecture of another unit that a lecture becomes, which is not held a second time.
    fn becomes(
        &self,
        id: SessionId,
        unit: i64,
        after: &WhenAndWhere,
    ) -> Result<Vec<(SessionId, LectureFact)>, StoreError> {
        const SQL: &str = "SELECT uuid FROM lectures WHERE unit = :unit AND state = 'planned'
                AND held_as IS NULL AND opened_at IS NULL AND uuid <> :id
                AND planned_start > :earliest AND planned_start < :latest
            ORDER BY abs(planned_start - :starts_at) LIMIT 1";
        let parameters = named_params! {
            ":unit": unit,
            ":id": id,
            ":starts_at": after.starts_at,
            ":earliest": after.starts_at - SAME_LECTURE,
            ":latest": after.starts_at + SAME_LECTURE,
        };
        let mut find = self.db.prepare_cached(SQL)?;
        let twin: Option<SessionId> = find.query_row(parameters, |row| row.get(0)).optional()?;
        let Some(twin) = twin else {
            return Ok(Vec::new());
        };
        let mut planned = fact(self.db, twin)?;
        planned.held_as = Some(id);
        Ok(vec![(twin, planned)])
    }

    /// The session with the times that it is to have.
    fn session_after(&self, planned: &Planned) -> Result<Session, StoreError> {
        let after = &planned.effect.after;
        let session = find(self.db, planned.id)?.session;
        Ok(Session {
            starts_at: after.starts_at,
            ends_at: after.ends_at,
            ..session
        })
    }

    fn commit(
        &self,
        events: &mut Vec<Event>,
        planned: &Planned,
        act: Act,
        monotonic: Timestamp,
    ) -> Result<(), StoreError> {
        // A planned lecture that could not open is tried again at once.
        const TRY: &str = "UPDATE lectures SET problem = NULL, tried_at = NULL WHERE uuid = ?1";
        let id = planned.id;
        let mut plan = Plan::new(act);
        let lecture = Statement::Lecture(id, Box::new(planned.after.clone()));
        plan.state(self.db, lecture)?;
        for (other, fact) in &planned.others {
            plan.state(self.db, Statement::Lecture(*other, Box::new(fact.clone())))?;
        }
        let mut changes: Vec<(&Own, RecordState)> = Vec::new();
        plan::commit_and_then(self.db, &plan, |follows| {
            let opened = look_for(self.db, id)?;
            for own in &planned.records {
                let mut after = own.after.clone();
                if let Some(opened) = &opened
                    && planned.changes_unit()
                    && !planned.restores
                {
                    after.percentage = self.percentage(opened, own)?;
                }
                if after != own.before {
                    let mark = Box::new(after.clone());
                    follows.state(self.db, Statement::Mark(id, own.number.clone(), mark))?;
                }
                changes.push((own, after));
            }
            Ok(())
        })?;
        if planned.after.sitting.is_none() {
            self.db.prepare_cached(TRY)?.execute([id])?;
        } else {
            publications::queue(self.db, id)?;
        }
        if planned.changes_unit()
            && let Some(opened) = look_for(self.db, id)?
        {
            let EditEffect { before, after, .. } = &planned.effect;
            let units: (&UnitCode, &UnitCode) = (&before.unit, &after.unit);
            deliveries::moved_to_another_unit(self.db, opened.id, units)?;
        }
        for (own, after) in changes {
            let mut summary = ChangeSummary::between(&own.before, &after);
            if planned.is_told_otherwise() {
                summary = summary.with_its_lecture();
            }
            let targets = &self.rules.deliver_to;
            deliveries::requeue(self.db, events, own.row, summary, targets, monotonic)?;
            events.push(Event::Corrected {
                session: id,
                attendance: own.uuid,
            });
        }
        events.push(Event::SessionChanged { session: id });
        events.push(Event::RosterChanged);
        Ok(())
    }

    /// The percentage of a record in the unit to which its lecture has gone: what a check-in there would report now.
    fn percentage(&self, lecture: &Opened, own: &Own) -> Result<Option<Percentage>, StoreError> {
        if !own.before.mark.has_come() {
            return Ok(own.before.percentage);
        }
        let (unit, semester) = (lecture.unit, &lecture.session.semester);
        // As at a check-in: whoever is on no list is enrolled by coming where the site says so, or the unit has no
        // list.
        let is_stranger = self.rules.unknown_students != UnknownStudents::Register
            && counted::enrolment(self.db, unit, semester, own.student)?.is_empty()
            && counted::has_list(self.db, unit, semester)?;
        if is_stranger {
            return Ok(None);
        }
        let of = (unit, semester);
        let mut counted = counted::load(self.db, of, Whom::One(own.student), self.now, self.rules)?;
        counted.mark(lecture.id, own.after.mark, true);
        let standing = counted.student(self.now)?.standing;
        Ok(standing.map(|standing| standing.of_plan))
    }
}

fn own_records(db: &Connection, lecture: i64) -> Result<Vec<Own>, StoreError> {
    let sql = format!(
        "SELECT {STATE_COLUMNS}, r.uuid, r.student, st.admission_number, st.name AS student_name
        FROM records AS r JOIN students AS st ON st.id = r.student
        WHERE r.lecture = ?1 AND r.kiosk = 0 ORDER BY st.admission_number"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [lecture], |row| {
        let state = records::state(row)?;
        Ok(Own {
            row: row.get("record")?,
            uuid: row.get("uuid")?,
            student: row.get("student")?,
            number: row.get("admission_number")?,
            before: state.clone(),
            after: state,
        })
    })
}

/// Whether other kiosks were seen in a session.
fn others_take_part(db: &Connection, id: SessionId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM readings AS r JOIN lectures AS l ON l.id = r.lecture
        WHERE l.uuid = ?1 AND r.other_kiosks > 0";
    Ok(db.prepare_cached(SQL)?.exists([id])?)
}

fn is_taken(
    db: &Connection,
    unit: i64,
    semester: &crate::domain::Semester,
    number: u32,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM sessions WHERE unit = ?1 AND semester = ?2 AND number = ?3";
    Ok(db.prepare_cached(SQL)?.exists((unit, semester, number))?)
}

/// The last change of a lecture that has not been taken back.
fn last_edit(db: &Connection, id: SessionId) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT max(a.id) FROM acts AS a JOIN statements AS s ON s.act = a.id
        WHERE s.kind = 'lecture' AND s.key = :id AND a.subject = :id AND a.action IN (:changed, :moved, :extended)
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    let id = id.to_string();
    let parameters =
        named_params! { ":id": id, ":changed": CHANGED, ":moved": MOVED, ":extended": EXTENDED };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))?)
}

/// What an act said of lectures: what was in force before, and what it said.
fn lectures_of(
    db: &Connection,
    act: i64,
) -> Result<Vec<(SessionId, LectureFact, LectureFact)>, StoreError> {
    const SQL: &str = "SELECT m.key, m.value, (SELECT earlier.value FROM statements AS earlier
            WHERE earlier.kind = 'lecture' AND earlier.key = m.key
                AND (earlier.stamp_at, earlier.id) < (m.stamp_at, m.id)
            ORDER BY earlier.stamp_at DESC, earlier.id DESC LIMIT 1) AS before
        FROM statements AS m WHERE m.act = ?1 AND m.kind = 'lecture'";
    row::collect(&mut db.prepare_cached(SQL)?, [act], |row| {
        let key: String = row.get("key")?;
        let read = |value: String| match Statement::parse("lecture", &key, &value) {
            Ok(Statement::Lecture(id, fact)) => Ok((id, *fact)),
            _ => Err(damaged("statement")),
        };
        let (id, after) = read(row.get("value")?)?;
        Ok((id, read(row.get("before")?)?.1, after))
    })
}
