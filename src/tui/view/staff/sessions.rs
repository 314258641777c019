//! The sessions of today and before.
//!
//! ```text
//!   DAY               TIME            UNIT     NO  VENUE            STATE
//! > Sun 22 Nov 2026   09:00 - 11:00   CS101     4  Room 101         open
//!   Sun 15 Nov 2026   09:00 - 11:00   CS101     3  Room 101         closed
//! ```

use ratatui::layout::Rect;

use super::{list, whole};
use crate::domain::{Session, SessionState};
use crate::tui::model::Model;
use crate::tui::staff::SessionList;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &SessionList,
    note: Option<&str>,
) {
    let sessions = page.sessions.as_deref().unwrap_or_default();
    let read = words::extent(page.extent, sessions.len());
    let title = words::SESSIONS_TITLE;
    let area = whole(canvas, body, title, &read, words::KEYS_SESSIONS, note);
    let quiet = canvas.theme.role(Role::Quiet);
    if page.sessions.is_none() {
        canvas.left(top(below(area, 1), 1), words::READING, quiet);
        return;
    }
    if sessions.is_empty() {
        canvas.wrapped(below(area, 1), words::NO_SESSIONS_YET, quiet);
        return;
    }
    let heads = ["DAY", "TIME", "UNIT", "NO", "STATE", "VENUE"].map(str::to_owned);
    columns(canvas, shifted(top(area, 1), 2), &heads, quiet);
    let area = below(area, 1);
    let first = list::first_row(page.chosen, sessions.len(), area.height);
    let sessions = sessions.iter().enumerate().skip(first);
    for (row, (index, session)) in area.rows().zip(sessions) {
        let style = list::ground(canvas, row, index == page.chosen);
        columns(canvas, shifted(row, 2), &cells(model, session), style);
    }
}

fn cells(model: &Model, session: &Session) -> [String; 6] {
    let zone = model.site.zone;
    let state = match session.state {
        SessionState::Open => "open",
        SessionState::Closed => "closed",
        SessionState::Cancelled => "cancelled",
    };
    [
        zone.long_date(session.starts_at),
        session.time_slot(zone),
        session.unit_code.to_string(),
        session.number.to_string(),
        state.to_owned(),
        session.venue.as_str().to_owned(),
    ]
}

fn columns(canvas: &mut Canvas, row: Rect, cells: &[String; 6], style: ratatui::style::Style) {
    // On a narrow screen the year and the number give way.
    let widths = if row.width >= 64 {
        [17, 15, 10, 4, 11, u16::MAX]
    } else {
        [11, 0, 10, 4, 11, u16::MAX]
    };
    let mut rest = row;
    for (text, width) in cells.iter().zip(widths) {
        if width > 0 {
            rest = list::cell(canvas, rest, width, text, style);
        }
    }
}
