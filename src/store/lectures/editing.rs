//! Another start, end, room or unit for a lecture, and what follows for this kiosk's records in it.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::opening::{Slot, clash, lecturer_of, next_number, planned_close_to};
use super::{Opened, fact, fact_of, facts_said, find, look_for, timetable};
use crate::domain::{
    self, AdmissionNumber, ClashOf, EditEffect, Flag, JudgedAnew, LectureFact, LectureStage, Mark,
    NewEnd, NoRoom, Percentage, PlannedLecture, Reading, RecordState, Semester, Session,
    SessionEdit, SessionId, SessionRefusal, Statement, Target, Timestamp, UnitCode, WhenAndWhere,
    Windows,
};
use crate::store::Store;
use crate::store::acts::{Act, AuditContext};
use crate::store::counted;
use crate::store::deliveries::{self, ChangeSummary, Due};
use crate::store::error::{Stop, StoreError};
use crate::store::event::Event;
use crate::store::marks::{staff_judged, statements_of};
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
        read: Reading,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        self.read_unless_refused(move |db| {
            let editor = Editor::new(db, (&rules, max_sessions), &read);
            Ok(editor.plan(id, &edit)?.effect)
        })
        .await
    }

    /// What taking the last change of a lecture back would do; nothing is written.
    ///
    /// # Errors
    /// As [`Store::undo_edit`].
    pub async fn preview_undo(
        &self,
        id: SessionId,
        (rules, max_sessions): (Rules, u32),
        read: Reading,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        self.read_unless_refused(move |db| {
            let editor = Editor::new(db, (&rules, max_sessions), &read);
            Ok(editor.plan_undo(id, None)?.0.effect)
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
        let read = context.reading();
        self.write_unless_refused(move |db, events| {
            let editor = Editor::new(db, (&rules, max_sessions), &read);
            let mut planned = editor.plan(id, &edit)?;
            if planned.effect.changes() {
                let act = planned.act(&edit, &context).because(reason.as_deref());
                editor.commit(events, &mut planned, act)?;
            }
            Ok(planned.effect)
        })
        .await
    }

    /// Takes the last change of a lecture back of which anything is in force, by a new act. What has changed besides
    /// stays. `seen` is the statement of [`EditEffect::seen`] that it was shown for.
    ///
    /// # Errors
    /// [`SessionRefusal::NothingToUndo`], or as [`Store::edit_session`].
    pub async fn undo_edit(
        &self,
        id: SessionId,
        seen: i64,
        (rules, max_sessions): (Rules, u32),
        context: AuditContext,
    ) -> Result<Result<EditEffect, SessionRefusal>, StoreError> {
        let read = context.reading();
        self.write_unless_refused(move |db, events| {
            let editor = Editor::new(db, (&rules, max_sessions), &read);
            let (mut planned, undone) = editor.plan_undo(id, Some(seen))?;
            let mut act = planned.act(&SessionEdit::default(), &context);
            UNDONE.clone_into(&mut act.action);
            act.undoes = Some(undone);
            editor.commit(events, &mut planned, act)?;
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
    read: &'a Reading,
}

/// A change before it is committed.
struct Planned {
    id: SessionId,
    after: LectureFact,
    others: Others,
    records: Vec<Own>,
    effect: EditEffect,
}

/// Other lectures that change with one: the timetable's lecture that it becomes, and those that it was.
type Others = Vec<(SessionId, LectureFact)>;

/// A record of this kiosk.
struct Own {
    row: i64,
    uuid: Uuid,
    student: i64,
    number: AdmissionNumber,
    before: RecordState,
    after: RecordState,
    /// Whether it has the judgement back that an undone act has changed, and is not judged anew.
    has_judgement: bool,
    /// The same of its percentage, which is not counted anew.
    has_percentage: bool,
}

impl Own {
    /// On time or late by a session's times; `false`: staff have judged it. One that is removed, or another
    /// student's, is judged when it is given back.
    fn judge(
        &mut self,
        db: &Connection,
        session: &Session,
        windows: Windows,
    ) -> Result<bool, StoreError> {
        if self.before.mark == Mark::Removed {
            return Ok(true);
        }
        if staff_judged(db, session.id, &self.number, None)? {
            return Ok(false);
        }
        self.after = self.after.clone().judged_by(session, windows);
        Ok(true)
    }

    /// Within its hours or not, by a session's end alone; `false`: staff have judged it, and it would be otherwise.
    fn judge_end(
        &mut self,
        db: &Connection,
        session: &Session,
        windows: Windows,
    ) -> Result<bool, StoreError> {
        if self.before.mark == Mark::Removed {
            return Ok(true);
        }
        let after = self.after.clone().bounded_by(session, windows);
        if after != self.after && staff_judged(db, session.id, &self.number, None)? {
            return Ok(false);
        }
        self.after = after;
        Ok(true)
    }

    /// Gives back what an undone act has changed, as far as it is still as the act left it.
    fn take_back(&mut self, old: &RecordState, new: &RecordState) {
        if self.before.mark == Mark::Removed {
            return;
        }
        let judgement = |it: &RecordState| (it.mark, it.at, it.punctuality, it.flags);
        self.has_judgement = judgement(&self.before) == judgement(new);
        if self.has_judgement {
            self.after = self.before.taken_back(Some(old), new);
        }
        self.has_percentage = self.before.percentage == new.percentage;
        // A stranger of the unit is one again.
        self.after.percentage = if self.has_percentage {
            old.percentage
        } else {
            self.before.percentage
        };
    }

    /// States it in an act that changes it.
    fn state(
        &self,
        db: &Connection,
        plan: &mut Plan,
        session: SessionId,
    ) -> Result<(), StoreError> {
        if self.after == self.before {
            return Ok(());
        }
        let mark = Box::new(self.after.clone());
        plan.state(db, Statement::Mark(session, self.number.clone(), mark))
    }

    /// Queues it again as it is now, with what is told of its lecture where that is different too.
    fn send(
        &self,
        db: &Connection,
        events: &mut Vec<Event>,
        session: SessionId,
        with_its_lecture: bool,
        (targets, monotonic): (&[Target], Timestamp),
    ) -> Result<(), StoreError> {
        let mut summary = ChangeSummary::between(&self.before, &self.after);
        if with_its_lecture {
            summary = summary.with_its_lecture();
        }
        let due = Due::at_once(monotonic);
        deliveries::requeue(db, events, self.row, summary, targets, due)?;
        events.push(Event::Corrected {
            session,
            attendance: self.uuid,
        });
        Ok(())
    }
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

impl<'a> Editor<'a> {
    fn new(db: &'a Connection, (rules, max_sessions): (&'a Rules, u32), read: &'a Reading) -> Self {
        Self {
            db,
            rules,
            max_sessions,
            read,
        }
    }

    fn plan(&self, id: SessionId, edit: &SessionEdit) -> Result<Planned, Stop<SessionRefusal>> {
        let before = fact(self.db, id)?;
        let seen = plan::unless_changed(self.db, "lecture", &id, edit.seen)?;
        let edited = before.edited(id, edit, self.read, self.rules.zone);
        let after = edited.map_err(Stop::Refused)?;
        let mut planned = self.planned((id, seen), &before, after, None)?;
        self.judge(&mut planned)?;
        Ok(planned)
    }

    /// The change that takes the last one back of which anything is in force, and the act that that was.
    fn plan_undo(
        &self,
        id: SessionId,
        seen: Option<i64>,
    ) -> Result<(Planned, i64), Stop<SessionRefusal>> {
        let nothing = || Stop::Refused(SessionRefusal::NothingToUndo(id));
        let before = fact(self.db, id)?;
        let seen = plan::unless_changed(self.db, "lecture", &id, seen)?;
        let mut earlier_than = i64::MAX;
        loop {
            let act = last_edit(self.db, id, earlier_than)?.ok_or_else(nothing)?;
            earlier_than = act;
            let mut own = None;
            let mut others = Vec::new();
            for (lecture, old, new) in facts_said(self.db, act)? {
                let old = old.ok_or_else(|| damaged("statement"))?;
                let now = fact(self.db, lecture)?;
                let mut undone = now.with_edit_undone(&old, &new);
                if lecture == id {
                    own = Some((undone, old));
                    continue;
                }
                if now.sitting.is_some() {
                    // It has been held itself since.
                    undone.held_as = now.held_as;
                }
                if undone != now {
                    others.push((lecture, undone));
                }
            }
            let (after, old) = own.ok_or_else(nothing)?;
            if old.sitting.is_none() && before.sitting.is_some() {
                // It was planned then, and has been opened since.
                return Err(nothing());
            }
            if after == before {
                continue;
            }
            let undone = Some((&old, others));
            let mut planned = self.planned((id, seen), &before, after, undone)?;
            for said in statements_of(self.db, act)? {
                let mut records = planned.records.iter_mut();
                let own = records.find(|own| own.number == said.number);
                if let (Some(own), Some(old)) = (own, &said.before) {
                    own.take_back(old, &said.after);
                }
            }
            self.judge(&mut planned)?;
            return Ok((planned, act));
        }
    }

    /// Judges the records by the start and the end that the lecture is to have.
    fn judge(&self, planned: &mut Planned) -> Result<(), StoreError> {
        let EditEffect { before, after, .. } = &planned.effect;
        let is_moved = before.starts_at != after.starts_at;
        let ends_otherwise = before.ends_at != after.ends_at;
        if !(is_moved || ends_otherwise) || planned.after.sitting.is_none() {
            return Ok(());
        }
        let session = self.session_after(planned)?;
        for own in &mut planned.records {
            let windows = self.rules.windows;
            let is_judged = if own.has_judgement {
                true
            } else if is_moved {
                own.judge(self.db, &session, windows)?
            } else {
                own.judge_end(self.db, &session, windows)?
            };
            if !is_judged {
                planned.effect.by_hand += u32::from(own.before.mark.stands());
                continue;
            }
            let falls_out = own.before.mark.stands()
                && own.before.at > session.ends_at
                && !own.before.flags.has(Flag::OutsideWindows)
                && own.after.flags.has(Flag::OutsideWindows);
            planned.effect.after_end += u32::from(falls_out);
            let judged = JudgedAnew {
                number: own.number.clone(),
                name: own.before.name.clone(),
                at: own.before.at,
                before: own.before.punctuality,
                after: own.after.punctuality,
            };
            let is_news = own.before.mark.stands() && judged.before != judged.after;
            planned.effect.judged.extend(is_news.then_some(judged));
        }
        Ok(())
    }

    /// A change of the lecture alone: whether there is room for it, and what it is in another unit; or what it was
    /// there, where a change is `undone`.
    fn planned(
        &self,
        (id, seen): (SessionId, i64),
        before: &LectureFact,
        after: LectureFact,
        undone: Option<(&LectureFact, Others)>,
    ) -> Result<Planned, Stop<SessionRefusal>> {
        let (undone, changed_with_it) = undone.unzip();
        let of = |fact: &LectureFact| fact.when_and_where().ok_or_else(|| damaged("lecture"));
        let others = OtherKiosks::of(self.db, id)?;
        let effect = EditEffect {
            seen,
            before: of(before)?,
            after: of(&after)?,
            records: 0,
            judged: Vec::new(),
            by_hand: 0,
            after_end: 0,
            unlisted: None,
            leaves: None,
            clashes: Vec::new(),
            other_kiosks: others == OtherKiosks::TakePart,
        };
        let mut planned = Planned {
            id,
            after,
            others: changed_with_it.unwrap_or_default(),
            records: Vec::new(),
            effect,
        };
        if planned.changes_unit() {
            match others {
                OtherKiosks::None => {}
                OtherKiosks::TakePart => return Err(Stop::Refused(SessionRefusal::Shared(id))),
                OtherKiosks::NotRead => {
                    return Err(Stop::Refused(SessionRefusal::MayBeShared(id)));
                }
            }
        }
        let unit = units::find(self.db, &planned.after.unit)?;
        let semester = self.semester(&planned.after);
        self.make_room(&mut planned, (unit, &semester), undone)?;
        if planned.changes_unit() {
            self.leave_unit(&mut planned, before)?;
        }
        planned.effect.after = of(&planned.after)?;
        planned.effect.clashes = self.clashes(&planned, unit)?;
        if planned.after.sitting.is_none() {
            return Ok(planned);
        }
        let lecture = find(self.db, id)?;
        planned.records = own_records(self.db, lecture.id)?;
        let marks = planned.records.iter();
        let marks: Vec<&Own> = marks.filter(|own| own.before.mark.stands()).collect();
        planned.effect.records = u32::try_from(marks.len()).unwrap_or(u32::MAX);
        if planned.changes_unit() && counted::has_list(self.db, unit, &semester)? {
            let mut unlisted = Vec::new();
            for own in marks {
                if counted::enrolment(self.db, unit, &semester, own.student)?.is_empty() {
                    unlisted.push((own.number.clone(), own.before.name.clone()));
                }
            }
            planned.effect.unlisted = Some(unlisted);
        }
        Ok(planned)
    }

    fn semester(&self, of: &LectureFact) -> Semester {
        let held = of.sitting.as_ref().map(|sitting| &sitting.semester);
        let planned = of.planned.as_ref().and_then(|it| it.semester.as_ref());
        held.or(planned).unwrap_or(&self.rules.semester).clone()
    }

    /// Gives a lecture its place in its unit, or says why there is none.
    fn make_room(
        &self,
        planned: &mut Planned,
        (unit, semester): (i64, &Semester),
        undone: Option<&LectureFact>,
    ) -> Result<(), Stop<SessionRefusal>> {
        let (id, is_another_unit) = (planned.id, planned.changes_unit());
        let when = planned.effect.after.clone();
        let no_room = |why| {
            let unit = when.unit.clone();
            Stop::Refused(SessionRefusal::NoRoom { unit, why })
        };
        if planned.is_told_otherwise() {
            let date = planned.after.sitting.as_ref().map(|sitting| sitting.date);
            let slot = Slot {
                semester,
                date: date.unwrap_or_else(|| self.rules.zone.date(when.starts_at)),
                starts_at: when.starts_at,
                ends_at: when.ends_at,
                venue: &when.venue,
            };
            // A lecture that takes no check-ins may overlap another one.
            let is_open = when.state == LectureStage::Open;
            let why = clash(self.db, unit, &slot, Some(id))?;
            let why = why.filter(|why| is_open || matches!(why, NoRoom::SameStart { .. }));
            if let Some(why) = why {
                return Err(no_room(why));
            }
        }
        if !is_another_unit {
            return Ok(());
        }
        let next = next_number(self.db, unit, semester, self.max_sessions)?;
        let next = next.map_err(no_room)?;
        // Back in a unit, it is for whom it was there.
        let earlier = said_in(self.db, id, &when.unit)?.filter(|_| undone.is_none());
        if let Some(earlier) = &earlier {
            planned.after.is_for_those_of(earlier);
        }
        let Some(sitting) = &mut planned.after.sitting else {
            return Ok(());
        };
        if let Some(undone) = undone {
            let number = undone.sitting.as_ref().map(|sitting| sitting.number);
            sitting.number = match number {
                Some(number) if !is_taken(self.db, unit, semester, number)? => number,
                _ => next,
            };
            return Ok(());
        }
        sitting.number = next;
        sitting.lecturer = lecturer_of(self.db, unit)?;
        // The lecture that the timetable has there is not held a second time, and says for whom it is, as when it
        // is opened.
        let slot = (semester, when.starts_at, &when.venue);
        if let Some(twin) = planned_close_to(self.db, unit, slot)? {
            let mut its = fact(self.db, twin)?;
            its.held_as = Some(id);
            if earlier.is_none() {
                planned.after.is_for_those_of(&its);
            }
            planned.others.push((twin, its));
        }
        Ok(())
    }

    /// What it stood for in the unit that it leaves is to be held itself.
    fn leave_unit(&self, planned: &mut Planned, before: &LectureFact) -> Result<(), StoreError> {
        const SQL: &str = "SELECT uuid FROM lectures
            WHERE held_as = (SELECT id FROM lectures WHERE uuid = ?1) ORDER BY id";
        let stood_for: Vec<SessionId> =
            row::collect(&mut self.db.prepare_cached(SQL)?, [planned.id], |row| {
                Ok(row.get(0)?)
            })?;
        for twin in stood_for {
            let mut its = fact(self.db, twin)?;
            let is_planned = planned.others.iter().any(|(other, _)| *other == twin);
            if !is_planned && its.unit != planned.after.unit {
                its.held_as = None;
                planned.others.push((twin, its));
            }
        }
        let start_of = |fact: &LectureFact| fact.planned.as_ref().map(|times| times.starts_at);
        let start = start_of(before);
        let has_another = planned.others.iter().any(|(_, its)| {
            its.unit == before.unit && its.held_as.is_none() && start_of(its) == start
        });
        // Where it goes back, the timetable is again what it was.
        let goes_back = said_in(self.db, planned.id, &planned.after.unit)?.is_some();
        planned.effect.leaves = start.filter(|_| !has_another && !goes_back);
        Ok(())
    }

    /// The lectures that cannot be held beside it as it is to be.
    fn clashes(
        &self,
        planned: &Planned,
        unit: i64,
    ) -> Result<Vec<(PlannedLecture, ClashOf)>, StoreError> {
        let EditEffect { after, .. } = &planned.effect;
        if !planned.effect.changes() || after.ends_at <= self.read.at {
            return Ok(Vec::new());
        }
        clashes(self.db, (planned.id, unit), after, &planned.others)
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
        planned: &mut Planned,
        act: Act,
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
        let is_another_unit = planned.changes_unit();
        let records = &mut planned.records;
        plan::commit_and_then(self.db, &plan, |follows| {
            let opened = look_for(self.db, id)?;
            for own in records {
                if let Some(opened) = &opened
                    && is_another_unit
                    && !own.has_percentage
                {
                    own.after.percentage = self.percentage(opened, own)?;
                }
                own.state(self.db, follows, id)?;
            }
            Ok(())
        })?;
        if planned.after.sitting.is_none() {
            self.db.prepare_cached(TRY)?.execute([id])?;
        } else {
            publications::queue(self.db, id)?;
        }
        if is_another_unit && let Some(opened) = look_for(self.db, id)? {
            let EditEffect { before, after, .. } = &planned.effect;
            let units: (&UnitCode, &UnitCode) = (&before.unit, &after.unit);
            deliveries::moved_to_another_unit(self.db, opened.id, units)?;
        }
        let with_its_lecture = planned.is_told_otherwise();
        for own in &planned.records {
            let to = (&*self.rules.deliver_to, self.read.monotonic);
            own.send(self.db, events, id, with_its_lecture, to)?;
        }
        events.push(Event::SessionChanged { session: id });
        events.push(Event::RosterChanged);
        Ok(())
    }

    /// The percentage of a record in the unit to which its lecture has gone: what a check-in there would report now.
    fn percentage(&self, lecture: &Opened, own: &Own) -> Result<Option<Percentage>, StoreError> {
        if !own.after.mark.has_come() {
            return Ok(own.after.percentage);
        }
        counted::percentage_of_coming(
            self.db,
            (lecture.unit, &lecture.session.semester, lecture.id),
            (own.student, own.after.mark),
            self.read.at,
            self.rules,
        )
    }
}

/// The lectures that cannot have been held beside one, and what both needed.
pub(in crate::store) fn clashes_beside(
    db: &Connection,
    id: SessionId,
) -> Result<Vec<(PlannedLecture, ClashOf)>, StoreError> {
    let fact = fact(db, id)?;
    let when = fact.when_and_where().ok_or_else(|| damaged("lecture"))?;
    clashes(db, (id, units::find(db, &fact.unit)?), &when, &[])
}

/// The lectures that cannot be held beside one of a unit, where `others` are as they are to be.
fn clashes(
    db: &Connection,
    (id, unit): (SessionId, i64),
    after: &WhenAndWhere,
    others: &[(SessionId, LectureFact)],
) -> Result<Vec<(PlannedLecture, ClashOf)>, StoreError> {
    const SQL: &str = "SELECT t.uuid, u.code, l.staff_id, t.for_group, t.voluntary, t.held_as IS NOT NULL AS is_held,
            coalesce(t.starts_at, t.planned_start) AS planned_start,
            coalesce(t.ends_at, t.planned_end) AS planned_end,
            coalesce(t.venue, t.planned_venue) AS planned_venue
        FROM lectures AS t JOIN units AS u ON u.id = t.unit JOIN lecturers AS l ON l.id = u.lecturer_id
        WHERE t.uuid <> :id AND t.state NOT IN ('cancelled', 'not_held')
            AND coalesce(t.starts_at, t.planned_start) < :until AND coalesce(t.ends_at, t.planned_end) > :from
            AND (t.held_as IS NULL OR t.held_as = (SELECT id FROM lectures WHERE uuid = :id))
        ORDER BY t.id";
    let own = domain::Slot {
        lecture: PlannedLecture {
            unit: after.unit.clone(),
            starts_at: after.starts_at,
            ends_at: after.ends_at,
            venue: after.venue.clone(),
            group: after.group.clone(),
            voluntary: Some(after.voluntary),
        },
        lecturer: Some(lecturer_of(db, unit)?),
        line: Some(0),
    };
    let parameters = named_params! {
        ":id": id, ":from": after.starts_at, ":until": after.ends_at,
    };
    let beside = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let (id, is_held): (SessionId, bool) = (row.get("uuid")?, row.get("is_held")?);
        let its = others.iter().find(|(other, _)| *other == id);
        let is_held = its.map_or(is_held, |(_, its)| its.held_as.is_some());
        let slot = domain::Slot {
            lecture: timetable::planned_lecture(row)?,
            lecturer: Some(row.get("staff_id")?),
            line: None,
        };
        Ok((!is_held).then_some(slot))
    })?;
    let slots: Vec<_> = std::iter::once(own)
        .chain(beside.into_iter().flatten())
        .collect();
    let found = domain::clashes(&slots).into_iter();
    Ok(found
        .map(|(_, with, of)| (with.lecture.clone(), of))
        .collect())
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
            has_judgement: false,
            has_percentage: false,
        })
    })
}

