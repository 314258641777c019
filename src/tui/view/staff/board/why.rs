//! "Why this number?": every lecture with how it counts, and what that adds up to (feature F6).
//!
//! ```text
//!  ADM/2023/001  Amina Njeri Wanjiku
//!  Attended      2 = 1 on time + 1 late
//!  Held          3 = 2 attended + 1 absent
//!  So far        2 of 3 held = 66.67 %
//!
//!     NO  DAY              TIME           COUNTS
//!  +   4  Sun 22 Nov 2026  09:00 - 11:00  attended
//!  -   3  Sun 15 Nov 2026  09:00 - 11:00  held, absent
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{PersonName, SessionHistory};
use crate::tui::model::Model;
use crate::tui::staff::BoardPage;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::view::staff::list;
use crate::tui::words;

/// The columns of the labels.
const LABEL: u16 = 14;

/// With fewer rows the sum goes out of sight when one scrolls, so that the lectures have them.
const ROOM_FOR_BOTH: u16 = 14;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, page: &BoardPage) {
    let [text, strong, quiet] =
        [Role::Text, Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let Some(history) = page.shown_history() else {
        canvas.left(top(area, 1), words::READING, quiet);
        return;
    };
    let name = history.name.as_ref().map(PersonName::to_string);
    let title = format!(
        "{}  {}",
        history.admission_number,
        name.as_deref().unwrap_or(words::NO_NAME)
    );
    canvas.left(top(area, 1), &title, strong);
    let mut rest = below(area, 1);
    let scrolls_away = area.height < ROOM_FOR_BOTH;
    let sum = model.site.voice().sum(history);
    let is_shown = !scrolls_away || page.scrolled == 0;
    for (label, terms) in sum.iter().filter(|_| is_shown) {
        canvas.left(top(rest, 1), label, quiet);
        let used = canvas.wrapped(shifted(rest, LABEL), terms, text);
        rest = below(rest, used);
    }
    if rest.height > 4 {
        rest = below(rest, 1);
        let heads = ["", "NO", "DAY", "TIME", "COUNTS"].map(str::to_owned);
        columns(canvas, top(rest, 1), &heads, quiet);
        rest = below(rest, 1);
    }
    let above = page.scrolled.saturating_sub(usize::from(scrolls_away));
    let lectures = history.sessions.iter().rev().skip(above);
    for (row, lecture) in rest.rows().zip(lectures) {
        columns(canvas, row, &cells(model, lecture), text);
    }
}

fn cells(model: &Model, lecture: &SessionHistory) -> [String; 5] {
    let (session, zone) = (&lecture.session, model.site.zone);
    [
        words::counts(lecture.reason).to_owned(),
        session.number.to_string(),
        zone.long_date(session.starts_at),
        session.time_slot(zone),
        model.site.voice().say(lecture.reason),
    ]
}

fn columns(canvas: &mut Canvas, row: Rect, cells: &[String; 5], style: Style) {
    // On a narrow screen the time gives way, and the year.
    let widths = if row.width >= 64 {
        [3, 4, 17, 15, u16::MAX]
    } else {
        [2, 3, 11, 0, u16::MAX]
    };
    let mut rest = row;
    for (text, width) in cells.iter().zip(widths) {
        if width > 0 {
            rest = list::cell(canvas, rest, width, text, style);
        }
    }
}
