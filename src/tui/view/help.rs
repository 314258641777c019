//! What the keys do, over the screen.

use ratatui::layout::Rect;

use crate::tui::draw::Canvas;
use crate::tui::draw::frame::{self, Help};
use crate::tui::model::Model;
use crate::tui::staff::StaffArea;
use crate::words::{Key, KeyHelp, Message, StaffScreen};

/// The help of the students' screen.
const CHECKING_IN: Help = (
    Message::StaffScreen(StaffScreen::HelpCheckIn),
    &[
        (Key::AdmissionNumber, KeyHelp::Number),
        (Key::Phone, KeyHelp::Phone),
        (Key::Escape, KeyHelp::Clear),
        (Key::F10, KeyHelp::StaffKey),
    ],
);

/// The help of the page that is open.
pub(super) fn help(model: &Model) -> Help {
    model.staff.as_ref().map_or(CHECKING_IN, StaffArea::help)
}

pub(super) fn draw(canvas: &mut Canvas, body: Rect, model: &Model) {
    frame::help(canvas, body, help(model), model.site.voice);
}