/// What is known of other kiosks in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OtherKiosks {
    None,
    TakePart,
    /// They may, and it was not read yet, or the last reading failed.
    NotRead,
}

impl OtherKiosks {
    fn of(db: &Connection, id: SessionId) -> Result<Self, StoreError> {
        const SQL: &str = "SELECT r.other_kiosks > 0, r.is_read FROM readings AS r
            JOIN lectures AS l ON l.id = r.lecture WHERE l.uuid = ?1";
        let found = row::first(&mut db.prepare_cached(SQL)?, [id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(match found {
            Some((true, _)) => Self::TakePart,
            Some((false, false)) if publications::reach_others(db)? => Self::NotRead,
            _ => Self::None,
        })
    }
}

/// Commits what another kiosk has made of a session, with this kiosk's own records judged by its start.
pub(in crate::store) fn commit_followed(
    db: &Connection,
    events: &mut Vec<Event>,
    plan: &Plan,
    before: &Opened,
    (windows, monotonic): (Windows, Timestamp),
) -> Result<(), StoreError> {
    let (id, before_it) = (before.session.id, &before.session);
    let mut records = Vec::new();
    plan::commit_and_then(db, plan, |follows| {
        let session = find(db, id)?.session;
        let is_moved = session.starts_at != before_it.starts_at;
        if is_moved || session.venue != before_it.venue {
            records = own_records(db, before.id)?;
        }
        for own in records.iter_mut().filter(|_| is_moved) {
            own.judge(db, &session, windows)?;
            own.state(db, follows, id)?;
        }
        Ok(())
    })?;
    for own in &records {
        // They were queued when they were made.
        own.send(db, events, id, true, (&[], monotonic))?;
    }
    Ok(())
}

fn is_taken(
    db: &Connection,
    unit: i64,
    semester: &Semester,
    number: u32,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM sessions WHERE unit = ?1 AND semester = ?2 AND number = ?3";
    Ok(db.prepare_cached(SQL)?.exists((unit, semester, number))?)
}

/// The last change of a lecture before an act that has not been taken back.
fn last_edit(db: &Connection, id: SessionId, earlier_than: i64) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT max(a.id) FROM acts AS a JOIN statements AS s ON s.act = a.id
        WHERE s.kind = 'lecture' AND s.key = :id AND a.subject = :id AND a.action IN (:changed, :moved, :extended)
            AND a.id < :earlier_than
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    let id = id.to_string();
    let parameters = named_params! {
        ":id": id, ":changed": CHANGED, ":moved": MOVED, ":extended": EXTENDED, ":earlier_than": earlier_than,
    };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))?)
}

/// What was last said of a lecture while it was of a unit.
fn said_in(
    db: &Connection,
    id: SessionId,
    unit: &UnitCode,
) -> Result<Option<LectureFact>, StoreError> {
    const SQL: &str = "SELECT value FROM statements
        WHERE kind = 'lecture' AND key = ?1 AND json_extract(value, '$.unit') = ?2
        ORDER BY stamp_at DESC, id DESC LIMIT 1";
    let key = id.to_string();
    row::first(&mut db.prepare_cached(SQL)?, (&key, unit), |row| {
        Ok(fact_of(&key, &row.get::<_, String>(0)?)?.1)
    })
}
