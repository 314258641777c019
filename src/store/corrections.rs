//! What staff change about a record, the line that it leaves in the log, and what the remotes are owed then.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::audit::{self, Link};
use super::check_ins::{self, Rules};
use super::error::StoreError;
use super::event::Event;
use super::outbox;
use super::receipts;
use super::row::{self, damaged};
use super::sessions;
use super::snapshot;
use super::students;
use crate::domain::{
    AdmissionNumber, Channel, Corrected, Correction, CorrectionAnswer, CorrectionOrder,
    CorrectionRefusal, Flag, Flags, HandMark, Mark, Percentage, Phase, Reason, RecordState,
    Session, SessionId, StudentName, Timestamp, Uptime,
};

/// Who corrects, and when.
#[derive(Debug, Clone)]
pub struct Hand {
    /// A staff id, or `shell`.
    pub actor: String,
    /// Through which door a mark by this hand comes.
    pub channel: Channel,
    /// When.
    pub now: Timestamp,
    /// When, on the time that nobody sets: what is owed from now on is due from then.
    pub steady: Timestamp,
    /// Whether the clock that says so has been set by a time server.
    pub clock_trusted: bool,
    /// When, by the machine's count: a time that is not right yet is put right from it.
    pub uptime: Uptime,
}

/// The actions of the log that [`Store::undo_correction`] takes back.
const MARKED: &str = "attendance.marked";
const CHANGED: &str = "attendance.changed";
const UNMARKED: &str = "attendance.unmarked";
const APPROVED: &str = "attendance.approved";
const MERGED: &str = "attendance.merged";
const NAME_ACCEPTED: &str = "attendance.name_accepted";
const NAME_KEPT: &str = "attendance.name_kept";
const UNDONE: &str = "attendance.undone";

impl Store {
    /// Corrects one student's record in one session: the record, the line in the log and what the remotes
    /// are owed then, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn correct(
        &self,
        order: CorrectionOrder,
        rules: Rules,
        hand: Hand,
    ) -> Result<CorrectionAnswer, StoreError> {
        self.write(move |db, events| {
            let mut act = Act {
                db,
                events,
                rules: &rules,
                hand: &hand,
            };
            answer(act.correct(&order))
        })
        .await
    }

    /// Takes the last correction back that has not been taken back yet: of a session, or of one student in
    /// it. What the correction changed is changed back, by a new line in the log.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn undo_correction(
        &self,
        session: SessionId,
        student: Option<AdmissionNumber>,
        reason: Option<Reason>,
        rules: Rules,
        hand: Hand,
    ) -> Result<CorrectionAnswer, StoreError> {
        self.write(move |db, events| {
            let mut act = Act {
                db,
                events,
                rules: &rules,
                hand: &hand,
            };
            answer(act.undo(session, student.as_ref(), reason.as_ref()))
        })
        .await
    }
}

/// Why a correction ends early.
enum Stop {
    Refused(CorrectionRefusal),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl From<CorrectionRefusal> for Stop {
    fn from(refusal: CorrectionRefusal) -> Self {
        Self::Refused(refusal)
    }
}

fn answer(result: Result<Corrected, Stop>) -> Result<CorrectionAnswer, StoreError> {
    match result {
        Ok(corrected) => Ok(CorrectionAnswer::Done(Box::new(corrected))),
        // Every refusal comes before the first write.
        Err(Stop::Refused(refusal)) => Ok(CorrectionAnswer::Refused(refusal)),
        Err(Stop::Store(error)) => Err(error),
    }
}

/// A correction under way.
struct Act<'a> {
    db: &'a Connection,
    events: &'a mut Vec<Event>,
    rules: &'a Rules,
    hand: &'a Hand,
}

/// A student as a correction finds them.
struct Student {
    id: i64,
    name: Option<StudentName>,
}

/// A record as a correction finds it.
struct Found {
    id: Uuid,
    student_id: i64,
    session: SessionId,
    state: RecordState,
}

