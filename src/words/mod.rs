//! What people read: one catalogue for the screen, the pages, the API and the shell.
//!
//! Rules and services answer with values. A door turns a value into text at the last moment: it asks its
//! [`Voice`] to [`say`](Voice::say) a [`Message`], or to [`explain`](Voice::explain) a [`Why`]. Both are
//! closed enums, and each language is one set of files with one line for every case, so the compiler finds a
//! line that is missing or twice, and an argument that is unused or unknown.
//!
//! Nothing here knows a key, a page or a request. `Display` of an error is for the log, never for people.

mod effect;
mod en;
mod messages;
mod result;
mod staff_pages;
mod staff_screen;
mod values;

pub use messages::*;
pub use result::{CheckInResult, RecordJson, RefusalJson};
pub use staff_pages::*;
pub use staff_screen::*;
pub use values::countdown;

use crate::domain::{Timestamp, Zone};

/// A language that people can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// The texts of `en.rs`.
    #[default]
    English,
    /// English in Cyrillic letters, one for each: a Latin word in a text did not come from the catalogue, wherever
    /// the text was cut or wrapped.
    #[cfg(test)]
    Pseudo,
}

impl Language {
    /// The language for `lang` attributes.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            #[cfg(test)]
            Self::Pseudo => "qps",
        }
    }
}

/// The language and zone of the texts for one person. The web layer makes it for each request; the screen keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// The language of every text.
    pub language: Language,
    /// The zone of every time and date.
    pub zone: Zone,
}

/// What happened, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, in a few words without a full stop.
    pub title: String,
    /// What to do, in sentences.
    pub advice: String,
}

impl Explanation {
    /// Both in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}. {}", self.title, self.advice)
    }
}

impl Voice {
    /// English texts, with the times of a zone.
    #[must_use]
    pub fn english(zone: Zone) -> Self {
        Self {
            language: Language::English,
            zone,
        }
    }

    /// The text of a message.
    #[must_use]
    pub fn say<'a>(self, message: impl Into<Message<'a>>) -> String {
        let message = message.into();
        match self.language {
            Language::English => en::say(self, &message),
            #[cfg(test)]
            Language::Pseudo => pseudo(&en::say(Self::english(self.zone), &message)),
        }
    }

    /// Why something was not done, and what to do.
    #[must_use]
    pub fn explain<'a>(self, why: impl Into<Why<'a>>) -> Explanation {
        let why = why.into();
        match self.language {
            Language::English => en::explain(self, &why),
            #[cfg(test)]
            Language::Pseudo => {
                let Explanation { title, advice } = en::explain(Self::english(self.zone), &why);
                Explanation {
                    title: pseudo(&title),
                    advice: pseudo(&advice),
                }
            }
        }
    }

    /// A time of day, such as `09:05`.
    #[must_use]
    pub fn time(self, at: Timestamp) -> String {
        self.zone.hour_minute(at)
    }

    /// A time of day, with its date where that is not the one of `other`.
    pub(super) fn moment(self, at: Timestamp, other: Timestamp) -> String {
        if self.zone.date(at) == self.zone.date(other) {
            self.time(at)
        } else {
            format!("{} {}", self.date(at), self.time(at))
        }
    }

    /// A date, such as `Sun 22 Nov 2026`.
    #[must_use]
    pub fn date(self, at: Timestamp) -> String {
        self.say(self.zone.date(at))
    }
}

/// Each Latin letter as a Cyrillic one of the same width.
#[cfg(test)]
fn pseudo(text: &str) -> String {
    let letter = |first: char, from: char, c: char| {
        char::from_u32(first as u32 + c as u32 - from as u32).unwrap_or(c)
    };
    let letters = text.chars().map(|c| match c {
        'a'..='z' => letter('а', 'a', c),
        'A'..='Z' => letter('А', 'A', c),
        _ => c,
    });
    letters.collect()
}

/// The words of Latin letters in a text: with [`Language::Pseudo`], those that did not come from the catalogue.
#[cfg(test)]
pub fn latin_words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() >= 2)
}

/// The texts of an enum: a line for each case, its arguments by name.
macro_rules! words {
    ($message:expr; $($case:pat => $text:literal $(, $name:ident = $value:expr)*;)+) => {
        match $message { $($case => format!($text $(, $name = $value)*),)+ }
    };
}

/// The same with two texts each: what happened, and what to do.
macro_rules! explanations {
    ($why:expr; $($case:pat => $title:literal, $advice:literal $(, $name:ident = $value:expr)*;)+) => {
        match $why {
            $($case => Explanation {
                title: format!($title),
                advice: format!($advice $(, $name = $value)*),
            },)+
        }
    };
}

use {explanations, words};
