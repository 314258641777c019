//! Today's lectures, planned, open or over, also those that are not on the screen: what has become of each, and
//! opening, closing or changing it (feature E4).
//!
//! ```text
//!   TIME            UNIT      VENUE        LECTURER          STATE
//!   09:00 - 11:00   CS101     Room 7       Dr. Amina Smith   * open
//! > 14:00 - 16:00   CS204     Room 101 *   Dr. Jan Otieno    - planned
//!
//! * this kiosk
//!
//! CS204  Operating Systems  14:00 - 16:00 · Dr. Jan Otieno
//! Opens by itself at 13:50. Enter opens it now, in this room.
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
use crate::words::{
    EditText, Key, KeyHelp, KeyUse, Label, MenuText, Message, StaffScreen, UnitText, Voice,
};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::OpenNow),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("c"), KeyUse::CancelLecture),
    (Key::These("d"), KeyUse::Details),
    (Key::These("M"), KeyUse::Move),
    (Key::These("z"), KeyUse::Undo),
];

/// Of a lecture that nobody opened while it was time.
const KEYS_OVER: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("d"), KeyUse::Details),
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

/// On a narrow screen the venue and the lecturer give way.
const TABLE: ListTable<5> = ListTable {
    heads: [
        Label::Time,
        Label::Unit,
        Label::Venue,
        Label::Lecturer,
        Label::State,
    ],
    wide: [15, 10, 14, 18, u16::MAX],
    narrow: [14, 10, 0, 0, u16::MAX],
};

/// The rows below the table, where there is room.
const FOOT: u16 = 7;

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
            Some(_) if chosen.is_some_and(|lecture| was_missed(lecture, context)) => KEYS_OVER,
            None | Some(LectureState::Planned | LectureState::Blocked { .. }) => KEYS,
            Some(LectureState::Opened { .. }) => KEYS_OPENED,
            Some(LectureState::Cancelled | LectureState::NotHeld) => KEYS_CALLED_OFF,
        };
        let n = lectures.map_or(0, Vec::len);
        let here = lectures.into_iter().flatten();
        let here = here.filter(|lecture| is_here(lecture, context)).count();
        let count = context.say(StaffScreen::TodayCount { day, n, here });
        Frame::whole(context.say(EditText::Today), count, keys)
    }

    fn crumb(&self) -> Option<Message<'static>> {
        Some(EditText::Today.into())
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
        // Below the table, where there is room, the chosen lecture: which it is, and what Enter does with it.
        let needed = u16::try_from(lectures.len()).unwrap_or(u16::MAX);
        let has_room = area.height >= needed.saturating_add(1 + FOOT);
        let is_blocked = |lecture: &&TimetableEntry| problem(lecture, context.site.voice).is_some();
        let chosen = lectures.get(self.chosen);
        let shown = chosen.filter(|lecture| has_room || is_blocked(lecture));
        let foot = match shown {
            Some(_) if has_room => FOOT,
            Some(_) => 2,
            None => 0,
        };
        let rows = top(area, area.height.saturating_sub(foot).max(1));
        let voice = context.site.voice;
        TABLE.draw(canvas, rows, voice, lectures, self.chosen, |lecture| {
            cells(lecture, context)
        });
        let below_rows = below(area, if has_room { needed + 1 } else { rows.height });
        if let Some(lecture) = shown {
            foot_of(canvas, below_rows, lecture, (context, has_room));
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

/// Whether a planned lecture is over, and nobody opened it.
fn was_missed(lecture: &TimetableEntry, context: &PageContext) -> bool {
    can_be_opened(lecture) && lecture.ends_at <= context.now
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
        _ if was_missed(lecture, context) => {
            PageAction::Say(context.say(StaffScreen::TodayNeverOpened))
        }
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

fn is_here(lecture: &TimetableEntry, context: &PageContext) -> bool {
    let here = &context.site.venue;
    !here.as_str().is_empty() && lecture.venue.is_same_as(here)
}

fn slot(lecture: &TimetableEntry, voice: Voice) -> String {
    let [from, until] = [lecture.starts_at, lecture.ends_at].map(|at| voice.time(at));
    format!("{from} - {until}")
}

/// What this kiosk is marked with, which lecture is chosen, and what Enter does with it, or why it cannot open.
fn foot_of(
    canvas: &mut Canvas,
    area: Rect,
    lecture: &TimetableEntry,
    (context, has_room): (&PageContext, bool),
) {
    let roles = [Role::Text, Role::Quiet, Role::Warning];
    let [text, quiet, warning] = roles.map(|role| canvas.theme.role(role));
    let voice = context.site.voice;
    let mut rest = area;
    if has_room {
        let marked = voice.say(StaffScreen::TodayHere);
        canvas.left(top(below(rest, 1), 1), &marked, quiet);
        let (unit, name) = (&lecture.unit_code, &lecture.unit_name);
        let slot = slot(lecture, voice);
        let line = format!("{unit}  {name}  {slot} · {}", lecture.lecturer_name);
        canvas.left(top(below(rest, 3), 1), &line, text);
        rest = below(rest, 4);
    }
    let was_missed = was_missed(lecture, context);
    if let Some(problem) = problem(lecture, voice).filter(|_| !was_missed) {
        canvas.wrapped(rest, &problem, warning);
        return;
    }
    let opens_at = lecture.starts_at - context.site.windows.opens_before;
    let sentence = match &lecture.state {
        LectureState::Opened { .. } => StaffScreen::TodayOpened,
        LectureState::Cancelled | LectureState::NotHeld => StaffScreen::TodayCalledOff,
        _ if was_missed => StaffScreen::TodayNeverOpened,
        _ if is_here(lecture, context) && opens_at > context.now => StaffScreen::TodayOpensAt {
            time: voice.time(opens_at),
        },
        _ => StaffScreen::TodayOpensNow,
    };
    canvas.wrapped(rest, &voice.say(sentence), quiet);
}

fn cells(lecture: &TimetableEntry, context: &PageContext) -> [String; 5] {
    let voice = context.site.voice;
    let venue = lecture.venue.as_str();
    [
        slot(lecture, voice),
        lecture.unit_code.to_string(),
        if is_here(lecture, context) {
            format!("{venue} *")
        } else {
            venue.to_owned()
        },
        lecture.lecturer_name.clone(),
        if was_missed(lecture, context) {
            format!("? {}", voice.say(UnitText::NeverOpened))
        } else {
            state(voice, &lecture.state)
        },
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
