//! The menu.
//!
//! ```text
//! > 1  Who is here                    42 of 60 here
//!   2  Close the session              CS101, until 11:00
//!   3  Open a session
//!   4  Today's timetable
//!   8  Deliveries                     3 waiting
//! ```

use ratatui::layout::Rect;

use super::list;
use crate::tui::model::Model;
use crate::tui::staff::{Choice, Home, Place};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, shifted};
use crate::tui::words;

/// The columns of the choices, before what is said beside them.
const CHOICES: u16 = 30;

/// From this width on something is said beside them.
const ROOM_BESIDE: u16 = 50;

/// Whose menu it is.
pub(super) fn title(model: &Model) -> String {
    match model.staff.as_ref().map(|staff| &staff.place) {
        Some(Place::Office(office)) => office.lecturer.name.clone(),
        _ => String::new(),
    }
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, home: &Home) {
    let choices = Choice::menu(model.picture.shown.is_some());
    let chosen = choices.iter().position(|&choice| choice == home.chosen);
    let first = list::first_row(chosen.unwrap_or(0), choices.len(), area.height);
    let numbered = choices.iter().enumerate().skip(first);
    for (row, (index, &choice)) in area.rows().zip(numbered) {
        let is_chosen = choice == home.chosen;
        list::item(
            canvas,
            row,
            &format!("{}  {}", Choice::digit(index), choice.label()),
            is_chosen,
        );
        if row.width < ROOM_BESIDE {
            continue;
        }
        let role = if is_chosen { Role::Bar } else { Role::Quiet };
        let style = canvas.theme.role(role);
        canvas.left(shifted(row, CHOICES), &beside(model, choice), style);
    }
}

/// What is so now, beside a choice.
fn beside(model: &Model, choice: Choice) -> String {
    match (choice, model.board()) {
        (Choice::Board, Some(board)) => {
            let totals = board.totals;
            format!(
                "{} of {} here",
                totals.present + totals.late,
                totals.enrolled
            )
        }
        (Choice::Close, Some(board)) => format!(
            "{}, until {}",
            board.session.unit_code,
            model.site.zone.hour_minute(board.session.ends_at)
        ),
        (Choice::Deliveries, _) => words::owed_in_all(&model.picture.remotes),
        _ => String::new(),
    }
}
