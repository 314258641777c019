//! Merging a number into the student whose it is, with its records in every unit.
//!
//! ```text
//! Merge      ADM/2026/O41  (no name)
//!
//! into       ADM/2026/041            Naomi Muthoni
//!
//! What changes
//! 2 records count for ADM/2026/041 Naomi Muthoni: Mon 16 Nov 2026 09:04, Mon 23 Nov 2026 09:02.
//! CS101: 4 of 6 lectures becomes 6 of 7.
//! ```

use ratatui::layout::{Position, Rect};

use super::effect::Effect;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{AdmissionNumber, NumberChange, NumberEffect, NumberOrder, PersonName};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Message, NumberText, QuestionText, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Merge),
    (Key::Escape, KeyUse::Back),
    (Key::F1, KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpMerge),
    &[
        (Key::AdmissionNumber, KeyHelp::MergeNumber),
        (Key::Enter, KeyHelp::MergeEnter),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 11;

/// The columns of the number that is typed.
const NUMBER: u16 = 24;

/// A number, and the one that is typed in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePage {
    number: AdmissionNumber,
    name: Option<PersonName>,
    into: TextField,
    effect: Effect<NumberOrder, NumberEffect>,
}

impl MergePage {
    pub(super) fn new(number: AdmissionNumber, name: Option<PersonName>) -> Self {
        Self {
            number,
            name,
            into: TextField::default(),
            effect: Effect::default(),
        }
    }

    fn order(&self) -> Option<NumberOrder> {
        let into = AdmissionNumber::parse(self.into.text()).ok()?;
        Some(NumberOrder {
            number: self.number.clone(),
            change: NumberChange::Merge { into },
            reason: None,
        })
    }

    fn keep(&mut self, order: &NumberOrder, reason: String) -> PageAction {
        let change = Box::new(order.clone());
        self.effect
            .keep(order, reason, |_, _| StaffRequest::ChangeNumber(change))
    }
}

impl StaffPage for MergePage {
    fn frame(&self, context: &PageContext) -> Frame {
        let number = self.number.to_string();
        Frame::step(context.say(NumberText::MergeOf { number }), "", KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let roles = [Role::Text, Role::Strong, Role::Quiet];
        let [text, strong, quiet] = roles.map(|role| canvas.theme.role(role));
        let voice = context.site.voice;
        let row = top(below(area, 1), 1);
        canvas.left(row, &voice.say(NumberText::Merge), text);
        let name = self.name.as_ref();
        let name = name.map_or_else(|| voice.say(NumberText::NoName), ToString::to_string);
        canvas.left(
            shifted(row, LABEL),
            &format!("{}  {name}", self.number),
            text,
        );
        let row = top(below(area, 3), 1);
        canvas.left(row, &voice.say(NumberText::Into), strong);
        let place = shifted(row, LABEL);
        let place = Rect {
            width: place.width.min(NUMBER),
            ..place
        };
        let cursor = input::field(canvas, place, &self.into);
        let found = self.effect.done().and_then(|effect| effect.right.as_ref());
        if let Some(name) = found.and_then(|right| right.name.as_ref()) {
            canvas.left(shifted(row, LABEL + NUMBER + 1), name.as_str(), quiet);
        }
        if self.order().is_some() {
            self.effect
                .draw(canvas, below(area, 5), voice, Voice::number_effect);
        }
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return match self.order() {
                    None => PageAction::Say(context.say(QuestionText::MergeEmpty)),
                    Some(order) => self.keep(&order, String::new()),
                };
            }
            _ => self.into.edit(stroke),
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        let StaffAnswer::NumberEffect(of, effect) = answer else {
            return None;
        };
        let waited = self.effect.take(&of, effect.map(|effect| *effect));
        Some(waited.map_or(PageAction::Stay, |reason| self.keep(&of, reason)))
    }

    fn broke_off(&mut self, _: &str) {
        self.effect.broke_off();
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        let order = self.effect.read(&self.order()?)?;
        Some(StaffRequest::PreviewNumber(Box::new(order)))
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(&mut self.into)
    }
}
