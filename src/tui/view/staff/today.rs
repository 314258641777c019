//! Today's lectures by the timetable.
//!
//! ```text
//!   TIME            UNIT      STATE          VENUE      TITLE
//! > 09:00 - 11:00   CS101     * open         Room 101   Introduction to Programming
//!   14:00 - 16:00   CS204     - planned      Room 7     Operating Systems
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{list, whole};
use crate::domain::{LectureState, TimetableEntry};
use crate::tui::model::Model;
use crate::tui::staff::TodayPage;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &TodayPage,
    note: Option<&str>,
) {
    let day = model.site.zone.long_date(model.now);
    let title = words::TODAY_TITLE;
    let area = whole(canvas, body, title, &day, words::KEYS_TODAY, note);
    let quiet = canvas.theme.role(Role::Quiet);
    let Some(lectures) = &page.lectures else {
        canvas.left(top(below(area, 1), 1), words::READING, quiet);
        return;
    };
    if lectures.is_empty() {
        canvas.wrapped(below(area, 1), words::NO_LECTURES_TODAY, quiet);
        return;
    }
    // What keeps the chosen one from opening is a sentence, and needs a row of its own.
    let problem = lectures.get(page.chosen).and_then(problem);
    let height = area
        .height
        .saturating_sub(if problem.is_some() { 3 } else { 1 });
    let heads = ["TIME", "UNIT", "STATE", "VENUE", "TITLE"].map(str::to_owned);
    columns(canvas, shifted(top(area, 1), 2), &heads, quiet);
    let rows = top(below(area, 1), height);
    let chosen = page.chosen.min(lectures.len() - 1);
    let first = list::first_row(chosen, lectures.len(), rows.height);
    for (row, (index, lecture)) in rows.rows().zip(lectures.iter().enumerate().skip(first)) {
        let style = list::ground(canvas, row, index == chosen);
        columns(canvas, shifted(row, 2), &cells(model, lecture), style);
    }
    if let Some(problem) = problem {
        let warning = canvas.theme.role(Role::Warning);
        canvas.wrapped(below(area, 1 + height), problem, warning);
    }
}

fn problem(lecture: &TimetableEntry) -> Option<&str> {
    match &lecture.state {
        LectureState::Blocked { problem } => Some(problem),
        _ => None,
    }
}

fn cells(model: &Model, lecture: &TimetableEntry) -> [String; 5] {
    let zone = model.site.zone;
    let [from, until] = [lecture.starts_at, lecture.ends_at].map(|at| zone.hour_minute(at));
    [
        format!("{from} - {until}"),
        lecture.unit_code.to_string(),
        words::lecture(&lecture.state),
        lecture.venue.as_str().to_owned(),
        lecture.unit_name.clone(),
    ]
}

fn columns(canvas: &mut Canvas, row: Rect, cells: &[String; 5], style: Style) {
    // On a narrow screen the venue and the title give way.
    let widths = if row.width >= 64 {
        [15, 10, 14, 16, u16::MAX]
    } else {
        [14, 10, u16::MAX, 0, 0]
    };
    let mut rest = row;
    for (text, width) in cells.iter().zip(widths) {
        if width > 0 {
            rest = list::cell(canvas, rest, width, text, style);
        }
    }
}
