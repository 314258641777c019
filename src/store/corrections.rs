//! What staff change about a record: a function from an order to a plan, whose statements are the record as it
//! is to be, and what follows for the deliveries.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::acts::{Act, AuditContext};
use super::counted::{self, Counted, Whom};
use super::deliveries::{self, ChangeSummary, Due};
use super::enrolments::COUNTED;
use super::error::StoreError;
use super::event::Event;
use super::lectures::{self, Opened};
use super::marks::{
    APPROVED, CHANGED, CHECKED_IN, MARKED, MERGED, NAME_ACCEPTED, NAME_KEPT, NAME_TYPED, PUT_BACK,
    TAKEN_BACK, UNDONE, UNMARKED, keys_of, staff_judged, statements_of,
};
use super::mirror;
use super::numbers;
use super::plan::{self, Plan, commit};
use super::receipts;
use super::records::{self, NewRecord, Record};
use super::row::damaged;
use super::rules::Rules;
use super::stamp::THIS_KIOSK;
use super::students;
use crate::domain::{
    AdmissionNumber, Corrected, Correction, CorrectionOrder, CorrectionRefusal, Flag, Flags,
    HandMark, Mark, NameSource, Percentage, PersonName, Phase, Punctuality, Reason, RecordState,
    SessionId, SessionState, Statement, StudentFact, Timestamp, Uptime, carried,
};
use crate::random;

impl Store {
    /// Corrects one student's record in one session: the record, the act and what the remotes are to get, in
    /// one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn correct(
        &self,
        order: CorrectionOrder,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<Corrected, CorrectionRefusal>, StoreError> {
        self.with_corrector(rules, context, move |corrector| corrector.correct(&order))
            .await
    }

    /// Takes the last correction back that has not been taken back yet: of a session, or of one student in
    /// it. What the correction changed is changed back, by a new act.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn undo_correction(
        &self,
        session: SessionId,
        student: Option<AdmissionNumber>,
        reason: Option<Reason>,
        rules: Rules,
        context: AuditContext,
    ) -> Result<Result<Corrected, CorrectionRefusal>, StoreError> {
        self.with_corrector(rules, context, move |corrector| {
            corrector.undo(session, student.as_ref(), reason.as_ref())
        })
        .await
    }

    /// Runs a job that changes records, in a transaction.
    pub(super) async fn with_corrector<T: Send + 'static, R: Send + 'static>(
        &self,
        rules: Rules,
        context: AuditContext,
        correct: impl FnOnce(&mut Corrector<'_>) -> Result<T, super::error::Stop<R>> + Send + 'static,
    ) -> Result<Result<T, R>, StoreError> {
        self.write_unless_refused(move |db, events| {
            correct(&mut Corrector {
                db,
                events,
                rules: &rules,
                context: &context,
            })
        })
        .await
    }
}

pub(super) type Stop = super::error::Stop<CorrectionRefusal>;

impl From<CorrectionRefusal> for Stop {
    fn from(refusal: CorrectionRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A correction under way.
pub(super) struct Corrector<'a> {
    pub(super) db: &'a Connection,
    pub(super) events: &'a mut Vec<Event>,
    pub(super) rules: &'a Rules,
    pub(super) context: &'a AuditContext,
}

/// A student as a correction finds them.
#[derive(Clone)]
pub(super) struct Student {
    pub(super) id: i64,
    pub(super) number: AdmissionNumber,
    pub(super) name: Option<PersonName>,
}

/// What a correction makes of a record.
struct Step {
    action: &'static str,
    after: RecordState,
    needs_reason: bool,
}

/// What is to become of a record.
pub(super) struct Change {
    pub(super) lecture: (i64, SessionId),
    pub(super) student: Student,
    pub(super) record: Record,
    pub(super) after: RecordState,
    /// The row of the record whose time it gets.
    pub(super) from: Option<i64>,
}

impl Change {
    pub(super) fn new(
        lecture: (i64, SessionId),
        student: Student,
        record: Record,
        after: RecordState,
    ) -> Self {
        Self {
            lecture,
            student,
            record,
            after,
            from: None,
        }
    }
}

impl Corrector<'_> {
    fn correct(&mut self, order: &CorrectionOrder) -> Result<Corrected, Stop> {
        let lecture = self.lecture(order.session)?;
        let number = numbers::right(self.db, &order.admission_number)?;
        let student = self.student(&number)?;
        let record = match &student {
            Some(student) => records::of_student(self.db, lecture.id, student.id)?,
            None => None,
        };
        let reason = order.reason.as_ref();
        match (&order.correction, student, record) {
            (Correction::Merge { into }, Some(student), Some(record)) => {
                self.merge(&lecture, student, record, into, reason)
            }
            (correction, Some(student), Some(record)) => {
                let Some(step) = self.step(&lecture, &record.state, correction)? else {
                    let mark = record.state.mark;
                    return self.answer(record.shown_id, Some(mark), mark, false);
                };
                self.take(&lecture, student, record, step, reason)
            }
            (Correction::Mark(mark), student, None) => {
                self.mark_new(&lecture, student, order, *mark)
            }
            (_, None, _) => Err(CorrectionRefusal::UnknownStudent.into()),
            (_, Some(_), None) => Err(CorrectionRefusal::NoRecord.into()),
        }
    }

