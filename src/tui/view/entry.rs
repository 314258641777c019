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
use crate::tui::draw::{Canvas, below, input, inset, shifted, top, without_right};
use crate::tui::model::{Asked, Entry, EntryStage, Model, Question};
use crate::tui::theme::Role;
use crate::words::{Key, KeyUse, Screen};

/// The field in a box; returns the rows used and where the cursor belongs.
pub(super) fn boxed(canvas: &mut Canvas, area: Rect, model: &Model) -> (u16, Option<Position>) {
    draw(canvas, area, model, 3)
}

/// The field in a line, for small screens.
pub(super) fn plain(canvas: &mut Canvas, area: Rect, model: &Model) -> (u16, Option<Position>) {
    draw(canvas, area, model, 1)
}

/// The field in an odd number of rows, with the text in the middle one.
fn draw(canvas: &mut Canvas, area: Rect, model: &Model, rows: u16) -> (u16, Option<Position>) {
    label(canvas, top(area, 1), model);
    let style = canvas.theme.role(Role::Field);
    let place = top(below(area, 1), rows);
    canvas.fill(place, style);
    let margin = rows / 2;
    let cursor = content(canvas, inset(place, 1 + margin, margin), model);
    keys(canvas, top(below(area, 1 + rows), 1), model);
    (2 + rows, cursor)
}

fn label(canvas: &mut Canvas, row: Rect, model: &Model) {
    let voice = model.site.voice;
    let strong = canvas.theme.role(Role::Strong);
    let warning = canvas.theme.role(Role::Warning);
    match &model.entry.stage {
        EntryStage::Number => number(canvas, row, model),
        EntryStage::Waiting(_) => canvas.left(row, &voice.say(Screen::Saving), strong),
        EntryStage::Asked(asked) => {
            let heading = match asked.question {
                Question::Number(_) => Screen::NotOnAnyList,
                Question::Lecture(..) => Screen::WhichLecture,
            };
            canvas.left(row, &voice.say(heading), warning)
        }
        EntryStage::Name(Entry { number, .. }) => {
            let used = canvas.left(row, &voice.say(Screen::AskName), warning);
            let quiet = canvas.theme.role(Role::Quiet);
            let rest = without_right(shifted(row, used + 2), 1);
            canvas.right(rest, number, quiet)
        }
    };
}

/// What the field asks for, and for a while how the check-in just made is taken back.
fn number(canvas: &mut Canvas, row: Rect, model: &Model) -> u16 {
    let voice = model.site.voice;
    let strong = canvas.theme.role(Role::Strong);
    let can_undo = model.entry.field.text().is_empty();
    let undoable = model.entry.undoable.as_ref().filter(|_| can_undo);
    let Some(undoable) = undoable else {
        let label = if model.snapshot.address.is_none() && row.width >= 58 {
            Screen::NoAddress
        } else {
            Screen::AskNumber
        };
        return canvas.left(row, &voice.say(label), strong);
    };
    let key = model.site.not_me_key;
    let left = undoable.until.since(model.now);
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let (label, undo) = if undoable.is_taken_back {
        (Screen::OwnNumber, Screen::PutItBack { key, seconds })
    } else {
        (Screen::NextNumber, Screen::NotMe { key, seconds })
    };
    let used = canvas.left(row, &voice.say(label), strong);
    let quiet = canvas.theme.role(Role::Quiet);
    let rest = without_right(shifted(row, used + 1), 1);
    canvas.right(rest, &voice.say(undo), quiet)
}

fn content(canvas: &mut Canvas, row: Rect, model: &Model) -> Option<Position> {
    let style = canvas.theme.role(Role::Field);
    match &model.entry.stage {
        EntryStage::Waiting(entry) | EntryStage::Asked(Asked { entry, .. }) => {
            canvas.left(row, &entry.number, style);
            None
        }
        EntryStage::Number | EntryStage::Name(_) => input::text(canvas, row, &model.entry.field),
    }
}

fn keys(canvas: &mut Canvas, row: Rect, model: &Model) {
    if matches!(
        model.entry.stage,
        EntryStage::Waiting(_) | EntryStage::Asked(_)
    ) {
        return;
    }
    let keys = [(Key::Enter, KeyUse::CheckIn), (Key::Escape, KeyUse::Clear)];
    frame::write_keys(canvas, row, &keys, model.site.voice);
}
