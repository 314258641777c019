//! What the term says to the program of one kiosk, and what that answers, a line of JSON each.

use serde::{Deserialize, Serialize};

/// The variable that makes a test process the program of a kiosk: a [`Charge`] as JSON.
pub const CHARGE: &str = "KIOSK_TEST_ENDURANCE_CHARGE";

/// What a program is started with.
#[derive(Serialize, Deserialize)]
pub struct Charge {
    /// Where orders come from.
    pub socket: String,
    pub database: String,
    pub kiosk_id: String,
    /// `host:port` of the line to Firestore.
    pub firestore: String,
    pub project: String,
    /// The address of the line to the portal.
    pub portal: String,
    pub now: Now,
    /// Runs of the machine before this one.
    pub boots: u32,
}

/// What the machine's clocks say, in milliseconds.
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
    /// The lecturer, the units and their class lists, as a technician brings them.
    Found {
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
    /// Looks at the clock, closes what has ended, publishes, delivers in so many steps, and hears of
    /// the other kiosk.
    Go {
        steps: usize,
    },
    /// Makes everything due, as `kiosk sync retry` does.
    Retry,
    Roster {
        session: String,
    },
}

/// Somebody at the keyboard or with a phone.
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
    /// One check-in or correction that was made.
    Recorded(Slip),
    /// One who was there already.
    Before {
        number: String,
    },
    /// One who was turned away, and why.
    Refused {
        number: String,
        why: String,
    },
    Owed(Owed),
    Line(Line),
    /// Something could not be done; the program goes on.
    Trouble(String),
    /// The order has been carried out; nothing more comes.
    Done,
}

/// What a person has in hand after a check-in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slip {
    pub attendance_id: String,
    pub number: String,
    pub at: i64,
    pub percentage: f64,
    pub is_trusted: bool,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Owed {
    pub records: u64,
    pub parked: u64,
    pub sessions: u64,
}

/// One line of a lecturer's board.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    pub number: String,
    /// When, in milliseconds, where the student counts as there.
    pub at: Option<i64>,
    pub attended: u32,
    pub percentage: f64,
}