    /// What a correction makes of a record; `None`: it is so already.
    fn step(
        &self,
        lecture: &Opened,
        before: &RecordState,
        correction: &Correction,
    ) -> Result<Option<Step>, CorrectionRefusal> {
        let mut after = before.clone();
        let (action, needs_reason) = match correction {
            Correction::Mark(mark) => {
                let action = match before.mark {
                    Mark::Removed | Mark::TakenBack => {
                        after.at = self.context.now;
                        after.channel = self.context.channel;
                        after.flags = self.clock_flag(after.flags.without(Flag::ClockUntrusted));
                        MARKED
                    }
                    Mark::Pending => APPROVED,
                    Mark::Present | Mark::Late => CHANGED,
                };
                after.punctuality = match (mark, before.mark) {
                    // Late stays as late as it was, unless somebody says otherwise.
                    (HandMark::Late { minutes: None }, Mark::Late) => before.punctuality,
                    _ => punctuality(lecture, *mark, after.at),
                };
                after.flags = after.flags.with_punctuality(after.punctuality);
                after.mark = after.punctuality.into();
                (
                    action,
                    !matches!(before.mark, Mark::Pending | Mark::TakenBack),
                )
            }
            Correction::Approve => match before.mark {
                Mark::Removed | Mark::TakenBack => return Err(CorrectionRefusal::NotPending),
                Mark::Pending => {
                    after.mark = before.punctuality.into();
                    (APPROVED, false)
                }
                Mark::Present | Mark::Late => return Ok(None),
            },
            Correction::Unmark => {
                after.mark = Mark::Removed;
                (UNMARKED, true)
            }
            Correction::AcceptName => {
                let typed = after.typed_name.take();
                after.name = Some(typed.ok_or(CorrectionRefusal::NoTypedName)?);
                after.flags = after.flags.without(Flag::NameMismatch);
                (NAME_ACCEPTED, false)
            }
            Correction::KeepName | Correction::Merge { .. } => {
                after.typed_name = None;
                after.flags = after.flags.without(Flag::NameMismatch);
                if after == *before {
                    return Err(CorrectionRefusal::NoTypedName);
                }
                (NAME_KEPT, false)
            }
        };
        Ok((after != *before).then_some(Step {
            action,
            after,
            needs_reason,
        }))
    }

    fn take(
        &mut self,
        lecture: &Opened,
        student: Student,
        record: Record,
        mut step: Step,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        may_change(self.db, &record)?;
        if step.needs_reason && reason.is_none() {
            return Err(CorrectionRefusal::ReasonNeeded.into());
        }
        let mut plan = self.plan(step.action, reason);
        // Staff who mark or approve somebody vouch for them.
        let vouches = matches!(step.action, MARKED | APPROVED);
        if vouches || (step.action == CHANGED && record.state.percentage.is_some()) {
            step.after.percentage = self.percentage(lecture, student.id, step.after.mark)?;
        }
        if step.action == UNMARKED {
            mirror::set_aside(self.db, lecture.id, student.id, self.context.now)?;
        }
        let (id, before, after) = (record.shown_id, record.state.mark, step.after.mark);
        let place = (lecture.id, lecture.session.id);
        let change = self.stated(&mut plan, Change::new(place, student, record, step.after))?;
        self.commit(&plan, vec![change])?;
        self.answer(id, Some(before), after, true)
    }

