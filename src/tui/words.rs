//! The sentences on the screen.
//!
//! Each says what is so, and where something is wrong, what to do.

mod files;

pub use files::*;

use std::time::Duration;

use super::request::{ReadLimit, RequestKind};
use super::site::Site;
use super::theme::Tone;
use crate::domain::{
    AuditLine, Band, CheckInAnswer, Corrected, Flag, Flags, LectureReason, LectureState, Mark,
    Phase, Punctuality, Refusal, RemoteStatus, RosterLine, SessionHistory, SessionState, Standing,
    Timestamp,
};
use crate::services::RemoteSnapshot;
use crate::words::{Answer, ForecastOf, Screen, Voice};

/// When a new PIN is none.
pub const INVALID_PIN: &str = "A PIN has 4 to 12 digits.";
/// When a new PIN was typed in two ways.
pub const PINS_DIFFER: &str = "Those were two different PINs. Type the new one again, twice.";
/// When the PIN or the role of somebody has changed since the sign-in.
pub const ACCESS_REVOKED: &str = "Your PIN or role has changed. Sign in again.";
/// When a lecturer without units wants to open a session.
pub const NO_UNITS: &str =
    "You are not assigned to any unit. An administrator can add one: kiosk unit add.";
/// A result in words, largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerText {
    /// The colour of the panel.
    pub tone: Tone,
    /// A big sign beside the word.
    pub sign: &'static str,
    /// One word, to be read from three metres.
    pub word: String,
    /// What happened, and what to do.
    pub sentence: String,
}

/// What an answer says.
#[must_use]
pub fn answer_text(answer: &Result<CheckInAnswer, Refusal>, voice: Voice) -> AnswerText {
    let (tone, sign, word, sentence) = match answer {
        Ok(CheckInAnswer::Recorded(receipt)) => {
            let time = voice.time(receipt.checked_in_at);
            match receipt.punctuality {
                _ if receipt.pending => {
                    (Tone::Remark, "?", Answer::Noted, Answer::PendingAt { time })
                }
                Punctuality::Late(by) => (
                    Tone::Remark,
                    "!",
                    Answer::Late,
                    Answer::LateAt { time, n: by.get() },
                ),
                Punctuality::OnTime => {
                    (Tone::Good, "✓", Answer::Present, Answer::OnTimeAt { time })
                }
            }
        }
        Ok(CheckInAnswer::AlreadyMarked(receipt)) => {
            let time = voice.time(receipt.checked_in_at);
            let how = voice.say(receipt.channel);
            (
                Tone::Known,
                "=",
                Answer::Marked,
                Answer::AlreadyAt { time, how },
            )
        }
        Err(refusal) => {
            return AnswerText {
                tone: Tone::Bad,
                sign: "✗",
                word: voice.say(word_of(refusal)),
                sentence: voice.explain(refusal).sentence(),
            };
        }
    };
    AnswerText {
        tone,
        sign,
        word: voice.say(word),
        sentence: voice.say(sentence),
    }
}

fn word_of(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::NoSession | Refusal::SessionClosed => Answer::Closed,
        Refusal::NotYetOpen { .. } => Answer::NotYet,
        Refusal::CodeExpired | Refusal::UnknownCode => Answer::Expired,
        Refusal::UnknownStudent | Refusal::InvalidNumber(_) | Refusal::InvalidName(_) => {
            Answer::CheckIt
        }
        Refusal::NameNeeded => Answer::Name,
        Refusal::DeviceBlocked => Answer::Blocked,
        Refusal::MarkRemoved => Answer::Removed,
        Refusal::RateLimited { .. } => Answer::Wait,
        Refusal::OutOfOrder => Answer::Failed,
    }
}

/// `83.33 % (10 of 12 lectures)`.
#[must_use]
pub fn percentage(standing: &Standing, voice: Voice) -> String {
    voice.say(Screen::Standing {
        percent: standing.of_plan.to_string(),
        attended: standing.attended,
        planned: standing.planned,
    })
}

