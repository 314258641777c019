//! The open sessions of other kiosks, and joining one (feature E5).
//!
//! ```text
//!   TIME            UNIT      STATE    KIOSK         LECTURER           VENUE
//! > 09:00 - 11:00   CS101     joined   hall-left     Dr. Amina Smith    Great hall
//! ```

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::SessionState;
use crate::services::RemoteSession;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Label, Message, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Join),
    (Key::Escape, KeyUse::Back),
    (Key::These("r"), KeyUse::AskAgain),
    (Key::UpDown, KeyUse::Choose),
    (Key::These("?"), KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpJoin),
    &[
        (Key::EnterOr("j"), KeyHelp::JoinTake),
        (Key::These("r"), KeyHelp::JoinAskAgain),
        (Key::None, KeyHelp::JoinEverywhere),
        (Key::Escape, KeyHelp::BackToMenu),
    ],
);

/// On a narrow screen the time, the lecturer and the venue give way.
const TABLE: ListTable<6> = ListTable {
    heads: [
        Label::Time,
        Label::Unit,
        Label::State,
        Label::OtherKiosk,
        Label::Lecturer,
        Label::Venue,
    ],
    wide: [15, 10, 9, 16, 18, u16::MAX],
    narrow: [0, 10, 9, u16::MAX, 0, 0],
};

/// What other kiosks have open. It is read once and again by a key: other kiosks are a network away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinPage {
    found: RemoteSessions,
    /// The row that Enter joins.
    chosen: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum RemoteSessions {
    #[default]
    Unread,
    /// Firestore is being asked. Keys work meanwhile.
    Reading,
    Read(Vec<RemoteSession>),
    /// They cannot be read; a sentence says why.
    Failed(String),
}

impl StaffPage for JoinPage {
    fn frame(&self, context: &PageContext) -> Frame {
        Frame::whole(context.say(StaffScreen::JoinTitle), "", KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let [quiet, warning] = [Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
        match &self.found {
            RemoteSessions::Unread | RemoteSessions::Reading => {
                canvas.wrapped(
                    below(area, 1),
                    &context.say(StaffScreen::AskingOthers),
                    quiet,
                );
            }
            RemoteSessions::Failed(problem) => {
                let used = canvas.wrapped(below(area, 1), problem, warning);
                let how = context.say(StaffScreen::HowToGoOnAlone);
                canvas.wrapped(below(area, used + 2), &how, quiet);
            }
            RemoteSessions::Read(sessions) if sessions.is_empty() => {
                canvas.wrapped(
                    below(area, 1),
                    &context.say(StaffScreen::NothingToJoin),
                    quiet,
                );
            }
            RemoteSessions::Read(sessions) => {
                TABLE.draw(
                    canvas,
                    area,
                    context.site.voice,
                    sessions,
                    self.chosen,
                    |remote| cells(context, remote),
                );
            }
        }
        None
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let sessions = match &self.found {
            RemoteSessions::Read(sessions) => &sessions[..],
            _ => &[],
        };
        if let Some(to) = moved(stroke, self.chosen, sessions.len()) {
            self.chosen = to;
            return PageAction::Stay;
        }
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter | Stroke::Character('j' | 'J') => {
                let chosen = self.chosen.min(sessions.len().saturating_sub(1));
                if let Some(remote) = sessions.get(chosen) {
                    return join(remote, context);
                }
            }
            // Firestore is asked once at a time.
            Stroke::Character('r' | 'R') if self.found != RemoteSessions::Reading => {
                self.found = RemoteSessions::Unread;
            }
            _ => {}
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        let StaffAnswer::RemoteSessions(sessions) = answer else {
            return None;
        };
        self.found = match sessions {
            Ok(sessions) => RemoteSessions::Read(sessions),
            Err(problem) => RemoteSessions::Failed(problem),
        };
        Some(PageAction::Stay)
    }

    fn broke_off(&mut self, sentence: &str) {
        self.found = RemoteSessions::Failed(sentence.to_owned());
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        if self.found != RemoteSessions::Unread {
            return None;
        }
        self.found = RemoteSessions::Reading;
        Some(StaffRequest::ListRemoteSessions)
    }
}

fn join(remote: &RemoteSession, context: &PageContext) -> PageAction {
    if remote.is_joined {
        PageAction::Say(context.say(StaffScreen::JoinedAlready))
    } else {
        PageAction::Request(StaffRequest::JoinSession(remote.session.id))
    }
}

fn cells(context: &PageContext, remote: &RemoteSession) -> [String; 6] {
    let session = &remote.session;
    [
        session.time_slot(context.site.voice.zone),
        session.unit_code.to_string(),
        if remote.is_joined {
            context.say(StaffScreen::Joined)
        } else {
            context.say(SessionState::Open)
        },
        remote.kiosk_id.clone(),
        session.lecturer_name.clone(),
        session.venue.as_str().to_owned(),
    ]
}
