//! How long a target is left alone after it could not be reached.
//!
//! The wait is the target's, not each record's: ten thousand waiting records must not each try a dead network.

use std::time::Duration;

use crate::domain::{Backoff, Timestamp};

/// The longest wait that a remote can ask for; one that asks for more is asked again after this.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// How often a target that does not accept this kiosk is tried: a corrected key should work within a minute,
/// and one call a minute costs nothing.
pub(super) const REJECTED: Duration = Duration::from_secs(60);
/// New work ends a wait, but not sooner than this after the last try: a hall of students checking
/// in while the network is down would otherwise mean a try for each.
const FLOOR: Duration = Duration::from_secs(5);

/// The wait of one target.
#[derive(Debug, Default)]
pub(super) struct Pause {
    wait: Option<Wait>,
    /// Tries in a row that nothing got through.
    failed: u32,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    since: Timestamp,
    until: Timestamp,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing got through; new work is a reason to look again.
    Offline,
    /// The remote asked for it, or does not accept this kiosk.
    Fixed,
}

impl Pause {
    /// Until when nothing is to be tried; `None` when the target may be tried now.
    pub(super) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.wait?.until;
        (now < until).then_some(until)
    }

    /// Nothing got through.
    pub(super) fn fail(&mut self, now: Timestamp, asked: Option<Duration>, chance: u32) {
        self.failed = self.failed.saturating_add(1);
        let wait = Backoff::DELIVERY.wait(self.failed, chance);
        match asked {
            Some(asked) => self.rest(now, asked.max(wait), Kind::Fixed),
            None => self.rest(now, wait, Kind::Offline),
        }
    }

    /// Something got through, and the remote asks to be left alone for a while.
    pub(super) fn grant(&mut self, now: Timestamp, asked: Duration) {
        self.failed = 0;
        self.rest(now, asked, Kind::Fixed);
    }

    /// The remote does not accept this kiosk.
    pub(super) fn reject(&mut self, now: Timestamp) {
        self.rest(now, REJECTED, Kind::Fixed);
    }

    /// The target works. Answers whether it had been away for more than a moment.
    pub(super) fn clear(&mut self) -> bool {
        let away = self.failed > 1;
        *self = Self::default();
        away
    }

    /// There is new work, or the network is back: ends a wait that the remote did not ask for.
    pub(super) fn cut_short(&mut self) {
        if let Some(wait) = &mut self.wait
            && wait.kind == Kind::Offline
        {
            wait.until = wait.until.min(wait.since + FLOOR);
        }
    }

    fn rest(&mut self, now: Timestamp, wait: Duration, kind: Kind) {
        self.wait = Some(Wait {
            since: now,
            until: now + wait.min(LONGEST_PAUSE),
            kind,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_348_800_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(NOON + seconds * 1000)
    }

    #[test]
    fn waits_grow_with_every_failure_and_start_anew_after_a_success() {
        let mut pause = Pause::default();
        assert_eq!(pause.until(at(0)), None);
        for wait in [1, 2, 4, 8] {
            pause.fail(at(0), None, u32::MAX);
            assert_eq!(pause.until(at(0)), Some(at(wait)));
            assert_eq!(pause.until(at(wait)), None);
        }
        assert!(pause.clear());
        pause.fail(at(0), None, u32::MAX);
        assert_eq!(pause.until(at(0)), Some(at(1)));
        assert!(!pause.clear(), "one failure is but a moment");
    }

    #[test]
    fn new_work_ends_a_wait_that_the_remote_did_not_ask_for() {
        let mut pause = Pause::default();
        for _ in 0..12 {
            pause.fail(at(0), None, u32::MAX);
        }
        assert_eq!(pause.until(at(0)), Some(at(300)));
        pause.cut_short();
        assert_eq!(pause.until(at(0)), Some(at(5)), "but not for every student");

        pause.fail(at(0), Some(Duration::from_secs(600)), 0);
        pause.cut_short();
        assert_eq!(pause.until(at(0)), Some(at(600)), "the remote asked for it");

        pause.reject(at(0));
        pause.cut_short();
        assert_eq!(pause.until(at(0)), Some(at(60)));
    }

    #[test]
    fn no_remote_is_given_more_than_an_hour() {
        let mut pause = Pause::default();
        pause.fail(at(0), Some(Duration::from_secs(u64::MAX)), 0);
        assert_eq!(pause.until(at(0)), Some(at(3600)));
    }
}
