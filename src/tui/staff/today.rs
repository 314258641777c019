//! Today's lectures, planned, open or over, also those that are not on the screen: what has become of each, and
//! opening, closing or changing it (feature E4).
//!
//! ```text
//!   TIME            UNIT      STATE          VENUE      TITLE
//! > 09:00 - 11:00   CS101     * open         Room 101   Introduction to Programming
//!   14:00 - 16:00   CS204     - planned      Room 7     Operating Systems
//! ```

use ratatui::layout::{Position, Rect};

use super::board::LiveBoardPage;
use super::choice::moved;
use super::chosen_lecture::ChosenLecture;
use super::lecture_keys;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{LectureState, SessionState, TimetableEntry, Venue};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, top};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Label, MenuText, Message, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::OpenNow),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("c"), KeyUse::Close),
    (Key::These("e"), KeyUse::Extend),
    (Key::These("d"), KeyUse::Details),
    (Key::These("M"), KeyUse::Move),
    (Key::These("r"), KeyUse::Reopen),
    (Key::These("z"), KeyUse::Undo),
];

/// Of a lecture that was opened.
const KEYS_OPENED: Keys = &[
    (Key::Enter, KeyUse::Board),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("c"), KeyUse::Close),
    (Key::These("e"), KeyUse::Extend),
    (Key::These("d"), KeyUse::Details),
    (Key::These("M"), KeyUse::Move),
    (Key::These("r"), KeyUse::Reopen),
    (Key::These("z"), KeyUse::Undo),
];

/// Of a lecture that is not held.
const KEYS_CALLED_OFF: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("r"), KeyUse::Reopen),
    (Key::These("z"), KeyUse::Undo),
];

const HELP: Help = (
    Message::Menu(MenuText::Today),
    &[
        (Key::EnterOr("o"), KeyHelp::TodayOpen),
        (Key::None, KeyHelp::TodayOpened),
        (Key::These("c"), KeyHelp::TodayCancel),
        (Key::These("e"), KeyHelp::SessionsExtend),
        (Key::These("d M"), KeyHelp::SessionsDetails),
        (Key::These("r"), KeyHelp::SessionsReopen),
        (Key::These("z"), KeyHelp::SessionsUndo),
        (Key::Escape, KeyHelp::BackToMenu),
    ],
);

/// On a narrow screen the venue and the title give way.
const TABLE: ListTable<5> = ListTable {
    heads: [
        Label::Time,
        Label::Unit,
        Label::State,
        Label::Venue,
        Label::Title,
    ],
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
    /// Whether a lecture was to be opened while another is open.
    confirming: bool,
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
        let day = context.site.voice.date(context.now);
        let lectures = self.lectures.as_ref();
        let chosen = lectures.and_then(|lectures| lectures.get(self.chosen));
        let keys = match chosen.map(|lecture| &lecture.state) {
            None | Some(LectureState::Planned | LectureState::Blocked { .. }) => KEYS,
            Some(LectureState::Opened { .. }) => KEYS_OPENED,
            Some(LectureState::Cancelled | LectureState::NotHeld) => KEYS_CALLED_OFF,
        };
        Frame::whole(context.say(StaffScreen::TodayTitle), day, keys)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let quiet = canvas.theme.role(Role::Quiet);
        let Some(lectures) = &self.lectures else {
            canvas.left(
                top(below(area, 1), 1),
                &context.say(StaffScreen::Reading),
                quiet,
            );
            return None;
        };
        if lectures.is_empty() {
            canvas.wrapped(below(area, 1), &context.say(StaffScreen::NoneToday), quiet);
            return None;
        }
        // Why the chosen lecture cannot open is a sentence below the table.
        let problem = lectures
            .get(self.chosen)
            .and_then(|lecture| problem(lecture, context.site.voice));
        let foot = if problem.is_some() { 2 } else { 0 };
        let rows = top(area, area.height.saturating_sub(foot).max(1));
        let voice = context.site.voice;
        TABLE.draw(canvas, rows, voice, lectures, self.chosen, |lecture| {
            cells(voice, lecture)
        });
        if let Some(problem) = problem {
            let warning = canvas.theme.role(Role::Warning);
            canvas.wrapped(below(area, rows.height), &problem, warning);
        }
        None
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let confirmed = std::mem::take(&mut self.confirming);
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
        let chosen = ChosenLecture::from(lecture);
        match stroke {
            Stroke::Enter | Stroke::Character('o' | 'O') => {
                let over = context.opens_over();
                if let Some(over) = over.filter(|_| can_be_opened(lecture) && !confirmed) {
                    self.confirming = true;
                    return PageAction::Say(over);
                }
                open(lecture, context)
            }
            Stroke::Character('z' | 'Z') => lecture_keys::undo(&chosen),
            _ => lecture_keys::command(stroke, &chosen, context).unwrap_or(PageAction::Stay),
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

    fn withdraw_confirmation(&mut self) -> bool {
        std::mem::take(&mut self.confirming)
    }
}

fn can_be_opened(lecture: &TimetableEntry) -> bool {
    matches!(
        lecture.state,
        LectureState::Planned | LectureState::Blocked { .. }
    )
}

/// Opens a planned lecture, and shows the board of one that was opened.
fn open(lecture: &TimetableEntry, context: &PageContext) -> PageAction {
    match lecture.state {
        LectureState::Planned | LectureState::Blocked { .. } => {
            PageAction::Request(StaffRequest::OpenLecture(lecture.id))
        }
        LectureState::Opened { session, .. } => PageAction::go(LiveBoardPage::new(session)),
        LectureState::Cancelled | LectureState::NotHeld => {
            PageAction::Say(context.say(StaffScreen::LectureCancelled))
        }
    }
}

fn problem(lecture: &TimetableEntry, voice: Voice) -> Option<String> {
    match &lecture.state {
        LectureState::Blocked { problem } => Some(voice.say(problem)),
        _ => None,
    }
}

fn cells(voice: Voice, lecture: &TimetableEntry) -> [String; 5] {
    let [from, until] = [lecture.starts_at, lecture.ends_at].map(|at| voice.time(at));
    [
        format!("{from} - {until}"),
        lecture.unit_code.to_string(),
        state(voice, &lecture.state),
        lecture.venue.as_str().to_owned(),
        lecture.unit_name.clone(),
    ]
}

/// What has become of a lecture, with a sign of its own, and why where it is blocked.
fn state(voice: Voice, state: &LectureState) -> String {
    let (sign, word) = match state {
        LectureState::Planned => ("-", voice.say(StaffScreen::Planned)),
        LectureState::Opened { state, .. } => match state {
            SessionState::Open => ("•", voice.say(*state)),
            SessionState::Closed => ("=", voice.say(*state)),
            SessionState::Cancelled | SessionState::NotHeld => ("x", voice.say(*state)),
        },
        LectureState::Cancelled => ("x", voice.say(SessionState::Cancelled)),
        LectureState::NotHeld => ("x", voice.say(SessionState::NotHeld)),
        LectureState::Blocked { problem } => {
            let problem = voice.say(problem);
            ("!", voice.say(StaffScreen::NotOpened { problem }))
        }
    };
    format!("{sign} {word}")
}
