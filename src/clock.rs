//! Where doors and workers read the time, so that no rule ever does.
//!
//! Two clocks: the one that people read and somebody may set, and a count that runs from the machine's
//! start and is never set. Whatever is recorded carries the first; waits, codes and tickets go by the second.

use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{BootId, Reading, Timestamp, Uptime};

/// Where systemd-timesyncd leaves word that it has set the clock since the machine started.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";
/// Where the kernel tells one run of the machine from the next.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// The same word, for a service that may not read `/proc/sys`: `Environment=KIOSK_BOOT_ID=%b`.
const BOOT_ID_VARIABLE: &str = "KIOSK_BOOT_ID";

/// When this program was written, in milliseconds since 1970: no clock that is right says less.
const WRITTEN: i64 = 1_767_225_600_000;

/// The kiosk's one clock.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
    trusted: Arc<AtomicBool>,
    boot: BootId,
    /// What the count must be raised by to be the steady time, in milliseconds.
    monotonic_zero: Arc<AtomicI64>,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<SetClock>),
    Runtime(Arc<RuntimeClock>),
}

/// A clock that follows the async runtime, whose time a simulation may let jump.
#[derive(Debug)]
struct RuntimeClock {
    started: Instant,
    /// How much faster than the runtime it runs, in millionths.
    drift: i32,
    /// The wall clock when the machine started, in milliseconds since 1970.
    wall_zero: AtomicI64,
    boot: u32,
}

impl RuntimeClock {
    fn elapsed(&self) -> Duration {
        let elapsed = millis(self.started.elapsed());
        let drifted = elapsed + elapsed * i64::from(self.drift) / 1_000_000;
        Duration::from_millis(drifted.unsigned_abs())
    }
}

