//! A check-in: its channel, its flags, and every answer to it.

use super::punctuality::Punctuality;
use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use super::admission_number::{AdmissionNumber, InvalidAdmissionNumber};
use super::counting::{Listing, Standing};
use super::macros::words;
use super::percentage::Percentage;
use super::person_name::{InvalidPersonName, PersonName};
use super::routing::LectureHere;
use super::session::{Admission, Session};
use super::time::Timestamp;

words! {
    /// How a check-in came.
    pub enum Channel {
        /// Typed at the kiosk.
        Keypad = "keypad",
        /// The form on a phone.
        Phone = "phone",
        /// Marked by hand by staff.
        Lecturer = "lecturer",
        Cli = "cli",
        /// Recorded by another kiosk.
        Remote = "remote",
    }
}

words! {
    /// Something about a check-in that the lecturer should see; never removes a mark (feature C1).
    // A new flag is added here and raised where it is detected; the compiler then asks for its texts.
    pub enum Flag {
        /// A second student from one phone in one session.
        SharedDevice = "shared_device",
        /// Three or more numbers typed at the keypad within 15 seconds.
        Burst = "burst",
        /// The typed name is not the one on record.
        NameMismatch = "name_mismatch",
        /// After the on-time window.
        Late = "late",
        /// The clock was not synchronised.
        ClockUntrusted = "clock_untrusted",
        /// After the session had been closed and reopened.
        AfterReopen = "after_reopen",
        /// Recorded by an unsynchronised clock; by the corrected time, the session took no check-ins.
        OutsideWindows = "outside_windows",
        /// The student insisted on a number of no list that resembles one of the list.
        NearNumber = "near_number",
        /// It was taken back at the door that made it. The mark says it; it is not stored.
        TakenBack = "taken_back",
    }
}

/// A set of flags, a bit for each; its text form is the words joined by commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, utoipa::ToSchema)]
#[schema(value_type = Vec<Flag>)]
pub struct Flags(u16);

const _: () = assert!(
    Flag::ALL.len() <= u16::BITS as usize,
    "every flag needs a bit of its own"
);

impl Flags {
    /// The set without any flag.
    pub const NONE: Self = Self(0);

    const fn bit(flag: Flag) -> u16 {
        1 << flag as u16
    }

    /// The set without `flag`.
    #[must_use]
    pub fn without(self, flag: Flag) -> Self {
        Self(self.0 & !Self::bit(flag))
    }

    /// The set with `flag` added where `raised` holds.
    #[must_use]
    pub fn with_if(self, raised: bool, flag: Flag) -> Self {
        Self(self.0 | if raised { Self::bit(flag) } else { 0 })
    }

    /// Whether the flag is raised.
    #[must_use]
    pub fn has(self, flag: Flag) -> bool {
        self.0 & Self::bit(flag) != 0
    }

    /// The raised flags, in the order of [`Flag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |&flag| self.has(flag))
    }

    /// As the database keeps them, a bit each. Lateness is left out: the minutes say it, as the mark says of a record
    /// that it was taken back.
    #[must_use]
    pub fn stored_bits(self) -> u16 {
        self.without(Flag::Late).without(Flag::TakenBack).0
    }

    /// From the stored bits and the minutes; unknown bits, as of a newer version, are skipped.
    #[must_use]
    pub fn from_stored(bits: u16, punctuality: Punctuality) -> Self {
        let known = Flag::ALL
            .into_iter()
            .fold(0, |bits, flag| bits | Self::bit(flag));
        Self(bits & known).with_punctuality(punctuality)
    }

    /// Reads the text form; unknown words, as of a newer version, are skipped.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let flags = text.split(',').filter_map(Flag::parse);
        flags.fold(Self::NONE, |flags, flag| flags.with_if(true, flag))
    }
}

/// A list of the words.
impl serde::Serialize for Flags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Flag::as_str).collect();
        f.write_str(&words.join(","))
    }
}

/// What happens to a number that is not on any roster (feature A7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownStudents {
    /// As [`Self::Register`] until the unit has a class list; then recorded, and it counts once staff or a list
    /// enrol them.
    Auto,
    /// Create the student from number and name, and enrol them.
    Register,
    /// Record it; it counts once the lecturer approves.
    Pending,
    Reject,
}

/// What happens when a second student checks in from one phone in one session (feature C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedDevice {
    /// Recorded, and flagged for the lecturer.
    Flag,
    Block,
}

/// The student on a receipt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StudentLine {
    pub admission_number: AdmissionNumber,
    /// The name on record; `None` until one is known.
    pub name: Option<PersonName>,
}

/// The state of one record's delivery to one remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteAnswer {
    /// This site does not report there.
    Disabled,
    /// Waiting to be delivered.
    Queued,
    Delivered {
        /// The id that the remote keeps it under.
        document_id: String,
        /// The message of the remote's answer.
        message: String,
    },
    /// The last try failed; it is kept and shown.
    Failed { error: String },
}

/// The state of one record's delivery to both remotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAnswers {
    pub firestore: RemoteAnswer,
    pub portal: RemoteAnswer,
}

