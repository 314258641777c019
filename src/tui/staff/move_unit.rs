//! Moving a lecture to the unit that it is really of, with its records.
//!
//! ```text
//! Unit       cs10
//!            CS101  Programming I
//!            CS103  Discrete Structures
//!
//! What changes
//! 40 records go from CS102 to CS101, with their times.
//!
//! Reason     opened by mistake
//! ```

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::chosen_lecture::ChosenLecture;
use super::effect::Effect;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{EditEffect, SessionEdit, Unit};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, first_row, input, shifted, text_row, top};
use crate::tui::request::{Purpose, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{
    EditText, Key, KeyHelp, KeyUse, Label, Message, QuestionText, StaffScreen, Voice,
};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Move),
    (Key::Escape, KeyUse::Back),
    (Key::Letters, KeyUse::OtherUnit),
    (Key::Tab, KeyUse::Reason),
    (Key::F1, KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpMove),
    &[
        (Key::Letters, KeyHelp::EditUnit),
        (Key::Tab, KeyHelp::EditReason),
        (Key::Enter, KeyHelp::EditMove),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 12;
/// Units that are listed at a time.
const LISTED: u16 = 5;

/// Another unit for a lecture, as it is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovePage {
    lecture: ChosenLecture,
    /// The units that the member of staff has charge of; `None` until they are read.
    units: Option<Vec<Unit>>,
    /// Whether they were asked for.
    asked: bool,
    filter: TextField,
    /// The row of the filtered units.
    chosen: usize,
    reason: TextField,
    /// Whether keys go to the reason.
    in_reason: bool,
    effect: Effect<SessionEdit, EditEffect>,
}

impl MovePage {
    pub(super) fn new(lecture: ChosenLecture) -> Self {
        Self {
            lecture,
            units: None,
            asked: false,
            filter: TextField::default(),
            chosen: 0,
            reason: TextField::default(),
            in_reason: false,
            effect: Effect::default(),
        }
    }

    fn filtered(&self) -> Vec<&Unit> {
        let wanted = self.filter.text().trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let units = self.units.iter().flatten();
        units
            .filter(|unit| unit.code != self.lecture.unit && !unit.retired)
            .filter(|unit| has(unit.code.as_str()) || has(&unit.name))
            .collect()
    }

    fn edit(&self) -> Option<SessionEdit> {
        let unit = self.filtered().get(self.chosen)?.code.clone();
        Some(SessionEdit {
            unit: Some(unit),
            ..SessionEdit::default()
        })
    }
}

impl StaffPage for MovePage {
    fn frame(&self, context: &PageContext) -> Frame {
        let voice = context.site.voice;
        let title = voice.say(EditText::ToAnotherUnit {
            unit: self.lecture.unit.to_string(),
            start: self.lecture.starts_at,
        });
        Frame::step(title, voice.date(self.lecture.starts_at), KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let roles = [Role::Text, Role::Strong, Role::Quiet];
        let [text, strong, quiet] = roles.map(|role| canvas.theme.role(role));
        let voice = context.site.voice;
        let style = |is_here| if is_here { strong } else { text };
        let row = top(below(area, 1), 1);
        canvas.left(row, &voice.say(Label::Unit), style(!self.in_reason));
        let in_unit = input::field(canvas, shifted(row, LABEL), &self.filter);
        let list = shifted(top(below(area, 2), LISTED), LABEL);
        let found = self.filtered();
        if found.is_empty() {
            let why = match self.units {
                None => StaffScreen::Reading,
                Some(_) => StaffScreen::NoSuchUnit,
            };
            canvas.left(top(list, 1), &voice.say(why), quiet);
        }
        let first = first_row(self.chosen, found.len(), list.height);
        for (row, (index, unit)) in list.rows().zip(found.iter().enumerate().skip(first)) {
            let line = format!("{}  {}", unit.code, unit.name);
            text_row(canvas, row, &line, index == self.chosen);
        }
        let mut rest = below(area, 3 + LISTED);
        if !found.is_empty() {
            let used = self.effect.draw(canvas, rest, voice, Voice::effect);
            rest = below(rest, used + 1);
        }
        let row = top(rest, 1);
        canvas.left(row, &voice.say(Label::Reason), style(self.in_reason));
        let in_reason = input::field(canvas, shifted(row, LABEL), &self.reason);
        if self.in_reason { in_reason } else { in_unit }
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Tab | Stroke::BackTab => self.in_reason = !self.in_reason,
            Stroke::Enter => {
                let Some(edit) = self.edit() else {
                    return PageAction::Stay;
                };
                if self.reason.is_blank() {
                    self.in_reason = true;
                    return PageAction::Say(context.say(QuestionText::ReasonEmpty));
                }
                let reason = self.reason.text().trim().to_owned();
                let request = self.lecture.edited(&edit);
                return self.effect.keep(&edit, reason, request);
            }
            Stroke::Up | Stroke::Down | Stroke::PageUp | Stroke::PageDown => {
                let count = self.filtered().len();
                self.chosen = moved(stroke, self.chosen, count).unwrap_or(0);
            }
            _ if self.in_reason => self.reason.edit(stroke),
            _ => {
                self.filter.edit(stroke);
                self.chosen = 0;
            }
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        match answer {
            StaffAnswer::Units(_, Ok(units)) => {
                self.units = Some(units);
                let request = self.read_more();
                Some(request.map_or(PageAction::Stay, PageAction::Request))
            }
            StaffAnswer::Units(_, Err(problem)) => Some(PageAction::Say(problem)),
            StaffAnswer::EditEffect(of, effect) => {
                let waited = self.effect.take(&of, effect.map(|effect| *effect));
                Some(waited.map_or(PageAction::Stay, |reason| {
                    self.effect.keep(&of, reason, self.lecture.edited(&of))
                }))
            }
            _ => None,
        }
    }

    fn broke_off(&mut self, _: &str) {
        self.effect.broke_off();
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        if !std::mem::replace(&mut self.asked, true) {
            return Some(StaffRequest::ListUnits(Purpose::Opening));
        }
        let edit = self.edit()?;
        let edit = self.effect.read(&edit)?;
        Some(StaffRequest::PreviewEdit(self.lecture.id, Box::new(edit)))
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(if self.in_reason {
            &mut self.reason
        } else {
            &mut self.filter
        })
    }
}
