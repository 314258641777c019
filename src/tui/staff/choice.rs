//! Moving the choice in a list.

use crate::tui::stroke::Stroke;

/// Rows that the page keys move by.
const PAGE: usize = 10;

/// Where a key moves the choice; `None` for a key that does not.
pub(super) fn moved(stroke: Stroke, at: usize, count: usize) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leaves_the_list() {
        for count in 0..25 {
            for at in 0..25 {
                for stroke in [Stroke::Up, Stroke::Down, Stroke::PageDown, Stroke::End] {
                    let to = moved(stroke, at, count).unwrap();
                    assert!(to < count.max(1), "{stroke:?} from {at} of {count}");
                }
            }
        }
        assert_eq!(moved(Stroke::Enter, 0, 5), None);
    }
}
