//! What the screen knows.

use std::collections::VecDeque;
use std::time::Duration;

use super::field::Field;
use super::msg::Stroke;
use super::theme::Theme;
use crate::domain::{Board, CheckInAnswer, Code, RemoteStatus, Timestamp, Windows, Zone};

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
    pub picture: Picture,
    /// The code on the screen.
    pub code: Option<LiveCode>,
    /// What a student is typing.
    pub entry: Entry,
    /// The staff area, while it is open.
    pub staff: Option<Staff>,
    /// A sentence for whoever pressed a key that does nothing here.
    pub hint: Option<Hint>,
}

/// The settings that the screen needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The kiosk's name.
    pub name: String,
    /// The zone that times are shown in.
    pub zone: Zone,
    /// When check-in opens, and how long one is on time.
    pub windows: Windows,
    /// How long a result stays.
    pub result_for: Duration,
    /// After how long without a key staff are signed out.
    pub lock_after: Duration,
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

/// What is so now, replaced whole whenever any of it changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// The open session, or none.
    pub board: Option<Board>,
    /// Where phones reach the kiosk, such as `http://192.168.1.20:8080`; none without a network.
    pub address: Option<String>,
    /// Google Firestore.
    pub firestore: Remote,
    /// The lecturer portal.
    pub portal: Remote,
    /// Set when nothing can be recorded.
    pub trouble: Option<Trouble>,
    /// Set when the clock is not synchronised.
    pub clock_is_doubtful: bool,
}

/// How a remote is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remote {
    /// Its connection.
    pub status: RemoteStatus,
    /// Reports waiting to be delivered.
    pub waiting: u64,
    /// Reports that it refused and that staff must look at.
    pub parked: u64,
}

/// Why nothing can be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// A short code for the technician, such as `DISK-FULL`.
    pub code: String,
    /// One sentence.
    pub sentence: String,
}

/// A code and how long it will be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveCode {
    /// The code.
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
    pub text: &'static str,
    /// When it goes.
    pub until: Timestamp,
}

/// The staff area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// What is on it.
    pub page: StaffPage,
    /// When a key was last pressed.
    pub touched_at: Timestamp,
    /// The latest answer or problem.
    pub note: Option<String>,
}

/// A page of the staff area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffPage {
    /// Who is it?
    SignIn(SignInForm),
    /// What shall be done?
    Menu(StaffMenu),
}

/// The sign-in form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInForm {
    /// The staff id.
    pub staff_id: Field,
    /// The PIN, shown as dots.
    pub pin: Field,
    /// Whether keys go to the PIN.
    pub in_pin: bool,
    /// Whether an answer is awaited; keys do nothing meanwhile.
    pub awaiting: bool,
    /// No try before this moment.
    pub locked_until: Option<Timestamp>,
}

/// What a signed-in staff member can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMenu {
    /// Who it is.
    pub name: String,
    /// The choice that Enter takes.
    pub chosen: StaffChoice,
    /// A choice that was taken once and is done when it is taken again.
    pub confirming: Option<StaffChoice>,
    /// Whether an answer is awaited.
    pub awaiting: bool,
}

/// A choice of the staff menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffChoice {
    /// Close the session on the screen.
    CloseSession,
    /// End the program.
    Leave,
    /// Back to the students' screen.
    Back,
}

/// The answer to a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// Welcome.
    Yes {
        /// Who it is.
        name: String,
    },
    /// No such staff id, or another PIN; which of the two is not said.
    No,
    /// Too many wrong tries.
    Wait {
        /// How long.
        retry_after: Duration,
    },
    /// The kiosk cannot tell.
    OutOfOrder,
}

impl Model {
    /// A screen that knows its settings and the time, and nothing else yet.
    #[must_use]
    pub fn new(site: Site, theme: Theme, now: Timestamp) -> Self {
        Self {
            site,
            theme,
            now,
            picture: Picture::default(),
            code: None,
            entry: Entry::empty(now),
            staff: None,
            hint: None,
        }
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

impl StaffChoice {
    /// The menu, top to bottom.
    pub const ALL: [Self; 3] = [Self::CloseSession, Self::Leave, Self::Back];
}
