//! Whether somebody was there, by the word of staff.

use super::{APPROVED, Act, CHANGED, Found, MARKED, Stop, Student, UNMARKED};
use crate::domain::{
    AdmissionNumber, Corrected, CorrectionOrder, CorrectionRefusal, Flag, Flags, HandMark, Mark,
    PersonName, Phase, Punctuality, Reason, RecordState, Session, Timestamp,
};
use crate::store::audit::{self, Link};
use crate::store::event::Event;
use crate::store::students;

impl Act<'_> {
    /// A record where there was none.
    pub(super) fn mark_new(
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
        let punctuality = punctuality(session, mark, self.hand.now);
        let flags = Flags::NONE.with_punctuality(punctuality);
        let state = RecordState {
            mark: standing_mark(flags),
            at: self.hand.now,
            channel: self.hand.channel,
            punctuality,
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
        name: &PersonName,
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
    pub(super) fn mark_again(
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
        after.punctuality = match (mark, before.mark) {
            // Late stays as late as it was, unless somebody says otherwise.
            (HandMark::Late { minutes: None }, Mark::Late) => before.punctuality,
            _ => punctuality(session, mark, after.at),
        };
        after.flags = after.flags.with_punctuality(after.punctuality);
        after.mark = standing_mark(after.flags);
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

    pub(super) fn unmark(
        &mut self,
        record: &Found,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
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

    pub(super) fn approve(
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
}

/// As staff say; late without minutes is late as of the moment, or of the end where that is past.
fn punctuality(session: &Session, mark: HandMark, at: Timestamp) -> Punctuality {
    match mark {
        HandMark::Present => Punctuality::OnTime,
        HandMark::Late {
            minutes: Some(minutes),
        } => Punctuality::late(minutes),
        HandMark::Late { minutes: None } => session.late_at(at.min(session.ends_at)),
    }
}

pub(super) fn standing_mark(flags: Flags) -> Mark {
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
