//! Excusing a student: why, and for this lecture alone or until a day.
//!
//! ```text
//! > 1 • sick
//!   2   official duty
//!   3   family
//!   4   religious
//!   5   other
//!   Until   [              ]
//! ```

use chrono::NaiveDate;
use ratatui::layout::{Position, Rect};

use super::page::{PageAction, PageContext, StaffPage};
use super::question::read_day;
use crate::domain::{AdmissionNumber, ExcuseCategory, Excused, Session};
use crate::services::ExcuseOrder;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, first_row, input, row_style, shifted, top};
use crate::tui::request::StaffRequest;
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Message, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Excuse),
    (Key::Escape, KeyUse::Back),
    (Key::Tab, KeyUse::OtherField),
    (Key::F1, KeyUse::Help),
    (Key::Digit, KeyUse::Choose),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpExcuse),
    &[
        (Key::Digit, KeyHelp::ExcuseCategory),
        (Key::Tab, KeyHelp::ExcuseUntil),
        (Key::Enter, KeyHelp::ExcuseGive),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// In the order of their digits.
const CATEGORIES: [ExcuseCategory; 5] = [
    ExcuseCategory::Medical,
    ExcuseCategory::Official,
    ExcuseCategory::Family,
    ExcuseCategory::Religious,
    ExcuseCategory::Other,
];

/// The columns of the label.
const LABEL: u16 = 8;

/// The most columns of a date's field.
const FIELD: u16 = 16;

/// An excuse, as it is chosen and typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcuseForm {
    session: Session,
    number: AdmissionNumber,
    /// The day of the lecture.
    day: NaiveDate,
    /// The row of the category.
    category: usize,
    /// The last day; blank for this lecture alone.
    until: TextField,
    /// Whether keys go to the last day.
    in_until: bool,
}

impl ExcuseForm {
    /// An excuse from a lecture.
    #[must_use]
    pub fn new(session: &Session, number: AdmissionNumber, context: &PageContext) -> Self {
        Self {
            day: session.date(context.site.voice.zone),
            session: session.clone(),
            number,
            category: 0,
            until: TextField::default(),
            in_until: false,
        }
    }

    /// What is asked for.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the last day.
    fn order(&self, voice: Voice) -> Result<ExcuseOrder, String> {
        let (unit, covers) = if self.until.is_blank() {
            (None, Excused::Lecture(self.session.id))
        } else {
            let last = read_day(self.until.text(), voice)?;
            if last < self.day {
                return Err(voice.say(StaffScreen::ExcuseTooEarly));
            }
            let unit = self.session.unit_code.clone();
            (Some(unit), Excused::Days(self.day, last))
        };
        Ok(ExcuseOrder {
            student: self.number.clone(),
            unit,
            covers,
            category: CATEGORIES[self.category],
        })
    }

    fn row(&self) -> usize {
        if self.in_until {
            CATEGORIES.len()
        } else {
            self.category
        }
    }

    fn go_to(&mut self, row: usize) {
        self.in_until = row >= CATEGORIES.len();
        if !self.in_until {
            self.category = row;
        }
    }
}

impl StaffPage for ExcuseForm {
    fn frame(&self, context: &PageContext) -> Frame {
        let number = self.number.to_string();
        Frame::boxed(context.say(StaffScreen::ExcuseTitle { number }), KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let quiet = canvas.theme.role(Role::Quiet);
        let rows = CATEGORIES.len() + 1;
        let first = first_row(self.row(), rows, area.height);
        let mut cursor = None;
        let mut rest = area;
        for index in first..rows {
            let row = top(rest, 1);
            if row.is_empty() {
                break;
            }
            let style = row_style(canvas, row, index == self.row());
            let inside = shifted(row, 2);
            if let Some(category) = CATEGORIES.get(index) {
                // The category stays marked while the last day is typed.
                let sign = if index == self.category { "•" } else { " " };
                let text = format!("{} {sign} {}", index + 1, context.say(*category));
                canvas.left(inside, &text, style);
            } else {
                canvas.left(inside, &context.say(StaffScreen::ExcuseUntil), style);
                let place = shifted(inside, LABEL);
                let place = Rect {
                    width: place.width.min(FIELD),
                    ..place
                };
                let typed = input::field(canvas, place, &self.until);
                cursor = typed.filter(|_| self.in_until);
            }
            rest = below(rest, 1);
        }
        canvas.wrapped(
            shifted(rest, 2),
            &context.say(StaffScreen::ExcuseHint),
            quiet,
        );
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let last = CATEGORIES.len();
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return match self.order(context.site.voice) {
                    Ok(order) => PageAction::Request(StaffRequest::Excuse(Box::new(order))),
                    Err(problem) => PageAction::Say(problem),
                };
            }
            Stroke::Tab | Stroke::BackTab => self.in_until = !self.in_until,
            Stroke::Up => self.go_to(self.row().saturating_sub(1)),
            Stroke::Down => self.go_to((self.row() + 1).min(last)),
            _ if self.in_until => self.until.edit(stroke),
            Stroke::Character(digit) => {
                let digit = digit
                    .to_digit(10)
                    .and_then(|digit| usize::try_from(digit).ok());
                if let Some(row) = digit.and_then(|digit| digit.checked_sub(1))
                    && row < last
                {
                    self.category = row;
                }
            }
            _ => {}
        }
        PageAction::Stay
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        self.in_until.then_some(&mut self.until)
    }
}
