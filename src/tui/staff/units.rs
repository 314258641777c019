//! Choosing a unit: to open a session of it, or for its exam list.

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::exam::ExamPage;
use super::opening::{self, OpeningForm};
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::Unit;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, first_row, input, text_row, top};
use crate::tui::request::Purpose;
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{Key, KeyUse, MenuText, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Choose),
    (Key::Escape, KeyUse::Back),
    (Key::Letters, KeyUse::Search),
    (Key::F1, KeyUse::Help),
];

/// The units that a member of staff has charge of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitsPage {
    purpose: Purpose,
    units: Vec<Unit>,
    /// What the code or the name must contain.
    filter: TextField,
    /// The row of the filtered units that Enter takes.
    chosen: usize,
}

impl UnitsPage {
    /// All units, nothing searched for.
    #[must_use]
    pub fn new(purpose: Purpose, units: Vec<Unit>) -> Self {
        Self {
            purpose,
            units,
            filter: TextField::default(),
            chosen: 0,
        }
    }

    fn filtered(&self) -> Vec<&Unit> {
        let wanted = self.filter.text().trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let units = self.units.iter();
        units
            .filter(|unit| has(unit.code.as_str()) || has(&unit.name))
            .collect()
    }

    fn take(&self, unit: &Unit, context: &PageContext) -> PageAction {
        match self.purpose {
            Purpose::Opening => PageAction::go(OpeningForm::new(unit, context)),
            Purpose::Lists => PageAction::go(ExamPage::new(&unit.code, &unit.name, None)),
        }
    }
}

impl StaffPage for UnitsPage {
    fn frame(&self, context: &PageContext) -> Frame {
        let title = match self.purpose {
            Purpose::Opening => context.say(MenuText::Open),
            Purpose::Lists => context.say(StaffScreen::ChooseUnitForLists),
        };
        Frame::boxed(title, KEYS)
    }

    fn help(&self) -> Help {
        opening::HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let cursor = input::field(canvas, top(area, 1), &self.filter);
        let area = below(area, 1);
        let found = self.filtered();
        if found.is_empty() {
            let quiet = canvas.theme.role(Role::Quiet);
            canvas.left(top(area, 1), &context.say(StaffScreen::NoSuchUnit), quiet);
        }
        let chosen = self.chosen.min(found.len().saturating_sub(1));
        let first = first_row(chosen, found.len(), area.height);
        for (row, (index, unit)) in area.rows().zip(found.iter().enumerate().skip(first)) {
            let text = format!("{}  {}", unit.code, unit.name);
            text_row(canvas, row, &text, index == chosen);
        }
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let found = self.filtered();
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                let unit = found.get(self.chosen);
                return unit.map_or(PageAction::Stay, |unit| self.take(unit, context));
            }
            // The other keys that move do so in the search.
            Stroke::Up | Stroke::Down | Stroke::PageUp | Stroke::PageDown => {
                self.chosen = moved(stroke, self.chosen, found.len()).unwrap_or(0);
            }
            _ => {
                self.filter.edit(stroke);
                self.chosen = 0;
            }
        }
        PageAction::Stay
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(&mut self.filter)
    }
}