/// An attendance record as the student is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The attendance record's id.
    pub attendance_id: Uuid,
    pub student: StudentLine,
    pub session: Session,
    /// Whether the check-in was for another lecture, and the student's list brought it to this one.
    pub is_elsewhere: bool,
    /// When: the first time, on a repeat.
    pub checked_in_at: Timestamp,
    /// How: the first channel, on a repeat.
    pub channel: Channel,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// Whether the lecturer has yet to approve it.
    pub pending: bool,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Of the planned lessons, as it was at the check-in; `None` while it counts for nobody.
    pub percentage: Option<Percentage>,
    /// Where the student stands in the lists of the unit.
    pub listing: Listing,
    /// The student's standing in the unit, this lecture included; `None` while the record counts for nobody.
    pub standing: Option<Standing>,
    /// The state of its deliveries.
    pub delivery: RemoteAnswers,
}

impl Receipt {
    /// The record as somebody sees it who may be another student: when it was made, and neither the name nor figures.
    #[must_use]
    pub fn seen_by_others(self) -> Self {
        let is_taken_back = self.flags.has(Flag::TakenBack);
        Self {
            student: StudentLine {
                name: None,
                ..self.student
            },
            flags: Flags::NONE
                .with_punctuality(self.punctuality)
                .with_if(is_taken_back, Flag::TakenBack),
            percentage: None,
            standing: None,
            ..self
        }
    }
}

/// What is known of whoever asks for a record that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker<'a> {
    pub channel: Channel,
    /// The mark of their phone in the lecture; `None` where it keeps no cookies.
    pub phone: Option<&'a str>,
}

impl Asker<'_> {
    /// Whether they are shown whose a record is. Staff are, and the phone that made it. The keypad is anybody's: who
    /// typed the number before is not who types it now.
    #[must_use]
    pub fn may_see(self, made_by: Asker<'_>) -> bool {
        match self.channel {
            Channel::Lecturer | Channel::Cli => true,
            Channel::Phone => self.phone.is_some() && self == made_by,
            Channel::Keypad | Channel::Remote => false,
        }
    }

    /// Whether the id of a record is enough to see whose it is. A repeat tells the id too, so that it is not where
    /// another phone, the keypad or staff made the record; programs, and phones without cookies, have nothing else.
    #[must_use]
    pub fn may_read(self, made_by: Asker<'_>) -> bool {
        let has_no_mark = made_by.channel == Channel::Phone && made_by.phone.is_none();
        has_no_mark || self.may_see(made_by)
    }
}

/// The answer to a check-in that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckInAnswer {
    /// A new record is on disk.
    Recorded(Box<Receipt>),
    /// A record exists already, and whoever asks may see it.
    AlreadyMarked(Box<Receipt>),
    /// A record exists already, as somebody else may see it: [`Receipt::seen_by_others`].
    MarkedElsewhere(Box<Receipt>),
    /// "Not me": the record was taken back, and counts for nobody.
    TakenBack(Box<Receipt>),
}

impl Flags {
    /// The set with the flag that goes with a punctuality.
    #[must_use]
    pub fn with_punctuality(self, punctuality: Punctuality) -> Self {
        self.without(Flag::Late)
            .with_if(punctuality.is_late(), Flag::Late)
    }

    /// The punctuality of a record whose flag says whether it is late and whose minutes say by how much, as a
    /// database and a remote keep it.
    ///
    /// Records of earlier versions may have the flag and no minutes; they read as late by a minute.
    #[must_use]
    pub fn punctuality(self, late_minutes: u32) -> Punctuality {
        if self.has(Flag::Late) {
            Punctuality::late(late_minutes)
        } else {
            Punctuality::OnTime
        }
    }
}

impl Admission {
    /// The punctuality of a check-in that counts.
    ///
    /// # Errors
    /// [`Refusal::NotYetOpen`] or [`Refusal::SessionClosed`].
    pub fn punctuality(self) -> Result<Punctuality, Refusal> {
        match self {
            Self::Taken(punctuality) => Ok(punctuality),
            Self::NotYet { opens_at } => Err(Refusal::NotYetOpen { opens_at }),
            Self::Over => Err(Refusal::SessionClosed),
        }
    }
}

/// Why nothing was recorded (feature A10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No session is open, or the one asked for does not exist.
    NoSession,
    /// The session's check-in has not begun.
    NotYetOpen { opens_at: Timestamp },
    /// The session is over, closed or cancelled.
    SessionClosed,
    /// The code was on the screen earlier.
    CodeExpired,
    /// The code never was on this screen.
    UnknownCode,
    /// The number is on no roster, and this site takes no others.
    UnknownStudent,
    /// The number is on no roster, and it resembles one of the lecture's list: which is meant?
    NearNumber { suggestion: AdmissionNumber },
    /// Several lectures are open here, and the student's list does not say which is meant. The first is offered.
    WhichLecture { lectures: Vec<LectureHere> },
    /// The number is new here: the name is needed too.
    NameNeeded,
    /// The number cannot be used.
    InvalidNumber(InvalidAdmissionNumber),
    /// The name cannot be used.
    InvalidName(InvalidPersonName),
    /// Staff removed this student's mark; only they can restore it.
    MarkRemoved,
    /// A check-in was not taken back, or not put back.
    NotMe(NotMeRefusal),
    /// This phone has checked in another student, and the site allows one student per phone.
    DeviceBlocked,
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The kiosk cannot record anything.
    OutOfOrder,
}

