//! Something that is read again whenever it may be different, one reading at a time.

/// Whether a reading is in hand, and whether it is out of date already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    in_hand: bool,
    again: bool,
}

impl Reading {
    /// Whether to read now; otherwise the reading in hand is followed by another.
    pub(super) fn is_wanted(&mut self) -> bool {
        self.again = self.in_hand;
        !std::mem::replace(&mut self.in_hand, true)
    }

    /// Takes note of an answer, and says whether to read once more.
    pub(super) fn is_wanted_again(&mut self) -> bool {
        self.in_hand = std::mem::take(&mut self.again);
        self.in_hand
    }

    /// There will be no answer.
    pub(super) fn broke_off(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_of_changes_is_one_reading_and_one_more() {
        let mut reading = Reading::default();
        assert!(reading.is_wanted());
        assert!(!reading.is_wanted() && !reading.is_wanted());
        assert!(reading.is_wanted_again());
        assert!(!reading.is_wanted_again());
        assert!(reading.is_wanted());
    }
}
