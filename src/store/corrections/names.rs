//! Whose a record is, and by which name.

use super::marks::standing_mark;
use super::{Act, Found, MARKED, MERGED, NAME_ACCEPTED, NAME_KEPT, Stop};
use crate::domain::{
    AdmissionNumber, Corrected, CorrectionRefusal, Flag, Mark, Reason, RecordState, Session,
};
use crate::store::audit::Link;

impl Act<'_> {
    /// The pending record is set aside as evidence, and its time and channel become a record of the student
    /// whom it belongs to, unless they have one.
    pub(super) fn merge(
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

    pub(super) fn accept_name(
        &mut self,
        record: &Found,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
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

    pub(super) fn keep_name(
        &mut self,
        record: &Found,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
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
}
