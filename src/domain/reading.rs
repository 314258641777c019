//! One moment on both clocks of the machine: the wall clock, and monotonic time.

use std::fmt;
use std::time::Duration;

use super::time::Timestamp;

/// One run of the machine, from power-on to power-off: what the kernel calls a boot id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BootId(String);

impl BootId {
    /// Takes the kernel's boot id; empty where it cannot be read, and then no record can be assigned to this
    /// run.
    #[must_use]
    pub fn new(word: &str) -> Self {
        Self(word.trim().to_owned())
    }

    /// The boot id as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the boot id could be read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The time since the machine's start, sleep included, independent of its wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    pub boot: BootId,
    pub elapsed: Duration,
}

/// The machine's clocks, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, which can be set forward or back.
    pub at: Timestamp,
    /// Whether the wall clock is synchronised (feature K5).
    pub trusted: bool,
    /// The time since the machine's start.
    pub uptime: Uptime,
    /// Monotonic time, as a time of day: equal to the wall clock when the first program of this run started, and
    /// never set since. Waits, codes and tickets use it, so that setting the clock neither ends nor prolongs them.
    pub monotonic: Timestamp,
}

impl Reading {
    /// A reading of a synchronised clock that was never set.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self {
            at,
            trusted: true,
            uptime: Uptime {
                boot: BootId::new(""),
                elapsed: Duration::ZERO,
            },
            monotonic: at,
        }
    }

    /// The wall-clock time of an earlier moment of the same run; `None` for another run.
    ///
    /// This corrects times that were recorded before the clock was synchronised: the present time, less the
    /// monotonic time that has passed since.
    #[must_use]
    pub fn time_of(&self, earlier: &Uptime) -> Option<Timestamp> {
        let same_run = self.uptime.boot.is_known() && self.uptime.boot == earlier.boot;
        let passed = self.uptime.elapsed.checked_sub(earlier.elapsed)?;
        same_run.then(|| self.at - passed)
    }

    /// How far the clock has been set since an earlier reading of the same run; `None` if it has not been set.
    #[must_use]
    pub fn step_since(&self, earlier: &Self) -> Option<ClockStep> {
        ClockStep(self.lead() - earlier.lead()).noticed()
    }

    /// A monotonic time on the wall clock, such as the end of a wait.
    ///
    /// The two clocks are read one after the other, so their measured difference varies by milliseconds. A
    /// difference too small for a step counts as none, and a step counts in whole seconds: two readings
    /// show one time alike.
    #[must_use]
    pub fn shown(&self, monotonic: Timestamp) -> Timestamp {
        let step = ClockStep(self.lead()).noticed().unwrap_or_default();
        ClockStep((step.0 + 500).div_euclid(1000) * 1000).applied_to(monotonic)
    }

    /// How far the wall clock is ahead of the monotonic time, in milliseconds.
    fn lead(&self) -> i64 {
        self.at.millis() - self.monotonic.millis()
    }
}

/// How far a clock was set, forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockStep(i64);

impl ClockStep {
    /// From one time to another.
    #[must_use]
    pub fn between(from: Timestamp, to: Timestamp) -> Self {
        Self(to.millis() - from.millis())
    }

    /// In milliseconds; negative when it was set back.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The step; `None` if it is small enough for slewing and for the delay between reading both clocks.
    fn noticed(self) -> Option<Self> {
        const UNNOTICED_MS: u64 = 2_000;
        (self.0.unsigned_abs() > UNNOTICED_MS).then_some(self)
    }

    /// Converts a time before the step to the clock after it.
    #[must_use]
    pub fn applied_to(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.millis().saturating_add(self.0))
    }

    /// Converts a time after the step to the clock before it.
    #[must_use]
    pub fn taken_from(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.millis().saturating_sub(self.0))
    }
}

/// `forward by 1 h 2 min 3 s`.
impl fmt::Display for ClockStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.0 < 0 { "back" } else { "forward" };
        let seconds = self.0.unsigned_abs() / 1000;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{way} by ")?;
        match (hours, minutes) {
            (0, 0) => write!(f, "{seconds} s"),
            (0, _) => write!(f, "{minutes} min {seconds} s"),
            _ => write!(f, "{hours} h {minutes} min {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at: i64, elapsed: u64, boot: &str) -> Reading {
        Reading {
            at: Timestamp::from_millis(at),
            trusted: true,
            uptime: Uptime {
                boot: BootId::new(boot),
                elapsed: Duration::from_millis(elapsed),
            },
            monotonic: Timestamp::from_millis(1_000_000 + i64::try_from(elapsed).unwrap()),
        }
    }

    #[test]
    fn a_time_is_put_right_by_the_count_within_one_run_only() {
        let anchor = reading(5_000_000, 60_000, "one");
        let earlier = |boot| Uptime {
            boot: BootId::new(boot),
            elapsed: Duration::from_millis(20_000),
        };
        let right = Timestamp::from_millis(4_960_000);
        assert_eq!(anchor.time_of(&earlier("one")), Some(right));
        assert_eq!(anchor.time_of(&earlier("two")), None);
        let unknown = reading(5_000_000, 60_000, "");
        assert_eq!(unknown.time_of(&earlier("")), None, "no run is known");
        let later = Uptime {
            boot: BootId::new("one"),
            elapsed: Duration::from_millis(60_001),
        };
        assert_eq!(anchor.time_of(&later), None, "it has not been yet");
    }

    #[test]
    fn a_step_is_told_from_time_that_passes() {
        let before = reading(1_000_000, 0, "one");
        assert_eq!(reading(1_060_000, 60_000, "one").step_since(&before), None);
        assert_eq!(
            reading(1_062_000, 60_000, "one").step_since(&before),
            None,
            "slewed"
        );
        let step = |at| reading(at, 60_000, "one").step_since(&before).unwrap();
        assert_eq!(step(4_660_000).to_string(), "forward by 1 h 0 min 0 s");
        assert_eq!(step(1_060_000 - 61_000).to_string(), "back by 1 min 1 s");
        let at = Timestamp::from_millis(7);
        assert_eq!(
            step(4_660_000).taken_from(step(4_660_000).applied_to(at)),
            at
        );
    }

    #[test]
    fn two_readings_show_one_time_alike() {
        let shown = |at: i64| {
            let time = Timestamp::from_millis(7_000_123);
            reading(at, 0, "one").shown(time).millis()
        };
        for unnoticed in [998_000, 999_999, 1_000_000, 1_000_001, 1_002_000] {
            assert_eq!(shown(unnoticed), 7_000_123, "{unnoticed}");
        }
        for hour_later in [4_599_999, 4_600_000, 4_600_001] {
            assert_eq!(shown(hour_later), 10_600_123, "{hour_later}");
        }
        for earlier in [940_999, 941_000, 941_001] {
            assert_eq!(shown(earlier), 6_941_123, "{earlier}");
        }
        assert_eq!(shown(1_002_001), 7_002_123);
        assert_eq!(shown(997_999), 6_998_123);
    }
}
