//! What a worker's step comes to.

use std::ops::AddAssign;

use crate::domain::Timestamp;

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkOutcome {
    /// Debts were tried. There may be more.
    Worked(Tally),
    /// Nothing may be tried before this moment; `None`: nothing is owed.
    Waiting {
        /// When something may.
        until: Option<Timestamp>,
    },
}

/// What became of the debts that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Tally {
    /// The remote has them.
    pub delivered: u64,
    /// Another kiosk had reported the student before.
    pub duplicates: u64,
    /// Refused for good.
    pub parked: u64,
    /// To be tried again.
    pub postponed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.duplicates += other.duplicates;
        self.parked += other.parked;
        self.postponed += other.postponed;
    }
}
