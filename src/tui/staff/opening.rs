//! Opening a session: what is filled in already can be changed.
//!
//! ```text
//! Start      09:05
//! Minutes    120
//! Venue      Room 101
//! Semester   1
//! ```

use ratatui::layout::{Position, Rect};

use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{Unit, UnitCode};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{OpeningTexts, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Label, Message, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Open),
    (Key::Escape, KeyUse::Back),
    (Key::Tab, KeyUse::NextField),
    (Key::F1, KeyUse::Help),
    (Key::CtrlZ, KeyUse::OldValue),
];

/// Also for the list of units that comes before.
pub(super) const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpOpening),
    &[
        (Key::Letters, KeyHelp::OpeningSearch),
        (Key::Enter, KeyHelp::OpeningEnter),
        (Key::Tab, KeyHelp::OpeningTab),
        (Key::CtrlZ, KeyHelp::OldValue),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 11;

/// A new session, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningForm {
    code: UnitCode,
    name: String,
    /// The time that was filled in when the form opened.
    offered_start: String,
    /// In the order of [`OpeningField::ALL`].
    fields: [TextField; 4],
    /// The field that keys go to.
    at: OpeningField,
    /// Whether Enter was pressed once while another lecture was open.
    confirming: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpeningField {
    Start,
    Minutes,
    Venue,
    Semester,
}

impl OpeningField {
    const ALL: [Self; 4] = [Self::Start, Self::Minutes, Self::Venue, Self::Semester];

    fn label(self) -> Label {
        match self {
            Self::Start => Label::Start,
            Self::Minutes => Label::Minutes,
            Self::Venue => Label::Venue,
            Self::Semester => Label::Semester,
        }
    }
}

impl OpeningForm {
    pub(super) fn new(unit: &Unit, context: &PageContext) -> Self {
        let site = context.site;
        let minutes = site.session_lasts.as_secs() / 60;
        let offered_start = site.voice.zone.hour_minute(context.now);
        Self {
            code: unit.code.clone(),
            name: unit.name.clone(),
            fields: [
                TextField::holding(&offered_start),
                TextField::holding(&minutes.to_string()),
                TextField::holding(site.venue.as_str()),
                TextField::holding(site.semester.as_str()),
            ],
            at: OpeningField::Start,
            confirming: false,
            offered_start,
        }
    }

    /// The start as typed; blank, which is now, where it is as offered. A session that begins "now" has its
    /// times corrected when the clock is synchronised, and begins now even when Enter comes after midnight.
    fn start(&self) -> String {
        let typed = self.fields[OpeningField::Start as usize].text().trim();
        let is_as_offered = typed == self.offered_start;
        if is_as_offered { "" } else { typed }.to_owned()
    }

    fn field(&mut self) -> &mut TextField {
        &mut self.fields[self.at as usize]
    }

    fn texts(&self) -> OpeningTexts {
        let [_, minutes, venue, semester] =
            self.fields.each_ref().map(|field| field.text().to_owned());
        OpeningTexts {
            unit: self.code.clone(),
            start: self.start(),
            minutes,
            venue,
            semester,
        }
    }
}

impl StaffPage for OpeningForm {
    fn frame(&self, _: &PageContext) -> Frame {
        Frame::boxed(format!("{}  {}", self.code, self.name), KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let [text, strong] = [Role::Text, Role::Strong].map(|role| canvas.theme.role(role));
        let spaced = area.height >= 2 * 4 - 1;
        let mut cursor = None;
        for (index, name) in (0_u16..).zip(OpeningField::ALL) {
            let row = top(below(area, if spaced { 2 * index } else { index }), 1);
            let is_here = self.at == name;
            let style = if is_here { strong } else { text };
            canvas.left(row, &context.say(name.label()), style);
            let typed = &self.fields[name as usize];
            let in_field = input::of_form(canvas, shifted(row, LABEL), typed, context.site.voice);
            if is_here {
                cursor = in_field;
            }
        }
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let confirmed = std::mem::take(&mut self.confirming);
        if let (Stroke::Enter, false, Some(over)) = (stroke, confirmed, context.opens_over()) {
            self.confirming = true;
            return PageAction::Say(over);
        }
        let count = OpeningField::ALL.len();
        let at = self.at as usize;
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return PageAction::Request(StaffRequest::OpenSession(self.texts()));
            }
            Stroke::Tab | Stroke::Down => (at + 1) % count,
            Stroke::BackTab | Stroke::Up => (at + count - 1) % count,
            _ => {
                self.field().edit(stroke);
                at
            }
        };
        self.at = OpeningField::ALL[moved_to];
        PageAction::Stay
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(self.field())
    }

    fn withdraw_confirmation(&mut self) -> bool {
        std::mem::take(&mut self.confirming)
    }
}
