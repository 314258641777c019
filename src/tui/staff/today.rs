//! Today's planned lectures: what has become of each, and opening one now (feature E4).
//!
//! ```text
//!   TIME            UNIT      STATE          VENUE      TITLE
//! > 09:00 - 11:00   CS101     * open         Room 101   Introduction to Programming
//!   14:00 - 16:00   CS204     - planned      Room 7     Operating Systems
//! ```

use ratatui::layout::{Position, Rect};

use super::board::LiveBoardPage;
use super::choice::moved;
use super::page::{PageAction, PageContext, StaffPage};
use super::question::{Question, Subject};
use crate::domain::{LectureState, TimetableEntry, Venue};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, top};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::tui::words;
use crate::words::Voice;

const KEYS: Keys = &[
    ("Enter", "open now"),
    ("Esc", "back"),
    ("c", "cancel"),
    ("Up/Down", "choose"),
    ("?", "help"),
];

const HELP: Help = (
    "Today's timetable",
    &[
        (
            "Enter, o",
            "Opens the chosen lecture here, with its own times.",
        ),
        ("", "One that was opened already: who is here."),
        (
            "c",
            "Cancels one that is not held: it does not open by itself.",
        ),
        ("Esc", "Back to the menu."),
    ],
);

/// On a narrow screen the venue and the title give way.
const TABLE: ListTable<5> = ListTable {
    heads: ["TIME", "UNIT", "STATE", "VENUE", "TITLE"],
    wide: [15, 10, 14, 16, u16::MAX],
    narrow: [14, 10, u16::MAX, 0, 0],
};

/// Today's lectures of a lecturer's units, earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TodayPage {
    /// The lectures; `None` until they are read.
    lectures: Option<Vec<TimetableEntry>>,
    /// The row that keys are about.
    chosen: usize,
}

impl TodayPage {
    /// Shows what was read. At first the next lecture is chosen that is not open yet, one in this room
    /// before others, because most lecturers come for that.
    fn show(&mut self, lectures: Vec<TimetableEntry>, here: &Venue) {
        let first = |wanted: &dyn Fn(&TimetableEntry) -> bool| lectures.iter().position(wanted);
        let chosen = if let Some(before) = &self.lectures {
            let before = before.get(self.chosen);
            before.and_then(|before| first(&|lecture| lecture.id == before.id))
        } else {
            let is_here = |lecture: &TimetableEntry| lecture.venue.is_same_as(here);
            first(&|lecture| can_be_opened(lecture) && is_here(lecture))
                .or_else(|| first(&can_be_opened))
        };
        self.chosen = chosen.unwrap_or(0);
        self.lectures = Some(lectures);
    }
}

impl StaffPage for TodayPage {
    fn frame(&self, context: &PageContext) -> Frame {
        let day = context.site.voice.zone.long_date(context.now);
        Frame::whole(words::TODAY_TITLE, day, KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let quiet = canvas.theme.role(Role::Quiet);
        let Some(lectures) = &self.lectures else {
            canvas.left(top(below(area, 1), 1), words::READING, quiet);
            return None;
        };
        if lectures.is_empty() {
            canvas.wrapped(below(area, 1), words::NO_LECTURES_TODAY, quiet);
            return None;
        }
        // Why the chosen lecture cannot open is a sentence below the table.
        let problem = lectures
            .get(self.chosen)
            .and_then(|lecture| problem(lecture, context.site.voice));
        let foot = if problem.is_some() { 2 } else { 0 };
        let rows = top(area, area.height.saturating_sub(foot).max(1));
        TABLE.draw(canvas, rows, lectures, self.chosen, |lecture| {
            cells(context, lecture)
        });
        if let Some(problem) = problem {
            let warning = canvas.theme.role(Role::Warning);
            canvas.wrapped(below(area, rows.height), &problem, warning);
        }
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        let listed = self.lectures.as_deref().unwrap_or_default();
        if let Some(to) = moved(stroke, self.chosen, listed.len()) {
            self.chosen = to;
            return PageAction::Stay;
        }
        if stroke == Stroke::Escape {
            return PageAction::Back;
        }
        let Some(lecture) = listed.get(self.chosen) else {
            return PageAction::Stay;
        };
        match stroke {
            Stroke::Enter | Stroke::Character('o' | 'O') => open(lecture),
            Stroke::Character('c' | 'C') if can_be_opened(lecture) => {
                let subject = Subject::CancelLecture(lecture.id, lecture.unit_code.clone());
                PageAction::Ask(Question::new(subject))
            }
            Stroke::Character('c' | 'C') => PageAction::say(words::OPENED_OR_CANCELLED),
            _ => PageAction::Stay,
        }
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        match answer {
            StaffAnswer::Lectures(lectures) => Some(PageAction::show(lectures, |lectures| {
                self.show(lectures, &context.site.venue);
            })),
            _ => None,
        }
    }

    fn refresh(&self) -> Option<StaffRequest> {
        Some(StaffRequest::ListLectures)
    }
}

fn can_be_opened(lecture: &TimetableEntry) -> bool {
    matches!(
        lecture.state,
        LectureState::Planned | LectureState::Blocked { .. }
    )
}

/// Opens a planned lecture, and shows the board of one that was opened.
fn open(lecture: &TimetableEntry) -> PageAction {
    match lecture.state {
        LectureState::Planned | LectureState::Blocked { .. } => {
            PageAction::Request(StaffRequest::OpenLecture(lecture.id))
        }
        LectureState::Opened { session, .. } => PageAction::go(LiveBoardPage::new(session)),
        LectureState::Cancelled => PageAction::say(words::LECTURE_CANCELLED),
    }
}

fn problem(lecture: &TimetableEntry, voice: Voice) -> Option<String> {
    match &lecture.state {
        LectureState::Blocked { problem } => Some(voice.say(problem)),
        _ => None,
    }
}

fn cells(context: &PageContext, lecture: &TimetableEntry) -> [String; 5] {
    let zone = context.site.voice.zone;
    let [from, until] = [lecture.starts_at, lecture.ends_at].map(|at| zone.hour_minute(at));
    [
        format!("{from} - {until}"),
        lecture.unit_code.to_string(),
        words::lecture(&lecture.state, context.site.voice),
        lecture.venue.as_str().to_owned(),
        lecture.unit_name.clone(),
    ]
}
