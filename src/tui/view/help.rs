//! What the keys do, over the screen.

use ratatui::layout::Rect;

use crate::tui::draw::Canvas;
use crate::tui::draw::frame::{self, Help};
use crate::tui::model::Model;
use crate::tui::staff::StaffArea;

/// The help of the students' screen.
const CHECKING_IN: Help = (
    "Checking in",
    &[
        (
            "number",
            "Type your admission number, then Enter. A card reader does the same.",
        ),
        (
            "phone",
            "Or scan the code, or open the address below it and type the code.",
        ),
        ("Esc", "Clears what you typed."),
        ("F10", "Staff sign in here."),
    ],
);

/// The help of the page that is open.
pub(super) fn help(model: &Model) -> Help {
    model.staff.as_ref().map_or(CHECKING_IN, StaffArea::help)
}

pub(super) fn draw(canvas: &mut Canvas, body: Rect, model: &Model) {
    frame::help(canvas, body, help(model));
}
