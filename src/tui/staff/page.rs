//! What a page of the staff area is. To add one: a file with a type that implements [`StaffPage`], and a
//! choice in [`menu`](super::menu) or a key of another page that opens it.

use std::any::Any;
use std::fmt::Debug;

use ratatui::layout::{Position, Rect};

use super::question::Question;
use crate::domain::{Board, Phase, Session, Timestamp};
use crate::services::{SignIn, Snapshot};
use crate::tui::draw::Canvas;
use crate::tui::draw::frame::{Frame, Help};
use crate::tui::request::{SignInRequest, StaffAnswer, StaffRequest};
use crate::tui::site::Site;
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::words::{Message, StaffScreen};

/// A page: what it holds, what its keys do, what it takes of the answers, and how it is drawn. It changes
/// nothing but itself; what is to be done it returns.
pub trait StaffPage: PageValue + Debug {
    /// The frame: its title, and the keys below the page.
    fn frame(&self, context: &PageContext) -> Frame;

    /// What the way to a page over this one begins with.
    fn crumb(&self) -> Option<Message<'static>> {
        None
    }

    /// What each key does, in full.
    fn help(&self) -> Help;

    /// Draws the content and returns where the cursor belongs.
    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position>;

    /// Applies a key and returns what it leads to.
    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction;

    /// Takes an answer; `None` when it is for another page.
    fn receive(&mut self, _: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        None
    }

    /// Something that was to be read broke off; a sentence says so.
    fn broke_off(&mut self, _: &str) {}

    /// Opens again after another page, which got what answers came meanwhile: nothing is awaited any more.
    fn reopened(&mut self) {}

    /// Reads what the page shows. Made when the page opens and whenever something may have changed, one at a
    /// time.
    fn refresh(&self) -> Option<StaffRequest> {
        None
    }

    /// Reads what is missing besides. Made when the page opens and after a key or a refresh.
    fn read_more(&mut self) -> Option<StaffRequest> {
        None
    }

    /// The field that takes text now. Without one, letters are commands.
    fn text_field(&mut self) -> Option<&mut TextField> {
        None
    }

    /// Whether the note stays when a key is pressed.
    fn keeps_note(&mut self, _: Timestamp) -> bool {
        false
    }

    /// Forgets a choice that waits to be confirmed, because the session on the screen is another one; returns
    /// whether there was one.
    fn withdraw_confirmation(&mut self) -> bool {
        false
    }

    /// Whether the students' screen for a projector is shown in place of the page.
    fn is_for_projector(&self) -> bool {
        false
    }
}

/// What a key or an answer leads to.
#[derive(Debug)]
pub enum PageAction {
    /// Nothing besides the change of the page.
    Stay,
    /// Something is asked of the services.
    Request(StaffRequest),
    /// Somebody wants to sign in.
    SignIn(SignInRequest),
    /// Somebody has signed in.
    Enter(Box<SignIn>),
    /// What the page shows is read again.
    Refresh,
    /// Another page opens over this one.
    Go(Box<dyn StaffPage>),
    /// A sentence is shown.
    Say(String),
    /// A question is asked first.
    Ask(Question),
    /// The page before opens again.
    Back,
    /// The students' screen is shown again.
    Close,
}

impl PageAction {
    /// Opens another page over this one.
    pub fn go(page: impl StaffPage) -> Self {
        Self::Go(Box::new(page))
    }

    /// Shows what was read, or the sentence that says why it was not.
    pub fn show<T>(read: Result<T, String>, show: impl FnOnce(T)) -> Self {
        match read {
            Ok(read) => {
                show(read);
                Self::Stay
            }
            Err(problem) => Self::Say(problem),
        }
    }
}

/// What a page can see of the rest of the screen.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'a> {
    /// The time of the latest message.
    pub now: Timestamp,
    /// What the screen needs of the configuration.
    pub site: &'a Site,
    /// The session on the screen, the remotes and the clock.
    pub snapshot: &'a Snapshot,
}

impl<'a> PageContext<'a> {
    /// The board of the session on the screen.
    #[must_use]
    pub fn board(&self) -> Option<&'a Board> {
        self.snapshot.shown.as_ref().map(|shown| &shown.board)
    }

    /// The text of a message.
    pub fn say<'m>(&self, message: impl Into<Message<'m>>) -> String {
        self.site.voice.say(message)
    }

    /// What another lecture would open over: the one on the screen, while it takes check-ins.
    #[must_use]
    pub fn opens_over(&self) -> Option<String> {
        let session = self.session()?;
        let (Phase::OnTime { .. } | Phase::Late { .. }) =
            session.phase(self.now, self.site.windows)
        else {
            return None;
        };
        Some(self.say(StaffScreen::OpensOver {
            unit: session.unit_code.to_string(),
            until: self.site.voice.time(session.ends_at),
        }))
    }

    /// The session on the screen.
    #[must_use]
    pub fn session(&self) -> Option<&'a Session> {
        self.board().map(|board| &board.session)
    }
}

/// A page is a plain value, so that the model that holds it can be copied and compared.
pub trait PageValue: Any {
    /// A copy of the page.
    fn copied(&self) -> Box<dyn StaffPage>;

    /// Whether another page is of the same type and equal.
    fn is_same(&self, other: &dyn StaffPage) -> bool;
}

impl<P: StaffPage + Clone + PartialEq> PageValue for P {
    fn copied(&self) -> Box<dyn StaffPage> {
        Box::new(self.clone())
    }

    fn is_same(&self, other: &dyn StaffPage) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<P>() == Some(self)
    }
}

impl Clone for Box<dyn StaffPage> {
    fn clone(&self) -> Self {
        (**self).copied()
    }
}

impl PartialEq for dyn StaffPage {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

/// Without this, `derive(PartialEq)` would move a page out of its box to compare it.
impl PartialEq<&Self> for Box<dyn StaffPage> {
    fn eq(&self, other: &&Self) -> bool {
        **self == ***other
    }
}

impl Eq for dyn StaffPage {}
