//! The sentences on the screen.
//!
//! Each says what is so, and where something is wrong, what to do.

use std::time::Duration;

use super::model::StaffChoice;
use super::theme::Tone;
use crate::domain::{
    Channel, CheckInAnswer, Flag, Phase, Receipt, Refusal, RemoteStatus, Standing, Timestamp, Zone,
};
use crate::services::{self, RemotePicture, Trouble};

/// Shown on a kiosk that has just been installed, and what its technician types.
pub const NOT_SET_UP: &str = "This kiosk is not set up yet";
/// In any shell of this machine.
pub const HOW_TO_SET_UP: &str =
    "sudo -u kiosk kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --admin";
/// And after that.
pub const WHAT_NEXT: &str =
    "Then `kiosk unit add` and `kiosk import students`; `kiosk doctor` says what else is missing.";

/// Above the entry field.
pub const ASK_NUMBER: &str = "Type your admission number";
/// Above the entry field, for a student who is new here.
pub const ASK_NAME: &str = "New here? Your full name";
/// Above the entry field, while the desk records.
pub const SAVING: &str = "Saving...";
/// Where no phone can reach the kiosk.
pub const NO_ADDRESS: &str = "Type your number here. Phones cannot reach this kiosk now.";
/// Where there is no session.
pub const NO_SESSION: &str = "No class is open";
/// Below [`NO_SESSION`].
pub const ASK_LECTURER: &str = "Please ask your lecturer to open the session.";
/// Below [`NO_SESSION`], for whoever can.
pub const HOW_TO_OPEN: &str =
    "Lecturer: press F10 and sign in. Technician: kiosk session open CODE";
/// When a student presses a key that ends other programs.
pub const ONLY_STAFF_LEAVE: &str = "Only staff can leave: F10";
/// The staff key, in the status line.
pub const STAFF_KEY: &str = "F10 Staff";
/// In the status line, while no time server has set the clock.
pub const CLOCK_NOT_SET: &str = "Clock not set";
/// A wrong staff id or PIN.
pub const WRONG_PIN: &str = "That staff id and PIN do not belong together.";
/// When a sign-in cannot be checked.
pub const CANNOT_SIGN_IN: &str = "The kiosk is out of order: it cannot do that now.";
/// When a lecturer without units wants to open a session.
pub const NO_UNITS: &str = "No unit is yours. An administrator can add one: kiosk unit add.";
/// The heading where nothing can be recorded.
pub const OUT_OF_ORDER: &str = "OUT OF ORDER";
/// Below [`OUT_OF_ORDER`].
pub const TELL_LECTURER: &str =
    "Nothing is being recorded. Please tell your lecturer, and write your number on paper.";

/// Below [`TELL_LECTURER`].
pub const RECOVERS: &str = "The kiosk goes on by itself when the cause is gone.";

/// The cause of [`OUT_OF_ORDER`], with a code to tell on the telephone.
#[must_use]
pub fn technician(trouble: &Trouble) -> String {
    format!(
        "For the technician: code {}, {}.",
        trouble.code, trouble.sentence
    )
}

/// A result in words, largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The colour of the panel.
    pub tone: Tone,
    /// A big sign beside the word.
    pub sign: &'static str,
    /// One word, to be read from three metres.
    pub word: &'static str,
    /// What happened, and what to do.
    pub sentence: String,
}

/// What an answer says.
#[must_use]
pub fn verdict(answer: &CheckInAnswer, zone: Zone) -> Verdict {
    match answer {
        CheckInAnswer::Recorded(receipt) => recorded(receipt, zone),
        CheckInAnswer::AlreadyMarked(receipt) => Verdict {
            tone: Tone::Known,
            sign: "=",
            word: "MARKED",
            sentence: format!(
                "You were marked at {}, {}. Nothing more to do.",
                zone.hour_minute(receipt.checked_in_at),
                services::words::channel(receipt.channel)
            ),
        },
        CheckInAnswer::Refused(refusal) => refused(refusal, zone),
    }
}

fn recorded(receipt: &Receipt, zone: Zone) -> Verdict {
    let at = zone.hour_minute(receipt.checked_in_at);
    if receipt.pending {
        return Verdict {
            tone: Tone::Remark,
            sign: "?",
            word: "NOTED",
            sentence: format!("Recorded at {at}. It counts once your lecturer approves it."),
        };
    }
    if receipt.flags.has(Flag::Late) || receipt.late_minutes > 0 {
        return Verdict {
            tone: Tone::Remark,
            sign: "!",
            word: "LATE",
            sentence: format!("Recorded at {at}, {} late.", minutes(receipt.late_minutes)),
        };
    }
    Verdict {
        tone: Tone::Good,
        sign: "✓",
        word: "PRESENT",
        sentence: format!("Recorded at {at}, on time."),
    }
}

