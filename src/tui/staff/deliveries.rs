//! The sync monitor: what the remotes have not got yet, and trying it again (feature G3).

use uuid::Uuid;

use super::PageAction;
use super::reading::Reading;
use super::walk::{Extent, walked};
use crate::domain::{DeliveryState, Lecturer, Target, Timestamp};
use crate::tui::msg::{Effect, Stroke};

/// What is owed, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveriesPage {
    /// The deliveries that are not settled; `None` until they are read.
    pub lines: Option<Vec<Delivery>>,
    /// Which one Enter tries again.
    pub chosen: usize,
    /// How many are read.
    pub extent: Extent,
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
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, while it is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// Whether it was recorded by a clock that was not set.
    pub clock_untrusted: bool,
    /// When the check-in was made.
    pub checked_in_at: Timestamp,
    /// Whose: the number, or its tail.
    pub number: String,
}

impl DeliveriesPage {
    pub(super) fn refresh(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted();
        wanted.then(|| Effect::ListDeliveries(lecturer.clone(), self.extent))
    }

    pub(super) fn answered(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then(|| Effect::ListDeliveries(lecturer.clone(), self.extent))
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let lines = self.lines.as_deref().unwrap_or_default();
        let count = lines.len();
        let at = self.chosen.min(count.saturating_sub(1));
        if let Some(to) = walked(stroke, at, count) {
            self.chosen = to;
            let more = self.extent.follows(to, count);
            let effect = more.then(|| self.refresh(lecturer)).flatten();
            return effect.map_or(PageAction::Stay, PageAction::Read);
        }
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter | Stroke::Character('r') => {
                lines.get(at).map_or(PageAction::Stay, |line| {
                    PageAction::Await(Effect::Retry(line.attendance_id, line.target))
                })
            }
            Stroke::Character('R') => PageAction::Await(Effect::RetryAll),
            _ => PageAction::Stay,
        }
    }
}