/// How it stands so far, and what the rest of the semester asks for.
#[must_use]
pub fn forecast(standing: &Standing, site: &Site) -> String {
    site.voice.say(Screen::SoFar {
        attended: standing.attended,
        held: standing.held,
        forecast: can_still(standing, site),
    })
}

/// What the rest of the semester asks for.
#[must_use]
pub fn can_still(standing: &Standing, site: &Site) -> String {
    site.voice.say(ForecastOf {
        forecast: standing.forecast,
        required_percent: site.required_percent,
    })
}

/// Where the session stands: what is so, and how long it stays so.
#[must_use]
pub fn phase(phase: Phase, now: Timestamp, voice: Voice) -> (String, String) {
    let left = |until: Timestamp| {
        voice.say(Screen::Left {
            countdown: countdown(until.since(now)),
        })
    };
    match phase {
        Phase::NotYet { opens_at } => {
            let time = voice.time(opens_at);
            let countdown = countdown(opens_at.since(now));
            (
                voice.say(Screen::OpensAt { time }),
                voice.say(Screen::In { countdown }),
            )
        }
        Phase::OnTime { until } => {
            let time = voice.time(until);
            (voice.say(Screen::OnTimeUntil { time }), left(until))
        }
        Phase::Late { until } => {
            let time = voice.time(until);
            (voice.say(Screen::Late { time }), left(until))
        }
        Phase::Over => (voice.say(Screen::Over), String::new()),
        Phase::Cancelled => (voice.say(Screen::Cancelled), String::new()),
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
pub fn remote(remote: &RemoteSnapshot, voice: Voice) -> Option<(String, bool)> {
    let (state, wants_attention) = match remote.status {
        RemoteStatus::Off => return None,
        RemoteStatus::Unknown => ("...".to_owned(), false),
        RemoteStatus::Connected => ("ok".to_owned(), false),
        RemoteStatus::Unreachable { .. } | RemoteStatus::Unauthorized { .. } => {
            (voice.say(&remote.status), true)
        }
    };
    let mut text = format!("{} {state}", voice.say(remote.target));
    let counts = remote.counts;
    if counts.waiting > 0 {
        let waiting = Screen::Waiting { n: counts.waiting };
        text = format!("{text}, {}", voice.say(waiting));
    }
    if counts.parked > 0 {
        let refused = Screen::Refused { n: counts.parked };
        text = format!("{text}, {}", voice.say(refused));
    }
    Some((text, wants_attention || counts.parked > 0))
}

/// Asked before the session on the screen is closed.
pub const CONFIRM_CLOSE: &str = "Check-in ends for everybody. Press again to close.";
/// Asked before the program ends.
pub const CONFIRM_LEAVE: &str = "The kiosk stops for everybody. Press again to leave.";

fn minutes(minutes: u32) -> String {
    match minutes {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// The title of the unit list.
pub const OPEN_TITLE: &str = "Open a session";
/// The title of the unit list, where a list is to be written.
pub const LISTS_TITLE: &str = "Lists of which unit?";
/// The title of today's timetable.
pub const TODAY_TITLE: &str = "Today's lectures of your units";
/// Where there is no lecture today.
pub const NO_LECTURES_TODAY: &str = "The timetable has no lecture of your units today. Esc, then Open a session; a technician can take a timetable in: kiosk import timetable FILE";
/// Opening a lecture that is not held.
pub const LECTURE_CANCELLED: &str =
    "That lecture is cancelled. Esc, then Open a session, opens one all the same.";
/// Cancelling a lecture too late, or twice.
pub const OPENED_OR_CANCELLED: &str =
    "That lecture was opened or cancelled already; Sessions has what was opened.";
/// What came of cancelling a lecture.
pub const LECTURE_IS_CANCELLED: &str = "That lecture is cancelled.";
/// The title of the sessions of other kiosks.
pub const JOIN_TITLE: &str = "Open at other kiosks";
/// While the network is asked.
pub const ASKING_OTHERS: &str = "Asking Firestore what other kiosks have open...";
/// Where no other kiosk has anything open.
pub const NOTHING_TO_JOIN: &str =
    "No other kiosk has a session of your units open. Open it there first, then press r.";
/// Below the reason why nobody can be asked.
pub const HOW_TO_GO_ON_ALONE: &str = "Check-ins here do not need other kiosks. r asks again.";
/// Joining what was joined.
pub const JOINED_ALREADY: &str = "This kiosk takes part in that session already.";
/// The title of the session list.
pub const SESSIONS_TITLE: &str = "Sessions of your units";
/// The title of the sync monitor.
pub const DELIVERIES_TITLE: &str = "Deliveries: what Firestore and the portal have not got yet";
/// The title of the board before it is read.
pub const BOARD_TITLE: &str = "Who is here";
/// While a list is read for the first time.
pub const READING: &str = "Reading...";
/// Before what is searched for.
pub const SEARCH: &str = "Search";
/// Before the chart of arrivals.
pub const ARRIVALS: &str = "Arrivals";
/// In place of the chart of arrivals.
pub const NOBODY_YET: &str = "nobody yet";
/// In place of a name that nobody has given.
pub const NO_NAME: &str = "(no name yet)";
/// A delivery that was refused for good.
pub const PARKED: &str = "refused";
/// A delivery that is held back, and why.
pub const HELD: &str = "held";
/// Beside [`HELD`].
pub const WAITS_FOR_CLOCK: &str = "the clock is not set";
/// A session that is over.
pub const CLOSED: &str = "Closed";
/// Where no unit is found.
pub const NO_SUCH_UNIT: &str = "No unit of yours has that code or name.";
/// Where nobody is enrolled.
pub const NOBODY_ENROLLED: &str = "Nobody is enrolled yet. Students who check in are added; a technician can import the class list: kiosk import students FILE --unit CODE";
/// Where the filter or the search leaves nobody.
pub const NOBODY_LISTED: &str = "Nobody. Esc lists everybody again.";
/// Where there is no session yet.
pub const NO_SESSIONS_YET: &str =
    "There has been no session of your units yet. Esc, then Open a session.";
/// Where everything is delivered.
pub const NOTHING_OWED: &str = "Everything is delivered.";
/// Where no remote is set up.
pub const NO_REMOTES: &str = "No remote is set up. Records stay on this kiosk; a technician can name Firestore or the portal in kiosk.toml.";
/// A question that was answered with nothing.
pub const REASON_NEEDED: &str = "Type a reason: it is kept with the change.";
/// A length that cannot be read.
pub const MINUTES_ARE_A_NUMBER: &str = "The length is a number of minutes, such as 120.";
/// An extension that cannot be read.
pub const EXTENDED_BY_MINUTES: &str = "Type by how many minutes, 1 to 1440.";
/// Extending what is over, on its board.
pub const IS_OVER: &str = "This session is not open. Esc, Sessions, then r reopens it.";
/// Reopening what is open.
pub const OPEN_ALREADY: &str = "That session is open already.";
/// Extending what is over.
pub const NOT_OPEN: &str = "That session is not open; r reopens it.";
/// Cancelling what is cancelled.
pub const CANCELLED_ALREADY: &str = "That session is cancelled already; r reopens it.";

/// What is owed to all remotes, beside the menu.
#[must_use]
pub fn owed_in_all(remotes: &[RemoteSnapshot]) -> String {
    let waiting: u64 = remotes.iter().map(|remote| remote.counts.waiting).sum();
    let parked: u64 = remotes.iter().map(|remote| remote.counts.parked).sum();
    match (waiting, parked) {
        _ if remotes.is_empty() => "no remote is set up".to_owned(),
        (0, 0) => "everything is delivered".to_owned(),
        (waiting, 0) => format!("{waiting} waiting"),
        (waiting, parked) => format!("{waiting} waiting, {parked} refused"),
    }
}

/// `3 waiting, oldest 4 min   1 refused`.
#[must_use]
pub fn owed(remote: &RemoteSnapshot, now: Timestamp) -> String {
    let counts = remote.counts;
    let oldest = match counts.oldest_waiting {
        Some(at) if counts.waiting > 0 => format!(", oldest {}", age(now.since(at))),
        _ => String::new(),
    };
    format!(
        "{} waiting{oldest}   {} refused",
        grouped(counts.waiting),
        grouped(counts.parked)
    )
}

/// `3,766 of 5,000   120 a second, 0:11 left`.
#[must_use]
pub fn progress(settled: u64, whole: u64, per_second: u64, left: Duration) -> String {
    format!(
        "{} of {}   {} a second, {} left",
        grouped(settled),
        grouped(whole),
        grouped(per_second),
        countdown(left)
    )
}

/// What has become of a lecture of the timetable, with a sign of its own, and why where it is blocked.
#[must_use]
pub fn lecture(state: &LectureState, voice: Voice) -> String {
    match state {
        LectureState::Planned => "- planned".to_owned(),
        LectureState::Opened { state, .. } => match state {
            SessionState::Open => "• open".to_owned(),
            SessionState::Closed => "= closed".to_owned(),
            SessionState::Cancelled => "x cancelled".to_owned(),
        },
        LectureState::Cancelled => "x cancelled".to_owned(),
        LectureState::Blocked { problem } => format!("! not opened: {}", voice.say(problem)),
    }
}

/// Whether this kiosk takes part in another's session.
#[must_use]
pub fn joined(is_joined: bool) -> &'static str {
    if is_joined { "joined" } else { "open" }
}

/// How much of a long list has been read.
#[must_use]
pub fn read_so_far(limit: ReadLimit, count: usize) -> String {
    if limit.is_filled_by(count) {
        format!("{count} read, more at the end")
    } else {
        grouped(count as u64)
    }
}

/// When a delivery is tried next.
#[must_use]
pub fn next_try(wait: Duration) -> String {
    if wait.is_zero() {
        "now".to_owned()
    } else {
        format!("in {}", countdown(wait))
    }
}

/// What came of trying again.
#[must_use]
pub fn retried(count: u64) -> String {
    match count {
        0 => "Nothing is owed there any more.".to_owned(),
        1 => "One delivery is tried again now.".to_owned(),
        count => format!("{} deliveries are tried again now.", grouped(count)),
    }
}

/// `4 s`, `12 min`, `3 h`, `2 days`.
fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A mark with a sign of its own, so that it is told apart without colours.
#[must_use]
pub fn mark(line: &RosterLine) -> String {
    match line.mark {
        Mark::Present => "• present".to_owned(),
        Mark::Late => format!("! late {}", line.punctuality.minutes()),
        Mark::Pending => "? pending".to_owned(),
        Mark::Absent => "- absent".to_owned(),
    }
}

/// A mark in a sentence.
#[must_use]
pub fn mark_in_full(line: &RosterLine, voice: Voice) -> String {
    let how = |word: String| match (line.at, line.channel) {
        (Some(at), Some(channel)) => format!(
            "{word} at {}, {}",
            voice.zone.hour_minute(at),
            voice.say(channel)
        ),
        _ => word,
    };
    match line.mark {
        Mark::Present => how("Present".to_owned()),
        Mark::Late => how(format!("Late by {}", minutes(line.punctuality.minutes()))),
        Mark::Pending => how("Pending".to_owned()),
        Mark::Absent => "Absent".to_owned(),
    }
}

/// A band with a sign of its own.
#[must_use]
pub fn band(band: Band) -> &'static str {
    match band {
        Band::NoneHeld => "  none",
        Band::Good => "▲ good",
        Band::Warning => "! close",
        Band::Below => "▼ below",
    }
}

/// `83.33 %  (5 of 6 held), good`.
#[must_use]
pub fn so_far(standing: &Standing) -> String {
    format!(
        "{} %  ({} of {} held)  {}",
        standing.so_far,
        standing.attended,
        standing.held,
        band(standing.band).trim()
    )
}

/// The flags of a record but for late, which has a column of its own.
#[must_use]
pub fn flags(flags: Flags) -> String {
    let others = flags.iter().filter(|flag| *flag != Flag::Late);
    others.map(short_flag).collect::<Vec<_>>().join(", ")
}

fn short_flag(flag: Flag) -> &'static str {
    match flag {
        Flag::SharedDevice => "phone",
        Flag::Burst => "burst",
        Flag::NameMismatch => "name",
        Flag::Late => "late",
        Flag::ClockUntrusted => "clock",
        Flag::AfterReopen => "reopened",
        Flag::OutsideWindows => "outside",
    }
}

/// The flags of a record in sentences.
#[must_use]
pub fn flags_in_full(flags: Flags) -> String {
    let others = flags.iter().filter(|flag| *flag != Flag::Late);
    let sentences = others.map(|flag| match flag {
        Flag::SharedDevice => "A second student from one phone.",
        Flag::Burst => "Three or more numbers typed within 15 seconds.",
        Flag::NameMismatch => "The name typed is not the roster's.",
        Flag::Late => "Late.",
        Flag::ClockUntrusted => "The kiosk's clock was not set.",
        Flag::AfterReopen => "After the session was reopened.",
        Flag::OutsideWindows => "Outside of the session's hours, once the clock was set.",
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// Below the chart of arrivals.
#[must_use]
pub fn arrivals((first, last): (String, String), most: u32, each: Duration) -> String {
    let each = match each.as_secs() / 60 {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    format!("Arrivals {first} to {last}, up to {most} in {each}")
}

/// Where a student has gone.
pub const NO_SUCH_STUDENT: &str = "There is no such student any more.";

/// What broke off, and what to look at.
#[must_use]
pub fn broke_off(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::SignIn => "The sign-in broke off. Try it again.",
        RequestKind::Refresh | RequestKind::Read => {
            "Reading broke off: what stands here may be old."
        }
        RequestKind::Open => "Reading the units broke off. Try it again.",
        RequestKind::Correction => "The correction broke off: look whether it was made.",
        RequestKind::Retry => "Trying again broke off. Deliveries go on by themselves.",
        RequestKind::Session => "That broke off: look at Sessions whether it was done.",
        RequestKind::Export => "Writing the list broke off: there is no new file.",
    }
}

/// What came of a correction.
#[must_use]
pub fn corrected(corrected: &Corrected) -> String {
    let student = &corrected.receipt.student.admission_number;
    let mark = corrected.mark.as_str();
    if !corrected.changed {
        return format!("{student}: {mark}, as before.");
    }
    let portal = if corrected.portal_by_hand {
        " The portal has it still: take it out there by hand."
    } else {
        ""
    };
    format!("{student}: {mark}.{portal}")
}

/// A session in a student's history: what counts, and why.
#[must_use]
pub fn in_history(lecture: &SessionHistory, voice: Voice) -> String {
    match lecture.reason {
        LectureReason::Cancelled => return "cancelled, counts for nobody".to_owned(),
        LectureReason::BeforeEnrolment | LectureReason::NotHeldYet => {
            return voice.say(lecture.reason);
        }
        _ => {}
    }
    match &lecture.record {
        None => "absent".to_owned(),
        Some(record) if record.mark == Mark::Absent => {
            "check-in removed, does not count".to_owned()
        }
        Some(record) => {
            let counts = if record.mark == Mark::Pending {
                ", does not count yet"
            } else {
                ""
            };
            format!(
                "{}, {} {}{counts}",
                voice.say(record),
                voice.zone.hour_minute(record.at),
                voice.say(record.channel)
            )
        }
    }
}

/// How a lecture counts, as a sign: for the student, against, not at all.
#[must_use]
pub fn counts(reason: LectureReason) -> &'static str {
    if reason.is_attended() {
        "+"
    } else if reason.is_held() {
        "-"
    } else {
        " "
    }
}

/// A correction in a student's history.
#[must_use]
pub fn in_trail(line: &AuditLine, voice: Voice) -> String {
    let reason = line.reason.as_ref();
    let reason = reason.map(|reason| format!(": {reason}"));
    format!(
        "{} {}, {} ({}){}",
        voice.zone.hour_minute(line.at),
        line.actor,
        voice.action(line),
        voice.change(&line.change),
        reason.unwrap_or_default()
    )
}