fn refused(refusal: &Refusal, zone: Zone) -> Verdict {
    let word = match refusal {
        Refusal::NoSession | Refusal::SessionClosed => "CLOSED",
        Refusal::NotYetOpen { .. } => "NOT YET",
        Refusal::CodeExpired | Refusal::UnknownCode => "EXPIRED",
        Refusal::UnknownStudent | Refusal::InvalidNumber(_) | Refusal::InvalidName(_) => "CHECK IT",
        Refusal::NameNeeded => "NAME",
        Refusal::DeviceBlocked => "BLOCKED",
        Refusal::MarkRemoved => "REMOVED",
        Refusal::RateLimited { .. } => "WAIT",
        Refusal::OutOfOrder => "FAILED",
    };
    Verdict {
        tone: Tone::Bad,
        sign: "✗",
        word,
        sentence: services::words::refusal(refusal, zone).sentence(),
    }
}

/// How a check-in came, in a list.
#[must_use]
pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Keypad => "keypad",
        Channel::Phone => "phone",
        Channel::Lecturer => "lecturer",
        Channel::Cli => "staff",
        Channel::Remote => "other kiosk",
    }
}

/// `83.33 % (10 of 12 lessons)`.
#[must_use]
pub fn percentage(standing: &Standing) -> String {
    format!(
        "{} %  ({} of {} lessons)",
        standing.of_plan, standing.attended, standing.planned
    )
}

/// How it stands so far, and what the rest of the semester asks for.
#[must_use]
pub fn forecast(standing: &Standing, required_percent: u32) -> String {
    format!(
        "So far {} of {} held, {}",
        standing.attended,
        standing.held,
        services::words::forecast(standing.forecast, required_percent)
    )
}

/// Where the session stands: what is so, and how long it stays so.
#[must_use]
pub fn phase(phase: Phase, now: Timestamp, zone: Zone) -> (String, String) {
    match phase {
        Phase::NotYet { opens_at } => (
            format!("Opens at {}", zone.hour_minute(opens_at)),
            format!("in {}", countdown(opens_at.since(now))),
        ),
        Phase::OnTime { until } => (
            format!("On time until {}", zone.hour_minute(until)),
            format!("{} left", countdown(until.since(now))),
        ),
        Phase::Late { until } => (
            format!("Late; closes at {}", zone.hour_minute(until)),
            format!("{} left", countdown(until.since(now))),
        ),
        Phase::Over => ("Check-in is over".to_owned(), String::new()),
        Phase::Cancelled => ("Session cancelled".to_owned(), String::new()),
    }
}

/// `1:02:03` or `4:32`; rounds up, so that nothing is left only when nothing is.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A remote in the status line, and whether it wants attention; `None` when it is not used.
#[must_use]
pub fn remote(remote: &RemotePicture) -> Option<(String, bool)> {
    let (state, wants_attention) = match remote.status {
        RemoteStatus::Off => return None,
        RemoteStatus::Unknown => ("...", false),
        RemoteStatus::Connected => ("ok", false),
        RemoteStatus::Unreachable { .. } | RemoteStatus::Barred { .. } => {
            (services::words::remote_status(&remote.status), true)
        }
    };
    let mut text = format!("{} {state}", services::words::target(remote.target));
    let counts = remote.counts;
    if counts.waiting > 0 {
        text = format!("{text}, {} waiting", counts.waiting);
    }
    if counts.parked > 0 {
        text = format!("{text}, {} refused", counts.parked);
    }
    Some((text, wants_attention || counts.parked > 0))
}

/// A choice of the staff menu.
#[must_use]
pub fn choice(choice: StaffChoice) -> &'static str {
    match choice {
        StaffChoice::OpenSession => "Open a session",
        StaffChoice::CloseSession => "Close the session",
        StaffChoice::Leave => "Leave the program",
        StaffChoice::Back => "Back",
    }
}

/// Asked before a choice that ends something.
#[must_use]
pub fn confirm(choice: StaffChoice) -> &'static str {
    match choice {
        StaffChoice::CloseSession => "Check-in ends for everybody. Press again to close.",
        StaffChoice::Leave => "The kiosk stops for everybody. Press again to leave.",
        StaffChoice::OpenSession | StaffChoice::Back => "",
    }
}

/// After too many wrong tries.
#[must_use]
pub fn locked(retry_after: Duration) -> String {
    format!("Too many wrong tries. Wait {}.", seconds(retry_after))
}

fn seconds(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000) {
        1 => "1 second".to_owned(),
        seconds if seconds < 120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn minutes(minutes: u32) -> String {
    match minutes {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
