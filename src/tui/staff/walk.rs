//! Moving the choice in a list.

use crate::tui::msg::Stroke;

/// Rows that the page keys move by.
const PAGE: usize = 10;

/// Where a key moves the choice; `None` for a key that does not.
pub(super) fn walked(stroke: Stroke, at: usize, count: usize) -> Option<usize> {
    let lowest = count.saturating_sub(1);
    let at = at.min(lowest);
    Some(match stroke {
        Stroke::Up => at.saturating_sub(1),
        Stroke::Down => (at + 1).min(lowest),
        Stroke::PageUp => at.saturating_sub(PAGE),
        Stroke::PageDown => (at + PAGE).min(lowest),
        Stroke::Home => 0,
        Stroke::End => lowest,
        _ => return None,
    })
}

/// How much of a long list is read: a page at first, and one more whenever the choice reaches its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent(u32);

impl Extent {
    /// Lines read at a time: more than a big screen shows.
    const STEP: u32 = 200;

    /// The lines to be read.
    #[must_use]
    pub fn lines(self) -> u32 {
        self.0
    }

    /// Whether there may be more than these lines.
    #[must_use]
    pub fn is_filled_by(self, count: usize) -> bool {
        count >= usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// Grows when the choice is at the end of what was read, and says whether it has.
    pub(super) fn follows(&mut self, chosen: usize, count: usize) -> bool {
        let at_end = self.is_filled_by(count) && chosen + 1 >= count;
        if at_end {
            self.0 = self.0.saturating_add(Self::STEP);
        }
        at_end
    }
}

impl Default for Extent {
    fn default() -> Self {
        Self(Self::STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leaves_the_list() {
        for count in 0..25 {
            for at in 0..25 {
                for stroke in [Stroke::Up, Stroke::Down, Stroke::PageDown, Stroke::End] {
                    let to = walked(stroke, at, count).unwrap();
                    assert!(to < count.max(1), "{stroke:?} from {at} of {count}");
                }
            }
        }
        assert_eq!(walked(Stroke::Enter, 0, 5), None);
    }

    #[test]
    fn the_end_of_a_long_list_reads_on_and_that_of_a_short_one_does_not() {
        let mut extent = Extent::default();
        assert!(!extent.follows(198, 200));
        assert!(extent.follows(199, 200));
        assert_eq!(extent.lines(), 400);
        assert!(!extent.follows(199, 200), "until it is read");
        assert!(!extent.follows(250, 251), "there are no more");
    }
}
