//! How many records are written in one commit.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The most records in one commit: 200 writes, 113 kB. Google advises against larger atomic batches.
pub(super) const CHUNK: usize = 100;
/// The fewest records in one commit, 11 kB: a line that does not carry this much carries nothing.
const FEWEST: usize = 10;
/// How many records the network carries in one commit.
///
/// A commit that a slow network cannot finish in time would be sent again for ever: each that does not
/// get through halves the next, and each batch that gets through whole doubles it.
#[derive(Debug)]
pub(super) struct Width(AtomicUsize);

impl Default for Width {
    fn default() -> Self {
        Self(AtomicUsize::new(CHUNK))
    }
}

impl Width {
    pub(super) fn records(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn widen(&self) {
        self.0
            .store((self.records() * 2).min(CHUNK), Ordering::Relaxed);
    }

    pub(super) fn narrow(&self) {
        self.0
            .store((self.records() / 2).max(FEWEST), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_network_gets_shorter_commits_until_it_is_better() {
        let width = Width::default();
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(width.records());
            width.narrow();
        }
        for _ in 0..5 {
            width.widen();
            seen.push(width.records());
        }
        assert_eq!(seen, [100, 50, 25, 12, 10, 20, 40, 80, 100, 100]);
    }
}
