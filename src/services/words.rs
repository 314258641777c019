//! The sentences that people read, in one place for the screen, the page and the API.

use std::fmt::{Display, Write as _};

use super::authorization::Forbidden;
use super::corrections::CorrectionError;
use crate::domain::{
    Change, Channel, CorrectionRefusal, Forecast, InvalidAdmissionNumber, InvalidPersonName,
    InvalidText, LectureReason, Mark, RecordState, Refusal, RemoteStatus, StudentHistory, Target,
    Zone,
};
use crate::store::LeftAtPortal;

/// What happened, and what to do about it (feature A10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What happened, in a few words.
    pub title: String,
    /// What to do, in a sentence.
    pub advice: String,
}

impl Words {
    fn new(title: &str, advice: impl Into<String>) -> Self {
        Self {
            title: title.to_owned(),
            advice: advice.into(),
        }
    }

    /// Both in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}. {}", self.title, self.advice)
    }
}

/// A clause, such as an error has, as a sentence.
pub fn sentence(clause: impl Display) -> String {
    let text = clause.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let capital: String = first.into_iter().flatten().collect();
    format!("{capital}{}.", letters.as_str())
}

/// Why nothing was recorded, and what to do.
#[must_use]
pub fn refusal(refusal: &Refusal, zone: Zone) -> Words {
    match refusal {
        Refusal::NoSession => Words::new(
            "No class is open",
            "Ask the lecturer to open check-in for this class.",
        ),
        Refusal::NotYetOpen { opens_at } => Words::new(
            "Check-in has not begun",
            format!(
                "Come back at {} ({}).",
                zone.hour_minute(*opens_at),
                zone.long_date(*opens_at)
            ),
        ),
        Refusal::SessionClosed => Words::new(
            "This class is closed",
            "Check-in is over. If you were here, speak to the lecturer.",
        ),
        Refusal::CodeExpired => Words::new(
            "This code has expired",
            "Scan the code that is on the screen now, or type it in.",
        ),
        Refusal::UnknownCode => Words::new(
            "This code is not known",
            "Check it against the screen: the code changes every few seconds.",
        ),
        Refusal::UnknownStudent => Words::new(
            "This number is not on the class list",
            "Check the number. If it is right, ask the lecturer to add you.",
        ),
        Refusal::NameNeeded => Words::new(
            "This number is new here",
            "Add your full name as well, then send it again.",
        ),
        Refusal::InvalidNumber(error) => {
            Words::new("Check the admission number", invalid_number(error))
        }
        Refusal::InvalidName(error) => Words::new("Check the name", invalid_name(error)),
        Refusal::MarkRemoved => Words::new(
            "Your mark was removed",
            "Your lecturer took it back for this class. Speak to them: only they can give it again.",
        ),
        Refusal::DeviceBlocked => Words::new(
            "This phone has checked somebody in already",
            "Use your own phone, or type your number at the kiosk.",
        ),
        Refusal::RateLimited { retry_after } => Words::new(
            "Too many tries",
            format!(
                "Wait {} s and try again, or type your number at the kiosk.",
                retry_after.as_secs().max(1)
            ),
        ),
        Refusal::OutOfOrder => Words::new(
            "The kiosk is out of order",
            "Nothing was recorded. Tell the lecturer, and sign on paper.",
        ),
    }
}

