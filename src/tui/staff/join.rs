//! The open sessions of other kiosks, and joining one (feature E5).
//!
//! ```text
//!   TIME            UNIT      STATE    KIOSK         LECTURER           VENUE
//! > 09:00 - 11:00   CS101     joined   hall-left     Dr. Amina Smith    Great hall
//! ```

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::page::{PageAction, PageContext, StaffPage};
use crate::services::RemoteSession;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::tui::words;

const KEYS: Keys = &[
    ("Enter", "join"),
    ("Esc", "back"),
    ("r", "ask again"),
    ("Up/Down", "choose"),
    ("?", "help"),
];

const HELP: Help = (
    "Joining another kiosk's session",
    &[
        (
            "Enter, j",
            "Takes check-ins for it here too, with its class list.",
        ),
        ("r", "Asks Firestore again what is open."),
        ("", "What is done to it at one kiosk is done at all."),
        ("Esc", "Back to the menu."),
    ],
);

/// On a narrow screen the time, the lecturer and the venue give way.
const TABLE: ListTable<6> = ListTable {
    heads: ["TIME", "UNIT", "STATE", "KIOSK", "LECTURER", "VENUE"],
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
    fn frame(&self, _: &PageContext) -> Frame {
        Frame::whole(words::JOIN_TITLE, "", KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let [quiet, warning] = [Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
        match &self.found {
            RemoteSessions::Unread | RemoteSessions::Reading => {
                canvas.wrapped(below(area, 1), words::ASKING_OTHERS, quiet);
            }
            RemoteSessions::Failed(problem) => {
                let used = canvas.wrapped(below(area, 1), problem, warning);
                canvas.wrapped(below(area, used + 2), words::HOW_TO_GO_ON_ALONE, quiet);
            }
            RemoteSessions::Read(sessions) if sessions.is_empty() => {
                canvas.wrapped(below(area, 1), words::NOTHING_TO_JOIN, quiet);
            }
            RemoteSessions::Read(sessions) => {
                TABLE.draw(canvas, area, sessions, self.chosen, |remote| {
                    cells(context, remote)
                });
            }
        }
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
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
                    return join(remote);
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

fn join(remote: &RemoteSession) -> PageAction {
    if remote.is_joined {
        PageAction::say(words::JOINED_ALREADY)
    } else {
        PageAction::Request(StaffRequest::JoinSession(remote.session.id))
    }
}

fn cells(context: &PageContext, remote: &RemoteSession) -> [String; 6] {
    let session = &remote.session;
    [
        session.time_slot(context.site.voice.zone),
        session.unit_code.to_string(),
        words::joined(remote.is_joined).to_owned(),
        remote.kiosk_id.clone(),
        session.lecturer_name.clone(),
        session.venue.as_str().to_owned(),
    ]
}
