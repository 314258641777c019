//! The state of the screen.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::request::StaffSessionId;
use super::site::Site;
use super::staff::{PageContext, StaffArea};
use super::stroke::Stroke;
use super::text_field::TextField;
use super::theme::Theme;
use crate::domain::{
    AdmissionNumber, Board, CheckInAnswer, Code, LectureHere, Refusal, SessionId, Timestamp,
};
use crate::services::Snapshot;

/// How long a hint stays.
const HINT_FOR: Duration = Duration::from_secs(4);

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub struct Model {
    /// What never changes while the program runs.
    pub site: Site,
    /// The colours and characters of this terminal.
    pub theme: Theme,
    /// The time of the latest message.
    pub now: Timestamp,
    /// The session, the remotes and the clock, as they are now.
    pub snapshot: Arc<Snapshot>,
    /// What a student is typing.
    pub entry: EntryForm,
    /// The staff area, while it is open.
    pub staff: Option<StaffArea>,
    /// The latest staff session; answers to what an earlier one asked for are dropped.
    pub staff_session: StaffSessionId,
    /// A sentence in the status line, while it is shown.
    pub hint: Option<Hint>,
    /// When the help was opened, while it is shown.
    pub help: Option<Timestamp>,
    /// Whether the students' screen is for a projector: counts and the symbol, until a key is pressed.
    pub for_projector: bool,
}

/// The code on the screen, and how long it is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShownCode {
    pub code: Code,
    /// The time until the next code; `None` when the code does not change.
    pub remaining: Option<Duration>,
}

/// The entry field and the answer to the last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryForm {
    /// What the field asks for.
    pub stage: EntryStage,
    /// The text that is typed.
    pub field: TextField,
    /// When a key was last pressed.
    pub touched_at: Timestamp,
    /// Keys typed while an answer was awaited, to be applied after it.
    pub ahead: VecDeque<Stroke>,
    /// The latest answer, while it is shown.
    pub outcome: Option<ShownAnswer>,
    /// What this keyboard has just done, while it can be undone; longer than the answer is shown.
    pub undoable: Option<Undoable>,
}

/// A check-in that this keyboard has just made and can take back, or has taken back and can put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    pub attendance_id: Uuid,
    /// The session and the number of the record.
    pub entry: Entry,
    pub is_taken_back: bool,
    pub until: Timestamp,
}

/// What the entry field asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryStage {
    /// The admission number, as at first.
    Number,
    /// The name of a student who is new here.
    Name(Entry),
    /// The answer to a question, before anything is recorded.
    Asked(Asked),
    /// Nothing: the desk is recording the check-in.
    Waiting(Entry),
}

/// A check-in as it is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The lecture on the screen when the number was typed, or the one that the student chose.
    pub session: SessionId,
    /// Whether the student chose it.
    pub is_chosen: bool,
    /// The number as typed.
    pub number: String,
    /// The name as typed, where it was asked for.
    pub name: Option<String>,
    /// Whether the student has said that the number is right as it is.
    pub insists: bool,
}

/// A question to the student at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub entry: Entry,
    pub question: Question,
    /// When it was first shown.
    pub since: Timestamp,
    /// When a lecture was marked last.
    pub marked_at: Timestamp,
}

/// What is asked of a student at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Whether this number was meant.
    Number(AdmissionNumber),
    /// Which of these lectures it is, and the place of the marked one.
    Lecture(Vec<LectureHere>, usize),
}

/// An answer on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAnswer {
    /// What the desk answered.
    pub answer: Result<CheckInAnswer, Refusal>,
    /// When it was first shown.
    pub since: Timestamp,
}

/// A sentence that disappears by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// A sentence in the status line.
    pub text: String,
    /// The time when it disappears.
    pub until: Timestamp,
}

impl Model {
    /// The screen before the first snapshot.
    #[must_use]
    pub fn new(site: Site, theme: Theme, now: Timestamp) -> Self {
        Self {
            site,
            theme,
            now,
            snapshot: Arc::default(),
            entry: EntryForm::empty(now),
            staff: None,
            staff_session: StaffSessionId::default(),
            hint: None,
            help: None,
            for_projector: false,
        }
    }

    /// What pages of the staff area can see.
    pub(super) fn page_context(&self) -> PageContext<'_> {
        PageContext {
            now: self.now,
            site: &self.site,
            snapshot: &self.snapshot,
        }
    }

    /// Shows a sentence in the status line for a while.
    pub(super) fn show_hint(&mut self, text: impl Into<String>) {
        self.hint = Some(Hint {
            text: text.into(),
            until: self.now + HINT_FOR,
        });
    }

    /// The session on the screen.
    pub(super) fn board(&self) -> Option<&Board> {
        self.snapshot.shown.as_ref().map(|shown| &shown.board)
    }

    /// The code of that session now.
    pub(super) fn shown_code(&self) -> Option<ShownCode> {
        let shown = self.snapshot.shown.as_ref()?;
        // Codes change with monotonic time.
        let monotonic = self.snapshot.clock_step.taken_from(self.now);
        Some(ShownCode {
            code: self.site.rotation.code(&shown.key, monotonic),
            remaining: self.site.rotation.remaining(monotonic),
        })
    }
}

impl EntryForm {
    /// Nothing typed, nothing shown.
    #[must_use]
    pub fn empty(now: Timestamp) -> Self {
        Self {
            stage: EntryStage::Number,
            field: TextField::default(),
            touched_at: now,
            ahead: VecDeque::new(),
            outcome: None,
            undoable: None,
        }
    }
}
