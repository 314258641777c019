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
use crate::domain::{Counts, LectureHistory, PersonName};
use crate::tui::draw::{Canvas, ListTable, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::words::{Label, StaffScreen};

/// On a narrow screen the time and the year give way.
const TABLE: ListTable<5> = ListTable {
    heads: [
        Label::None,
        Label::No,
        Label::Date,
        Label::Time,
        Label::CountsAs,
    ],
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
        canvas.left(top(area, 1), &context.say(StaffScreen::Reading), quiet);
        return;
    };
    let name = history.name.as_ref().map(PersonName::to_string);
    let name = name.unwrap_or_else(|| context.say(StaffScreen::NoName));
    let title = format!("{}  {name}", history.admission_number);
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
        TABLE.heads(canvas, top(rest, 1), context.site.voice);
        rest = below(rest, 1);
    }
    let above = page.scrolled.saturating_sub(usize::from(scrolls_away));
    let lectures = history.lectures.iter().rev().skip(above);
    for (row, lecture) in rest.rows().zip(lectures) {
        TABLE.row(canvas, row, &cells(context, lecture), text);
    }
}

fn cells(context: &PageContext, lecture: &LectureHistory) -> [String; 5] {
    let (head, voice) = (&lecture.lecture, context.site.voice);
    let slot = match &head.session {
        Some(session) => session.time_slot(voice.zone),
        None => voice.zone.hour_minute(head.starts_at),
    };
    let number = head.number().map(|number| number.to_string());
    [
        sign(lecture.line.counts).to_owned(),
        number.unwrap_or_default(),
        voice.date(head.starts_at),
        slot,
        voice.say(lecture.line.reason),
    ]
}

/// How a lecture counts: for the student, against, not known, not at all.
fn sign(counts: Counts) -> &'static str {
    match counts {
        Counts::Attended => "+",
        Counts::Missed => "-",
        Counts::Unknown => "?",
        Counts::ToCome | Counts::LeftOut => " ",
    }
}
