//! What other kiosks have open.
//!
//! ```text
//!   TIME            UNIT      LECTURER           KIOSK         VENUE
//! > 09:00 - 11:00   CS101     Dr. Amina Smith    hall-left     Great hall   joined
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{list, whole};
use crate::services::RemoteSession;
use crate::tui::model::Model;
use crate::tui::staff::{Found, JoinPage};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &JoinPage,
    note: Option<&str>,
) {
    let area = whole(canvas, body, words::JOIN_TITLE, "", words::KEYS_JOIN, note);
    let [quiet, warning] = [Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
    let sessions = match &page.found {
        Found::Asking => {
            canvas.wrapped(below(area, 1), words::ASKING_OTHERS, quiet);
            return;
        }
        Found::Nobody(problem) => {
            let used = canvas.wrapped(below(area, 1), problem, warning);
            canvas.wrapped(below(area, used + 2), words::HOW_TO_GO_ON_ALONE, quiet);
            return;
        }
        Found::Sessions(sessions) if sessions.is_empty() => {
            canvas.wrapped(below(area, 1), words::NOTHING_TO_JOIN, quiet);
            return;
        }
        Found::Sessions(sessions) => sessions,
    };
    let heads = ["TIME", "UNIT", "STATE", "KIOSK", "LECTURER", "VENUE"].map(str::to_owned);
    columns(canvas, shifted(top(area, 1), 2), &heads, quiet);
    let rows = below(area, 1);
    let chosen = page.chosen.min(sessions.len() - 1);
    let first = list::first_row(chosen, sessions.len(), rows.height);
    for (row, (index, remote)) in rows.rows().zip(sessions.iter().enumerate().skip(first)) {
        let style = list::ground(canvas, row, index == chosen);
        columns(canvas, shifted(row, 2), &cells(model, remote), style);
    }
}

fn cells(model: &Model, remote: &RemoteSession) -> [String; 6] {
    let session = &remote.session;
    [
        session.time_slot(model.site.zone),
        session.unit_code.to_string(),
        words::joined(remote.is_joined).to_owned(),
        remote.kiosk_id.clone(),
        session.lecturer_name.clone(),
        session.venue.as_str().to_owned(),
    ]
}

fn columns(canvas: &mut Canvas, row: Rect, cells: &[String; 6], style: Style) {
    // On a narrow screen the lecturer and the venue give way.
    let widths = if row.width >= 64 {
        [15, 10, 9, 16, 18, u16::MAX]
    } else {
        [0, 10, 9, u16::MAX, 0, 0]
    };
    let mut rest = row;
    for (text, width) in cells.iter().zip(widths) {
        if width > 0 {
            rest = list::cell(canvas, rest, width, text, style);
        }
    }
}