/// A clock that moves by hand.
#[derive(Debug)]
struct SetClock {
    wall: AtomicI64,
    elapsed: AtomicI64,
    boots: AtomicU32,
}

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        let word = std::env::var(BOOT_ID_VARIABLE)
            .or_else(|_| std::fs::read_to_string(BOOT_ID))
            .unwrap_or_default();
        Self::new(Source::System, false, BootId::new(&word))
    }

    /// A clock that moves only by hand, for tests and simulations; it is trusted.
    #[must_use]
    pub fn set_to(start: Timestamp) -> Self {
        let hands = SetClock {
            wall: AtomicI64::new(start.millis()),
            elapsed: AtomicI64::new(0),
            boots: AtomicU32::new(1),
        };
        Self::new(Source::Set(Arc::new(hands)), true, BootId::new("boot-1"))
    }

    /// A clock that follows the async runtime, in which it must be made and read, from `now` on; `drift`
    /// millionths faster. `boot` numbers the machine's run. It is trusted.
    #[must_use]
    pub fn of_runtime(now: Timestamp, boot: u32, drift: i32) -> Self {
        let clock = RuntimeClock {
            started: Instant::now(),
            drift,
            wall_zero: AtomicI64::new(now.millis()),
            boot,
        };
        let boot = BootId::new(&format!("boot-{boot}"));
        Self::new(Source::Runtime(Arc::new(clock)), true, boot)
    }

    fn new(source: Source, trusted: bool, boot: BootId) -> Self {
        let clock = Self {
            source,
            trusted: Arc::new(AtomicBool::new(trusted)),
            boot,
            monotonic_zero: Arc::default(),
        };
        clock.keep_monotonic_from(clock.monotonic_zero_by_now());
        clock
    }

    /// The moment now, as people read it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System => Timestamp::from_millis(chrono::Utc::now().timestamp_millis()),
            Source::Set(hands) => Timestamp::from_millis(hands.wall.load(Ordering::SeqCst)),
            Source::Runtime(clock) => {
                let zero = clock.wall_zero.load(Ordering::SeqCst);
                Timestamp::from_millis(zero + millis(clock.elapsed()))
            }
        }
    }

    /// The moment now on a time that nobody sets: see [`Reading::monotonic`].
    #[must_use]
    pub fn monotonic(&self) -> Timestamp {
        let zero = self.monotonic_zero.load(Ordering::SeqCst);
        Timestamp::from_millis(zero.saturating_add(millis(self.elapsed())))
    }

    /// What both say, and whether the first is to be believed.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading {
            at: self.now(),
            trusted: self.trusted(),
            uptime: self.uptime(),
            monotonic: self.monotonic(),
        }
    }

    /// How long the machine has been running.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        Uptime {
            boot: self.boot.clone(),
            elapsed: self.elapsed(),
        }
    }

    /// Where the steady time's zero lies if it begins now, in milliseconds since 1970.
    ///
    /// Whoever opens a kiosk's database keeps the first one of each run of the machine there, and gives it
    /// to [`Clock::keep_monotonic_from`]: then every program of this run, and every restart, has the same
    /// steady time, and a code that one of them shows is good at the other.
    #[must_use]
    pub fn monotonic_zero_by_now(&self) -> i64 {
        self.now().millis() - millis(self.elapsed())
    }

    /// Counts the steady time from a zero that was kept.
    pub fn keep_monotonic_from(&self, zero: i64) {
        self.monotonic_zero.store(zero, Ordering::SeqCst);
    }

    /// Whether the clock has been set by a time server (feature K5).
    ///
    /// A machine without a battery for its clock starts at the time that it saw last, and may be
    /// hours late. Where nobody can tell, the clock is not trusted. One that has been trusted stays
    /// so: without the network it drifts by seconds a day, which no window of a lecture notices. A time
    /// that cannot be is trusted on nobody's word: a battery that is empty says 1970.
    #[must_use]
    pub fn trusted(&self) -> bool {
        // A clock that moves by hand is at whatever time a test likes.
        if matches!(self.source, Source::System) && self.is_impossible() {
            return false;
        }
        if self.trusted.load(Ordering::SeqCst) {
            return true;
        }
        let trusted = matches!(self.source, Source::System)
            && is_synchronised(Path::new(SYNCHRONIZED), kernel_says_synchronised);
        if trusted {
            self.trusted.store(true, Ordering::SeqCst);
        }
        trusted
    }

    /// Whether it says a time before this program was written.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        self.now() < Timestamp::from_millis(WRITTEN)
    }

    /// The same clock, trusted whatever the machine says: somebody vouches for it.
    #[must_use]
    pub fn vouched_for(self) -> Self {
        self.trusted.store(true, Ordering::SeqCst);
        self
    }

    fn elapsed(&self) -> Duration {
        match &self.source {
            Source::System => since_boot(),
            Source::Set(hands) => {
                Duration::from_millis(hands.elapsed.load(Ordering::SeqCst).unsigned_abs())
            }
            Source::Runtime(clock) => clock.elapsed(),
        }
    }

    /// Lets time pass on a set clock; the operating system's clock is not moved, here or below.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(hands) = &self.source {
            hands.wall.fetch_add(millis(by), Ordering::SeqCst);
            hands.elapsed.fetch_add(millis(by), Ordering::SeqCst);
        }
    }

    /// Sets any clock but the system's, as a person or a time server would: no time passes.
    pub fn turn_to(&self, at: Timestamp) {
        match &self.source {
            Source::System => {}
            Source::Set(hands) => hands.wall.store(at.millis(), Ordering::SeqCst),
            Source::Runtime(clock) => {
                let zero = at.millis() - millis(clock.elapsed());
                clock.wall_zero.store(zero, Ordering::SeqCst);
            }
        }
    }

    /// Makes any clock but the system's one that is trusted or not.
    pub fn set_trusted(&self, trusted: bool) {
        if !matches!(self.source, Source::System) {
            self.trusted.store(trusted, Ordering::SeqCst);
        }
    }

    /// Any clock but the system's as the next run of its machine finds it: the monotonic time begins anew.
    #[must_use]
    pub fn after_reboot(&self) -> Self {
        let hands = match &self.source {
            Source::System => return self.clone(),
            Source::Set(hands) => hands,
            Source::Runtime(clock) => {
                let next = Self::of_runtime(self.now(), clock.boot + 1, clock.drift);
                next.set_trusted(self.trusted());
                return next;
            }
        };
        let boot = hands.boots.load(Ordering::SeqCst) + 1;
        let hands = SetClock {
            wall: AtomicI64::new(hands.wall.load(Ordering::SeqCst)),
            elapsed: AtomicI64::new(0),
            boots: AtomicU32::new(boot),
        };
        let trusted = self.trusted.load(Ordering::SeqCst);
        let boot = BootId::new(&format!("boot-{boot}"));
        Self::new(Source::Set(Arc::new(hands)), trusted, boot)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// By the count that goes on while the machine sleeps, and that setting the clock does not touch.
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// By the word of systemd-timesyncd, or of the kernel for whatever else sets the clock, such as chrony.
fn is_synchronised(word: &Path, kernel: impl FnOnce() -> Option<bool>) -> bool {
    word.exists() || kernel().unwrap_or(false)
}

/// What the kernel was told of its clock; `None` where it may not be asked, as in a sandbox.
#[expect(unsafe_code, reason = "the kernel tells it through one call only")]
fn kernel_says_synchronised() -> Option<bool> {
    let mut state = MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: `timex` is made of integers, for which zero is a value. With `modes` zero the call
    // changes nothing; it fills the structure, which is ours and outlives it.
    let (answer, state) = unsafe { (libc::adjtimex(state.as_mut_ptr()), state.assume_init()) };
    (answer >= 0).then_some(state.status & libc::STA_UNSYNC == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_clock_is_trusted_by_the_word_of_either() {
        let word = tempfile::NamedTempFile::new().unwrap();
        let none = word.path().with_extension("none");
        assert!(is_synchronised(word.path(), || panic!("asked in vain")));
        assert!(is_synchronised(&none, || Some(true)));
        assert!(!is_synchronised(&none, || Some(false)));
        assert!(!is_synchronised(&none, || None), "nobody can tell");
    }

    #[test]
    fn a_set_clock_is_trusted_until_told_otherwise() {
        let clock = Clock::set_to(Timestamp::from_millis(0));
        assert!(clock.trusted());
        let other = clock.clone();
        other.set_trusted(false);
        assert!(!clock.trusted());
        other.set_trusted(true);
        assert!(clock.trusted());
    }

    #[test]
    fn the_systems_clock_is_what_it_is() {
        let clock = Clock::system();
        let before = clock.trusted();
        clock.set_trusted(!before);
        clock.turn_to(Timestamp::from_millis(0));
        assert_eq!(clock.trusted(), before);
        assert!(clock.now() > Timestamp::from_millis(0));
        // It can be asked, and the answer does not change from one moment to the next.
        assert_eq!(kernel_says_synchronised(), kernel_says_synchronised());
        // Nothing has set it during this test, so both have gone on alike.
        let apart = clock.now().millis() - clock.monotonic().millis();
        assert!(apart.abs() < 1_000, "{apart} ms");
    }

    #[test]
    fn setting_the_clock_leaves_the_steady_time_alone() {
        let start = Timestamp::from_millis(10_000_000);
        let clock = Clock::set_to(start);
        for turned in [start + HOUR, start - HOUR] {
            let (monotonic, uptime) = (clock.monotonic(), clock.uptime());
            clock.turn_to(turned);
            assert_eq!((clock.monotonic(), clock.uptime()), (monotonic, uptime));
            assert_eq!(clock.now(), turned);
            assert_eq!(
                clock.reading().shown(clock.monotonic() + HOUR),
                turned + HOUR
            );
        }
        clock.advance(HOUR);
        assert_eq!(clock.monotonic(), start + HOUR);
    }

    #[test]
    fn another_program_of_the_same_run_has_the_same_steady_time() {
        let first = Clock::set_to(Timestamp::from_millis(10_000_000));
        first.advance(HOUR);
        let kept = first.monotonic_zero_by_now();
        first.turn_to(first.now() - HOUR);
        let second = Clock::new(first.source.clone(), true, first.boot.clone());
        assert_ne!(second.monotonic(), first.monotonic());
        second.keep_monotonic_from(kept);
        assert_eq!(second.monotonic(), first.monotonic());
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_of_the_runtime_follows_its_time() {
        let start = Timestamp::from_millis(10_000_000);
        let clock = Clock::of_runtime(start, 1, 100);
        tokio::time::advance(10_000 * Duration::from_secs(1)).await;
        let ran = Duration::from_millis(10_001_000);
        assert_eq!(clock.uptime().elapsed, ran, "100 millionths faster");
        assert_eq!((clock.now(), clock.monotonic()), (start + ran, start + ran));
        clock.turn_to(start);
        assert_eq!((clock.now(), clock.monotonic()), (start, start + ran));
        let next = clock.after_reboot();
        assert_ne!(next.uptime().boot, clock.uptime().boot);
        assert_eq!((next.now(), next.uptime().elapsed), (start, Duration::ZERO));
    }

    #[test]
    fn a_reboot_begins_another_run() {
        let clock = Clock::set_to(Timestamp::from_millis(10_000_000));
        clock.advance(HOUR);
        let next = clock.after_reboot();
        assert_ne!(next.uptime().boot, clock.uptime().boot);
        assert_eq!(
            (next.now(), next.uptime().elapsed),
            (clock.now(), Duration::ZERO)
        );
    }
}
