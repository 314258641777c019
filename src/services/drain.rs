//! How fast a remote takes its deliveries, from one snapshot to the next.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::Timestamp;

/// The rate is that of the last so many seconds: long enough to be stable, short enough to be current.
const WINDOW: Duration = Duration::from_secs(10);

/// Changes kept: snapshots come at most every 50 ms, so these cover the window.
const KEPT: usize = 256;

/// What has been settled since the queue last began to fill.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drain {
    /// How many deliveries were settled since then.
    pub settled: u64,
    waiting: u64,
    steps: VecDeque<(Timestamp, u64)>,
}

impl From<u64> for Drain {
    fn from(waiting: u64) -> Self {
        Self {
            waiting,
            ..Self::default()
        }
    }
}

impl Drain {
    /// Takes note of what is waiting now.
    pub fn note(&mut self, now: Timestamp, waiting: u64) {
        if self.waiting == 0 && waiting > 0 {
            self.settled = 0;
        }
        let settled = self.waiting.saturating_sub(waiting);
        self.waiting = waiting;
        self.settled += settled;
        if settled > 0 {
            self.steps.push_back((now, settled));
        }
        while self.steps.len() > KEPT
            || (self.steps.front()).is_some_and(|(at, _)| now.since(*at) > WINDOW)
        {
            self.steps.pop_front();
        }
    }

    /// What was to be settled when it began: a progress bar's length.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.settled + self.waiting
    }

    /// Settled a second, over the last seconds; `None` when nothing was.
    #[must_use]
    pub fn per_second(&self, now: Timestamp) -> Option<u64> {
        let recent = || {
            let steps = self.steps.iter();
            steps.filter(|(at, _)| now.since(*at) <= WINDOW)
        };
        let since = now.since(recent().next()?.0).as_secs().clamp(1, 10);
        let settled: u64 = recent().map(|(_, settled)| settled).sum();
        Some(settled.div_ceil(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut drain = Drain::from(1000);
        assert_eq!(drain.per_second(at(0)), None);
        for second in 0..=5 {
            drain.note(at(second), 1000 - 100 * second.unsigned_abs());
        }
        assert_eq!(drain.per_second(at(5)), Some(125));
        assert_eq!(drain.settled, 500);
        assert_eq!(drain.per_second(at(60)), None);
    }

    #[test]
    fn what_comes_on_top_is_not_taken_for_a_step_back() {
        let mut drain = Drain::from(10);
        drain.note(at(1), 4);
        drain.note(at(2), 9);
        drain.note(at(3), 7);
        assert_eq!(drain.settled, 8);
    }

    #[test]
    fn the_next_queue_begins_at_nothing() {
        let mut drain = Drain::from(10);
        drain.note(at(1), 0);
        assert_eq!(drain.settled, 10, "until there is another");
        drain.note(at(2), 3);
        assert_eq!(drain.settled, 0);
    }
}
