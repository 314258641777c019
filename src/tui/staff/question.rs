//! What is asked before something is done: a reason, as the log wants one.

use super::Step;
use crate::domain::{Lecturer, SessionId, UnitCode};
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// A question with a line for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub subject: Subject,
    /// The answer.
    pub answer: Field,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Why a session takes check-ins again.
    Reopen(SessionId, UnitCode),
    /// Why a session counts for nobody.
    Cancel(SessionId, UnitCode),
}

impl Question {
    /// Asks.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            answer: Field::default(),
        }
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> Step {
        match stroke {
            Stroke::Escape => Step::Home,
            Stroke::Enter if self.answer.is_blank() => Step::Say(words::REASON_NEEDED.to_owned()),
            Stroke::Enter => {
                let reason = self.answer.text().trim().to_owned();
                let lecturer = lecturer.clone();
                Step::Await(match self.subject {
                    Subject::Reopen(id, _) => Effect::ReopenSession(id, reason, lecturer),
                    Subject::Cancel(id, _) => Effect::CancelSession(id, reason, lecturer),
                })
            }
            _ => {
                self.answer.edit(stroke);
                Step::Stay
            }
        }
    }
}