/// Why nothing was corrected, and what to do.
#[must_use]
pub fn correction_refusal(refusal: &CorrectionRefusal, zone: Zone) -> Words {
    match refusal {
        CorrectionRefusal::NoSession => Words::new(
            "There is no such class",
            "Choose one from the list of sessions.",
        ),
        CorrectionRefusal::SessionCancelled => Words::new(
            "This class was cancelled",
            "It counts for nobody. Reopen it first if it was held after all.",
        ),
        CorrectionRefusal::NotYetOpen { opens_at } => Words::new(
            "Check-in has not begun",
            format!(
                "Marks can be given from {} on ({}).",
                zone.hour_minute(*opens_at),
                zone.long_date(*opens_at)
            ),
        ),
        CorrectionRefusal::UnknownStudent => Words::new(
            "This number is on no list here",
            "Check it. To mark somebody new, give their name as well.",
        ),
        CorrectionRefusal::InvalidNumber(error) => {
            Words::new("Check the admission number", invalid_number(error))
        }
        CorrectionRefusal::NoRecord => Words::new(
            "This student has no mark in this class",
            "Mark them present or late to give one.",
        ),
        CorrectionRefusal::NotPending => Words::new(
            "This mark is not waiting for approval",
            "It may have been decided meanwhile: look at the list again.",
        ),
        CorrectionRefusal::NoTypedName => Words::new(
            "There is no name to decide on",
            "The student typed none that differs from the class list.",
        ),
        CorrectionRefusal::ReasonNeeded => Words::new(
            "A reason is needed",
            "Say in a few words why this mark is changed; it is kept with the change.",
        ),
        CorrectionRefusal::OtherKiosk { kiosk_id } => Words::new(
            "Another kiosk recorded this",
            format!("Correct it there (kiosk {kiosk_id})."),
        ),
        CorrectionRefusal::NothingToUndo => Words::new(
            "There is nothing to take back",
            "No correction of this class stands.",
        ),
    }
}

/// Why a correction was not made, in a sentence.
#[must_use]
pub fn correction_error(error: &CorrectionError, zone: Zone) -> Words {
    match error {
        CorrectionError::Refused(refusal) => correction_refusal(refusal, zone),
        CorrectionError::Forbidden(Forbidden {
            unit,
            lecturer_name,
        }) => Words::new(
            "This is not your unit",
            format!("Only {lecturer_name} or an administrator corrects {unit}."),
        ),
        CorrectionError::Store(error) => {
            Words::new("Nothing was changed", format!("The kiosk says: {error}."))
        }
    }
}

/// A record at one moment, in a few words: `late, 12 min`.
#[must_use]
pub fn record_state(state: &RecordState) -> String {
    match state.mark {
        Mark::Late => format!("late, {} min", state.late_minutes),
        mark => mark.as_str().to_owned(),
    }
}

fn name(state: &RecordState) -> String {
    let name = state.name.as_ref();
    name.map_or_else(|| "no name".to_owned(), ToString::to_string)
}

/// What a line of the log changed, in a few words: `present -> absent`.
#[must_use]
pub fn change(change: &Change) -> String {
    match change {
        Change::Record { before, after } => {
            let now = record_state(after);
            let was = match before {
                None => "no mark".to_owned(),
                Some(before) => record_state(before),
            };
            let mut words = if was == now {
                now
            } else {
                format!("{was} -> {now}")
            };
            if let Some(before) = before.as_ref().filter(|before| before.name != after.name) {
                let _ = write!(words, "; {} -> {}", name(before), name(after));
            }
            if let Some(number) = &after.merged_into {
                let _ = write!(words, "; belongs to {number}");
            }
            words
        }
        Change::Words {
            old: Some(old),
            new: Some(new),
        } => format!("{old} -> {new}"),
        Change::Words { old, new } => new.clone().or_else(|| old.clone()).unwrap_or_default(),
    }
}

/// What an action of the log is, as people say it.
#[must_use]
pub fn audit_action(action: &str) -> String {
    match action {
        "attendance.marked" => "marked by hand",
        "attendance.changed" => "mark changed",
        "attendance.unmarked" => "mark removed",
        "attendance.approved" => "approved",
        "attendance.merged" => "merged",
        "attendance.name_accepted" => "typed name accepted",
        "attendance.name_kept" => "typed name turned down",
        "attendance.undone" => "taken back",
        "portal.corrected_by_hand" => "corrected at the portal by hand",
        other => return other.replace(['.', '_'], " "),
    }
    .to_owned()
}

/// How a lecture counts for a student, and why.
#[must_use]
pub fn lecture_reason(reason: LectureReason) -> &'static str {
    match reason {
        LectureReason::Present => "attended",
        LectureReason::Late => "attended, late",
        LectureReason::Pending => "held, waits for approval",
        LectureReason::Unmarked => "held, mark removed",
        LectureReason::Absent => "held, absent",
        LectureReason::Cancelled => "not counted: cancelled",
        LectureReason::BeforeEnrolment => "not counted: before enrolment",
        LectureReason::NotHeldYet => "not counted: still to come",
    }
}

