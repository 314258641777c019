//! How many wrong PINs are taken, and from where: they count for each staff id and source, whether there is such an
//! id or not. Wrong PINs at browsers never keep the right one out at the terminal or at a known browser.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use super::lecturer::StaffId;
use super::time::Timestamp;

/// Where a PIN is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInSource {
    /// At the kiosk's keyboard.
    Terminal,
    /// At a browser where the same staff id has signed in before.
    KnownBrowser,
    /// At any other browser; all of one address count together.
    Browser(IpAddr),
}

/// How many wrong PINs one count takes.
#[derive(Debug, Clone, Copy)]
enum Limit {
    /// So many, then a wait after each further one; the last wait repeats. Only the right PIN ends the count.
    Waits { free: u32, minutes: &'static [u64] },
    /// So many within a time from the first of them.
    Within { tries: u32, time: Duration },
}

/// A person at the keyboard gets about 125 tries in ten hours: 1.3 % of the PINs of four digits.
const TERMINAL: Limit = Limit::Waits {
    free: 5,
    minutes: &[1, 2, 4, 5],
};
const KNOWN_BROWSER: Limit = Limit::Waits {
    free: 5,
    minutes: &[1, 2, 4, 8, 16, 32, 60],
};
const BROWSER: Limit = Limit::Within {
    tries: 5,
    time: DAY,
};
const ADDRESS: Limit = Limit::Within {
    tries: 20,
    time: Duration::from_hours(1),
};
const ID_AT_BROWSERS: Limit = Limit::Within {
    tries: 10,
    time: DAY,
};
const ALL_BROWSERS: Limit = Limit::Within {
    tries: 100,
    time: DAY,
};
const DAY: Duration = Duration::from_hours(24);

/// The most counts in memory. Browsers make three hundred at most, since all of them together have a limit; the rest
/// is for ids that somebody invents at the keyboard. Beyond it the oldest is forgotten.
const MOST_COUNTS: usize = 2000;

/// What wrong PINs are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CountedFor {
    IdAt(StaffId, SignInSource),
    Address(IpAddr),
    IdAtBrowsers(StaffId),
    AllBrowsers,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failed: u32,
    /// When the first of them was made.
    since: Timestamp,
    locked_until: Option<Timestamp>,
}

/// The wrong PINs that are counted in memory, by monotonic time.
///
/// Those of known ids at the terminal are in the database instead ([`SignInTries::wait_at_terminal`]): whoever sits
/// there can also switch the kiosk off and on.
#[derive(Debug, Clone, Default)]
pub struct SignInTries {
    counts: HashMap<CountedFor, Count>,
}

impl SignInTries {
    /// The longest wait at the terminal.
    pub const LONGEST_WAIT_AT_TERMINAL: Duration = Duration::from_mins(5);

    /// Until when the next try at the terminal has to wait after so many wrong ones.
    #[must_use]
    pub fn wait_at_terminal(failed: u32, now: Timestamp) -> Option<Timestamp> {
        let count = Count {
            failed,
            since: now,
            locked_until: None,
        };
        TERMINAL.lock(count, now)
    }

    /// Counts a try before its PIN is checked, so that tries side by side are no more than one after another.
    ///
    /// # Errors
    /// Until when the next try has to wait.
    pub fn begin(
        &mut self,
        staff_id: &StaffId,
        source: SignInSource,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        self.counts
            .retain(|what, count| !what.limit().is_over(*count, now));
        let counted = CountedFor::all(staff_id, source);
        let locked = counted
            .iter()
            .filter_map(|what| self.counts.get(what)?.locked_until)
            .filter(|until| *until > now)
            .max();
        if let Some(until) = locked {
            return Err(until);
        }
        for what in counted {
            let limit = what.limit();
            let count = self.counts.entry(what).or_insert(Count {
                failed: 0,
                since: now,
                locked_until: None,
            });
            count.failed += 1;
            count.locked_until = limit.lock(*count, now);
        }
        if self.counts.len() > MOST_COUNTS {
            self.forget_the_oldest();
        }
        Ok(())
    }

    /// Takes a try back whose PIN was right. What others have tried for the id at other browsers still counts.
    pub fn admit(&mut self, staff_id: &StaffId, source: SignInSource) {
        for what in CountedFor::all(staff_id, source) {
            if matches!(what, CountedFor::IdAt(..)) {
                self.counts.remove(&what);
            } else if let Some(count) = self.counts.get_mut(&what) {
                count.failed = count.failed.saturating_sub(1);
                count.locked_until = None;
            }
        }
    }

    fn forget_the_oldest(&mut self) {
        let oldest = self.counts.iter().min_by_key(|(_, count)| count.since);
        if let Some((what, _)) = oldest.map(|(what, count)| (what.clone(), *count)) {
            self.counts.remove(&what);
        }
    }
}

impl CountedFor {
    fn all(staff_id: &StaffId, source: SignInSource) -> Vec<Self> {
        let mut all = vec![Self::IdAt(staff_id.clone(), source)];
        if let SignInSource::Browser(address) = source {
            all.push(Self::Address(address));
            all.push(Self::IdAtBrowsers(staff_id.clone()));
            all.push(Self::AllBrowsers);
        }
        all
    }

