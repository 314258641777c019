//! The sessions of today and before: look at one, extend, reopen or cancel it, and export its lists.
//!
//! ```text
//!   DAY               TIME            UNIT     NO  STATE     VENUE
//! > Sun 22 Nov 2026   09:00 - 11:00   CS101     4  open      Room 101
//!   Sun 15 Nov 2026   09:00 - 11:00   CS101     3  closed    Room 101
//! ```

use ratatui::layout::{Position, Rect};

use super::board::LiveBoardPage;
use super::choice::moved;
use super::export::ExportForm;
use super::page::{PageAction, PageContext, StaffPage};
use super::question::{Question, Subject};
use crate::domain::{Session, SessionState};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, top};
use crate::tui::request::{ReadLimit, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::tui::words;

const KEYS: Keys = &[
    ("Enter", "board"),
    ("Esc", "back"),
    ("e", "extend"),
    ("r", "reopen"),
    ("c", "cancel"),
    ("x", "lists"),
    ("?", "help"),
];

const HELP: Help = (
    "Sessions",
    &[
        ("Enter", "Who was there."),
        ("e", "Extends an open one by the minutes that you type."),
        (
            "r",
            "Reopens: at least 15 minutes more; records carry a flag.",
        ),
        ("c", "Cancels: it was not held and counts for nobody."),
        ("x", "Writes its lists into files."),
        ("Esc", "Back to the menu."),
    ],
);

/// On a narrow screen the year and the time give way.
const TABLE: ListTable<6> = ListTable {
    heads: ["DAY", "TIME", "UNIT", "NO", "STATE", "VENUE"],
    wide: [17, 15, 10, 4, 11, u16::MAX],
    narrow: [11, 0, 10, 4, 11, u16::MAX],
};

/// The latest sessions of a lecturer's units, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionList {
    /// The sessions; `None` until they are read.
    sessions: Option<Vec<Session>>,
    /// The row that keys are about.
    chosen: usize,
    limit: ReadLimit,
}

impl SessionList {
    /// Shows what was read. The choice stays with the session, not with its row.
    fn show(&mut self, sessions: Vec<Session>) {
        let before = self.session().map(|session| session.id);
        let mut ids = sessions.iter().map(|session| session.id);
        let same = before.and_then(|before| ids.position(|id| id == before));
        self.chosen = same
            .unwrap_or(self.chosen)
            .min(sessions.len().saturating_sub(1));
        self.sessions = Some(sessions);
    }

    fn session(&self) -> Option<&Session> {
        self.sessions.as_ref()?.get(self.chosen)
    }
}

impl StaffPage for SessionList {
    fn frame(&self, _: &PageContext) -> Frame {
        let count = self.sessions.as_ref().map_or(0, Vec::len);
        Frame::whole(
            words::SESSIONS_TITLE,
            words::read_so_far(self.limit, count),
            KEYS,
        )
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let quiet = canvas.theme.role(Role::Quiet);
        match self.sessions.as_deref() {
            None => {
                canvas.left(top(below(area, 1), 1), words::READING, quiet);
            }
            Some([]) => {
                canvas.wrapped(below(area, 1), words::NO_SESSIONS_YET, quiet);
            }
            Some(sessions) => TABLE.draw(canvas, area, sessions, self.chosen, |session| {
                cells(context, session)
            }),
        }
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        let count = self.sessions.as_ref().map_or(0, Vec::len);
        if let Some(to) = moved(stroke, self.chosen, count) {
            self.chosen = to;
            return if self.limit.grow_at_end(to, count) {
                PageAction::Refresh
            } else {
                PageAction::Stay
            };
        }
        if stroke == Stroke::Escape {
            return PageAction::Back;
        }
        self.session()
            .map_or(PageAction::Stay, |session| command(stroke, session))
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        match answer {
            StaffAnswer::Sessions(sessions) => Some(PageAction::show(sessions, |sessions| {
                self.show(sessions);
            })),
            _ => None,
        }
    }

    fn refresh(&self) -> Option<StaffRequest> {
        Some(StaffRequest::ListSessions(self.limit))
    }
}

fn command(stroke: Stroke, session: &Session) -> PageAction {
    let code = session.unit_code.clone();
    let is_open = session.state == SessionState::Open;
    let ask = |subject| PageAction::Ask(Question::new(subject));
    match stroke {
        Stroke::Enter => PageAction::go(LiveBoardPage::new(session.id)),
        Stroke::Character('x' | 'X') => PageAction::go(ExportForm::of_session(session)),
        Stroke::Character('e' | 'E') if is_open => ask(Subject::Extend(session.id, code)),
        Stroke::Character('e' | 'E') => PageAction::say(words::NOT_OPEN),
        Stroke::Character('r' | 'R') if is_open => PageAction::say(words::OPEN_ALREADY),
        Stroke::Character('r' | 'R') => ask(Subject::Reopen(session.id, code)),
        Stroke::Character('c' | 'C') if session.state == SessionState::Cancelled => {
            PageAction::say(words::CANCELLED_ALREADY)
        }
        Stroke::Character('c' | 'C') => ask(Subject::Cancel(session.id, code)),
        _ => PageAction::Stay,
    }
}

fn cells(context: &PageContext, session: &Session) -> [String; 6] {
    let zone = context.site.voice.zone;
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

#[cfg(test)]
impl SessionList {
    pub(in crate::tui) fn chosen(&self) -> usize {
        self.chosen
    }
}