    pub(super) fn lecture(&self, id: SessionId) -> Result<Opened, Stop> {
        let found = lectures::look_for(self.db, id)?.ok_or(CorrectionRefusal::NoSession)?;
        match found.session.state {
            SessionState::Cancelled | SessionState::NotHeld => {
                Err(CorrectionRefusal::SessionCancelled.into())
            }
            SessionState::Open | SessionState::Closed => Ok(found),
        }
    }

    /// The student under exactly this number.
    pub(super) fn student(&self, number: &AdmissionNumber) -> Result<Option<Student>, StoreError> {
        let Some(fact) = students::fact(self.db, number)? else {
            return Ok(None);
        };
        Ok(Some(Student {
            id: numbers::exactly(self.db, number)?,
            number: number.clone(),
            name: fact.name,
        }))
    }

    /// A record where there was none.
    fn mark_new(
        &mut self,
        lecture: &Opened,
        student: Option<Student>,
        order: &CorrectionOrder,
        mark: HandMark,
    ) -> Result<Corrected, Stop> {
        let session = &lecture.session;
        let opens_at = session.starts_at - self.rules.windows.opens_before;
        if matches!(
            session.phase(self.context.now, self.rules.windows),
            Phase::NotYet { .. }
        ) {
            return Err(CorrectionRefusal::NotYetOpen { opens_at }.into());
        }
        let student = match (student, &order.name) {
            (Some(student), _) => student,
            (None, None) => return Err(CorrectionRefusal::UnknownStudent.into()),
            (None, Some(name)) => self.add_student(&order.admission_number, name)?,
        };
        let state = self.by_hand(lecture, &student, mark)?;
        let mut plan = self.plan(MARKED, order.reason.as_ref());
        let mark = state.mark;
        // One that was taken back as another student's is theirs after all.
        let own = records::own(self.db, lecture.id, student.id)?;
        let place = (lecture.id, session.id);
        let (id, change) = self.give(&mut plan, place, student, own, (state, None))?;
        self.commit(&plan, change.into_iter().collect())?;
        self.answer(id, None, mark, true)
    }

    /// The record of a student who has none.
    pub(super) fn by_hand(
        &self,
        lecture: &Opened,
        student: &Student,
        mark: HandMark,
    ) -> Result<RecordState, Stop> {
        let punctuality = punctuality(lecture, mark, self.context.now);
        Ok(RecordState {
            mark: punctuality.into(),
            at: self.context.now,
            channel: self.context.channel,
            punctuality,
            flags: self.clock_flag(Flags::NONE.with_punctuality(punctuality)),
            percentage: self.percentage(lecture, student.id, punctuality.into())?,
            typed_name: None,
            name: student.name.clone(),
            merged_into: None,
        })
    }

    /// What a mark by hand makes of a record; `None`: it is so already.
    pub(super) fn marked_by_hand(
        &self,
        lecture: &Opened,
        (student, before): (i64, &RecordState),
        mark: HandMark,
    ) -> Result<Option<RecordState>, Stop> {
        let step = self.step(lecture, before, &Correction::Mark(mark))?;
        let Some(Step { mut after, .. }) = step else {
            return Ok(None);
        };
        after.percentage = self.percentage(lecture, student, after.mark)?;
        Ok(Some(after))
    }

    /// A student on no list, whom staff vouch for.
    fn add_student(
        &mut self,
        number: &AdmissionNumber,
        name: &PersonName,
    ) -> Result<Student, Stop> {
        let context = self.context;
        let fact = StudentFact {
            name: Some(name.clone()),
            source: NameSource::Roster,
            email: String::new(),
            phone: String::new(),
        };
        let act = Act::new(context.now, &context.actor, "student.added", number).to(name);
        plan::state(self.db, act, Statement::Student(number.clone(), fact))?;
        self.events.push(Event::RosterChanged);
        Ok(Student {
            id: numbers::exactly(self.db, number)?,
            number: number.clone(),
            name: Some(name.clone()),
        })
    }

