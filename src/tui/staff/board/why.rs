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

use super::state::LiveBoardPage;
use crate::domain::{PersonName, SessionHistory};
use crate::tui::draw::{Canvas, ListTable, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::tui::words;

/// On a narrow screen the time and the year give way.
const TABLE: ListTable<5> = ListTable {
    heads: ["", "NO", "DAY", "TIME", "COUNTS"],
    wide: [3, 4, 17, 15, u16::MAX],
    narrow: [2, 3, 11, 0, u16::MAX],
};

/// The columns of the labels.
const LABEL: u16 = 14;

/// With fewer rows the sum scrolls away, so that there is room for the lectures.
const ROOM_FOR_BOTH: u16 = 14;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, context: &PageContext, page: &LiveBoardPage) {
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
    let sum = context.site.voice.sum(history);
    let is_shown = !scrolls_away || page.scrolled == 0;
    for (label, terms) in sum.iter().filter(|_| is_shown) {
        canvas.left(top(rest, 1), label, quiet);
        let used = canvas.wrapped(shifted(rest, LABEL), terms, text);
        rest = below(rest, used);
    }
    if rest.height > 4 {
        rest = below(rest, 1);
        TABLE.heads(canvas, top(rest, 1));
        rest = below(rest, 1);
    }
    let above = page.scrolled.saturating_sub(usize::from(scrolls_away));
    let lectures = history.sessions.iter().rev().skip(above);
    for (row, lecture) in rest.rows().zip(lectures) {
        TABLE.row(canvas, row, &cells(context, lecture), text);
    }
}

fn cells(context: &PageContext, lecture: &SessionHistory) -> [String; 5] {
    let (session, zone) = (&lecture.session, context.site.voice.zone);
    [
        words::counts(lecture.reason).to_owned(),
        session.number.to_string(),
        zone.long_date(session.starts_at),
        session.time_slot(zone),
        context.site.voice.say(lecture.reason),
    ]
}
