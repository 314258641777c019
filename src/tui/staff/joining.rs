//! The open sessions of other kiosks, and taking part in one (feature E5).

use super::PageAction;
use super::walk::walked;
use crate::domain::Lecturer;
use crate::services::RemoteSession;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// What other kiosks have open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinPage {
    /// What is known of them.
    pub found: Found,
    /// Which one Enter joins.
    pub chosen: usize,
}

/// What is known of other kiosks' sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Found {
    /// Nothing yet: the network is being asked. Keys go on meanwhile.
    #[default]
    Asking,
    /// These are open.
    Sessions(Vec<RemoteSession>),
    /// Nobody can be asked; a sentence says why.
    Nobody(String),
}

impl JoinPage {
    pub(super) fn ask(lecturer: &Lecturer) -> Effect {
        Effect::ListNeighbours(lecturer.clone())
    }

    pub(super) fn show(&mut self, sessions: Result<Vec<RemoteSession>, String>) {
        self.found = match sessions {
            Ok(sessions) => Found::Sessions(sessions),
            Err(problem) => Found::Nobody(problem),
        };
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let sessions = match &self.found {
            Found::Sessions(sessions) => &sessions[..],
            Found::Asking | Found::Nobody(_) => &[],
        };
        if let Some(to) = walked(stroke, self.chosen, sessions.len()) {
            self.chosen = to;
            return PageAction::Stay;
        }
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter | Stroke::Character('j' | 'J') => {
                let chosen = self.chosen.min(sessions.len().saturating_sub(1));
                match sessions.get(chosen) {
                    Some(remote) if remote.is_joined => {
                        PageAction::Say(words::JOINED_ALREADY.to_owned())
                    }
                    Some(remote) => {
                        PageAction::Await(Effect::JoinSession(remote.session.id, lecturer.clone()))
                    }
                    None => PageAction::Stay,
                }
            }
            // One question at a time.
            Stroke::Character('r' | 'R') if self.found != Found::Asking => {
                self.found = Found::Asking;
                PageAction::Read(Self::ask(lecturer))
            }
            _ => PageAction::Stay,
        }
    }
}