    /// The pending record is set aside as evidence, and its time and channel become a record of the student
    /// whom it belongs to, unless they have one.
    fn merge(
        &mut self,
        lecture: &Opened,
        student: Student,
        record: Record,
        into: &AdmissionNumber,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        if record.state.mark != Mark::Pending {
            return Err(CorrectionRefusal::NotPending.into());
        }
        may_change(self.db, &record)?;
        let into = numbers::right(self.db, into)?;
        let theirs = self
            .student(&into)?
            .filter(|other| other.id != student.id)
            .ok_or(CorrectionRefusal::UnknownStudent)?;
        let target = records::of_student(self.db, lecture.id, theirs.id)?;
        if let Some(target) = &target {
            may_change(self.db, target)?;
        }
        let target = match target {
            None => records::own(self.db, lecture.id, theirs.id)?,
            found => found,
        };
        let before = target.as_ref().map(|target| target.state.mark);
        let place = (lecture.id, lecture.session.id);
        let mut plan = self.plan(MERGED, reason);
        let after = carried(&record.state, target.as_ref().map(|target| &target.state));
        let from = record.id;
        let mut changes = vec![self.set_aside(&mut plan, place, (student, record), Some(&into))?];
        let (id, mark) = match (after, target) {
            (Some(after), target) => {
                let mark = after.mark;
                let after = RecordState {
                    percentage: self.percentage(lecture, theirs.id, mark)?,
                    name: theirs.name.clone(),
                    ..after
                };
                let after = (after, Some(from));
                let (id, change) = self.give(&mut plan, place, theirs, target, after)?;
                changes.extend(change);
                (id, mark)
            }
            (None, Some(target)) => (target.shown_id, target.state.mark),
            (None, None) => return Err(CorrectionRefusal::NotPending.into()),
        };
        self.commit(&plan, changes)?;
        self.answer(id, before, mark, true)
    }

    /// States that a record counts for nothing, or is another student's (`right`): it stays as evidence.
    pub(super) fn set_aside(
        &self,
        plan: &mut Plan,
        lecture: (i64, SessionId),
        (student, record): (Student, Record),
        right: Option<&AdmissionNumber>,
    ) -> Result<Change, StoreError> {
        let mut after = record.state.clone();
        after.mark = Mark::Removed;
        if right.is_some() {
            after.merged_into = right.cloned();
        }
        self.stated(plan, Change::new(lecture, student, record, after))
    }

    /// States what a student's record in a lecture is, and makes it where this kiosk has none; answers its id, and
    /// what changes of one that is there. `from` is the row of the record that it is carried from.
    pub(super) fn give(
        &mut self,
        plan: &mut Plan,
        lecture: (i64, SessionId),
        student: Student,
        own: Option<Record>,
        (after, from): (RecordState, Option<i64>),
    ) -> Result<(Uuid, Option<Change>), StoreError> {
        let Some(record) = own else {
            let id = self.insert(plan, lecture, &student, (&after, from))?;
            return Ok((id, None));
        };
        let id = record.shown_id;
        let change = Change {
            from,
            ..Change::new(lecture, student, record, after)
        };
        Ok((id, Some(self.stated(plan, change)?)))
    }

    fn undo(
        &mut self,
        session: SessionId,
        number: Option<&AdmissionNumber>,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        let lecture = self.lecture(session)?;
        let number = number.map(|number| numbers::right(self.db, number));
        let act = last_undoable(self.db, session, number.transpose()?.as_ref())?;
        let act = act.ok_or(CorrectionRefusal::NothingToUndo)?;
        let is_moved = lectures::has_moved_since(self.db, &lecture.session, act)?;
        let mut plan = self.plan(UNDONE, reason);
        plan.act_mut().undoes = Some(act);
        let mut changes = Vec::new();
        for said in statements_of(self.db, act)? {
            let student = self.student(&said.number)?;
            let student = student.ok_or_else(|| damaged("statement"))?;
            let record = records::of_student(self.db, lecture.id, student.id)?;
            let record = record.ok_or_else(|| damaged("statement"))?;
            may_change(self.db, &record)?;
            let mut after = record.state.taken_back(said.before.as_ref(), &said.after);
            // What was judged before is judged by the start that the lecture has now.
            if is_moved && !staff_judged(self.db, session, &said.number, Some(act))? {
                after = after.judged_by(&lecture.session, self.rules.windows);
            }
            if after.percentage.is_none() && after.mark.has_come() {
                // Somebody may have enrolled the student meanwhile.
                let counted = self.counted(&lecture, student.id)?;
                if counted.enrolment().is_listed() {
                    after.percentage = self.percentage(&lecture, student.id, after.mark)?;
                }
            }
            changes.push(Change::new((lecture.id, session), student, record, after));
        }
        let last = changes.last().ok_or(CorrectionRefusal::NothingToUndo)?;
        let (id, before, after) = (
            last.record.shown_id,
            last.record.state.mark,
            last.after.mark,
        );
        for change in &changes {
            self.state(&mut plan, change)?;
        }
        let others = changes.len() - 1;
        self.commit(&plan, changes)?;
        let undone = self.answer(id, Some(before), after, true)?;
        Ok(Corrected { others, ..undone })
    }

