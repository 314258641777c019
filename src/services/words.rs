//! The sentences that people read, in one place for the screen, the page and the API.

use crate::domain::{
    Channel, Forecast, InvalidAdmissionNumber, InvalidText, Refusal, RemoteStatus, Target, Zone,
};

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
        Refusal::InvalidName(error) => {
            Words::new("Check the name", invalid_text("The name", error.0))
        }
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
        RemoteStatus::Barred { .. } => "no access",
    }
}
