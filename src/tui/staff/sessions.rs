//! The sessions of today and before: look at one, extend, reopen or cancel it, and take its lists.

use super::reading::Reading;
use super::walk::{Extent, walked};
use super::{BoardPage, ListForm, Page, PageAction, Question, Subject};
use crate::domain::{Lecturer, Session, SessionState};
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// The latest sessions of a lecturer's units, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionList {
    /// Those that were read; `None` until they are.
    pub sessions: Option<Vec<Session>>,
    /// Which one keys are about.
    pub chosen: usize,
    /// How many are read.
    pub extent: Extent,
    pub(super) reading: Reading,
}

impl SessionList {
    pub(super) fn refresh(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted();
        wanted.then(|| Effect::ListSessions(lecturer.clone(), self.extent))
    }

    pub(super) fn answered(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then(|| Effect::ListSessions(lecturer.clone(), self.extent))
    }

    /// Shows what was read. The choice stays with the session, not with its row.
    pub(super) fn show(&mut self, sessions: Vec<Session>) {
        let before = self.session().map(|session| session.id);
        let mut ids = sessions.iter().map(|session| session.id);
        let same = before.and_then(|before| ids.position(|id| id == before));
        self.chosen = same
            .unwrap_or(self.chosen)
            .min(sessions.len().saturating_sub(1));
        self.sessions = Some(sessions);
    }

    fn session(&self) -> Option<&Session> {
        self.sessions.as_ref()?.get(self.chosen)
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let count = self.sessions.as_ref().map_or(0, Vec::len);
        if let Some(to) = walked(stroke, self.chosen, count) {
            self.chosen = to;
            let more = self.extent.follows(to, count);
            let effect = more.then(|| self.refresh(lecturer)).flatten();
            return effect.map_or(PageAction::Stay, PageAction::Read);
        }
        if stroke == Stroke::Escape {
            return PageAction::Back;
        }
        self.session()
            .map_or(PageAction::Stay, |session| command(stroke, session))
    }
}

fn command(stroke: Stroke, session: &Session) -> PageAction {
    let code = session.unit_code.clone();
    let is_open = session.state == SessionState::Open;
    let ask = |subject| PageAction::Ask(Question::new(subject));
    let say = |sentence: &str| PageAction::Say(sentence.to_owned());
    match stroke {
        Stroke::Enter => PageAction::Go(Page::Board(Box::new(BoardPage::new(session.id)))),
        Stroke::Character('x' | 'X') => {
            PageAction::Go(Page::Lists(Box::new(ListForm::of_session(session))))
        }
        Stroke::Character('e' | 'E') if is_open => ask(Subject::Extend(session.id, code)),
        Stroke::Character('e' | 'E') => say(words::NOT_OPEN),
        Stroke::Character('r' | 'R') if is_open => say(words::OPEN_ALREADY),
        Stroke::Character('r' | 'R') => ask(Subject::Reopen(session.id, code)),
        Stroke::Character('c' | 'C') if session.state == SessionState::Cancelled => {
            say(words::CANCELLED_ALREADY)
        }
        Stroke::Character('c' | 'C') => ask(Subject::Cancel(session.id, code)),
        _ => PageAction::Stay,
    }
}
