//! What kiosks exchange: their sessions, and the records that each of them made.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flag, Flags};
use super::delivery::Report;
use super::lecturer::StaffId;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{Session, SessionId, SessionState};
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// Why a session of another kiosk was not joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefusal {
    /// No kiosk has published such a session.
    #[error("no kiosk has published a session {0}")]
    Unknown(SessionId),
    /// It takes no check-ins any more.
    #[error("that session is {}: only an open one can be joined", .0.as_str())]
    NotOpen(SessionState),
    /// The roster is being rewritten at this moment.
    #[error("the class list is being published anew: try again in a moment")]
    InTheMaking,
    /// This kiosk has a session of its own of that unit at that start.
    #[error(
        "this kiosk has a session of {unit} at that start already, {session}: join from a kiosk that has none, or join that one there"
    )]
    SameStartHere {
        unit: UnitCode,
        /// The session that is open at this kiosk.
        session: SessionId,
    },
}

/// The latest change of a session; of two, every kiosk keeps the later one.
///
/// The time is that of the kiosk that made the change, but never before the change that it replaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionChange {
    /// When it was made.
    pub at: Timestamp,
    /// The kiosk that made it; decides between two changes in the same millisecond.
    pub by: String,
}

/// A session as its kiosks publish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSession {
    pub session: Session,
    /// The local date of its start.
    pub date: chrono::NaiveDate,
    /// The staff id of the lecturer.
    pub staff_id: StaffId,
    /// Lessons planned in a semester; `None` where the site's number applies.
    pub planned_lessons: Option<u32>,
    /// The kiosk that opened it.
    pub kiosk_id: String,
    pub change: SessionChange,
    /// The kiosks that take check-ins to it.
    pub kiosks: Vec<String>,
    /// Records that staff removed at the kiosk that made them.
    pub withdrawn: Vec<Uuid>,
    /// Records that were taken back at the door that made them.
    pub taken_back: Vec<Uuid>,
    /// The edition of the roster that was published with it.
    pub roster: Option<RosterEdition>,
}

impl PublishedSession {
    /// The number of other kiosks that take part.
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

/// A published roster; all of its pages name this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEdition {
    /// A hash of its content.
    pub version: String,
    /// The number of documents that it is split into.
    pub pages: u32,
}

/// One student of a published roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    pub admission_number: AdmissionNumber,
    /// The name on record; `None` until one is known.
    pub name: Option<PersonName>,
    /// Whether staff gave that name, or the student.
    pub name_is_the_rosters: bool,
    /// Earlier sessions are not held against them; `None`: from the beginning of the semester.
    pub enrolled_on: Option<chrono::NaiveDate>,
}

/// One kiosk's record of a student in a session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KioskRecord {
    /// The id that its kiosk gave it.
    pub attendance_id: Uuid,
    /// `None` for this kiosk.
    pub kiosk_id: Option<String>,
    pub checked_in_at: Timestamp,
    /// How it came there.
    pub channel: Channel,
    /// On time, or late by minutes.
    #[serde(rename = "late_minutes")]
    pub punctuality: Punctuality,
    /// Of the planned lessons, at the time of the record.
    pub percentage: Percentage,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Staff have removed it.
    pub voided: bool,
}

impl KioskRecord {
    /// Whether this record counts, and not `other` of the same student and session.
    #[must_use]
    pub fn counts_before(&self, other: &Self) -> bool {
        self.order() < other.order()
    }

    /// The sort key: the least record counts. That is the earliest one, but records of a synchronised clock come
    /// before all others. The ids decide between equals, so that every kiosk chooses the same one.
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

/// A student's attendance in a session as the remote has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCheckIn {
    pub admission_number: AdmissionNumber,
    /// The name that came with it.
    pub student_name: Option<PersonName>,
    /// The record that counts there, then those that are kept as evidence.
    pub records: Vec<KioskRecord>,
}

/// A student whom several kiosks recorded in one session.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Contested {
    /// The row of the student's mark here.
    pub attendance_id: Uuid,
    pub admission_number: AdmissionNumber,
    /// The record that counts, then the others in order.
    pub records: Vec<KioskRecord>,
}

/// The state of reading other kiosks' records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MirrorStatus {
    /// This kiosk does not read them.
    #[default]
    Off,
    /// No session is open.
    Idle,
    /// The last request succeeded.
    Current {
        /// Other kiosks that have joined the open sessions.
        other_kiosks: u32,
    },
    /// The last request failed, or this kiosk is not authorized.
    Failing { error: String },
}

/// How far the other kiosks' records of a session have been read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MirrorProgress {
    pub session_id: SessionId,
    /// The server's time of the latest record that was read.
    pub read_until: Option<Timestamp>,
    /// Other kiosks that have joined.
    pub other_kiosks: u32,
    /// Why the last request failed.
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
                assert_eq!(record.counts_before(other), place < other_place);
            }
        }
    }

    #[test]
    fn every_other_kiosk_counts_once_and_this_one_never() {
        let session = crate::domain::Session {
            id: SessionId::from_uuid(Uuid::nil()),
            unit_code: crate::domain::UnitCode::parse("CS101").unwrap(),
            unit_name: String::new(),
            lecturer_name: String::new(),
            semester: crate::domain::Semester::parse("1").unwrap(),
            number: 1,
            starts_at: Timestamp::from_millis(0),
            ends_at: Timestamp::from_millis(1),
            venue: crate::domain::Venue::default(),
            state: crate::domain::SessionState::Open,
            reopened_at: None,
        };
        let published = PublishedSession {
            session,
            date: chrono::NaiveDate::default(),
            staff_id: StaffId::parse("S1").unwrap(),
            planned_lessons: None,
            kiosk_id: "a".to_owned(),
            change: SessionChange {
                at: Timestamp::from_millis(0),
                by: "a".to_owned(),
            },
            kiosks: ["b", "a", "c", "b"].map(str::to_owned).to_vec(),
            withdrawn: Vec::new(),
            taken_back: Vec::new(),
            roster: None,
        };
        let others = ["a", "b", "c", "d"].map(|this| published.others(this));
        assert_eq!(others, [2, 2, 2, 3]);
    }
}