    fn limit(&self) -> Limit {
        match self {
            Self::IdAt(_, SignInSource::Terminal) => TERMINAL,
            Self::IdAt(_, SignInSource::KnownBrowser) => KNOWN_BROWSER,
            Self::IdAt(_, SignInSource::Browser(_)) => BROWSER,
            Self::Address(_) => ADDRESS,
            Self::IdAtBrowsers(_) => ID_AT_BROWSERS,
            Self::AllBrowsers => ALL_BROWSERS,
        }
    }
}

impl Limit {
    /// Until when the next try has to wait.
    fn lock(self, count: Count, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Waits { free, minutes } => {
                let beyond = usize::try_from(count.failed.checked_sub(free)?).ok()?;
                let wait = minutes.get(beyond).or(minutes.last())?;
                Some(now + Duration::from_mins(*wait))
            }
            Self::Within { tries, time } => (count.failed >= tries).then(|| count.since + time),
        }
    }

    /// Whether a count is of no more use.
    fn is_over(self, count: Count, now: Timestamp) -> bool {
        match self {
            Self::Waits { .. } => count.failed == 0,
            Self::Within { time, .. } => count.failed == 0 || count.since + time <= now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> StaffId {
        StaffId::parse(text).unwrap()
    }

    fn browser(last: u8) -> SignInSource {
        SignInSource::Browser(IpAddr::from([10, 0, 0, last]))
    }

    fn after(minutes: u64) -> Timestamp {
        Timestamp::from_millis(0) + Duration::from_mins(minutes)
    }

    #[test]
    fn waits_at_the_terminal_are_one_two_four_and_then_five_minutes() {
        let wait = |failed| {
            let until = SignInTries::wait_at_terminal(failed, after(0));
            until.map(|until| until.millis() / 60_000)
        };
        assert_eq!(
            [4, 5, 6, 7, 8, 30].map(wait),
            [None, Some(1), Some(2), Some(4), Some(5), Some(5)]
        );
    }

    #[test]
    fn waits_at_a_known_browser_grow_to_an_hour() {
        let mut tries = SignInTries::default();
        let mut now = after(0);
        for waits in [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60] {
            tries
                .begin(&id("S1"), SignInSource::KnownBrowser, now)
                .unwrap();
            let again = tries
                .clone()
                .begin(&id("S1"), SignInSource::KnownBrowser, now);
            let until = now + Duration::from_mins(waits);
            assert_eq!(again.err().unwrap_or(now), until);
            now = until;
        }
    }

    #[test]
    fn a_browser_has_five_tries_for_an_id_and_twenty_for_an_address() {
        let mut tries = SignInTries::default();
        for _ in 0..5 {
            tries.begin(&id("S1"), browser(1), after(0)).unwrap();
        }
        let day = after(24 * 60);
        assert_eq!(tries.begin(&id("S1"), browser(1), after(1)), Err(day));
        for other in 2..17 {
            let other = id(&format!("S{other}"));
            tries.begin(&other, browser(1), after(1)).unwrap();
        }
        assert_eq!(
            tries.begin(&id("S40"), browser(1), after(2)),
            Err(after(60))
        );
        assert!(tries.begin(&id("S40"), browser(2), after(2)).is_ok());
        assert!(tries.begin(&id("S40"), browser(1), after(60)).is_ok());
        assert!(tries.begin(&id("S1"), browser(1), day).is_ok());
    }

    #[test]
    fn an_id_has_ten_tries_a_day_and_all_browsers_a_hundred() {
        let mut tries = SignInTries::default();
        for address in 0..10 {
            tries.begin(&id("S1"), browser(address), after(0)).unwrap();
        }
        assert!(tries.begin(&id("S1"), browser(99), after(1)).is_err());
        for address in 100..190 {
            let other = id(&format!("X{address}"));
            tries.begin(&other, browser(address), after(1)).unwrap();
        }
        assert!(tries.begin(&id("NEW"), browser(200), after(2)).is_err());
        for source in [SignInSource::Terminal, SignInSource::KnownBrowser] {
            assert!(tries.begin(&id("S1"), source, after(2)).is_ok());
        }
        assert!(
            tries
                .begin(&id("NEW"), browser(200), after(24 * 60))
                .is_ok()
        );
    }

    #[test]
    fn a_right_pin_costs_no_try_and_frees_nobody_elses() {
        let mut tries = SignInTries::default();
        for _ in 0..200 {
            tries.begin(&id("S1"), browser(1), after(0)).unwrap();
            tries.admit(&id("S1"), browser(1));
        }
        // Somebody who signs in between guesses at others gets no more of them.
        let mut guesses = 0;
        while tries
            .begin(&id(&format!("X{guesses}")), browser(1), after(0))
            .is_ok()
        {
            guesses += 1;
            if tries.begin(&id("S1"), browser(1), after(0)).is_ok() {
                tries.admit(&id("S1"), browser(1));
            }
        }
        assert_eq!(guesses, 20);
    }

    #[test]
    fn memory_is_bounded() {
        let mut tries = SignInTries::default();
        for invented in 0..5000 {
            let invented = id(&format!("X{invented}"));
            tries
                .begin(&invented, SignInSource::Terminal, after(0))
                .unwrap();
        }
        assert_eq!(tries.counts.len(), MOST_COUNTS);
    }
}
