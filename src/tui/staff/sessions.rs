//! The sessions of today and before: look at one, close, extend, change, move, reopen or cancel it, and export its
//! lists.
//!
//! ```text
//!   DAY               TIME            UNIT     NO  STATE     VENUE
//! > Sun 22 Nov 2026   09:00 - 11:00   CS101     4  open      Room 101
//!   Sun 15 Nov 2026   09:00 - 11:00   CS101     3  closed    Room 101
//! ```

use ratatui::layout::{Position, Rect};

use super::board::LiveBoardPage;
use super::choice::moved;
use super::chosen_lecture::ChosenLecture;
use super::export::ExportForm;
use super::lecture_keys;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::Session;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, top};
use crate::tui::request::{ReadLimit, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Label, MenuText, Message, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Board),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("c"), KeyUse::Close),
    (Key::These("e"), KeyUse::Extend),
    (Key::These("d"), KeyUse::Details),
    (Key::These("M"), KeyUse::Move),
    (Key::These("r"), KeyUse::Reopen),
    (Key::These("x"), KeyUse::Lists),
    (Key::These("z"), KeyUse::Undo),
];

const HELP: Help = (
    Message::Menu(MenuText::Sessions),
    &[
        (Key::Enter, KeyHelp::SessionsBoard),
        (Key::These("c"), KeyHelp::SessionsClose),
        (Key::These("e"), KeyHelp::SessionsExtend),
        (Key::These("d M"), KeyHelp::SessionsDetails),
        (Key::These("r"), KeyHelp::SessionsReopen),
        (Key::These("x"), KeyHelp::SessionsLists),
        (Key::These("z"), KeyHelp::SessionsUndo),
        (Key::Escape, KeyHelp::BackToMenu),
    ],
);

/// On a narrow screen the year and the time give way.
const TABLE: ListTable<6> = ListTable {
    heads: [
        Label::Date,
        Label::Time,
        Label::Unit,
        Label::No,
        Label::State,
        Label::Venue,
    ],
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
    fn frame(&self, context: &PageContext) -> Frame {
        let n = self.sessions.as_ref().map_or(0, Vec::len);
        let read = if self.limit.is_filled_by(n) {
            context.say(StaffScreen::PartRead { n })
        } else {
            context.say(n as u64)
        };
        Frame::whole(context.say(StaffScreen::SessionsTitle), read, KEYS)
    }

    fn crumb(&self) -> Option<Message<'static>> {
        Some(MenuText::Sessions.into())
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let quiet = canvas.theme.role(Role::Quiet);
        match self.sessions.as_deref() {
            None => {
                canvas.left(
                    top(below(area, 1), 1),
                    &context.say(StaffScreen::Reading),
                    quiet,
                );
            }
            Some([]) => {
                canvas.wrapped(below(area, 1), &context.say(StaffScreen::NoSessions), quiet);
            }
            Some(sessions) => {
                let voice = context.site.voice;
                TABLE.draw(canvas, area, voice, sessions, self.chosen, |session| {
                    cells(voice, session)
                });
            }
        }
        None
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
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
        self.session().map_or(PageAction::Stay, |session| {
            command(stroke, session, context)
        })
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

fn command(stroke: Stroke, session: &Session, context: &PageContext) -> PageAction {
    let lecture = ChosenLecture::from(session);
    match stroke {
        Stroke::Enter => PageAction::go(LiveBoardPage::new(session.id)),
        Stroke::Character('x' | 'X') => PageAction::go(ExportForm::of_session(session, context)),
        Stroke::Character('z' | 'Z') => lecture_keys::undo(&lecture),
        _ => lecture_keys::command(stroke, &lecture, context).unwrap_or(PageAction::Stay),
    }
}

fn cells(voice: Voice, session: &Session) -> [String; 6] {
    [
        voice.date(session.starts_at),
        session.time_slot(voice.zone),
        session.unit_code.to_string(),
        session.number.to_string(),
        voice.say(session.state),
        session.venue.as_str().to_owned(),
    ]
}

#[cfg(test)]
impl SessionList {
    pub(in crate::tui) fn chosen(&self) -> usize {
        self.chosen
    }
}