impl Act<'_> {
    fn correct(&mut self, order: &CorrectionOrder) -> Result<Corrected, Stop> {
        let session = self.session(order.session)?;
        let number = &order.admission_number;
        let student = self.student(number)?;
        let record = match &student {
            Some(student) => self.record(student.id, session.id)?,
            None => None,
        };
        let reason = order.reason.as_ref();
        if let Correction::Mark(mark) = &order.correction {
            return match record {
                Some(record) => self.mark_again(&session, &record, *mark, reason),
                None => self.mark_new(&session, student, order, *mark),
            };
        }
        let record = match student {
            None => return Err(CorrectionRefusal::UnknownStudent.into()),
            Some(_) => record.ok_or(CorrectionRefusal::NoRecord)?,
        };
        match &order.correction {
            Correction::Unmark => self.unmark(&record, reason),
            Correction::Approve => self.approve(&session, &record, reason),
            Correction::Merge { into } => self.merge(&session, record, into, reason),
            Correction::AcceptName => self.accept_name(&record, reason),
            Correction::Mark(_) | Correction::KeepName => self.keep_name(&record, reason),
        }
    }

    /// A record where there was none.
    fn mark_new(
        &mut self,
        session: &Session,
        student: Option<Student>,
        order: &CorrectionOrder,
        mark: HandMark,
    ) -> Result<Corrected, Stop> {
        let opens_at = session.starts_at - self.rules.windows.opens_before;
        if matches!(
            session.phase(self.hand.now, self.rules.windows),
            Phase::NotYet { .. }
        ) {
            return Err(CorrectionRefusal::NotYetOpen { opens_at }.into());
        }
        let student = match (student, &order.name) {
            (Some(student), _) => student,
            (None, None) => return Err(CorrectionRefusal::UnknownStudent.into()),
            (None, Some(name)) => self.add_student(&order.admission_number, name)?,
        };
        self.enrol(student.id, session)?;
        let (flags, late_minutes) = punctuality(session, mark, self.hand.now);
        let state = RecordState {
            mark: standing_mark(flags),
            at: self.hand.now,
            channel: self.hand.channel,
            late_minutes,
            flags: flags.with_if(!self.hand.clock_trusted, Flag::ClockUntrusted),
            percentage: self.percentage(student.id, session.id)?,
            typed_name: None,
            name: student.name,
            merged_into: None,
        };
        let id = self.insert(student.id, session.id, &state)?;
        let reason = order.reason.as_ref();
        self.log(id, MARKED, None, &state, reason, Link::None)?;
        self.answer(id, None, state.mark, true)
    }

    /// A student on no list, whom staff vouch for.
    fn add_student(
        &mut self,
        number: &AdmissionNumber,
        name: &StudentName,
    ) -> Result<Student, Stop> {
        let id = students::add(self.db, number, name, self.hand.now)?;
        let entry = audit::Entry {
            new: Some(name.as_str()),
            ..audit::Entry::new(
                self.hand.now,
                &self.hand.actor,
                "student.added",
                number.as_str(),
            )
        };
        audit::add(self.db, &entry)?;
        self.events.push(Event::RosterChanged);
        Ok(Student {
            id,
            name: Some(name.clone()),
        })
    }

    /// A mark for a student who has a record: it changes, or stands again, or is approved.
    fn mark_again(
        &mut self,
        session: &Session,
        record: &Found,
        mark: HandMark,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        let before = &record.state;
        let mut after = before.clone();
        let action = if before.mark == Mark::Absent {
            after.at = self.hand.now;
            after.channel = self.hand.channel;
            after.merged_into = None;
            after.flags = after
                .flags
                .without(Flag::ClockUntrusted)
                .with_if(!self.hand.clock_trusted, Flag::ClockUntrusted);
            MARKED
        } else if before.mark == Mark::Pending {
            APPROVED
        } else {
            CHANGED
        };
        let (flags, late_minutes) = punctuality(session, mark, after.at);
        after.flags = after
            .flags
            .without(Flag::Late)
            .with_if(flags.has(Flag::Late), Flag::Late);
        after.mark = standing_mark(after.flags);
        after.late_minutes = match (mark, before.mark) {
            // Late stays as late as it was, unless somebody says otherwise.
            (HandMark::Late { minutes: None }, Mark::Late) => before.late_minutes,
            _ => late_minutes,
        };
        if after == *before {
            return self.answer(record.id, Some(before.mark), before.mark, false);
        }
        self.may_change(record)?;
        if before.mark != Mark::Pending {
            need(reason)?;
        }
        if action != CHANGED {
            self.enrol(record.student_id, session)?;
            after.percentage = self.percentage(record.student_id, session.id)?;
        }
        self.change(record, &after, action, reason)
    }

    fn unmark(&mut self, record: &Found, reason: Option<&Reason>) -> Result<Corrected, Stop> {
        if record.state.mark == Mark::Absent {
            return self.answer(record.id, Some(Mark::Absent), Mark::Absent, false);
        }
        self.may_change(record)?;
        need(reason)?;
        let after = RecordState {
            mark: Mark::Absent,
            ..record.state.clone()
        };
        self.change(record, &after, UNMARKED, reason)
    }

    fn approve(
        &mut self,
        session: &Session,
        record: &Found,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        match record.state.mark {
            Mark::Pending => {}
            Mark::Absent => return Err(CorrectionRefusal::NotPending.into()),
            mark => return self.answer(record.id, Some(mark), mark, false),
        }
        self.may_change(record)?;
        self.enrol(record.student_id, session)?;
        let after = RecordState {
            mark: standing_mark(record.state.flags),
            percentage: self.percentage(record.student_id, session.id)?,
            ..record.state.clone()
        };
        self.change(record, &after, APPROVED, reason)
    }

    /// The pending record is set aside as evidence, and its time and channel become a record of the student
    /// whom it belongs to, unless they have one.
    fn merge(
        &mut self,
        session: &Session,
        record: Found,
        into: &AdmissionNumber,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        if record.state.mark != Mark::Pending {
            return Err(CorrectionRefusal::NotPending.into());
        }
        self.may_change(&record)?;
        let theirs = self
            .student(into)?
            .filter(|student| student.id != record.student_id)
            .ok_or(CorrectionRefusal::UnknownStudent)?;
        let target = self.record(theirs.id, session.id)?;
        if let Some(target) = &target {
            self.may_change(target)?;
        }
        let before = target.as_ref().map(|target| target.state.mark);
        let aside = RecordState {
            mark: Mark::Absent,
            merged_into: Some(into.clone()),
            ..record.state.clone()
        };
        let first = self.write_change(&record, &aside, MERGED, reason, Link::None)?;
        if matches!(before, Some(Mark::Present | Mark::Late)) {
            let id = target.as_ref().map_or(record.id, |target| target.id);
            return self.answer(id, before, before.unwrap_or(Mark::Absent), true);
        }
        self.enrol(theirs.id, session)?;
        let after = RecordState {
            mark: standing_mark(record.state.flags),
            percentage: self.percentage(theirs.id, session.id)?,
            typed_name: None,
            name: theirs.name,
            flags: record.state.flags.without(Flag::NameMismatch),
            ..record.state
        };
        let mark = after.mark;
        let id = if let Some(target) = &target {
            let after = RecordState {
                typed_name: target.state.typed_name.clone(),
                ..after
            };
            self.write_change(target, &after, MARKED, reason, Link::PartOf(first))?;
            target.id
        } else {
            let id = self.insert(theirs.id, session.id, &after)?;
            self.log(id, MARKED, None, &after, reason, Link::PartOf(first))?;
            id
        };
        self.answer(id, before, mark, true)
    }

    fn accept_name(&mut self, record: &Found, reason: Option<&Reason>) -> Result<Corrected, Stop> {
        let typed = record.state.typed_name.clone();
        let typed = typed.ok_or(CorrectionRefusal::NoTypedName)?;
        self.may_change(record)?;
        let after = RecordState {
            name: Some(typed),
            typed_name: None,
            flags: record.state.flags.without(Flag::NameMismatch),
            ..record.state.clone()
        };
        self.change(record, &after, NAME_ACCEPTED, reason)
    }

    fn keep_name(&mut self, record: &Found, reason: Option<&Reason>) -> Result<Corrected, Stop> {
        if record.state.typed_name.is_none() && !record.state.flags.has(Flag::NameMismatch) {
            return Err(CorrectionRefusal::NoTypedName.into());
        }
        self.may_change(record)?;
        let after = RecordState {
            typed_name: None,
            flags: record.state.flags.without(Flag::NameMismatch),
            ..record.state.clone()
        };
        self.change(record, &after, NAME_KEPT, reason)
    }

    fn undo(
        &mut self,
        session: SessionId,
        student: Option<&AdmissionNumber>,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        // An act of several lines is known by its first.
        const LAST: &str = "SELECT max(coalesce(l.part_of, l.id)) FROM audit_log AS l
            JOIN attendance AS a ON a.id = l.subject JOIN students AS st ON st.id = a.student_id
            WHERE a.session_id = :session AND (:number IS NULL OR st.admission_number = :number)
                AND l.action IN ('attendance.marked', 'attendance.changed', 'attendance.unmarked',
                    'attendance.approved', 'attendance.merged', 'attendance.name_accepted',
                    'attendance.name_kept')
                AND NOT EXISTS (SELECT 1 FROM audit_log AS later WHERE later.undoes = l.id)";
        const LINES: &str = "SELECT id, subject, old, new FROM audit_log WHERE id = ?1 OR part_of = ?1 ORDER BY id DESC";
        self.session(session)?;
        let parameters = named_params! {
            ":session": session.to_string(), ":number": student.map(AdmissionNumber::as_str),
        };
        let last: Option<i64> = self
            .db
            .prepare_cached(LAST)?
            .query_row(parameters, |row| row.get(0))?;
        let last = last.ok_or(CorrectionRefusal::NothingToUndo)?;
        let lines = row::collect(&mut self.db.prepare_cached(LINES)?, [last], |row| {
            let text = |column: &str| row.get::<_, Option<String>>(column);
            let subject = row::uuid(&text("subject")?.unwrap_or_default())?;
            let old = text("old")?.as_deref().and_then(snapshot::read);
            let new = text("new")?.as_deref().and_then(snapshot::read);
            let new = new.ok_or_else(|| damaged("line of the log"))?;
            Ok((row.get::<_, i64>("id")?, subject, old, new))
        })?;
        // All of them before the first write.
        for (_, id, ..) in &lines {
            self.may_change(&self.record_by_id(*id)?)?;
        }
        let mut answer = None;
        for (line, id, old, new) in lines {
            let record = self.record_by_id(id)?;
            let after = taken_back(&record.state, old.as_ref(), &new);
            self.write_change(&record, &after, UNDONE, reason, Link::Undoes(line))?;
            answer = Some((id, record.state.mark, after.mark));
        }
        let (id, before, after) = answer.ok_or(CorrectionRefusal::NothingToUndo)?;
        self.answer(id, Some(before), after, true)
    }

    /// Writes a change, its line and its debts, and answers with the record as it stands then.
    fn change(
        &mut self,
        record: &Found,
        after: &RecordState,
        action: &str,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        self.write_change(record, after, action, reason, Link::None)?;
        self.answer(record.id, Some(record.state.mark), after.mark, true)
    }

    fn write_change(
        &mut self,
        record: &Found,
        after: &RecordState,
        action: &str,
        reason: Option<&Reason>,
        link: Link,
    ) -> Result<i64, Stop> {
        const RECORD: &str = "UPDATE attendance SET status = coalesce(:status, status),
                voided_at = CASE WHEN :voided THEN coalesce(voided_at, :now) END,
                timestamp = :at, channel = :channel, late_minutes = :late, flags = :flags,
                attendance_percentage = :percentage, typed_name = :typed_name
            WHERE id = :id";
        // A record that is made anew was made in this run of the machine, and at this count.
        const ANEW: &str = "UPDATE attendance SET boot_id = :boot, uptime_ms = :uptime,
                clock_said = NULL, corrected_by = NULL
            WHERE id = :id";
        const NAME: &str = "UPDATE students SET name = :name, source = 'roster', updated_at = :now
            WHERE id = :id";
        let before = &record.state;
        let now = self.hand.now;
        self.db.prepare_cached(RECORD)?.execute(named_params! {
            // What is taken back keeps its status: it may be given back.
            ":status": match after.mark {
                Mark::Absent => None,
                Mark::Pending => Some("pending"),
                Mark::Present | Mark::Late => Some("present"),
            },
            ":voided": after.mark == Mark::Absent,
            ":now": now.to_string(),
            ":at": after.at.to_string(),
            ":channel": after.channel.as_str(),
            ":late": after.late_minutes,
            ":flags": after.flags.to_string(),
            ":percentage": after.percentage.as_f64(),
            ":typed_name": after.typed_name.as_ref().map(StudentName::as_str),
            ":id": record.id.to_string(),
        })?;
        if after.at != before.at && after.at == now {
            let (boot, uptime) = self.count();
            self.db.prepare_cached(ANEW)?.execute(named_params! {
                ":boot": boot, ":uptime": uptime, ":id": record.id.to_string(),
            })?;
        }
        if after.name != before.name {
            self.db.prepare_cached(NAME)?.execute(named_params! {
                ":name": after.name.as_ref().map_or("", StudentName::as_str),
                ":now": now.to_string(),
                ":id": record.student_id,
            })?;
            self.events.push(Event::RosterChanged);
        }
        let news = outbox::News::between(before, after);
        let targets = &self.rules.deliver_to;
        outbox::owe_anew(
            self.db,
            self.events,
            record.id,
            news,
            targets,
            self.hand.steady,
        )?;
        self.events.push(Event::Corrected {
            session: record.session,
            attendance: record.id,
        });
        self.log(record.id, action, Some(before), after, reason, link)
    }

    fn log(
        &self,
        id: Uuid,
        action: &str,
        before: Option<&RecordState>,
        after: &RecordState,
        reason: Option<&Reason>,
        link: Link,
    ) -> Result<i64, Stop> {
        let (subject, old) = (id.to_string(), before.map(snapshot::write));
        let entry = audit::Entry {
            old: old.as_deref(),
            new: Some(&snapshot::write(after)),
            reason: reason.map(Reason::as_str),
            ..audit::Entry::new(self.hand.now, &self.hand.actor, action, &subject)
        };
        Ok(audit::add_linked(self.db, &entry, link)?)
    }

    fn insert(
        &mut self,
        student_id: i64,
        session: SessionId,
        state: &RecordState,
    ) -> Result<Uuid, Stop> {
        const SQL: &str =
            "INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status,
                attendance_percentage, late_minutes, flags, boot_id, uptime_ms)
            VALUES (:id, :student, :session, :at, :channel, 'present', :percentage, :late, :flags,
                :boot, :uptime)";
        let id = Uuid::new_v4();
        // What a merge carries over was not made at this moment.
        let (boot, uptime) = if state.at == self.hand.now {
            self.count()
        } else {
            (None, None)
        };
        self.db.prepare_cached(SQL)?.execute(named_params! {
            ":id": id.to_string(),
            ":student": student_id,
            ":session": session.to_string(),
            ":at": state.at.to_string(),
            ":channel": state.channel.as_str(),
            ":percentage": state.percentage.as_f64(),
            ":late": state.late_minutes,
            ":flags": state.flags.to_string(),
            ":boot": boot,
            ":uptime": uptime,
        })?;
        let targets = &self.rules.deliver_to;
        check_ins::owe(self.db, id, targets, self.hand.steady)?;
        let owed = targets.iter().map(|&target| Event::Owed { target });
        self.events.extend(owed);
        self.events.push(Event::CheckedIn {
            session,
            attendance: id,
        });
        Ok(id)
    }

    /// The run of the machine and its count at this moment, where they can be told.
    fn count(&self) -> (Option<&str>, Option<i64>) {
        let uptime = &self.hand.uptime;
        let boot = uptime.boot.is_known().then(|| uptime.boot.as_str());
        (
            boot,
            boot.and(i64::try_from(uptime.elapsed.as_millis()).ok()),
        )
    }

    fn answer(
        &self,
        id: Uuid,
        before: Option<Mark>,
        mark: Mark,
        changed: bool,
    ) -> Result<Corrected, Stop> {
        let receipt = receipts::find(self.db, id, self.hand.now, self.rules)?;
        Ok(Corrected {
            receipt: receipt.ok_or_else(|| damaged("record"))?,
            before,
            mark,
            changed,
            portal_by_hand: outbox::portal_was_told_of_what_is_not(self.db, id)?,
        })
    }

    /// The percentage with this session among those attended: what a check-in now would report.
    fn percentage(&self, student_id: i64, session: SessionId) -> Result<Percentage, Stop> {
        let counted = Some(session);
        let (db, now, rules) = (self.db, self.hand.now, self.rules);
        Ok(receipts::standing(db, student_id, session, counted, now, rules)?.of_plan)
    }

    fn enrol(&self, student_id: i64, session: &Session) -> Result<(), Stop> {
        let on = session.date(self.rules.zone).to_string();
        Ok(students::enrol_in_unit_of(
            self.db, student_id, session.id, &on,
        )?)
    }

    fn session(&self, id: SessionId) -> Result<Session, Stop> {
        use crate::domain::SessionState;
        match sessions::find(self.db, id) {
            Ok(found) if found.session.state == SessionState::Cancelled => {
                Err(CorrectionRefusal::SessionCancelled.into())
            }
            Ok(found) => Ok(found.session),
            Err(StoreError::Missing { .. }) => Err(CorrectionRefusal::NoSession.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn student(&self, number: &AdmissionNumber) -> Result<Option<Student>, Stop> {
        const SQL: &str = "SELECT id, name FROM students WHERE admission_number = ?1";
        let found = row::first(
            &mut self.db.prepare_cached(SQL)?,
            [number.as_str()],
            |row| {
                Ok(Student {
                    id: row.get("id")?,
                    name: row::name(&row.get::<_, String>("name")?)?,
                })
            },
        );
        Ok(found?)
    }

    fn record(&self, student_id: i64, session: SessionId) -> Result<Option<Found>, Stop> {
        let sql = format!(
            "SELECT {} FROM attendance AS a JOIN students AS st ON st.id = a.student_id
            WHERE a.student_id = ?1 AND a.session_id = ?2",
            snapshot::COLUMNS
        );
        let parameters = (student_id, session.to_string());
        Ok(row::first(
            &mut self.db.prepare_cached(&sql)?,
            parameters,
            found,
        )?)
    }

    fn record_by_id(&self, id: Uuid) -> Result<Found, Stop> {
        let sql = format!(
            "SELECT {} FROM attendance AS a JOIN students AS st ON st.id = a.student_id WHERE a.id = ?1",
            snapshot::COLUMNS
        );
        let found = row::first(&mut self.db.prepare_cached(&sql)?, [id.to_string()], found)?;
        Ok(found.ok_or_else(|| damaged("line of the log"))?)
    }

    /// A record of another kiosk is put right there: here it would come back with the next reading.
    fn may_change(&self, record: &Found) -> Result<(), Stop> {
        const SQL: &str = "SELECT kiosk_id FROM attendance WHERE id = ?1";
        let kiosk_id: Option<String> = self
            .db
            .prepare_cached(SQL)?
            .query_row([record.id.to_string()], |row| row.get(0))?;
        match kiosk_id {
            Some(kiosk_id) => Err(CorrectionRefusal::OtherKiosk { kiosk_id }.into()),
            None => Ok(()),
        }
    }
}

fn found(row: &rusqlite::Row<'_>) -> Result<Found, StoreError> {
    Ok(Found {
        id: row::uuid(&row.get::<_, String>("attendance_id")?)?,
        student_id: row.get("student_id")?,
        session: SessionId::from_uuid(row::uuid(&row.get::<_, String>("record_session")?)?),
        state: snapshot::of_row(row)?,
    })
}

/// Late or not, and by how much: since the start of the lecture, at least a minute, at most its length.
fn punctuality(session: &Session, mark: HandMark, at: Timestamp) -> (Flags, u32) {
    let HandMark::Late { minutes } = mark else {
        return (Flags::NONE, 0);
    };
    let longest = session.ends_at.since(session.starts_at).as_secs() / 60;
    let since = at.since(session.starts_at).as_secs() / 60;
    let counted = u32::try_from(since.min(longest)).unwrap_or(u32::MAX);
    (
        Flags::NONE.with_if(true, Flag::Late),
        minutes.unwrap_or(counted).max(1),
    )
}

fn standing_mark(flags: Flags) -> Mark {
    if flags.has(Flag::Late) {
        Mark::Late
    } else {
        Mark::Present
    }
}

fn need(reason: Option<&Reason>) -> Result<(), Stop> {
    match reason {
        Some(_) => Ok(()),
        None => Err(CorrectionRefusal::ReasonNeeded.into()),
    }
}

/// What a correction changed is as it was before; what has happened besides stays.
fn taken_back(now: &RecordState, old: Option<&RecordState>, new: &RecordState) -> RecordState {
    fn back<T: PartialEq + Clone>(now: &T, old: &T, new: &T) -> T {
        if old == new { now.clone() } else { old.clone() }
    }
    let Some(old) = old else {
        // There was no record: it stays as evidence.
        return RecordState {
            mark: Mark::Absent,
            ..now.clone()
        };
    };
    let flags = Flag::ALL.into_iter().fold(Flags::NONE, |flags, flag| {
        let [now, old, new] = [now, old, new].map(|state| state.flags.has(flag));
        flags.with_if(back(&now, &old, &new), flag)
    });
    RecordState {
        mark: back(&now.mark, &old.mark, &new.mark),
        at: back(&now.at, &old.at, &new.at),
        channel: back(&now.channel, &old.channel, &new.channel),
        late_minutes: back(&now.late_minutes, &old.late_minutes, &new.late_minutes),
        flags,
        percentage: back(&now.percentage, &old.percentage, &new.percentage),
        typed_name: back(&now.typed_name, &old.typed_name, &new.typed_name),
        name: back(&now.name, &old.name, &new.name),
        merged_into: back(&now.merged_into, &old.merged_into, &new.merged_into),
    }
}
