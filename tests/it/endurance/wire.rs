//! The orders to the program of one kiosk and its answers, one line of JSON each.

use serde::{Deserialize, Serialize};

/// The variable that makes a test process the program of a kiosk: a [`Setup`] as JSON.
pub const SETUP: &str = "KIOSK_TEST_ENDURANCE_SETUP";

/// The arguments of a program.
#[derive(Serialize, Deserialize)]
pub struct Setup {
    /// Where orders come from.
    pub socket: String,
    pub database: String,
    pub kiosk_id: String,
    /// `host:port` of the proxy to Firestore.
    pub firestore: String,
    pub project: String,
    /// The address of the proxy to the portal.
    pub portal: String,
    pub now: Now,
    /// Runs of the machine before this one.
    pub boots: u32,
}

/// The machine's clocks, in milliseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Now {
    pub wall: i64,
    /// Since the machine's start.
    pub elapsed: i64,
    pub is_trusted: bool,
}

#[derive(Serialize, Deserialize)]
pub struct Message {
    pub now: Now,
    pub order: Order,
}

#[derive(Clone, Serialize, Deserialize)]
pub enum Order {
    /// Adds the lecturer, the units and their class lists.
    SetUp {
        units: usize,
        students: usize,
    },
    Open {
        unit: usize,
        starts_at: i64,
    },
    Join {
        session: String,
    },
    CheckIns {
        session: String,
        arrivals: Vec<Arrival>,
    },
    Correct {
        session: String,
        number: String,
        act: Act,
    },
    /// Checks the clock, closes sessions that have ended, publishes, delivers in so many steps, and
    /// reads the records of the other kiosk.
    Go {
        steps: usize,
    },
    /// Makes everything due, as `kiosk sync retry` does.
    Retry,
    Roster {
        session: String,
    },
}

/// A student at the keyboard or with a phone.
#[derive(Clone, Serialize, Deserialize)]
pub struct Arrival {
    pub number: String,
    pub has_phone: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Act {
    Mark,
    Unmark,
    Undo,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    Session(String),
    /// A check-in or correction was recorded.
    Recorded(Acknowledgement),
    /// The student was already marked.
    AlreadyMarked {
        number: String,
    },
    /// The student was refused.
    Refused {
        number: String,
        why: String,
    },
    Queued(Queued),
    Line(Line),
    /// Something failed; the program goes on.
    Failed(String),
    /// The order is complete; no more answers follow.
    Done,
}

/// What a student learns from a check-in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acknowledgement {
    pub attendance_id: String,
    pub number: String,
    pub at: i64,
    pub percentage: f64,
    pub is_trusted: bool,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Queued {
    pub records: u64,
    pub parked: u64,
    pub sessions: u64,
}

/// One line of a lecturer's board.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    pub number: String,
    /// The time in milliseconds if the student counts as present.
    pub at: Option<i64>,
    pub attended: u32,
    pub percentage: f64,
}
