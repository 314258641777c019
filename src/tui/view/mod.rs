//! Draws the screen from the model, one file per region. Nothing here changes the model.
//!
//! ```text
//! +------------------------------------------------------------+
//! | header: which class, who, where, when                      |
//! +---------------------------+--------------------------------+
//! | phone: the symbol,        | entry: the field               |
//! |        the address,       +--------------------------------+
//! |        the code           | outcome of the last entry, or  |
//! |                           | attendance: window, counts,    |
//! |                           |             latest arrivals    |
//! +---------------------------+--------------------------------+
//! | status: remotes, hints, the staff key, the clock           |
//! +------------------------------------------------------------+
//! ```
//!
//! The symbol decides how the screen is divided: the largest modules that leave the other column
//! its least width. Without room for it the address is shown in letters, and below 76 columns or
//! 22 rows there is one column.

mod answer;
mod attendance;
mod class;
mod entry;
mod entry_hint;
mod header;
mod help;
mod notice;
mod outcome;
mod phone;
mod question;
mod status;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use answer::answer_text;

pub use class::{SymbolSize, symbol_size};

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::draw::{Canvas, below, inset, top};
use super::model::Model;
use super::theme::{Role, Theme};
use crate::words::{Screen, Voice};

/// The smallest screen that a number can be typed on.
const LEAST: Size = Size::new(40, 12);

/// Draws the model on the whole frame.
pub fn view(frame: &mut Frame, model: &Model) {
    let area = frame.area();
    let mut canvas = Canvas {
        buffer: frame.buffer_mut(),
        theme: model.theme,
    };
    if let Some(cursor) = screen(&mut canvas, area, model) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws why the kiosk cannot start on the whole frame, where there is no model yet.
pub(super) fn cannot_start(frame: &mut Frame, theme: Theme, cause: &str, voice: Voice) {
    let area = frame.area();
    let mut canvas = Canvas {
        buffer: frame.buffer_mut(),
        theme,
    };
    let cause = cause.to_owned();
    notice::out_of_order(&mut canvas, area, Screen::CannotStart { cause }, voice);
}

/// Draws everything, and returns where the cursor belongs.
fn screen(canvas: &mut Canvas, area: Rect, model: &Model) -> Option<Position> {
    let text = canvas.theme.role(Role::Text);
    canvas.fill(area, text);
    if area.width < LEAST.width || area.height < LEAST.height {
        notice::too_small(canvas, area, LEAST, model.site.voice);
        return None;
    }
    let body = top(area, area.height - 1);
    status::draw(canvas, below(area, body.height), model);

    let cursor = page(canvas, body, model);
    if model.help.is_some() {
        help::draw(canvas, body, model);
        return None;
    }
    cursor
}

/// Draws everything above the status line.
fn page(canvas: &mut Canvas, body: Rect, model: &Model) -> Option<Position> {
    if let Some(staff) = &model.staff {
        if let (Some(board), true) = (model.board(), staff.is_for_projector()) {
            class::for_projector(canvas, body, model, board);
            return None;
        }
        return staff.draw(canvas, body, &model.page_context());
    }
    if let Some(trouble) = &model.snapshot.trouble {
        let voice = model.site.voice;
        let technician = Screen::Technician {
            code: trouble.trouble_code().unwrap_or("STORE"),
            cause: voice.say(trouble),
        };
        notice::out_of_order(canvas, body, technician, voice);
        return None;
    }
    if let (Some(board), true) = (model.board(), model.for_projector) {
        class::for_projector(canvas, body, model, board);
        return None;
    }
    if let Some(board) = model.board() {
        return class::draw(canvas, body, model, board);
    }
    // The session may have closed before its last answer came.
    if let Some(outcome) = &model.entry.outcome {
        outcome::draw(canvas, inset(body, 2, 1), model, outcome);
    } else {
        notice::no_session(canvas, body, model);
    }
    None
}
