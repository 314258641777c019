//! Where doors and workers read the time, so that no rule ever does.

use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;

/// Where systemd-timesyncd leaves word that it has set the clock since the machine started.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

/// The kiosk's one clock.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
    trusted: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Source::System, false)
    }

    /// A clock that moves only by [`Clock::advance`], for tests and simulations; it is trusted.
    #[must_use]
    pub fn set_to(start: Timestamp) -> Self {
        Self::new(Source::Set(Arc::new(AtomicI64::new(start.millis()))), true)
    }

    fn new(source: Source, trusted: bool) -> Self {
        let trusted = Arc::new(AtomicBool::new(trusted));
        Self { source, trusted }
    }

    /// The moment now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System => Timestamp::from_millis(chrono::Utc::now().timestamp_millis()),
            Source::Set(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Whether the clock has been set by a time server (feature K5).
    ///
    /// A machine without a battery for its clock starts at the time that it saw last, and may be
    /// hours late. Where nobody can tell, the clock is not trusted. One that has been trusted stays
    /// so: without the network it drifts by seconds a day, which no window of a lecture notices.
    #[must_use]
    pub fn trusted(&self) -> bool {
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

    /// Moves a set clock forward; the operating system's clock is not moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(millis) = &self.source {
            millis.fetch_add(
                i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }

    /// The same clock, trusted whatever the machine says: a demonstration proves nothing to anybody.
    #[must_use]
    pub fn vouched_for(self) -> Self {
        self.trusted.store(true, Ordering::SeqCst);
        self
    }

    /// Makes a set clock one that is trusted or not; the operating system's clock is what it is.
    pub fn set_trusted(&self, trusted: bool) {
        if let Source::Set(_) = &self.source {
            self.trusted.store(trusted, Ordering::SeqCst);
        }
    }
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
        assert_eq!(clock.trusted(), before);
        // It can be asked, and the answer does not change from one moment to the next.
        assert_eq!(kernel_says_synchronised(), kernel_says_synchronised());
    }
}