    /// An act about the record that its first statement is about.
    pub(super) fn plan(&self, action: &str, reason: Option<&Reason>) -> Plan {
        let context = self.context;
        let act =
            Act::new(context.now, &context.actor, action, &"").because(reason.map(Reason::as_str));
        Plan::new(act)
    }

    /// The change, with its statements in a plan.
    pub(super) fn stated(&self, plan: &mut Plan, change: Change) -> Result<Change, StoreError> {
        self.state(plan, &change)?;
        Ok(change)
    }

    /// Adds the statements of a change to a plan.
    pub(super) fn state(&self, plan: &mut Plan, change: &Change) -> Result<(), StoreError> {
        about(plan, change.record.shown_id);
        let (id, number) = (change.lecture.1, &change.student.number);
        let mark = Statement::Mark(id, number.clone(), Box::new(change.after.clone()));
        plan.state(self.db, mark)?;
        if change.after.name != change.record.state.name {
            let mut fact = students::fact(self.db, number)?.ok_or_else(|| damaged("statement"))?;
            fact.name.clone_from(&change.after.name);
            fact.source = NameSource::Roster;
            plan.state(self.db, Statement::Student(number.clone(), fact))?;
        }
        Ok(())
    }

    /// Commits a plan, and queues what the remotes are to get of its changes.
    pub(super) fn commit(&mut self, plan: &Plan, changes: Vec<Change>) -> Result<(), StoreError> {
        commit(self.db, plan)?;
        self.changed(changes)
    }

    /// Queues what the remotes are to get of changes that were stated.
    pub(super) fn changed(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        // A record that is made anew was made in this run of the machine, and at this time.
        const ANEW: &str = "UPDATE records SET boot = :boot, uptime_ms = :uptime, clock_said = NULL WHERE id = :id";
        for change in changes {
            let (record, before) = (change.record.id, &change.record.state);
            if change.after.at != before.at && change.after.at == self.context.now {
                let unset = self.unset_clock();
                self.db.prepare_cached(ANEW)?.execute(named_params! {
                    ":boot": unset.map(|uptime| &uptime.boot),
                    ":uptime": unset.map(records::milliseconds),
                    ":id": record,
                })?;
            } else if let Some(from) = change.from.filter(|_| change.after.at != before.at) {
                records::take_time(self.db, record, from)?;
            } else if change.after.at != before.at {
                let by = change.after.at.millis() - before.at.millis();
                records::move_time(self.db, record, by)?;
            }
            if before.mark == Mark::Removed && change.after.mark != Mark::Removed {
                mirror::restore(self.db, change.lecture.0, change.student.id)?;
            }
            if change.after.name != before.name {
                self.events.push(Event::RosterChanged);
            }
            let summary = ChangeSummary::between(before, &change.after);
            let (targets, due) = (&self.rules.deliver_to, Due::at_once(self.context.monotonic));
            deliveries::requeue(self.db, self.events, record, summary, targets, due)?;
            self.events.push(Event::Corrected {
                session: change.lecture.1,
                attendance: change.record.shown_id,
            });
        }
        Ok(())
    }

    /// Inserts a record that staff made and adds its statement to the plan; answers its id.
    fn insert(
        &mut self,
        plan: &mut Plan,
        (lecture, session): (i64, SessionId),
        student: &Student,
        (state, from): (&RecordState, Option<i64>),
    ) -> Result<Uuid, StoreError> {
        let uuid = random::uuid();
        about(plan, uuid);
        // What a merge carries over was made when the other one was.
        let unset = self.unset_clock().filter(|_| from.is_none());
        let new = NewRecord {
            by_staff: true,
            unset,
            ..NewRecord::new(lecture, student.id, uuid, state)
        };
        let record = records::insert(self.db, &new)?;
        if let Some(from) = from {
            records::take_time(self.db, record, from)?;
        }
        let statement = Statement::Mark(session, student.number.clone(), Box::new(state.clone()));
        plan.state(self.db, statement)?;
        if state.counts() {
            let (targets, due) = (&self.rules.deliver_to, Due::at_once(self.context.monotonic));
            deliveries::queue_check_in(self.db, self.events, targets, record, due)?;
        }
        self.events.push(Event::CheckedIn {
            session,
            attendance: uuid,
        });
        Ok(uuid)
    }

