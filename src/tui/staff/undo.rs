//! Undoing the last change of a lecture's start, end, room or unit, with what that changes.
//!
//! ```text
//! What changes
//! It begins at 09:00, was 08:45.
//! Turn late: 0. Turn on time: 31.
//! ```

use ratatui::layout::{Position, Rect};

use super::chosen_lecture::ChosenLecture;
use super::effect::Effect;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::EditEffect;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::words::{EditText, Key, KeyHelp, KeyUse, Message, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Undo),
    (Key::Escape, KeyUse::Back),
    (Key::F1, KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpUndo),
    &[
        (Key::Enter, KeyHelp::EditUndo),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// The last change of a lecture, before it is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoPage {
    lecture: ChosenLecture,
    effect: Effect<(), EditEffect>,
}

impl UndoPage {
    pub(super) fn new(lecture: ChosenLecture) -> Self {
        Self {
            lecture,
            effect: Effect::default(),
        }
    }

    fn keep(&mut self) -> PageAction {
        let id = self.lecture.id;
        self.effect.keep(&(), String::new(), |effect, _| {
            StaffRequest::UndoEdit(id, effect.seen)
        })
    }
}

impl StaffPage for UndoPage {
    fn frame(&self, context: &PageContext) -> Frame {
        let voice = context.site.voice;
        let title = voice.say(EditText::UndoOf {
            unit: self.lecture.unit.to_string(),
            start: self.lecture.starts_at,
        });
        Frame::step(title, voice.date(self.lecture.starts_at), KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let voice = context.site.voice;
        self.effect
            .draw(canvas, below(area, 1), voice, Voice::effect);
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter => self.keep(),
            _ => PageAction::Stay,
        }
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        let StaffAnswer::UndoEffect(of, effect) = answer else {
            return None;
        };
        if of != self.lecture.id {
            return Some(PageAction::Stay);
        }
        let waited = self.effect.take(&(), effect.map(|effect| *effect));
        Some(waited.map_or(PageAction::Stay, |_| self.keep()))
    }

    fn broke_off(&mut self, _: &str) {
        self.effect.broke_off();
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        self.effect.read(&())?;
        Some(StaffRequest::PreviewUndo(self.lecture.id))
    }
}
