//! What kiosks tell each other: the sessions they hold, and what each of them recorded.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flag, Flags};
use super::delivery::Report;
use super::lecturer::StaffId;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{Session, SessionId};
use super::time::Timestamp;

/// Which change of a session is the latest; the later one holds at every kiosk.
///
/// The time is that of the kiosk that made the change, but never before the change that it replaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionChange {
    /// When it was made.
    pub at: Timestamp,
    /// At which kiosk; decides between two of the same millisecond.
    pub by: String,
}

/// A session as its kiosks publish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSession {
    /// The lecture.
    pub session: Session,
    /// The local date of its start.
    pub date: chrono::NaiveDate,
    /// The staff id of the lecturer.
    pub staff_id: StaffId,
    /// Lessons planned in a semester, where the unit has a number of its own.
    pub planned_lessons: Option<u32>,
    /// The kiosk that opened it.
    pub kiosk_id: String,
    /// Its latest change.
    pub change: SessionChange,
    /// The kiosks that take check-ins to it.
    pub kiosks: Vec<String>,
    /// Records that staff took back at the kiosk that made them.
    pub withdrawn: Vec<Uuid>,
    /// Which edition of the roster was published with it.
    pub roster: Option<RosterEdition>,
}

impl PublishedSession {
    /// How many kiosks but this one take part.
    #[must_use]
    pub fn others(&self, this_kiosk: &str) -> u32 {
        let origin = std::iter::once(&self.kiosk_id);
        let mut others: Vec<&String> = origin
            .chain(&self.kiosks)
            .filter(|id| *id != this_kiosk)
            .collect();
        others.sort_unstable();
        others.dedup();
        u32::try_from(others.len()).unwrap_or(u32::MAX)
    }
}

/// A published roster: its pages belong together when they all name this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEdition {
    /// A hash of its content.
    pub version: String,
    /// Into how many documents it is cut.
    pub pages: u32,
}

/// One student of a published roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// The name on record; `None` while nobody has given one.
    pub name: Option<PersonName>,
    /// Whether staff gave that name, or the student.
    pub name_is_the_rosters: bool,
    /// Earlier sessions are not held against them.
    pub enrolled_on: chrono::NaiveDate,
}

/// What one kiosk recorded of a student in a session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KioskRecord {
    /// The id that its kiosk gave it.
    pub attendance_id: Uuid,
    /// Which kiosk; `None` is this one.
    pub kiosk_id: Option<String>,
    /// When.
    pub checked_in_at: Timestamp,
    /// How it came there.
    pub channel: Channel,
    /// On time, or late by minutes.
    #[serde(rename = "late_minutes")]
    pub punctuality: Punctuality,
    /// Of the planned lessons, as it was then.
    pub percentage: Percentage,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Staff took it back.
    pub voided: bool,
}

impl KioskRecord {
    /// Whether this record stands where `other` is of the same student and session.
    #[must_use]
    pub fn stands_before(&self, other: &Self) -> bool {
        self.order() < other.order()
    }

    /// Which of several records of a student and session stands.
    #[must_use]
    pub fn standing<'a>(records: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        records.into_iter().min_by_key(|record| record.order())
    }

    /// The least of all stands: the earliest, but any before one whose clock was not set. The ids decide
    /// between equals, so that every kiosk comes to the same answer.
    #[must_use]
    pub fn order(&self) -> (bool, Timestamp, Uuid) {
        let untrusted = self.flags.has(Flag::ClockUntrusted);
        (untrusted, self.checked_in_at, self.attendance_id)
    }
}

impl From<&Report> for KioskRecord {
    fn from(report: &Report) -> Self {
        Self {
            attendance_id: report.attendance_id,
            kiosk_id: Some(report.kiosk_id.clone()),
            checked_in_at: report.checked_in_at,
            channel: report.channel,
            punctuality: report.punctuality,
            percentage: report.percentage,
            flags: report.flags,
            voided: false,
        }
    }
}

/// A student's place in a session as it stands at the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCheckIn {
    /// Who.
    pub admission_number: AdmissionNumber,
    /// The name that came with it.
    pub student_name: Option<PersonName>,
    /// The record that stands there, then those kept beside it as evidence.
    pub records: Vec<KioskRecord>,
}

/// A student whom several kiosks recorded in one session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Contested {
    /// The row of the student's mark here.
    pub attendance_id: Uuid,
    /// Who.
    pub admission_number: AdmissionNumber,
    /// The record that stands, then the others in their order.
    pub records: Vec<KioskRecord>,
}

/// How the reading of other kiosks' records fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MirrorStatus {
    /// This kiosk does not read them.
    #[default]
    Off,
    /// No session is open.
    Idle,
    /// The last look went through.
    Current {
        /// Other kiosks that have joined the open sessions.
        other_kiosks: u32,
    },
    /// The last look did not go through, or this kiosk is not let in.
    Failing {
        /// Why, in words.
        error: String,
    },
}

/// How far the other kiosks' records of a session have been read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MirrorProgress {
    /// Of which session.
    pub session_id: SessionId,
    /// The latest record seen, by the server's clock.
    pub read_until: Option<Timestamp>,
    /// Other kiosks that have joined.
    pub other_kiosks: u32,
    /// Why the last look failed.
    pub last_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u128, at: &str, flags: Flags) -> KioskRecord {
        KioskRecord {
            attendance_id: Uuid::from_u128(id),
            kiosk_id: None,
            checked_in_at: Timestamp::parse(at).unwrap(),
            channel: Channel::Keypad,
            punctuality: Punctuality::OnTime,
            percentage: Percentage::ZERO,
            flags,
            voided: false,
        }
    }

    #[test]
    fn the_earlier_trusted_time_stands() {
        let untrusted = Flags::NONE.with_if(true, Flag::ClockUntrusted);
        let early = record(3, "2026-11-22T06:00:00Z", Flags::NONE);
        let late = record(2, "2026-11-22T06:05:00Z", Flags::NONE);
        let twin = record(1, "2026-11-22T06:05:00Z", Flags::NONE);
        let lost = record(0, "2020-01-01T00:00:00Z", untrusted);
        let in_order = [early, twin, late, lost];
        for (place, record) in in_order.iter().enumerate() {
            for (other_place, other) in in_order.iter().enumerate() {
                assert_eq!(record.stands_before(other), place < other_place);
            }
        }
    }
}
