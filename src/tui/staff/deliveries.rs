//! The sync monitor: what the remotes have not got yet, and trying it again (feature G3).

use super::Step;
use super::reading::Reading;
use crate::domain::Lecturer;
use crate::services::Delivery;
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
