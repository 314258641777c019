//! Something that is read again whenever it may have changed, one reading at a time.

/// Whether a reading is under way, and whether it is out of date already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refresh {
    under_way: bool,
    again: bool,
}

impl Refresh {
    /// Whether to read now; otherwise another reading follows the one under way.
    pub(super) fn starts(&mut self) -> bool {
        self.again = self.under_way;
        !std::mem::replace(&mut self.under_way, true)
    }

    /// Notes an answer, and returns whether to read once more.
    pub(super) fn continues(&mut self) -> bool {
        self.under_way = std::mem::take(&mut self.again);
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_of_changes_is_one_reading_and_one_more() {
        let mut refresh = Refresh::default();
        assert!(refresh.starts());
        assert!(!refresh.starts() && !refresh.starts());
        assert!(refresh.continues());
        assert!(!refresh.continues());
        assert!(refresh.starts());
    }
}
