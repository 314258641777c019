//! The entry field of the students' screen.
//!
//! ```text
//! Type your admission number
//! ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
//! ░ ADM/2023/0                       ░
//! ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
//! Enter check in   Esc clear
//! ```

use ratatui::layout::{Position, Rect};

use crate::tui::draw::frame;
use crate::tui::draw::{Canvas, below, input, inset, shifted, top};
use crate::tui::model::{EntryStage, Model};
use crate::tui::theme::Role;
use crate::words::{Key, KeyUse, Screen};

/// The field in a box; returns the rows used and where the cursor belongs.
pub(super) fn boxed(canvas: &mut Canvas, area: Rect, model: &Model) -> (u16, Option<Position>) {
    label(canvas, top(area, 1), model);
    let style = canvas.theme.role(Role::Field);
    let place = top(below(area, 1), 3);
    canvas.fill(place, style);
    let cursor = content(canvas, inset(place, 2, 1), model);
    keys(canvas, top(below(area, 4), 1), model);
    (5, cursor)
}

/// The field in a line, for small screens.
pub(super) fn plain(canvas: &mut Canvas, area: Rect, model: &Model) -> (u16, Option<Position>) {
    label(canvas, top(area, 1), model);
    let row = top(below(area, 1), 1);
    let field_style = canvas.theme.role(Role::Field);
    canvas.fill(row, field_style);
    let cursor = content(canvas, inset(row, 1, 0), model);
    keys(canvas, top(below(area, 2), 1), model);
    (3, cursor)
}

fn label(canvas: &mut Canvas, row: Rect, model: &Model) {
    let voice = model.site.voice;
    let strong = canvas.theme.role(Role::Strong);
    let warning = canvas.theme.role(Role::Warning);
    match &model.entry.stage {
        EntryStage::Number if model.snapshot.address.is_none() && row.width >= 58 => {
            canvas.left(row, &voice.say(Screen::NoAddress), strong)
        }
        EntryStage::Number => canvas.left(row, &voice.say(Screen::AskNumber), strong),
        EntryStage::Waiting { .. } => canvas.left(row, &voice.say(Screen::Saving), strong),
        EntryStage::Name { number } => {
            let used = canvas.left(row, &voice.say(Screen::AskName), warning);
            let quiet = canvas.theme.role(Role::Quiet);
            let rest = shifted(row, used + 2);
            let rest = Rect {
                width: rest.width.saturating_sub(1),
                ..rest
            };
            canvas.right(rest, number, quiet)
        }
    };
}

fn content(canvas: &mut Canvas, row: Rect, model: &Model) -> Option<Position> {
    let style = canvas.theme.role(Role::Field);
    match &model.entry.stage {
        EntryStage::Waiting { number } => {
            canvas.left(row, number, style);
            None
        }
        EntryStage::Number | EntryStage::Name { .. } => {
            input::text(canvas, row, &model.entry.field)
        }
    }
}

fn keys(canvas: &mut Canvas, row: Rect, model: &Model) {
    if matches!(model.entry.stage, EntryStage::Waiting { .. }) {
        return;
    }
    let keys = [(Key::Enter, KeyUse::CheckIn), (Key::Escape, KeyUse::Clear)];
    frame::write_keys(canvas, row, &keys, model.site.voice);
}
