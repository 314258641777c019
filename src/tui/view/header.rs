//! The header: unit, lecturer, venue and time of the session.
//!
//! ```text
//!  CS101  Introduction to Programming                            09:00 - 11:00
//!  Dr. Amina Smith · Room 101                     Lecture 4 · Sun 22 Nov 2026
//! ```

use ratatui::layout::Rect;

use crate::domain::Board;
use crate::tui::draw::{Canvas, below, inset, shifted, top, without_right};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words::Screen;

/// Blanks before what is at the right.
const GAP: u16 = 2;

pub(super) fn two_rows(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) {
    let [bar, strong] = [Role::Bar, Role::BarStrong].map(|role| canvas.theme.role(role));
    canvas.fill(area, bar);
    let area = inset(area, 1, 0);
    let session = &board.session;
    let zone = model.site.voice.zone;

    let first = top(area, 1);
    let used = canvas.right(first, &session.time_slot(zone), strong);
    let name = format!("{}  {}", session.unit_code, session.unit_name);
    canvas.left(without_right(first, used + GAP), &name, strong);

    let second = top(below(area, 1), 1);
    let short = model.site.voice.say(Screen::Lecture { n: session.number });
    let day = format!("{short} · {}", model.site.voice.date(session.starts_at));
    let day = if canvas.width_of(&day) > second.width / 2 {
        short
    } else {
        day
    };
    let used = canvas.right(second, &day, bar);
    canvas.left(
        without_right(second, used + GAP),
        &who_and_where(board),
        bar,
    );
}

pub(super) fn one_row(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) {
    let [bar, strong] = [Role::Bar, Role::BarStrong].map(|role| canvas.theme.role(role));
    canvas.fill(area, bar);
    let area = inset(area, 1, 0);
    let session = &board.session;
    let when = format!(
        "{} · {}",
        session.time_slot(model.site.voice.zone),
        model.site.voice.say(Screen::Lecture { n: session.number })
    );
    let used = canvas.right(area, &when, strong);
    let area = without_right(area, used + GAP);

    // The title becomes shorter first: the code identifies the unit too.
    let rest = who_and_where(board);
    let title = format!("{}  {}", session.unit_code, session.unit_name);
    let least = canvas.width_of(session.unit_code.as_str()) + GAP;
    let room = area
        .width
        .saturating_sub(canvas.width_of(&rest) + 3)
        .max(least);
    let place = without_right(area, area.width.saturating_sub(room));
    let used = canvas.left(place, &title, strong);
    let area = shifted(area, used);
    canvas.left(area, &format!(" · {rest}"), bar);
}

fn who_and_where(board: &Board) -> String {
    let session = &board.session;
    match session.venue.as_str() {
        "" => session.lecturer_name.clone(),
        venue => format!("{} · {venue}", session.lecturer_name),
    }
}
