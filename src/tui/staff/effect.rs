//! The panel "What changes": what a change would do, read again whenever something else is asked for.

use ratatui::layout::Rect;

use crate::tui::draw::{Canvas, below, top};
use crate::tui::theme::Role;
use crate::words::{EditText, StaffScreen, Voice};

/// What a change `A` would do, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Effect<A, E> {
    /// What was asked for last.
    asked: Option<A>,
    answer: Option<Result<E, String>>,
}

impl<A, E> Default for Effect<A, E> {
    fn default() -> Self {
        Self {
            asked: None,
            answer: None,
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
        self.answer = None;
        self.asked.clone()
    }

    /// Takes what was read, unless something else is asked for by now.
    pub(super) fn take(&mut self, of: &A, answer: Result<E, String>) {
        if self.asked.as_ref() == Some(of) {
            self.answer = Some(answer);
        }
    }

    /// What would be done of what is asked for.
    pub(super) fn done(&self) -> Option<&E> {
        self.answer.as_ref()?.as_ref().ok()
    }

    /// The reading broke off: the next key asks again.
    pub(super) fn broke_off(&mut self) {
        self.asked = None;
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
