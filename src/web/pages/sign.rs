//! The large sign above an outcome. Its shape says the same as its colour and its words.

use maud::{Markup, html};

/// What kind of answer a page gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is done: a tick.
    Done,
    /// It is done, and somebody has yet to look at it: a clock.
    Waiting,
    /// Something to do first: an exclamation mark.
    Attention,
    /// It cannot be done: a cross.
    Stopped,
}

impl Sign {
    /// The class that sets the colours of everything inside.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Done => "calm",
            Self::Waiting | Self::Attention => "amber",
            Self::Stopped => "red",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Done => "M24 41l11 11 21-25",
            Self::Waiting => "M40 24v17l11 7",
            Self::Attention => "M40 22v22M40 56v.5",
            Self::Stopped => "M28 28l24 24M52 28L28 52",
        }
    }
}

/// The sign, hidden from screen readers: the heading under it says the same.
pub fn sign(sign: Sign) -> Markup {
    html! {
        svg.sign viewBox="0 0 80 80" aria-hidden="true" focusable="false" {
            circle.disc cx="40" cy="40" r="38" {}
            path d=(sign.path()) {}
        }
    }
}

/// The small mark before an error beside its field.
pub fn error_mark() -> Markup {
    html! {
        svg viewBox="8 8 64 64" aria-hidden="true" focusable="false" {
            path d="M40 14L70 66H10ZM40 34v14M40 57v.5" {}
        }
    }
}
