//! The sync monitor: what the remotes have not got yet, and trying it again (feature G3).

use uuid::Uuid;

use super::Step;
use super::reading::Reading;
use crate::domain::{DebtState, Lecturer, Target, Timestamp};
use crate::tui::msg::{Effect, Stroke};

/// What is owed, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveriesPage {
    /// The deliveries that are not settled; `None` until they are read.
    pub lines: Option<Vec<Delivery>>,
    /// Which one Enter tries again.
    pub chosen: usize,
    pub(super) reading: Reading,
}

/// A delivery that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which record.
    pub attendance_id: Uuid,
    /// To whom.
    pub target: Target,
    /// Waiting or parked.
    pub state: DebtState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, while it is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When the check-in was made.
    pub checked_in_at: Timestamp,
    /// Whose: the number, or its tail.
    pub number: String,
}

/// Rows that the page keys move by.
const PAGE: usize = 10;

impl DeliveriesPage {
    pub(super) fn refresh(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted();
        wanted.then(|| Effect::ListDeliveries(lecturer.clone()))
    }

    pub(super) fn answered(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then(|| Effect::ListDeliveries(lecturer.clone()))
    }

    pub(super) fn press(&mut self, stroke: Stroke) -> Step {
        let lines = self.lines.as_deref().unwrap_or_default();
        let lowest = lines.len().saturating_sub(1);
        let at = self.chosen.min(lowest);
        match stroke {
            Stroke::Escape => return Step::Home,
            Stroke::Up => self.chosen = at.saturating_sub(1),
            Stroke::Down => self.chosen = (at + 1).min(lowest),
            Stroke::PageUp => self.chosen = at.saturating_sub(PAGE),
            Stroke::PageDown => self.chosen = (at + PAGE).min(lowest),
            Stroke::Home => self.chosen = 0,
            Stroke::End => self.chosen = lowest,
            Stroke::Enter | Stroke::Character('r') => {
                return lines.get(at).map_or(Step::Stay, |line| {
                    Step::Await(Effect::Retry(line.attendance_id, line.target))
                });
            }
            Stroke::Character('R') => return Step::Await(Effect::RetryAll),
            _ => {}
        }
        Step::Stay
    }
}
