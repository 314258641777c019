//! One student under two numbers: whose a number is, and what becomes of the records and the enrolments under it.

use super::admission_number::AdmissionNumber;
use super::check_in::{Flag, StudentLine};
use super::correction::{Reason, RecordState};
use super::counting::Mark;
use super::session::Semester;
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// What is to become of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberChange {
    /// It is another student's: a typing error, or the second of two who are one.
    Merge { into: AdmissionNumber },
    /// Its student has another number, which nobody has yet.
    Renumber { to: AdmissionNumber },
    /// There never was such a student.
    Remove,
}

/// A change of a number, as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberOrder {
    pub number: AdmissionNumber,
    pub change: NumberChange,
    pub reason: Option<Reason>,
}

/// What a change of a number does, or has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberEffect {
    /// The number and its student.
    pub student: StudentLine,
    /// Whose it is then; `None`: nobody's, or its own again.
    pub right: Option<StudentLine>,
    /// Earlier numbers of that student, which are the right student's then too.
    pub earlier: Vec<AdmissionNumber>,
    /// The records of this kiosk under the number, by time.
    pub records: Vec<RecordEffect>,
    /// The other kiosks that have records under it: there it is to be done as well.
    pub kiosks: Vec<String>,
    /// The units in which figures or enrolments change.
    pub units: Vec<PlaceEffect>,
    /// Excuses that go along, or are taken back.
    pub excuses: u32,
    /// Records that the portal has, or may have: a person corrects them there.
    pub at_portal: u32,
}

/// What becomes of a record under the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEffect {
    pub unit: UnitCode,
    pub starts_at: Timestamp,
    /// When the student was recorded.
    pub at: Timestamp,
    pub fate: RecordFate,
}

/// What becomes of a record under a wrong number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFate {
    /// It counts for the right student, who had none that counts as much.
    Counts,
    /// The right student's own counts.
    Beside,
    /// It counts for nobody.
    Removed,
}

/// A student's figures in a unit, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceEffect {
    pub unit: UnitCode,
    pub semester: Semester,
    /// Lectures attended and held; `None`: no figures.
    pub before: Option<(u32, u32)>,
    pub after: Option<(u32, u32)>,
    /// Whether the enrolment of the right student changes.
    pub enrols: bool,
}

/// What came of taking a change of a number back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberUndone {
    pub student: StudentLine,
    /// What has changed since and stays as it is.
    pub kept: Vec<NumberKept>,
}

/// What stays when a change of a number is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberKept {
    /// The name or the contact of a student.
    Details { number: AdmissionNumber },
    /// An enrolment that somebody has changed.
    Enrolment {
        number: AdmissionNumber,
        unit: UnitCode,
    },
    /// A record in the lecture that begins then.
    Record {
        number: AdmissionNumber,
        starts_at: Timestamp,
    },
    /// An excuse that was given or taken back.
    Excuse { number: AdmissionNumber },
}

impl NumberKept {
    /// Under which number it stays.
    #[must_use]
    pub fn number(&self) -> &AdmissionNumber {
        match self {
            Self::Details { number }
            | Self::Enrolment { number, .. }
            | Self::Record { number, .. }
            | Self::Excuse { number } => number,
        }
    }
}

/// Why a number was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberRefusal {
    #[error("there is no student {number}")]
    Unknown { number: AdmissionNumber },
    #[error("{number} is that student's number already")]
    Same { number: AdmissionNumber },
    #[error("{number} is {right} already")]
    MergedAlready {
        number: AdmissionNumber,
        right: AdmissionNumber,
    },
    #[error("{number} has a student already")]
    Taken { number: AdmissionNumber },
    #[error("no change of {number} is left to undo")]
    NothingToUndo { number: AdmissionNumber },
    #[error("{number} has become {right} since")]
    ChangedSince {
        number: AdmissionNumber,
        right: AdmissionNumber,
    },
}

/// What the right student's record in a lecture becomes of one under a wrong number; `None`: it stays as it is.
///
/// Of both, one stands: present or late before pending before removed before taken back, then the earlier. One that waits for
/// approval counts then, since staff say whose it is.
#[must_use]
pub fn carried(wrong: &RecordState, theirs: Option<&RecordState>) -> Option<RecordState> {
    let order = |state: &RecordState| {
        let rank = match state.mark {
            Mark::Present | Mark::Late => 0,
            Mark::Pending => 1,
            Mark::Removed => 2,
            Mark::TakenBack => 3,
        };
        (rank, state.at)
    };
    let stands = match theirs {
        Some(theirs) if order(theirs) <= order(wrong) => theirs,
        _ => wrong,
    };
    if !wrong.mark.stands() || theirs.is_some_and(|it| it == stands && it.mark.has_come()) {
        return None;
    }
    let flags = stands.flags.without(Flag::NearNumber);
    Some(RecordState {
        mark: stands.punctuality.into(),
        flags: flags.without(Flag::NameMismatch),
        typed_name: theirs.and_then(|it| it.typed_name.clone()),
        name: theirs.and_then(|it| it.name.clone()),
        merged_into: None,
        ..stands.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Channel, Flags, Punctuality};

    fn record(mark: Mark, at: &str) -> RecordState {
        RecordState {
            mark,
            at: Timestamp::parse(&format!("2026-11-22T{at}:00Z")).unwrap(),
            channel: Channel::Keypad,
            punctuality: Punctuality::OnTime,
            flags: Flags::NONE.with_if(true, Flag::NearNumber),
            percentage: None,
            typed_name: None,
            name: None,
            merged_into: None,
        }
    }

    #[test]
    fn of_two_records_the_one_that_counts_more_stands_then_the_earlier() {
        use Mark::{Pending, Present, Removed, TakenBack};
        for (wrong, theirs, stands) in [
            ((Present, "09:04"), None, Some("09:04")),
            ((Present, "09:04"), Some((Present, "09:30")), Some("09:04")),
            ((Present, "09:30"), Some((Present, "09:04")), None),
            ((Pending, "09:04"), Some((Present, "09:30")), None),
            ((Pending, "09:04"), Some((Pending, "09:30")), Some("09:04")),
            ((Pending, "09:30"), Some((Pending, "09:04")), Some("09:04")),
            ((Present, "09:30"), Some((Removed, "09:04")), Some("09:30")),
            (
                (Present, "09:30"),
                Some((TakenBack, "09:04")),
                Some("09:30"),
            ),
            ((TakenBack, "09:04"), None, None),
            ((Removed, "09:04"), None, None),
            ((Removed, "09:04"), Some((Removed, "09:30")), None),
        ] {
            let wrong = record(wrong.0, wrong.1);
            let theirs = theirs.map(|(mark, at)| record(mark, at));
            let after = carried(&wrong, theirs.as_ref());
            let wanted = stands.map(|at| record(Present, at));
            let wanted = wanted.map(|it| RecordState {
                flags: Flags::NONE,
                ..it
            });
            assert_eq!(after, wanted);
        }
    }
}