/// "Why this number?" as a sum: what was counted, line by line, a label and its terms (feature F6).
#[must_use]
pub fn sum(history: &StudentHistory) -> [(&'static str, String); 5] {
    use LectureReason::{
        Absent, BeforeEnrolment, Cancelled, Late, NotHeldYet, Pending, Present, Unmarked,
    };
    let of = |reason| history.count(reason);
    let standing = &history.standing;
    let attended = [(of(Present), "on time"), (of(Late), "late")];
    let held = [
        (standing.attended, "attended"),
        (of(Absent), "absent"),
        (of(Pending), "waiting for approval"),
        (of(Unmarked), "with the mark removed"),
    ];
    let left_out = [
        (of(Cancelled), "cancelled"),
        (of(BeforeEnrolment), "before enrolment"),
        (of(NotHeldYet), "still to come"),
    ];
    let share = |whole, what, percentage| {
        format!("{} of {whole} {what} = {percentage} %", standing.attended)
    };
    [
        ("Attended", terms(&attended)),
        ("Held", terms(&held)),
        ("Not counted", terms(&left_out)),
        ("So far", share(standing.held, "held", standing.so_far)),
        (
            "Of plan",
            share(standing.planned, "planned", standing.of_plan),
        ),
    ]
}

/// What adds up to what: `5 = 4 attended + 1 absent`.
fn terms(terms: &[(u32, &str)]) -> String {
    let total: u32 = terms.iter().map(|(count, _)| count).sum();
    let terms = terms.iter().filter(|(count, _)| *count > 0);
    let terms: Vec<String> = terms
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if terms.is_empty() {
        total.to_string()
    } else {
        format!("{total} = {}", terms.join(" + "))
    }
}

/// What is wrong with a name.
#[must_use]
pub fn invalid_name(error: &InvalidPersonName) -> String {
    invalid_text("The name", error.0)
}

/// What is wrong with a number.
#[must_use]
pub fn invalid_number(error: &InvalidAdmissionNumber) -> String {
    match error {
        InvalidAdmissionNumber::Text(error) => invalid_text("The number", *error),
        InvalidAdmissionNumber::Pattern => {
            "It does not look like a number of this school. Type it as on your student card."
                .to_owned()
        }
    }
}

fn invalid_text(what: &str, error: InvalidText) -> String {
    match error {
        InvalidText::Empty => format!("{what} is missing."),
        InvalidText::TooLong { max } => format!("{what} has more than {max} characters."),
        InvalidText::Unprintable => {
            format!("{what} has characters that cannot be used. Type it by hand.")
        }
    }
}

/// What is to be done at the portal about a record that does not stand.
#[must_use]
pub fn left_at_portal(left: &LeftAtPortal) -> &'static str {
    if left.is_certain {
        "take it out"
    } else {
        "look, and take it out"
    }
}

/// A forecast, in a few words.
#[must_use]
pub fn forecast(forecast: Forecast, required_percent: u32) -> String {
    match forecast {
        Forecast::CanMiss(0) => "no lecture to miss".to_owned(),
        Forecast::CanMiss(lessons) => format!("can miss {lessons}"),
        Forecast::MustAttend(1) => "must attend the last one".to_owned(),
        Forecast::MustAttend(lessons) => format!("must attend the next {lessons}"),
        Forecast::CannotReach => format!("cannot reach {required_percent} %"),
    }
}

/// A channel, as people say it.
#[must_use]
pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Keypad => "at the kiosk",
        Channel::Phone => "by phone",
        Channel::Lecturer => "by the lecturer",
        Channel::Cli => "by a technician",
        Channel::Remote => "at another kiosk",
    }
}

/// A target's name.
#[must_use]
pub fn target(target: Target) -> &'static str {
    match target {
        Target::Firestore => "Firestore",
        Target::Portal => "Portal",
    }
}

/// A remote's state, in a word.
#[must_use]
pub fn remote_status(status: &RemoteStatus) -> &'static str {
    match status {
        RemoteStatus::Off => "off",
        RemoteStatus::Unknown => "not tried yet",
        RemoteStatus::Connected => "connected",
        RemoteStatus::Unreachable { .. } => "offline",
        RemoteStatus::Unauthorized { .. } => "no access",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_becomes_a_sentence() {
        assert_eq!(sentence("there is no unit X"), "There is no unit X.");
        assert_eq!(sentence(""), ".");
    }
}