    /// The monotonic time, where the clock cannot be relied on and this run of the machine can be told.
    fn unset_clock(&self) -> Option<&Uptime> {
        let uptime = &self.context.uptime;
        (!self.context.clock_trusted && uptime.boot.is_known()).then_some(uptime)
    }

    fn clock_flag(&self, flags: Flags) -> Flags {
        flags.with_if(!self.context.clock_trusted, Flag::ClockUntrusted)
    }

    fn answer(
        &self,
        id: Uuid,
        before: Option<Mark>,
        mark: Mark,
        changed: bool,
    ) -> Result<Corrected, Stop> {
        let receipt = receipts::find(self.db, id, self.context.now, self.rules)?;
        Ok(Corrected {
            receipt: receipt.ok_or_else(|| damaged("record"))?,
            before,
            mark,
            changed,
            others: 0,
            portal_by_hand: deliveries::portal_has_stale_record(self.db, id)?,
        })
    }

    /// The percentage with a mark in this lecture: what a check-in now would report.
    fn percentage(
        &self,
        lecture: &Opened,
        student: i64,
        mark: Mark,
    ) -> Result<Option<Percentage>, Stop> {
        let counted = self.counted(lecture, student)?;
        Ok(counted.percentage_with(lecture.id, mark, self.context.now)?)
    }

    /// A student's facts in the unit and semester of a lecture.
    fn counted(&self, lecture: &Opened, student: i64) -> Result<Counted, StoreError> {
        let of = (lecture.unit, &lecture.session.semester);
        counted::load(
            self.db,
            of,
            Whom::One(student),
            self.context.now,
            self.rules,
        )
    }
}

/// As staff say; late without minutes is late as of the moment, or of the end where that is past.
fn punctuality(lecture: &Opened, mark: HandMark, at: Timestamp) -> Punctuality {
    let session = &lecture.session;
    match mark {
        HandMark::Present => Punctuality::OnTime,
        HandMark::Late {
            minutes: Some(minutes),
        } => Punctuality::late(minutes),
        HandMark::Late { minutes: None } => session.late_at(at.min(session.ends_at)),
    }
}

/// Names the record that an act is about; the first one it changes.
fn about(plan: &mut Plan, record: Uuid) {
    let act = plan.act_mut();
    if act.subject.is_empty() {
        act.subject = record.to_string();
    }
}

/// A record of another kiosk is corrected there: here it would come back with the next reading.
fn may_change(db: &Connection, record: &Record) -> Result<(), Stop> {
    const SQL: &str = "SELECT name FROM kiosks WHERE id = ?1";
    if record.kiosk == THIS_KIOSK {
        return Ok(());
    }
    let kiosk_id = db
        .prepare_cached(SQL)?
        .query_row([record.kiosk], |row| row.get(0))?;
    Err(CorrectionRefusal::OtherKiosk { kiosk_id }.into())
}

/// The last act that has not been taken back, of a session or of one student in it.
pub(super) fn last_undoable(
    db: &Connection,
    session: SessionId,
    number: Option<&AdmissionNumber>,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT max(a.id) FROM statements AS s JOIN acts AS a ON a.id = s.act
        WHERE s.kind = 'mark' AND s.key >= :from AND s.key < :until
            AND a.action LIKE 'attendance.%' AND a.action NOT IN (:undone, :counted, :taken_back, :put_back, :checked_in, :name_typed)
            AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    let (from, until) = keys_of(session, number);
    let parameters = named_params! {
        ":from": from, ":until": until, ":undone": UNDONE, ":counted": COUNTED,
        ":taken_back": TAKEN_BACK, ":put_back": PUT_BACK, ":checked_in": CHECKED_IN,
        ":name_typed": NAME_TYPED,
    };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))?)
}
