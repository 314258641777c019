//! The panel "What changes": what a change would do, read again whenever something else is asked for.

use ratatui::layout::Rect;

use super::page::PageAction;
use crate::tui::draw::{Canvas, below, top};
use crate::tui::request::StaffRequest;
use crate::tui::theme::Role;
use crate::words::{EditText, StaffScreen, Voice};

/// What a change `A` would do, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Effect<A, E> {
    /// What was asked for last.
    asked: Option<A>,
    answer: Option<Result<E, String>>,
    /// The reason of a change that was confirmed before its effect was read.
    waits: Option<String>,
}

impl<A, E> Default for Effect<A, E> {
    fn default() -> Self {
        Self {
            asked: None,
            answer: None,
            waits: None,
        }
    }
}

impl<A: Clone + PartialEq, E> Effect<A, E> {
    /// What is to be read, unless it was asked for.
    pub(super) fn read(&mut self, wanted: &A) -> Option<A> {
        if self.asked.as_ref() == Some(wanted) {
            return None;
        }
        self.asked = Some(wanted.clone());
        (self.answer, self.waits) = (None, None);
        self.asked.clone()
    }

    /// Takes what was read, unless something else is asked for by now; the reason of the change that waited for it.
    pub(super) fn take(&mut self, of: &A, answer: Result<E, String>) -> Option<String> {
        if self.asked.as_ref() != Some(of) {
            return None;
        }
        self.answer = Some(answer);
        self.waits.take()
    }

    /// Keeps a change as its effect was read. Where the kiosk is still reading it, the change waits for it.
    pub(super) fn keep(
        &mut self,
        wanted: &A,
        reason: String,
        request: impl FnOnce(&E, String) -> StaffRequest,
    ) -> PageAction {
        if self.asked.as_ref() != Some(wanted) {
            return PageAction::Stay;
        }
        match &self.answer {
            None => {
                self.waits = Some(reason);
                PageAction::Stay
            }
            Some(Err(problem)) => PageAction::Say(problem.clone()),
            Some(Ok(effect)) => {
                // Where it was changed meanwhile, the next key reads again.
                self.asked = None;
                PageAction::Request(request(effect, reason))
            }
        }
    }

    /// What would be done of what is asked for.
    pub(super) fn done(&self) -> Option<&E> {
        self.answer.as_ref()?.as_ref().ok()
    }

    /// The reading broke off: the next key asks again.
    pub(super) fn broke_off(&mut self) {
        (self.asked, self.waits) = (None, None);
    }

    /// Draws what changes, in these lines; returns the rows used.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        voice: Voice,
        lines: impl Fn(Voice, &E) -> Vec<String>,
    ) -> u16 {
        let roles = [Role::Strong, Role::Text, Role::Quiet, Role::Warning];
        let [strong, text, quiet, warning] = roles.map(|role| canvas.theme.role(role));
        canvas.left(top(area, 1), &voice.say(EditText::Title), strong);
        let area = below(area, 1);
        match &self.answer {
            None => {
                canvas.left(top(area, 1), &voice.say(StaffScreen::Reading), quiet);
                2
            }
            Some(Err(problem)) => 1 + canvas.wrapped(area, problem, warning),
            Some(Ok(effect)) => {
                let mut used = 0;
                for line in lines(voice, effect) {
                    let style = if line.starts_with('!') { warning } else { text };
                    used += canvas.wrapped(below(area, used), &line, style);
                }
                1 + used
            }
        }
    }
}