/// Why a check-in was not taken back, or not put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeRefusal {
    /// There is no such record.
    NoRecord,
    /// Another door or phone made it.
    OfAnother,
    /// The time is over.
    TooLate,
    /// Too many were taken back here.
    TooOften,
    /// Staff have spoken of it since, or it is not as it was.
    Decided,
}

words! {
    /// A refusal as programs read it.
    pub enum RefusalOutcome {
        /// No session is open, or not this one.
        SessionClosed = "session_closed",
        /// The code was on the screen earlier.
        CodeExpired = "code_expired",
        /// The code never was on this screen.
        UnknownCode = "unknown_code",
        /// The number is on no roster, and this site takes no others.
        UnknownStudent = "unknown_student",
        /// The number is on no roster and resembles one of the list: send that, or insist.
        NearNumber = "near_number",
        /// Several lectures are open: name one.
        WhichLecture = "which_lecture",
        /// A field is missing or cannot be used.
        Invalid = "invalid",
        /// Staff took this student's mark back.
        MarkRemoved = "mark_removed",
        /// This check-in cannot be taken back, or not any more.
        NotTakenBack = "not_taken_back",
        /// This phone has checked somebody else in.
        DeviceBlocked = "device_blocked",
        /// Too many requests: wait before the next.
        RateLimited = "rate_limited",
        /// The kiosk cannot record anything.
        OutOfOrder = "out_of_order",
    }
}

impl Refusal {
    /// The outcome as the API and logs name it.
    #[must_use]
    pub fn outcome(&self) -> RefusalOutcome {
        match self {
            Self::NoSession | Self::NotYetOpen { .. } | Self::SessionClosed => {
                RefusalOutcome::SessionClosed
            }
            Self::CodeExpired => RefusalOutcome::CodeExpired,
            Self::UnknownCode => RefusalOutcome::UnknownCode,
            Self::UnknownStudent => RefusalOutcome::UnknownStudent,
            Self::NearNumber { .. } => RefusalOutcome::NearNumber,
            Self::WhichLecture { .. } => RefusalOutcome::WhichLecture,
            Self::NameNeeded | Self::InvalidNumber(_) | Self::InvalidName(_) => {
                RefusalOutcome::Invalid
            }
            Self::MarkRemoved => RefusalOutcome::MarkRemoved,
            Self::NotMe(_) => RefusalOutcome::NotTakenBack,
            Self::DeviceBlocked => RefusalOutcome::DeviceBlocked,
            Self::RateLimited { .. } => RefusalOutcome::RateLimited,
            Self::OutOfOrder => RefusalOutcome::OutOfOrder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_flags_reads_back_as_written() {
        for bits in 0..1u16 << Flag::ALL.len() {
            let flags = Flags(bits);
            assert_eq!(Flags::parse(&flags.to_string()), flags);
            assert_eq!(flags.iter().count(), bits.count_ones() as usize);
        }
    }

    #[test]
    fn words_of_a_newer_program_are_passed_over() {
        assert_eq!(Flags::parse("late,telepathy").to_string(), "late");
        assert_eq!(Flags::parse(""), Flags::NONE);
    }

    #[test]
    fn a_record_is_seen_by_staff_and_by_the_phone_that_made_it() {
        let by = |channel, phone| Asker { channel, phone };
        let made_by = by(Channel::Phone, Some("a"));
        for (asker, may_see) in [
            (made_by, true),
            (by(Channel::Phone, Some("b")), false),
            (by(Channel::Phone, None), false),
            (by(Channel::Keypad, None), false),
            (by(Channel::Cli, None), true),
            (by(Channel::Lecturer, None), true),
        ] {
            assert_eq!(asker.may_see(made_by), may_see, "{asker:?}");
        }
        // Phones without cookies are not told apart, and staff may have marked what a phone has taken back.
        let no_cookie = by(Channel::Phone, None);
        assert!(!no_cookie.may_see(no_cookie) && no_cookie.may_read(no_cookie));
        assert!(!no_cookie.may_read(made_by) && made_by.may_read(made_by));
        assert!(!made_by.may_see(by(Channel::Lecturer, Some("a"))));
    }

    #[test]
    fn every_channel_reads_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        }
    }

    #[test]
    fn a_flag_is_added_and_taken_away_by_itself() {
        let late = Flags::NONE.with_if(true, Flag::Late);
        let both = late
            .with_if(true, Flag::Burst)
            .with_if(false, Flag::SharedDevice);
        assert_eq!(both.to_string(), "burst,late");
        assert_eq!(serde_json::to_string(&both).unwrap(), r#"["burst","late"]"#);
        assert_eq!(both.without(Flag::Burst), late);
        assert_eq!(late.without(Flag::Burst), late);
        assert_eq!(late.with_if(true, Flag::Late), late);
    }
}
