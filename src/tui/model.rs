//! What the screen knows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::field::Field;
use super::msg::{StaffSessionId, Stroke};
use super::staff::Staff;
use super::theme::Theme;
use crate::domain::{
    Board, CheckInAnswer, Code, Rotation, Semester, Timestamp, Venue, Windows, Zone,
};
use crate::services::Snapshot;
use crate::services::export::Shelf;

/// Everything that is drawn, and nothing else.
#[derive(Debug, Clone)]
pub struct Model {
    /// What never changes while the program runs.
    pub site: Site,
    /// How this terminal shows things.
    pub theme: Theme,
    /// The time of the latest message.
    pub now: Timestamp,
    /// What is so now.
    pub picture: Arc<Snapshot>,
    /// What a student is typing.
    pub entry: Entry,
    /// The staff area, while it is open.
    pub staff: Option<Staff>,
    /// The latest opening of the staff area; what was asked for in another is not answered here.
    pub visit: StaffSessionId,
    /// A sentence for whoever pressed a key that does nothing here.
    pub hint: Option<Hint>,
    /// Since when the help is shown.
    pub help: Option<Timestamp>,
    /// Whether the students' screen is for a projector: counts and the symbol, until a key is pressed.
    pub on_the_wall: bool,
}

/// The settings that the screen needs.
#[derive(Debug, Clone)]
pub struct Site {
    /// The kiosk's name.
    pub name: String,
    /// The zone that times are shown in.
    pub zone: Zone,
    /// When check-in opens, and how long one is on time.
    pub windows: Windows,
    /// How the code changes.
    pub rotation: Rotation,
    /// How long a result stays.
    pub result_for: Duration,
    /// The attendance that the school asks for.
    pub required_percent: u32,
    /// After how long without a key staff are signed out.
    pub lock_after: Duration,
    /// How long sessions that are opened here last.
    pub session_lasts: Duration,
    /// Where sessions that are opened here are held.
    pub venue: Venue,
    /// The semester of sessions that are opened here.
    pub semester: Semester,
    /// Where lists can be put.
    pub shelf: Shelf,
    /// Set in a demonstration, where everybody may sign in and leave.
    pub demo: Option<DemoStaff>,
}

/// The sign-in that a demonstration shows openly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStaff {
    /// The staff id.
    pub staff_id: String,
    /// The PIN; it protects nothing.
    pub pin: String,
}

/// The code on the screen and how long it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LiveCode {
    pub code: Code,
    /// Until the next one; none when it does not change.
    pub remaining: Option<Duration>,
}

/// The entry field and what became of the last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is asked for.
    pub stage: Stage,
    /// What is typed.
    pub field: Field,
    /// When a key was last pressed.
    pub touched_at: Timestamp,
    /// Keys typed while an answer was awaited, to be applied after it.
    pub ahead: VecDeque<Stroke>,
    /// The latest answer, while it is shown.
    pub outcome: Option<Outcome>,
}

/// What the entry field asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The admission number.
    Number,
    /// The name of a student who is new here.
    Name {
        /// The number that was typed.
        number: String,
    },
    /// Nothing: the desk is recording.
    Waiting {
        /// The number that was typed.
        number: String,
    },
}

/// An answer on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub answer: CheckInAnswer,
    /// Since when it is shown.
    pub since: Timestamp,
}

/// A passing sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The sentence.
    pub text: String,
    /// When it goes.
    pub until: Timestamp,
}

impl Model {
    /// A screen that knows its settings and the time, and nothing else yet.
    #[must_use]
    pub fn new(site: Site, theme: Theme, now: Timestamp) -> Self {
        Self {
            site,
            theme,
            now,
            picture: Arc::default(),
            entry: Entry::empty(now),
            staff: None,
            visit: StaffSessionId::default(),
            hint: None,
            help: None,
            on_the_wall: false,
        }
    }

    /// The session on the screen.
    pub(super) fn board(&self) -> Option<&Board> {
        self.picture.shown.as_ref().map(|shown| &shown.board)
    }

    /// Its code now.
    pub(super) fn live_code(&self) -> Option<LiveCode> {
        let shown = self.picture.shown.as_ref()?;
        // Codes change with the time that nobody sets.
        let monotonic = self.picture.clock_step.taken_from(self.now);
        Some(LiveCode {
            code: self.site.rotation.code(&shown.key, monotonic),
            remaining: self.site.rotation.remaining(monotonic),
        })
    }
}

impl Entry {
    /// Nothing typed, nothing shown.
    #[must_use]
    pub fn empty(now: Timestamp) -> Self {
        Self {
            stage: Stage::Number,
            field: Field::default(),
            touched_at: now,
            ahead: VecDeque::new(),
            outcome: None,
        }
    }
}
