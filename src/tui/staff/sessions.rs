//! The sessions of today and before: look at one, reopen it, cancel it.

use super::{BoardPage, Page, Question, Step, Subject};
use crate::domain::{Lecturer, Session, SessionState};
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// The latest sessions of a lecturer's units, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionList {
    /// All of them.
    pub sessions: Vec<Session>,
    /// Which one keys are about.
    pub chosen: usize,
}

/// Rows that the page keys move by.
const PAGE: usize = 10;

impl SessionList {
    /// The list, with its newest session chosen.
    #[must_use]
    pub fn new(sessions: Vec<Session>) -> Self {
        Self {
            sessions,
            chosen: 0,
        }
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> Step {
        let lowest = self.sessions.len().saturating_sub(1);
        let at = self.chosen.min(lowest);
        let session = self.sessions.get(at);
        match stroke {
            Stroke::Escape => return Step::Home,
            Stroke::Up => self.chosen = at.saturating_sub(1),
            Stroke::Down => self.chosen = (at + 1).min(lowest),
            Stroke::PageUp => self.chosen = at.saturating_sub(PAGE),
            Stroke::PageDown => self.chosen = (at + PAGE).min(lowest),
            Stroke::Home => self.chosen = 0,
            Stroke::End => self.chosen = lowest,
            Stroke::Enter => {
                return session.map_or(Step::Stay, |session| {
                    Step::Go(Page::Board(Box::new(BoardPage::new(session.id))))
                });
            }
            Stroke::Character('e' | 'E') => {
                return session.map_or(Step::Stay, |session| {
                    if session.state == SessionState::Open {
                        Step::Await(Effect::ExtendSession(session.id, lecturer.clone()))
                    } else {
                        Step::Say(words::NOT_OPEN.to_owned())
                    }
                });
            }
            Stroke::Character('r' | 'R') => {
                return session.map_or(Step::Stay, |session| {
                    if session.state == SessionState::Open {
                        Step::Say(words::OPEN_ALREADY.to_owned())
                    } else {
                        let code = session.unit_code.clone();
                        Step::Ask(Question::new(Subject::Reopen(session.id, code)))
                    }
                });
            }
            Stroke::Character('c' | 'C') => {
                return session.map_or(Step::Stay, |session| {
                    if session.state == SessionState::Cancelled {
                        Step::Say(words::CANCELLED_ALREADY.to_owned())
                    } else {
                        let code = session.unit_code.clone();
                        Step::Ask(Question::new(Subject::Cancel(session.id, code)))
                    }
                });
            }
            _ => {}
        }
        Step::Stay
    }
}
