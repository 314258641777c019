//! The live board.
//!
//! ```text
//!  CS101  Introduction to Programming                    09:00 - 11:00 · Session 4
//!  42 present   3 late   14 absent   1 pending   of 60     On time until 09:10, 4:32
//!  ████████████████████████████████████████████░░░░░░░░░░░   arrivals ▁▃█▅▂▁
//!
//!  Everybody, by number: 60                                     search NJERI
//!    NUMBER         NAME                MARK       AT      SO FAR  STANDING   FLAGS
//!  > ADM/2023/001   Amina Njeri         • present  09:05   83.33   ▲ good
//! ```

mod arrivals;
mod student;
mod table;
mod totals;
mod why;

use ratatui::layout::{Position, Rect};

use super::{forms, whole};
use crate::domain::Roster;
use crate::tui::model::Model;
use crate::tui::staff::{BoardPage, Shown};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::view::class;
use crate::tui::words;

/// From this size on the totals are written in big digits.
const ROOM_FOR_BIG_TOTALS: (u16, u16) = (76, 30);

/// From this width on the chosen student stands beside the table.
const ROOM_BESIDE: u16 = 150;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &BoardPage,
    note: Option<&str>,
) -> Option<Position> {
    if page.shown == Shown::Projector
        && let Some(board) = model.board()
    {
        class::for_the_wall(canvas, body, model, board);
        return None;
    }
    let (title, beside) = heading(model, page);
    let keys = match page.shown {
        Shown::Searching => words::KEYS_SEARCH,
        Shown::Student => words::KEYS_STUDENT,
        Shown::Why => words::KEYS_WHY,
        Shown::Table | Shown::Projector => words::KEYS_BOARD,
    };
    let area = whole(canvas, body, &title, &beside, keys, note);
    let Some(roster) = &page.roster else {
        let quiet = canvas.theme.role(Role::Quiet);
        canvas.left(top(below(area, 1), 1), words::READING, quiet);
        return None;
    };
    if page.shown == Shown::Why {
        why::draw(canvas, area, model, page);
        return None;
    }
    let used = summary(canvas, area, model, roster);
    let area = below(area, used);
    if page.shown == Shown::Student && area.width < ROOM_BESIDE {
        student::draw(canvas, area, model, page);
        return None;
    }
    let (left, right) = halves(area, page.shown == Shown::Student);
    if let Some(right) = right {
        student::draw(canvas, right, model, page);
    }
    let cursor = line(canvas, top(left, 1), page);
    table::draw(canvas, below(left, 1), model, page);
    cursor
}

fn halves(area: Rect, two: bool) -> (Rect, Option<Rect>) {
    if !two {
        return (area, None);
    }
    let left = Rect {
        width: area.width * 3 / 5,
        ..area
    };
    (left, Some(shifted(area, left.width + 2)))
}

fn heading(model: &Model, page: &BoardPage) -> (String, String) {
    let Some(roster) = &page.roster else {
        return (words::BOARD_TITLE.to_owned(), String::new());
    };
    let session = &roster.session;
    let zone = model.site.zone;
    let is_today = session.date(zone) == zone.date(model.now);
    let day = if is_today {
        format!("Session {}", session.number)
    } else {
        zone.long_date(session.starts_at)
    };
    (
        format!("{}  {}", session.unit_code, session.unit_name),
        format!("{} · {day}", session.time_slot(zone)),
    )
}

/// Totals and arrivals; returns the rows used.
fn summary(canvas: &mut Canvas, area: Rect, model: &Model, roster: &Roster) -> u16 {
    let (width, height) = ROOM_FOR_BIG_TOTALS;
    if area.width >= width && area.height >= height {
        let area = below(area, 1);
        let used = totals::big(canvas, area, model, roster);
        let chart = shifted(area, used + 4);
        arrivals::chart(canvas, top(chart, totals::ROWS), model, roster);
        return totals::ROWS + 2;
    }
    totals::line(canvas, top(area, 1), model, roster);
    let row = top(below(area, 1), 1);
    let chart = shifted(row, row.width - row.width / 3);
    arrivals::spark(canvas, chart, roster);
    totals::bar(
        canvas,
        Rect {
            width: (row.width - chart.width).saturating_sub(2),
            ..row
        },
        roster.totals,
    );
    2 + u16::from(area.height >= 12)
}

/// Who is listed, and what is searched for.
fn line(canvas: &mut Canvas, row: Rect, page: &BoardPage) -> Option<Position> {
    let [strong, quiet] = [Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let listed = page.listed();
    let used = canvas.left(row, &listed, strong);
    let rest = shifted(row, used + 3);
    if page.shown == Shown::Searching {
        let used = canvas.left(rest, words::SEARCH, quiet);
        let place = shifted(rest, used + 1);
        let place = Rect {
            width: place.width.min(30),
            ..place
        };
        return forms::field(canvas, place, &page.search);
    }
    if !page.search.is_blank() {
        let text = format!("{} {}", words::SEARCH, page.search.text().trim());
        canvas.left(rest, &text, quiet);
    }
    None
}
